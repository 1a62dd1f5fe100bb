internal import Core

/// The words of a command's dialog.
struct AttachDialog {
    let request: CommandRequest
    let migration: MigrationReading
    let outlook: [(ShardName, ShardOutlook)]
    let statements: [[VitessStatement]]
    let remembersCompletion: Bool

    var title: String {
        switch request.verb {
        case .forceCutOver: "FORCE CUT-OVER"
        case .postpone: "POSTPONE COMPLETE"
        case .threshold: "CUT-OVER THRESHOLD"
        case .launch, .complete, .cancel, .retry, .throttle, .unthrottle, .revert, .cleanup:
            request.verb.rawValue.uppercased()
        }
    }

    /// The first word of the confirmation.
    var word: String { request.verb == .forceCutOver ? "force" : request.verb.rawValue }

    var tier: CommandPlan.Tier {
        switch request.verb {
        case .postpone, .throttle, .unthrottle: .brake
        case .launch, .threshold: .noticeable
        // What is released before it is ready switches alone, whenever it gets there.
        case .complete: isPartial ? .destructive : .noticeable
        // Without the brake a retried shard would cut over by itself.
        case .retry:
            remembersCompletion && !migration.version.supports(.postponeComplete).isPossible
                ? .destructive : .noticeable
        case .cancel, .forceCutOver, .revert, .cleanup: .destructive
        }
    }

    var lines: [CommandPlan.Line] {
        var lines = [
            line(
                "Migration",
                "\(migration.keyspace).\(migration.table) \(migration.uuid.id.short): \(migration.first?.statement ?? "")"
            )
        ]
        lines += sends
        lines += groups
        lines += consequences
        lines += sticks.map { line("Sticks", $0) }
        lines.append(line("Undo", undo))
        return lines
    }

    /// What stays after the command, in one text: part of the plan's identity.
    var stickyText: String { sticks.joined(separator: "; ") }

    private var isPartial: Bool { outlook.contains { if case .later = $0.1 { true } else { false } } }

    private var chosen: [RowReading] {
        let names = Set(outlook.filter { $0.1.isSent }.map(\.0))
        return migration.readings.filter { names.contains($0.row.name) }
    }

    /// The statements, literally; of many like each other the first ones.
    private var sends: [CommandPlan.Line] {
        statements.flatMap { step -> [CommandPlan.Line] in
            var lines = step.prefix(3).map { line("Sends", "\($0.text)\(place($0))") }
            if step.count > 3 { lines.append(line("", "and the same in \(step.count - 3) more shards")) }
            return lines
        }
    }

    private func place(_ statement: VitessStatement) -> String {
        switch statement.target {
        case .any: ""
        case .keyspace(let keyspace): "   in \(keyspace)"
        case .shard(let target): "   in \(target.keyspace):\(target.shard)"
        }
    }

    /// The shards by what becomes of them: `Now  4 of 4 shards cut over: -40 40-80 80-c0 c0-`.
    private var groups: [CommandPlan.Line] {
        var order: [ShardOutlook] = []
        var names: [String: [String]] = [:]
        for (name, outlook) in outlook {
            let key = "\(outlook.label)\u{1F}\(outlook.text)"
            if names[key] == nil { order.append(outlook) }
            names[key, default: []].append(name.shard)
        }
        return order.map { outlook in
            let shards = names["\(outlook.label)\u{1F}\(outlook.text)"] ?? []
            let list = shards.prefix(6).joined(separator: " ") + (shards.count > 6 ? " ..." : "")
            return line(outlook.label, "\(shards.count) of \(migration.shards.count) shards (\(list)): \(outlook.text)")
        }
    }

    private var consequences: [CommandPlan.Line] {
        switch request.verb {
        case .complete: completing
        case .cancel: [line("Loses", lost)] + attempts
        case .retry: [line("Note", "a retried shard copies from its first row: the run before is of no use")]
        case .forceCutOver:
            [
                line(
                    "Ends",
                    "every query and transaction on \(migration.table), at each attempt, on each of these shards")
            ]
        case .throttle: [line("Note", "keyspace-wide, for every shard of it; it ends by itself")]
        case .revert: reverting
        case .cleanup: [line("Drops", "the old tables: afterwards it cannot be reverted")]
        case .launch, .postpone, .unthrottle, .threshold: []
        }
    }

