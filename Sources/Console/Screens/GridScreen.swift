internal import Core
internal import Terminal

/// `2`: the home screen of one migration. Wide terminals show the cursor's shard beside it; spare rows show why it waits and
/// what happened.
struct GridScreen {
    let model: ConsoleModel
    let now: Timestamp

    /// From this width on, the shard's detail stands at the right.
    static let paneFrom = 150
    private static let paneColumns = 56

    private var clock: Timestamp { model.engineTime(at: now) }

    func draw(in area: Rect, on screen: inout Screen) {
        guard let migration = model.current else {
            screen.put("There is no migration here; 1 shows the fleet.", at: Point(2, area.origin.row + 2), role: .dim)
            return
        }
        let columns = area.size.columns
        let top = area.origin.row
        screen.put(counts(migration), at: Point(0, top), limit: columns)
        let moment = Moment(of: migration, at: clock)
        screen.put(Line(moment.text, moment.role, .bold), at: Point(0, top + 1), limit: columns)

        let shards = model.visibleShards(at: now)
        let rest = Rect(column: 0, row: top + 2, columns: columns, rows: area.size.rows - 2)
        let isSplit = columns >= Self.paneFrom && !model.wantsWide
        let reserved = migration.events.isEmpty ? 0 : (isSplit ? 9 : (rest.size.rows >= 14 ? 2 : 1))
        let whyRoom = rest.size.rows - 2 - min(shards.count, 6) - reserved
        let whyLines = isSplit ? [] : why(migration, columns, room: whyRoom)
        let most = rest.size.rows - whyLines.count - reserved
        let tableRows = isSplit ? most : min(most, shards.count + 2)
        let eventRows = rest.size.rows - whyLines.count - tableRows
        let tableColumns = isSplit ? columns - Self.paneColumns - 2 : columns
        drawTable(
            migration, shards, Rect(column: 0, row: rest.origin.row, columns: tableColumns, rows: tableRows),
            on: &screen)
        if isSplit {
            screen.vline(at: Point(tableColumns, rest.origin.row), rows: tableRows, glyphs: model.options.glyphs)
            let pane = Rect(column: tableColumns + 2, row: rest.origin.row, columns: Self.paneColumns, rows: tableRows)
            drawPane(migration, pane, on: &screen)
        }
        let whyRow = rest.origin.row + tableRows
        for (offset, line) in whyLines.enumerated() {
            screen.put(line, at: Point(0, whyRow + offset), limit: columns)
        }
        let eventArea = Rect(column: 0, row: whyRow + whyLines.count, columns: columns, rows: eventRows)
        EventList(model: model, clock: clock).draw(migration.events, in: eventArea, on: &screen)
    }

    // MARK: - The head

    /// `4: C2 R1 B1 | throttled 1 | lag max 8.4 | rows 46.1M of 48.9M | ready 1/4 | ETA 42m`.
    private func counts(_ migration: MigrationSnapshot) -> Line {
        var line = Line("\(migration.shards.count):", .plain, .bold)
        let phases = migration.shards.reduce(into: [Phase: Int]()) { $0[$1.phase, default: 0] += 1 }
        for phase in Phase.allCases {
            if let count = phases[phase] { line.add(" \(phase.letter)\(count)", phase.role) }
        }
        func item(_ text: String, _ role: Role = .plain) {
            line.add(" | ", .dim)
            line.add(text, role)
        }
        let throttled = migration.shards.count { $0.isThrottled }
        if throttled > 0 { item("throttled \(throttled)", .warn) }
        let lags = migration.shards.filter { $0.phase.isLive }.compactMap(\.worstLag)
        if let worst = lags.max() { item("lag max \(FigureText.lag(worst)) s") }
        let isCopying = migration.shards.contains { $0.phase == .copying }
        item("ready \(migration.readyCount)/\(migration.shards.count)")
        if isCopying { item("ETA \(migration.timeLeft(at: clock).map(Figures.duration) ?? "?")") }
        if isCopying {
            let copied = migration.shards.compactMap { $0.gauges?.rowsCopied }.reduce(0, +)
            let total = migration.shards.compactMap { $0.gauges?.rowsTotal }.reduce(0, +)
            item("rows \(Figures.count(copied)) of ~\(Figures.count(total))")
        }
        if !migration.attempts.isEmpty { item("attempts \(migration.attempts.count)") }
        if let skew = migration.skew { item("skew \(FigureText.stall(skew))", .good) }
        return line
    }

    // MARK: - The table

    private func drawTable(
        _ migration: MigrationSnapshot, _ shards: [ShardSnapshot], _ area: Rect, on screen: inout Screen
    ) {
        let nameColumns = Column.name(migration)
        let fixed = Column.marks + nameColumns + Column.phase
        let columns = Column.fitting(area.size.columns, fixed: fixed, isWide: area.size.columns >= 100)
        let noteColumn = fixed + columns.reduce(1) { $0 + $1.width }
        let heading = columns.reduce("   " + "SHARD".left(nameColumns) + "PHASE".left(Column.phase)) {
            $0 + $1.padded($1.title)
        }
        screen.put(Line(heading + " NOTE", .header), at: area.origin, limit: area.size.columns)

        let cursor = shards.firstIndex { $0.name == model.grid.cursor }
        let window = Window(rows: shards.count, room: area.size.rows - 2, cursor: cursor)
        for (offset, index) in window.range.enumerated() {
            let shard = shards[index]
            let row = area.origin.row + 1 + offset
            screen.put(
                rowLine(shard, migration, columns, nameColumns), at: Point(area.origin.column, row), limit: noteColumn)
            let isOld = shard.isOld(in: migration, at: clock)
            let note = Printable(shard.note(in: migration, at: clock)).truncated(
                to: max(0, area.size.columns - noteColumn))
            screen.put(
                note, at: Point(area.origin.column + noteColumn, row), role: shard.phase == .failed ? .bad : .plain)
            let whole = Rect(column: area.origin.column, row: row, columns: area.size.columns, rows: 1)
            if isOld { screen.restyle(whole, role: .stale) }
            if shard.name == model.grid.cursor { screen.restyle(whole, adding: .reverse) }
        }
        screen.put(
            tableFoot(shards, window), at: Point(area.origin.column, area.origin.row + 1 + window.count),
            limit: area.size.columns)
    }

