internal import MySQLClient
internal import Sandbox
import Testing

@Suite struct ConnectionTests {
    @Test("A session says what it is connected to", arguments: ServerFamily.available)
    func serverInfo(family: ServerFamily) async throws {
        let fixture = try await Fixture.on(family)
        let connection = try await fixture.connect()
        #expect(connection.serverInfo.family.rawValue == family.rawValue)
        #expect(connection.serverInfo.version >= ServerInfo.Version(family == .mariadb ? 10 : 8, 0))
        #expect(connection.serverInfo.serverID == UInt64(fixture.server.options.serverID))
        #expect(try await connection.query("SELECT CONNECTION_ID()")[0].uint(0) == connection.connectionID)
        #expect(connection.tlsCipher == nil)
        await connection.close()
        #expect(await mysqlError { try await connection.query("SELECT 1") }?.outcome == .notExecuted)
    }

    @Test("A Unix socket works without a port", arguments: ServerFamily.available)
    func unixSocket(family: ServerFamily) async throws {
        let server = try await SandboxServers.sharedServer(family)
        let options = ConnectionOptions(
            address: .unixSocket(path: server.socketPath), user: server.users.root.user,
            password: Secret(server.users.root.password))
        let connection = try await Connection.open(options)
        #expect(try await connection.query("SELECT 1").single().int(0) == 1)
        await connection.close()
    }

    @Test("Wrong credentials are refused, and the error does not hold them", arguments: ServerFamily.available)
    func wrongCredentials(family: ServerFamily) async throws {
        var options = try await Fixture.on(family).options(database: nil)
        options.password = Secret("certainly wrong")
        let error = try #require(await mysqlError { try await Connection.open(options) })
        #expect(error.isAccessDenied && error.outcome == .notExecuted && !"\(error)".contains("certainly wrong"))
    }

    @Test("Nobody at the address is an error within the connect timeout")
    func nobodyThere() async throws {
        let options = ConnectionOptions(
            address: .tcp(host: "127.0.0.1", port: 1), user: "u", connectTimeout: .seconds(2))
        let error = try #require(await mysqlError { try await Connection.open(options) })
        #expect(error.isConnectionLost && error.outcome == .notExecuted)
    }

    @Test(
        "A standard session keeps zero dates and an id of 0, and refuses what would be cut",
        arguments: ServerFamily.available)
    func session(family: ServerFamily) async throws {
        let connection = try await Fixture.on(family).connect()
        try await connection.execute("CREATE TABLE s (id INT AUTO_INCREMENT PRIMARY KEY, d DATE, v VARCHAR(2))")
        try await connection.execute("INSERT INTO s VALUES (0, '0000-00-00', 'ab'), (5, '2024-02-31', '')")
        #expect(try await connection.query("SELECT id FROM s ORDER BY id").map { try $0.int(0) } == [0, 5])
        let error = await mysqlError { try await connection.execute("INSERT INTO s VALUES (6, NULL, 'abc')") }
        #expect(error?.code == 1406 && error?.outcome == .notExecuted)
        #expect(try await connection.query("SELECT @@time_zone").single().string(0) == "+00:00")
        #expect(try await connection.query("SELECT @@character_set_client").single().string(0) == "utf8mb4")
        await connection.close()
    }

    @Test("A setup statement that fails leaves no connection", arguments: ServerFamily.available)
    func brokenSetup(family: ServerFamily) async throws {
        let fixture = try await Fixture.on(family)
        let setup = SessionSetup.standard.adding(["SET no_such_variable = 1"])
        #expect(await mysqlError { try await fixture.connect(setup: setup) }?.code == 1193)
    }

