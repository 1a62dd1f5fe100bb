/// Sessions whose commit does not come through, as the process list shows them.
///
/// With no room for its binlog, a server lets the commit that met it wait and look again each minute, and every other commit
/// waits behind that one. Statements that only read are answered. Measured on MariaDB 10.11 and MySQL 9.7:
/// MariaDB says `Waiting for someone to free space` of the first session and `Commit` of the others; MySQL says `waiting for handler
/// commit` of all of them. A KILL of the first session ends a MySQL server (error MY-011072 in its log).
package struct CommitWait: Sendable, Equatable {
    /// The session's number.
    package let connection: UInt64
    /// As the process list words it.
    package let state: String
    /// How long the session has been in its present statement.
    package let duration: Duration

    /// The sessions in this state now, the oldest first. A healthy server shows some for moments: `duration` tells.
    ///
    /// `SHOW PROCESSLIST`, for the table in `information_schema` may need the room on disk that is missing.
    /// - Throws: what the server answered. Without PROCESS only the user's own sessions are seen.
    package static func list(on connection: Connection) async throws(MySQLError) -> [CommitWait] {
        var found: [CommitWait] = []
        for row in try await connection.query("SHOW PROCESSLIST") {
            guard let state = try row.optionalString("State"), isCommitting(state) else { continue }
            let seconds = try row.optionalInt("Time") ?? 0
            found.append(CommitWait(connection: try row.uint("Id"), state: state, duration: .seconds(max(0, seconds))))
        }
        return found.sorted { $0.duration > $1.duration }
    }

    /// Whether a KILL of this session would meet it in its commit.
    static func isSeen(of connectionID: UInt64, on handle: Handle) throws(MySQLError) -> Bool {
        for row in try handle.run([UInt8]("SHOW PROCESSLIST".utf8)) where try row.uint("Id") == connectionID {
            if let state = try row.optionalString("State"), isCommitting(state) { return true }
        }
        return false
    }

    /// Whether the state is one of a commit that has not come through.
    package static func isCommitting(_ state: String) -> Bool {
        let state = state.lowercased()
        return state == "commit" || state == "waiting for handler commit" || state.contains("free space")
    }
}
