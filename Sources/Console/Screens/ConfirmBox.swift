internal import Core
internal import Terminal

/// The dialog: the same box at every size. What it will do, on what, what cannot be undone; a long list scrolls inside.
struct ConfirmBox {
    let model: ConsoleModel
    let dialog: ConfirmDialog
    let now: Timestamp

    func draw(on screen: inout Screen) {
        let layout = Layout(dialog: dialog, size: screen.size)
        let body = Self.body(dialog, columns: layout.text)
        let foot = foot(layout)
        Box.draw(title: title, right: environment, in: layout.area, model: model, on: &screen)
        let inside = layout.area.inset(columns: 2, rows: 1)
        let scroll = min(dialog.scroll, layout.lastScroll)
        for (offset, line) in body.dropFirst(scroll).prefix(layout.room).enumerated() {
            screen.put(line, at: Point(inside.origin.column, inside.origin.row + offset), limit: inside.size.columns)
        }
        for (offset, line) in foot.enumerated() {
            let point = Point(inside.origin.column, inside.origin.row + inside.size.rows - foot.count + offset)
            screen.put(line, at: point, limit: inside.size.columns)
        }
    }

    /// How far the body can be scrolled on that screen.
    static func lastScroll(_ dialog: ConfirmDialog, size: Size) -> Int { Layout(dialog: dialog, size: size).lastScroll }

    /// The box's place, and how many of its lines are body. Blank lines go first where rows are short.
    private struct Layout {
        let area: Rect
        /// Columns of the text beside the labels.
        let text: Int
        let room: Int
        let lastScroll: Int
        let hasBlanks: Bool

        init(dialog: ConfirmDialog, size: Size) {
            let width = min(80, size.columns)
            text = width - 4 - ConfirmBox.label
            let body = ConfirmBox.body(dialog, columns: text).count
            let most = size.rows - 3
            let foot = ConfirmBox.footRows(dialog)
            hasBlanks = body + foot.lines + foot.blanks + 2 <= most
            let footRows = foot.lines + (hasBlanks ? foot.blanks : 0)
            // One more line says how much is hidden.
            let height = min(body + footRows + 2, most)
            let fits = body <= height - 2 - footRows
            room = max(1, height - 2 - footRows - (fits ? 0 : 1))
            lastScroll = max(0, body - room)
            area = Rect(
                column: (size.columns - width) / 2, row: max(1, (size.rows - 2 - height) / 2), columns: width,
                rows: height)
        }
    }

    private var title: String { dialog.plan?.title ?? dialog.request.verb.rawValue.uppercased() }

    private var environment: Line {
        guard let environment = model.fleet?.environment else { return Line() }
        return environment.isProduction
            ? Line(" PROD \(environment.name) ", .badgeProduction, .reverse)
            : Line(" TEST \(environment.name) ", .badgeTest, .reverse)
    }

    // MARK: - Body

    private static let label = 15

    private static func body(_ dialog: ConfirmDialog, columns: Int) -> [Line] {
        func item(_ label: String, _ text: String, isChanged: Bool, role: Role = .dialog) -> [Line] {
            self.item(label, text, isChanged: isChanged, role: role, columns: columns)
        }
        func outcome(_ label: String, _ lines: [String]) -> [Line] {
            lines.enumerated().flatMap { index, text in
                item(index == 0 ? label : "", text, isChanged: false, role: index == 0 ? .bad : .dialog)
            }
        }
        switch dialog.stage {
        case .refused(let lines): return outcome("REFUSED", lines)
        case .unknown(let lines): return outcome("UNKNOWN", lines)
        case .open, .running: break
        }
        var lines = item("Chosen", dialog.target, isChanged: false)
        guard let plan = dialog.plan else {
            let text = dialog.planError ?? "asking what it would do"
            return lines + item("Checking", text, isChanged: false)
        }
        for (index, line) in plan.lines.enumerated() {
            lines += item(line.label, line.text, isChanged: dialog.changedLines.contains(index))
        }
        if let refusal = plan.refusal {
            lines += item("Refused", refusal.reason, isChanged: false, role: .bad)
            if let advice = refusal.advice { lines += item("", advice, isChanged: false) }
        }
        return lines
    }

