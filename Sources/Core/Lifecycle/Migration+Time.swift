/// What time brings: wake-ups, deadlines, and the start of an engine.
extension Migration {
    mutating func clock(at now: Timestamp) -> [Effect] {
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
        case .soaking(let until) where now >= until: return again + nextWave(at: now)
        case .committed where fallbackIsDue(at: now): return again + [.fallBack(fallbackWay)]
        case .gathering, .clearing, .looking, .holding, .aborting, .backingOff, .committed, .soaking:
            return again
        }
    }

    func deadlineHasPassed(at now: Timestamp) -> Bool { barrierDeadline.map { now >= $0 } ?? false }

    /// What one shard waited to try again.
    mutating func retryDue(_ name: ShardName, at now: Timestamp) -> [Effect] {
        guard let shard = shards[name] else { return [] }
        switch shard.state {
        case .done(let report), .reverted(let report): return expireOldTable(name, report, at: now)
        default: break
        }
        guard let due = shard.nextTryAt, now >= due else { return [] }
        shards[name]?.nextTryAt = nil
        switch shard.state {
        // Its run may be gone: begun again it goes on from the checkpoint; alive and ready, it says so, and holds.
        case .rollingForward(let run, _): return begin(name, run)
        case .ambiguous(let run, let attempt): return [.shard(name, .ask(run, attempt: attempt))]
        case .cuttingOver(let run, let attempt):
            shards[name]?.lastFailure = Failure(
                .deadlinePassed,
                "\(name) did not say within \(Figures.duration(Migration.swapLimit)) whether it swapped.",
                now: "the commit stands; its server is being asked",
                next: "the shard follows as soon as its server answers")
            return askServer(name, run, attempt, at: now)
        case .cancelling where shard.runHasEnded: return dropAll(name, shard, at: now)
        case .queued, .preparing, .copying, .applying, .ready, .holding, .held, .releasing, .done, .reverted, .failed,
            .cancelling, .cancelled:
            return []
        }
    }

    func keepUntil(_ report: CutOverReport, _ now: Timestamp) -> [Effect] {
        report.oldTable == nil ? [] : [.wake(at: report.swappedAt + spec.policy.keepOldTable)]
    }

    /// The times of those that had swapped long before may have passed while others were waited for.
    func keepUntilAll(_ now: Timestamp) -> [Effect] {
        let due = shards.values.compactMap { shard -> Timestamp? in
            guard !shard.artifacts.isEmpty else { return nil }
            switch shard.state {
            case .done(let report), .reverted(let report): return max(now, report.swappedAt + spec.policy.keepOldTable)
            default: return nil
            }
        }
        return Set(due).sorted().map { .wake(at: $0) }
    }

    func expireOldTable(_ name: ShardName, _ report: CutOverReport, at now: Timestamp) -> [Effect] {
        // While other shards are to follow it is the way back.
        guard endedAt != nil, let shard = shards[name], !shard.artifacts.isEmpty,
            now - report.swappedAt >= spec.policy.keepOldTable
        else {
            return []
        }
        return [.shard(name, .dropArtifacts(shard.artifacts.sorted())), .wake(at: now + Migration.expiryPause)]
    }

    /// The wait before an old table that could not be dropped is tried again.
    package static let expiryPause = Duration.seconds(600)

    mutating func engineStarted(at now: Timestamp) -> [Effect] {
        switch barrier {
        case .looking, .clearing, .holding, .aborting:
            // No commit was journalled, so no swap was sent; the locks died with the connections.
            gatherAgain(at: now)
        case .gathering, .backingOff, .committed, .soaking: break
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
            // Of a revert: its run is ended again, and what is left of it dropped.
            case .cancelling(let run): effects.append(.shard(name, .stop(run)))
            case .failed, .cancelled: break
            case .done(let report), .reverted(let report):
                if !shard.artifacts.isEmpty { effects += keepUntil(report, now) }
            }
        }
        effects += dropLeftovers()
        switch barrier {
        case .backingOff(_, let until), .soaking(let until): effects.append(.wake(at: until))
        case .committed where !members.isEmpty: if let due = fallbackDueAt { effects.append(.wake(at: due)) }
        case .gathering, .clearing, .looking, .holding, .aborting, .committed: break
        }
        return effects
    }

    /// What shards that have ended still keep without a purpose.
    func dropLeftovers() -> [Effect] {
        spec.shards.flatMap { name -> [Effect] in
            guard let shard = shards[name] else { return [] }
            let leftovers = shard.artifacts.filter { shard.mayDropAtOnce($0) }
            return leftovers.isEmpty ? [] : [.shard(name, .dropArtifacts(leftovers.sorted()))]
        }
    }
}
