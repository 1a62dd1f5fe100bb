internal import Core
internal import MySQLClient

/// One run of one migration on one shard: shadow table, copy, binlog tail, checksum, and then in step with the original until the
/// cut-over or the end.
///
/// `execute` owns every task of the run. The other methods are the effects that come while it goes on; they find the run's
/// parts in `stage` and report what they see.
final class ShardRun: Sendable {
    /// What look, hold and throttle work with once the tables stand.
    struct Parts: Sendable {
        let pair: TablePair
        let server: ServerInfo
        let applier: ChangeApplier
        let throttler: Throttler
    }

    private enum Stage: Sendable {
        case starting
        case working(Parts, isReady: Bool)
        /// The swap is done, or the run ended otherwise.
        case over
    }

    private struct State {
        var stage = Stage.starting
        var isStopWanted = false
        var hasSwapped = false
        var manualThrottle: ManualThrottle?
        /// Orders by attempt: a release may come before, during or after its hold.
        var orders: [Int: CutOverAttempt.Order] = [:]
        var outcomes: [Int: ReleaseOutcome] = [:]
        /// Nothing commits on the server at present.
        var stall: CommitStall?
        /// From the commit order on, the stream may see the swap itself; what it says then no longer fails the run.
        var isReleasing = false
    }

    let run: RunID
    let spec: MigrationSpec
    let site: ShardSite
    let environment: ExecutorEnvironment
    let facts: any FactSink
    let gauges: GaugeBoard
    let connections: ShardConnections
    private let state = Monitored(State())

    init(
        _ run: RunID, of spec: MigrationSpec, at site: ShardSite, environment: ExecutorEnvironment, facts: any FactSink
    ) {
        self.run = run
        self.spec = spec
        self.site = site
        self.environment = environment
        self.facts = facts
        let gauges = GaugeBoard(facts: facts, wallClock: environment.wallClock)
        self.gauges = gauges
        connections = ShardConnections(site.primary, clock: environment.clock) { trouble in
            gauges.update { $0.activity = trouble ?? "" }
        }
    }

    var clock: any Clock<Duration> { environment.clock }

    // MARK: - The run

    /// The whole run; returns when it has ended. A failure is reported before.
    func execute(resume: Checkpoint?, artifacts: [Artifact]) async {
        do {
            try await withThrowingTaskGroup(of: Void.self) { group in
                group.addTask { try await self.work(resume, artifacts) }
                group.addTask { try await self.state.wait { $0.isStopWanted ? () : nil } }
                defer { group.cancelAll() }
                try await group.next()
            }
        } catch let failure as Failure {
            await end(with: failure)
        } catch let error as MySQLError {
            if !Task.isCancelled { await end(with: RunFailure.of(error, site)) }
        } catch BinlogStreamError.cancelled {
        } catch let error as BinlogStreamError {
            await end(with: RunFailure.of(error, site))
        } catch is CancellationError {
        } catch is EngineStopping {
        } catch {
            await end(with: Failure(.internalError, "The run ended unexpectedly.", cause: "\(error)"))
        }
        state.withLock { $0.stage = .over }
        await connections.closeAll()
    }

    private func end(with failure: Failure) async {
        guard !state.withLock({ $0.hasSwapped || $0.isReleasing }) else { return }
        await tell(.failed(run, failure.kind == .diskFull ? await givingSpaceBack(failure) : failure))
    }

    /// What the copy took is what the application will need next: a server whose binlog has no room lets nobody commit. `retry`
    /// begins anew without a shadow table, so nothing is lost but the time.
    private func givingSpaceBack(_ failure: Failure) async -> Failure {
        guard let parts = runningParts else { return failure }
        let shadow = Artifact(.shadowTable, parts.pair.shadow.table.name)
        var dropError: String?
        do {
            _ = try await within(Self.dropLimit, on: clock) { [connections, spec, site, clock] in
                try await connections.retrying("drop") { connection in
                    try await ArtifactDrop.drop(
                        shadow, of: spec.id, table: spec.table, database: site.database, on: connection, clock: clock)
                }
            }
            try await facts.report(.artifactDropped(shadow))
        } catch let failure as Failure { dropError = failure.what } catch {
            dropError = "it could not be dropped (\(error))"
        }
        return RunFailure.diskFull(failure, shadow: shadow.name, dropError: dropError)
    }

    /// A server without room may not even let a table be dropped; what is left then goes with `retry` or `cancel`.
    private static let dropLimit = Duration.seconds(15)

    /// Reports where nobody can be told any more: the engine is stopping, and asks again after its restart.
    private func tell(_ fact: ShardFact) async {
        do { try await facts.report(fact) } catch { gauges.update { $0.activity = "the engine is stopping" } }
    }

