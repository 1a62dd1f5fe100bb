package import Core
internal import Terminal

/// The console's reducer: an event and its moment in, a changed model and what to do out. No clock, no terminal, no engine.
extension ConsoleModel {
    /// Takes one event. Never fails; what an event cannot mean here is answered on the screen.
    package mutating func handle(_ event: ConsoleEvent, now: Timestamp) -> [ConsoleEffect] {
        switch event {
        case .key(let key): return pressed(key, now)
        case .snapshot(let snapshot): return received(snapshot, now)
        case .linkLost(let why):
            if case .lost = link { return [] }
            link = .lost(since: now, why)
            return []
        case .linkRestored:
            link = fleet == nil ? .connecting : .live
            return []
        case .tick: return ticked(now)
        case .planArrived(let plan, let ticket):
            withDialog(ticket) { dialog in
                guard dialog.stage == .open, plan.request == dialog.request else { return }
                dialog.take(plan, at: now)
            }
            return []
        case .planFailed(let error, let ticket):
            let source = options.source
            withDialog(ticket) { dialog in
                dialog.isAsking = false
                dialog.planError = ErrorText.line(error, from: source)
            }
            return []
        case .receipt(let receipt, let ticket): return admitted(receipt, ticket, now)
        case .performFailed(let error, let ticket): return notPerformed(error, ticket, now)
        case .copied(let path):
            say("copied to \(path)", .good, now)
            return []
        case .copyFailed(let why):
            say("not copied: \(why)", .bad, now)
            return []
        }
    }

    mutating func say(_ text: String, _ role: Role, _ now: Timestamp) {
        notice = Notice(text: text, role: role, at: now)
    }

    // MARK: - Data

    private mutating func received(_ snapshot: FleetSnapshot, _ now: Timestamp) -> [ConsoleEffect] {
        let isFirst = fleet == nil
        fleet = snapshot
        receivedAt = now
        link = .live
        settleOrders(now, isForced: false)
        believe(snapshot, now)
        if isFirst, options.asksForWriteMode { openWriteMode(now) }
        return ring(now)
    }

    /// Sorts anew, unless a key was pressed lately: then rows keep their places and new ones come last. Of the grids only the one
    /// that is looked at, and those never sorted: nobody sees the others before they are gone to, which sorts them.
    mutating func settleOrders(_ now: Timestamp, isForced: Bool) {
        guard let shown else { return }
        let isQuiet = lastKeyAt.map { $0.age(at: now) >= Pace.settle } ?? true
        let fresh = shown.worstFirst()
        fleetOrder = isQuiet || isForced ? fresh : settled(fleetOrder, with: fresh)
        if let selected, !fresh.contains(selected), selected != options.opens { self.selected = nil }
        if selected == nil { selected = fleetOrder.first }
        let clock = engineTime(at: now)
        for migration in shown.migrations
        where migration.spec.id == selected || grids[migration.spec.id]?.order.isEmpty ?? true {
            var state = grids[migration.spec.id] ?? GridState()
            let order = sort.order(migration, reversed: sortReversed, at: clock)
            state.order = isQuiet || isForced ? order : settled(state.order, with: order)
            state.cursor = state.cursor ?? state.order.first
            grids[migration.spec.id] = state
        }
        let known = Set(fresh)
        grids = grids.filter { known.contains($0.key) }
    }

    /// Commands whose effect the data shows are no longer pending.
    private mutating func believe(_ snapshot: FleetSnapshot, _ now: Timestamp) {
        for command in pending {
            guard let migration = snapshot.migrations.first(where: { $0.spec.id == command.request.migration }),
                command.isSeen(in: migration)
            else { continue }
            pending.removeAll { $0 == command }
            say(
                "\(command.word) \(migration.spec.table): seen in the data after "
                    + Figures.duration(command.sentAt.age(at: now)), .good, now)
        }
        let ids = Set(snapshot.migrations.map(\.spec.id))
        pending.removeAll { !ids.contains($0.request.migration) }
    }

