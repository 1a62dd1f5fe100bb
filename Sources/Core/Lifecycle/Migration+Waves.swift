/// What waves add, and the way back: the next wave, the fallback, the revert.
extension Migration {
    func forEachMember(_ effects: (ShardName, RunID) -> [Effect]) -> [Effect] {
        members.flatMap { name in shards[name]?.run.map { effects(name, $0) } ?? [] }
    }

    // MARK: - Waves

    /// The last shard of a wave has swapped: the fleet is watched for a while before the next one.
    mutating func waveEnds(at now: Timestamp) -> [Effect] {
        guard direction == .forward, !isCancelling, members.isEmpty, nextWaveWithWork != nil else { return [] }
        let until = now + spec.policy.rollout.soak
        barrier = .soaking(until: until)
        attemptsMade = 0
        return [.wake(at: until)]
    }

    /// A wave that another operator completed before its turn has none.
    private var nextWaveWithWork: Int? {
        spec.waves.indices.first { index in index > wave && spec.waves[index].contains { shards[$0]?.isDone == false } }
    }

    mutating func nextWave(at now: Timestamp) -> [Effect] {
        guard case .soaking = barrier, heldBecause == nil else { return [] }
        wave = nextWaveWithWork ?? wave
        barrier = .gathering
        return tryToBegin(at: now)
    }

    /// A shard that somebody else let swap leaves an attempt that was about to hold it.
    mutating func foreignSwap(_ before: ShardLifecycle, at now: Timestamp) -> [Effect] {
        switch (before.state, barrier) {
        case (.holding, .holding), (.held, .holding): return abort()
        case (.releasing, .aborting(let attempt)): return settleAbort(attempt, at: now)
        case (.ready, .looking), (.ready, .clearing):
            gatherAgain(at: now)
            return tryToBegin(at: now)
        // It may be the one that the others waited for.
        case (_, .gathering): return tryToBegin(at: now)
        default: return []
        }
    }

    // MARK: - Fallback

    /// A revert that cannot finish has no other way than to go on.
    var fallbackWay: FallbackPolicy.Way { direction == .forward ? spec.policy.fallback.way : .finish }

    /// The wave has been committed for as long as its last shard may take, and some shard has not followed.
    func fallbackIsDue(at now: Timestamp) -> Bool {
        guard let due = fallbackDueAt, !isBraked, !members.isEmpty else { return false }
        return now >= due
    }

    /// When the last shard must have followed the commit; `nil` when nothing is done without a person. Vitess may wait half an hour
    /// before it tries a retried shard: whoever lifted the brake watches it.
    var fallbackDueAt: Timestamp? {
        guard case .committed(_, let at) = barrier, fallbackWay != .finish, !brakeWasLifted else { return nil }
        return at + spec.policy.fallback.after
    }

    mutating func fellBack(_ way: FallbackPolicy.Way, at now: Timestamp) -> [Effect] {
        guard isCommitted, direction == .forward, !members.isEmpty else { return [.ignore("fallback: \(way.rawValue)")] }
        defer { finishIfEnded(at: now) }
        switch way {
        case .finish: return []
        case .hold: return brakeAll(at: now)
        case .revert:
            completion = .granted(by: nil)
            return beginRevert(at: now)
        }
    }

    // MARK: - The brake

    /// Every shard of the commit was stopped in time, as its server says: none has the new schema, and none goes there by itself.
    /// Only Vitess can be stopped after it was told.
    var commitWasTakenBack: Bool {
        isCommitted && spec.fleet == .vitess && doneCount == 0 && direction == .forward
            && members.allSatisfy { shards[$0]?.isFailed == true }
    }

    /// Nothing that has not followed the commit follows it any more, unless a person says so.
    mutating func brakeAll(at now: Timestamp) -> [Effect] {
        isBraked = true
        return members.flatMap { name -> [Effect] in
            switch shards[name]?.state {
            case .cuttingOver(let run, let attempt), .ambiguous(let run, let attempt):
                // Its answer says whether the brake came in time.
                spec.fleet == .vitess ? [.shard(name, .release(run, attempt: attempt, .abort))] : []
            case .rollingForward(let run, _): brake(name, run, nil, at: now)
            default: []
            }
        }
    }

    mutating func brake(_ name: ShardName, _ run: RunID, _ cause: Failure?, at now: Timestamp) -> [Effect] {
        let failure = Failure(
            .deadlinePassed, "\(name) did not follow the cut-over and is not tried again.",
            cause: cause?.what ?? shards[name]?.lastFailure?.what, now: "the fleet is split: other shards have followed",
            next: "`lockstep retry \(spec.id.short)` finishes it, `lockstep revert \(spec.id.short)` brings the others back")
        shards[name]?.lastFailure = failure
        shards[name]?.nextTryAt = nil
        shards[name]?.move(to: .failed(run, failure), at: now)
        return [.shard(name, .stop(run))]
    }

    // MARK: - The way back

    /// Every shard that has the new schema goes back; every other one is cancelled. A cancelled migration goes back too, where
    /// another operator had completed a shard of it.
    mutating func beginRevert(at now: Timestamp) -> [Effect] {
        guard direction == .forward, doneCount > 0 else { return [.ignore("revert")] }
        switch barrier {
        case .gathering, .backingOff, .committed, .soaking: barrier = .gathering
        case .clearing, .looking, .holding, .aborting: return [.ignore("revert during an attempt")]
        }
        direction = .reverse
        isCancelling = false
        endedAt = nil
        isBraked = false
        attemptsMade = 0
        var effects: [Effect] = []
        for name in spec.shards {
            switch shards[name]?.state {
            case .done: effects += goBack(name, at: now)
            case .queued: shards[name]?.move(to: .cancelled, at: now)
            case .cuttingOver(let run, let attempt), .ambiguous(let run, let attempt):
                if spec.fleet == .vitess { effects.append(.shard(name, .release(run, attempt: attempt, .abort))) }
            case .preparing(let run), .copying(let run), .applying(let run), .ready(let run, _), .holding(let run, _),
                .held(let run, _, _), .releasing(let run, _), .rollingForward(let run, _), .failed(let run, _):
                effects += abandon(name, run, at: now)
            case .reverted, .cancelling, .cancelled, nil: break
            }
        }
        return effects
    }

    /// A shard that never swapped has nothing to go back from.
    mutating func abandon(_ name: ShardName, _ run: RunID, at now: Timestamp) -> [Effect] {
        shards[name]?.nextTryAt = nil
        shards[name]?.runHasEnded = false
        shards[name]?.move(to: .cancelling(run), at: now)
        return [.shard(name, .stop(run))]
    }

    mutating func goBack(_ name: ShardName, at now: Timestamp) -> [Effect] {
        guard let shard = shards[name] else { return [] }
        shards[name]?.direction = .reverse
        shards[name]?.checkpoint = nil
        shards[name]?.verifiedRows = nil
        shards[name]?.blockers = []
        let run = shard.lastRun.next
        // The others were told to go back: it follows them alone.
        let follows = isCommitted
        shards[name]?.move(to: follows ? .rollingForward(run, attempt: shard.lastAttempt) : .preparing(run), at: now)
        return begin(name, run)
    }
}
