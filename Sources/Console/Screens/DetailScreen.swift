internal import Core
internal import Terminal

/// `4` or Enter: one shard, from what it waits for down to its tables and events.
struct DetailScreen {
    let model: ConsoleModel
    let now: Timestamp

    func draw(in area: Rect, on screen: inout Screen) {
        guard let migration = model.current, let shard = model.cursorShard else {
            screen.put("There is no shard here; 2 shows the grid.", at: Point(2, area.origin.row + 2), role: .dim)
            return
        }
        let lines = Self.lines(model, shard, migration, columns: area.size.columns, now: now)
        let scroll = min(model.detailScroll, max(0, lines.count - area.size.rows))
        for (offset, line) in lines.dropFirst(scroll).prefix(area.size.rows).enumerated() {
            screen.put(line, at: Point(0, area.origin.row + offset), limit: area.size.columns)
        }
        let below = lines.count - scroll - area.size.rows
        if below > 0 {
            let text = Line(" \(below) more lines: j ", .dim)
            screen.putRight(text, endingBefore: area.size.columns, row: area.rowRange.upperBound - 1)
        }
    }

    /// How far the view can be scrolled.
    static func lastScroll(_ model: ConsoleModel, now: Timestamp) -> Int {
        guard let migration = model.current, let shard = model.cursorShard else { return 0 }
        return max(
            0, lines(model, shard, migration, columns: model.size.columns, now: now).count - (model.size.rows - 3))
    }

    private static func lines(
        _ model: ConsoleModel, _ shard: ShardSnapshot, _ migration: MigrationSnapshot, columns: Int, now: Timestamp
    ) -> [Line] {
        let clock = model.engineTime(at: now)
        let moment = Moment(of: migration, at: clock)
        var lines = [
            Line("\(shard.phase.letter) \(shard.phase.word)", shard.phase.role, .bold)
                .adding("  for \(Figures.duration(shard.since.age(at: clock)))"),
            Line("all shards".left(ShardFacts.label), .dim).adding(moment.text, moment.role, .bold),
        ]
        lines += ShardFacts(model: model, shard: shard, migration: migration, clock: clock).lines(columns: columns)
        let events = migration.events.filter { $0.shard == shard.name || $0.shard == nil }
        let list = EventList(model: model, clock: clock)
        for (index, event) in events.suffix(12).reversed().enumerated() {
            let head = Line((index == 0 ? "events" : "").left(ShardFacts.label), .dim)
            lines.append(list.line(event).parts.reduce(head) { $0.adding($1.text.description, $1.role, $1.attributes) })
        }
        return lines
    }
}

/// Everything known about one shard, in lines of any width: the detail screen and the pane beside the grid.
struct ShardFacts {
    let model: ConsoleModel
    let shard: ShardSnapshot
    let migration: MigrationSnapshot
    let clock: Timestamp

    /// Columns of the labels at the left.
    static let label = 11

    func lines(columns: Int) -> [Line] {
        var lines = why(columns)
        lines += blockers(columns)
        lines += failures(columns)
        lines += cutOver(columns)
        lines += details(columns)
        lines += copy(columns)
        lines += verified(columns)
        lines += replicas
        lines += throttle(columns)
        lines += attempts(columns)
        lines += tables(columns)
        lines += after(columns)
        return lines
    }

    private func item(_ label: String, _ text: String, _ role: Role = .plain, columns: Int) -> [Line] {
        wrapped(text, columns: max(10, columns - Self.label)).enumerated().map { index, part in
            Line((index == 0 ? label : "").left(Self.label), .dim).adding(part, role)
        }
    }

    private var reason: String? { shard.failure == nil ? WhyItWaits.reason(shard, in: migration, at: clock) : nil }

    private func why(_ columns: Int) -> [Line] {
        reason.map { item("WAITS FOR", $0, shard.phase.role, columns: columns) } ?? []
    }

    /// Who is in the way; what the reason above says already is not said again.
    private func blockers(_ columns: Int) -> [Line] {
        shard.blockers.sorted { $0.since < $1.since }.flatMap { blocker -> [Line] in
            let who = CommandPlanner.describe(blocker)
            let statement = "last statement: \(blocker.lastStatement ?? "not known to the server")"
            if reason?.contains(who) ?? false { return item("", statement, columns: columns) }
            let age = Figures.duration(blocker.since.age(at: clock))
            return item("BLOCKED BY", "\(who), open for \(age)", .warn, columns: columns)
                + item("", statement, columns: columns)
        }
    }

    private func failures(_ columns: Int) -> [Line] {
        if let failure = shard.failure { return story("FAILED", failure, .bad, columns) }
        guard let failure = shard.lastFailure, shard.phase.isLive else { return [] }
        if failure.kind == .blocked, !shard.blockers.isEmpty { return item("now", failure.now ?? "", columns: columns) }
        return story("last error", failure, .plain, columns)
    }

