extension Connection {
    /// `query` that ends on the server when a duration has passed, its wait for the connection included.
    ///
    /// - Parameter clock: measures the duration; any clock, so that tests need not wait.
    /// - Throws: as `query`; error 1317 when the time was up, with what is known of the statement. A server that does not even
    ///   take the KILL within seconds loses the connection: 2013, unknown.
    package nonisolated func query(
        _ sql: SQL, values: Values? = nil, timeout: Duration, clock: some Clock<Duration>
    ) async throws(MySQLError) -> ResultSet {
        let result: Result<ResultSet, MySQLError> = await Deadline.run(timeout, clock) {
            do throws(MySQLError) {
                return .success(try await self.query(sql, values: values))
            } catch {
                return .failure(error)
            }
        }
        return try result.get()
    }

    /// `execute` with the same limit.
    @discardableResult
    package nonisolated func execute(
        _ sql: SQL, values: Values? = nil, timeout: Duration, clock: some Clock<Duration>
    ) async throws(MySQLError) -> StatementResult {
        try await query(sql, values: values, timeout: timeout, clock: clock).status
    }
}

/// Work that is cancelled when a duration has passed.
enum Deadline {
    /// What `work` answers, after it was cancelled or not: it decides what an interruption means.
    static func run<T: Sendable>(
        _ timeout: Duration, _ clock: some Clock<Duration>, _ work: @escaping @Sendable () async -> T
    ) async -> T {
        await withTaskGroup(of: T?.self) { group in
            group.addTask { await work() }
            group.addTask {
                // Only a cancellation ends the sleep early: the work is done then, or the caller gave up.
                do { try await clock.sleep(for: timeout) } catch { return nil }
                return nil
            }
            while let answer = await group.next() {
                group.cancelAll()
                if let answer { return answer }
            }
            preconditionFailure("the work always answers")
        }
    }
}