    private func rowLine(
        _ shard: ShardSnapshot, _ migration: MigrationSnapshot, _ columns: [Column], _ nameColumns: Int
    ) -> Line {
        let state = model.grid
        var line = Line(shard.name == state.cursor ? ">" : " ", .selection, .bold)
        if let condition = shard.conditions(in: migration, at: clock).first {
            line.add(String(condition.rawValue), condition.role, .bold)
        } else {
            line.add(" ")
        }
        line.add(state.marks.contains(shard.name) ? "*" : " ", .mark, .bold)
        line.add(shard.name.shard.left(nameColumns), .plain, .bold)
        line.add("\(shard.phase.letter) \(shard.phase.word)".left(Column.phase), shard.phase.role)
        for column in columns {
            let (text, role) = column.cell(shard, migration, clock)
            line.add(column.padded(text), role)
        }
        return line.adding(" ")
    }

    private func tableFoot(_ shards: [ShardSnapshot], _ window: Window) -> Line {
        let all = model.current?.shards.count ?? 0
        let marks = model.grid.marks
        var line = Line("   ")
        if window.count < shards.count { line.add("(\(shards.count - window.count) more)  ", .dim) }
        if shards.count < all { line.add("\(shards.count) of \(all) shown  ", .match) }
        if !model.filter.isEmpty { line.add("filter: \(model.filter.text)  ", .match) }
        if !marks.isEmpty {
            let shown = Set(shards.map(\.name))
            let hidden = marks.count { !shown.contains($0) }
            line.add("\(marks.count) marked" + (hidden > 0 ? ", \(hidden) hidden" : "") + "  ", .mark, .bold)
        }
        if let cursor = model.grid.cursor, !shards.contains(where: { $0.name == cursor }), !shards.isEmpty {
            line.add("cursor on \(cursor.shard), hidden  ", .warn)
        }
        if shards.isEmpty { line.add("no shard matches; Esc shows all  ", .dim) }
        line.add("by: \(model.sort.rawValue)\(model.sortReversed ? " reversed" : "")", .dim)
        return line
    }

    // MARK: - What else fits

    /// Why the cursor's shard waits, in whole sentences.
    private func why(_ migration: MigrationSnapshot, _ columns: Int, room: Int) -> [Line] {
        guard room >= 2, let shard = model.cursorShard else { return [] }
        let label = "\(shard.name.shard) "
        let head = room >= 4 ? [Line()] : []
        let lines = reasons(shard, migration).flatMap { text, role in
            wrapped(text, columns: columns - label.count).map { Line($0, role) }
        }
        return head
            + lines.prefix(min(5, room - head.count)).enumerated().map { index, line in
                let start = Line(index == 0 ? label : String(repeating: " ", count: label.count), .plain, .bold)
                return line.parts.reduce(start) { $0.adding($1.text.description, $1.role) }
            }
    }

    private func reasons(_ shard: ShardSnapshot, _ migration: MigrationSnapshot) -> [(String, Role)] {
        if let failure = shard.failure {
            return [("FAILED: \(FailureText.short(failure, of: shard.name))", .bad)]
                + [failure.now.map { "now: \($0)" }, failure.next.map { "next: \($0)" }].compactMap { $0 }.map {
                    ($0, .plain)
                }
        }
        let reason = WhyItWaits.reason(shard, in: migration, at: clock)
        var all = [(reason.map { "WAITS FOR: \($0)" } ?? shard.note(in: migration, at: clock), shard.phase.role)]
        if shard.phase.isLive, let statement = shard.oldestBlocker?.lastStatement {
            all.append(("last statement: \(statement)", .plain))
        }
        return all
    }

    private func drawPane(_ migration: MigrationSnapshot, _ area: Rect, on screen: inout Screen) {
        guard let shard = model.cursorShard else { return }
        var lines = [
            Line(shard.name.shard, .plain, .bold).adding("  ").adding(
                "\(shard.phase.letter) \(shard.phase.word)", shard.phase.role, .bold)
        ]
        lines += ShardFacts(model: model, shard: shard, migration: migration, clock: clock).lines(
            columns: area.size.columns)
        let isCut = lines.count > area.size.rows
        for (offset, line) in lines.prefix(isCut ? area.size.rows - 1 : area.size.rows).enumerated() {
            screen.put(line, at: Point(area.origin.column, area.origin.row + offset), limit: area.size.columns)
        }
        if isCut {
            screen.put("(more with Enter)", at: Point(area.origin.column, area.rowRange.upperBound - 1), role: .dim)
        }
    }
}