    private func story(_ label: String, _ failure: Failure, _ role: Role, _ columns: Int) -> [Line] {
        var lines = item(label, FailureText.short(failure, of: shard.name), role, columns: columns)
        for (name, text) in [("  cause", failure.cause), ("  now", failure.now), ("  next", failure.next)] {
            if let text { lines += item(name, text, columns: columns) }
        }
        return lines
    }

    /// What only this kind of fleet has to tell; what the reason says already is not said again.
    private func details(_ columns: Int) -> [Line] {
        (shard.gauges?.details ?? []).flatMap { detail -> [Line] in
            if detail.label == "message", shard.failure ?? shard.lastFailure != nil { return [] }
            return item(detail.label, detail.text, columns: columns)
        }
    }

    private func cutOver(_ columns: Int) -> [Line] {
        guard let report = shard.cutOver else { return [] }
        if migration.fleet == .vitess {
            let skew = migration.skew.map { "; first to last shard of the fleet \(FigureText.stall($0))" } ?? ""
            return item("CUT OVER", "\(model.when(report.swappedAt, clock))\(skew)", .good, columns: columns)
        }
        let skew = migration.skew.map { "; first to last swap of the fleet \(FigureText.stall($0))" } ?? ""
        return item(
            "CUT OVER",
            "\(model.when(report.swappedAt, clock)): writes held \(FigureText.stall(report.writesHeld))\(skew)",
            .good, columns: columns)
    }

    private func copy(_ columns: Int) -> [Line] {
        guard let gauges = shard.gauges else {
            return shard.phase.isLive ? item("rows", "no figures yet", .dim, columns: columns) : []
        }
        var lines: [Line] = []
        if gauges.rowsTotal > 0 {
            let width = max(10, min(30, columns - Self.label - 24))
            var line = Line("rows".left(Self.label), .dim)
            line.add(model.options.glyphs.bar(shard.fraction ?? 0, width: width), shard.phase.role)
            line.add(" \(shard.percentText) %")
            line.add("  \(shard.rowsText)")
            lines.append(line)
        }
        if migration.fleet == .vitess { return lines + vitessCopy(gauges, columns) }
        if shard.phase == .copying {
            let left = shard.copyTimeLeft(in: migration, at: clock).map(Figures.duration) ?? "?"
            lines += item(
                "copy",
                "\(Figures.count(gauges.copyRate)) rows/s, chunks of \(gauges.chunkRows) in "
                    + "\(FigureText.stall(gauges.chunkTime)), \(left) to go", columns: columns)
        }
        if shard.phase.isLive {
            let tail =
                gauges.tail.map { "\(FigureText.stall($0)) behind the binlog" } ?? "distance to the binlog not known"
            let applied =
                "\(Figures.count(gauges.changesApplied)) changes applied, \(Figures.count(gauges.applyRate))/s"
            lines += item("tail", "\(tail); \(applied)", columns: columns)
        }
        if shard.phase.isLive {
            let age = gauges.at.age(at: clock)
            lines += item(
                "figures", "\(Figures.duration(age)) old", shard.isOld(in: migration, at: clock) ? .stale : .dim, columns: columns)
        }
        return lines
    }

    private func vitessCopy(_ gauges: ShardGauges, _ columns: Int) -> [Line] {
        var lines: [Line] = []
        if shard.phase == .copying {
            let left = shard.copyTimeLeft(in: migration, at: clock).map { "\(Figures.duration($0)) by Vitess' average" }
            lines += item("left", left ?? "not known", columns: columns)
        }
        if shard.phase.isLive, let tail = gauges.tail {
            lines += item("stream", "\(Figures.duration(tail)) behind", columns: columns)
        }
        let isOld = shard.isOld(in: migration, at: clock)
        if shard.phase.isLive || isOld {
            let text = "read \(Figures.duration(gauges.at.age(at: clock))) ago" + (isOld ? ", and the shard has not answered since" : "")
            lines += item("figures", text, isOld ? .stale : .dim, columns: columns)
        }
        return lines
    }

    private func verified(_ columns: Int) -> [Line] {
        if let verified = shard.verifiedRows {
            return item(
                "verified", "\(Figures.count(verified)) rows compared in both tables, no difference", columns: columns)
        }
        guard let gauges = shard.gauges, gauges.rowsVerified > 0 else { return [] }
        return item("verified", "\(Figures.count(gauges.rowsVerified)) rows compared so far", columns: columns)
    }

    private var replicas: [Line] {
        guard let gauges = shard.gauges, shard.phase.isLive else { return [] }
        let limit = migration.spec.policy.throttle.maxReplicaLag
        return gauges.replicas.enumerated().map { index, replica in
            var line = Line((index == 0 ? "replicas" : "").left(Self.label), .dim)
            line.add(replica.host)
            guard let lag = replica.lag else { return line.adding("  ? no answer", .warn, .bold) }
            let isOver = limit.map { lag > $0 } ?? false
            line.add("  lag \(FigureText.lag(lag)) s", isOver ? .warn : .plain)
            if let limit { line.add(" of \(FigureText.lag(limit)) s", .dim) }
            return line
        }
    }

