import Console
import Core
import Terminal
import Testing

/// The rules that outrank taste, one test each.
@Suite("Rules")
struct RuleTests {
    private func bench(
        _ story: Story = .ready, keys: [Key] = [.enter], isProduction: Bool = true, options: ConsoleOptions? = nil
    ) -> Bench {
        var bench = Bench(
            options: options ?? ConsoleOptions(glyphs: .ascii), size: Size(columns: 80, rows: 24), now: Story.now)
        bench.feed = story.fleet(isProduction: isProduction)
        bench.refresh()
        for key in keys { bench.press(key) }
        return bench
    }

    // MARK: - Write keys

    @Test(
        "A write key only opens a dialog: it asks for a plan and performs nothing",
        arguments: ["P", "C", "F", "T", "U", "X"])
    func opensOnly(_ key: String) {
        var bench = bench()
        bench.turnWriteModeOn()
        bench.effects = []
        bench.press(.character(Character(key)))
        #expect(bench.effects.count == 1)
        if case .requestPlan? = bench.effects.first {} else { Issue.record("no plan was asked for: \(bench.effects)") }
        #expect(bench.performed.isEmpty)
    }

    @Test(
        "The key that opened a dialog never confirms it, however often",
        arguments: [Verb.postpone, .complete, .throttle, .cancel, .forceCutOver])
    func openerNeverConfirms(_ verb: Verb) {
        let story = Story.ready
        let key: Key = [.postpone: "P", .complete: "C", .throttle: "T", .cancel: "X", .forceCutOver: "F"][verb].map {
            .character($0)
        }!
        var bench = bench(story)
        bench.turnWriteModeOn()
        bench.press(key)
        bench.answer(story.plan(verb, verb == .throttle ? [story.shards[0]] : []))
        for _ in 0..<20 { bench.press(key) }
        #expect(bench.performed.isEmpty)
    }

    @Test("Enter on a fresh dialog does nothing", arguments: [Verb.postpone, .complete, .cancel])
    func enterDoesNothing(_ verb: Verb) {
        let story = Story.ready
        var bench = bench(story)
        bench.turnWriteModeOn()
        bench.press(.character(verb == .postpone ? "P" : (verb == .complete ? "C" : "X")))
        bench.answer(story.plan(verb))
        for _ in 0..<5 { bench.press(.enter) }
        #expect(bench.performed.isEmpty)
        #expect(bench.shows(verb.rawValue.uppercased()))
    }

    @Test("y runs a tier 0 and a tier 1 plan, with the hash that was shown", arguments: [Verb.postpone, .complete])
    func runs(_ verb: Verb) {
        let story = Story.ready
        var bench = bench(story)
        bench.turnWriteModeOn()
        bench.press(.character(verb == .postpone ? "P" : "C"))
        let plan = story.plan(verb)
        bench.answer(plan)
        bench.press(.character("y"))
        #expect(bench.performed == [.perform(plan.request, planHash: plan.hash, reason: "", ticket: bench.lastTicket)])
        bench.press(.character("y"))
        #expect(bench.performed.count == 1)
    }

    @Test("Keys typed ahead are ignored for 300 ms after a dialog opens, and again after its plan came")
    func typedAhead() {
        let story = Story.ready
        var bench = bench(story)
        bench.turnWriteModeOn()
        bench.press(.character("C"))
        bench.press(.character("y"), after: .milliseconds(10))
        bench.now = bench.now + .seconds(2)
        bench.answer(story.plan(.complete))
        bench.press(.character("y"), after: .milliseconds(299))
        #expect(bench.performed.isEmpty)
        bench.press(.character("y"), after: .milliseconds(2))
        #expect(bench.performed.count == 1)
    }

    @Test("Pasted text never reaches a dialog, and is no key anywhere")
    func pasted() {
        let story = Story.blocked
        var bench = bench(story)
        bench.press(.paste("W"))
        #expect(!bench.shows("WRITE MODE"))
        bench.press(.character("W"))
        bench.press(.paste("us-east"))
        #expect(bench.shows("Type us-east: _"))
        bench.press(.escape)
        bench.turnWriteModeOn()
        bench.press(.character("X"))
        bench.answer(story.plan(.cancel))
        bench.press(.paste("y"))
        bench.press(.paste("reason"))
        #expect(!bench.shows("reason_"))
        #expect(bench.performed.isEmpty)
    }

