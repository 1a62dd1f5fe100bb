internal import Core
internal import Terminal

/// What happened, newest last, as many as fit.
struct EventList {
    let model: ConsoleModel
    let clock: Timestamp

    func draw(_ events: [EventLine], in area: Rect, on screen: inout Screen) {
        guard area.size.rows > 0 else { return }
        var row = area.origin.row
        var room = area.size.rows
        if room > 2 {
            screen.hline(at: Point(0, row), columns: area.size.columns, glyphs: model.options.glyphs)
            screen.put(" events ", at: Point(2, row), role: .border)
            row += 1
            room -= 1
        }
        for (offset, event) in events.suffix(room).enumerated() {
            screen.put(line(event), at: Point(area.origin.column, row + offset), limit: area.size.columns)
        }
    }

    func line(_ event: EventLine) -> Line {
        var line = Line(model.when(event.at, clock).left(10) + " ", .dim)
        if let shard = event.shard { line.add("\(shard.shard) ", .plain, .bold) }
        // The engine may have put the shard's name into the sentence too.
        var text = event.text
        if let shard = event.shard, text.hasPrefix("\(shard): ") {
            text = String(text.dropFirst(shard.description.count + 2))
        }
        return line.adding(text)
    }
}
