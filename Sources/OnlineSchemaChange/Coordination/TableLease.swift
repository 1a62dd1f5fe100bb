internal import Core
internal import MySQLClient

/// Keeps a second engine off the table: the advisory lock, on a session of its own, held as long as the run lives.
///
/// The server gives it up when the session ends, so a killed engine leaves nothing behind. It guards against two Lockstep
/// engines; the table itself is guarded by metadata locks alone.
struct TableLease: Sendable {
    /// How long the session of an engine that was just killed may take to end.
    private static let patience = Duration.seconds(10)

    let connections: ShardConnections
    let database: String
    let table: String
    let clock: any Clock<Duration>

    /// - Throws: `Failure(.artifactInUse)` naming who has it.
    func take() async throws {
        let waited = clock.measuring()
        while true {
            let holder = try await connections.retrying("lease") { [database, table] connection in
                try await AdvisoryLock.take(connection, database: database, table: table)
            }
            guard let holder else { return }
            guard waited() < Self.patience else {
                throw Failure(
                    .artifactInUse, "Another engine is changing `\(table)`.",
                    cause: "its advisory lock is held by connection \(holder.connection) \(holder.who)",
                    now: "nothing was changed by this run", next: "end the other migration, then retry the shard")
            }
            try await clock.sleep(for: .milliseconds(250))
        }
    }

    /// Takes it again every few seconds: harmless while it is ours, and needed after a lost connection.
    func keep() async throws {
        while true {
            try await clock.sleep(for: .seconds(5))
            try await take()
        }
    }
}
