internal import Core

/// The fleet and one migration as `status` prints them.
enum StatusText {
    static func fleet(_ fleet: FleetSnapshot) -> [String] {
        let place = "\(fleet.environment.name)\(fleet.environment.isProduction ? " (production)" : "")"
        guard !fleet.migrations.isEmpty else { return ["\(place) at \(fleet.at.clockText): no migrations"] }
        let rows = fleet.migrations.map { migration in
            [
                migration.spec.id.short, migration.state.rawValue, migration.spec.qualifiedTable, migration.spec.name,
                "\(migration.readyCount)/\(migration.shards.count)", age(migration, at: fleet.at),
            ]
        }
        return ["\(place) at \(fleet.at.clockText)"]
            + Columns.lines([["ID", "STATE", "TABLE", "NAME", "READY", "AGE"]] + rows)
    }

    static func migration(_ migration: MigrationSnapshot, at now: Timestamp) -> [String] {
        let spec = migration.spec
        var lines = [
            "\(spec.id.hex)  \(spec.name)", "\(spec.keyspace): \(spec.statement)",
            "state \(migration.state.rawValue), \(migration.readyCount) of \(migration.shards.count) shards ready, submitted "
                + "\(migration.submittedAt.text)\(origin(migration))"
                + (migration.endedAt.map { ", ended \($0.text)" } ?? ""),
        ]
        if let attempt = migration.attempts.last {
            lines.append(
                "cut-over attempt \(attempt.number) at \(attempt.startedAt.clockText)"
                    + (attempt.refusals.isEmpty
                        ? "" : ", refused on \(attempt.refusals.keys.sorted().map(\.shard).joined(separator: " "))")
            )
        }
        if let skew = migration.skew {
            let stall = migration.shards.compactMap(\.cutOver?.writesHeld).max() ?? .zero
            lines.append(
                "every shard has cut over: \(skew.inMilliseconds) ms from the first swap to the last, writes held for at most "
                    + "\(stall.inMilliseconds) ms on a shard")
        }
        lines.append("")
        lines += Columns.lines(
            [["SHARD", "PHASE", "FOR", "%", "ROWS", "RATE", "TAIL", "LAG", "WHY IT WAITS"]]
                + migration.shards.map { row($0, migration, now) })
        lines += troubles(migration)
        let kept = migration.shards.flatMap { shard in shard.artifacts.map { "\(shard.name.shard): \($0.name)" } }
        if migration.endedAt != nil, !kept.isEmpty {
            lines +=
                ["", "kept until `lockstep cleanup \(spec.id.short)` or until their time is over:"]
                + kept.map { "  \($0)" }
        }
        return lines
    }

    /// Vitess keeps who submitted nothing but a context.
    private static func origin(_ migration: MigrationSnapshot) -> String {
        let by = migration.submittedBy
        guard migration.fleet == .vitess, by.host == "vtgate" else { return " by \(by)" }
        return by.user.isEmpty ? "" : ", context \(by.user)"
    }

    /// What failed, in full; empty when nothing has.
    static func troubles(_ migration: MigrationSnapshot) -> [String] {
        var lines: [String] = []
        if let held = migration.heldBecause { lines += ["", "held: \(held.lines[0])"] + held.lines.dropFirst() }
        for shard in migration.shards {
            guard let failure = shard.failure else { continue }
            lines += ["", "\(shard.name.shard): \(failure.lines[0])"] + failure.lines.dropFirst()
        }
        return lines
    }

    /// Rows copied of those expected, one decimal; `nil` outside the copy.
    static func percent(_ shard: ShardSnapshot) -> String? {
        switch shard.phase {
        case .copying:
            guard let gauges = shard.gauges else { return nil }
            return Figures.percent(gauges.rowsCopied, of: gauges.rowsTotal, finished: false)
        case .applying, .ready, .held, .cuttingOver, .backingOff, .stabilising, .done: return "100.0"
        case .queued, .preparing, .failed, .reverting, .reverted, .cancelled, .ambiguous: return nil
        }
    }

    private static func row(_ shard: ShardSnapshot, _ migration: MigrationSnapshot, _ now: Timestamp) -> [String] {
        let gauges = shard.gauges
        let lags = gauges?.replicas ?? []
        let lag: String =
            if lags.isEmpty { "-" } else if lags.contains(where: { $0.lag == nil }) { "?" } else {
                lags.compactMap(\.lag).max().map(Figures.duration) ?? "?"
            }
        return [
            shard.name.shard, shard.phase.word, Figures.duration(shard.since.age(at: now)), percent(shard) ?? "-",
            gauges.map { Figures.count($0.rowsCopied) } ?? "-",
            shard.phase == .copying ? gauges.map { Figures.count($0.copyRate) + "/s" } ?? "-" : "-",
            gauges?.tail.map(Figures.duration) ?? "-", lag, WhyItWaits.reason(shard, in: migration, at: now) ?? "",
        ]
    }

    private static func age(_ migration: MigrationSnapshot, at now: Timestamp) -> String {
        Figures.duration(((migration.endedAt ?? now) - migration.submittedAt))
    }
}
