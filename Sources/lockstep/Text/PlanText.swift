internal import Core
internal import Manifests

/// A plan as lines.
enum PlanText {
    static func lines(_ plan: FleetPlan, of manifest: MigrationManifest) -> [String] {
        var lines = [
            "\(manifest.name): \(manifest.sql ?? "ALTER TABLE \(manifest.table) \(manifest.alter)")",
            "on \(plan.shards.count) shard\(plan.shards.count == 1 ? "" : "s") of \(manifest.keyspace)", "",
        ]
        lines += Columns.lines(
            [["SHARD", "SERVER", "KEY", "ROWS", "BYTES", "NEEDED", "FREE", "FINGERPRINT", ""]] + plan.shards.map(row))
        let rows = plan.shards.compactMap(\.estimatedRows).reduce(0, +)
        let bytes = plan.shards.compactMap(\.tableBytes).reduce(0, +)
        if plan.shards.count > 1 { lines.append("together about \(Figures.count(rows)) rows, \(Figures.bytes(bytes))") }
        lines += notes(plan)
        let policy = manifest.policy
        lines += [
            "",
            "launch \(policy.postponeLaunch ? "postponed: waits for `launch`" : "at once"), completion "
                + (policy.postponeCompletion ? "postponed: waits at the barrier for `complete`" : "automatic"),
            "cut-over holds writes for at most "
                + "\(Figures.duration(policy.cutOver.lockWait + policy.cutOver.threshold)) on each shard; the old tables are kept for "
                + Figures.duration(policy.keepOldTable),
        ]
        return lines
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