    private func work(_ resume: Checkpoint?, _ artifacts: [Artifact]) async throws {
        let lease = TableLease(connections: connections, database: site.database, table: spec.table, clock: clock)
        try await lease.take()
        let start = try await RunStart.make(run: self, resume: resume, artifacts: artifacts)
        let applier = ChangeApplier(start.pair, connections: connections, start: start.position)
        let throttler = Throttler(
            primary: .init(name: site.primary.address.description, options: site.primary),
            replicas: site.throttledReplicas, policy: spec.policy.throttle,
            person: state.withLock { $0.manualThrottle }, clock: clock, wallClock: environment.wallClock)
        let allowed: @Sendable () async throws -> Void = { try await throttler.waitUntilAllowed() }
        let chunks = ChunkCopy(pair: start.pair, server: start.server)
        let copy = RowCopy(
            chunks, connections: connections, policy: spec.policy.copy, clock: clock,
            copiedThrough: start.copiedThrough,
            rowsCopied: resume?.rowsCopied ?? 0, allowed: allowed)
        let parts = Parts(pair: start.pair, server: start.server, applier: applier, throttler: throttler)
        let ticker = RunTicker(
            run: run, spec: spec, parts: parts, copy: copy, copyFinished: resume?.copyFinished ?? false,
            estimatedRows: start.estimatedRows, connections: connections, facts: facts, gauges: gauges,
            environment: environment)
        state.withLock { $0.stage = .working(parts, isReady: false) }

        try await withThrowingTaskGroup(of: Void.self) { group in
            group.addTask { try await self.follow(start, applier) }
            group.addTask { try await applier.run() }
            group.addTask { await throttler.run() }
            group.addTask { try await lease.keep() }
            group.addTask { try await ticker.run() }
            group.addTask { try await self.watchCommits() }
            group.addTask {
                try await DiskWatch(connections: self.connections, site: self.site, clock: self.clock) {
                    !ticker.isCopyFinished
                }.run()
            }
            group.addTask {
                if !ticker.isCopyFinished {
                    self.gauges.update { $0.activity = "copying rows" }
                    try await copy.run()
                    try await ticker.copyFinished()
                    try await self.facts.report(.copied(self.run, rows: copy.rowsCopied))
                }
                try await self.verify(start, applier, chunks, allowed)
                try await self.stayReady(ticker)
            }
            group.addTask { try await self.state.wait { $0.hasSwapped ? () : nil } }
            defer { group.cancelAll() }
            // Only the swap and a failure end a task of the group.
            while try await group.next() != nil {
                if state.withLock({ $0.hasSwapped }) { return }
            }
        }
    }

    /// Reads the binlog into the applier's inbox.
    private func follow(_ start: RunStart, _ applier: ChangeApplier) async throws {
        do {
            for try await item in try await start.stream(site, environment) {
                switch item {
                case .transaction(let transaction): try await applier.offer(transaction)
                case .progress(let position): try await applier.offer(position)
                case .ddl(let ddl): throw RunFailure.of(ddl)
                }
            }
        } catch {
            // The swap changes the table under the stream: from the commit on, the hold tells what happened.
            guard state.withLock({ $0.isReleasing }) else { throw error }
            try await state.wait { $0.isReleasing ? nil : () }
            throw error
        }
    }

    private func verify(
        _ start: RunStart, _ applier: ChangeApplier, _ chunks: ChunkCopy,
        _ allowed: @escaping @Sendable () async throws -> Void
    ) async throws {
        gauges.update { $0.activity = "comparing every row" }
        _ = try await connections.retrying("verify") { try await $0.query("ANALYZE TABLE \(start.pair.shadow)") }
        let began = clock.measuring()
        let verification = TableVerification(
            statements: ChecksumStatements(start.pair), borders: chunks, connections: connections, applier: applier,
            clock: clock, allowed: allowed
        ) { [gauges] rows in
            gauges.update { $0.rowsVerified = rows }
        }
        let rows = try await verification.run(target: spec.policy.copy.chunkTime)
        try await facts.report(.verified(run, rows: rows, took: began()))
        gauges.update { $0.activity = "" }
    }

    /// Says so while the server lets nobody commit, most likely for want of disk space: everything of ours waits then, like the
    /// application, and goes on by itself when there is room.
    private func watchCommits() async throws {
        var last: CommitStall?
        while true {
            let found = try await connections.retrying("watch") { try await CommitStall.look(on: $0) }
            // Times are of the whole statement, which may just have come to its end: twice the same says that it hangs.
            let stall = found?.oldest.connection == last?.oldest.connection ? found : nil
            if let stall {
                gauges.update { $0.activity = stall.words }
            } else if state.withLock({ $0.stall != nil }) {
                gauges.update { $0.activity = "" }
            }
            state.withLock { $0.stall = stall }
            last = found
            try await clock.sleep(for: CommitStall.interval)
        }
    }

