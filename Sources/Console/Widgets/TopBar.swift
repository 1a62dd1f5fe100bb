internal import Core
internal import Terminal

/// The top line of every screen: environment, what is looked at, whether it is live, the mode, the clock.
struct TopBar {
    let model: ConsoleModel
    let now: Timestamp

    func draw(on screen: inout Screen) {
        let columns = screen.size.columns
        screen.fill(Rect(column: 0, row: 0, columns: columns, rows: 1), role: .header)
        let right = status(isWide: columns >= 100)
        let badge = badge
        screen.put(badge, at: Point(0, 0), limit: columns)
        let room = columns - badge.width - right.width - 2
        screen.put(title(room), at: Point(badge.width + 1, 0), limit: max(0, room))
        screen.putRight(right, endingBefore: columns, row: 0)
    }

    private var badge: Line {
        guard let environment = model.fleet?.environment else { return Line(" connecting ", .badgeTest, .reverse) }
        let name = Printable(environment.name).truncated(to: 24).description
        if model.options.isSimulated { return Line(" SIMULATED \(name) ", .badgeSimulated, .reverse) }
        return environment.isProduction
            ? Line(" PROD \(name) ", .badgeProduction, .reverse) : Line(" TEST \(name) ", .badgeTest, .reverse)
    }

    private func title(_ room: Int) -> Line {
        guard model.view != .fleet, let migration = model.current else {
            let count = model.shown?.migrations.count ?? 0
            return Line(count == 1 ? "1 migration" : "\(count) migrations", .header)
        }
        let spec = migration.spec
        var line = Line("\(spec.qualifiedTable) ", .header, .bold)
        line.add(spec.id.short, .header)
        if model.view == .detail, let shard = model.cursorShard {
            line.add(" > ", .header)
            line.add(shard.name.shard, .header, .bold)
        }
        line.add(" \(spec.sql ?? spec.alter)", .dim)
        return line
    }

    private func status(isWide: Bool) -> Line {
        let gap = isWide ? "  " : " "
        var line = Line()
        let (text, role, attributes) = link
        line.add(text, role, attributes)
        line.add(gap, .header)
        switch model.mode {
        case .safe, .readOnly: line.add(model.mode.word, .modeSafe)
        case .write: line.add(" RW ", .modeWrite, .reverse)
        }
        line.add(gap + (isWide ? now.text : now.clockText), .header)
        return line
    }

    private var link: (String, Role, Attributes) {
        if let frozen = model.frozen { return ("FROZEN \(Figures.duration(frozen.at.age(at: now)))", .warn, .reverse) }
        let age = model.receivedAt?.age(at: now)
        switch model.link {
        case .connecting: return ("CONNECTING", .warn, [])
        case .lost(let since, _):
            return ("OFFLINE \(Figures.duration(age ?? since.age(at: now)))", .bad, .reverse)
        case .live:
            let age = age ?? .zero
            return age > Pace.stale
                ? ("STALE \(Figures.duration(age))", .warn, .reverse) : ("LIVE \(Figures.duration(age))", .good, [])
        }
    }
}
