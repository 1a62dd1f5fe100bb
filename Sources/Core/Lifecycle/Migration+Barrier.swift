/// The barrier: when to look, to hold, to decide and to try again; `members` are the shards whose turn it is.
extension Migration {
    /// Begins an attempt when every shard is ready and completion was granted.
    mutating func tryToBegin(at now: Timestamp) -> [Effect] {
        guard case .gathering = barrier, mayBegin else { return [] }
        let wait = spec.policy.cutOver.wait(beforeAttempt: attemptsMade + 1)
        if attemptsMade > 0, let last = attempts.last?.endedAt, now - last < wait {
            barrier = .backingOff(attemptsMade: attemptsMade, until: last + wait)
            return [.wake(at: last + wait)]
        }
        return beginAttempt(at: now)
    }

    var mayBegin: Bool {
        guard case .granted = completion else { return false }
        return !isCancelling && heldBecause == nil && endedAt == nil && allReady
    }

    /// An attempt ends before anything was locked; the next one follows when every shard is ready again.
    mutating func gatherAgain(at now: Timestamp) {
        attempts[attempts.count - 1].endedAt = now
        barrier = .gathering
        barrierDeadline = nil
    }

    mutating func beginAttempt(at now: Timestamp) -> [Effect] {
        let number = (attempts.last?.number ?? 0) + 1
        attempts.append(Attempt(number: number, startedAt: now, endedAt: nil, refusals: [:], blockers: [:]))
        return look(number, at: now)
    }

    mutating func look(_ attempt: Int, at now: Timestamp) -> [Effect] {
        barrier = .looking(attempt: attempt, awaiting: Set(members))
        barrierDeadline = now + Migration.lookLimit
        return forEachMember { name, run in [.shard(name, .look(run, attempt: attempt))] }
            + [.wake(at: now + Migration.lookLimit)]
    }

    mutating func allLooked(_ attempt: Int, at now: Timestamp) -> [Effect] {
        let blocked = members.filter { shards[$0]?.blockers.isEmpty == false }
        guard blocked.isEmpty else {
            for name in blocked { noteRefusal(name, blockedFailure(name)) }
            return backOff(at: now)
        }
        // The executors keep these limits themselves; the engine's own clock is the second guard.
        let deadline = now + spec.holdLimit
        barrier = .holding(attempt: attempt, deadline: deadline)
        var effects: [Effect] = []
        for name in members {
            guard case .ready(let run, _) = shards[name]?.state else { continue }
            shards[name]?.move(to: .holding(run, attempt: attempt), at: now)
            shards[name]?.lastAttempt = attempt
            effects.append(.shard(name, .hold(run, attempt: attempt)))
        }
        return effects + [.wake(at: deadline)]
    }

    mutating func shardHeld(_ name: ShardName, _ run: RunID, _ attempt: Int, at now: Timestamp) -> [Effect]? {
        guard let shard = shards[name] else { return nil }
        switch (shard.state, barrier) {
        case (.holding(run, attempt), .holding(attempt, let deadline)):
            shards[name]?.move(to: .held(run, attempt: attempt, since: now), at: now)
            let allHeld = members.allSatisfy {
                if case .held(_, attempt, _) = shards[$0]?.state { true } else { false }
            }
            guard allHeld else { return [] }
            // Locks held past the deadline may be given back by now: committing would split the fleet.
            if now >= deadline {
                noteRefusal(name, Failure(.deadlinePassed, "\(name) held its locks after the hold's deadline only."))
                return abort()
            }
            return [.decide(attempt: attempt, .commit)]
        case (.rollingForward(run, attempt), .committed):
            shards[name]?.move(to: .cuttingOver(run, attempt: attempt), at: now)
            return [.shard(name, .release(run, attempt: attempt, .commit))] + watchSwap(name, at: now)
        default:
            return nil
        }
    }

