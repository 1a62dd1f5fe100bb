internal import MySQLClient
internal import Sandbox

/// A database of its own on the shared server of one family, and connections to it.
struct Fixture {
    let server: ServerProcess
    let database: String

    static func on(_ family: ServerFamily) async throws -> Fixture {
        let server = try await SandboxServers.sharedServer(family)
        let fixture = Fixture(server: server, database: SandboxServers.freshDatabaseName())
        let connection = try await Connection.open(fixture.options(database: nil))
        try await connection.execute("CREATE DATABASE \(try Identifier(fixture.database)) CHARACTER SET utf8mb4")
        await connection.close()
        return fixture
    }

    /// As the application's user over TCP, without TLS.
    func options(database: String?) -> ConnectionOptions {
        var options = server.tcpOptions(server.users.application)
        options.database = database
        return options
    }

    func connect(setup: SessionSetup = .standard) async throws -> Connection {
        try await Connection.open(options(database: database), setup: setup)
    }
}

extension ServerProcess {
    nonisolated func tcpOptions(_ user: Credentials) -> ConnectionOptions {
        ConnectionOptions(
            address: .tcp(host: host, port: port), user: user.user, password: Secret(user.password),
            tls: .init(mode: .disabled))
    }
}

/// Polls until a condition holds; the limit is only there to end a test that would hang.
func eventually(_ limit: Duration = .seconds(20), _ condition: () async throws -> Bool) async throws -> Bool {
    let deadline = ContinuousClock.now + limit
    while ContinuousClock.now < deadline {
        if try await condition() { return true }
        try await Task.sleep(for: .milliseconds(5))
    }
    return false
}

/// The error of an operation that must fail.
func mysqlError(_ operation: () async throws -> some Any) async -> MySQLError? {
    do {
        _ = try await operation()
        return nil
    } catch {
        return error as? MySQLError
    }
}
