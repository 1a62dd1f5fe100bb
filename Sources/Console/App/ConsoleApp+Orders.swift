internal import Core
internal import Terminal

/// From a write key to a command. The only place that emits `perform` is `run`, and only `ConfirmDialog.objection` lets it.
extension ConsoleModel {
    mutating func openWriteMode(_ now: Timestamp) {
        guard let fleet, case .safe = mode else { return }
        overlay = .writeMode(
            WriteModeDialog(environment: fleet.environment.name, guardedUntil: now + Pace.dialogGuard))
    }

    mutating func inWriteMode(_ dialog: WriteModeDialog, _ key: Key, _ now: Timestamp) -> [ConsoleEffect] {
        if key == .escape || key == .control("c") {
            overlay = nil
            return []
        }
        var dialog = dialog
        guard now >= dialog.guardedUntil else { return [] }
        if key == .enter {
            guard !dialog.typed.isEmpty else { return [] }
            guard dialog.matches else {
                dialog.typed = ""
                overlay = .writeMode(dialog)
                say("that is not this environment's name", .warn, now)
                return []
            }
            overlay = nil
            mode = .write
            say("write mode is on for \(dialog.environment); W turns it off", .warn, now)
            return []
        }
        if let edited = TextField.edit(dialog.typed, key) { dialog.typed = edited }
        overlay = .writeMode(dialog)
        return []
    }

    // MARK: - Opening

    mutating func openDialog(_ verb: Verb, _ now: Timestamp) -> [ConsoleEffect] {
        guard let migration = newest(selected) else { return [] }
        guard let (shards, target) = target(of: verb, in: migration, now) else {
            say("the cursor's shard is hidden by the filter: nothing was chosen", .warn, now)
            return []
        }
        let request = CommandRequest(
            verb: verb, migration: migration.spec.id, shards: shards,
            options: ConfirmDialog.firstOptions(of: verb, migration.fleet))
        let count = shards.isEmpty ? migration.shards.count : shards.count
        let isLarge = (fleet?.environment.isProduction ?? true) && count > 8
        var dialog = ConfirmDialog(
            request: request, target: target, openedAt: now, attemptsBefore: migration.attempts.count,
            countToType: isLarge && !Keys.brakes.contains(verb) && verb != .unthrottle ? "\(count)" : nil,
            ticket: nextTicket())
        dialog.adjustable = migration.fleet == .vitess
        notice = nil
        overlay = .confirm(dialog)
        return [.requestPlan(request, ticket: dialog.ticket)]
    }

    /// The marks, or what the cursor is on; in words too. `nil` when the cursor's shard cannot be seen.
    private func target(of verb: Verb, in migration: MigrationSnapshot, _ now: Timestamp) -> (
        shards: [ShardName], text: String
    )? {
        let all = migration.shards.count
        let everything = all == 1 ? "the only shard" : "all \(all) shards"
        guard view != .fleet else { return ([], everything) }
        let visible = Set(visibleShards(at: now).map(\.name))
        let marked = migration.shards.map(\.name).filter(grid.marks.contains)
        let narrowable = Keys.narrowable(migration.fleet)
        if !marked.isEmpty, view == .grid || narrowable.contains(verb) {
            if marked.count == all { return ([], "\(everything), all marked") }
            let hidden = marked.count { !visible.contains($0) }
            let names = marked.map(\.shard).joined(separator: " ")
            let note = view == .grid && hidden > 0 ? ", \(hidden) hidden by the filter" : ""
            return (marked, "\(FigureText.shards(marked.count)) marked\(note): \(names)")
        }
        guard Keys.aimsAtCursor(migration.fleet).contains(verb) else { return ([], everything) }
        guard let cursor = grid.cursor, view == .detail || visible.contains(cursor) else { return nil }
        if all == 1 { return ([], everything) }
        return ([cursor], "1 of \(all) shards, under the cursor: \(cursor.shard)")
    }

    // MARK: - In the dialog

    mutating func inDialog(_ dialog: ConfirmDialog, _ key: Key, _ now: Timestamp) -> [ConsoleEffect] {
        if key == .escape || key == .control("c") {
            overlay = nil
            if case .running = dialog.stage {
                say("\(dialog.request.verb.rawValue): sent; its answer will be shown", .warn, now)
            }
            return []
        }
        guard dialog.stage == .open, now >= dialog.guardedUntil else { return [] }
        var dialog = dialog
        let tier = dialog.plan?.tier
        switch key {
        case .up: dialog.scroll = max(0, dialog.scroll - 1)
        case .down: dialog.scroll += 1
        case .pageUp: dialog.scroll = max(0, dialog.scroll - 5)
        case .pageDown: dialog.scroll += 5
        case .left, .right:
            guard let changed = dialog.stepped(key == .right ? 1 : -1, .value) else { break }
            return ask(changed, dialog, now)
        case .character("<") where dialog.hasExpiry, .character(">") where dialog.hasExpiry:
            guard let changed = dialog.stepped(key == .character(">") ? 1 : -1, .expiry) else { break }
            return ask(changed, dialog, now)
        case .tab, .backTab: if tier == .destructive { dialog.field = dialog.field == .reason ? .typed : .reason }
        case .enter: if tier == .destructive, !dialog.reason.isEmpty { dialog.field = .typed }
        case .character("y") where tier == .brake || tier == .noticeable: return run(dialog, now)
        case .control("x") where tier == .destructive: return run(dialog, now)
        default: dialog.type(key)
        }
        dialog.scroll = min(dialog.scroll, ConfirmBox.lastScroll(dialog, size: size))
        overlay = .confirm(dialog)
        return []
    }

