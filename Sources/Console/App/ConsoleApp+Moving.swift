internal import Core
internal import Terminal

/// Where the operator looks: cursor, marks, views. Cursor and marks are names; a row number is only ever computed from them.
extension ConsoleModel {
    mutating func go(to next: View, _ now: Timestamp) {
        if next != view { filter = Filter("") }
        view = next
        detailScroll = 0
        settleOrders(now, isForced: true)
    }

    mutating func back(_ now: Timestamp) {
        if !filter.isEmpty {
            filter = Filter("")
        } else if frozen != nil {
            freeze(now)
        } else if view == .detail {
            go(to: .grid, now)
        } else if view == .grid {
            go(to: .fleet, now)
        }
    }

    mutating func move(by rows: Int, _ now: Timestamp) {
        switch view {
        case .fleet: selected = step(visibleMigrations.map(\.spec.id), from: selected, by: rows) ?? selected
        case .grid: setCursor(step(visibleShards(at: now).map(\.name), from: grid.cursor, by: rows))
        case .detail: detailScroll = min(max(0, detailScroll + rows), DetailScreen.lastScroll(self, now: now))
        }
    }

    /// The name that many rows on. A cursor that no row shows comes back at the first row.
    private func step<Name: Equatable>(_ names: [Name], from name: Name?, by rows: Int) -> Name? {
        guard !names.isEmpty else { return nil }
        guard let name, let index = names.firstIndex(of: name) else { return names[0] }
        return names[min(max(0, index + rows), names.count - 1)]
    }

    mutating func setCursor(_ name: ShardName?) {
        guard let selected, let name else { return }
        grids[selected, default: GridState()].cursor = name
    }

    mutating func keepCursorVisible(_ now: Timestamp) {
        switch view {
        case .fleet:
            let ids = visibleMigrations.map(\.spec.id)
            if let first = ids.first, selected.map({ !ids.contains($0) }) ?? true { selected = first }
        case .grid, .detail:
            let names = visibleShards(at: now).map(\.name)
            if let first = names.first, grid.cursor.map({ !names.contains($0) }) ?? true { setCursor(first) }
        }
    }

    /// To the next problem, worst first. A filter that would hide it is cleared, and the screen says so.
    mutating func walk(_ step: Int, _ now: Timestamp) {
        let all = problems(at: now)
        let mine = view == .fleet ? all : all.filter { $0.migration == selected }
        guard !mine.isEmpty else { return say("no problem here", .good, now) }
        let current = mine.firstIndex { $0.migration == selected && $0.shard == grid.cursor }
        let start = current ?? (step > 0 ? -1 : mine.count)
        let problem = mine[((start + step) % mine.count + mine.count) % mine.count]
        selected = problem.migration
        setCursor(problem.shard)
        if view == .grid, !visibleShards(at: now).contains(where: { $0.name == grid.cursor }), !filter.isEmpty {
            filter = Filter("")
            say("filter cleared: \(problem.text)", problem.level.role, now)
        } else {
            say(problem.text, problem.level.role, now)
        }
    }

    mutating func change(_ step: Int, _ now: Timestamp) {
        guard !fleetOrder.isEmpty else { return }
        let index = selected.flatMap { fleetOrder.firstIndex(of: $0) } ?? 0
        selected = fleetOrder[((index + step) % fleetOrder.count + fleetOrder.count) % fleetOrder.count]
        detailScroll = 0
        settleOrders(now, isForced: true)
    }

    mutating func sortBy(_ step: Int, _ now: Timestamp) {
        let all = GridSort.allCases
        let index = all.firstIndex(of: sort) ?? 0
        sort = all[(index + step + all.count) % all.count]
        settleOrders(now, isForced: true)
    }

    mutating func mark(_ now: Timestamp) {
        guard let cursor = grid.cursor, visibleShards(at: now).contains(where: { $0.name == cursor }) else {
            return say("the cursor's shard is hidden by the filter", .warn, now)
        }
        setMarks { $0.symmetricDifference([cursor]) }
        move(by: 1, now)
    }

    mutating func setMarks(_ change: (Set<ShardName>) -> Set<ShardName>) {
        guard let selected else { return }
        let marks = change(grid.marks)
        grids[selected, default: GridState()].marks = marks
    }

    mutating func freeze(_ now: Timestamp) {
        if frozen != nil {
            frozen = nil
            settleOrders(now, isForced: true)
        } else if let fleet, let receivedAt {
            frozen = Frozen(fleet: fleet, receivedAt: receivedAt, at: now)
        }
    }

    /// The blocker's facts where there is one, else the shard's: for a ticket.
    mutating func copy(_ now: Timestamp) -> [ConsoleEffect] {
        guard let migration = current, let shard = cursorShard else {
            say("there is no shard to copy", .warn, now)
            return []
        }
        return [.copy(CopyText.shard(shard, in: migration, of: shown, at: engineTime(at: now)))]
    }
}
