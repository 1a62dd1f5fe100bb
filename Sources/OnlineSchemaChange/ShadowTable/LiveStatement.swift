internal import MySQLClient
internal import Schema

/// One line of the process list with a statement in it.
struct LiveStatement: Sendable, Equatable {
    let connection: UInt64
    let user: String
    let host: String
    let command: String
    let text: String
    /// As the process list words it; empty when it says nothing.
    let state: String

    /// Whether it is a RENAME, of tables or within an ALTER.
    var isRename: Bool { text.uppercased().contains("RENAME") }

    /// Whether it waits for a metadata lock: it has not begun, and can be ended without harm.
    var waitsForLock: Bool { state.lowercased().contains("metadata lock") }

    /// Statements of other sessions that name this very table. Needs PROCESS to see those of other users.
    static func naming(
        _ table: QualifiedName, on connection: Connection
    ) async throws(MySQLError) -> [LiveStatement] {
        var found: [LiveStatement] = []
        for row in try await connection.query("SHOW FULL PROCESSLIST") {
            guard let text = try row.optionalString("Info"),
                names(table, in: text, from: try row.optionalString("db"))
            else { continue }
            let id = try row.uint("Id")
            guard id != connection.connectionID else { continue }
            found.append(
                LiveStatement(
                    connection: id, user: try row.optionalString("User") ?? "",
                    host: try row.optionalString("Host") ?? "",
                    command: try row.optionalString("Command") ?? "", text: text,
                    state: try row.optionalString("State") ?? ""))
        }
        return found
    }

    /// Whether a statement names the table: with its database, or without one in a session that is in that database.
    ///
    /// One server may carry several shards, each in a database of its own and each with tables of the same names. Text that cannot
    /// be read as SQL counts when it holds the name and the session is in the database.
    static func names(_ table: QualifiedName, in text: String, from selected: String?) -> Bool {
        guard text.contains(table.table.name) else { return false }
        let isSelected = selected == table.database.name
        let tokens: [SQLToken]
        do { tokens = try SQLLexer.tokens(of: text) } catch { return isSelected }
        return tokens.indices.contains { index in
            guard tokens[index].identifier == table.table.name else { return false }
            guard index >= 2, tokens[index - 1].isSymbol(".") else { return isSelected }
            return tokens[index - 2].identifier == table.database.name
        }
    }
}
