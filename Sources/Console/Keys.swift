internal import Core
internal import Terminal

/// What a key means.
enum Action: Hashable, Sendable {
    case show(ConsoleModel.View)
    case help, menu, back, leaveView, interrupt
    case up, down, top, bottom, pageUp, pageDown, halfUp, halfDown, open
    case nextProblem, previousProblem, nextMigration, previousMigration
    case filter, sortNext, sortPrevious, sortReverse, wide, mark, markAll, clearMarks
    case freeze, times, copy, redraw, suspend
    case writeMode
    case order(Verb)
}

/// One row of the key table. Help, legality and the footer's hints all come from here and from nowhere else.
struct KeyBinding: Sendable {
    enum Group: String, CaseIterable, Sendable {
        case move, list, view, screens, write
    }
    let keys: [Key]
    /// How the key is written: `Ctrl-L`.
    let label: String
    let action: Action
    /// One or two words for the footer.
    let word: String
    /// What it does, for the help.
    let help: String
    let group: Group
    /// Where it means something.
    let views: Set<ConsoleModel.View>
    /// Its place among the footer's hints, smallest first; `nil` keeps it out.
    let hint: Int?
}

enum Keys {
    private static let everywhere = Set(ConsoleModel.View.allCases)
    private static let lists: Set<ConsoleModel.View> = [.fleet, .grid]
    private static let shards: Set<ConsoleModel.View> = [.grid, .detail]

    /// In the order of the help. A write verb has an upper-case key and only opens a dialog.
    static let table: [KeyBinding] = [
        bind([.character("j"), .down], "j Down", .down, "down", "next row", .move),
        bind([.character("k"), .up], "k Up", .up, "up", "previous row", .move),
        bind([.character("g"), .home], "g Home", .top, "top", "first row", .move),
        bind([.character("G"), .end], "G End", .bottom, "end", "last row", .move),
        bind([.pageDown], "PgDn", .pageDown, "page", "a page down", .move),
        bind([.pageUp], "PgUp", .pageUp, "page", "a page up", .move),
        bind([.control("d")], "Ctrl-D", .halfDown, "half", "half a page down", .move),
        bind([.control("u")], "Ctrl-U", .halfUp, "half", "half a page up", .move),
        bind(
            [.enter, .character("l"), .right], "Enter", .open, "open", "open what the cursor is on", .move, in: lists,
            hint: 30),
        bind([.character("n")], "n", .nextProblem, "problem", "next problem, worst first", .move, hint: 32),
        bind([.character("N")], "N", .previousProblem, "", "previous problem", .move),
        bind([.character("]")], "]", .nextMigration, "", "next migration", .move),
        bind([.character("[")], "[", .previousMigration, "", "previous migration", .move),

        bind(
            [.character("/")], "/", .filter, "filter",
            "show only rows that match: text, phase:R, not:phase:D, lag>5, cut>=3, age>10m, thr, stale, problem, marked",
            .list, in: lists, hint: 33),
        bind(
            [.character(" ")], "Space", .mark, "mark", "mark the cursor's shard, or unmark it", .list, in: [.grid],
            hint: 34),
        bind([.character("*")], "*", .markAll, "all", "mark every shard shown", .list, in: [.grid]),
        bind([.character("-")], "-", .clearMarks, "none", "clear the marks", .list, in: [.grid]),
        bind([.character(">")], ">", .sortNext, "sort", "sort by the next column", .list, in: [.grid]),
        bind([.character("<")], "<", .sortPrevious, "", "sort by the column before", .list, in: [.grid]),
        bind([.character("r")], "r", .sortReverse, "", "reverse the order", .list, in: [.grid]),
        bind([.character("w")], "w", .wide, "wide", "give the whole width to the table", .list, in: [.grid]),

        bind([.character("z")], "z", .freeze, "freeze", "hold the screen still; data is still collected", .view),
        bind([.character("t")], "t", .times, "times", "times as UTC or as ages", .view),
        bind(
            [.character("y")], "y", .copy, "copy", "copy the blocker, or the shard's facts, to a file", .view,
            in: shards, hint: 36),
        bind([.control("l")], "Ctrl-L", .redraw, "", "paint the screen again", .view),
        bind([.control("z")], "Ctrl-Z", .suspend, "", "suspend; the migration goes on", .view),

        bind([.character("1")], "1", .show(.fleet), "fleet", "all migrations", .screens, hint: 38),
        bind([.character("2")], "2", .show(.grid), "grid", "the shards of one migration", .screens),
        bind([.character("4")], "4", .show(.detail), "shard", "one shard: why it waits, attempts, tables", .screens),
        bind([.escape], "Esc", .back, "back", "back, or clear the filter", .screens, hint: 39),
        bind([.character("q")], "q", .leaveView, "leave", "leave this view; from the fleet: quit", .screens),
        bind([.control("c")], "Ctrl-C", .interrupt, "", "leave any prompt; twice: quit", .screens),
        bind([.character("?")], "?", .help, "help", "this help", .screens, hint: 40),

        bind([.character("P")], "P", .order(.postpone), "postpone", "no cut-over until C", .write, hint: 1),
        bind([.character("C")], "C", .order(.complete), "complete", "cut over, all shards together", .write, hint: 2),
        bind(
            [.character("F")], "F", .order(.forceCutOver), "force", "end the blocking transactions, then cut over",
            .write, hint: 3),
        bind([.character("Y")], "Y", .order(.retry), "retry", "run failed shards again", .write, hint: 4),
        bind([.character("L")], "L", .order(.launch), "launch", "start a postponed migration", .write, hint: 5),
        bind([.character("T")], "T", .order(.throttle), "throttle", "hold the copy by hand", .write, hint: 6),
        bind([.character("U")], "U", .order(.unthrottle), "unthrottle", "release the copy", .write, hint: 7),
        bind(
            [.character("R")], "R", .order(.revert), "revert", "bring back the old schema where the new one is", .write,
            hint: 9),
        bind([.character("X")], "X", .order(.cancel), "cancel", "stop and drop what was created", .write, hint: 8),
        bind([.character("W")], "W", .writeMode, "write mode", "turn write mode on or off", .write, hint: 20),
        bind([.character("!")], "!", .menu, "actions", "every action, and why not", .write, hint: 21),
    ]

