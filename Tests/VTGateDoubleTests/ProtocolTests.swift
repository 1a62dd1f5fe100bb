import MySQLClient
import Testing
import VTGateDouble

@Suite("The protocol, through the product's own client")
struct ProtocolTests {
    @Test("A connection is set up as the client always does it, and sees a VTGate of v24")
    func connects() async throws {
        let double = try FakeVTGate()
        let connection = try await Connection.open(double.options(), setup: .standard)
        #expect(connection.serverInfo.family == .mysql)
        #expect(connection.serverInfo.versionText == "8.4.6-Vitess")
        #expect(connection.serverInfo.comment.hasPrefix("Version: 24.0.0"))
        let row = try await connection.query("SELECT connection_id(), @@ddl_strategy AS s, @@migration_context")
            .single()
        #expect(try row.uint("connection_id()") == connection.connectionID)
        #expect(try row.string("s") == "direct")
        await connection.close()
        double.stop()
    }

    @Test("A wrong password is 1045, the right one is let in, and an unknown keyspace is 1049")
    func logsIn() async throws {
        var configuration = FakeVTGate.Configuration()
        configuration.users = ["lockstep": "secret words", "guest": ""]
        let double = try FakeVTGate(configuration)
        let refused = await mysqlError {
            try await Connection.open(double.options(user: "lockstep", password: "wrong"))
        }
        #expect(refused?.code == 1045)
        #expect(refused?.sqlState == "28000")
        let stranger = await mysqlError { try await Connection.open(double.options(user: "stranger")) }
        #expect(stranger?.code == 1045)
        for (user, password) in [("lockstep", "secret words"), ("guest", "")] {
            try await Connection.open(double.options(user: user, password: password)).close()
        }
        let unknown = await mysqlError { try await Connection.open(double.options(user: "guest", database: "nosuch")) }
        #expect(unknown?.code == 1049)
        #expect(unknown?.message == "VT05003: unknown database 'nosuch' in vschema")
    }

