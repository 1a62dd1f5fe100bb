internal import MySQLClient

/// One connection of the traffic, opened again when it is lost, with a stopwatch on every statement.
final class TrafficSession {
    private let shard: TrafficShard
    private let stopwatch: Stopwatch
    private var connection: Connection?
    /// The name of the user-level lock that the session holds.
    private var mark: SQLValue?
    /// Marks of lost sessions that may still do something.
    private var unresolved: [SQLValue] = []
    /// Whether the last `reconnect` gave up.
    private(set) var isOutOfTime = false

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
        // Several losses may follow each other before the first session is known to have ended.
        if let mark { unresolved.append(mark) }
        mark = nil
        connection = nil
        let deadline = ContinuousClock.now + .seconds(120)
        while true {
            do throws(MySQLError) {
                _ = try await opened()
                while let lost = unresolved.first {
                    try await waitForEnd(of: lost, deadline: deadline)
                    unresolved.removeFirst()
                }
                return
            } catch {
                connection = nil
                mark = nil
                if ContinuousClock.now > deadline || Task.isCancelled {
                    isOutOfTime = true
                    throw error
                }
                _ = await poll(within: .milliseconds(50)) { false }
            }
        }
    }

    private func opened() async throws(MySQLError) -> Connection {
        if let connection { return connection }
        let mark = SQLValue.string("lockstep-traffic-\(UInt64.random(in: 0...UInt64.max))")
        let setup = SessionSetup.standard.adding([
            "SET SESSION TRANSACTION ISOLATION LEVEL READ COMMITTED", "SELECT GET_LOCK(\(mark), 0)",
        ])
        let fresh = try await Connection.open(shard.connection, setup: setup)
        self.mark = mark
        connection = fresh
        return fresh
    }

    /// A statement of a lost session may still run on the server, so the session is ended and waited for. It is known by a
    /// user-level lock that it holds until its transaction is over: a connection number would be given out again after a
    /// restart of the server, the lock's name never is.
    private func waitForEnd(of lost: SQLValue, deadline: ContinuousClock.Instant) async throws(MySQLError) {
        while let session = try await ask("SELECT IS_USED_LOCK(\(lost))").single().optionalUInt(0) {
            do throws(MySQLError) {
                _ = try await ask(SQL(verbatim: "KILL \(session)"))
            } catch  where error.isUnknownThread {
                // It has ended between the question and the KILL; the next question will say so.
                continue
            }
            guard ContinuousClock.now < deadline else {
                throw MySQLError(code: 2013, message: "session \(session) does not end", outcome: .unknown)
            }
            _ = await poll(within: .milliseconds(10)) { false }
        }
    }
}

extension MySQLError {
    /// Whether the session, or the attempt to open one, ended without an answer: every error of the client library itself. TLS
    /// reports a server that died as 2026.
    var endsSession: Bool { isConnectionLost || outcome == .unknown || (2001...2999).contains(code) }
}
