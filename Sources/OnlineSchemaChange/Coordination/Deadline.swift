internal import MySQLClient

/// The time given for a step was over before the step was.
struct DeadlinePassed: Error {}

/// Runs `body`, and cancels it when `limit` has passed on `clock`. A statement under way is ended on its server by that.
///
/// A result that arrives although the time is over counts: what was done was done.
func within<R: Sendable>(
    _ limit: Duration, on clock: any Clock<Duration>, _ body: @escaping @Sendable () async throws -> R
) async throws -> R {
    try await withThrowingTaskGroup(of: R?.self) { group in
        group.addTask { try await body() }
        group.addTask {
            try await clock.sleep(for: limit)
            return nil
        }
        defer { group.cancelAll() }
        guard let first = try await group.next() else { throw DeadlinePassed() }
        if let value = first { return value }
        group.cancelAll()
        switch await group.nextResult() {
        case .success(.some(let late)): return late
        case .failure(let error as MySQLError) where !error.isInterrupted: throw error
        case .success(.none), .failure, nil:
            try Task.checkCancellation()
            throw DeadlinePassed()
        }
    }
}