    @Test("Execute tells rows changed, the generated id, the info and the warnings", arguments: ServerFamily.available)
    func execute(family: ServerFamily) async throws {
        let connection = try await Fixture.on(family).connect()
        try await connection.execute("CREATE TABLE e (id INT AUTO_INCREMENT PRIMARY KEY, v INT UNIQUE)")
        let inserted = try await connection.execute("INSERT INTO e (v) VALUES (1), (2), (3)")
        #expect(inserted.affectedRows == 3 && inserted.lastInsertID == 1)
        #expect(inserted.info == "Records: 3  Duplicates: 0  Warnings: 0")
        #expect(try await connection.execute("UPDATE e SET v = 1 WHERE id = 1").affectedRows == 0)
        #expect(try await connection.execute("DELETE FROM e WHERE v > \(.int(1))").affectedRows == 2)
        #expect(try await connection.execute("INSERT INTO e VALUES (9, \(.int(9)))").affectedRows == 1)
        let ignored = try await connection.execute("INSERT IGNORE INTO e (v) VALUES (1)")
        #expect(ignored.warningCount == 1 && ignored.affectedRows == 0)
        let warnings = try await connection.warnings()
        #expect(warnings.count == 1 && warnings[0].code == 1062 && warnings[0].level == "Warning")
        try await connection.execute("BEGIN")
        #expect(try await connection.execute("DO 1").isInTransaction)
        await connection.close()
    }

    @Test("The server's error is told as it was said, with its number and state", arguments: ServerFamily.available)
    func serverErrors(family: ServerFamily) async throws {
        let connection = try await Fixture.on(family).connect()
        for values in [Connection.Values.bound, .literal] {
            let error = await mysqlError { try await connection.query("SELECT * FROM missing", values: values) }
            #expect(error?.code == 1146 && error?.sqlState == "42S02" && error?.outcome == .notExecuted)
            #expect(error?.isUnknownTable == true)
        }
        try await connection.execute("CREATE TABLE k (id INT PRIMARY KEY)")
        try await connection.execute("INSERT INTO k VALUES (\(.int(1)))")
        let duplicate = await mysqlError { try await connection.execute("INSERT INTO k VALUES (\(.int(1)))") }
        #expect(duplicate?.isDuplicateKey == true && duplicate?.outcome == .notExecuted)
        await connection.close()
    }

    @Test("A placeholder that is no value is refused before the statement runs", arguments: ServerFamily.available)
    func strayPlaceholder(family: ServerFamily) async throws {
        let connection = try await Fixture.on(family).connect()
        let error = await mysqlError { try await connection.query("SELECT \(.int(1)), \(SQL(verbatim: "?"))") }
        #expect(error?.outcome == .notExecuted && error?.code == 2000)
        #expect(try await connection.query("SELECT 1").count == 1)
        await connection.close()
    }

    @Test("A lock wait that times out is known as one, and nothing happened", arguments: ServerFamily.available)
    func lockWait(family: ServerFamily) async throws {
        let fixture = try await Fixture.on(family)
        let (holder, waiter) = (try await fixture.connect(), try await fixture.connect())
        try await holder.execute("CREATE TABLE l (id INT PRIMARY KEY)")
        try await holder.execute("LOCK TABLES l WRITE")
        try await waiter.execute("SET lock_wait_timeout = 1")
        let error = await mysqlError { try await waiter.execute("LOCK TABLES l WRITE") }
        #expect(error?.isLockWaitTimeout == true && error?.outcome == .notExecuted)
        await holder.close()
        await waiter.close()
    }

    @Test("A procedure's result comes whole and the session goes on", arguments: ServerFamily.available)
    func procedure(family: ServerFamily) async throws {
        let connection = try await Fixture.on(family).connect()
        try await connection.execute("CREATE PROCEDURE p(n INT) BEGIN SELECT n AS a; SELECT n + 1 AS b; END")
        for values in [Connection.Values.bound, .literal] {
            let result = try await connection.query("CALL p(\(.int(4)))", values: values)
            #expect(try result.single().int("a") == 4)
            #expect(try await connection.query("SELECT 5").single().int(0) == 5)
        }
        await connection.close()
    }

    @Test(
        "Connections do not take the threads of the pool: forty sleeps take about one",
        arguments: ServerFamily.available)
    func concurrency(family: ServerFamily) async throws {
        let fixture = try await Fixture.on(family)
        let clock = ContinuousClock()
        var connections: [Connection] = []
        for _ in 0..<40 { connections.append(try await fixture.connect()) }
        let opened = connections
        let elapsed = try await clock.measure {
            try await withThrowingTaskGroup { group in
                for connection in opened { group.addTask { try await connection.execute("SELECT SLEEP(1)") } }
                try await group.waitForAll()
            }
        }
        #expect(elapsed < .seconds(15))
        for connection in connections { await connection.close() }
    }

    // MARK: Several statements

