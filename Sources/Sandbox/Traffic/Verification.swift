package import MySQLClient

/// The outcome of comparing a whole table with the ledger.
package struct Verification: Sendable, CustomStringConvertible {
    /// How a row differs.
    package enum Difference: Sendable, Equatable, CustomStringConvertible {
        /// The ledger has it, the table has not.
        case lost(key: [SQLValue])
        /// The table has it, the ledger has not: resurrected, or never written.
        case unexpected(key: [SQLValue])
        /// Both have it with different content: column, what the ledger says, what the table holds.
        case content(key: [SQLValue], column: String, expected: SQLValue, found: SQLValue)

        /// One line for a person.
        package var description: String {
            switch self {
            case .lost(let key): "lost: \(key)"
            case .unexpected(let key): "not in the ledger: \(key)"
            case .content(let key, let column, let expected, let found):
                "\(key): \(column) is \(found) and should be \(expected)"
            }
        }
    }

    /// Rows read from the table.
    package private(set) var rowsCompared = 0
    /// Rows that differ, in any way.
    package private(set) var differenceCount = 0
    /// The first hundred of them.
    package private(set) var differences: [Difference] = []

    /// Whether every row is as the ledger says.
    package var isExact: Bool { differenceCount == 0 }

    /// Rows compared, and the differences one a line.
    package var description: String {
        (["\(rowsCompared) rows compared, \(differenceCount) differ"] + differences.map(\.description))
            .joined(separator: "\n")
    }

    /// Reads the table in the order of its key, some thousand rows at a time.
    static func compare(
        _ table: QualifiedName, over connection: Connection, shape: TableShape, altered: Bool, ledgers: [Ledger]
    ) async throws(MySQLError) -> Verification {
        var verification = Verification()
        let names = altered ? shape.alteration.columns : shape.columns.map(\.name)
        let places = shape.keyPlaces
        var expected: [[SQLValue]: (ledger: Int, number: Int32)] = [:]
        for (index, ledger) in ledgers.enumerated() {
            for number in ledger.live {
                expected[places.map { ledger.row(Int(number))[$0].comparable }] = (index, number)
            }
        }
        var columns: [Identifier] = []
        for name in names { columns.append(try Identifier(name)) }
        let key = places.map { columns[$0] }
        let page = 5000
        var last: [SQLValue]?
        while true {
            let condition = last.map { Self.after(key, $0) } ?? "TRUE"
            let rows = try await connection.query(
                """
                SELECT \(columns) FROM \(table) WHERE \(condition) ORDER BY \(key) LIMIT \(.int(Int64(page)))
                """, values: .literal)
            for row in rows {
                let found = row.values
                let foundKey = places.map { found[$0] }
                verification.rowsCompared += 1
                guard let entry = expected.removeValue(forKey: foundKey.map(\.comparable)) else {
                    verification.add(.unexpected(key: foundKey))
                    continue
                }
                let known = ledgers[entry.ledger].row(Int(entry.number))
                verification.compare(found, altered ? shape.alteration.row(known) : known, names, key: foundKey)
            }
            guard rows.count == page, let end = rows.last else { break }
            last = places.map { end.values[$0] }
        }
        for key in expected.keys { verification.add(.lost(key: key)) }
        return verification
    }

    private mutating func compare(_ found: [SQLValue], _ expected: [SQLValue], _ names: [String], key: [SQLValue]) {
        for (place, name) in names.enumerated() where found[place].comparable != expected[place].comparable {
            add(.content(key: key, column: name, expected: expected[place], found: found[place]))
            return
        }
    }

    private mutating func add(_ difference: Difference) {
        differenceCount += 1
        if differences.count < 100 { differences.append(difference) }
    }

    /// `(a > 1) OR (a = 1 AND b > 2)`: what comes behind a key in the order of the key.
    private static func after(_ columns: [Identifier], _ values: [SQLValue]) -> SQL {
        columns.indices.map { place -> SQL in
            let equal = (0..<place).map { index -> SQL in "\(columns[index]) = \(values[index])" }
            let greater: SQL = "\(columns[place]) > \(values[place])"
            return "(\((equal + [greater]).joined(separator: " AND ")))"
        }.joined(separator: " OR ")
    }
}