    private func throttle(_ columns: Int) -> [Line] {
        var text = ""
        var role = Role.plain
        if let hand = shard.manualThrottle {
            text =
                "by hand: \(hand.by)\(hand.reason.isEmpty ? "" : ": \(hand.reason)"), for \(Figures.duration(hand.since.age(at: clock)))"
            role = .warn
        } else if let verdict = shard.gauges?.throttle, shard.phase.isLive {
            let isSaid = reason?.contains(verdict.text) ?? false
            text = isSaid ? "now" : "\(verdict.text), for \(Figures.duration(verdict.since.age(at: clock)))"
            role = .warn
        } else if shard.phase == .copying {
            text = "none now"
        } else {
            return []
        }
        if let gauges = shard.gauges, gauges.throttledFor > .zero {
            text += "; \(Figures.duration(gauges.throttledFor)) in all"
        }
        return item("throttle", text, role, columns: columns)
    }

    private func attempts(_ columns: Int) -> [Line] {
        migration.attempts.suffix(5).reversed().enumerated().flatMap { index, attempt in
            item(index == 0 ? "attempts" : "", outcome(of: attempt), columns: columns)
        }
    }

    /// `3 03:09:47Z blocked by a transaction on 80-c0`.
    private func outcome(of attempt: Migration.Attempt) -> String {
        let head = "\(attempt.number) \(model.when(attempt.startedAt, clock))"
        if case .committed(attempt.number, _) = migration.barrier { return "\(head) committed" }
        guard attempt.endedAt != nil else { return "\(head) under way" }
        let kinds = Dictionary(grouping: attempt.refusals.keys.sorted()) { attempt.refusals[$0]?.kind.words ?? "" }
        let parts = kinds.keys.sorted().map { kind in
            let names = kinds[kind] ?? []
            return "\(kind) on \(names.prefix(4).map(\.shard).joined(separator: " "))" + (names.count > 4 ? " ..." : "")
        }
        return "\(head) " + (parts.isEmpty ? "called off, no swap" : parts.joined(separator: "; "))
    }

    private func tables(_ columns: Int) -> [Line] {
        var lines: [Line] = []
        if let preparation = shard.preparation, shard.phase.isLive || shard.phase == .failed {
            let key = "\(preparation.keyName) (\(preparation.keyColumns.joined(separator: ", "))) on \(preparation.server)"
            if !preparation.keyColumns.isEmpty { lines += item("walks", key, columns: columns) }
        }
        if !shard.artifacts.isEmpty {
            let names = shard.artifacts.map { "\($0.name) (\($0.kind.words))" }.joined(separator: ", ")
            lines += item("tables", names, columns: columns)
        }
        return lines
    }

    private func after(_ columns: Int) -> [Line] {
        // Vitess tells it by itself, with how long is left.
        if migration.fleet == .vitess { return [] }
        let keep = migration.spec.policy.keepOldTable
        if let report = shard.cutOver, report.oldTable != nil, !shard.artifacts.isEmpty {
            return item("after", "old table kept until \((report.swappedAt + keep).text)", columns: columns)
        }
        guard shard.phase.isLive else { return [] }
        return item("after", "old table kept for \(Figures.duration(keep))", .dim, columns: columns)
    }
}

extension Artifact.Kind {
    var words: String {
        switch self {
        case .shadowTable: "shadow"
        case .sentryTable: "sentry"
        case .oldTable: "old rows"
        case .vitessMigration: "migration"
        }
    }
}

extension Failure.Kind {
    /// Two or three words for a list.
    var words: String {
        switch self {
        case .preflightRefused: "preflight refused"
        case .schemaDrift: "schema drift"
        case .alterRejected: "ALTER rejected"
        case .binlogRefused: "binlog refused"
        case .copyFailed: "copy failed"
        case .applyFailed: "apply failed"
        case .checksumMismatch: "checksums differ"
        case .lockWaitTimeout: "lock wait timed out"
        case .blocked: "blocked by a transaction"
        case .drainTimeout: "tail not drained in time"
        case .deadlinePassed: "no answer before the deadline"
        case .swapFailed: "swap failed"
        case .connectionLost: "connection lost"
        case .accessDenied: "access denied"
        case .serverUnreachable: "server unreachable"
        case .diskFull: "disk full"
        case .completionPostponed: "postponed by another"
        case .artifactInUse: "table name in use"
        case .tableChanged: "table changed"
        case .impossibleEvent: "impossible event"
        case .interrupted: "interrupted"
        case .internalError: "internal error"
        }
    }
}