    private static func bind(
        _ keys: [Key], _ label: String, _ action: Action, _ word: String, _ help: String, _ group: KeyBinding.Group,
        in views: Set<ConsoleModel.View>? = nil, hint: Int? = nil
    ) -> KeyBinding {
        KeyBinding(
            keys: keys, label: label, action: action, word: word, help: help, group: group, views: views ?? everywhere,
            hint: hint)
    }

    private static let byKey: [Key: KeyBinding] = Dictionary(
        table.flatMap { binding in binding.keys.map { ($0, binding) } }, uniquingKeysWith: { first, _ in first })

    static func binding(for key: Key) -> KeyBinding? { byKey[key] }

    /// The verbs that work without write mode: they only ever slow things down.
    static let brakes: Set<Verb> = [.postpone, .throttle]

    /// Which verbs marks aim at some of a migration's shards. The tablets of Vitess act each for itself, but throttles hold a
    /// whole keyspace.
    static func narrowable(_ fleet: FleetKind) -> Set<Verb> {
        switch fleet {
        case .plain: [.retry, .throttle, .unthrottle]
        case .vitess: Set(Verb.allCases).subtracting([.throttle, .unthrottle])
        }
    }

    /// Which verbs mean the cursor's shard when nothing is marked. Where a verb aimed at one shard splits the fleet, only a mark
    /// does that.
    static func aimsAtCursor(_ fleet: FleetKind) -> Set<Verb> {
        switch fleet {
        case .plain: narrowable(.plain)
        case .vitess: []
        }
    }

    /// What a verb's key does, in the words of the fleet.
    static func help(_ binding: KeyBinding, _ fleet: FleetKind?) -> String {
        guard fleet == .vitess, case .order(let verb) = binding.action else { return binding.help }
        return switch verb {
        case .complete: "let every shard cut over, each by itself; marks narrow it"
        case .forceCutOver: "set the force flag: each attempt ends who is in the way; it cannot be unset"
        case .postpone: "no cut-over begins until C, also not a forced one"
        case .retry: "run failed and cancelled shards again, from the first row"
        case .cancel: "stop it; what was copied is lost"
        case .throttle: "hold it back in the whole keyspace, for a while"
        case .unthrottle: "end its throttle"
        case .revert: "go back on the shards that are done, without losing a write"
        case .launch, .threshold, .cleanup: binding.help
        }
    }

    /// Of the verbs without a key.
    static func help(_ verb: Verb) -> String {
        switch verb {
        case .threshold: "how long a cut-over may wait for its locks"
        case .cleanup: "drop the old tables that are kept"
        case .launch, .postpone, .complete, .cancel, .retry, .forceCutOver, .throttle, .unthrottle, .revert: ""
        }
    }
}

extension ConsoleModel {
    /// Why a key does nothing here now, in words; `nil` when it acts.
    func objection(to action: Action) -> String? {
        switch action {
        case .order(let verb): objection(to: verb)
        case .writeMode:
            if case .readOnly(let why) = mode {
                "read only: \(why)"
            } else {
                fleet == nil ? "no data yet: the environment is not known" : nil
            }
        case .show(.grid), .show(.detail), .menu, .open:
            current == nil ? "there is no migration here" : nil
        case .show(.fleet), .help, .back, .leaveView, .interrupt, .up, .down, .top, .bottom, .pageUp, .pageDown,
            .halfUp,
            .halfDown, .nextProblem, .previousProblem, .nextMigration, .previousMigration, .filter, .sortNext,
            .sortPrevious, .sortReverse, .wide, .mark, .markAll, .clearMarks, .freeze, .times, .copy, .redraw, .suspend:
            nil
        }
    }

    /// Why an order would not be accepted: what the engine said about its state, and what the mode forbids.
    func objection(to verb: Verb) -> String? {
        var reasons: [String] = []
        switch mode {
        case .readOnly(let why): return "read only: \(why)"
        case .safe where !Keys.brakes.contains(verb): reasons.append("needs write mode (W)")
        case .safe, .write: break
        }
        guard let migration = newest(selected) else { return "there is no migration here" }
        if let refusal = migration.refusal(of: verb) {
            reasons.insert(refusal.reason + (refusal.advice.map { "; \($0)" } ?? ""), at: 0)
        }
        return reasons.isEmpty ? nil : reasons.joined(separator: "; ")
    }
}
