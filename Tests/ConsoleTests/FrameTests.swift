import Console
import Core
import Terminal
import Testing

@Suite("Frames")
struct FrameTests {
    static let sizes = [Size(columns: 60, rows: 16), Size(columns: 80, rows: 24), Size(columns: 160, rows: 45)]

    static func operatorAt(_ fleet: FleetSnapshot, _ keys: [Key], glyphs: GlyphSet, size: Size) -> Bench {
        var bench = Bench(options: ConsoleOptions(glyphs: glyphs), size: size, now: Story.now + .seconds(-10))
        bench.send(.snapshot(fleet))
        bench.pass(.seconds(10))
        bench.send(.snapshot(fleet))
        for key in keys { bench.press(key) }
        return bench
    }

    /// Draws the same moment at each size, in both character sets.
    private func check(_ name: String, _ fleet: FleetSnapshot, _ keys: [Key], then: (inout Bench) -> Void = { _ in })
        throws
    {
        for size in Self.sizes {
            for (suffix, glyphs) in [("utf8", GlyphSet.unicode), ("ascii", GlyphSet.ascii)] {
                var bench = Self.operatorAt(fleet, keys, glyphs: glyphs, size: size)
                then(&bench)
                bench.send(.snapshot(fleet))
                bench.now = bench.now + .milliseconds(400)
                try Golden.check(bench.frame, "\(name)-\(size)-\(suffix)")
            }
        }
    }

    @Test("The fleet lists the worst migration first and says what the chosen one does")
    func fleet() throws {
        let other = Story(table: "users", alter: "DROP COLUMN legacy_flag", id: "91c2000000000000000000000000cafe")
        var failed = Story.failed
        failed = Story.renamed(failed, table: "invoice", id: "a04e000000000000000000000000cafe")
        try check("fleet", Story.copying.fleet(with: [other, failed]), [])
    }

    @Test("A fleet without migrations says how to submit one")
    func emptyFleet() throws {
        let empty = FleetSnapshot(
            at: Story.now, environment: Environment(name: "us-east", isProduction: false), migrations: [])
        try check("fleet-empty", empty, [])
    }

    static let grids: [(String, Story)] = [
        ("copying", .copying), ("ready", .ready), ("blocked", .blocked), ("holding", .holding), ("failed", .failed),
        ("split", .split), ("done", .done), ("large", .large),
    ]

    @Test("The grid shows each moment of a migration", arguments: grids.indices)
    func grid(_ index: Int) throws {
        let (name, story) = Self.grids[index]
        try check("grid-\(name)", story.fleet(), [.enter])
    }

    @Test("A shard's detail says what it waits for", arguments: grids.indices.dropLast())
    func detail(_ index: Int) throws {
        let (name, story) = Self.grids[index]
        try check("detail-\(name)", story.fleet(), [.enter, .enter])
    }

    @Test("Help lists the keys of this view, and why some do nothing")
    func help() throws {
        try check("help-grid", Story.copying.fleet(), [.enter, .character("?")])
        try check("help-fleet", Story.copying.fleet(), [.character("?")])
    }

    @Test("The menu shows every action with its reason")
    func menu() throws {
        try check("menu", Story.copying.fleet(), [.enter, .character("!")])
    }

    @Test("Write mode asks for the environment's name")
    func writeMode() throws {
        try check("dialog-write-mode", Story.copying.fleet(), [.enter, .character("W")])
    }

    @Test("A tier 0 dialog: postpone")
    func postpone() throws {
        let story = Story.copying
        try check("dialog-postpone", story.fleet(), [.enter, .character("P")]) { $0.answer(story.plan(.postpone)) }
    }

    @Test("A tier 1 dialog: complete")
    func complete() throws {
        let story = Story.ready
        try check("dialog-complete", story.fleet(), [.enter]) { bench in
            bench.turnWriteModeOn()
            bench.press(.character("C"))
            bench.answer(story.plan(.complete))
        }
    }

    @Test("A tier 2 dialog: force the cut-over")
    func force() throws {
        let story = Story.blocked
        try check("dialog-force", story.fleet(), [.enter]) { bench in
            bench.turnWriteModeOn()
            bench.press(.character("F"))
            bench.answer(story.plan(.forceCutOver, blockers: [story.shards[1]: [Story.blocker]]))
            bench.pass(.milliseconds(500))
            bench.type("INC-8812")
            bench.press(.tab)
            bench.type("force 4")
        }
    }

    @Test("A plan that changed while the dialog was open marks what changed")
    func changed() throws {
        let story = Story.blocked
        try check("dialog-force-changed", story.fleet(), [.enter]) { bench in
            bench.turnWriteModeOn()
            bench.press(.character("F"))
            bench.answer(story.plan(.forceCutOver, blockers: [story.shards[1]: [Story.blocker]]))
            bench.pass(.milliseconds(1500))
            bench.answer(story.plan(.forceCutOver))
        }
    }

    @Test("A refusal stands in the dialog's place")
    func refused() throws {
        let story = Story.ready
        try check("dialog-refused", story.fleet(), [.enter]) { bench in
            bench.turnWriteModeOn()
            bench.press(.character("C"))
            bench.answer(story.plan(.complete))
            bench.pass(.milliseconds(500))
            bench.press(.character("y"))
            let refusal = Refusal(
                "the plan is stale: 80-c0 fell behind since it was made", advice: "look again, then decide")
            bench.send(.performFailed(.refused(refusal), ticket: bench.lastTicket))
        }
    }

    @Test("A terminal that is too small shows the worst problem and the size it needs")
    func tooSmall() throws {
        let bench = Self.operatorAt(Story.failed.fleet(), [], glyphs: .ascii, size: Size(columns: 34, rows: 9))
        try Golden.check(bench.frame, "too-small")
    }

    @Test("Before the first snapshot the screen says what it waits for")
    func waiting() throws {
        var bench = Bench(options: ConsoleOptions(glyphs: .ascii), size: Size(columns: 80, rows: 24), now: Story.now)
        bench.send(.linkLost("connection refused"))
        bench.now = bench.now + .seconds(12)
        try Golden.check(bench.frame, "waiting")
    }

    @Test("Lost data does not look live: the header, the alert line and every row say so")
    func offline() throws {
        var bench = Self.operatorAt(Story.copying.fleet(), [.enter], glyphs: .ascii, size: Size(columns: 80, rows: 24))
        bench.send(.linkLost("connection refused"))
        bench.pass(.seconds(38))
        try Golden.check(bench.frame, "grid-offline")
    }

    @Test("Every size from 60x16 up draws without running over its edge", arguments: [60, 79, 80, 100, 149, 150, 200])
    func sizes(_ columns: Int) {
        for rows in [16, 24, 60] {
            for (_, story) in Self.grids.suffix(3) {
                for keys: [Key] in [
                    [], [.enter], [.enter, .enter], [.enter, .character("?")], [.enter, .character("!")],
                ] {
                    let size = Size(columns: columns, rows: rows)
                    let frame = Self.operatorAt(story.fleet(), keys, glyphs: .ascii, size: size).frame
                    #expect(frame.size == size)
                    #expect(frame.text.contains { !$0.isEmpty })
                }
            }
        }
    }
}
