/// One property in which two tables that should be alike are not.
package struct SchemaDifference: Codable, Equatable, Sendable {
    /// What differs: `column email`, `index by_date`, `engine`.
    package let subject: String
    /// What the first table has; `nil` when it has no such thing.
    package let first: String?
    /// What the second table has; `nil` when it has no such thing.
    package let second: String?

    /// The differences between two definitions: columns first, in the first table's order, then the rest. Empty exactly
    /// when the fingerprints' texts are equal.
    package static func diff(_ a: TableModel, _ b: TableModel) -> [SchemaDifference] {
        diff(SchemaFingerprint.properties(of: a), SchemaFingerprint.properties(of: b))
    }

    /// The same from two canonical texts, as `SchemaFingerprint.canonicalText` writes them.
    package static func diff(canonical a: String, _ b: String) -> [SchemaDifference] {
        diff(properties(in: a), properties(in: b))
    }

    private static func diff(
        _ first: [SchemaFingerprint.Property], _ second: [SchemaFingerprint.Property]
    ) -> [SchemaDifference] {
        let right = Dictionary(second.map { ($0.subject, $0.value) }, uniquingKeysWith: { $1 })
        let left = Dictionary(first.map { ($0.subject, $0.value) }, uniquingKeysWith: { $1 })
        let sameColumns = columns(first) == columns(second)
        let fromFirst = first.compactMap { property -> SchemaDifference? in
            let other = right[property.subject]
            if property.value == other || (property.subject == "column order" && !sameColumns) { return nil }
            return SchemaDifference(subject: property.subject, first: property.value, second: other)
        }
        let onlySecond = second.filter { left[$0.subject] == nil }
        return fromFirst + onlySecond.map { SchemaDifference(subject: $0.subject, first: nil, second: $0.value) }
    }

    private static func columns(_ properties: [SchemaFingerprint.Property]) -> Set<String> {
        Set(properties.map(\.subject).filter { $0.hasPrefix("column ") && $0 != "column order" })
    }

    /// A name with `: ` in it moves the border between subject and value, on both sides alike.
    private static func properties(in text: String) -> [SchemaFingerprint.Property] {
        text.split(separator: "\n").map { line in
            guard let border = line.firstRange(of: ": ") else { return .init(subject: String(line), value: "") }
            return .init(subject: String(line[..<border.lowerBound]), value: String(line[border.upperBound...]))
        }
    }

    /// The difference in words, with a name for each side (a shard):
    /// `column email: varchar(100) null on -80, varchar(120) null on 80-`.
    package func words(_ firstName: String, _ secondName: String) -> String {
        switch (first, second) {
        case (let here?, nil): "\(subject): \(here) on \(firstName), missing on \(secondName)"
        case (nil, let there?): "\(subject): missing on \(firstName), \(there) on \(secondName)"
        default: "\(subject): \(first ?? "") on \(firstName), \(second ?? "") on \(secondName)"
        }
    }
}
