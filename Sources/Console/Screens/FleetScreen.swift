internal import Core
internal import Terminal

/// `1`: one row a migration, worst first, and what the one under the cursor is doing.
struct FleetScreen {
    let model: ConsoleModel
    let now: Timestamp

    func draw(in area: Rect, on screen: inout Screen) {
        let clock = model.engineTime(at: now)
        let columns = area.size.columns
        let rows = model.visibleMigrations
        screen.put(summary, at: Point(0, area.origin.row), limit: columns)
        let widths = Widths(columns: columns)
        screen.put(Line(widths.heading, .header), at: Point(0, area.origin.row + 1), limit: columns)

        let events = min(model.current?.events.count ?? 0, max(0, area.size.rows - 2 - rows.count - 1 - 4), 10)
        let foot = rows.isEmpty ? 0 : 4 + events
        let window = Window(
            rows: rows.count, room: area.size.rows - 2 - foot, cursor: rows.firstIndex { $0.spec.id == model.selected })
        for (offset, index) in window.range.enumerated() {
            let row = area.origin.row + 2 + offset
            let migration = rows[index]
            screen.put(line(migration, widths, clock), at: Point(0, row), limit: columns)
            if migration.spec.id == model.selected {
                screen.restyle(Rect(column: 0, row: row, columns: columns, rows: 1), adding: .reverse)
            }
        }
        if rows.isEmpty { drawEmpty(at: area.origin.row + 3, on: &screen) }
        if window.count < rows.count {
            screen.put(
                "(\(rows.count - window.count) more rows)", at: Point(4, area.rowRange.upperBound - foot), role: .dim)
        }
        if let migration = model.current, !rows.isEmpty { drawCursor(migration, area, foot, clock, on: &screen) }
    }

    private var summary: Line {
        guard let migrations = model.shown?.migrations else { return Line() }
        var line = Line()
        let states = Dictionary(grouping: migrations, by: \.state)
        for state in states.keys.sorted(by: { $0.severity < $1.severity }) {
            if line.width > 0 { line.add("   ") }
            line.add("\(states[state]?.count ?? 0) \(state.rawValue)", state.role)
        }
        let problems = model.problems(at: now).count
        if line.width > 0 { line.add("   ") }
        line.add(
            problems == 0 ? "no problems" : "\(problems) problem\(problems == 1 ? "" : "s")",
            problems == 0 ? .dim : .warn)
        if !model.filter.isEmpty { line.add("   filter: \(model.filter.text)", .match) }
        return line
    }

    private struct Widths {
        let name: Int
        let change: Int
        let hasShards: Bool

        init(columns: Int) {
            hasShards = columns >= 70
            name = columns >= 100 ? 28 : (columns >= 76 ? 17 : 16)
            // Cursor and alert, ID, STATE, READY, ETA and WORST with their gaps.
            let fixed = 2 + 5 + 11 + 8 + 7 + (columns >= 100 ? 24 : 10)
            let rest = columns - name - 1 - fixed - (hasShards ? 7 : 0) - 1
            change = rest >= 8 ? rest : 0
        }

        var heading: String {
            "  " + "KEYSPACE.TABLE".left(name) + " ID   " + (change > 0 ? "CHANGE".left(change) + " " : "")
                + (hasShards ? "SHARDS " : "") + "STATE".left(11) + "READY".right(8) + "ETA".right(7) + " WORST"
        }
    }

