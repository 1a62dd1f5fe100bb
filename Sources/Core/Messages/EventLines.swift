extension EventLine {
    /// What an event tells an operator, in one line; `nil` for events that only keep the machine's memory.
    /// - Parameter fleet: Vitess holds nothing, and its shards are told together instead.
    package static func describe(_ event: MigrationEvent, on fleet: FleetKind) -> EventLine? {
        switch event {
        case .submitted(let spec, let by, let at):
            EventLine(
                at: at, shard: nil,
                text: "submitted by \(by): \(spec.statement) on \(spec.shards.count) shards")
        case .commanded(let command, let by, let reason, let at):
            EventLine(at: at, shard: nil, text: describe(command) + " by \(by)" + (reason.isEmpty ? "" : ": \(reason)"))
        case .shard(let name, let fact, let at):
            describe(fact, on: fleet).map { EventLine(at: at, shard: name, text: $0) }
        case .decided(let attempt, .commit, let at):
            EventLine(
                at: at, shard: nil,
                text: fleet == .plain
                    ? "attempt \(attempt): every shard holds, commit decided"
                    : "attempt \(attempt): every shard of the wave is ready, commit decided")
        case .decided(let attempt, .abort, let at):
            EventLine(at: at, shard: nil, text: "attempt \(attempt): abort decided, no shard swaps")
        case .fellBack(let way, let at):
            EventLine(at: at, shard: nil, text: "a shard did not follow in time: fallback \(way.rawValue)")
        case .clock: nil
        case .engineStarted(let at):
            EventLine(at: at, shard: nil, text: "the engine started and took the migration up again")
        }
    }

    private static func describe(_ command: Command) -> String {
        switch command {
        case .launch, .postpone, .complete, .cancel, .revert, .cleanup: command.verb.rawValue
        case .setThreshold(let threshold): "threshold \(Figures.duration(threshold))"
        case .retry(let shards), .unthrottle(let shards): command.verb.rawValue + names(shards)
        case .throttle(let shards, _): "throttle" + names(shards)
        case .forceCutOver(let ending):
            "force-cutover ending \(ending.values.reduce(0) { $0 + $1.count }) transactions"
        }
    }

    private static func names(_ shards: [ShardName]) -> String {
        shards.isEmpty ? "" : " of " + shards.map(\.shard).joined(separator: " ")
    }

    private static func describe(_ fact: ShardFact, on fleet: FleetKind) -> String? {
        switch fact {
        case .artifactPlanned(_, let artifact): "creates \(describe(artifact))"
        case .artifactDropped(let artifact): "dropped \(describe(artifact))"
        case .prepared(let run, let preparation) where fleet == .vitess:
            "\(run) started on \(preparation.server), about \(Figures.count(preparation.estimatedRows)) rows"
        case .prepared(let run, let preparation):
            "\(run) prepared: \(preparation.server), key \(preparation.keyName), "
                + "about \(Figures.count(preparation.estimatedRows)) rows"
        case .checkpointed: nil
        case .copied(_, let rows): "copied \(Figures.count(rows)) rows"
        case .verified(_, let rows, let took):
            "compared \(Figures.count(rows)) rows in \(Figures.duration(took)): all equal"
        case .ready: "ready at the barrier"
        case .fellBehind(_, let tail): "fell behind by \(Figures.duration(tail)), catches up"
        case .looked(_, let attempt, let blockers):
            blockers.isEmpty
                ? (fleet == .plain ? "attempt \(attempt): nobody is on the table" : nil)
                : "attempt \(attempt): \(blockers.count) in the way: \(CommandPlanner.describe(blockers[0]))"
        case .lookFailed(_, let attempt, let failure): "attempt \(attempt): could not look: \(failure.what)"
        case .held(_, let attempt, _) where fleet == .vitess: "attempt \(attempt): ready, seen just now"
        case .held(_, let attempt, let report):
            "attempt \(attempt): holds, lock after \(Figures.stall(report.lockWait)), "
                + "drained in \(Figures.stall(report.drain))"
        case .obstructed(_, let attempt, let blockers):
            "attempt \(attempt): in the way: \(blockers.map(CommandPlanner.describe).joined(separator: "; "))"
        case .holdRefused(_, let attempt, let failure, _): "attempt \(attempt) refused: \(failure.what)"
        case .released(_, _, .swapped(let report)) where fleet == .vitess:
            "complete, its cut-over took \(Figures.stall(report.writesHeld)) at most"
        case .released(_, let attempt, .swapped(let report)):
            "attempt \(attempt): swapped, writes held \(Figures.stall(report.writesHeld))"
        case .released(_, let attempt, .notSwapped(let failure)):
            "attempt \(attempt): released, nothing changed" + (failure.map { ": \($0.what)" } ?? "")
        case .released(_, let attempt, .unknown(let failure)): "attempt \(attempt): outcome unknown: \(failure.what)"
        case .blockersEnded(_, let ended, let gone): "ended \(ended.count) transactions, \(gone.count) were gone"
        case .failed(_, let failure): "failed: \(failure.what)"
        case .stopped(let run): "\(run) stopped"
        }
    }

    private static func describe(_ artifact: Artifact) -> String {
        switch artifact.kind {
        case .shadowTable: "shadow table \(artifact.name)"
        case .sentryTable: "sentry table \(artifact.name)"
        case .vitessMigration: "Vitess migration \(artifact.name)"
        case .oldTable: "old table \(artifact.name)"
        }
    }
}
