/// Whether an order may be carried out now. Pure; the same answer greys a key on the screen and refuses the command.
package enum Admission {
    /// - Throws: `Refusal` with the reason in words; nothing has changed then.
    package static func check(_ command: Command, on migration: Migration) throws(Refusal) {
        if let held = migration.heldBecause, command != .cancel {
            throw Refusal("the migration is held: \(held.what)", advice: held.next)
        }
        switch command {
        case .launch: try launch(migration)
        case .postpone: try postpone(migration)
        case .complete: try complete(migration)
        case .cancel: try cancel(migration)
        case .retry(let names): try retry(names, migration)
        case .forceCutOver: try force(migration)
        case .throttle(let names, _), .unthrottle(let names): try throttle(names, migration)
        case .revert: try revert(migration)
        case .setThreshold(let threshold): try self.threshold(threshold, migration)
        case .cleanup: try cleanup(migration)
        }
    }

    private static func launch(_ migration: Migration) throws(Refusal) {
        try running(migration)
        guard migration.launch == .postponed else { throw Refusal("it was launched already") }
    }

    private static func postpone(_ migration: Migration) throws(Refusal) {
        try running(migration)
        // Vitess finishes by itself what it was told to complete: the brake is for those shards.
        if migration.spec.fleet == .plain { try notCommitted(migration) }
    }

    private static func complete(_ migration: Migration) throws(Refusal) {
        try running(migration)
        try notCommitted(migration)
        if case .soaking = migration.barrier { return }
        if case .granted = migration.completion, case .backingOff = migration.barrier { return }
        if case .granted = migration.completion { throw Refusal("it completes by itself as soon as every shard is ready") }
        guard migration.launch == .launched else {
            throw Refusal("it was not launched yet", advice: "launch it first")
        }
        let failed = migration.spec.shards.filter { migration.shards[$0]?.isFailed == true }
        guard failed.isEmpty else {
            throw Refusal(
                "\(failed.count) of \(migration.shards.count) shards failed", advice: "retry them or cancel the migration")
        }
        try allReady(migration)
    }

    private static func cancel(_ migration: Migration) throws(Refusal) {
        try running(migration)
        if case .committed = migration.barrier, !migration.commitWasTakenBack {
            throw Refusal(
                "the cut-over is committed: every shard goes to the new schema",
                advice: migration.spec.fleet == .vitess ? "postpone stops those that have not got there" : nil)
        }
        if migration.doneCount > 0 {
            throw Refusal(
                "\(migration.doneCount) of \(migration.shards.count) shards have the new schema",
                advice: "revert brings them back, complete takes the others there")
        }
        if migration.direction == .reverse { throw Refusal("it is being reverted") }
        if migration.isCancelling { throw Refusal("it is being cancelled already") }
    }

    private static func retry(_ names: [ShardName], _ migration: Migration) throws(Refusal) {
        try running(migration)
        let failed = Set(
            migration.spec.shards.filter { if case .failed = migration.shards[$0]?.state { true } else { false } })
        guard !failed.isEmpty else { throw Refusal("no shard has failed") }
        for name in names where !failed.contains(name) { throw Refusal("\(name) has not failed") }
    }

    private static func force(_ migration: Migration) throws(Refusal) {
        try running(migration)
        try notCommitted(migration)
        switch migration.barrier {
        case .gathering, .backingOff: break
        case .clearing, .looking, .holding, .aborting, .committed:
            throw Refusal("an attempt is under way", advice: "wait for its outcome")
        case .soaking: throw Refusal("the next wave has not begun", advice: "complete begins it now")
        }
        try allReady(migration)
    }

    private static func throttle(_ names: [ShardName], _ migration: Migration) throws(Refusal) {
        try running(migration)
        for name in names where migration.shards[name] == nil { throw Refusal("\(name) is no shard of it") }
    }

    private static func revert(_ migration: Migration) throws(Refusal) {
        switch migration.spec.strategy {
        case .online:
            throw Refusal(
                "the old table is not kept in step after the cut-over: going back would lose the writes made since",
                advice: "submit the opposite change as a new migration")
        case .vitess(let strategy) where strategy.method != .vitess:
            throw Refusal("Vitess reverts what its own strategy changed, and this was `\(strategy.method.rawValue)`")
        case .vitess: break
        }
        if migration.direction == .reverse { throw Refusal("it is being reverted already") }
        guard migration.doneCount > 0 else { throw Refusal("no shard has the new schema", advice: "cancel it") }
        let bare = migration.shards.values.count { shard in
            guard case .done(let report) = shard.state, let old = report.oldTable else { return false }
            return !shard.artifacts.contains(Artifact(.oldTable, old))
        }
        guard bare == 0 else {
            throw Refusal(
                "\(bare) of \(migration.shards.count) shards no longer have the old table",
                advice: "submit the opposite change as a new migration")
        }
        switch migration.barrier {
        case .gathering, .backingOff, .committed, .soaking: break
        case .clearing, .looking, .holding, .aborting:
            throw Refusal("an attempt is under way", advice: "wait for its outcome")
        }
    }

    private static func threshold(_ threshold: Duration, _ migration: Migration) throws(Refusal) {
        try running(migration)
        guard case .vitess(let strategy) = migration.spec.strategy else {
            throw Refusal("the threshold of a migration that Lockstep runs stands in its manifest (cutOver.threshold)")
        }
        guard strategy.method == .vitess else { throw Refusal("`\(strategy.method.rawValue)` has no cut-over") }
        guard threshold.components.attoseconds == 0, (5...30).contains(threshold.components.seconds) else {
            throw Refusal("Vitess takes thresholds from 5 s to 30 s, in whole seconds")
        }
    }

    private static func cleanup(_ migration: Migration) throws(Refusal) {
        guard migration.endedAt != nil else {
            throw Refusal("it is still running", advice: "cancel it, or wait until it is done")
        }
        guard migration.shards.values.contains(where: { !$0.artifacts.isEmpty }) else {
            throw Refusal("nothing is left to drop")
        }
    }

    private static func allReady(_ migration: Migration) throws(Refusal) {
        let waiting = migration.waiting.count
        guard waiting == 0 else { throw Refusal("\(waiting) of \(migration.shards.count) shards not ready") }
    }

    private static func running(_ migration: Migration) throws(Refusal) {
        if migration.endedAt != nil { throw Refusal("it has ended") }
        if migration.isCancelling { throw Refusal("it is being cancelled") }
    }

    private static func notCommitted(_ migration: Migration) throws(Refusal) {
        if case .committed = migration.barrier { throw Refusal("the cut-over is committed and under way") }
    }
}
