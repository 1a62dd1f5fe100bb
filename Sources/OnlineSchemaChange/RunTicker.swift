internal import Core
internal import MySQLClient

/// Twice a second: how far the run is, how long its tail, and every few seconds a checkpoint.
final class RunTicker: Sendable {
    static let interval = Duration.milliseconds(500)
    /// What a restart loses of the copy, at most, besides the chunks under way.
    static let checkpointInterval = Duration.seconds(2)

    private struct State {
        var isCopyFinished: Bool
        var tail: Duration?
        var recent: [(at: Duration, copied: RowCount, applied: RowCount)] = []
    }

    private let run: RunID
    private let spec: MigrationSpec
    private let parts: ShardRun.Parts
    private let copy: RowCopy
    private let estimatedRows: RowCount
    private let connections: ShardConnections
    private let facts: any FactSink
    private let gauges: GaugeBoard
    private let environment: ExecutorEnvironment
    private let state: Monitored<State>

    init(
        run: RunID, spec: MigrationSpec, parts: ShardRun.Parts, copy: RowCopy, copyFinished: Bool,
        estimatedRows: RowCount, connections: ShardConnections, facts: any FactSink, gauges: GaugeBoard,
        environment: ExecutorEnvironment
    ) {
        self.run = run
        self.spec = spec
        self.parts = parts
        self.copy = copy
        self.estimatedRows = estimatedRows
        self.connections = connections
        self.facts = facts
        self.gauges = gauges
        self.environment = environment
        state = Monitored(State(isCopyFinished: copyFinished))
    }

    /// Every row is copied, in this life of the run or in one before.
    var isCopyFinished: Bool { state.withLock { $0.isCopyFinished } }

    /// The copy is over: says so in a checkpoint at once, so that a restart does not begin it again.
    func copyFinished() async throws {
        state.withLock { $0.isCopyFinished = true }
        try await checkpoint()
    }

    /// Waits until the tail, as last measured, satisfies `condition`; returns it.
    func waitForTail(_ condition: @escaping @Sendable (Duration) -> Bool) async throws -> Duration {
        try await state.wait { state in state.tail.flatMap { condition($0) ? $0 : nil } }
    }

    func run() async throws {
        try await withThrowingTaskGroup(of: Void.self) { group in
            group.addTask { try await self.measureTail() }
            group.addTask { try await self.tick() }
            defer { group.cancelAll() }
            try await group.next()
        }
    }

    private func tick() async throws {
        let elapsed = environment.clock.measuring()
        var nextCheckpoint = Duration.zero
        while true {
            let now = elapsed()
            publish(at: now)
            if now >= nextCheckpoint {
                try await checkpoint()
                nextCheckpoint = now + Self.checkpointInterval
            }
            try await environment.clock.sleep(for: Self.interval)
        }
    }

    /// The position is read first: what is applied or copied since only adds to what the checkpoint promises.
    private func checkpoint() async throws {
        let position = parts.applier.applied
        let finished = isCopyFinished
        try await facts.report(
            .checkpointed(
                run,
                Checkpoint(
                    position: position.description, copiedThrough: copy.copiedThrough?.encoded, copyFinished: finished,
                    rowsCopied: copy.rowsCopied)))
    }

    /// The tail's length in time: how long it takes until the binlog's end, as of now, is applied. It needs no clock of the
    /// server's, and grows while it is waited for.
    private func measureTail() async throws {
        let clock = environment.clock
        while true {
            let position = try await connections.retrying("tail") { try await BinlogStream.currentPosition(on: $0).position }
            let waited = clock.measuring()
            while true {
                do {
                    try await within(Self.interval, on: clock) { [parts] in
                        try await parts.applier.waitUntilApplied(position)
                    }
                    break
                } catch is DeadlinePassed {
                    let sofar = waited()
                    state.withLock { $0.tail = sofar }
                }
            }
            let tail = waited()
            state.withLock { $0.tail = tail }
            if tail < Self.interval { try await clock.sleep(for: Self.interval - tail) }
        }
    }

    private func publish(at now: Duration) {
        let copied = copy.rowsCopied
        let applied = parts.applier.changesApplied
        let (rates, tail, finished) = state.withLock { state in
            state.recent.append((now, copied, applied))
            if state.recent.count > 10 { state.recent.removeFirst() }
            let first = state.recent[0]
            let seconds = max(0.001, (now - first.at).inSeconds)
            return (
                (
                    copy: RowCount(Double(copied - first.copied) / seconds),
                    apply: RowCount(Double(applied - first.applied) / seconds)
                ), state.tail, state.isCopyFinished
            )
        }
        let pace = copy.pace
        let throttler = parts.throttler
        let estimate = estimatedRows
        gauges.update { gauges in
            gauges.rowsCopied = copied
            gauges.rowsTotal = finished ? copied : max(estimate, copied)
            gauges.copyRate = finished ? 0 : rates.copy
            gauges.applyRate = rates.apply
            gauges.changesApplied = applied
            gauges.chunkRows = pace.rows
            gauges.chunkTime = pace.time
            gauges.tail = tail
            gauges.replicas = throttler.replicaLags
            gauges.throttle = throttler.verdict
            gauges.throttledFor = throttler.throttledFor
        }
    }
}