    /// The same dialog about another value: its plan is asked for anew.
    private mutating func ask(
        _ request: CommandRequest, _ old: ConfirmDialog, _ now: Timestamp
    ) -> [ConsoleEffect] {
        var dialog = ConfirmDialog(
            request: request, target: old.target, openedAt: now, attemptsBefore: old.attemptsBefore,
            countToType: old.countToType, ticket: nextTicket())
        dialog.adjustable = old.adjustable
        overlay = .confirm(dialog)
        return [.requestPlan(request, ticket: dialog.ticket)]
    }

    private mutating func run(_ dialog: ConfirmDialog, _ now: Timestamp) -> [ConsoleEffect] {
        // The mode may have ended while the dialog was open.
        if case .readOnly = mode { return [] }
        if mode == .safe, !Keys.brakes.contains(dialog.request.verb) { return [] }
        guard dialog.objection(at: now) == nil, let plan = dialog.plan else { return [] }
        var dialog = dialog
        dialog.stage = .running(since: now)
        dialog.ticket = nextTicket()
        overlay = .confirm(dialog)
        sent[dialog.ticket] = PendingCommand(
            request: dialog.request, sentAt: now, wasAdmitted: false, attemptsBefore: dialog.attemptsBefore)
        return [.perform(dialog.request, planHash: plan.hash, reason: dialog.reason, ticket: dialog.ticket)]
    }

    // MARK: - Answers

    /// Changes the dialog that ticket belongs to, if it is still open.
    mutating func withDialog(_ ticket: Int, _ change: (inout ConfirmDialog) -> Void) {
        guard case .confirm(var dialog) = overlay, dialog.ticket == ticket else { return }
        change(&dialog)
        overlay = .confirm(dialog)
    }

    private mutating func closeDialog(_ ticket: Int) {
        if case .confirm(let dialog) = overlay, dialog.ticket == ticket { overlay = nil }
    }

    mutating func admitted(_ receipt: CommandReceipt, _ ticket: Int, _ now: Timestamp) -> [ConsoleEffect] {
        closeDialog(ticket)
        guard let command = sent.removeValue(forKey: ticket) else { return [] }
        let isSeen = newest(command.request.migration).map(command.isSeen) ?? false
        if !isSeen {
            pending.append(
                PendingCommand(
                    request: command.request, sentAt: command.sentAt, wasAdmitted: true,
                    attemptsBefore: command.attemptsBefore))
        }
        if let told = receipt.report.first {
            let isDoubtful = receipt.report.contains { $0.contains("NOT SEEN") || $0.contains("UNKNOWN") }
            let more = receipt.report.count > 1 ? " (+\(receipt.report.count - 1))" : ""
            say("\(command.word): \(told)\(more)", isDoubtful ? .warn : .good, now)
            return []
        }
        say(
            "\(command.word): admitted \(receipt.at.clockText)" + (isSeen ? "" : ", not yet seen in the data"),
            isSeen ? .good : .act, now)
        return []
    }

    mutating func notPerformed(_ error: ServiceError, _ ticket: Int, _ now: Timestamp) -> [ConsoleEffect] {
        let command = sent.removeValue(forKey: ticket)
        var isUnknown = false
        if case .unreachable(_, sent: true) = error { isUnknown = true }
        if isUnknown, let command { pending.append(command) }
        let lines = ErrorText.lines(error, from: options.source)
        var isShown = false
        withDialog(ticket) { dialog in
            dialog.stage = isUnknown ? .unknown(lines) : .refused(lines)
            isShown = true
        }
        if !isShown, let command {
            say("\(command.word): \(isUnknown ? "?, outcome not known: " : "")\(ErrorText.line(error, from: options.source))", .bad, now)
        }
        return []
    }
}

extension ConfirmDialog {
    /// A key for the field that takes typing now.
    mutating func type(_ key: Key) {
        guard let plan, plan.refusal == nil else { return }
        switch plan.tier {
        case .brake: return
        case .noticeable:
            guard countToType != nil, isForCount(key) else { return }
            typed = TextField.edit(typed, key) ?? typed
        case .destructive:
            switch field {
            case .reason: reason = TextField.edit(reason, key) ?? reason
            case .typed: typed = TextField.edit(typed, key) ?? typed
            }
        }
    }

    private func isForCount(_ key: Key) -> Bool {
        if case .character(let character) = key { return character.isASCII && character.isNumber }
        return true
    }
}
