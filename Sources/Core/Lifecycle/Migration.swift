/// One migration over all its shards, with the barrier between *ready* and *swapped*. Pure: replaying its journal rebuilds it.
///
/// ## Why no two schemas
/// A shard swaps only on `release(.commit)`, and only `decided(.commit)` hands that out. `decided(.commit)` is asked for in one
/// place (`shardHeld`), when every shard answered *held* for the same attempt, and it is journalled before it is applied. An
/// engine that dies before the commit is journalled leaves every table as it was, because the locks die with its connections and
/// no swap was sent; one that dies after it finds the commit in the journal and rolls each shard forward after asking its server.
/// A decision is never reversed: `abort` is refused once `barrier` is `.committed`.
///
/// ## Waves, and the way back
/// The shards of one wave decide together; the next wave's attempt begins when the last shard of this one has swapped and was
/// watched for a while. A revert is the same machine run backwards: the shards that have the new schema are brought to a
/// barrier of their own and swap together; those that never swapped are cancelled.
package struct Migration: Equatable, Sendable {
    /// Where the fleet stands in its cut-over.
    package enum Barrier: Codable, Equatable, Sendable {
        /// A shard is not ready, or completion is postponed.
        case gathering
        /// Named transactions are being ended on an operator's order. Leaves to `looking`.
        case clearing(attempt: Int, awaiting: Set<ShardName>)
        /// Every shard is asked who is on its table; nothing is locked. Leaves to `holding` or `backingOff`.
        case looking(attempt: Int, awaiting: Set<ShardName>)
        /// Locks are being taken. Leaves to `committed` or `aborting`.
        case holding(attempt: Int, deadline: Timestamp)
        /// Abort is journalled; shards are unlocking. Leaves to `backingOff`, `gathering`.
        case aborting(attempt: Int)
        /// Nothing is locked; the next attempt waits.
        case backingOff(attemptsMade: Int, until: Timestamp)
        /// The commit is journalled. Leaves to `soaking` when the wave has swapped, to `gathering` when it is reverted.
        case committed(attempt: Int, at: Timestamp)
        /// A wave has swapped and is watched. Leaves to `gathering` with the next wave.
        case soaking(until: Timestamp)
    }

    package enum Launch: Codable, Equatable, Sendable { case postponed, launched }

    package enum Completion: Codable, Equatable, Sendable {
        case postponed(by: OperatorIdentity?)
        case granted(by: OperatorIdentity?)
    }

    /// One try at the cut-over, as the screens list it.
    package struct Attempt: Codable, Equatable, Sendable {
        package let number: Int
        package let startedAt: Timestamp
        package internal(set) var endedAt: Timestamp?
        /// Why it did not happen, by shard; empty for the one that committed.
        package internal(set) var refusals: [ShardName: Failure]
        package internal(set) var blockers: [ShardName: [Blocker]]
    }

    package let spec: MigrationSpec
    package let submittedBy: OperatorIdentity
    package let submittedAt: Timestamp
    package internal(set) var shards: [ShardName: ShardLifecycle]
    package internal(set) var launch: Launch
    package internal(set) var completion: Completion
    package internal(set) var barrier: Barrier = .gathering
    /// When a look or the ending of blockers is given up.
    package internal(set) var barrierDeadline: Timestamp?
    package internal(set) var attempts: [Attempt] = []
    /// Failed attempts since the last success or order, which set the back-off.
    package internal(set) var attemptsMade = 0
    package internal(set) var isCancelling = false
    /// The wave whose turn it is, from 0.
    package internal(set) var wave = 0
    package internal(set) var direction = Direction.forward
    /// What an operator set for later cut-overs; Vitess keeps it in its rows.
    package internal(set) var threshold: Duration?
    /// Shards that have not followed a commit are left as they are until a person says what to do.
    package internal(set) var isBraked = false
    /// A person let braked shards follow the commit after all.
    package internal(set) var brakeWasLifted = false
    /// An event that cannot have happened did: the migration stands still until a person looked.
    package internal(set) var heldBecause: Failure?
    /// Set when every shard is done or cancelled.
    package internal(set) var endedAt: Timestamp?
    /// Late events, counted.
    package internal(set) var ignoredEvents = 0

    /// The first event of every migration. Hands out nothing: `begin` does.
    package init(spec: MigrationSpec, by submitter: OperatorIdentity, at now: Timestamp) {
        self.spec = spec
        submittedBy = submitter
        submittedAt = now
        shards = Dictionary(uniqueKeysWithValues: spec.shards.map { ($0, ShardLifecycle(since: now)) })
        launch = spec.policy.postponeLaunch ? .postponed : .launched
        completion = spec.policy.postponeCompletion ? .postponed(by: nil) : .granted(by: nil)
    }

    /// Applies one journalled event and says what is to be done. Never fails: what cannot be is held, what is late is ignored.
    package mutating func apply(_ event: MigrationEvent) -> [Effect] {
        var effects: [Effect]
        let wasRunning = endedAt == nil
        switch event {
        case .submitted(_, _, let now): effects = launch == .launched ? startQueued(at: now) : []
        case .commanded(let command, let by, _, let now): effects = commanded(command, by: by, at: now)
        case .shard(let name, let fact, let now): effects = shard(name, fact, at: now)
        case .decided(let attempt, let decision, let now): effects = decided(attempt, decision, at: now)
        case .fellBack(let way, let now): effects = fellBack(way, at: now)
        case .clock(let now): effects = clock(at: now)
        case .engineStarted(let now): effects = engineStarted(at: now)
        }
        if wasRunning, endedAt != nil { effects += keepUntilAll(event.at) }
        ignoredEvents += effects.count { if case .ignore = $0 { true } else { false } }
        return effects
    }

    // MARK: - Small things

    /// The shards whose turn it is: of the wave, those that have not swapped yet; in a revert, those not yet back.
    package var members: [ShardName] {
        switch direction {
        case .forward: spec.waves[wave].filter { shards[$0]?.isDone == false }
        case .reverse: spec.shards.filter { shards[$0]?.direction == .reverse && shards[$0]?.isReverted == false }
        }
    }

    /// Every shard that has not swapped yet stands at the barrier, those of later waves too: a wave that goes ahead must not
    /// wait for days with two schemas live.
    package var allReady: Bool { !members.isEmpty && waiting.isEmpty }

    /// The shards that keep the next attempt from beginning.
    package var waiting: [ShardName] {
        spec.shards.filter { name in
            guard let shard = shards[name] else { return false }
            switch shard.state {
            case .ready, .done, .reverted: return direction == .reverse && shard.isDone
            // Its swap was sent before the revert began: until it is known, nobody knows who is to go back.
            case .cuttingOver, .ambiguous: return true
            case .cancelling, .cancelled: return false
            case .queued, .preparing, .copying, .applying, .holding, .held, .releasing, .rollingForward, .failed:
                return true
            }
        }
    }

    /// Shards on the new schema.
    package var doneCount: Int { shards.values.count(where: \.isDone) }

    /// The commit of the wave is journalled and not every shard of it has followed.
    package var isCommitted: Bool { if case .committed = barrier { true } else { false } }

    /// Something is still to be done for it, if only an old table to be dropped in time: a starting engine takes it up.
    package var hasWorkLeft: Bool { endedAt == nil || shards.values.contains { !$0.artifacts.isEmpty } }

    /// A commit is journalled and some of its shards have not followed, or one was completed by somebody else while it was
    /// cancelled: two schemas are live, and not by plan.
    package var isSplit: Bool {
        if isCancelling, direction == .forward, endedAt == nil, doneCount > 0 { return true }
        guard case .committed = barrier, endedAt == nil else { return false }
        let changed = shards.values.count { direction == .forward ? $0.isDone : $0.isReverted }
        return changed > 0 && !members.isEmpty
    }

    /// Since when both schemas are live, by plan or not; `nil` when one is.
    package var splitSince: Timestamp? {
        let swaps = shards.values.compactMap(\.swappedAt)
        return swaps.count < shards.count ? swaps.min() : nil
    }

    func forEachShard(_ effects: (ShardName, RunID) -> [Effect]) -> [Effect] {
        spec.shards.flatMap { name in shards[name]?.run.map { effects(name, $0) } ?? [] }
    }

    mutating func noteRefusal(_ name: ShardName, _ failure: Failure) {
        shards[name]?.lastFailure = failure
        guard !attempts.isEmpty else { return }
        attempts[attempts.count - 1].refusals[name] = failure
    }

    func blockedFailure(_ name: ShardName) -> Failure {
        let oldest = shards[name]?.blockers.min { $0.since < $1.since }
        let who = oldest.map { "connection \($0.connection) (\($0.user)@\($0.host))" } ?? "a transaction"
        return Failure(
            .blocked, "\(name) was not locked: \(who) has a transaction open on \(spec.table).",
            cause: oldest?.lastStatement.map { "last statement: \($0)" },
            now: "nothing was locked on any shard; the application is not affected",
            next: "the next attempt follows by itself; `lockstep force-cutover \(spec.id.short)` ends the transaction")
    }

    mutating func impossible(_ what: String, at now: Timestamp) -> [Effect] {
        guard heldBecause == nil else { return [.ignore(what)] }
        heldBecause = Failure(
            .impossibleEvent, "Migration \(spec.id.short) is held: \(what).",
            cause: "barrier: \(barrier.word)", now: "its shards stay as they are",
            next: "look at the servers, then cancel")
        switch barrier {
        case .looking, .clearing: gatherAgain(at: now)
        case .backingOff: barrier = .gathering
        case .holding: return abort()
        case .gathering, .aborting, .committed, .soaking: break
        }
        return []
    }

    mutating func finishIfEnded(at now: Timestamp) {
        guard endedAt == nil else { return }
        let ended = shards.values.allSatisfy {
            switch $0.state {
            // One that another operator completed while it was cancelled leaves two schemas: a person has to say what now.
            case .done: direction == .forward && !isCancelling
            case .reverted, .cancelled: true
            case .queued, .preparing, .copying, .applying, .ready, .holding, .held, .releasing, .cuttingOver,
                .ambiguous,
                .rollingForward, .failed, .cancelling:
                false
            }
        }
        if ended { endedAt = now }
    }
}

