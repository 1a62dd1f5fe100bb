/// What an order does to a migration whose tablets do the work: the statements it leads to, literally, and Vitess' own rules. Pure.
///
/// Vitess has no hold over several shards and forgets little: a dialog that spoke of locks taken together, or of a force that ends
/// with its attempt, would be untrue.
struct VitessDialog {
    let migration: Migration
    /// Empty when only what does not move by itself is to be said.
    let gauges: [ShardName: ShardGauges]
    /// Who was seen on the table just now, where a shard's own server may be asked.
    let blockers: [ShardName: [Blocker]]
    let now: Timestamp

    private var spec: MigrationSpec { migration.spec }
    private var count: Int { spec.shards.count }
    private var method: VitessStrategy.Method {
        if case .vitess(let strategy) = spec.strategy { strategy.method } else { .vitess }
    }
    private var flags: String {
        guard case .vitess(let strategy) = spec.strategy else { return "" }
        return strategy.flags.isEmpty ? strategy.method.rawValue : "\(strategy.method.rawValue) \(strategy.flags)"
    }

    func lines(_ command: Command) -> [CommandPlan.Line] {
        switch command {
        case .launch: launch
        case .postpone: migration.isCommitted ? brake : postpone
        case .complete: sends(told) + completing
        case .forceCutOver: force
        case .cancel: cancel
        case .retry(let names): retry(names)
        case .throttle(_, let reason): throttle(reason)
        case .unthrottle:
            sends(each(spec.shards) { "\($0) UNTHROTTLE" })
                + [line("Acts on", "\(count) of \(count) shards: Vitess knows no narrower throttle"), line("Effect", "the copy goes on")]
        case .revert: revert
        case .setThreshold(let threshold):
            sends(each(spec.shards) { "\($0) CUTOVER_THRESHOLD '\(threshold.components.seconds)s'" }) + [
                line("Acts on", "\(count) of \(count) shards"),
                line(
                    "Effect",
                    "the lag that counts as ready, and how long each step of a later cut-over may wait, is \(Figures.duration(threshold))"),
                line("Sticks", "yes, for retries too"), line("Undo", "another threshold"),
            ]
        case .cleanup: cleanup
        }
    }

    // MARK: - Verbs

    private var launch: [CommandPlan.Line] {
        let gate =
            switch method {
            case .vitess: "with --postpone-completion, whatever else the manifest says"
            case .mysql: "with --postpone-launch: MySQL's own ALTER waits for `complete`"
            case .direct: "nothing yet: the statement itself is sent at `complete`"
            }
        return [
            line("Sends", method == .direct ? "nothing" : "\(spec.statement)   in \(spec.keyspace), under \(flags)"), line("Gate", gate),
            line("Acts on", "\(count) of \(count) shards, now"), line("Holds", "nothing: writes go on"), line("Undo", "cancel"),
        ]
    }

    private var postpone: [CommandPlan.Line] {
        [
            line("Sends", "nothing: no shard was told to complete"),
            line("Effect", "no shard is told until `complete`"), line("Undo", "complete"),
        ]
    }

    private var brake: [CommandPlan.Line] {
        sends(each(migration.members, alone: true) { "\($0) POSTPONE COMPLETE" }) + [
            line("Acts on", "\(migration.members.count) of \(count) shards, those that have not cut over yet"),
            line("Keeps", "\(migration.doneCount) of \(count) shards have the new schema and keep it"),
            line("Waits", "an attempt under way ends first: it may still succeed"),
            line("Then", "the fleet stays split until `retry` or `revert`; a next wave waits for `complete`"),
            line("Undo", "retry"),
        ]
    }

    private var completing: [CommandPlan.Line] {
        let members = migration.members
        let waves = spec.waves.count > 1 ? ", wave \(migration.wave + 1) of \(spec.waves.count)" : ""
        var lines = [
            line("Acts on", "\(members.count) of \(count) shards\(waves)\(names(members)), told at the same time"),
            line("Beware", "not together: Vitess holds nothing on all shards at once, each locks and swaps by itself"),
            line("Holds", "reads and writes of \(spec.table) on each shard, a second or three; at most its cut-over threshold (10s unless set) when somebody is in the way"),
            line("If one fails", "Vitess tries it again after 1, 5, 10 and 30 minutes; the others keep the new schema; \(fallback)"),
        ]
        if migration.direction == .forward, migration.wave + 1 < spec.waves.count {
            lines.append(line("Then", "the next wave after \(Figures.duration(spec.policy.rollout.soak)), by itself"))
        }
        let forced = members.filter { gauges[$0]?.conditions.contains(.forced) == true }
        if !forced.isEmpty {
            lines.append(line("Sticks", "the force flag of \(forced.map(\.shard).joined(separator: " ")): each attempt ends who is in the way"))
        }
        lines.append(line("Keeps", "the old table for \(Figures.duration(spec.policy.keepOldTable))"))
        lines.append(
            line(
                "Undo",
                method == .vitess
                    ? "postpone stops the shards that have not cut over; revert brings the others back" : "none: the server's own ALTER is not stopped"))
        return lines
    }