    private var completing: [CommandPlan.Line] {
        var lines = [
            line(
                "Holds",
                "reads and writes of \(migration.table) on each shard, a second or three, at most \(holds) when somebody is in the way"
            ),
            line(
                "Beware",
                "not together: each shard cuts over by itself, and nothing brings one back when another cannot follow"),
        ]
        let rest = migration.shards.filter { shard in
            !outlook.contains { $0.0 == shard.name } && shard.reading?.row.status != .complete
        }
        if !rest.isEmpty {
            lines.append(
                line(
                    "Split",
                    "\(rest.count) of \(migration.shards.count) shards keep the old schema until they are completed"))
        } else if isPartial {
            lines.append(line("Split", "two schemas are live until the last of them is ready"))
        }
        let failed = migration.readings.filter { reading in
            reading.row.status == .failed && !outlook.contains { $0.0 == reading.row.name }
        }
        if !failed.isEmpty {
            lines.append(line("Failed", "\(failed.count) other shards have failed: they keep the old schema"))
        }
        return lines
    }

    private var holds: String {
        let threshold = chosen.compactMap(\.row.cutOverThresholdSeconds).max() ?? 10
        return "\(threshold + 5)s"
    }

    private var lost: String {
        let rows = chosen.filter { $0.row.usesVReplication && !$0.row.isRevert && !$0.isReadinessInDoubt }
        let copied = rows.reduce(RowCount(0)) { $0 + $1.row.rowsCopied }
        let began = chosen.compactMap(\.row.startedAt).min()
        guard copied > 0, let began else { return "nothing that was copied" }
        return
            "\(Figures.count(copied)) copied rows, the work of \(Figures.duration(began.age(at: migration.now))): a retry copies again from the first row"
    }

    private var attempts: [CommandPlan.Line] {
        chosen.contains(where: \.isCuttingOver)
            ? [line("Waits", "a cut-over under way is not stopped: VTGate answers when it is over")] : []
    }

    private var reverting: [CommandPlan.Line] {
        var lines = [
            line(
                "Runs",
                "a new migration that feeds what changed since back into the old table, and waits at the barrier"),
            line(
                "Then",
                "`complete` of that migration switches back; until then it stands in the way of others on \(migration.table)"
            ),
        ]
        let notes = Set(chosen.flatMap(\.row.revertibleNotes)).sorted()
        if !notes.isEmpty { lines.append(line("Could lose", notes.joined(separator: "; "))) }
        if let left = chosen.compactMap(\.retentionLeft).min() {
            lines.append(line("Possible", "for another \(Figures.duration(left))"))
        }
        return lines
    }

    private var sticks: [String] {
        let forced = chosen.filter { $0.row.forceCutOver == true }.map(\.row.name.shard)
        let force =
            forced.isEmpty
            ? [] : ["the force flag of \(forced.joined(separator: " ")): each attempt ends who is in the way"]
        switch request.verb {
        case .complete:
            return ["`complete` is remembered: after a cancel and a retry the shard cuts over by itself"] + force
        case .forceCutOver: return ["the force flag, for ever, after a retry too: only POSTPONE COMPLETE brakes it"]
        case .retry:
            guard remembersCompletion else { return force }
            return [
                migration.version.supports(.postponeComplete).isPossible
                    ? "an earlier `complete` is remembered: POSTPONE COMPLETE is sent with the retry"
                    : "an earlier `complete` is remembered, and this version cannot take it back: it cuts over by itself"
            ] + force
        case .cleanup: return ["a retention of -1: also what the migration keeps later is dropped at once"]
        case .launch, .postpone, .cancel, .throttle, .unthrottle, .revert, .threshold: return force
        }
    }

    private var undo: String {
        switch request.verb {
        case .launch: "cancel"
        case .postpone: "complete"
        case .complete:
            migration.version.supports(.postponeComplete).isPossible
                ? "postpone, on each shard that has not begun; revert afterwards"
                : "none before the cut-over; revert afterwards"
        case .cancel: "retry, which copies again from the first row"
        case .retry: "cancel"
        case .forceCutOver: "none; postpone brakes it"
        case .throttle: "unthrottle"
        case .unthrottle: "throttle"
        case .revert: "cancel the new migration"
        case .threshold: "another threshold"
        case .cleanup: "none"
        }
    }

    private func line(_ label: String, _ text: String) -> CommandPlan.Line { .init(label: label, text: text) }
}
