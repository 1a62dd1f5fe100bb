internal import Core
internal import Terminal

/// The two lines at the bottom: what should be looked at, and the keys that are legal now.
struct BottomBar {
    let model: ConsoleModel
    let now: Timestamp

    func draw(on screen: inout Screen) {
        let columns = screen.size.columns
        let rows = screen.size.rows
        screen.put(alert(columns), at: Point(0, rows - 2), limit: columns)
        screen.put(keys(columns), at: Point(0, rows - 1), limit: columns)
    }

    /// A notice for a while, else an order that is still out, else the worst problem.
    private func alert(_ columns: Int) -> Line {
        if let notice = model.notice { return Line(notice.text, notice.role, .bold) }
        if case .lost(_, let why) = model.link {
            return Line("! no answer from \(model.options.source): \(why); the data is old", .bad, .bold)
        }
        if let command = model.pending.last {
            let age = command.sentAt.age(at: now)
            let text =
                command.wasAdmitted
                ? "\(command.word): admitted \(Figures.duration(age)) ago, not yet seen in the data"
                : "? \(command.word): sent \(Figures.duration(age)) ago, outcome not known; watching the data"
            return Line(text, command.wasAdmitted && age < Pace.pendingLimit ? .act : .bad, .bold)
        }
        let problems = model.problems(at: now)
        guard let worst = problems.first else { return Line(model.current == nil ? "" : "no problems", .dim) }
        let table =
            model.view == .fleet
            ? (model.migration(worst.migration)?.spec.table).map { "\($0) " } ?? "" : ""
        var line = Line("! \(table)\(worst.text)", worst.level.role, .bold)
        guard problems.count > 1 else { return line }
        let more = "n next of \(problems.count)"
        let room = columns - more.count - 2
        if line.width > room {
            line = Line(Printable("! \(table)\(worst.text)").truncated(to: room).description, worst.level.role, .bold)
        }
        line.pad(to: columns - more.count)
        line.add(more, .dim)
        return line
    }

    private func keys(_ columns: Int) -> Line {
        if case .filter(let text) = model.overlay {
            return Line("filter: ", .key, .bold).adding(text + "_", .input).adding("   Enter apply  Esc leave", .dim)
        }
        switch model.overlay {
        case .confirm, .writeMode: return Line("the dialog has the keys; Esc leaves it, and nothing happens", .dim)
        case .menu: return Line("the menu has the keys; Esc leaves it", .dim)
        case .help, .filter, nil: break
        }
        let hints = Keys.table
            .filter { $0.hint != nil && $0.views.contains(model.view) && model.objection(to: $0.action) == nil }
            .filter {
                model.view != .fleet || ($0.action != .show(.fleet) && ($0.action != .back || !model.filter.isEmpty))
            }
            .filter { model.current != nil || ($0.action != .nextProblem && $0.action != .filter) }
            .sorted { ($0.hint ?? 0) < ($1.hint ?? 0) }
        return fit(hints, columns)
    }

    /// As many hints as fit; `? help` always does.
    private func fit(_ hints: [KeyBinding], _ columns: Int) -> Line {
        var line = Line()
        var group: KeyBinding.Group?
        let help = "? help"
        for hint in hints where hint.action != .help {
            let isBorder = group == .write && hint.group != .write
            let gap = line.width == 0 ? "" : (isBorder ? " | " : "  ")
            let width = gap.count + hint.label.count + 1 + hint.word.count
            guard line.width + width + 2 + help.count <= columns else { continue }
            line.add(gap, .dim)
            line.add(hint.label, .key, .bold)
            line.add(" \(hint.word)")
            group = hint.group
        }
        line.add("  ")
        line.add("?", .key, .bold)
        line.add(" help")
        return line
    }
}
