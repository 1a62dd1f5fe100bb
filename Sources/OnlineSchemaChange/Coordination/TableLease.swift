internal import Core
internal import MySQLClient
internal import Schema

/// Keeps a second engine off the table: a `GET_LOCK` on a session of its own, held as long as the run lives.
///
/// The server gives it up when the session ends, so a killed engine leaves nothing behind. It guards against two Lockstep
/// engines; the table itself is guarded by metadata locks alone.
struct TableLease: Sendable {
    let connections: ShardConnections
    let name: String
    let table: String

    /// `lockstep:` and a hash: a lock name has 64 characters at most, a table with its database up to 129.
    static func name(database: String, table: String) -> String {
        "lockstep:\(StableHash.hex64("\(database.lowercased()).\(table.lowercased())"))"
    }

    /// Waits a few seconds: the session of an engine that was just killed may still be ending.
    static func take(
        for site: ShardSite, table: String, connections: ShardConnections
    ) async throws -> TableLease {
        let lease = TableLease(connections: connections, name: name(database: site.database, table: table), table: table)
        try await lease.take(wait: 10)
        return lease
    }

    private func take(wait seconds: Int) async throws {
        let holder: Int64? = try await connections.retrying("lease") { connection in
            let taken = try await connection.query(
                "SELECT GET_LOCK(\(.string(name)), \(.int(Int64(seconds))))", values: .literal).single().optionalInt(0)
            if taken == 1 { return nil }
            return try await connection.query("SELECT IS_USED_LOCK(\(.string(name)))", values: .literal)
                .single().optionalInt(0) ?? 0
        }
        guard let holder else { return }
        throw Failure(
            .artifactInUse, "Another engine is changing `\(table)`.", cause: "lock \(name) is held by connection \(holder)",
            now: "nothing was changed by this run", next: "end the other migration, then retry the shard")
    }

    /// Looks every few seconds that the lock is still ours, and takes it again after a lost connection.
    func keep(clock: any Clock<Duration>) async throws {
        while true {
            try await clock.sleep(for: .seconds(5))
            let isOurs = try await connections.retrying("lease") { connection in
                try await connection.query(
                    "SELECT COALESCE(IS_USED_LOCK(\(.string(name))) = CONNECTION_ID(), 0)", values: .literal).single().int(0)
            }
            if isOurs != 1 { try await take(wait: 10) }
        }
    }
}