extension Migration.Barrier {
    /// One word; sets have no order of their own and would make two replays differ.
    var word: String {
        switch self {
        case .gathering: "gathering"
        case .clearing: "clearing"
        case .looking: "looking"
        case .holding: "holding"
        case .aborting: "aborting"
        case .backingOff: "backing off"
        case .committed: "committed"
        case .soaking: "soaking"
        }
    }
}

extension ShardLifecycle {
    /// After the swap the shadow and sentry names are gone; the old table is an artifact with rows.
    mutating func swapTookPlace(oldTable: String?) {
        artifacts = artifacts.filter { $0.kind == .oldTable }
        if let oldTable { artifacts.insert(Artifact(.oldTable, oldTable)) }
    }

    /// Nothing can use it any more: its shard was cancelled, or has swapped and it holds no rows.
    func mayDropAtOnce(_ artifact: Artifact) -> Bool {
        switch state {
        case .cancelled: true
        case .cancelling: runHasEnded
        case .done, .reverted:
            switch artifact.kind {
            case .shadowTable, .sentryTable: true
            // The way back, prepared beforehand, is kept as long as the old rows are.
            case .oldTable, .vitessMigration: false
            }
        case .queued, .preparing, .copying, .applying, .ready, .holding, .held, .releasing, .cuttingOver, .ambiguous,
            .rollingForward, .failed:
            false
        }
    }

    mutating func endCancellingIfBare(at now: Timestamp) {
        guard case .cancelling = state, runHasEnded, artifacts.isEmpty else { return }
        nextTryAt = nil
        move(to: .cancelled, at: now)
    }
}
