package import MySQLClient

/// A table, the rows that traffic puts into it, and a schema change that makes sense for it.
///
/// A row is the list of its values in the order of `columns`, generated columns included. Two rows of different
/// (writer, number) pairs never have the same key, also under the collation of the key.
package struct TableShape: Sendable, CustomStringConvertible {
    /// A column as the traffic sees it.
    package struct Column: Sendable {
        /// Its name before the schema change.
        package let name: String
        /// Whether it is part of the unique key that rows are found by.
        package let isKey: Bool
        /// Whether the server computes it: it is compared, never written.
        package let isGenerated: Bool
    }

    /// The schema change and how a row looks after it.
    package struct Alteration: Sendable {
        /// The clauses of an ALTER TABLE, without `ALTER TABLE name`.
        package let clause: String
        /// The columns to compare afterwards; key columns are at the same places as before.
        package let columns: [String]
        /// The values of those columns for a row as it was, or would have been, before.
        package let row: @Sendable ([SQLValue]) -> [SQLValue]
    }

    /// Short and unique among the shapes, for test names.
    package let slug: String
    /// The name of the table.
    package let table: String
    /// The families that can hold it.
    package let families: [ServerFamily]
    /// What CREATE TABLE says behind the name.
    package let definition: String
    /// The columns in the order of the table.
    package let columns: [Column]
    /// Whether an UPDATE may change the key.
    package let allowsKeyChange: Bool
    /// Whether some key changes change nothing but the case of the key's text, which the key's collation does not see.
    package let recasesKey: Bool
    /// Whether INSERT names no columns, because the schema change renames one under the traffic.
    package let insertsByPosition: Bool
    /// The schema change.
    package let alteration: Alteration

    let makeRow: @Sendable (_ writer: Int, _ number: Int, _ random: inout SeededRandom) -> [SQLValue]
    let mutate: @Sendable (_ row: inout [SQLValue], _ random: inout SeededRandom) -> Void
    let derive: @Sendable (_ row: inout [SQLValue]) -> Void

    /// A shape from its parts; `makeRow` may leave generated columns NULL, `derive` fills them in.
    ///
    /// - Parameter key: names of the key's columns.
    /// - Parameter generated: names of the columns the server computes.
    /// - Parameter mutate: changes some columns, neither key, nor generated, nor renamed ones.
    package init(
        slug: String, table: String, families: [ServerFamily] = ServerFamily.allCases, columns: [String],
        key: [String], generated: [String] = [], definition: String, allowsKeyChange: Bool = true,
        recasesKey: Bool = false, insertsByPosition: Bool = false, alteration: Alteration,
        makeRow: @escaping @Sendable (Int, Int, inout SeededRandom) -> [SQLValue],
        mutate: @escaping @Sendable (inout [SQLValue], inout SeededRandom) -> Void,
        derive: @escaping @Sendable (inout [SQLValue]) -> Void = { _ in }
    ) {
        self.slug = slug
        self.table = table
        self.families = families
        self.columns = columns.map {
            Column(name: $0, isKey: key.contains($0), isGenerated: generated.contains($0))
        }
        self.definition = definition
        self.allowsKeyChange = allowsKeyChange
        self.recasesKey = recasesKey
        self.insertsByPosition = insertsByPosition
        self.alteration = alteration
        self.makeRow = makeRow
        self.mutate = mutate
        self.derive = derive
    }

    /// The slug.
    package var description: String { slug }

    /// The table in a database.
    package func name(in database: String) throws(MySQLError) -> QualifiedName {
        try QualifiedName(database: database, table: table)
    }

    /// CREATE TABLE for a database.
    package func createStatement(in database: String) throws(MySQLError) -> SQL {
        "CREATE TABLE \(try name(in: database)) \(SQL(verbatim: definition))"
    }

    /// The row of that writer and number as it is first inserted; always the same for the same seed.
    package func row(writer: Int, number: Int, seed: UInt64) -> [SQLValue] {
        var random = SeededRandom(seed: seed, writer: writer, number: number)
        var row = makeRow(writer, number, &random)
        derive(&row)
        return row
    }

    /// Places of the key's columns.
    var keyPlaces: [Int] { columns.indices.filter { columns[$0].isKey } }
    /// Places of the columns an INSERT writes.
    var writtenPlaces: [Int] { columns.indices.filter { !columns[$0].isGenerated } }
}

extension TableShape.Alteration {
    /// An ALTER that changes nothing about the listed columns but adds some with a constant at the end.
    static func adding(_ clause: String, to columns: [String], added: [(name: String, value: SQLValue)] = []) -> Self {
        let values = added.map(\.value)
        return Self(clause: clause, columns: columns + added.map(\.name)) { $0 + values }
    }
}