    private func line(_ migration: MigrationSnapshot, _ widths: Widths, _ clock: Timestamp) -> Line {
        let spec = migration.spec
        let problems = migration.problems(at: clock)
        let isBad = problems.first?.level == .critical
        var line = Line(migration.spec.id == model.selected ? ">" : " ", .selection, .bold)
        line.add(isBad ? "!" : " ", .bad, .bold)
        line.add(spec.qualifiedTable.left(widths.name) + " ")
        line.add(spec.id.short + " ", .dim)
        if widths.change > 0 { line.add((spec.sql ?? spec.alter).left(widths.change) + " ") }
        if widths.hasShards { line.add("\(migration.shards.count) ".right(7)) }
        line.add(migration.state.word.left(11), migration.state.role)
        line.add("\(migration.readyCount)/\(migration.shards.count)".right(8))
        line.add((migration.timeLeft(at: clock).map(Figures.duration) ?? (migration.isCopying ? "?" : "-")).right(7))
        line.add(" ")
        let (text, role) = worst(migration, problems, clock)
        line.add(text, role)
        return line
    }

    private func worst(_ migration: MigrationSnapshot, _ problems: [Problem], _ clock: Timestamp) -> (String, Role) {
        if let ended = migration.endedAt { return ("\(Figures.duration(ended.age(at: clock))) ago", .dim) }
        guard let name = problems.first?.shard, let shard = migration.shards.first(where: { $0.name == name }) else {
            return ("-", .dim)
        }
        let letter = shard.conditions(in: migration, at: clock).first?.rawValue ?? shard.phase.letter
        let shown = shard.phase == .failed ? shard.phase.letter : letter
        return ("\(shown) \(name.shard)", problems[0].level.role)
    }

    private func drawCursor(
        _ migration: MigrationSnapshot, _ area: Rect, _ foot: Int, _ clock: Timestamp, on screen: inout Screen
    ) {
        let columns = area.size.columns
        let top = area.rowRange.upperBound - foot
        let moment = Moment(of: migration, at: clock)
        var change = Line("\(migration.spec.table) \(migration.spec.id.short)  ", .plain, .bold)
        change.add(migration.spec.statement)
        screen.hline(at: Point(0, top), columns: columns, glyphs: model.options.glyphs)
        screen.put(change, at: Point(0, top + 1), limit: columns)
        screen.put(Line(moment.text, moment.role, .bold), at: Point(0, top + 2), limit: columns)
        let who = migration.spec.fleet == .vitess && migration.submittedBy.host == "vtgate"
            ? (migration.submittedBy.user.isEmpty ? "" : ", context \(migration.submittedBy.user)")
            : " by \(migration.submittedBy)"
        let by = "submitted \(model.when(migration.submittedAt, clock))\(who)"
        screen.put(Line(by, .dim), at: Point(0, top + 3), limit: columns)
        let list = EventList(model: model, clock: clock)
        for (offset, event) in migration.events.suffix(foot - 4).enumerated() {
            screen.put(list.line(event), at: Point(0, top + 4 + offset), limit: columns)
        }
    }

    private func drawEmpty(at row: Int, on screen: inout Screen) {
        let text =
            model.filter.isEmpty
            ? (model.options.source == "the engine"
                ? "No migration yet. `lockstep apply FILE` submits one." : "No migration is pending or ended lately.")
            : "No migration matches \"\(model.filter.text)\"; Esc shows all."
        screen.put(text, at: Point(2, row), role: .dim)
    }
}

extension MigrationState {
    /// At most ten characters, for a column.
    var word: String {
        switch self {
        case .postponedLaunch: "UNLAUNCHED"
        case .cuttingOver: "CUT-OVER"
        case .backingOff: "BACK-OFF"
        case .running, .postponed, .split, .failed, .held, .done, .cancelling, .cancelled, .reverting,
            .reverted, .soaking: rawValue.uppercased()
        }
    }
}

extension MigrationSnapshot {
    var isCopying: Bool {
        !state.isEnded && shards.contains { [.queued, .preparing, .copying].contains($0.phase) }
    }
}

extension ConsoleModel {
    /// A moment as the operator wants times written: `03:09:57Z` or `2m47 ago`.
    func when(_ moment: Timestamp, _ clock: Timestamp) -> String {
        switch times {
        case .utc: moment.clockText
        case .relative: "\(Figures.duration(moment.age(at: clock))) ago"
        }
    }
}