    private static func item(_ label: String, _ text: String, isChanged: Bool, role: Role, columns: Int) -> [Line] {
        wrapped(text, columns: columns).enumerated().map { index, part in
            var line = Line(isChanged && index == 0 ? "* " : "  ", .warn, .bold)
            line.add((index == 0 ? label : "").left(ConfirmBox.label - 2), .dim)
            line.add(part, isChanged ? .warn : role, isChanged ? .bold : [])
            return line
        }
    }

    // MARK: - Foot

    private static func footRows(_ dialog: ConfirmDialog) -> (lines: Int, blanks: Int) {
        guard dialog.stage == .open, let plan = dialog.plan, plan.refusal == nil else { return (1, 1) }
        if plan.tier == .destructive { return (4, 2) }
        return (dialog.countToType == nil ? 2 : 3, 1)
    }

    private func foot(_ layout: Layout) -> [Line] {
        let blank = layout.hasBlanks ? [Line()] : []
        var hidden: [Line] = []
        if layout.lastScroll > 0 {
            let below = layout.lastScroll - min(dialog.scroll, layout.lastScroll)
            let text = below > 0 ? "\(below) more lines: Down" : "the first lines: Up"
            hidden = [Line("  " + "".left(Self.label - 2) + "(\(text))", .key)]
        }
        switch dialog.stage {
        case .refused: return hidden + blank + [Line("  Esc closes; nothing was changed")]
        case .unknown:
            return hidden + blank + [Line("  Esc closes; send nothing again before the data shows what happened")]
        case .running(let since):
            let text = "  sent \(Figures.duration(since.age(at: now))) ago, waiting for the answer"
            return hidden + blank + [Line(text, .act, .bold).adding("   Esc hides this and stops nothing", .dim)]
        case .open: break
        }
        guard let plan = dialog.plan, plan.refusal == nil else {
            return hidden + blank + [Line("  Esc closes; nothing happens")]
        }
        switch plan.tier {
        case .brake, .noticeable: return hidden + [checked] + count(layout) + blank + [keys("y", "run")]
        case .destructive: return hidden + [checked] + blank + fields(plan, layout) + blank + [keys("Ctrl-X", "run")]
        }
    }

    private var checked: Line {
        guard let at = dialog.planArrivedAt else { return Line() }
        let age = at.age(at: now)
        var line = Line("  ").adding("Checked".left(Self.label - 2), .dim)
        line.add("\(Figures.duration(age)) ago", age > Pace.stale ? .warn : .dialog)
        if let error = dialog.planError { line.add("; \(error)", .warn, .bold) }
        if !dialog.changedLines.isEmpty { line.add("; what changed is marked *", .warn, .bold) }
        return line
    }

    private func count(_ layout: Layout) -> [Line] {
        guard let count = dialog.countToType else { return [] }
        return [field("Type", "\(count) (the number of shards): ", dialog.typed, layout, isActive: true)]
    }

    private func fields(_ plan: CommandPlan, _ layout: Layout) -> [Line] {
        [
            field("Reason", "", dialog.reason, layout, isActive: dialog.field == .reason, hint: "(goes to the audit)"),
            field("Type", "\(plan.confirmation ?? ""): ", dialog.typed, layout, isActive: dialog.field == .typed),
        ]
    }

    private func field(
        _ label: String, _ prompt: String, _ text: String, _ layout: Layout, isActive: Bool, hint: String = ""
    ) -> Line {
        var line = Line(isActive ? "> " : "  ", .key, .bold)
        line.add(label.left(Self.label - 2), .dim)
        line.add(prompt, .dialog, .bold)
        let room = max(4, layout.text - prompt.count)
        let shown = String(text.suffix(room - 1))
        line.add(shown + (isActive ? "_" : ""), .input)
        if text.isEmpty, !hint.isEmpty { line.add(" \(hint)", .dim) }
        return line
    }

    private func keys(_ key: String, _ word: String) -> Line {
        var line = Line("  ")
        if let objection = dialog.objection(at: now) {
            line.add("\(key) \(word): \(objection)", .dim)
        } else {
            line.add(key, .key, .bold)
            line.add(" \(word)", .dialog, .bold)
        }
        if dialog.plan?.tier == .destructive {
            line.add("   ")
            line.add("Tab", .key, .bold)
            line.add(" field")
        }
        if dialog.hasValue {
            line.add("   ")
            line.add("Left Right", .key, .bold)
            line.add(dialog.request.verb == .throttle ? " share" : " threshold")
        }
        if dialog.hasExpiry {
            line.add("   ")
            line.add("< >", .key, .bold)
            line.add(" time")
        }
        line.add("   ")
        line.add("Esc", .key, .bold)
        line.add(" nothing")
        return line
    }
}

