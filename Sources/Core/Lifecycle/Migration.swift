/// One migration over all its shards, with the barrier between *ready* and *swapped*. Pure: replaying its journal rebuilds it.
///
/// ## Why no two schemas
/// A shard swaps only on `release(.commit)`, and only `decided(.commit)` hands that out. `decided(.commit)` is asked for in one
/// place (`shardHeld`), when every shard answered *held* for the same attempt, and it is journalled before it is applied. An
/// engine that dies before the commit is journalled leaves every table as it was, because the locks die with its connections and
/// no swap was sent; one that dies after it finds the commit in the journal and rolls each shard forward after asking its server.
/// A decision is never reversed: `abort` is refused once `barrier` is `.committed`.
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
        /// The commit is journalled. Never leaves.
        case committed(attempt: Int, at: Timestamp)
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
        let effects: [Effect]
        switch event {
        case .submitted(_, _, let now): effects = launch == .launched ? startQueued(at: now) : []
        case .commanded(let command, let by, _, let now): effects = commanded(command, by: by, at: now)
        case .shard(let name, let fact, let now): effects = shard(name, fact, at: now)
        case .decided(let attempt, let decision, let now): effects = decided(attempt, decision, at: now)
        case .clock(let now): effects = clock(at: now)
        case .engineStarted(let now): effects = engineStarted(at: now)
        }
        ignoredEvents += effects.count { if case .ignore = $0 { true } else { false } }
        return effects
    }

    // MARK: - What the shards report

    private mutating func shard(_ name: ShardName, _ fact: ShardFact, at now: Timestamp) -> [Effect] {
        guard var shard = shards[name] else {
            return impossible("a fact of \(name), which is no shard of it", at: now)
        }
        let late = [Effect.ignore("\(name): \(fact)")]
        defer { finishIfEnded(at: now) }

        switch fact {
        case .artifactPlanned(_, let artifact):
            // Whatever state it comes in: it may be created now, and what may exist is never forgotten.
            shard.artifacts.insert(artifact)
            shards[name] = shard
            return shard.mayDropAtOnce(artifact) ? [.shard(name, .dropArtifacts([artifact]))] : []

        case .artifactDropped(let artifact):
            guard shard.artifacts.remove(artifact) != nil else { return late }
            shard.endCancellingIfBare(at: now)
            shards[name] = shard
            return []

        case .prepared(let run, let preparation):
            guard shard.run == run else { return late }
            shard.preparation = preparation
            if case .preparing = shard.state { shard.move(to: .copying(run), at: now) }
            shards[name] = shard
            return []

        case .checkpointed(let run, let checkpoint):
            guard shard.run == run else { return late }
            shard.checkpoint = checkpoint
            shards[name] = shard
            return []

        case .copied(let run, _):
            guard case .copying(run) = shard.state else { return late }
            shard.move(to: .applying(run), at: now)
            shards[name] = shard
            return []

        case .verified(let run, let rows, _):
            guard shard.run == run else { return late }
            shard.verifiedRows = rows
            shards[name] = shard
            return []

        case .ready(let run):
            switch shard.state {
            case .applying(run), .copying(run), .preparing(run):
                shard.move(to: .ready(run, since: now), at: now)
                shards[name] = shard
                return tryToBegin(at: now)
            case .rollingForward(run, _):
                return holdAlone(name, run)
            case .queued, .preparing, .copying, .applying, .ready, .holding, .held, .releasing, .cuttingOver,
                .ambiguous,
                .rollingForward, .done, .failed, .cancelling, .cancelled:
                return late
            }

        case .fellBehind(let run, _):
            guard case .ready(run, _) = shard.state else { return late }
            shard.move(to: .applying(run), at: now)
            shards[name] = shard
            switch barrier {
            case .looking, .clearing: gatherAgain(at: now)
            case .gathering, .holding, .aborting, .backingOff, .committed: break
            }
            return []

        case .looked(let run, let attempt, let blockers):
            guard shard.run == run, case .looking(attempt, var awaiting) = barrier else { return late }
            shard.blockers = blockers
            shards[name] = shard
            awaiting.remove(name)
            if !blockers.isEmpty { attempts[attempts.count - 1].blockers[name] = blockers }
            barrier = .looking(attempt: attempt, awaiting: awaiting)
            return awaiting.isEmpty ? allLooked(attempt, at: now) : []

        case .lookFailed(let run, let attempt, let failure):
            guard shard.run == run, case .looking(attempt, _) = barrier else { return late }
            noteRefusal(name, failure)
            return backOff(at: now)

        case .blockersEnded(let run, _, _):
            guard shard.run == run, case .clearing(let attempt, var awaiting) = barrier else { return late }
            shard.blockers = []
            shards[name] = shard
            awaiting.remove(name)
            guard awaiting.isEmpty else {
                barrier = .clearing(attempt: attempt, awaiting: awaiting)
                return []
            }
            return look(attempt, at: now)

        case .held(let run, let attempt, _):
            return shardHeld(name, run, attempt, at: now) ?? late

        case .holdRefused(let run, let attempt, let failure, let blockers):
            return holdRefused(name, run, attempt, failure, blockers, at: now) ?? late

        case .obstructed(let run, let attempt, let blockers):
            guard shard.run == run, let index = attempts.firstIndex(where: { $0.number == attempt }) else { return late }
            if case .ready = shard.state { shards[name]?.blockers = blockers }
            attempts[index].blockers[name] = blockers
            return []

        case .released(let run, let attempt, let outcome):
            return released(name, run, attempt, outcome, at: now) ?? late

        case .failed(let run, let failure):
            return shardFailed(name, run, failure, at: now) ?? late

        case .stopped(let run):
            guard case .cancelling(run) = shard.state else { return late }
            return runEnded(name, at: now)
        }
    }

    /// A cancelled run is over: nothing creates artifacts any more, so they can go.
    private mutating func runEnded(_ name: ShardName, at now: Timestamp) -> [Effect] {
        shards[name]?.runHasEnded = true
        shards[name]?.endCancellingIfBare(at: now)
        guard let shard = shards[name], case .cancelling = shard.state else { return [] }
        return dropAll(name, shard, at: now)
    }

    /// Tried again until each is seen gone: a drop that does not succeed reports nothing.
    private mutating func dropAll(_ name: ShardName, _ shard: ShardLifecycle, at now: Timestamp) -> [Effect] {
        [.shard(name, .dropArtifacts(shard.artifacts.sorted()))] + tryAgain(name, after: Migration.dropPause, at: now)
    }

    private mutating func shardFailed(_ name: ShardName, _ run: RunID, _ failure: Failure, at now: Timestamp)
        -> [Effect]?
    {
        guard var shard = shards[name] else { return nil }
        shard.lastFailure = failure
        switch shard.state {
        case .preparing(run), .copying(run), .applying(run), .ready(run, _), .rollingForward(run, _):
            shard.move(to: .failed(run, failure), at: now)
            shards[name] = shard
            switch barrier {
            case .looking, .clearing: gatherAgain(at: now)
            case .backingOff: barrier = .gathering
            case .gathering, .holding, .aborting, .committed: break
            }
            return []
        case .holding(run, _), .held(run, _, _):
            // Its connections are gone, and with them its locks: the attempt is over for everybody.
            shard.move(to: .failed(run, failure), at: now)
            shards[name] = shard
            noteRefusal(name, failure)
            return abort()
        case .releasing(run, let attempt):
            shard.move(to: .failed(run, failure), at: now)
            shards[name] = shard
            return settleAbort(attempt, at: now)
        case .cuttingOver(run, let attempt):
            shard.move(to: .ambiguous(run, attempt: attempt), at: now)
            shards[name] = shard
            return [.shard(name, .ask(run, attempt: attempt))]
        case .cancelling(run):
            shards[name] = shard
            // Its first failure ends the run; a later one says that a drop did not succeed, and is tried again.
            return shard.runHasEnded ? tryAgain(name, after: Migration.dropPause, at: now) : runEnded(name, at: now)
        case .queued, .preparing, .copying, .applying, .ready, .holding, .held, .releasing, .cuttingOver, .ambiguous,
            .rollingForward, .done, .failed, .cancelling, .cancelled:
            return nil
        }
    }

    // MARK: - The barrier

    /// Begins an attempt when every shard is ready and completion was granted.
    private mutating func tryToBegin(at now: Timestamp) -> [Effect] {
        guard case .gathering = barrier, mayBegin else { return [] }
        let wait = spec.policy.cutOver.wait(beforeAttempt: attemptsMade + 1)
        if attemptsMade > 0, let last = attempts.last?.endedAt, now - last < wait {
            barrier = .backingOff(attemptsMade: attemptsMade, until: last + wait)
            return [.wake(at: last + wait)]
        }
        return beginAttempt(at: now)
    }

    private var mayBegin: Bool {
        guard case .granted = completion else { return false }
        return !isCancelling && heldBecause == nil && endedAt == nil && allReady
    }

    /// An attempt ends before anything was locked; the next one follows when every shard is ready again.
    private mutating func gatherAgain(at now: Timestamp) {
        attempts[attempts.count - 1].endedAt = now
        barrier = .gathering
        barrierDeadline = nil
    }

    private mutating func beginAttempt(at now: Timestamp) -> [Effect] {
        let number = (attempts.last?.number ?? 0) + 1
        attempts.append(Attempt(number: number, startedAt: now, endedAt: nil, refusals: [:], blockers: [:]))
        return look(number, at: now)
    }

    private mutating func look(_ attempt: Int, at now: Timestamp) -> [Effect] {
        barrier = .looking(attempt: attempt, awaiting: Set(spec.shards))
        barrierDeadline = now + Migration.lookLimit
        return forEachShard { name, run in [.shard(name, .look(run, attempt: attempt))] }
            + [.wake(at: now + Migration.lookLimit)]
    }

    private mutating func allLooked(_ attempt: Int, at now: Timestamp) -> [Effect] {
        let blocked = spec.shards.filter { shards[$0]?.blockers.isEmpty == false }
        guard blocked.isEmpty else {
            for name in blocked { noteRefusal(name, blockedFailure(name)) }
            return backOff(at: now)
        }
        let policy = spec.policy.cutOver
        // The executors keep these limits themselves; the engine's own clock is the second guard.
        let deadline = now + policy.lockWait + policy.threshold
        barrier = .holding(attempt: attempt, deadline: deadline)
        var effects: [Effect] = []
        for name in spec.shards {
            guard case .ready(let run, _) = shards[name]?.state else { continue }
            shards[name]?.move(to: .holding(run, attempt: attempt), at: now)
            shards[name]?.lastAttempt = attempt
            effects.append(.shard(name, .hold(run, attempt: attempt)))
        }
        return effects + [.wake(at: deadline)]
    }

    private mutating func shardHeld(_ name: ShardName, _ run: RunID, _ attempt: Int, at now: Timestamp) -> [Effect]? {
        guard let shard = shards[name] else { return nil }
        switch (shard.state, barrier) {
        case (.holding(run, attempt), .holding(attempt, let deadline)):
            shards[name]?.move(to: .held(run, attempt: attempt, since: now), at: now)
            let allHeld = shards.values.allSatisfy { if case .held(_, attempt, _) = $0.state { true } else { false } }
            guard allHeld else { return [] }
            // Locks held past the deadline may be given back by now: committing would split the fleet.
            if now >= deadline {
                noteRefusal(name, Failure(.deadlinePassed, "\(name) held its locks after the hold's deadline only."))
                return abort()
            }
            return [.decide(attempt: attempt, .commit)]
        case (.rollingForward(run, attempt), .committed):
            shards[name]?.nextTryAt = nil
            shards[name]?.move(to: .cuttingOver(run, attempt: attempt), at: now)
            return [.shard(name, .release(run, attempt: attempt, .commit))]
        default:
            return nil
        }
    }

    private mutating func holdRefused(
        _ name: ShardName, _ run: RunID, _ attempt: Int, _ failure: Failure, _ blockers: [Blocker], at now: Timestamp
    ) -> [Effect]? {
        guard let shard = shards[name] else { return nil }
        switch shard.state {
        case .holding(run, attempt), .held(run, attempt, _):
            shards[name]?.move(to: .ready(run, since: now), at: now)
            shards[name]?.lastFailure = failure
            shards[name]?.blockers = blockers
            noteRefusal(name, failure)
            if !blockers.isEmpty { attempts[attempts.count - 1].blockers[name] = blockers }
            return abort()
        case .releasing(run, attempt):
            shards[name]?.move(to: .ready(run, since: now), at: now)
            return settleAbort(attempt, at: now)
        case .rollingForward(run, attempt):
            // Committed: this shard must follow, however often it has to try.
            shards[name]?.lastFailure = failure
            shards[name]?.blockers = blockers
            return tryAgain(name, after: Migration.rollForwardPause, at: now)
        case .queued, .preparing, .copying, .applying, .ready, .holding, .held, .releasing, .cuttingOver, .ambiguous,
            .rollingForward, .done, .failed, .cancelling, .cancelled:
            return nil
        }
    }

    /// Two schemas are live while a shard rolls forward: it tries every second, not every ten minutes.
    package static let rollForwardPause = Duration.seconds(1)
    /// The wait before artifacts that could not be dropped are tried again.
    package static let dropPause = Duration.seconds(10)
    /// The longest that the shards may take to say who is on their tables, or to end the transactions named.
    package static let lookLimit = Duration.seconds(30)

    private mutating func tryAgain(_ name: ShardName, after pause: Duration, at now: Timestamp) -> [Effect] {
        shards[name]?.nextTryAt = now + pause
        return [.wake(at: now + pause)]
    }

    /// The fleet committed and this shard did not swap: it locks under an attempt number of its own, so that answers to
    /// the one before are late.
    private mutating func holdAlone(_ name: ShardName, _ run: RunID) -> [Effect] {
        guard let shard = shards[name] else { return [] }
        let attempt = shard.lastAttempt + 1
        shards[name]?.lastAttempt = attempt
        shards[name]?.state = .rollingForward(run, attempt: attempt)
        shards[name]?.nextTryAt = nil
        return [.shard(name, .hold(run, attempt: attempt))]
    }

    private mutating func abort() -> [Effect] {
        guard case .holding(let attempt, _) = barrier else { return [] }
        return [.decide(attempt: attempt, .abort)]
    }

    private mutating func decided(_ attempt: Int, _ decision: Decision, at now: Timestamp) -> [Effect] {
        guard case .holding(attempt, _) = barrier else {
            return [.ignore("decided \(decision) for attempt \(attempt)")]
        }
        var effects: [Effect] = []
        switch decision {
        case .commit:
            barrier = .committed(attempt: attempt, at: now)
            for name in spec.shards {
                guard case .held(let run, attempt, _) = shards[name]?.state else { continue }
                shards[name]?.move(to: .cuttingOver(run, attempt: attempt), at: now)
                effects.append(.shard(name, .release(run, attempt: attempt, .commit)))
            }
            return effects
        case .abort:
            barrier = .aborting(attempt: attempt)
            for name in spec.shards {
                switch shards[name]?.state {
                case .held(let run, attempt, _), .holding(let run, attempt):
                    shards[name]?.move(to: .releasing(run, attempt: attempt), at: now)
                    effects.append(.shard(name, .release(run, attempt: attempt, .abort)))
                default: break
                }
            }
            return effects + settleAbort(attempt, at: now)
        }
    }

    private mutating func released(
        _ name: ShardName, _ run: RunID, _ attempt: Int, _ outcome: ReleaseOutcome, at now: Timestamp
    ) -> [Effect]? {
        guard let shard = shards[name] else { return nil }
        if case .swapped(let report) = outcome { return swapped(name, run, report, at: now) }
        switch (shard.state, outcome) {
        case (.releasing(run, attempt), .notSwapped(let failure)):
            shards[name]?.move(to: .ready(run, since: now), at: now)
            if let failure { shards[name]?.lastFailure = failure }
            return settleAbort(attempt, at: now)
        case (.held(run, attempt, _), .notSwapped(let failure)):
            // It gave its locks back by itself: no decision had come in time.
            let failure = failure ?? Failure(.deadlinePassed, "\(name) gave its locks back before a decision came.")
            shards[name]?.move(to: .ready(run, since: now), at: now)
            noteRefusal(name, failure)
            return abort()
        case (.releasing(run, attempt), .unknown(let failure)):
            // No swap was sent. Should its run be behind or gone, it says so itself; a lock is tried anew in any case.
            shards[name]?.move(to: .ready(run, since: now), at: now)
            shards[name]?.lastFailure = failure
            return settleAbort(attempt, at: now)
        case (.cuttingOver(run, attempt), .notSwapped(let failure)),
            (.ambiguous(run, attempt), .notSwapped(let failure)):
            shards[name]?.move(to: .rollingForward(run, attempt: attempt), at: now)
            if let failure { shards[name]?.lastFailure = failure }
            return begin(name, run) + tryAgain(name, after: Migration.rollForwardPause, at: now)
        case (.cuttingOver(run, attempt), .unknown(let failure)):
            shards[name]?.move(to: .ambiguous(run, attempt: attempt), at: now)
            shards[name]?.lastFailure = failure
            return [.shard(name, .ask(run, attempt: attempt))]
        case (.ambiguous(run, attempt), .unknown(let failure)):
            shards[name]?.lastFailure = failure
            return tryAgain(name, after: Migration.rollForwardPause, at: now)
        case (_, .notSwapped), (_, .unknown), (_, .swapped):
            return nil
        }
    }

    /// After the commit a swap is the truth in whatever state it is reported and for whichever attempt; before it, it is
    /// what must never be.
    private mutating func swapped(
        _ name: ShardName, _ run: RunID, _ report: CutOverReport, at now: Timestamp
    ) -> [Effect]? {
        guard let shard = shards[name] else { return nil }
        guard case .committed = barrier else { return impossible("\(name) swapped without a commit", at: now) }
        switch shard.state {
        case .cuttingOver(run, _), .ambiguous(run, _), .rollingForward(run, _), .failed(run, _):
            shards[name]?.move(to: .done(report), at: now)
            shards[name]?.blockers = []
            shards[name]?.checkpoint = nil
            shards[name]?.nextTryAt = nil
            shards[name]?.swapTookPlace(oldTable: report.oldTable)
            attempts[attempts.count - 1].endedAt = now
            return keepUntil(report, now)
        case .queued, .preparing, .copying, .applying, .ready, .holding, .held, .releasing, .cuttingOver, .ambiguous,
            .rollingForward, .done, .failed, .cancelling, .cancelled:
            return nil
        }
    }

    /// When the last shard of an aborted attempt is unlocked, the back-off begins.
    private mutating func settleAbort(_ attempt: Int, at now: Timestamp) -> [Effect] {
        guard case .aborting(attempt) = barrier else { return [] }
        let stillLocked = shards.values.contains {
            switch $0.state {
            case .releasing, .held, .holding: true
            case .queued, .preparing, .copying, .applying, .ready, .cuttingOver, .ambiguous, .rollingForward, .done,
                .failed, .cancelling, .cancelled:
                false
            }
        }
        guard !stillLocked else { return [] }
        if isCancelling {
            gatherAgain(at: now)
            return stopAll(at: now)
        }
        return backOff(at: now)
    }

    private mutating func backOff(at now: Timestamp) -> [Effect] {
        gatherAgain(at: now)
        // An attempt that was taken back by an order did not fail.
        if attempts.last?.refusals.isEmpty == false { attemptsMade += 1 }
        guard case .granted = completion, heldBecause == nil else { return [] }
        let until = now + spec.policy.cutOver.wait(beforeAttempt: attemptsMade + 1)
        barrier = .backingOff(attemptsMade: attemptsMade, until: until)
        return [.wake(at: until)]
    }

    // MARK: - Orders

    private mutating func commanded(_ command: Command, by actor: OperatorIdentity, at now: Timestamp) -> [Effect] {
        switch command {
        case .launch:
            launch = .launched
            return startQueued(at: now)
        case .postpone:
            if isCommitted { return [.ignore("postpone after the commit")] }
            completion = .postponed(by: actor)
            attemptsMade = 0
            switch barrier {
            case .holding(let attempt, _):
                return [.decide(attempt: attempt, .abort)]
            case .looking, .clearing:
                gatherAgain(at: now)
                return []
            case .backingOff:
                barrier = .gathering
                return []
            case .gathering, .aborting, .committed:
                return []
            }
        case .complete:
            if isCommitted { return [.ignore("complete after the commit")] }
            completion = .granted(by: actor)
            switch barrier {
            case .backingOff where mayBegin, .gathering where mayBegin:
                return beginAttempt(at: now)
            case .gathering, .clearing, .looking, .holding, .aborting, .backingOff, .committed:
                return []
            }
        case .cancel:
            if isCommitted || endedAt != nil { return [.ignore("cancel after the commit")] }
            isCancelling = true
            switch barrier {
            case .holding(let attempt, _): return [.decide(attempt: attempt, .abort)]
            case .aborting, .committed: return []
            case .gathering, .clearing, .looking, .backingOff:
                switch barrier {
                case .clearing, .looking: gatherAgain(at: now)
                case .gathering, .backingOff, .holding, .aborting, .committed: barrier = .gathering
                }
                let effects = stopAll(at: now)
                finishIfEnded(at: now)
                return effects
            }
        case .retry(let names):
            var effects: [Effect] = []
            for name in names.isEmpty ? spec.shards : names {
                guard case .failed(let run, let failure) = shards[name]?.state, let shard = shards[name] else { continue }
                if isCommitted {
                    // What failed on its data would fail again from the same checkpoint: then it begins anew.
                    if [.binlogRefused, .checksumMismatch, .applyFailed, .copyFailed].contains(failure.kind) {
                        shards[name]?.checkpoint = nil
                    }
                    shards[name]?.move(to: .rollingForward(run, attempt: shard.lastAttempt), at: now)
                    shards[name]?.nextTryAt = nil
                    effects += begin(name, run)
                    continue
                }
                shards[name]?.checkpoint = nil
                shards[name]?.verifiedRows = nil
                shards[name]?.move(to: .preparing(run.next), at: now)
                effects += begin(name, run.next)
            }
            return effects
        case .forceCutOver(let ending):
            switch barrier {
            case .gathering, .backingOff: break
            case .clearing, .looking, .holding, .aborting, .committed:
                return [.ignore("force-cutover during an attempt")]
            }
            completion = .granted(by: actor)
            guard mayBegin else { return [] }
            let number = (attempts.last?.number ?? 0) + 1
            let named = ending.filter { shards[$0.key] != nil && !$0.value.isEmpty }
            attempts.append(Attempt(number: number, startedAt: now, endedAt: nil, refusals: [:], blockers: named))
            guard !named.isEmpty else { return look(number, at: now) }
            barrier = .clearing(attempt: number, awaiting: Set(named.keys))
            barrierDeadline = now + Migration.lookLimit
            return forEachShard { name, run in
                named[name].map { [.shard(name, .endBlockers(run, $0))] } ?? []
            } + [.wake(at: now + Migration.lookLimit)]
        case .throttle(let names, let reason):
            let pause = ManualThrottle(by: actor, reason: reason, since: now)
            return setThrottle(names, pause)
        case .unthrottle(let names):
            return setThrottle(names, nil)
        case .cleanup:
            return spec.shards.flatMap { name -> [Effect] in
                guard let shard = shards[name], !shard.artifacts.isEmpty else { return [] }
                return [.shard(name, .dropArtifacts(shard.artifacts.sorted()))]
            }
        }
    }

    private mutating func setThrottle(_ names: [ShardName], _ pause: ManualThrottle?) -> [Effect] {
        let chosen = Set(names.isEmpty ? spec.shards : names)
        for name in chosen { shards[name]?.manualThrottle = pause }
        return forEachShard { name, run in chosen.contains(name) ? [.shard(name, .throttle(run, pause))] : [] }
    }

    private mutating func startQueued(at now: Timestamp) -> [Effect] {
        spec.shards.flatMap { name -> [Effect] in
            guard case .queued = shards[name]?.state else { return [] }
            shards[name]?.move(to: .preparing(RunID(1)), at: now)
            return begin(name, RunID(1))
        }
    }

    /// The run, from where it can go on, and the pause a person put on it.
    private func begin(_ name: ShardName, _ run: RunID) -> [Effect] {
        guard let shard = shards[name] else { return [] }
        let effect = ShardEffect.run(run, resume: shard.checkpoint, artifacts: shard.artifacts.sorted())
        return [.shard(name, effect)] + (shard.manualThrottle.map { [.shard(name, .throttle(run, $0))] } ?? [])
    }

    private mutating func stopAll(at now: Timestamp) -> [Effect] {
        spec.shards.flatMap { name -> [Effect] in
            guard let shard = shards[name] else { return [] }
            switch shard.state {
            case .queued:
                shards[name]?.move(to: .cancelled, at: now)
                return []
            case .preparing(let run), .copying(let run), .applying(let run), .ready(let run, _), .failed(let run, _),
                .holding(let run, _), .held(let run, _, _), .releasing(let run, _), .cancelling(let run):
                // A hold's locks are either released by now or died with the engine's connections.
                if case .cancelling = shard.state {} else { shards[name]?.move(to: .cancelling(run), at: now) }
                return [.shard(name, .stop(run))]
            case .cuttingOver, .ambiguous, .rollingForward, .done, .cancelled:
                return []
            }
        }
    }

    // MARK: - Time and restart

    private mutating func clock(at now: Timestamp) -> [Effect] {
        let again = spec.shards.flatMap { retryDue($0, at: now) }
        switch barrier {
        case .backingOff(_, let until) where now >= until:
            barrier = .gathering
            return again + (mayBegin ? beginAttempt(at: now) : [])
        case .looking(_, let awaiting) where deadlineHasPassed(at: now),
            .clearing(_, let awaiting) where deadlineHasPassed(at: now):
            for name in spec.shards where awaiting.contains(name) {
                noteRefusal(name, Failure(.deadlinePassed, "\(name) did not say in time who is on the table."))
            }
            return again + backOff(at: now)
        case .holding(let attempt, let deadline) where now >= deadline:
            for name in spec.shards {
                if case .holding = shards[name]?.state {
                    noteRefusal(name, Failure(.deadlinePassed, "\(name) did not answer before the hold's deadline."))
                }
            }
            return again + [.decide(attempt: attempt, .abort)]
        case .gathering, .clearing, .looking, .holding, .aborting, .backingOff, .committed:
            return again
        }
    }

    private func deadlineHasPassed(at now: Timestamp) -> Bool { barrierDeadline.map { now >= $0 } ?? false }

    /// What one shard waited to try again.
    private mutating func retryDue(_ name: ShardName, at now: Timestamp) -> [Effect] {
        guard let shard = shards[name] else { return [] }
        if case .done(let report) = shard.state { return expireOldTable(name, report, at: now) }
        guard let due = shard.nextTryAt, now >= due else { return [] }
        shards[name]?.nextTryAt = nil
        switch shard.state {
        // Its run may be gone: begun again it goes on from the checkpoint; alive and ready, it says so, and holds.
        case .rollingForward(let run, _): return begin(name, run)
        case .ambiguous(let run, let attempt): return [.shard(name, .ask(run, attempt: attempt))]
        case .cancelling where shard.runHasEnded: return dropAll(name, shard, at: now)
        case .queued, .preparing, .copying, .applying, .ready, .holding, .held, .releasing, .cuttingOver, .done,
            .failed,
            .cancelling, .cancelled:
            return []
        }
    }

    private func keepUntil(_ report: CutOverReport, _ now: Timestamp) -> [Effect] {
        report.oldTable == nil ? [] : [.wake(at: report.swappedAt + spec.policy.keepOldTable)]
    }

    private func expireOldTable(_ name: ShardName, _ report: CutOverReport, at now: Timestamp) -> [Effect] {
        guard let shard = shards[name], !shard.artifacts.isEmpty, now - report.swappedAt >= spec.policy.keepOldTable
        else {
            return []
        }
        return [.shard(name, .dropArtifacts(shard.artifacts.sorted())), .wake(at: now + Migration.expiryPause)]
    }

    /// The wait before an old table that could not be dropped is tried again.
    package static let expiryPause = Duration.seconds(600)

    private mutating func engineStarted(at now: Timestamp) -> [Effect] {
        switch barrier {
        case .looking, .clearing, .holding, .aborting:
            // No commit was journalled, so no swap was sent; the locks died with the connections.
            gatherAgain(at: now)
        case .gathering, .backingOff, .committed: break
        }
        for name in spec.shards { shards[name]?.nextTryAt = nil }
        if isCancelling { return stopAll(at: now) + dropLeftovers() }
        var effects: [Effect] = []
        for name in spec.shards {
            guard let shard = shards[name] else { continue }
            switch shard.state {
            case .queued:
                guard launch == .launched else { continue }
                shards[name]?.move(to: .preparing(RunID(1)), at: now)
                effects += begin(name, RunID(1))
            case .preparing(let run), .copying(let run), .applying(let run), .rollingForward(let run, _):
                effects += begin(name, run)
            case .ready(let run, _), .holding(let run, _), .held(let run, _, _), .releasing(let run, _):
                shards[name]?.move(to: .applying(run), at: now)
                effects += begin(name, run)
            case .cuttingOver(let run, let attempt), .ambiguous(let run, let attempt):
                shards[name]?.move(to: .ambiguous(run, attempt: attempt), at: now)
                effects.append(.shard(name, .ask(run, attempt: attempt)))
            case .failed, .cancelling, .cancelled: break
            case .done(let report): if !shard.artifacts.isEmpty { effects += keepUntil(report, now) }
            }
        }
        effects += dropLeftovers()
        if case .backingOff(_, let until) = barrier { effects.append(.wake(at: until)) }
        return effects
    }

    /// What shards that have ended still keep without a purpose.
    private func dropLeftovers() -> [Effect] {
        spec.shards.flatMap { name -> [Effect] in
            guard let shard = shards[name] else { return [] }
            let leftovers = shard.artifacts.filter { shard.mayDropAtOnce($0) }
            return leftovers.isEmpty ? [] : [.shard(name, .dropArtifacts(leftovers.sorted()))]
        }
    }

    // MARK: - Small things

    /// Every shard stands at the barrier.
    package var allReady: Bool {
        shards.values.allSatisfy { if case .ready = $0.state { true } else { false } }
    }

    /// The commit is journalled: every shard goes to the new schema.
    package var isCommitted: Bool { if case .committed = barrier { true } else { false } }

    /// Something is still to be done for it, if only an old table to be dropped in time: a starting engine takes it up.
    package var hasWorkLeft: Bool { endedAt == nil || shards.values.contains { !$0.artifacts.isEmpty } }

    /// The commit is journalled and not every shard has swapped: two schemas are live.
    package var isSplit: Bool {
        guard case .committed = barrier else { return false }
        let done = shards.values.count { if case .done = $0.state { true } else { false } }
        return done < shards.count && done > 0
    }

    private func forEachShard(_ effects: (ShardName, RunID) -> [Effect]) -> [Effect] {
        spec.shards.flatMap { name in shards[name]?.run.map { effects(name, $0) } ?? [] }
    }

    private mutating func noteRefusal(_ name: ShardName, _ failure: Failure) {
        shards[name]?.lastFailure = failure
        guard !attempts.isEmpty else { return }
        attempts[attempts.count - 1].refusals[name] = failure
    }

    private func blockedFailure(_ name: ShardName) -> Failure {
        let oldest = shards[name]?.blockers.min { $0.since < $1.since }
        let who = oldest.map { "connection \($0.connection) (\($0.user)@\($0.host))" } ?? "a transaction"
        return Failure(
            .blocked, "\(name) was not locked: \(who) has a transaction open on \(spec.table).",
            cause: oldest?.lastStatement.map { "last statement: \($0)" },
            now: "nothing was locked on any shard; the application is not affected",
            next: "the next attempt follows by itself; `lockstep force-cutover \(spec.id.short)` ends the transaction")
    }

    private mutating func impossible(_ what: String, at now: Timestamp) -> [Effect] {
        guard heldBecause == nil else { return [.ignore(what)] }
        heldBecause = Failure(
            .impossibleEvent, "Migration \(spec.id.short) is held: \(what).",
            cause: "barrier: \(barrier.word)", now: "its shards stay as they are",
            next: "look at the servers, then cancel")
        switch barrier {
        case .looking, .clearing: gatherAgain(at: now)
        case .backingOff: barrier = .gathering
        case .holding: return abort()
        case .gathering, .aborting, .committed: break
        }
        return []
    }

    private mutating func finishIfEnded(at now: Timestamp) {
        guard endedAt == nil else { return }
        let ended = shards.values.allSatisfy {
            switch $0.state {
            case .done, .cancelled: true
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
        case .done: artifact.kind != .oldTable
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
