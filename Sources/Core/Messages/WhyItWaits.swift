/// For each shard one sentence: why it is not further, with the evidence. The console's and `status`'s common answer.
package enum WhyItWaits {
    /// `nil` when the shard waits for nothing.
    package static func reason(_ shard: ShardSnapshot, in migration: MigrationSnapshot, at now: Timestamp) -> String? {
        if let held = migration.heldBecause { return held.what }
        if let failure = shard.failure { return failure.what }
        if let why = shard.gauges?.why { return why }
        switch shard.phase {
        case .queued:
            return migration.state == .postponedLaunch ? "launch is postponed: waits for `launch`" : "queued"
        case .preparing: return activity(shard) ?? "preflight and shadow table"
        case .copying:
            if let throttle = shard.gauges?.throttle {
                return "throttled: \(throttle.text), for \(Figures.duration(throttle.since.age(at: now)))"
            }
            return activity(shard)
        case .applying: return activity(shard) ?? "catching up with the binlog"
        case .ready: return atBarrier(shard, migration)
        case .held: return "holds its locks and waits for the other shards"
        case .backingOff: return backingOff(shard, migration, now)
        case .cuttingOver: return activity(shard) ?? "swapping"
        case .ambiguous: return "the connection died after the swap was sent: asking the server what it sees"
        case .done, .stabilising, .failed, .reverting, .reverted, .cancelled: return nil
        }
    }

    private static func activity(_ shard: ShardSnapshot) -> String? {
        guard let activity = shard.gauges?.activity, !activity.isEmpty else { return nil }
        return activity
    }

    private static func atBarrier(_ shard: ShardSnapshot, _ migration: MigrationSnapshot) -> String {
        let missing = migration.shards.filter { ![.ready, .backingOff, .held].contains($0.phase) }
        guard missing.isEmpty else {
            let names = missing.prefix(3).map(\.name.shard).joined(separator: " ")
            return "at the barrier: waits for \(missing.count) shard\(missing.count == 1 ? "" : "s") (\(names)"
                + (missing.count > 3 ? " ...)" : ")")
        }
        if case .postponed = migration.completion { return "completion is postponed: every shard is ready, waits for `complete`" }
        return "at the barrier: the cut-over begins"
    }

    private static func backingOff(_ shard: ShardSnapshot, _ migration: MigrationSnapshot, _ now: Timestamp) -> String {
        let next = shard.nextAttemptAt.map { "next attempt in \(Figures.duration($0 - now))" } ?? "next attempt soon"
        let attempt = migration.attempts.last
        if let blocker = shard.blockers.min(by: { $0.since < $1.since }) {
            return "a transaction holds the table for \(Figures.duration(blocker.since.age(at: now))): "
                + "\(CommandPlanner.describe(blocker)); \(next)"
        }
        if let refusal = attempt?.refusals[shard.name] { return "\(refusal.what) \(next)" }
        let others = attempt?.refusals.keys.sorted().map(\.shard).joined(separator: " ") ?? ""
        return others.isEmpty ? next : "ready; the attempt failed on \(others); \(next)"
    }
}
