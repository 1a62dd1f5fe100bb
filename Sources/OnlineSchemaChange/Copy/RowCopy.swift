internal import Core
internal import MySQLClient

/// Copies every row of the original into the shadow, in chunks along the key, several at a time. No row passes through us.
final class RowCopy: Sendable {
    private struct State {
        var pacer: ChunkPacer
        var frontier: CopyFrontier
        var lastBorder: KeyBound?
        var isSeeking = false
        var isExhausted = false
        var rows: RowCount
        var lastChunkTime = Duration.zero
        var conflicts = 0
    }

    private let statements: ChunkCopy
    private let connections: ShardConnections
    private let clock: any Clock<Duration>
    private let workers: Int
    private let allowed: @Sendable () async throws -> Void
    private let state: Monitored<State>

    /// - Parameters:
    ///   - copiedThrough: where an earlier life of this run stopped; `nil` begins at the first row.
    ///   - allowed: returns when the throttler lets a chunk go.
    init(
        _ statements: ChunkCopy, connections: ShardConnections, policy: CopyPolicy, clock: any Clock<Duration>,
        copiedThrough: KeyBound?, rowsCopied: RowCount, allowed: @escaping @Sendable () async throws -> Void
    ) {
        self.statements = statements
        self.connections = connections
        self.clock = clock
        self.allowed = allowed
        workers = min(max(policy.workers, 1), 16)
        state = Monitored(
            State(
                pacer: ChunkPacer(target: policy.chunkTime), frontier: CopyFrontier(copiedThrough: copiedThrough),
                lastBorder: copiedThrough, rows: rowsCopied))
    }

    /// For checkpoints: every row up to the key is in the shadow; `nil` before the first chunk.
    var copiedThrough: KeyBound? { state.withLock { $0.frontier.copiedThrough } }
    /// Every row is copied.
    var isComplete: Bool { state.withLock { $0.frontier.isComplete } }
    /// Rows written by the copy; those that events brought first are not among them.
    var rowsCopied: RowCount { state.withLock { $0.rows } }
    /// Rows a chunk has now, and what the last one took.
    var pace: (rows: Int, time: Duration) { state.withLock { ($0.pacer.rows, $0.lastChunkTime) } }

    /// Copies until every row is in the shadow.
    /// - Throws: `Failure(.copyFailed)` for a row that the shadow refuses.
    func run() async throws {
        try await withThrowingTaskGroup(of: Void.self) { group in
            for worker in 1...workers { group.addTask { try await self.work("copy \(worker)") } }
            try await group.waitForAll()
        }
    }

    private func work(_ purpose: String) async throws {
        while true {
            try await allowed()
            guard let (number, range) = try await nextChunk(purpose) else { return }
            try await copy(range, purpose)
            state.withLock { $0.frontier.finished(number) }
        }
    }

    /// One task seeks at a time: chunks are handed out in key order.
    private func nextChunk(_ purpose: String) async throws -> (Int, KeyRange)? {
        let turn = try await state.wait { state -> (lower: KeyBound?, rows: Int)?? in
            if state.isExhausted { return .some(nil) }
            if state.isSeeking { return nil }
            state.isSeeking = true
            return .some((state.lastBorder, state.pacer.rows))
        }
        guard let turn else { return nil }
        let upper: KeyBound?
        do { upper = try await border(after: turn.lower, notAbove: nil, rows: turn.rows, purpose) } catch {
            state.withLock { $0.isSeeking = false }
            throw error
        }
        let range = KeyRange(lower: turn.lower, upper: upper)
        let number = state.withLock { state in
            state.isSeeking = false
            state.lastBorder = upper
            state.isExhausted = upper == nil
            return state.frontier.opened(range)
        }
        return (number, range)
    }

    private func border(
        after lower: KeyBound?, notAbove upper: KeyBound?, rows: Int, _ purpose: String
    ) async throws -> KeyBound? {
        let question = statements.border(after: lower, notAbove: upper, rows: rows)
        let answer = try await connections.retrying(purpose, setup: statements.sessionSetup) {
            try await $0.query(question)
        }
        return try answer.first.map { try KeyBound($0.values) }
    }

    private func copy(_ range: KeyRange, _ purpose: String) async throws {
        var pending = [range]
        var pause = Duration.milliseconds(2)
        while let next = pending.popLast() {
            do {
                let asked = state.withLock { $0.pacer.rows }
                let began = clock.measuring()
                let copied = try await copyOnce(next, purpose)
                let took = began()
                state.withLock { state in
                    state.rows += copied
                    state.lastChunkTime = took
                    state.pacer.finished(
                        count: max(Int(copied), next.upper == nil ? 0 : min(asked, state.pacer.rows)), took: took)
                }
                pause = .milliseconds(2)
            } catch let error as MySQLError where error.isLockConflict {
                let rows = state.withLock { state in
                    state.pacer.conflicted()
                    state.conflicts += 1
                    return state.pacer.rows
                }
                // Halves around the locked row go through; the part that holds it comes again.
                if let middle = try await border(after: next.lower, notAbove: next.upper, rows: rows, purpose),
                    middle != next.upper
                {
                    pending.append(KeyRange(lower: middle, upper: next.upper))
                    pending.append(KeyRange(lower: next.lower, upper: middle))
                } else {
                    try await clock.sleep(for: pause)
                    pause = min(pause * 2, .milliseconds(100))
                    pending.append(next)
                }
            }
        }
    }

    private func copyOnce(_ range: KeyRange, _ purpose: String) async throws -> RowCount {
        do {
            let statement = statements.copy(range)
            return try await connections.copying(purpose, setup: statements.sessionSetup) { connection in
                RowCount(try await connection.execute(statement).affectedRows)
            }
        } catch let error as MySQLError
            where !error.isLockConflict && !error.isInterrupted && !error.isConnectionLost && !error.isDiskFull
            && !error.isBinlogImpossible
        {
            throw Failure(
                .copyFailed,
                "A row of `\(statements.pair.original.table.name)` does not fit the new table.",
                cause: "\(error)", now: "the original table is not affected; the shadow table is kept for a look",
                next: "cancel the migration, and mend the data or the ALTER")
        }
    }
}

extension ShardConnections {
    /// `retrying` for a chunk: lock conflicts are the caller's, lost connections are retried.
    nonisolated func copying<R: Sendable>(
        _ purpose: String, setup: [SQL], _ body: (Connection) async throws -> R
    ) async throws -> R {
        let outcome: Result<R, MySQLError> = try await retrying(purpose, setup: setup) { connection in
            do { return .success(try await body(connection)) } catch let error as MySQLError where error.isLockConflict
            {
                return .failure(error)
            }
        }
        return try outcome.get()
    }
}

extension Clock where Duration == Swift.Duration {
    /// Starts a stopwatch; calling what it returns reads it.
    func measuring() -> () -> Duration {
        let start = now
        return { start.duration(to: now) }
    }
}
