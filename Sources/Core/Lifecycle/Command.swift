/// What an operator may order. Commands may be refused; once admitted and journalled they are facts.
package enum Command: Codable, Equatable, Sendable {
    /// Start a migration whose launch was postponed.
    case launch
    /// Hold at the barrier; also takes back an earlier `complete` as long as no commit is journalled.
    case postpone
    /// Cut over as soon as every shard is ready; during a back-off: try now.
    case complete
    /// Stop and drop everything the migration created. Impossible once a commit is journalled.
    case cancel
    /// Run failed shards again; empty means all of them.
    case retry([ShardName])
    /// End exactly these transactions, then complete.
    case forceCutOver(ending: [ShardName: [Blocker]])
    /// Hold the copy by hand; empty means every shard.
    case throttle([ShardName], reason: String)
    case unthrottle([ShardName])
    /// Bring every shard that has the new schema back to the old one.
    case revert
    /// The longest that a later cut-over may hold the application.
    case setThreshold(Duration)
    /// Drop what a finished migration still keeps, the old tables with their rows included.
    case cleanup

    /// The command's name, as on the command line.
    package var verb: Verb {
        switch self {
        case .launch: .launch
        case .postpone: .postpone
        case .complete: .complete
        case .cancel: .cancel
        case .retry: .retry
        case .forceCutOver: .forceCutOver
        case .throttle: .throttle
        case .unthrottle: .unthrottle
        case .revert: .revert
        case .setThreshold: .threshold
        case .cleanup: .cleanup
        }
    }
}

/// The operator's verbs; the raw value is the subcommand.
package enum Verb: String, Codable, Sendable, CaseIterable {
    case launch, postpone, complete, cancel, retry
    case forceCutOver = "force-cutover"
    case throttle, unthrottle, revert, threshold, cleanup
}

/// What the journal holds: every event of a migration's life, in order.
package enum MigrationEvent: Codable, Equatable, Sendable {
    case submitted(MigrationSpec, by: OperatorIdentity, at: Timestamp)
    case commanded(Command, by: OperatorIdentity, reason: String, at: Timestamp)
    case shard(ShardName, ShardFact, at: Timestamp)
    /// The decision of a cut-over attempt. Journalled before any shard is released.
    case decided(attempt: Int, Decision, at: Timestamp)
    /// The last shard of a wave did not follow in time: what the manifest says is done. Journalled before it is.
    case fellBack(FallbackPolicy.Way, at: Timestamp)
    /// A wake-up that an effect asked for, or one that came by itself; late ones are harmless.
    case clock(at: Timestamp)
    /// The engine (re)started: connections, locks and timers of the life before are gone.
    case engineStarted(at: Timestamp)

    package var at: Timestamp {
        switch self {
        case .submitted(_, _, let at), .commanded(_, _, _, let at), .shard(_, _, let at), .decided(_, _, let at),
            .fellBack(_, let at), .clock(let at), .engineStarted(let at):
            at
        }
    }
}

package enum Decision: String, Codable, Sendable {
    case commit, abort
}

/// What is to be done next, as data: compared in tests, written to logs, handed out again after a crash. Each may be
/// performed twice; run and attempt let an executor recognise a repeat.
package enum Effect: Codable, Equatable, Sendable {
    /// Work on one shard, for its executor.
    case shard(ShardName, ShardEffect)
    /// Journal this decision now, then apply it.
    case decide(attempt: Int, Decision)
    /// Journal that the fallback begins, then apply it.
    case fallBack(FallbackPolicy.Way)
    /// Send a `clock` event at this time.
    case wake(at: Timestamp)
    /// A late event: counted, otherwise nothing.
    case ignore(String)
}

package enum ShardEffect: Codable, Equatable, Sendable {
    /// Prepare, copy, apply, verify, and stay in step until stopped. Goes on from the checkpoint when there is one.
    case run(RunID, resume: Checkpoint?, artifacts: [Artifact])
    /// Prepare the way back to the old schema, and stay in step with the new one until stopped.
    case runBack(RunID, resume: Checkpoint?, artifacts: [Artifact])
    /// Which transactions are on the table?
    case look(RunID, attempt: Int)
    /// Take the table locks, drain the tail, answer `held`; or give everything back and answer `holdRefused`.
    case hold(RunID, attempt: Int)
    /// Swap and unlock, or only unlock. An abort for a hold still under way ends that hold; one after a commit asks a fleet
    /// whose shards finish by themselves to stop this one, where it has not finished.
    case release(RunID, attempt: Int, Decision)
    /// Did the swap happen? Asked until the server answers.
    case ask(RunID, attempt: Int)
    /// End exactly these transactions, where they are still the same.
    case endBlockers(RunID, [Blocker])
    case throttle(RunID, ManualThrottle?)
    /// How long a step of a later cut-over may wait, where its rows keep that.
    case threshold(RunID, Duration)
    /// End the run; its artifacts stay.
    case stop(RunID)
    /// Drop these, checking first that each is ours.
    case dropArtifacts([Artifact])
}