    @Test("Several statements run in one packet and the failing one is named", arguments: ServerFamily.available)
    func executeAll(family: ServerFamily) async throws {
        let connection = try await Fixture.on(family).connect()
        try await connection.execute("CREATE TABLE m (id INT PRIMARY KEY)")
        let results = try await connection.executeAll([
            "INSERT INTO m VALUES (1)", "INSERT INTO m VALUES (\(.int(2))), (3)", "SELECT id FROM m ORDER BY id",
        ])
        #expect(results.map(\.status.affectedRows) == [1, 2, 0] && results[2].count == 3)
        await #expect {
            try await connection.executeAll([
                "INSERT INTO m VALUES (4)", "INSERT INTO m VALUES (4)", "INSERT INTO m VALUES (5)",
            ])
        } throws: { error in
            let error = error as? MultiStatementError
            return error?.failedIndex == 1 && error?.error.isDuplicateKey == true && error?.completed.count == 1
                && error?.error.outcome == .notExecuted
        }
        #expect(try await connection.query("SELECT COUNT(*) FROM m").single().int(0) == 4)
        try await connection.beginMultiStatements()
        #expect(try await connection.executeAll(["DO 1", "DO 2"]).count == 2)
        try await connection.endMultiStatements()
        await connection.close()
    }

    @Test(
        "A batch that gives more answers than statements is an error, and the session goes on",
        arguments: ServerFamily.available)
    func miscounted(family: ServerFamily) async throws {
        let connection = try await Fixture.on(family).connect()
        let statements: [SQL] = [SQL(verbatim: "DO 1; SELECT 2"), "SELECT 3"]
        await #expect {
            try await connection.executeAll(statements)
        } throws: {
            ($0 as? MultiStatementError)?.error.outcome == .executed
        }
        #expect(try await connection.query("SELECT 4").single().int(0) == 4)
        await connection.close()
    }

    @Test("A second statement smuggled into one is refused by the server", arguments: ServerFamily.available)
    func smuggled(family: ServerFamily) async throws {
        let connection = try await Fixture.on(family).connect()
        try await connection.execute("CREATE TABLE x (id INT)")
        _ = try await connection.executeAll(["DO 1", "DO 2"])
        let error = await mysqlError { try await connection.execute(SQL(verbatim: "DO 1; DROP TABLE x")) }
        #expect(error?.code == 1064)
        #expect(try await connection.query("SELECT COUNT(*) FROM x").single().int(0) == 0)
        await connection.close()
    }

    // MARK: Streaming

    @Test(
        "A large result is read in batches, in order, and nothing else runs meanwhile",
        arguments: ServerFamily.available)
    func streaming(family: ServerFamily) async throws {
        let connection = try await Fixture.on(family).connect()
        try await connection.execute("CREATE TABLE n (d INT)")
        try await connection.execute("INSERT INTO n VALUES (0),(1),(2),(3),(4),(5),(6),(7),(8),(9)")
        let rows: SQL = """
            SELECT a.d + 10 * b.d + 100 * c.d + 1000 * e.d AS v FROM n a, n b, n c, n e ORDER BY v
            """
        var seen: [Int64] = []
        try await connection.forEachBatch(rows, batchSize: 999) { batch in
            #expect(batch.count <= 999)
            if seen.isEmpty { #expect(await mysqlError { try await connection.query("SELECT 1") }?.code == 2014) }
            for row in batch { seen.append(try row.int("v")) }
        }
        #expect(seen == Array(0..<10_000))
        #expect(try await connection.query("SELECT 1").count == 1)
        await connection.close()
    }

    @Test("A reader that stops early ends the statement and keeps the session", arguments: ServerFamily.available)
    func stoppedStream(family: ServerFamily) async throws {
        struct Enough: Error {}
        let connection = try await Fixture.on(family).connect()
        try await connection.execute("CREATE TABLE n (d INT)")
        try await connection.execute("INSERT INTO n VALUES (0),(1),(2),(3),(4),(5),(6),(7),(8),(9)")
        let gigabyte: SQL = "SELECT REPEAT('x', 1000) FROM n a, n b, n c, n d, n e, n f"
        await #expect(throws: Enough.self) {
            try await connection.forEachBatch(gigabyte, batchSize: 10) { _ in throw Enough() }
        }
        #expect(try await connection.query("SELECT 1").count == 1)
        try await connection.openCursor(gigabyte)
        #expect(try await connection.nextRows(5)?.count == 5)
        await connection.close()
    }
}