    private var fallback: String {
        let after = Figures.duration(spec.policy.fallback.after)
        return switch migration.fallbackWay {
        case .finish: "it follows when it can"
        case .hold: "after \(after) it is held back and waits for a person"
        case .revert: "after \(after) those that followed are reverted"
        }
    }

    private var force: [CommandPlan.Line] {
        sends(each(migration.members, alone: true) { "\($0) FORCE_CUTOVER" } + told) + [
            line("Ends", "every query and transaction on \(spec.table), whoever it is, at each attempt on each of these shards")
        ] + seen + [
            line("Sticks", "yes, for ever and after a retry too: only `postpone` (POSTPONE COMPLETE) brakes it"),
        ] + completing.filter { $0.label != "Sticks" && $0.label != "Undo" } + [
            line("Undo", "none: ended transactions roll back and are lost to their applications")
        ]
    }

    /// Those in the way now; others may come until the attempt begins.
    private var seen: [CommandPlan.Line] {
        spec.shards.flatMap { name in
            (blockers[name] ?? []).map { line("Ends", "now on \(name.shard): \(CommandPlanner.describe($0))") }
        }
    }

    private var cancel: [CommandPlan.Line] {
        let rows = spec.shards.reduce(RowCount(0)) { $0 + (gauges[$1]?.rowsCopied ?? 0) }
        let age = gauges.isEmpty ? "" : ", up to \(Figures.duration(migration.submittedAt.age(at: now))) of work"
        return sends(each(spec.shards) { "\($0) CANCEL" }) + [
            line("Acts on", "\(count) of \(count) shards, now"),
            line("Loses", "\(Figures.count(rows)) copied rows\(age): a retry of any kind copies again from the first row"),
            line("Waits", "a cut-over that another operator began is not stopped: such a shard has the new schema then"),
            line("Undo", "none"),
        ]
    }

    private func retry(_ chosen: [ShardName]) -> [CommandPlan.Line] {
        let failed = (chosen.isEmpty ? spec.shards : chosen).filter { migration.shards[$0]?.isFailed == true }
        let follows = migration.isCommitted && failed.contains { migration.members.contains($0) }
        let verb = migration.direction == .reverse ? "REVERT again" : "RETRY"
        return sends(
            each(failed, alone: true) {
                migration.direction == .reverse ? $0.replacingVerb : "\($0) POSTPONE COMPLETE, then RETRY"
            }) + [
                line("Acts on", "\(failed.count) of \(count) shards\(names(failed))"),
                line("Runs", "\(verb) where the row has failed or was cancelled: it copies from its first row; a row that was only held back goes on"),
                line(
                    "Then",
                    follows ? "COMPLETE as soon as it is ready: the others have the new schema" : "it waits at the barrier, whatever was completed before"),
                line("Undo", "postpone"),
            ]
    }

    private func throttle(_ reason: String) -> [CommandPlan.Line] {
        sends(each(spec.shards) { "\($0) THROTTLE EXPIRE '2592000s' RATIO 1" }) + [
            line("Acts on", "\(count) of \(count) shards: Vitess knows no narrower throttle"),
            line("Effect", "the copy holds until unthrottle; Vitess lifts it after 30 days"),
            line("Note", reason.isEmpty ? "no reason given" : reason), line("Undo", "unthrottle"),
        ]
    }

