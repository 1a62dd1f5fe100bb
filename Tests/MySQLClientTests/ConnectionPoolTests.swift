internal import MySQLClient
internal import Sandbox
import Testing

@Suite struct ConnectionPoolTests {
    private func pool(_ limit: Int) async throws -> ConnectionPool {
        let server = try await SandboxServers.sharedServer(.mariadb)
        return ConnectionPool(server.tcpOptions(server.users.application), limit: limit)
    }

    @Test("A session is used again, never more than the limit at a time")
    func reuse() async throws {
        let pool = try await pool(2)
        let first = try await pool.withConnection { $0.connectionID }
        let second = try await pool.withConnection { $0.connectionID }
        #expect(first == second && pool.idleCount == 1 && pool.lentCount == 0)
        let ids = try await withThrowingTaskGroup(of: UInt64.self) { group in
            for _ in 0..<20 {
                group.addTask {
                    try await pool.withConnection { connection in
                        #expect(pool.lentCount <= 2)
                        _ = try await connection.query("SELECT SLEEP(0.005)")
                        return connection.connectionID
                    }
                }
            }
            return try await group.reduce(into: Set<UInt64>()) { $0.insert($1) }
        }
        #expect(ids.count <= 2 && pool.lentCount == 0)
        await pool.shutDown()
    }

    @Test("Who asked first gets the session first")
    func fifo() async throws {
        let pool = try await pool(1)
        let held = try await pool.borrow()
        let (served, log) = AsyncStream.makeStream(of: Int.self, bufferingPolicy: .bufferingOldest(10))
        var tasks: [Task<Void, any Error>] = []
        for number in 0..<5 {
            tasks.append(Task { try await pool.withConnection { _ in _ = log.yield(number) } })
            #expect(try await eventually { pool.waitingCount == number + 1 })
        }
        await pool.giveBack(held)
        for task in tasks { try await task.value }
        log.finish()
        #expect(await served.reduce(into: []) { $0.append($1) } == [0, 1, 2, 3, 4])
        await pool.shutDown()
    }

    @Test("A broken session, and one in a transaction, do not come back")
    func broken() async throws {
        let pool = try await pool(1)
        let first = try await pool.withConnection { connection in
            connection.abort()
            #expect(await mysqlError { try await connection.query("SELECT 1") }?.isConnectionLost == true)
            return connection.connectionID
        }
        let second = try await pool.withConnection { connection in
            try await connection.execute("BEGIN")
            return connection.connectionID
        }
        let third = try await pool.withConnection { $0.connectionID }
        #expect(Set([first, second, third]).count == 3 && pool.lentCount == 0)
        await pool.shutDown()
    }

    @Test("Waiting can be cancelled, and the place in line is free")
    func cancelledWait() async throws {
        let pool = try await pool(1)
        let held = try await pool.borrow()
        let task = Task { await mysqlError { try await pool.borrow() } }
        #expect(try await eventually { pool.waitingCount == 1 })
        task.cancel()
        let error = await task.value
        #expect(error?.code == 1317 && error?.outcome == .notExecuted && pool.waitingCount == 0)
        await pool.giveBack(held)
        #expect(pool.lentCount == 0 && pool.idleCount == 1)
        await pool.shutDown()
    }

    @Test("Shutting down refuses those who wait and closes what comes back")
    func shutDown() async throws {
        let pool = try await pool(1)
        let held = try await pool.borrow()
        let waiting = Task { await mysqlError { try await pool.borrow() } }
        #expect(try await eventually { pool.waitingCount == 1 })
        await pool.shutDown()
        #expect(await waiting.value?.outcome == .notExecuted)
        await pool.giveBack(held)
        #expect(await held.isOpen == false && pool.lentCount == 0 && pool.idleCount == 0)
        #expect(await mysqlError { try await pool.borrow() } == .refused("the connection pool is closed"))
    }

    @Test("A server that refuses costs no place in the pool")
    func refusedOpen() async throws {
        let pool = ConnectionPool(ConnectionOptions(address: .tcp(host: "127.0.0.1", port: 1), user: "u"), limit: 1)
        for _ in 0..<3 { #expect(await mysqlError { try await pool.borrow() }?.isConnectionLost == true) }
        #expect(pool.lentCount == 0)
    }
}