    @Test("The columns have the names, order and types of the transcript; older releases have fewer")
    func columns() async throws {
        let double = try FakeVTGate()
        try double.submit("alter table customer add column a int")
        let connection = try await double.connect()
        for (version, count) in [(VitessRelease.v21, 59), (.v22, 62), (.v23, 62), (.v24, 63)] {
            for shard in shards { double.setVersion(version, ofShard: shard) }
            let result = try await connection.query("SHOW VITESS_MIGRATIONS")
            #expect(result.columns.count == count)
            #expect(result.rows.count == 4)
            let names = result.columns.map(\.name)
            #expect(
                Array(names.prefix(6)) == ["id", "migration_uuid", "keyspace", "shard", "mysql_schema", "mysql_table"])
            #expect(names.contains("in_order_completion_pending_count") == (version == .v24))
            #expect(names.contains("vreplication_lag_seconds") == (version != .v21))
        }
        let result = try await connection.query("SHOW VITESS_MIGRATIONS")
        let kinds = Dictionary(uniqueKeysWithValues: result.columns.map { ($0.name, $0.kind) })
        #expect(kinds["id"] == .longLong)
        #expect(kinds["migration_uuid"] == .varString)
        #expect(kinds["message"] == .blob)
        #expect(kinds["progress"] == .float)
        #expect(kinds["ready_to_complete"] == .tiny)
        #expect(kinds["added_timestamp"] == .timestamp)
        let row = try #require(result.rows.first)
        #expect(try row.string("migration_status") == "queued")
        #expect(try row.int("eta_seconds") == -1)
    }

    @Test("LIKE '' cuts the connection; VTGate lives on, its session state is gone")
    func emptyLike() async throws {
        let double = try FakeVTGate()
        let connection = try await double.connect()
        let error = await mysqlError { try await connection.query("SHOW VITESS_MIGRATIONS LIKE ''") }
        #expect(error?.code == 2013)
        #expect(error?.outcome == .unknown)
        #expect(double.accidents.map(\.kind) == [.emptyLike])
        let again = try await double.connect()
        #expect(try await again.query("SHOW VITESS_MIGRATIONS LIKE '%'").rows.isEmpty)
    }

    @Test("ALTER VITESS_MIGRATION fails in a transaction, and reads are allowed there")
    func transactions() async throws {
        let double = try FakeVTGate()
        let uuid = try double.ready()
        let connection = try await double.connect()
        try await connection.execute("BEGIN")
        _ = try await connection.query("SHOW VITESS_MIGRATIONS LIKE 'nomatch'")
        let text = SQL(verbatim: "ALTER VITESS_MIGRATION '\(uuid)' COMPLETE")
        let error = await mysqlError { try await connection.query(text) }
        #expect(error?.code == 1815)
        #expect(error?.message.contains("code = Internal desc = [BUG] AlterMigration unexpected plan type") == true)
        try await connection.execute("ROLLBACK")
        try await connection.execute("SET autocommit = 0")
        #expect(await mysqlError { try await connection.query(text) }?.code == 1815)
        try await connection.execute("SET autocommit = 1")
        #expect(try await connection.execute(text).affectedRows == 4)
        #expect(double.accidents.map(\.kind) == [.inTransaction, .inTransaction])
    }

    @Test("A verb with a placeholder cannot be prepared")
    func placeholders() async throws {
        let double = try FakeVTGate()
        let connection = try await double.connect()
        let error = await mysqlError {
            try await connection.query("ALTER VITESS_MIGRATION \(SQLValue.int(1)) COMPLETE", values: .bound)
        }
        #expect(error?.message == "syntax error at position 25 near ':v1'")
    }

    @Test("A connection lost before or after the statement was done looks the same, and the log knows which it was")
    func lostConnections() async throws {
        let double = try FakeVTGate()
        for isApplied in [false, true] {
            let uuid = try double.submit("alter table customer add column c\(isApplied) int")
            double.plan(isApplied ? .connectionLostAfter : .connectionLostBefore, on: "alter vitess_migration")
            let connection = try await double.connect()
            let error = await mysqlError {
                try await connection.query(SQL(verbatim: "ALTER VITESS_MIGRATION '\(uuid)' CANCEL"))
            }
            #expect(error?.code == 2013)
            #expect(double.statuses(uuid) == Array(repeating: isApplied ? "cancelled" : "queued", count: 4))
        }
        #expect(double.statements("alter vitess_migration").map(\.outcome) == [.dropped, .dropped])
    }

    @Test("A restart of VTGate cuts connections and keeps the port; while it is gone nobody answers")
    func restarts() async throws {
        let double = try FakeVTGate()
        let port = double.port
        let connection = try await double.connect()
        double.restartVTGate()
        #expect(await mysqlError { try await connection.query("SELECT 1") } != nil)
        try await double.connect().close()
        double.stopVTGate()
        #expect(await mysqlError { try await double.connect() } != nil)
        try double.startVTGate()
        #expect(double.port == port)
        try await double.connect().close()
        double.stop()
        #expect(double.connectionCount == 0)
    }

    @Test("A silent shard holds the statement until it speaks, and KILL QUERY ends the waiting")
    func silence() async throws {
        var configuration = FakeVTGate.Configuration()
        configuration.allowsKill = true
        let double = try FakeVTGate(configuration)
        try double.submit("alter table customer add column a int")
        double.silence("80-c0")
        let connection = try await double.connect()
        let asking = Task { try await connection.query("SHOW VITESS_MIGRATIONS").rows.count }
        #expect(try await eventually { double.statements("show vitess_migrations").count == 1 })
        let other = try await double.connect(database: "commerce:-40")
        #expect(try await other.query("SHOW VITESS_MIGRATIONS").rows.count == 1)
        double.speak("80-c0")
        #expect(try await asking.value == 4)

        double.silence("80-c0")
        let killed = Task { try await connection.query("SHOW VITESS_MIGRATIONS") }
        #expect(try await eventually { double.statements("show vitess_migrations").count == 3 })
        _ = try await other.query(SQL(verbatim: "KILL QUERY \(connection.connectionID)"))
        #expect(await mysqlError { try await killed.value }?.code == 1317)
        double.stop()
    }

    @Test("1,024 shards with ten migrations each are read whole")
    func thousandShards() async throws {
        var configuration = FakeVTGate.Configuration()
        configuration.keyspaces = [.init("commerce", shardCount: 1024)]
        let double = try FakeVTGate(configuration)
        for index in 0..<10 { try double.submit("alter table customer add column c\(index) int") }
        let connection = try await double.connect()
        for _ in 0..<2 {
            let result = try await connection.query("SHOW VITESS_MIGRATIONS")
            #expect(result.rows.count == 10_240)
        }
        // The double's own part of the second answer, whose rows are already written.
        let logged = try #require(double.statements("show vitess_migrations").last)
        #expect(try #require(logged.ended) - logged.began < 2)
    }
}
