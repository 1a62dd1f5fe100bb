internal import MySQLClient

/// One connection of the traffic, opened again when it is lost, with a stopwatch on every statement.
final class TrafficSession {
    private let shard: TrafficShard
    private let stopwatch: Stopwatch
    private var connection: Connection?
    private var openedAt = ContinuousClock.now

    init(_ shard: TrafficShard, _ stopwatch: Stopwatch) {
        self.shard = shard
        self.stopwatch = stopwatch
    }

    /// Runs a statement that counts.
    func run(_ sql: SQL) async throws(MySQLError) -> ResultSet {
        let connection = try await opened()
        stopwatch.begin()
        defer { stopwatch.end() }
        return try await connection.query(sql, values: .literal)
    }

    /// Runs a statement that is none of the application's, so it is not timed.
    func ask(_ sql: SQL) async throws(MySQLError) -> ResultSet {
        try await opened().query(sql, values: .literal)
    }

    func close() async {
        await connection?.close()
        connection = nil
    }

    /// After a loss: connects again, trying until the server is back, and returns when the old session can do no more harm.
    /// - Throws: the last error when it does not come back within two minutes.
    func reconnect() async throws(MySQLError) {
        let lost = connection?.connectionID
        let lostOpenedAt = openedAt
        connection = nil
        let deadline = ContinuousClock.now + .seconds(120)
        while true {
            do throws(MySQLError) {
                _ = try await opened()
                if let lost { try await waitForEnd(of: lost, openedAt: lostOpenedAt, deadline: deadline) }
                return
            } catch {
                connection = nil
                if ContinuousClock.now > deadline { throw error }
                _ = await poll(within: .milliseconds(50)) { false }
            }
        }
    }

    private func opened() async throws(MySQLError) -> Connection {
        if let connection { return connection }
        let setup = SessionSetup.standard.adding(["SET SESSION TRANSACTION ISOLATION LEVEL READ COMMITTED"])
        let fresh = try await Connection.open(shard.connection, setup: setup)
        openedAt = ContinuousClock.now
        connection = fresh
        return fresh
    }

    /// A statement of a lost session may still run on the server. After a restart of the server it cannot, and its number may
    /// belong to somebody else.
    private func waitForEnd(
        of session: UInt64, openedAt: ContinuousClock.Instant, deadline: ContinuousClock.Instant
    ) async throws(MySQLError) {
        let uptime = try await ask("SHOW GLOBAL STATUS LIKE 'Uptime'").single().string(1)
        let serverStart = ContinuousClock.now - .seconds((Int(uptime) ?? 0) + 1)
        guard serverStart < openedAt else { return }
        do throws(MySQLError) {
            _ = try await ask(SQL(verbatim: "KILL \(session)"))
        } catch where error.isUnknownThread {
            return
        }
        while ContinuousClock.now < deadline {
            let left = try await ask(
                "SELECT COUNT(*) FROM information_schema.processlist WHERE id = \(.uint(session))")
            if try left.single().int(0) == 0 { return }
            _ = await poll(within: .milliseconds(10)) { false }
        }
    }
}
