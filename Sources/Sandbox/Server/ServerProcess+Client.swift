package import MySQLClient

extension ServerProcess {
    /// Who logs in.
    package enum Role: Sendable {
        /// Over the socket, everything allowed.
        case root
        /// The application's user, over TCP.
        case application
        /// Lockstep's user with its documented grants, over TCP.
        case lockstep
        /// The replication user, over TCP.
        case replication
    }

    /// How to reach this server in that role.
    package nonisolated func connectionOptions(_ role: Role, database: String? = nil) -> ConnectionOptions {
        let user =
            switch role {
            case .root: users.root
            case .application: users.application
            case .lockstep: users.lockstep
            case .replication: users.replication
            }
        let address: ConnectionOptions.Address =
            switch role {
            case .root: .unixSocket(path: socketPath)
            case .application, .lockstep, .replication: .tcp(host: host, port: port)
            }
        return ConnectionOptions(
            address: address, user: user.user, password: Secret(user.password), database: database,
            connectTimeout: .seconds(20))
    }

    /// A new connection in that role.
    /// - Throws: what `Connection.open` throws.
    package nonisolated func connect(_ role: Role = .root, database: String? = nil) async throws(MySQLError)
        -> Connection
    {
        try await Connection.open(connectionOptions(role, database: database))
    }

    /// Makes an empty utf8mb4 database that no other test uses, hands over its name and drops it afterwards, also when `body`
    /// throws. All sandbox users have their rights on it.
    package nonisolated func withDatabase<Result: Sendable>(
        _ body: (_ name: String) async throws -> Result
    ) async throws -> Result {
        let name = SandboxServers.freshDatabaseName()
        let database = try Identifier(name)
        try await run("CREATE DATABASE \(database) CHARACTER SET utf8mb4")
        let result: Result
        do {
            result = try await body(name)
        } catch {
            // The failure of `body` is the news; should the drop fail too, it goes to the test's output.
            do { try await run("DROP DATABASE IF EXISTS \(database)") } catch let second {
                print("lockstep sandbox: \(name) could not be dropped: \(second)")
            }
            throw error
        }
        try await run("DROP DATABASE IF EXISTS \(database)")
        return result
    }

    /// Runs one statement as root on a connection of its own: the server may have been restarted in between.
    package nonisolated func run(_ sql: SQL) async throws(MySQLError) {
        let connection = try await connect()
        try await connection.execute(sql)
        await connection.close()
    }
}
