internal import Core
internal import Manifests

/// A plan as lines.
enum PlanText {
    static func lines(_ plan: FleetPlan, of manifest: MigrationManifest) -> [String] {
        var lines = [
            "\(manifest.name): \(manifest.sql ?? "ALTER TABLE \(manifest.table) \(manifest.alter)")",
            "on \(plan.shards.count) shard\(plan.shards.count == 1 ? "" : "s") of \(manifest.keyspace)", "",
        ]
        switch manifest.strategy {
        case .online: lines += sizes(plan)
        case .vitess: lines += Columns.lines([["SHARD", "SERVER", "FINGERPRINT", ""]] + plan.shards.map(shortRow))
        }
        lines += notes(plan)
        let policy = manifest.policy
        lines += [
            "",
            "launch \(policy.postponeLaunch ? "postponed: waits for `launch`" : "at once"), completion "
                + (policy.postponeCompletion ? "postponed: waits at the barrier for `complete`" : "automatic"),
        ]
        switch manifest.strategy {
        case .online:
            lines.append(
                "cut-over holds writes for at most "
                    + "\(Figures.duration(policy.cutOver.lockWait + policy.cutOver.threshold)) on each shard")
        case .vitess(let strategy):
            let flags = strategy.flags.isEmpty ? "" : " \(strategy.flags)"
            lines.append("strategy \(strategy.method.rawValue)\(flags): each shard of a wave cuts over by itself, told at the same time")
        }
        lines += [waves(plan, policy), "the old tables are kept for \(Figures.duration(policy.keepOldTable))"]
        return lines
    }

    private static func sizes(_ plan: FleetPlan) -> [String] {
        let rows = plan.shards.compactMap(\.estimatedRows).reduce(0, +)
        let bytes = plan.shards.compactMap(\.tableBytes).reduce(0, +)
        let table = Columns.lines(
            [["SHARD", "SERVER", "KEY", "ROWS", "BYTES", "NEEDED", "FREE", "FINGERPRINT", ""]] + plan.shards.map(row))
        if plan.shards.count == 1 { return table }
        return table + ["together about \(Figures.count(rows)) rows, \(Figures.bytes(bytes))"]
    }

    /// In which order, and what is done with a shard that does not follow.
    private static func waves(_ plan: FleetPlan, _ policy: MigrationPolicy) -> String {
        let waves = policy.rollout.waves(of: plan.shards.map(\.shard))
        let order =
            waves.count < 2
            ? "all shards together"
            : "\(waves.count) waves (\(waves.map { "\($0.count)" }.joined(separator: ", ")) shards), "
                + "\(Figures.duration(policy.rollout.soak)) between them"
        return "\(order); a shard that has not followed after \(Figures.duration(policy.fallback.after)): \(policy.fallback.way.rawValue)"
    }

    private static func shortRow(_ shard: ShardPlan) -> [String] {
        [
            shard.shard.shard, shard.server.isEmpty ? "no answer" : shard.server,
            shard.fingerprint.isEmpty ? "-" : shard.fingerprint, shard.refusals.isEmpty ? "" : "REFUSED",
        ]
    }

    /// Only what stands in the way: for a submission that was refused.
    static func refusals(_ plan: FleetPlan) -> [String] {
        ["Refused: the plan does not hold on every shard."] + notes(plan)
            + ["", "Nothing was submitted and nothing was changed on any shard."]
    }

    private static func row(_ shard: ShardPlan) -> [String] {
        [
            shard.shard.shard, shard.server.isEmpty ? "no answer" : shard.server,
            shard.keyName.map { "\($0)(\(shard.keyColumns.joined(separator: ",")))" } ?? "-",
            shard.estimatedRows.map { "~" + Figures.count($0) } ?? "-", shard.tableBytes.map(Figures.bytes) ?? "-",
            shard.spaceNeeded.map(Figures.bytes) ?? "-", shard.spaceFree.map(Figures.bytes) ?? "?",
            shard.fingerprint.isEmpty ? "-" : shard.fingerprint,
            shard.refusals.isEmpty ? "" : "REFUSED",
        ]
    }

    private static func notes(_ plan: FleetPlan) -> [String] {
        var lines: [String] = []
        for failure in plan.refusals { lines += [""] + failure.lines }
        for shard in plan.shards {
            for failure in shard.refusals {
                lines += ["", "\(shard.shard): \(failure.lines[0])"] + failure.lines.dropFirst()
            }
        }
        var forecasts: [(text: String, shards: [String])] = []
        for shard in plan.shards {
            guard let forecast = shard.forecast else { continue }
            let text = "\(forecast.way.words): \(forecast.reason)"
            if let known = forecasts.firstIndex(where: { $0.text == text }) {
                forecasts[known].shards.append(shard.shard.shard)
            } else {
                forecasts.append((text, [shard.shard.shard]))
            }
        }
        if !forecasts.isEmpty { lines.append("") }
        for forecast in forecasts {
            let all = forecast.shards.count == plan.shards.count
            lines.append("forecast on \(all ? "every shard" : forecast.shards.joined(separator: " ")): \(forecast.text)")
        }
        // A warning that every shard gives is one warning.
        var warnings: [(text: String, shards: [String])] = []
        for shard in plan.shards {
            for text in shard.warnings {
                if let known = warnings.firstIndex(where: { $0.text == text }) {
                    warnings[known].shards.append(shard.shard.shard)
                } else {
                    warnings.append((text, [shard.shard.shard]))
                }
            }
        }
        if !warnings.isEmpty { lines.append("") }
        for warning in warnings {
            let all = warning.shards.count == plan.shards.count
            lines.append("warning\(all ? "" : " on \(warning.shards.joined(separator: " "))"): \(warning.text)")
        }
        return lines
    }
}