    @Test("A tier 2 plan runs by Ctrl-X, after a reason and the exact words, and not before")
    func destructive() {
        let story = Story.blocked
        var bench = bench(story)
        bench.turnWriteModeOn()
        bench.press(.character("X"))
        let plan = story.plan(.cancel)
        bench.answer(plan)
        bench.press(.control("x"))
        bench.type("INC-8812")
        bench.press(.control("x"))
        bench.press(.tab)
        bench.type("cancel 4 order")
        bench.press(.control("x"))
        bench.press(.character("y"))
        #expect(bench.performed.isEmpty)
        bench.press(.backspace)
        bench.type("s")
        #expect(bench.shows("Ctrl-X run"))
        bench.press(.control("x"))
        #expect(
            bench.performed == [
                .perform(plan.request, planHash: plan.hash, reason: "INC-8812", ticket: bench.lastTicket)
            ])
    }

    @Test(
        "In production a tier 1 plan on more than 8 shards wants the count typed; elsewhere it does not",
        arguments: [true, false])
    func count(_ isProduction: Bool) {
        var story = Story((0..<12).map { "s\($0)" })
        for index in 0..<12 { story.makeReady(index, ago: 60) }
        var bench = bench(story, isProduction: isProduction)
        bench.turnWriteModeOn()
        bench.press(.character("C"))
        bench.answer(story.plan(.complete))
        bench.press(.character("y"))
        #expect(bench.performed.isEmpty == isProduction)
        bench.type("12")
        bench.press(.character("y"))
        #expect(bench.performed.count == 1)
    }

    // MARK: - Plans that change

    @Test(
        "A plan that changed takes the typed words away and renews the hash; the same plan with fresh figures does not")
    func changedPlan() {
        let story = Story.blocked
        let withBlocker = story.plan(.forceCutOver, blockers: [story.shards[1]: [Story.blocker]])
        var bench = bench(story)
        bench.turnWriteModeOn()
        bench.press(.character("F"))
        bench.answer(withBlocker)
        bench.now = bench.now + .milliseconds(400)
        bench.type("INC-1")
        bench.press(.tab)
        bench.type("force 4 orders")
        bench.pass(.seconds(1))
        bench.answer(withBlocker)
        #expect(bench.shows("force 4 orders: force 4 orders_"))
        bench.pass(.seconds(1))
        let without = story.plan(.forceCutOver)
        bench.answer(without)
        #expect(!bench.shows("force 4 orders: force 4 orders_"))
        #expect(bench.shows("* Ends"))
        bench.press(.control("x"))
        #expect(bench.performed.isEmpty)
        bench.type("force 4 orders")
        bench.press(.control("x"))
        #expect(
            bench.performed == [
                .perform(without.request, planHash: without.hash, reason: "INC-1", ticket: bench.lastTicket)
            ])
    }

    @Test("The plan is asked for again each second while the dialog is open, one question at a time")
    func renews() {
        let story = Story.ready
        var bench = bench(story, keys: [.enter, .character("P")])
        for _ in 0..<4 { bench.pass(.milliseconds(500)) }
        #expect(bench.plansAsked == 1)
        bench.answer(story.plan(.postpone))
        for _ in 0..<4 { bench.pass(.milliseconds(500)) }
        #expect(bench.plansAsked == 2)
    }

    @Test("A plan that is too old does not run")
    func oldPlan() {
        let story = Story.ready
        var bench = bench(story, keys: [.enter, .character("P")])
        bench.answer(story.plan(.postpone))
        bench.now = bench.now + .seconds(6)
        bench.press(.character("y"))
        #expect(bench.performed.isEmpty)
    }

    @Test("A plan that arrives for a dialog closed since opens nothing and runs nothing")
    func latePlan() {
        let story = Story.ready
        var bench = bench(story, keys: [.enter, .character("P"), .escape])
        bench.answer(story.plan(.postpone))
        bench.press(.character("y"))
        #expect(bench.performed.isEmpty)
        #expect(!bench.shows("POSTPONE"))
    }

    @Test("A refused plan shows its reason and cannot be run")
    func refusedPlan() {
        let story = Story.ready
        var bench = bench(story)
        bench.press(.character(" "))
        bench.turnWriteModeOn()
        bench.press(.character("C"))
        bench.answer(story.plan(.complete, [story.shards[0]]))
        #expect(bench.shows("complete acts on all shards of a migration"))
        bench.press(.character("y"))
        #expect(bench.performed.isEmpty)
    }

    // MARK: - After it was sent

    @Test("A refusal stands in the dialog's place, with its reason")
    func refusal() {
        let story = Story.ready
        var bench = bench(story, keys: [.enter, .character("P")])
        bench.answer(story.plan(.postpone))
        bench.press(.character("y"))
        bench.send(.performFailed(.refused(Refusal("the plan is stale")), ticket: bench.lastTicket))
        #expect(bench.shows("REFUSED"))
        #expect(bench.shows("the plan is stale"))
        bench.press(.character("y"))
        #expect(bench.performed.count == 1)
    }

    @Test("An admitted command is not believed before the data shows it")
    func believed() {
        let story = Story.ready
        var bench = bench(story)
        bench.turnWriteModeOn()
        bench.press(.character("C"))
        bench.answer(story.plan(.complete))
        bench.press(.character("y"))
        let receipt = CommandReceipt(at: bench.now, migration: story.migration.spec.id, verb: .complete)
        bench.send(.receipt(receipt, ticket: bench.lastTicket))
        #expect(bench.shows("not yet seen in the data"))
        bench.pass(.seconds(11))
        bench.refresh()
        #expect(bench.shows("complete: admitted 11s ago, not yet seen in the data"))
        var after = story
        after.apply(.commanded(.complete, by: Story.ana, reason: "", at: Story.now))
        bench.feed = after.fleet()
        bench.refresh()
        #expect(bench.shows("complete orders: seen in the data after 11s"))
    }

    @Test("An outcome nobody knows is shown as such, never as done")
    func unknown() {
        let story = Story.ready
        var bench = bench(story)
        bench.turnWriteModeOn()
        bench.press(.character("C"))
        bench.answer(story.plan(.complete))
        bench.press(.character("y"))
        bench.send(.performFailed(.unreachable("connection reset", sent: true), ticket: bench.lastTicket))
        #expect(bench.shows("It is not known whether it got the command"))
        bench.press(.escape)
        bench.pass(.seconds(11))
        #expect(bench.shows("? complete: sent"))
        #expect(bench.shows("outcome not known"))
    }

    @Test("Esc hides a command under way and does not take it back; its answer is still shown")
    func hidden() {
        let story = Story.ready
        var bench = bench(story, keys: [.enter, .character("P")])
        bench.answer(story.plan(.postpone))
        bench.press(.character("y"))
        bench.press(.escape)
        bench.send(.performFailed(.refused(Refusal("the plan is stale")), ticket: bench.lastTicket))
        #expect(bench.shows("postpone: the plan is stale"))
    }

    // MARK: - Modes

    @Test("SAFE allows the brakes and answers every other write key with the reason", arguments: ["C", "F", "X", "U"])
    func safe(_ key: String) {
        var bench = bench()
        bench.press(.character(Character(key)))
        #expect(bench.plansAsked == 0)
        #expect(bench.shows("needs write mode (W)"))
        bench.press(.character("P"))
        #expect(bench.plansAsked == 1)
    }

    @Test("W wants the environment's name; a wrong one, a fresh Enter or Esc turn nothing on")
    func writeMode() {
        var bench = bench()
        bench.press(.character("W"))
        bench.press(.enter)
        bench.type("us-west")
        bench.press(.enter)
        #expect(!bench.shows(" RW "))
        bench.press(.escape)
        #expect(!bench.shows(" RW "))
        bench.turnWriteModeOn()
        #expect(bench.shows(" RW "))
        let row = bench.frame.row(0)
        #expect(row.contains { $0.role == .modeWrite && $0.attributes.contains(.reverse) })
        bench.press(.character("W"))
        #expect(bench.shows(" SAFE "))
    }

    @Test("Write mode ends after 15 minutes without a key, and takes an open dialog with it")
    func idle() {
        let story = Story.ready
        var bench = bench(story)
        bench.turnWriteModeOn()
        bench.press(.character("C"))
        bench.answer(story.plan(.complete))
        bench.pass(.seconds(899))
        #expect(bench.shows(" RW "))
        bench.pass(.seconds(2))
        #expect(bench.shows(" SAFE "))
        bench.press(.character("y"))
        #expect(bench.performed.isEmpty)
    }

    @Test("Read only refuses every write key and says why", arguments: ["P", "T", "C", "X", "W"])
    func readOnly(_ key: String) {
        var bench = bench(options: ConsoleOptions(glyphs: .ascii, readOnlyBecause: "started with --readonly"))
        bench.press(.character(Character(key)))
        #expect(bench.plansAsked == 0)
        #expect(bench.shows("started with --readonly"))
        #expect(bench.shows(" RO "))
    }

    @Test("A key whose order is not possible says what stands in the way")
    func greyed() {
        var bench = bench(.copying)
        bench.turnWriteModeOn()
        bench.press(.character("C"))
        #expect(bench.plansAsked == 0)
        #expect(bench.shows("complete: 4 of 4 shards not ready"))
    }

    // MARK: - Cursor, marks, order

    @Test("Cursor and marks belong to shards: rows that re-sort take them along")
    func identity() {
        var bench = bench(.copying)
        bench.press(.down)
        bench.press(.down)
        bench.press(.character(" "), after: .seconds(1))
        #expect(bench.row(of: "-40 ")?.hasPrefix("  *") == true)
        let cursor = bench.cursorRow
        bench.feed = Story.blocked.fleet()
        bench.pass(.seconds(6))
        bench.refresh()
        #expect(bench.cursorRow?.contains("c0-") == true, "\(bench.cursorRow ?? "none") after \(cursor ?? "none")")
        #expect(bench.row(of: "-40 ")?.contains("*") == true)
    }

    @Test("Rows do not re-sort within 5 s of a key, and do afterwards")
    func settled() {
        var bench = bench(.ready)
        bench.press(.down)
        let before = bench.shardsShown
        bench.feed = Story.blocked.fleet()
        bench.now = bench.now + .seconds(4)
        bench.refresh()
        #expect(bench.shardsShown == before)
        bench.now = bench.now + .milliseconds(1100)
        bench.refresh()
        #expect(bench.shardsShown.first == "40-80")
    }

    @Test("A filter that hides marked shards says so, and the dialog names them")
    func hiddenMarks() {
        let story = Story.copying
        var bench = bench(story)
        bench.press(.character("*"))
        bench.press(.up)
        bench.press(.character("/"))
        bench.type("-40")
        bench.press(.enter)
        #expect(bench.shows("4 marked, 3 hidden"))
        bench.press(.escape)
        bench.press(.character("-"))
        bench.press(.character("g"))
        bench.press(.character(" "))
        bench.press(.character("/"))
        bench.type("phase:a")
        bench.press(.enter)
        bench.press(.character(" "))
        bench.press(.character("T"))
        #expect(bench.shows("2 shards marked, 1 hidden by the filter: 40-80 c0-"))
        #expect(bench.lastRequest?.shards == [story.shards[1], story.shards[3]])
    }

    @Test("Without marks, a verb that can be narrowed aims at the cursor's shard, the others at all")
    func aim() {
        let story = Story.ready
        var bench = bench(story)
        bench.press(.down)
        bench.press(.character("T"))
        #expect(bench.lastRequest?.shards == [story.shards[1]])
        #expect(bench.shows("1 of 4 shards, under the cursor: 40-80"))
        bench.press(.escape)
        bench.press(.character("P"))
        #expect(bench.lastRequest?.shards == [])
    }

    @Test("When data hides the cursor's shard, an order aimed at it is refused")
    func cursorHidden() {
        var bench = bench(.copying)
        bench.press(.character("/"))
        bench.type("phase:c")
        bench.press(.enter)
        var moved = Story.copying
        moved.fact(1, .copied(moved.run, rows: 1), ago: 0)
        bench.feed = moved.fleet()
        bench.refresh()
        #expect(bench.shows("cursor on 40-80, hidden"))
        bench.press(.character("T"))
        #expect(bench.plansAsked == 0)
        #expect(bench.shows("hidden by the filter"))
    }

    @Test("From the fleet, n and Enter lead to the worst shard in three keys")
    func toTheProblem() {
        var bench = bench(.blocked, keys: [.character("n"), .enter, .enter])
        bench.pass(.seconds(11))
        bench.refresh()
        #expect(bench.shows("> 40-80"))
        #expect(bench.shows("UPDATE orders SET state='paid' WHERE batch_id=8812"))
    }

    @Test("A freeze holds the picture while data is collected, and a banner says since when")
    func freeze() {
        var bench = bench(.ready)
        bench.press(.character("z"))
        bench.feed = Story.done.fleet()
        bench.now = bench.now + .seconds(20)
        bench.refresh()
        #expect(bench.shows("FROZEN 20s"))
        #expect(bench.shows("ALL 4 READY"))
        bench.press(.character("z"))
        #expect(bench.shows("DONE on 4 shards"))
    }

    // MARK: - Age

    @Test("The header says how old the data is: live, stale, offline")
    func ages() {
        var bench = bench(.ready)
        #expect(bench.shows("LIVE"))
        bench.pass(.seconds(38))
        #expect(bench.shows("STALE 38s"))
        bench.send(.linkLost("connection refused"))
        #expect(bench.shows("OFFLINE"))
        #expect(bench.shows("connection refused"))
        #expect(bench.frame.roles.filter { $0.contains("~~~~") }.count >= 4)
        bench.refresh()
        #expect(bench.shows("LIVE"))
    }

    @Test("A row whose figures are older than three polls is marked, though the engine answers")
    func staleRow() {
        let bench = bench(.copying)
        #expect(bench.row(of: "80-c0")?.hasPrefix(" ~") == true)
        #expect(bench.shows("no report for 4"))
    }

    // MARK: - Text from servers, copies, leaving

    @Test("A server's text cannot move the cursor, hide or reorder anything")
    func hostile() {
        var story = Story.copying
        story.note(0, "bad \u{1B}[2J\u{202E}evil\u{200B}\r\n", ago: 1)
        let bench = bench(story)
        #expect(bench.shows("bad ?[2J?evil?"))
        #expect(!bench.frame.text.joined().unicodeScalars.contains { $0.value < 0x20 })
    }

    @Test("y copies the blocker with its statement, safe to print")
    func copy() {
        var bench = bench(.blocked)
        let effects = bench.press(.character("y"))
        guard case .copy(let text)? = effects.first else {
            return #expect(Bool(false), "nothing was copied: \(effects)")
        }
        #expect(text.contains("connection 912, trx 8812"))
        #expect(text.contains("UPDATE orders SET state='paid' WHERE batch_id=8812"))
        bench.send(.copied(path: "/home/ana/copy.txt"))
        #expect(bench.shows("copied to /home/ana/copy.txt"))
    }

    @Test("Ctrl-C leaves a prompt; twice with nothing to leave quits; SIGTERM quits at once")
    func leaving() {
        var bench = bench()
        bench.press(.character("/"))
        #expect(bench.press(.control("c")) == [])
        #expect(bench.press(.control("c")) == [])
        #expect(bench.press(.control("c")) == [.quit])
        #expect(bench.send(.key(.leave(.terminated))) == [.quit])
    }

    @Test("The bell rings once for a new critical problem")
    func bell() {
        var bench = bench(.ready)
        bench.effects = []
        bench.feed = Story.failed.fleet()
        for _ in 0..<5 {
            bench.refresh()
            bench.pass(.seconds(4))
        }
        #expect(bench.effects.filter { $0 == .bell }.count == 1)
    }

    @Test("Every key of the table is in the help of a view where it works")
    func helpIsComplete() {
        var bench = Bench(options: ConsoleOptions(glyphs: .ascii), size: Size(columns: 160, rows: 90), now: Story.now)
        bench.feed = Story.ready.fleet()
        bench.refresh()
        bench.press(.enter)
        bench.press(.character("?"))
        for label in [
            "P", "C", "F", "Y", "L", "T", "U", "X", "W", "!", "Space", "Ctrl-L", "Ctrl-Z", "n", "/", "z", "t", "y", "q",
        ] {
            #expect(bench.frame.text.contains { $0.contains(" \(label) ") }, "\(label) is not in the help")
        }
    }
}
