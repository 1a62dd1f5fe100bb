import Core
import MySQLClient
import Sandbox
import Testing

/// The servers the tests of this target run on.
typealias TestFamily = ServerFamily
/// Those that are installed, MariaDB always.
let testFamilies = ServerFamily.available

/// A database of its own on the family's shared server, and sessions on it.
struct TestDatabase: Sendable {
    let server: ServerProcess
    let name: String

    /// Makes it and fills it.
    static func make(_ family: TestFamily, _ statements: [SQL] = []) async throws -> TestDatabase {
        let database = TestDatabase(
            server: try await SandboxServers.sharedServer(family), name: SandboxServers.freshDatabaseName())
        let root = try await database.root(selected: false)
        try await root.execute("CREATE DATABASE \(try Identifier(database.name))")
        try await root.execute("USE \(try Identifier(database.name))")
        for statement in statements { try await root.execute(statement) }
        await root.close()
        return database
    }

    /// Everything, over the socket.
    func root(selected: Bool = true) async throws -> Connection {
        try await Connection.open(
            ConnectionOptions(
                address: .unixSocket(path: server.socketPath), user: server.users.root.user,
                database: selected ? name : nil))
    }

    /// With exactly the grants that are asked of operators.
    func lockstep() async throws -> Connection {
        try await Connection.open(options(server.users.lockstep))
    }

    /// As an application.
    func application() async throws -> Connection {
        try await Connection.open(options(server.users.application))
    }

    func options(_ credentials: Credentials) -> ConnectionOptions {
        ConnectionOptions(
            address: .tcp(host: server.host, port: server.port), user: credentials.user,
            password: Secret(credentials.password), database: name)
    }

    func qualified(_ table: String) throws -> QualifiedName { try QualifiedName(database: name, table: table) }
}

/// Polls until the condition holds.
func eventually(
    within limit: Duration = .seconds(10), _ condition: () async throws -> Bool
) async throws -> Bool {
    let deadline = ContinuousClock.now + limit
    while ContinuousClock.now < deadline {
        if try await condition() { return true }
        try await Task.sleep(for: .milliseconds(20))
    }
    return false
}

/// Fails the test when the condition does not come to hold.
func expectEventually(
    within limit: Duration = .seconds(10), sourceLocation: SourceLocation = #_sourceLocation,
    _ condition: () async throws -> Bool
) async throws {
    if try await !eventually(within: limit, condition) {
        Issue.record("did not come to hold within \(limit)", sourceLocation: sourceLocation)
    }
}
