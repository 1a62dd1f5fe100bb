package import MySQLClient

/// One shard of a sandbox: a primary and a replica that follows it.
package struct ShardServers: Sendable {
    /// As in a cluster file: `-40`, `40-80`, and so on, or `-` when there is only one.
    package let name: String
    /// Takes the writes.
    package let primary: ServerProcess
    /// Follows the primary by row events; read-only for everybody but root.
    package let replica: ServerProcess

    /// Points the replica at the primary and starts it. The two must be empty or equal.
    func startReplication() async throws {
        let user = primary.users.replication
        let connection = try await replica.connect()
        switch primary.family {
        case .mariadb:
            // An empty GTID position means "from the beginning of the binlog"; both servers were just made.
            try await connection.execute(
                SQL(
                    verbatim: """
                        CHANGE MASTER TO MASTER_HOST='\(primary.host)', MASTER_PORT=\(primary.port), \
                        MASTER_USER='\(user.user)', MASTER_PASSWORD='\(user.password)', MASTER_USE_GTID=slave_pos, \
                        MASTER_CONNECT_RETRY=1
                        """))
            try await connection.execute("START SLAVE")
        case .mysql:
            try await connection.execute(
                SQL(
                    verbatim: """
                        CHANGE REPLICATION SOURCE TO SOURCE_HOST='\(primary.host)', SOURCE_PORT=\(primary.port), \
                        SOURCE_USER='\(user.user)', SOURCE_PASSWORD='\(user.password)', SOURCE_AUTO_POSITION=1, \
                        SOURCE_CONNECT_RETRY=1, SOURCE_SSL=1
                        """))
            try await connection.execute("START REPLICA")
        }
        await connection.close()
    }

    /// What the replica says about itself.
    package struct ReplicaStatus: Sendable, Equatable {
        /// Whether it receives events.
        package let isReceiving: Bool
        /// Whether it applies them.
        package let isApplying: Bool
        /// Seconds behind, `nil` when it does not know.
        package let secondsBehind: Int64?
        /// The last error of either thread, empty when there is none.
        package let lastError: String
    }

    /// Asks the replica.
    /// - Throws: `SandboxError.unexpected` when it is no replica, `MySQLError` when it does not answer.
    package func replicaStatus() async throws -> ReplicaStatus {
        let connection = try await replica.connect()
        let rows = try await connection.query(
            primary.family == .mariadb ? "SHOW SLAVE STATUS" : "SHOW REPLICA STATUS")
        await connection.close()
        guard let row = rows.first else { throw SandboxError.unexpected("\(replica.name) does not replicate") }
        let prefix = primary.family == .mariadb ? "Slave" : "Replica"
        let behind = primary.family == .mariadb ? "Seconds_Behind_Master" : "Seconds_Behind_Source"
        return ReplicaStatus(
            isReceiving: try row.string("\(prefix)_IO_Running") == "Yes",
            isApplying: try row.string("\(prefix)_SQL_Running") == "Yes",
            secondsBehind: try row.optionalInt(behind),
            lastError: try row.string("Last_IO_Error") + row.string("Last_SQL_Error"))
    }

    /// Stops applying on the replica, so that it falls behind; it goes on receiving.
    package func stopApplying() async throws(MySQLError) {
        try await replica.run(primary.family == .mariadb ? "STOP SLAVE SQL_THREAD" : "STOP REPLICA SQL_THREAD")
    }

    /// Starts both threads of the replica; those that run already stay as they are.
    package func startApplying() async throws(MySQLError) {
        try await replica.run(primary.family == .mariadb ? "START SLAVE" : "START REPLICA")
    }

    /// Returns when the replica has applied everything the primary had written when this was called.
    /// - Throws: `SandboxError.unexpected` when that takes longer than `limit`.
    package func waitForReplica(within limit: Duration = .seconds(60)) async throws {
        let source = try await primary.connect()
        let target = try await replica.connect()
        let seconds = SQLValue.int(limit.components.seconds)
        let reached: Bool
        switch primary.family {
        case .mariadb:
            let position = try await source.query("SELECT @@GLOBAL.gtid_binlog_pos").single().string(0)
            reached =
                try await target.query("SELECT MASTER_GTID_WAIT(\(.string(position)), \(seconds))", values: .literal)
                .single().int(0) == 0
        case .mysql:
            let set = try await source.query("SELECT @@GLOBAL.gtid_executed").single().string(0)
            reached =
                try await target.query(
                    "SELECT WAIT_FOR_EXECUTED_GTID_SET(\(.string(set)), \(seconds))", values: .literal
                )
                .single().int(0) == 0
        }
        await source.close()
        await target.close()
        guard reached else {
            throw SandboxError.unexpected(
                "\(replica.name) has not caught up within \(limit): \(try await replicaStatus())")
        }
    }
}
