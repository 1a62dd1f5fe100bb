/// What a statement did, for statements without rows too.
package struct StatementResult: Sendable, Equatable {
    /// Rows changed (not merely found). An INSERT … ON DUPLICATE KEY UPDATE counts 2 for each row it changed. 0 for a SELECT.
    package let affectedRows: UInt64
    /// The first AUTO_INCREMENT value given out, 0 when none was.
    package let lastInsertID: UInt64
    /// The server's sentence about it (`Records: 3  Duplicates: 0  Warnings: 0`), empty when it says nothing.
    package let info: String
    /// How many warnings `warnings()` would list.
    package let warningCount: UInt32
    /// Whether a transaction is open now.
    package let isInTransaction: Bool
}

/// The rows of a statement, all in memory, with what the statement did.
package struct ResultSet: Sendable, RandomAccessCollection {
    /// Empty for a statement without a result.
    package let columns: Columns
    /// In the order the server sent them.
    package let rows: [Row]
    /// What the statement did.
    package let status: StatementResult

    /// 0.
    package var startIndex: Int { rows.startIndex }
    /// How many rows.
    package var endIndex: Int { rows.endIndex }
    /// By position.
    package subscript(position: Int) -> Row { rows[position] }

    /// The only row.
    /// - Throws: when there is none, or more than one.
    package func single() throws(MySQLError) -> Row {
        guard rows.count == 1 else { throw .unusableAnswer("the server answered \(rows.count) rows, wanted one") }
        return rows[0]
    }
}

/// One line of SHOW WARNINGS.
package struct ServerWarning: Sendable, Equatable {
    /// `Note`, `Warning` or `Error`.
    package let level: String
    /// The server's error number.
    package let code: UInt32
    /// As the server said it.
    package let message: String
}