    /// Once for each new critical problem, and not in a hurry.
    private mutating func ring(_ now: Timestamp) -> [ConsoleEffect] {
        guard let fleet else { return [] }
        let critical = Set(
            fleet.migrations.flatMap { $0.problems(at: fleet.at) }.filter { $0.level == .critical }.map(\.key))
        let fresh = critical.subtracting(rungFor)
        guard !fresh.isEmpty else {
            rungFor = critical
            return []
        }
        if let rangAt, rangAt.age(at: now) < Pace.bell { return [] }
        rungFor = critical
        rangAt = now
        return [.bell]
    }

    private mutating func ticked(_ now: Timestamp) -> [ConsoleEffect] {
        if mode == .write, let lastKeyAt, lastKeyAt.age(at: now) >= Pace.writeIdle {
            mode = .safe
            say("write mode ended after 15 minutes without a key", .warn, now)
            if case .confirm(let dialog) = overlay, case .open = dialog.stage,
                !Keys.brakes.contains(dialog.request.verb)
            {
                overlay = nil
            }
        }
        if let shownNotice = notice, shownNotice.at.age(at: now) > Pace.notice { notice = nil }
        settleOrders(now, isForced: false)
        guard case .confirm(var dialog) = overlay, dialog.stage == .open, !dialog.isAsking,
            dialog.askedAt.age(at: now) >= Pace.poll
        else { return [] }
        dialog.ticket = nextTicket()
        dialog.isAsking = true
        dialog.askedAt = now
        overlay = .confirm(dialog)
        return [.requestPlan(dialog.request, ticket: dialog.ticket)]
    }

    // MARK: - Keys

    private mutating func pressed(_ key: Key, _ now: Timestamp) -> [ConsoleEffect] {
        switch key {
        case .resize(let size):
            self.size = size
            return []
        case .resumed: return [.redraw]
        case .leave: return [.quit]
        case .focus, .unknown: return []
        case .paste(let text): return pasted(text, now)
        default: break
        }
        lastKeyAt = now
        if overlay == nil || key == .control("c") { notice = nil }
        // These two belong to the terminal and work everywhere.
        if key == .control("l") { return [.redraw] }
        if key == .control("z") { return [.suspend] }
        switch overlay {
        case .confirm(let dialog): return inDialog(dialog, key, now)
        case .writeMode(let dialog): return inWriteMode(dialog, key, now)
        case .filter(let text): return inFilter(text, key, now)
        case .menu(let index): return inMenu(index, key, now)
        case .help(let scroll): return inHelp(scroll, key, now)
        case nil: return inView(key, now)
        }
    }

    /// Pasted text may fill a filter. It is never a key and never reaches a dialog.
    private mutating func pasted(_ text: String, _ now: Timestamp) -> [ConsoleEffect] {
        switch overlay {
        case .filter(let before):
            let line = String(
                text.prefix { !$0.isNewline }.prefix(TextField.longest - min(TextField.longest, before.count)))
            overlay = .filter(before + line)
        case .confirm, .writeMode: say("pasted text is ignored here: type it", .warn, now)
        case .help, .menu, nil: say("pasted text is ignored: it is not taken for keys", .warn, now)
        }
        return []
    }

    private mutating func inView(_ key: Key, _ now: Timestamp) -> [ConsoleEffect] {
        guard let binding = Keys.binding(for: key) else {
            if case .character(let character) = key { say("\(character) does nothing; ? lists the keys", .dim, now) }
            return []
        }
        guard binding.views.contains(view) else {
            say("\(binding.label): \(binding.word.isEmpty ? "it" : binding.word) does nothing in this view", .dim, now)
            return []
        }
        if let objection = objection(to: binding.action) {
            if case .order(let verb) = binding.action {
                say("\(verb.rawValue): \(objection)", .warn, now)
            } else {
                say(objection, .warn, now)
            }
            return []
        }
        if binding.action != .interrupt { interruptedAt = nil }
        return perform(binding.action, now)
    }

