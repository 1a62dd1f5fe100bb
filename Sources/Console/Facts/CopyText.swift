internal import Core
internal import Terminal

/// What `y` puts into a file: enough for a ticket, safe to print.
enum CopyText {
    static func shard(
        _ shard: ShardSnapshot, in migration: MigrationSnapshot, of fleet: FleetSnapshot?, at clock: Timestamp
    ) -> String {
        let spec = migration.spec
        var lines = [
            "\(fleet?.environment.name ?? "") \(spec.qualifiedTable) \(spec.id.short) shard \(shard.name.shard) at \(clock.text)",
            "\(spec.statement)",
            "phase \(shard.phase.word) since \(shard.since.text), attempts \(shard.attempts)",
        ]
        if let why = WhyItWaits.reason(shard, in: migration, at: clock) { lines.append("waits: \(why)") }
        for blocker in shard.blockers {
            lines.append("blocker: \(CommandPlanner.describe(blocker))")
            if let statement = blocker.lastStatement { lines.append("last statement: \(statement)") }
        }
        if let failure = shard.failure ?? shard.lastFailure { lines += failure.lines }
        return lines.map { Printable($0).description }.joined(separator: "\n") + "\n"
    }
}
