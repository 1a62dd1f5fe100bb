internal import MySQLClient

/// `LOCK TABLES` with a limit below a second, which no server offers for it by itself: `lock_wait_timeout` counts whole seconds.
///
/// A request that waits makes every new statement on the table wait behind it, so its end must not depend on how fast a connection
/// can be opened: the session that sends the `KILL QUERY` stands ready. MariaDB ends the statement by itself besides.
struct LockRequest: Sendable {
    let session: Connection
    /// Open and idle.
    let killer: Connection

    /// - Throws: `DeadlinePassed` when the limit passed first; the session holds no lock then.
    func send(_ statement: SQL, within limit: Duration, on clock: any Clock<Duration>) async throws {
        if session.serverInfo.family == .mariadb {
            let seconds = SQL(verbatim: "\(Double(limit.components.seconds) + Double(limit.components.attoseconds) / 1e18)")
            try await session.execute("SET SESSION max_statement_time = " + seconds)
        }
        let isOver = Monitored(false)
        try await withThrowingTaskGroup(of: Void.self) { group in
            group.addTask {
                do { try await clock.sleep(for: limit) } catch { return }
                guard !isOver.withLock({ $0 }) else { return }
                do throws(MySQLError) {
                    try await killer.execute("KILL QUERY " + SQL(verbatim: "\(session.connectionID)"))
                } catch {
                    // The connection that cannot be killed over is cut: its lock request goes with it.
                    if !error.isUnknownThread { session.abort() }
                }
            }
            let result: Result<Void, MySQLError>
            do throws(MySQLError) {
                try await session.execute(statement)
                result = .success(())
            } catch {
                result = .failure(error)
            }
            isOver.withLock { $0 = true }
            group.cancelAll()
            // A KILL under way must have returned before the session takes its next statement.
            try await group.waitForAll()
            switch result {
            case .success: break
            case .failure(let error) where error.isInterrupted || error.isLockWaitTimeout: throw DeadlinePassed()
            case .failure(let error): throw error
            }
        }
        if session.serverInfo.family == .mariadb { try await session.execute("SET SESSION max_statement_time = 0") }
    }
}
