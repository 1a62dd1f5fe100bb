internal import Core
internal import Terminal

/// `?`: made from the key table. What does nothing in this view is left out; what is forbidden says why.
struct HelpScreen {
    let model: ConsoleModel
    let now: Timestamp

    func draw(_ scroll: Int, on screen: inout Screen) {
        let size = screen.size
        let area = Rect(column: 0, row: 1, columns: size.columns, rows: size.rows - 2)
        screen.fill(Rect(column: 0, row: 1, columns: size.columns, rows: size.rows - 1), role: .plain)
        var title = Line("HELP \(model.view.rawValue)", .header, .bold)
        title.pad(to: size.columns - 22)
        title.add("j k scroll   Esc close", .dim)
        screen.put(title, at: area.origin, limit: size.columns)
        let lines = Self.lines(model, columns: size.columns)
        let room = area.size.rows - 1
        let first = min(scroll, max(0, lines.count - room))
        for (offset, line) in lines.dropFirst(first).prefix(room).enumerated() {
            screen.put(line, at: Point(0, area.origin.row + 1 + offset), limit: size.columns)
        }
        let below = lines.count - first - room
        let foot =
            below > 0 ? "\(below) more lines: j or Space" : "SAFE reads and brakes (P T); RW after W; RO reads only"
        screen.put(foot, at: Point(0, size.rows - 1), role: .dim, limit: size.columns)
    }

    static func lastScroll(_ model: ConsoleModel, now: Timestamp) -> Int {
        max(0, lines(model, columns: model.size.columns).count - (model.size.rows - 3))
    }

    private static func lines(_ model: ConsoleModel, columns: Int) -> [Line] {
        var lines: [Line] = []
        for group in [KeyBinding.Group.write, .move, .list, .view, .screens] {
            let bindings = Keys.table.filter { $0.group == group && $0.views.contains(model.view) }
            for (index, binding) in bindings.enumerated() {
                lines += row(binding, isFirst: index == 0, model, columns)
            }
        }
        lines.append(Line())
        lines += wrapped(letters, columns: columns - 10).enumerated().map { index, text in
            Line((index == 0 ? "  letters" : "").left(10), .dim).adding(text)
        }
        lines += wrapped(conditions, columns: columns - 10).map { Line("".left(10)).adding($0) }
        return lines
    }

    private static func row(_ binding: KeyBinding, isFirst: Bool, _ model: ConsoleModel, _ columns: Int) -> [Line] {
        let objection = model.objection(to: binding.action)
        let head = Line((isFirst ? "  \(binding.group.rawValue)" : "").left(10), .dim)
            .adding(binding.label.left(9), objection == nil ? .key : .dim, objection == nil ? .bold : [])
        let text = Keys.help(binding, model.current?.fleet) + (objection.map { "  (\($0))" } ?? "")
        return wrapped(text, columns: max(20, columns - 19)).enumerated().map { index, part in
            (index == 0 ? head : Line("".left(19))).adding(part, objection == nil ? .plain : .dim)
        }
    }

    private static var letters: String {
        Phase.allCases.map { "\($0.letter) \($0.word)" }.joined(separator: "  ")
    }

    private static let conditions =
        "x failed  k blocked by a transaction  ! no sign of life  t throttled  u throttled by a person  ~ old data  "
        + "f force flag set  p postponed"
}
