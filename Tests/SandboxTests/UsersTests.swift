import MySQLClient
import Sandbox
import Testing

@Suite("The users of a private server", .serialized)
struct UsersTests {
    @Test("Every user can log in and a fresh database is there and gone again", arguments: ServerFamily.available)
    func everyUser(family: ServerFamily) async throws {
        let server = try await SandboxServers.sharedServer(family)
        let name = try await server.withDatabase { name in
            for role in [ServerProcess.Role.root, .application, .lockstep] {
                let connection = try await server.connect(role, database: name)
                try await connection.execute("CREATE TABLE t (id INT PRIMARY KEY)")
                try await connection.execute("DROP TABLE t")
                #expect(connection.serverInfo.family.rawValue.lowercased().hasPrefix(family.rawValue))
                await connection.close()
            }
            return name
        }
        let root = try await server.connect()
        let left = try await root.query(
            "SELECT COUNT(*) FROM information_schema.schemata WHERE schema_name = \(.string(name))")
        #expect(try left.single().int(0) == 0)
        await root.close()
    }

    @Test(
        "Lockstep's user may see metadata locks and end another session, but not make users",
        arguments: ServerFamily.available)
    func lockstepGrants(family: ServerFamily) async throws {
        let server = try await SandboxServers.sharedServer(family)
        let lockstep = try await server.connect(.lockstep)
        let other = try await server.connect(.application)
        _ = try await lockstep.query("SELECT COUNT(*) FROM performance_schema.metadata_locks")
        _ = try await lockstep.query("SELECT COUNT(*) FROM information_schema.innodb_trx")
        if family == .mariadb {
            _ = try await lockstep.query("SELECT COUNT(*) FROM information_schema.metadata_lock_info")
        }
        try await lockstep.execute(SQL(verbatim: "KILL \(other.connectionID)"))
        await #expect(throws: MySQLError.self) { try await other.execute("DO 1") }
        let error = await #expect(throws: MySQLError.self) { try await lockstep.execute("CREATE USER 'mallory'@'%'") }
        #expect(error?.isGrantMissing == true)
        await lockstep.close()
    }
}
