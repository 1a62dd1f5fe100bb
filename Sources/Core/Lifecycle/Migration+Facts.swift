/// What the shards report, one fact at a time.
extension Migration {
    mutating func shard(_ name: ShardName, _ fact: ShardFact, at now: Timestamp) -> [Effect] {
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
                return holdAlone(name, run, at: now)
            case .queued, .preparing, .copying, .applying, .ready, .holding, .held, .releasing, .cuttingOver,
                .ambiguous,
                .rollingForward, .done, .reverted, .failed, .cancelling, .cancelled:
                return late
            }

        case .fellBehind(let run, _):
            guard case .ready(run, _) = shard.state else { return late }
            shard.move(to: .applying(run), at: now)
            shards[name] = shard
            switch barrier {
            case .looking, .clearing: gatherAgain(at: now)
            case .gathering, .holding, .aborting, .backingOff, .committed, .soaking: break
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
            guard shard.run == run, let index = attempts.firstIndex(where: { $0.number == attempt }) else {
                return late
            }
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
    mutating func runEnded(_ name: ShardName, at now: Timestamp) -> [Effect] {
        shards[name]?.runHasEnded = true
        shards[name]?.endCancellingIfBare(at: now)
        guard let shard = shards[name], case .cancelling = shard.state else { return [] }
        return dropAll(name, shard, at: now)
    }

    /// Tried again until each is seen gone: a drop that does not succeed reports nothing.
    mutating func dropAll(_ name: ShardName, _ shard: ShardLifecycle, at now: Timestamp) -> [Effect] {
        [.shard(name, .dropArtifacts(shard.artifacts.sorted()))] + tryAgain(name, after: Migration.dropPause, at: now)
    }

    mutating func shardFailed(_ name: ShardName, _ run: RunID, _ failure: Failure, at now: Timestamp)
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
            case .gathering, .holding, .aborting, .committed, .soaking: break
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
            shards[name] = shard
            return askServer(name, run, attempt, at: now)
        case .cancelling(run):
            shards[name] = shard
            // Its first failure ends the run; a later one says that a drop did not succeed, and is tried again.
            return shard.runHasEnded ? tryAgain(name, after: Migration.dropPause, at: now) : runEnded(name, at: now)
        case .queued, .preparing, .copying, .applying, .ready, .holding, .held, .releasing, .cuttingOver, .ambiguous,
            .rollingForward, .done, .reverted, .failed, .cancelling, .cancelled:
            return nil
        }
    }
}