    private mutating func perform(_ action: Action, _ now: Timestamp) -> [ConsoleEffect] {
        switch action {
        case .show(let view): go(to: view, now)
        case .help: overlay = .help(scroll: 0)
        case .menu: overlay = .menu(index: 0)
        case .back: back(now)
        case .leaveView:
            if view == .fleet { return [.quit] }
            go(to: view == .detail ? .grid : .fleet, now)
        case .interrupt:
            if let interruptedAt, interruptedAt.age(at: now) < .seconds(2) { return [.quit] }
            interruptedAt = now
            say("Ctrl-C again quits; the migrations go on without the console", .warn, now)
        case .up: move(by: -1, now)
        case .down: move(by: 1, now)
        case .top: move(by: -100_000, now)
        case .bottom: move(by: 100_000, now)
        case .pageUp: move(by: -page, now)
        case .pageDown: move(by: page, now)
        case .halfUp: move(by: -max(1, page / 2), now)
        case .halfDown: move(by: max(1, page / 2), now)
        case .open: go(to: view == .fleet ? .grid : .detail, now)
        case .nextProblem: walk(1, now)
        case .previousProblem: walk(-1, now)
        case .nextMigration: change(1, now)
        case .previousMigration: change(-1, now)
        case .filter: overlay = .filter(filter.text)
        case .sortNext: sortBy(1, now)
        case .sortPrevious: sortBy(-1, now)
        case .sortReverse:
            sortReversed.toggle()
            settleOrders(now, isForced: true)
        case .wide: wantsWide.toggle()
        case .mark: mark(now)
        case .markAll:
            let names = visibleShards(at: now).map(\.name)
            setMarks { $0.union(names) }
        case .clearMarks: setMarks { _ in [] }
        case .freeze: freeze(now)
        case .times: times = times == .utc ? .relative : .utc
        case .copy: return copy(now)
        case .redraw: return [.redraw]
        case .suspend: return [.suspend]
        case .writeMode:
            if mode == .write {
                mode = .safe
                say("write mode is off", .good, now)
            } else {
                openWriteMode(now)
            }
        case .order(let verb): return openDialog(verb, now)
        }
        return []
    }

    private var page: Int { max(1, size.rows - 8) }

    // MARK: - Small overlays

    private mutating func inFilter(_ text: String, _ key: Key, _ now: Timestamp) -> [ConsoleEffect] {
        switch key {
        case .escape, .control("c"): overlay = nil
        case .enter:
            overlay = nil
            filter = Filter(text)
            keepCursorVisible(now)
        default:
            if let edited = TextField.edit(text, key) { overlay = .filter(edited) }
        }
        return []
    }

    private mutating func inHelp(_ scroll: Int, _ key: Key, _ now: Timestamp) -> [ConsoleEffect] {
        let wanted: Int
        switch key {
        case .down, .character("j"): wanted = scroll + 1
        case .up, .character("k"): wanted = scroll - 1
        case .pageDown, .character(" "): wanted = scroll + page
        case .pageUp: wanted = scroll - page
        case .home, .character("g"): wanted = 0
        case .escape, .control("c"), .character("?"), .character("q"):
            overlay = nil
            return []
        default: return []
        }
        overlay = .help(scroll: max(0, min(wanted, HelpScreen.lastScroll(self, now: now))))
        return []
    }

    private mutating func inMenu(_ index: Int, _ key: Key, _ now: Timestamp) -> [ConsoleEffect] {
        let verbs = Verb.allCases
        switch key {
        case .down, .character("j"): overlay = .menu(index: min(verbs.count - 1, index + 1))
        case .up, .character("k"): overlay = .menu(index: max(0, index - 1))
        case .escape, .control("c"), .character("q"), .character("!"): overlay = nil
        case .enter:
            overlay = nil
            let verb = verbs[min(index, verbs.count - 1)]
            if let objection = objection(to: verb) {
                say("\(verb.rawValue): \(objection)", .warn, now)
                return []
            }
            return openDialog(verb, now)
        default: break
        }
        return []
    }
}