    private var revert: [CommandPlan.Line] {
        let done = spec.shards.filter { migration.shards[$0]?.isDone == true }
        let rest = spec.shards.filter { migration.shards[$0]?.isDone != true }
        let warm = done.filter { name in migration.shards[name]?.artifacts.contains { $0.kind == .vitessMigration } ?? false }
        let cold = done.filter { !warm.contains($0) }
        var lines = cold.isEmpty ? [] : sends(each(cold, alone: cold.count != count) { $0.replacingVerb })
        lines.append(line("Acts on", "\(done.count) of \(count) shards\(names(done)): back to the old schema"))
        if !warm.isEmpty { lines.append(line("Prepared", "on \(warm.count) of them\(names(warm)): a cut-over and no more")) }
        lines.append(line("Runs", "what was written since is fed into the old table; ready on all of them, they are told to complete at the same time"))
        if !rest.isEmpty { lines.append(line("Cancels", "\(rest.count) of \(count) shards\(names(rest)), with what they copied")) }
        lines.append(line("Beware", "not together: each goes back by itself, and values that only the new schema can hold are lost or stop it"))
        lines.append(line("Undo", "a new migration with the same change, copied from the first row"))
        return lines
    }

    private var cleanup: [CommandPlan.Line] {
        let kept = migration.shards.values.reduce(0) { $0 + $1.artifacts.count { $0.kind == .oldTable } }
        return sends(each(spec.shards) { "\($0) CLEANUP" }) + [
            line("Drops", "\(kept) old tables with their rows, at Vitess' next check; afterwards it cannot be reverted"),
            line("Acts on", "\(count) of \(count) shards, now"), line("Undo", "none"),
        ]
    }

    // MARK: - Statements

    /// How the members are told to complete.
    private var told: [String] {
        if method == .direct { return ["\(spec.statement)   in \(spec.keyspace)"] }
        return groups(migration.members).map { uuid, shards in
            let list = shards.count == count ? "" : " VITESS_SHARDS '\(shards.map(\.shard).joined(separator: ","))'"
            return "ALTER VITESS_MIGRATION '\(uuid)' \(method == .mysql ? "LAUNCH" : "COMPLETE")\(list)   in \(spec.keyspace)"
        }
    }

    /// One statement where it reaches all shards, else one for each shard.
    private func each(_ shards: [ShardName], alone: Bool = false, _ text: (String) -> String) -> [String] {
        groups(shards).flatMap { uuid, group -> [String] in
            let head = text("ALTER VITESS_MIGRATION '\(uuid)'")
            if !alone, group.count == count { return ["\(head)   in \(spec.keyspace)"] }
            return group.map { "\(head)   in \($0)".replacingSlash }
        }
    }

    private func groups(_ shards: [ShardName]) -> [(String, [ShardName])] {
        var order: [String] = []
        var groups: [String: [ShardName]] = [:]
        for name in shards {
            guard let uuid = uuid(name) else { continue }
            if groups[uuid] == nil { order.append(uuid) }
            groups[uuid, default: []].append(name)
        }
        return order.map { ($0, groups[$0] ?? []) }
    }

    /// Of what runs now, or of what has run.
    private func uuid(_ name: ShardName) -> String? {
        guard let shard = migration.shards[name] else { return nil }
        switch shard.state {
        case .done(let report), .reverted(let report): return report.oldTable
        default:
            let pending = shard.artifacts.filter { $0.kind == .vitessMigration }.map(\.name).sorted()
            if let known = shard.preparation?.shadowTable, pending.isEmpty || pending.contains(known) { return known.isEmpty ? nil : known }
            return pending.first
        }
    }

    private func sends(_ statements: [String]) -> [CommandPlan.Line] {
        if statements.isEmpty { return [line("Sends", "nothing yet: no shard has a row of it")] }
        var lines = statements.prefix(4).map { line("Sends", $0) }
        if statements.count > 4 { lines.append(line("", "and the same in \(statements.count - 4) more shards")) }
        return lines
    }

    private func names(_ shards: [ShardName]) -> String {
        if shards.isEmpty || shards.count == count { return "" }
        return " (" + shards.prefix(6).map(\.shard).joined(separator: " ") + (shards.count > 6 ? " ..." : "") + ")"
    }

    private func line(_ label: String, _ text: String) -> CommandPlan.Line { .init(label: label, text: text) }
}

extension String {
    /// `REVERT VITESS_MIGRATION '..'` for `ALTER VITESS_MIGRATION '..'`.
    fileprivate var replacingVerb: String { "REVERT" + dropFirst("ALTER".count) }
    /// `commerce:-40`, as `USE` takes it, for `commerce/-40`.
    fileprivate var replacingSlash: String {
        guard let slash = lastIndex(of: "/") else { return self }
        return self[..<slash] + ":" + self[index(after: slash)...]
    }
}