    mutating func holdRefused(
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
            .rollingForward, .done, .reverted, .failed, .cancelling, .cancelled:
            return nil
        }
    }

    /// Two schemas are live while a shard rolls forward: it tries every second, not every ten minutes.
    package static let rollForwardPause = Duration.seconds(1)
    /// The wait before artifacts that could not be dropped are tried again.
    package static let dropPause = Duration.seconds(10)
    /// The longest that the shards may take to say who is on their tables, or to end the transactions named.
    package static let lookLimit = Duration.seconds(30)

    /// The longest that a swap may go without an answer before its server is asked in other sessions. Longer than the executor's
    /// own limit for one, so that it comes into play only when the executor says nothing at all.
    package static let swapLimit = Duration.seconds(90)

    /// A shard that was told to swap and never answers is asked. Vitess is polled, and has answers of its own for this.
    mutating func watchSwap(_ name: ShardName, at now: Timestamp) -> [Effect] {
        spec.fleet == .plain ? tryAgain(name, after: Migration.swapLimit, at: now) : []
    }

    /// Only the server knows whether it swapped.
    mutating func askServer(_ name: ShardName, _ run: RunID, _ attempt: Int, at now: Timestamp) -> [Effect] {
        shards[name]?.move(to: .ambiguous(run, attempt: attempt), at: now)
        shards[name]?.nextTryAt = nil
        return [.shard(name, .ask(run, attempt: attempt))]
    }

    mutating func tryAgain(_ name: ShardName, after pause: Duration, at now: Timestamp) -> [Effect] {
        shards[name]?.nextTryAt = now + pause
        return [.wake(at: now + pause)]
    }

    /// The fleet committed and this shard did not swap: it locks under an attempt number of its own, so that answers to
    /// the one before are late.
    mutating func holdAlone(_ name: ShardName, _ run: RunID, at now: Timestamp) -> [Effect] {
        guard let shard = shards[name] else { return [] }
        let attempt = shard.lastAttempt + 1
        shards[name]?.lastAttempt = attempt
        shards[name]?.state = .rollingForward(run, attempt: attempt)
        // Should no answer come, it is asked anew when its locks are long given back.
        return [.shard(name, .hold(run, attempt: attempt))] + tryAgain(name, after: spec.holdLimit * 2, at: now)
    }

    mutating func abort() -> [Effect] {
        guard case .holding(let attempt, _) = barrier else { return [] }
        return [.decide(attempt: attempt, .abort)]
    }

    mutating func decided(_ attempt: Int, _ decision: Decision, at now: Timestamp) -> [Effect] {
        guard case .holding(attempt, _) = barrier else {
            return [.ignore("decided \(decision) for attempt \(attempt)")]
        }
        var effects: [Effect] = []
        switch decision {
        case .commit:
            barrier = .committed(attempt: attempt, at: now)
            isBraked = false
            brakeWasLifted = false
            for name in members {
                guard case .held(let run, attempt, _) = shards[name]?.state else { continue }
                shards[name]?.move(to: .cuttingOver(run, attempt: attempt), at: now)
                effects.append(.shard(name, .release(run, attempt: attempt, .commit)))
                effects += watchSwap(name, at: now)
            }
            if let due = fallbackDueAt { effects.append(.wake(at: due)) }
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

    mutating func released(
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
            if let failure { shards[name]?.lastFailure = failure }
            if direction == .reverse, shard.direction == .forward {
                return abandon(name, run, at: now) + tryToBegin(at: now)
            }
            // Two operators who undo each other's orders every second help nobody; and a statement that Vitess does not track is
            // sent again by a person only.
            if isBraked || failure?.kind == .completionPostponed || spec.isUntracked { return brake(name, run, failure, at: now) }
            shards[name]?.move(to: .rollingForward(run, attempt: attempt), at: now)
            return begin(name, run) + tryAgain(name, after: Migration.rollForwardPause, at: now)
        case (.cuttingOver(run, attempt), .unknown(let failure)):
            shards[name]?.lastFailure = failure
            return askServer(name, run, attempt, at: now)
        case (.ambiguous(run, attempt), .unknown(let failure)):
            shards[name]?.lastFailure = failure
            return tryAgain(name, after: Migration.rollForwardPause, at: now)
        case (_, .notSwapped), (_, .unknown), (_, .swapped):
            return nil
        }
    }

    /// After the commit a swap is the truth in whatever state it is reported and for whichever attempt; before it, it is
    /// what must never be.
    mutating func swapped(
        _ name: ShardName, _ run: RunID, _ report: CutOverReport, at now: Timestamp
    ) -> [Effect]? {
        guard let shard = shards[name], shard.run == run else { return nil }
        let wasLate = direction == .reverse && shard.direction == .forward
        // Vitess lets anybody complete a shard; it is true, and the others wait for an order as before.
        guard isCommitted || wasLate || spec.fleet == .vitess else {
            return impossible("\(name) swapped without a commit", at: now)
        }
        switch shard.state {
        case .preparing(run), .copying(run), .applying(run), .ready(run, _), .holding(run, _), .held(run, _, _),
            .releasing(run, _), .cancelling(run), .cuttingOver(run, _), .ambiguous(run, _), .rollingForward(run, _),
            .failed(run, _):
            shards[name]?.move(to: shard.direction == .forward ? .done(report) : .reverted(report), at: now)
            shards[name]?.swappedAt = shard.direction == .forward ? report.swappedAt : nil
            shards[name]?.blockers = []
            shards[name]?.checkpoint = nil
            shards[name]?.nextTryAt = nil
            shards[name]?.swapTookPlace(oldTable: report.oldTable)
            if isCommitted, let last = attempts.indices.last { attempts[last].endedAt = now }
            // It followed after the revert had begun: it goes back with the others.
            if wasLate { return goBack(name, at: now) }
            return foreignSwap(shard, at: now) + waveEnds(at: now)
        case .queued, .preparing, .copying, .applying, .ready, .holding, .held, .releasing, .cuttingOver, .ambiguous,
            .rollingForward, .done, .reverted, .failed, .cancelling, .cancelled:
            return nil
        }
    }

    /// When the last shard of an aborted attempt is unlocked, the back-off begins.
    mutating func settleAbort(_ attempt: Int, at now: Timestamp) -> [Effect] {
        guard case .aborting(attempt) = barrier else { return [] }
        let stillLocked = shards.values.contains {
            switch $0.state {
            case .releasing, .held, .holding: true
            case .queued, .preparing, .copying, .applying, .ready, .cuttingOver, .ambiguous, .rollingForward, .done,
                .reverted,
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

    mutating func backOff(at now: Timestamp) -> [Effect] {
        gatherAgain(at: now)
        // An attempt that was taken back by an order did not fail.
        if attempts.last?.refusals.isEmpty == false { attemptsMade += 1 }
        guard case .granted = completion, heldBecause == nil else { return [] }
        let until = now + spec.policy.cutOver.wait(beforeAttempt: attemptsMade + 1)
        barrier = .backingOff(attemptsMade: attemptsMade, until: until)
        return [.wake(at: until)]
    }
}
