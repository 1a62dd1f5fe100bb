internal import MySQLClient
internal import Sandbox
import Testing

@Suite struct ConnectionCancellationTests {
    /// Whether the server works on a statement of this session.
    private func isRunning(_ connection: Connection, seenFrom watcher: Connection) async throws -> Bool {
        try await watcher.query(
            """
            SELECT 1 FROM information_schema.processlist
            WHERE id = \(.uint(connection.connectionID)) AND command IN ('Query', 'Execute')
            """
        ).count == 1
    }

    @Test(
        "A cancelled task ends its statement on the server and the session stays usable",
        arguments: ServerFamily.available, [Connection.Values.bound, .literal])
    func cancel(family: ServerFamily, values: Connection.Values) async throws {
        let fixture = try await Fixture.on(family)
        let (connection, watcher) = (try await fixture.connect(), try await fixture.connect())
        try await connection.execute("SET @kept = 17")
        let sleeps: [SQL] = ["SELECT SLEEP(60)", "SELECT BENCHMARK(1000000000000, CRC32('x'))"]
        for statement in sleeps {
            let task = Task { await mysqlError { try await connection.query(statement, values: values) } }
            #expect(try await eventually { try await isRunning(connection, seenFrom: watcher) })
            task.cancel()
            let error = await task.value
            #expect(error?.isInterrupted == true)
            #expect(try await connection.query("SELECT @kept").single().int(0) == 17)
        }
        await connection.close()
        await watcher.close()
    }

    @Test("A killed write left nothing behind, and says so", arguments: ServerFamily.available)
    func cancelledWrite(family: ServerFamily) async throws {
        let fixture = try await Fixture.on(family)
        let (connection, holder) = (try await fixture.connect(), try await fixture.connect())
        try await holder.execute("CREATE TABLE w (id INT PRIMARY KEY, v INT)")
        try await holder.execute("INSERT INTO w VALUES (1, 0)")
        try await holder.execute("BEGIN")
        try await holder.execute("UPDATE w SET v = 1")
        let task = Task { await mysqlError { try await connection.execute("UPDATE w SET v = 2") } }
        let watcher = try await fixture.connect()
        #expect(try await eventually { try await isRunning(connection, seenFrom: watcher) })
        task.cancel()
        let error = await task.value
        #expect(error?.code == 1317 && error?.outcome == .notExecuted)
        try await holder.execute("COMMIT")
        #expect(try await connection.query("SELECT v FROM w").single().int(0) == 1)
        for connection in [connection, holder, watcher] { await connection.close() }
    }

    @Test("A hundred cancellations at any moment never hurt the next statement", arguments: ServerFamily.available)
    func manyCancellations(family: ServerFamily) async throws {
        let connection = try await Fixture.on(family).connect()
        for round in 0..<100 {
            let task = Task { await mysqlError { try await connection.query("SELECT SLEEP(0.001)") } }
            if round % 2 == 0 { try await Task.sleep(for: .microseconds(round * 30)) }
            task.cancel()
            let error = await task.value
            #expect(error == nil || error?.isInterrupted == true)
            #expect(try await connection.query("SELECT \(.int(Int64(round)))").single().int(0) == Int64(round))
        }
        await connection.close()
    }

    @Test("A task cancelled before sends nothing", arguments: ServerFamily.available)
    func cancelledBefore(family: ServerFamily) async throws {
        let connection = try await Fixture.on(family).connect()
        try await connection.execute("CREATE TABLE c (id INT)")
        let error = await Task {
            withUnsafeCurrentTask { $0?.cancel() }
            return await mysqlError { try await connection.execute("INSERT INTO c VALUES (1)") }
        }.value
        #expect(error?.code == 1317 && error?.outcome == .notExecuted)
        #expect(try await connection.query("SELECT COUNT(*) FROM c").single().int(0) == 0)
        await connection.close()
    }

    @Test("A statement that takes too long is ended on the server", arguments: ServerFamily.available)
    func timeLimit(family: ServerFamily) async throws {
        let connection = try await Fixture.on(family).connect()
        let clock = ContinuousClock()
        let elapsed = await clock.measure {
            let error = await mysqlError {
                try await connection.query(
                    "SELECT BENCHMARK(1000000000000, CRC32('x'))", timeout: .milliseconds(100), clock: clock)
            }
            #expect(error?.isInterrupted == true && error?.outcome != .unknown)
        }
        #expect(elapsed < .seconds(20))
        #expect(try await connection.query("SELECT 3", timeout: .seconds(30), clock: clock).single().int(0) == 3)
        await connection.close()
    }

    @Test("A server that dies during a statement leaves its outcome unknown", arguments: ServerFamily.available)
    func serverDies(family: ServerFamily) async throws {
        let server = try await ServerProcess.start(family, name: "dies")
        let connection = try await Connection.open(server.tcpOptions(server.users.application))
        let watcher = try await Connection.open(server.tcpOptions(server.users.application))
        let task = Task { await mysqlError { try await connection.query("SELECT SLEEP(60)") } }
        #expect(try await eventually { try await isRunning(connection, seenFrom: watcher) })
        await server.kill()
        let error = await task.value
        #expect(error?.isConnectionLost == true && error?.outcome == .unknown)
        let next = await mysqlError { try await connection.query("SELECT 1") }
        #expect(next?.isConnectionLost == true && next?.outcome == .notExecuted)
        #expect(await connection.isOpen == false)
        await server.stop()
    }

    @Test("A frozen server holds nobody: abort and cancellation free the call", arguments: ServerFamily.available)
    func frozenServer(family: ServerFamily) async throws {
        let server = try await ServerProcess.start(family, name: "frozen")
        let options = server.tcpOptions(server.users.application)
        let aborted = try await Connection.open(options)
        let cancelled = try await Connection.open(options)
        try await server.freeze()
        let clock = ContinuousClock()

        let first = Task { await mysqlError { try await aborted.query("SELECT 1") } }
        let second = Task { await mysqlError { try await cancelled.query("SELECT 1") } }
        try await Task.sleep(for: .milliseconds(50))
        aborted.abort()
        #expect(await first.value?.isConnectionLost == true)

        second.cancel()
        let elapsed = await clock.measure {
            let error = await second.value
            #expect(error?.isConnectionLost == true && error?.outcome == .unknown || error?.outcome == .notExecuted)
        }
        #expect(elapsed < .seconds(30))

        var quick = options
        quick.connectTimeout = .seconds(1)
        let limited = quick
        let refused = await mysqlError { try await Connection.open(limited) }
        #expect(refused?.isConnectionLost == true && refused?.outcome == .notExecuted)
        try await server.thaw()
        await server.stop()
    }

    @Test("A read timeout loses the connection and says that nobody knows", arguments: ServerFamily.available)
    func readTimeout(family: ServerFamily) async throws {
        var options = try await Fixture.on(family).options(database: nil)
        options.readTimeout = .seconds(1)
        let connection = try await Connection.open(options)
        let error = await mysqlError { try await connection.query("SELECT SLEEP(5)") }
        #expect(error?.isConnectionLost == true && error?.outcome == .unknown)
    }
}