    /// Ready while the tail is short; says so each time it changes.
    private func stayReady(_ ticker: RunTicker) async throws {
        var isReady = false
        while true {
            let wanted = !isReady
            let limit = spec.policy.cutOver.maxTail
            let tail = try await ticker.waitForTail { ($0 <= limit) == wanted }
            isReady = wanted
            setReady(isReady)
            try await facts.report(isReady ? .ready(run) : .fellBehind(run, tail: tail))
        }
    }

    private func setReady(_ isReady: Bool) {
        state.withLock { state in
            if case .working(let parts, _) = state.stage { state.stage = .working(parts, isReady: isReady) }
        }
    }

    // MARK: - Effects while it runs

    /// The order to run came again: says where it stands, for the one who asks may have missed it.
    func sayAgain() async {
        if case .working(_, isReady: true) = state.withLock({ $0.stage }) { await tell(.ready(run)) }
    }

    func stop() { state.withLock { $0.isStopWanted = true } }

    var isOver: Bool { if case .over = state.withLock({ $0.stage }) { true } else { false } }

    /// Returns when the run has ended.
    func waitUntilOver() async throws {
        try await state.wait { if case .over = $0.stage { () } else { nil } }
    }

    func throttle(_ pause: ManualThrottle?) {
        let parts = state.withLock { state -> Parts? in
            state.manualThrottle = pause
            if case .working(let parts, _) = state.stage { return parts }
            return nil
        }
        parts?.throttler.hold(by: pause)
    }

    func look(_ attempt: Int) async {
        guard let parts = readyParts else {
            await tell(
                .lookFailed(run, attempt: attempt, Failure(.interrupted, "\(site.shard) is not ready any more.")))
            return
        }
        do {
            if let stall = state.withLock({ $0.stall }) { throw stall.failure(site.shard) }
            let blockers = try await blockers()
            gauges.update { $0.blockers = blockers }
            if blockers.isEmpty {
                _ = try await connections.retrying("look") { [site] connection in
                    try await ShadowTable.carryAutoIncrement(
                        on: connection, database: site.database, from: parts.pair.original.table.name,
                        to: parts.pair.shadow.table.name)
                }
                if !parts.server.swapsInOneSession { try await plantSentry(parts) }
            }
            try await facts.report(.looked(run, attempt: attempt, blockers: blockers))
        } catch is EngineStopping {
        } catch is CancellationError {
        } catch {
            await tell(.lookFailed(run, attempt: attempt, RunFailure.of(error, site)))
        }
    }

    /// Transactions on the table that are older than the policy's limit, now.
    func blockers() async throws -> [Blocker] { try await blockers(olderThan: spec.policy.cutOver.blockerAge) }

    /// Transactions that would outlast a lock request: what a dialog shows, and what stood in the way of a request that failed.
    func obstacles() async throws -> [Blocker] {
        let policy = spec.policy.cutOver
        return try await blockers(olderThan: min(policy.blockerAge, policy.lockWait))
    }

    private func blockers(olderThan limit: Duration) async throws -> [Blocker] {
        let own = await connections.ownIDs.union(runningParts?.throttler.primarySessions ?? [])
        return try await connections.retrying("look") { [site, spec] connection in
            try await BlockerFinder.look(
                on: connection, database: site.database, table: spec.table, olderThan: limit, excluding: own
            ).blockers
        }
    }

    private func plantSentry(_ parts: Parts) async throws {
        try await facts.report(.artifactPlanned(run, Artifact(.sentryTable, parts.pair.old.table.name)))
        let name = parts.pair.old
        let found = try await connections.retrying("look") { [spec] connection in
            try await SentryTable.plant(name, migration: spec.id, on: connection)
        }
        // The commit drops whatever has this name: it must be the sentry of an earlier attempt and nothing else.
        guard found == SentryTable.comment(spec.id) else {
            throw Failure(
                .artifactInUse, "A table named `\(name.table.name)` is in the way of the cut-over.",
                now: "nothing was locked", next: "look at it; drop or rename it if it is not needed")
        }
    }

    func endBlockers(_ named: [Blocker]) async {
        do {
            let ending = try await connections.retrying("look") { [site, spec, clock] connection in
                try await BlockerFinder.end(
                    named, on: connection, database: site.database, table: spec.table, clock: clock)
            }
            if !ending.lingering.isEmpty {
                gauges.update {
                    $0.activity =
                        "still ending: \(ending.lingering.map(CommandPlanner.describe).joined(separator: "; "))"
                }
            }
            await tell(.blockersEnded(run, ended: ending.ended, gone: ending.gone))
        } catch {
            // Not known what was ended; the look that follows sees who is still there.
            gauges.update { $0.activity = "ending blockers: \(error)" }
            await tell(.blockersEnded(run, ended: [], gone: []))
        }
    }

