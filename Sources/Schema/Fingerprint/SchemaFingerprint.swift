/// A table's definition as canonical text, the same for tables that are defined alike.
///
/// In it: columns with order, type, nullability, default, character set, collation and extras; indexes; checks; foreign
/// keys; triggers; engine; options. Not in it: the table's name, the AUTO_INCREMENT counter, row counts and comments.
/// Spelling that differs between server versions and families is made one: display widths, `utf8` for `utf8mb3`,
/// `current_timestamp()`, `DEFAULT_GENERATED`.
package struct SchemaFingerprint: Codable, Hashable, Sendable {
    /// 64-bit FNV-1a of the canonical text, a dash, and the text's length in bytes, all hexadecimal: `8f1d…-2c4`.
    /// Not cryptographic.
    package let value: String

    /// The fingerprint of a table.
    package init(of table: TableModel) {
        let text = Self.canonicalText(of: table)
        value = StableHash.hex64(text) + "-" + String(text.utf8.count, radix: 16)
    }

    /// The text the fingerprint is taken of: one line for each property, the same for equal definitions.
    package static func canonicalText(of table: TableModel) -> String {
        properties(of: table).map { "\($0.subject): \($0.value)\n" }.joined()
    }

    /// One line of a definition. `subject` is unique within a table.
    struct Property: Equatable {
        let subject: String
        let value: String
    }

    /// The lines: columns in table order, then everything that has no order sorted by name, then the table's own.
    static func properties(of table: TableModel) -> [Property] {
        let columns = table.columns.sorted { $0.ordinal < $1.ordinal }
        var lines = columns.map { Property(subject: "column \($0.name)", value: CanonicalSQL.definition(of: $0)) }
        lines.append(Property(subject: "column order", value: columns.map(\.name).joined(separator: ", ")))
        lines += sorted(
            table.indexes.map { Property(subject: "index \($0.name)", value: CanonicalSQL.definition(of: $0)) })
        lines += sorted(
            table.checks.map { Property(subject: "check \($0.name)", value: CanonicalSQL.spaced($0.expression)) })
        lines += sorted(
            table.outgoingForeignKeys.map {
                Property(subject: "foreign key \($0.name)", value: CanonicalSQL.definition(of: $0))
            })
        lines += sorted(
            table.incomingForeignKeys.map {
                Property(
                    subject: "foreign key \($0.name) of \($0.table)", value: CanonicalSQL.definition(of: $0))
            })
        lines.append(Property(subject: "triggers", value: orNone(table.triggers.sorted())))
        lines.append(Property(subject: "engine", value: table.engine.lowercased()))
        lines.append(Property(subject: "character set", value: CanonicalSQL.characterSet(table.characterSet)))
        lines.append(Property(subject: "collation", value: CanonicalSQL.characterSet(table.collation)))
        lines.append(Property(subject: "options", value: orNone(CanonicalSQL.options(table.createOptions))))
        lines.append(Property(subject: "partitioned", value: table.isPartitioned ? "yes" : "no"))
        return lines
    }

    private static func sorted(_ lines: [Property]) -> [Property] {
        lines.sorted { $0.subject.utf8.lexicographicallyPrecedes($1.subject.utf8) }
    }

    private static func orNone(_ words: [String]) -> String {
        words.isEmpty ? "none" : words.joined(separator: ", ")
    }
}
