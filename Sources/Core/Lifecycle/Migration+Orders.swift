/// What operators order; `Admission` has let it through.
extension Migration {
    mutating func commanded(_ command: Command, by actor: OperatorIdentity, at now: Timestamp) -> [Effect] {
        switch command {
        case .launch:
            launch = .launched
            return startQueued(at: now)
        case .postpone:
            if isCommitted {
                guard spec.fleet == .vitess else { return [.ignore("postpone after the commit")] }
                // Should it come too late for these, the next wave still waits.
                completion = .postponed(by: actor)
                return brakeAll(at: now)
            }
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
            case .gathering, .aborting, .committed, .soaking:
                return []
            }
        case .complete:
            if isCommitted { return [.ignore("complete after the commit")] }
            completion = .granted(by: actor)
            switch barrier {
            case .soaking: return nextWave(at: now)
            case .backingOff where mayBegin, .gathering where mayBegin:
                return beginAttempt(at: now)
            case .gathering, .clearing, .looking, .holding, .aborting, .backingOff, .committed:
                return []
            }
        case .cancel:
            if isCommitted && !commitWasTakenBack || endedAt != nil || doneCount > 0 || direction == .reverse {
                return [.ignore("cancel after the commit")]
            }
            // A decision is not reversed: nobody follows it any more, and nobody has.
            if isCommitted { barrier = .gathering }
            isCancelling = true
            switch barrier {
            case .holding(let attempt, _): return [.decide(attempt: attempt, .abort)]
            case .aborting, .committed, .soaking: return []
            case .gathering, .clearing, .looking, .backingOff:
                switch barrier {
                case .clearing, .looking: gatherAgain(at: now)
                case .gathering, .backingOff, .holding, .aborting, .committed, .soaking: barrier = .gathering
                }
                let effects = stopAll(at: now)
                finishIfEnded(at: now)
                return effects
            }
        case .retry(let names):
            var effects: [Effect] = []
            for name in names.isEmpty ? spec.shards : names {
                guard case .failed(let run, let failure) = shards[name]?.state, let shard = shards[name] else { continue }
                if isCommitted, members.contains(name) {
                    // What failed on its data would fail again from the same checkpoint: then it begins anew.
                    if [.binlogRefused, .checksumMismatch, .applyFailed, .copyFailed].contains(failure.kind) {
                        shards[name]?.checkpoint = nil
                    }
                    // The run may have been stopped, and a stopped run is never begun again.
                    shards[name]?.move(to: .rollingForward(run.next, attempt: shard.lastAttempt), at: now)
                    shards[name]?.nextTryAt = nil
                    if isBraked { brakeWasLifted = true }
                    isBraked = false
                    effects += begin(name, run.next)
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
            case .clearing, .looking, .holding, .aborting, .committed, .soaking:
                return [.ignore("force-cutover during an attempt")]
            }
            completion = .granted(by: actor)
            guard mayBegin else { return [] }
            let number = (attempts.last?.number ?? 0) + 1
            // Vitess finds those in the way itself: its shards are told so, whoever is named.
            let named =
                spec.fleet == .vitess
                ? Dictionary(uniqueKeysWithValues: members.map { ($0, ending[$0] ?? []) })
                : ending.filter { members.contains($0.key) && !$0.value.isEmpty }
            attempts.append(
                Attempt(
                    number: number, startedAt: now, endedAt: nil, refusals: [:],
                    blockers: named.filter { !$0.value.isEmpty }))
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
        case .revert:
            completion = .granted(by: actor)
            return beginRevert(at: now)
        case .setThreshold(let threshold):
            self.threshold = threshold
            return forEachShard { name, run in [.shard(name, .threshold(run, threshold))] }
        case .cleanup:
            return spec.shards.flatMap { name -> [Effect] in
                guard let shard = shards[name], !shard.artifacts.isEmpty else { return [] }
                return [.shard(name, .dropArtifacts(shard.artifacts.sorted()))]
            }
        }
    }

    mutating func setThrottle(_ names: [ShardName], _ pause: ManualThrottle?) -> [Effect] {
        let chosen = Set(names.isEmpty ? spec.shards : names)
        for name in chosen { shards[name]?.manualThrottle = pause }
        return forEachShard { name, run in chosen.contains(name) ? [.shard(name, .throttle(run, pause))] : [] }
    }

    mutating func startQueued(at now: Timestamp) -> [Effect] {
        spec.shards.flatMap { name -> [Effect] in
            guard case .queued = shards[name]?.state else { return [] }
            shards[name]?.move(to: .preparing(RunID(1)), at: now)
            return begin(name, RunID(1))
        }
    }

    /// The run, from where it can go on, and the pause a person put on it.
    func begin(_ name: ShardName, _ run: RunID) -> [Effect] {
        guard let shard = shards[name] else { return [] }
        let artifacts = shard.artifacts.sorted()
        let effect: ShardEffect =
            switch shard.direction {
            case .forward: .run(run, resume: shard.checkpoint, artifacts: artifacts)
            case .reverse: .runBack(run, resume: shard.checkpoint, artifacts: artifacts)
            }
        return [.shard(name, effect)] + (shard.manualThrottle.map { [.shard(name, .throttle(run, $0))] } ?? [])
            + (threshold.map { [.shard(name, .threshold(run, $0))] } ?? [])
    }

    mutating func stopAll(at now: Timestamp) -> [Effect] {
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
            case .cuttingOver, .ambiguous, .rollingForward, .done, .reverted, .cancelled:
                return []
            }
        }
    }
}
