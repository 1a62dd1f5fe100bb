import Console
import Core
import Terminal

/// A console on the bench: keys and answers in, effects and frames out, time under control.
struct Bench: CustomStringConvertible {
    var model: ConsoleModel
    var now: Timestamp
    var size: Size
    var effects: [ConsoleEffect] = []
    /// What the engine says when it is asked.
    var feed: FleetSnapshot?

    init(options: ConsoleOptions, size: Size, now: Timestamp) {
        model = ConsoleModel(options: options, size: size)
        self.now = now
        self.size = size
    }

    var frame: Screen { render(model, size: size, now: now) }

    /// What a failed test prints: the screen.
    var description: String { "\n" + frame.text.joined(separator: "\n") + "\n" }

    /// Whether the frame holds that text somewhere.
    func shows(_ text: String) -> Bool { frame.text.contains { $0.contains(text) } }

    @discardableResult
    mutating func send(_ event: ConsoleEvent) -> [ConsoleEffect] {
        let new = model.handle(event, now: now)
        effects += new
        return new
    }

    /// A key, and a person's time until the next one.
    @discardableResult
    mutating func press(_ key: Key, after pause: Duration = .milliseconds(400)) -> [ConsoleEffect] {
        now = now + pause
        return send(.key(key))
    }

    mutating func type(_ text: String) {
        for character in text { press(.character(character), after: .milliseconds(80)) }
    }

    /// Time passes: nothing else happens.
    mutating func pass(_ time: Duration) {
        now = now + time
        send(.tick)
    }

    /// The ticket of what the console asked last.
    var lastTicket: Int {
        effects.lazy.reversed().compactMap { effect in
            switch effect {
            case .requestPlan(_, let ticket), .perform(_, _, _, let ticket): ticket
            case .copy, .redraw, .suspend, .bell, .quit: nil
            }
        }.first ?? 0
    }

    /// A snapshot comes.
    mutating func refresh() {
        if let feed { send(.snapshot(feed)) }
    }

    var plansAsked: Int { effects.count { if case .requestPlan = $0 { true } else { false } } }

    /// What a plan was last asked for.
    var lastRequest: CommandRequest? {
        effects.lazy.reversed().compactMap { if case .requestPlan(let request, _) = $0 { request } else { nil } }.first
    }

    /// The grid's rows, by the phase column.
    private var gridRows: [String] {
        frame.text.filter { line in
            let cells = Array(line)
            return cells.count > 14 && cells[11] == " " && cells[13] == " " && cells[12].isLetter && cells[3] != " "
        }
    }

    var shardsShown: [String] {
        gridRows.map { String(Array($0)[3..<12]).split(separator: " ").first.map(String.init) ?? "" }
    }

    func row(of shard: String) -> String? { gridRows.first { $0.dropFirst(3).hasPrefix(shard) } }

    var cursorRow: String? { gridRows.first { $0.hasPrefix(">") } }

    /// The engine answers the dialog's question.
    mutating func answer(_ plan: CommandPlan) { send(.planArrived(plan, ticket: lastTicket)) }

    mutating func turnWriteModeOn(_ environment: String = "us-east") {
        press(.character("W"))
        now = now + .milliseconds(400)
        type(environment)
        press(.enter)
    }

    /// What the console asked the engine to do.
    var performed: [ConsoleEffect] {
        effects.filter { if case .perform = $0 { true } else { false } }
    }
}

extension Story {
    /// The same story about another table.
    static func renamed(_ story: Story, table: String, id: String) -> Story {
        var other = Story(table: table, alter: "MODIFY amount DECIMAL(14,2)", id: id)
        for index in other.shards.indices { other.prepare(index, ago: 5400) }
        other.gauges = story.gauges
        if let failure = story.snapshot.shards[0].failure { other.fact(0, .failed(other.run, failure), ago: 124) }
        return other
    }
}