/// The frame every dialog has: title at the left, the environment at the right.
enum Box {
    static func draw(title: String, right: Line, in area: Rect, model: ConsoleModel, on screen: inout Screen) {
        screen.fill(area, role: .dialog)
        screen.box(area, glyphs: model.options.glyphs)
        screen.put(
            Line(" \(title) ", .dialog, .bold), at: Point(area.origin.column + 2, area.origin.row),
            limit: area.size.columns - 4)
        screen.putRight(right, endingBefore: area.columnRange.upperBound - 2, row: area.origin.row)
    }
}

/// `W`: the environment's name, typed, turns write mode on.
struct WriteModeBox {
    let model: ConsoleModel
    let dialog: WriteModeDialog
    let now: Timestamp

    func draw(on screen: inout Screen) {
        let environment = model.fleet?.environment
        let width = min(66, screen.size.columns)
        let area = Rect(
            column: (screen.size.columns - width) / 2, row: max(1, (screen.size.rows - 9) / 2), columns: width, rows: 9)
        let badge =
            environment?.isProduction == true
            ? Line(" PROD \(dialog.environment) ", .badgeProduction, .reverse)
            : Line(" TEST \(dialog.environment) ", .badgeTest, .reverse)
        Box.draw(title: "WRITE MODE", right: badge, in: area, model: model, on: &screen)
        let lines = [
            Line("The keys that change things work then, in this console. Each"),
            Line("still opens a dialog that asks first. W turns it off again;"),
            Line("so do 15 minutes without a key."),
            Line(),
            Line("Type ", .dialog).adding(dialog.environment, .dialog, .bold).adding(": ", .dialog).adding(
                dialog.typed + "_", .input),
            Line(),
            dialog.matches
                ? Line("Enter", .key, .bold).adding(" turn it on   ").adding("Esc", .key, .bold).adding(
                    " nothing happens")
                : Line("Enter turns it on, once the name matches   ", .dim).adding("Esc", .key, .bold).adding(
                    " nothing happens"),
        ]
        for (offset, line) in lines.enumerated() {
            screen.put(line, at: Point(area.origin.column + 2, area.origin.row + 1 + offset), limit: width - 4)
        }
    }
}

/// `!`: every order there is, and why one is not possible now.
struct ActionMenu {
    let model: ConsoleModel
    let now: Timestamp

    func draw(_ index: Int, on screen: inout Screen) {
        let verbs = Verb.allCases
        let width = min(78, screen.size.columns)
        let height = verbs.count + 4
        let area = Rect(
            column: (screen.size.columns - width) / 2, row: max(1, (screen.size.rows - height) / 2), columns: width,
            rows: height)
        let name = model.newest(model.selected).map { "\($0.spec.table) \($0.spec.id.short)" } ?? ""
        Box.draw(title: "ACTIONS \(name)", right: Line(), in: area, model: model, on: &screen)
        for (offset, verb) in verbs.enumerated() {
            let row = area.origin.row + 1 + offset
            screen.put(line(verb, isChosen: offset == index), at: Point(area.origin.column + 2, row), limit: width - 4)
            if offset == index {
                screen.restyle(
                    Rect(column: area.origin.column + 1, row: row, columns: width - 2, rows: 1), adding: .reverse)
            }
        }
        let foot = Line("Enter", .key, .bold).adding(" opens its dialog, which asks first   ").adding(
            "Esc", .key, .bold
        ).adding(" close")
        screen.put(foot, at: Point(area.origin.column + 2, area.rowRange.upperBound - 2), limit: width - 4)
    }

    private func line(_ verb: Verb, isChosen: Bool) -> Line {
        let binding = Keys.table.first { $0.action == .order(verb) }
        let label = binding?.label ?? " "
        var line = Line(isChosen ? "> " : "  ", .selection, .bold)
        guard let objection = model.objection(to: verb) else {
            line.add(label.left(3), .key, .bold)
            line.add(verb.rawValue.left(15), .dialog, .bold)
            return line.adding(binding.map { Keys.help($0, model.current?.fleet) } ?? Keys.help(verb))
        }
        line.add(label.left(3), .dim)
        line.add(verb.rawValue.left(15), .dim)
        return line.adding(objection, .dim)
    }
}