    private var runningParts: Parts? {
        if case .working(let parts, _) = state.withLock({ $0.stage }) { parts } else { nil }
    }

    private var readyParts: Parts? {
        if case .working(let parts, isReady: true) = state.withLock({ $0.stage }) { parts } else { nil }
    }

    // MARK: - Cut-over

    private func order(_ attempt: Int) -> CutOverAttempt.Order {
        state.withLock { state in
            if let order = state.orders[attempt] { return order }
            let order = CutOverAttempt.Order(nil)
            state.orders[attempt] = order
            return order
        }
    }

    /// From lock to release; returns when the attempt is over.
    func hold(_ attempt: Int) async {
        guard let parts = readyParts else {
            await refuse(
                attempt, Failure(.interrupted, "\(site.shard) is not ready any more.", now: "nothing was locked"))
            return
        }
        if let outcome = state.withLock({ $0.outcomes[attempt] }) {
            await tell(.released(run, attempt: attempt, outcome))
            return
        }
        let isRepeat = state.withLock { $0.orders[attempt] != nil && $0.outcomes[attempt] == nil }
        let order = order(attempt)
        if isRepeat, order.withLock({ $0 == nil }) { return }
        do {
            // Not only after a look: a shard that follows the fleet's commit alone comes here without one.
            if !parts.server.swapsInOneSession {
                try await within(.seconds(5), on: clock) { try await self.plantSentry(parts) }
            }
            let swap = try await makeSwap(parts)
            await hold(attempt, parts, swap, order)
        } catch {
            await refuse(attempt, RunFailure.of(error, site))
        }
    }

    private func makeSwap(_ parts: Parts) async throws(MySQLError) -> any TableSwap {
        let threshold = spec.policy.cutOver.lockWait + spec.policy.cutOver.threshold
        if parts.server.swapsInOneSession {
            return try await SingleSessionSwap(
                parts.pair, applier: parts.applier, connections: connections, threshold: threshold)
        }
        return try await SentrySwap(parts.pair, connections: connections, threshold: threshold)
    }

    private func hold(_ attempt: Int, _ parts: Parts, _ swap: any TableSwap, _ order: CutOverAttempt.Order) async {
        let cutOver = CutOverAttempt(
            number: attempt, policy: spec.policy.cutOver, swap: swap, applier: parts.applier, clock: clock,
            wallClock: environment.wallClock, order: order,
            committing: { [state] in state.withLock { $0.isReleasing = true } })
        let outcome = await withTaskGroup(of: Void.self) { group in
            if let sentry = swap as? SentrySwap { group.addTask { await sentry.sendRename() } }
            let outcome = await cutOver.run { answer in
                switch answer {
                case .held(let report): try await self.facts.report(.held(self.run, attempt: attempt, report))
                case .refused(let failure): await self.refuse(attempt, failure)
                }
            }
            await swap.close()
            return outcome
        }
        let released = outcome ?? .notSwapped(nil)
        state.withLock { state in
            state.outcomes[attempt] = released
            if case .swapped = released { state.hasSwapped = true } else { state.isReleasing = false }
        }
        if outcome != nil { await tell(.released(run, attempt: attempt, released)) }
    }

    /// After a refusal this table is free again, and the other shards may still hold theirs: they are told first. Who stood in
    /// the way is looked up then.
    private func refuse(_ attempt: Int, _ failure: Failure) async {
        await tell(.holdRefused(run, attempt: attempt, failure, blockers: []))
        var blockers: [Blocker] = []
        do {
            blockers = try await obstacles()
            // Servers tell a transaction's age in whole seconds: a young one may not look its age yet.
            if blockers.isEmpty { blockers = try await self.blockers(olderThan: .zero) }
        } catch { gauges.update { $0.activity = "blockers unknown: \(error)" } }
        let found = blockers
        gauges.update { $0.blockers = found }
        if !found.isEmpty { await tell(.obstructed(run, attempt: attempt, blockers: found)) }
    }

    /// Hands the decision to the hold under way; answers for one that is over or never was.
    func release(_ attempt: Int, _ decision: Decision) async {
        let order = order(attempt)
        order.withLock { if $0 == nil { $0 = decision } }
        if let outcome = state.withLock({ $0.outcomes[attempt] }) {
            await tell(.released(run, attempt: attempt, outcome))
        }
    }
}

extension ServerInfo {
    /// RENAME TABLE under LOCK TABLES, in the session that holds the locks (WL#9826).
    var swapsInOneSession: Bool { family == .mysql && version >= Version(8, 0, 13) }
}
