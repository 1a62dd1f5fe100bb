internal import Core
internal import Vitess

/// One migration of ours in the hands of Vitess: what concerns all its shards at once. Each shard's own way is `ShardFollower`'s.
///
/// ## Why nothing is sent twice, and nothing forgotten
/// No answer of VTGate counts as an effect: a failed COMPLETE was applied on the shards that could be reached, and a failed
/// submission has started there. After every statement the rows are read, and what they say decides: a submission is found by its
/// context, a completion by `postpone_completion`, a revert by what it reverts. A statement is repeated only for shards whose rows,
/// read after it, show that it did not reach them.
actor MigrationDriver {
    nonisolated let spec: MigrationSpec
    nonisolated let work: KeyspaceWork
    nonisolated let gathering: Gathering
    private let keyspace: KeyspaceName

    private var following: [ShardName: RunID] = [:]
    private var stopped: [ShardName: RunID] = [:]
    private var saysAgain: Set<ShardName> = []
    /// Runs for which RETRY, or another REVERT, was sent.
    private var retried: [ShardName: RunID] = [:]
    private var isSubmitting = false
    private var held: [Int: Set<ShardName>] = [:]
    private var braked: Set<ShardName> = []
    private var pause: ManualThrottle?
    private var pauseIsApplied = true
    private var sights: [ShardName: BlockerSight] = [:]

    init(_ spec: MigrationSpec, in work: KeyspaceWork) {
        self.spec = spec
        self.work = work
        keyspace = work.keyspace
        gathering = Gathering(clock: work.clock)
    }

    // MARK: - Runs

    /// - Returns: false when the run is followed already, and will say again where it stands; or was stopped.
    func begin(_ run: RunID, on shard: ShardName) -> Bool {
        if stopped[shard] == run { return false }
        if following[shard] == run {
            saysAgain.insert(shard)
            return false
        }
        following[shard] = run
        return true
    }

    func stoppedRun(on shard: ShardName) -> RunID? { stopped[shard] }
    func isFollowing(_ run: RunID, on shard: ShardName) -> Bool { following[shard] == run && stopped[shard] != run }
    func ended(_ run: RunID, on shard: ShardName) { if following[shard] == run { following[shard] = nil } }
    func mustSayAgain(_ shard: ShardName) -> Bool { saysAgain.remove(shard) != nil }

    /// Which way a run goes; told when it is begun, and after a restart by the row that is not complete.
    private var directions: [ShardName: [Int: Direction]] = [:]
    func goes(_ direction: Direction, _ run: RunID, on shard: ShardName) { directions[shard, default: [:]][run.number] = direction }
    /// - Returns: `nil` when nobody knows: a shard that does not answer may be on its way there or back.
    func direction(of run: RunID, on shard: ShardName) async -> Direction? {
        if let known = directions[shard]?[run.number] { return known }
        let found = await look()
        guard found.silence(of: shard) == nil else { return nil }
        return found.family.revert(on: shard) == nil ? .forward : .reverse
    }

    /// The cut-over watches the row from here on.
    func stopFollowing(_ run: RunID, on shard: ShardName) async {
        following[shard] = nil
        await work.poke()
    }

    func stop(_ run: RunID, on shard: ShardName) async {
        stopped[shard] = run
        await work.poke()
    }

    /// Nothing is submitted any more for a migration of which a shard was stopped; what is on its way is waited for.
    func submissionIsOver() async {
        while isSubmitting, !Task.isCancelled { await work.nextChange() }
    }

    /// A shard was stopped, and no later run of it has begun.
    private var isStopped: Bool {
        spec.shards.contains { shard in stopped[shard].map { following[shard] == nil || following[shard] == $0 } ?? false }
    }

    // MARK: - What the rows say

    private struct Seen {
        let number: Int
        let family: MigrationFamily
        let contexts: [ShardName: ShardContext]
    }
    private var lastSeen: Seen?

    /// The family and its surroundings in a view, worked out once for all shards.
    func family(in numbered: KeyspaceWork.Numbered) -> (MigrationFamily, [ShardName: ShardContext]) {
        if let lastSeen, lastSeen.number == numbered.number { return (lastSeen.family, lastSeen.contexts) }
        let family = MigrationFamily(of: spec.id, shards: spec.shards, in: numbered.view)
        noteSubmission(family)
        let contexts = ShardContext.all(of: numbered.view)
        lastSeen = Seen(number: numbered.number, family: family, contexts: contexts)
        return (family, contexts)
    }

    /// Every shard had its row once: one that has none later has lost it, and the copies of the others are worth keeping.
    private(set) var wasWhole = false

    private func noteSubmission(_ family: MigrationFamily) {
        if case .whole = family.submission { wasWhole = true }
        // Nobody saw it whole since the engine was started; but a submission settles within seconds.
        let oldest = family.rows.compactMap(\.requestedAt).min()
        if let oldest, oldest.age(at: work.wallClock()) > Self.submissionSettles { wasWhole = true }
    }

    /// After this a shard without a row has lost it.
    static let submissionSettles = Duration.seconds(600)

    /// What a read found that began after it was asked for.
    struct Look: Sendable {
        let family: MigrationFamily
        let view: KeyspaceView
        let readAt: Timestamp
        private let contexts: [ShardName: ShardContext]

        init(family: MigrationFamily, view: KeyspaceView, readAt: Timestamp) {
            self.family = family
            self.view = view
            self.readAt = readAt
            contexts = ShardContext.all(of: view)
        }

        /// Why the shard cannot be judged; `nil` when it can.
        func silence(of shard: ShardName) -> Failure? {
            guard family.silent.contains(shard) else { return nil }
            let error = view.reads[shard]?.silence?.error ?? "it was never read"
            return Failure(
                .serverUnreachable, "\(shard) does not answer.", cause: error, now: "what it does is not known",
                next: "it is asked again")
        }

        func reading(_ shard: ShardName, going direction: Direction) -> RowReading? {
            family.row(on: shard, going: direction).map {
                RowReading($0, on: contexts[shard] ?? ShardContext(name: shard, read: view.reads[shard]), at: readAt)
            }
        }
    }

    private var looksBegun = 0
    private var looksEnded = 0
    private var isLooking = false
    private var latest: Look?
    private var lookers: [CheckedContinuation<Void, Never>] = []
    private var uuids: [VitessUUID] = []

    /// Reads every row of the migration anew. Callers that come at the same time share one read that begins after they came.
    func look() async -> Look {
        let wanted = looksBegun + 1
        while looksEnded < wanted {
            if isLooking {
                await withCheckedContinuation { lookers.append($0) }
                continue
            }
            isLooking = true
            looksBegun += 1
            let number = looksBegun
            var view = await work.fresh(.family(spec.id, reverted: uuids))
            var family = MigrationFamily(of: spec.id, shards: spec.shards, in: view)
            let known = Set(family.rows.map(\.uuid))
            if known != Set(uuids) {
                // Their reverts were not asked for, because their uuids were not known.
                uuids = known.sorted()
                view = await work.fresh(.family(spec.id, reverted: uuids))
                family = MigrationFamily(of: spec.id, shards: spec.shards, in: view)
            }
            latest = Look(family: family, view: view, readAt: work.wallClock())
            looksEnded = number
            isLooking = false
            let woken = lookers
            lookers = []
            for looker in woken { looker.resume() }
        }
        guard let latest else { preconditionFailure("a look has ended") }
        return latest
    }

    // MARK: - Submission

    /// Submits, or finds what was submitted. Partial submissions are taken back and made again.
    /// - Returns: why it cannot be, for good; `nil` when it was, or when it has to be tried again later.
    func submit() async -> Failure? {
        let strategy: CoordinatedStrategy
        do throws(Failure) { strategy = try CoordinatedStrategy(spec) } catch { return error }
        // Rows of a submission under way come one by one: they are no partial one. And what is being stopped is not begun.
        if isSubmitting || isStopped { return nil }
        isSubmitting = true
        defer { isSubmitting = false }
        let found = await look()
        switch found.family.submission {
        case .whole, .unknown: return nil
        case .partial(let pending):
            // All of it is postponed: what is lost is the copy of a moment.
            for uuid in Set(found.family.rows.filter { pending.contains($0.name) }.map(\.uuid)) {
                let shards = pending.filter { found.family.row(on: $0)?.uuid == uuid }
                await cancel(uuid, shards)
            }
            return nil
        case .none(let next):
            do throws(Failure) {
                _ = try await work.send(
                    .submit(strategy.statement, keyspace), under: strategy.flags,
                    context: MigrationFamily.context(spec.id, generation: next))
                return nil
            } catch {
                // It may have started on some shards: the next look finds it. What no shard has taken was refused.
                let after = await look()
                if case .none = after.family.submission, error.kind != .connectionLost, error.kind != .serverUnreachable {
                    return Failure(
                        .alterRejected, "Vitess refused the submission.", cause: error.cause ?? error.what,
                        now: "no shard has it", next: "correct the manifest, then submit it as a new migration")
                }
                return nil
            }
        }
    }

    private func cancel(_ uuid: VitessUUID, _ shards: [ShardName]) async {
        for shard in shards {
            guard let target = ShardTarget(shard) else { continue }
            await tell(.cancel(uuid, .one(target)))
        }
    }

    /// Sends what the rows will confirm, whatever the answer is.
    /// - Returns: the error, for whoever wants to show it.
    @discardableResult
    func tell(_ statement: VitessStatement) async -> Failure? {
        do throws(VTGateError) {
            _ = try await work.send(statement)
            return nil
        } catch { return error.failure }
    }

    // MARK: - Retry and the way back

    /// Whether this run has still to be asked for: once a run.
    func mayRetry(_ run: RunID, on shard: ShardName) -> Bool { run.number > 1 && retried[shard] != run }

    /// The order that begins this run is on its way, or was in an earlier life of the engine.
    func wasRetried(_ run: RunID, on shard: ShardName) { retried[shard] = run }

    /// RETRY keeps what was remembered: a completion given to the run before would cut this one over without being asked. So it is
    /// taken back first.
    func retry(_ row: MigrationRow) async -> Failure? {
        guard let target = ShardTarget(row.name) else { return nil }
        if row.strategy != "mysql" { await holdBack(row, target) }
        return await tell(.retry(row.uuid, .one(target)))
    }

    /// POSTPONE COMPLETE for one shard, where its version knows it.
    @discardableResult
    func holdBack(_ row: MigrationRow, _ target: ShardTarget) async -> Failure? {
        if case .no = await work.version().supports(.postponeComplete) { return nil }
        return await tell(.postponeComplete(row.uuid, .one(target)))
    }

    /// REVERT of the shards' rows, held back like every migration of ours. One statement where it reaches exactly these.
    func revert(_ shards: [ShardName]) async -> Failure? {
        let found = await look()
        let without = shards.filter { shard in
            guard let revert = found.family.revert(on: shard) else { return true }
            return revert.status == .failed || revert.status == .cancelled
        }
        let rows = without.compactMap { found.family.row(on: $0) }
        for (uuid, group) in Dictionary(grouping: rows, by: \.uuid).sorted(by: { $0.key < $1.key }) {
            let names = group.map(\.name)
            let reaches: [VitessStatement.Reach] =
                Set(names) == Set(found.view.shards)
                ? [.everyShard(keyspace)] : names.compactMap { ShardTarget($0).map { .one($0) } }
            for reach in reaches {
                do throws(Failure) {
                    _ = try await work.send(
                        .revert(uuid, reach), under: CoordinatedStrategy.wayBack,
                        context: MigrationFamily.wayBackContext(spec.id, at: work.wallClock()))
                } catch {
                    return error
                }
            }
        }
        return nil
    }

    // MARK: - The cut-over

    /// A shard holds for an attempt: so many are told to complete together.
    func hold(_ shard: ShardName, attempt: Int) { held[attempt, default: []].insert(shard) }
    func heldCount(_ attempt: Int) -> Int { held[attempt]?.count ?? 1 }

    /// Lets these shards cut over.
    func complete(_ shards: [ShardName], going direction: Direction, of found: Look) async -> Failure? {
        braked.subtract(shards)
        let rows = shards.compactMap { found.family.row(on: $0, going: direction) }
        var failure: Failure?
        for (uuid, group) in Dictionary(grouping: rows, by: \.uuid).sorted(by: { $0.key < $1.key }) {
            for reach in await narrowed(to: group.map(\.name), of: found.view.shards) {
                let isLaunch = group.first?.strategy == "mysql"
                let error = await tell(isLaunch ? .launch(uuid, reach) : .complete(uuid, reach))
                failure = failure ?? error
            }
        }
        return failure
    }

    private func narrowed(to shards: [ShardName], of all: [ShardName]) async -> [VitessStatement.NarrowReach] {
        if Set(shards) == Set(all) { return [.everyShard(keyspace)] }
        if case .no = await work.version().supports(.completeShards) {
            return shards.compactMap { ShardTarget($0).map { .one($0) } }
        }
        return ShardList(shards).map { [.listed($0)] } ?? []
    }

    func brake(_ shard: ShardName) async {
        braked.insert(shard)
        await work.poke()
    }

    func isBraked(_ shard: ShardName) -> Bool { braked.contains(shard) }

    // MARK: - Who is in the way

    /// Looks again, when the last look is old enough.
    func sight(_ shard: ShardName) async {
        let now = work.wallClock()
        if let last = sights[shard], now - last.at < BlockerSight.pause { return }
        do throws(Failure) {
            sights[shard] = BlockerSight(at: now, found: .success(try await work.blockers(of: spec, on: shard)))
        } catch { sights[shard] = BlockerSight(at: now, found: .failure(error)) }
    }

    func lastSight(_ shard: ShardName) -> Result<[Blocker]?, Failure> { sights[shard]?.found ?? .success(nil) }
    func forgetSight(_ shard: ShardName) { sights[shard] = nil }

    // MARK: - Throttle

    /// Keyspace-wide: Vitess knows no other. Applied once for all shards, as soon as there is something to throttle.
    func throttle(_ pause: ManualThrottle?) {
        guard pause != self.pause else { return }
        self.pause = pause
        pauseIsApplied = false
    }

    func applyThrottle(_ family: MigrationFamily) async {
        let uuids = Set(family.rows.map(\.uuid)).sorted()
        guard !pauseIsApplied, !uuids.isEmpty else { return }
        pauseIsApplied = true
        for uuid in uuids {
            let statement: VitessStatement
            if pause != nil {
                guard let most = Throttle(ratio: 1, expiry: .seconds(30 * 86_400)) else { return }
                statement = .throttle(uuid, most, keyspace)
            } else {
                statement = .unthrottle(uuid, keyspace)
            }
            if await tell(statement) != nil { pauseIsApplied = false }
        }
    }

    // MARK: - Threshold

    private var threshold: CutOverThreshold?
    private var thresholdIsApplied = true

    func setThreshold(_ duration: Duration) async {
        guard let threshold = CutOverThreshold(duration), threshold != self.threshold else { return }
        self.threshold = threshold
        thresholdIsApplied = false
        await work.poke()
    }

    /// Told until every pending row shows it.
    func applyThreshold(_ family: MigrationFamily) async {
        guard let threshold, !thresholdIsApplied else { return }
        let other = family.rows.filter { $0.status.isPending && $0.cutOverThresholdSeconds.map(Int.init) != threshold.seconds }
        guard !other.isEmpty else {
            thresholdIsApplied = family.rows.contains(where: \.status.isPending)
            return
        }
        thresholdIsApplied = true
        for uuid in Set(other.map(\.uuid)).sorted() where await tell(.cutOverThreshold(uuid, threshold, .everyShard(keyspace))) != nil {
            thresholdIsApplied = false
        }
    }
}
