import Console
import Core
import Terminal
import Testing

@Suite("Frames of a Vitess fleet")
struct VitessFrameTests {
    private static let sizes = [Size(columns: 80, rows: 24), Size(columns: 160, rows: 45)]

    private static func bench(_ fleet: FleetSnapshot, _ keys: [Key], _ size: Size, glyphs: GlyphSet = .unicode) -> Bench {
        var bench = Bench(
            options: ConsoleOptions(glyphs: glyphs, source: "VTGate at 10.4.0.7:15306"), size: size,
            now: Story.now + .seconds(-10))
        bench.send(.snapshot(fleet))
        bench.pass(.seconds(10))
        bench.send(.snapshot(fleet))
        for key in keys { bench.press(key) }
        return bench
    }

    private func check(
        _ name: String, _ story: VitessStory, _ keys: [Key], then: (inout Bench) -> Void = { _ in }
    ) throws {
        for size in Self.sizes {
            var bench = Self.bench(story.fleet(), keys, size)
            then(&bench)
            bench.send(.snapshot(story.fleet()))
            bench.now = bench.now + .milliseconds(400)
            try Golden.check(bench.frame, "vitess-\(name)-\(size)")
        }
    }

    @Test("The fleet shows VTGate's address, the worst migration first, and what its shards do by themselves")
    func fleet() throws { try check("fleet", .split, []) }

    @Test("The grid of a fleet that is ready: postponed and forced shards, and what C would do")
    func ready() throws { try check("grid-ready", .ready4, [.enter]) }

    @Test("The grid of a copy: what one shard is throttled by")
    func copying() throws { try check("grid-copying", .ready4, [.character("j"), .enter]) }

    @Test("The grid of a split fleet: who is done, who backs off, who waits, who does not answer")
    func split() throws { try check("grid-split", .split, [.enter]) }

    @Test("A shard's detail: why it waits, its stage, its message, its tablet")
    func detail() throws { try check("detail-backoff", .split, [.enter, .enter]) }

    @Test("The dialog of a narrowed complete: the literal statement, the shard it reaches, what stays behind")
    func completeSome() throws {
        try check("dialog-complete-some", .ready4, [.enter, .character(" ")]) { bench in
            bench.turnWriteModeOn("10.4.0.7:15306")
            bench.press(.character("C"))
            if let request = bench.lastRequest { bench.answer(VitessStory.ready4.plan(request.verb, request.shards)) }
            bench.pass(.milliseconds(500))
        }
    }

    @Test("Marks aim every verb but the throttles; without marks every verb means every shard")
    func narrowing() throws {
        for verb in [Verb.postpone, .complete, .cancel, .retry, .forceCutOver, .launch, .revert] {
            var bench = Self.bench(VitessStory.ready4.fleet(), [.enter], Self.sizes[0])
            bench.turnWriteModeOn("10.4.0.7:15306")
            let key = try #require(
                [Verb.postpone: "P", .complete: "C", .cancel: "X", .retry: "Y", .forceCutOver: "F", .launch: "L", .revert: "R"][verb])
            bench.press(.character(Character(key)))
            // What the state refuses opens no dialog.
            guard let request = bench.lastRequest else { continue }
            #expect(request.shards.isEmpty, "\(verb)")
            bench.press(.escape)
            bench.press(.character(" "))
            bench.press(.character(Character(key)))
            #expect(bench.lastRequest?.shards.count == 1, "\(verb)")
        }
    }

    @Test("The throttle's share and time are stepped in its dialog, and each step asks for a new plan")
    func throttleSteps() throws {
        var bench = Self.bench(VitessStory.ready4.fleet(), [.enter, .character("T")], Self.sizes[0])
        #expect(bench.lastRequest?.options == CommandOptions(ratio: 1, expiry: .seconds(3600)))
        bench.answer(VitessStory.ready4.plan(.throttle, [], options: bench.lastRequest?.options ?? .init()))
        bench.press(.left)
        #expect(bench.lastRequest?.options == CommandOptions(ratio: 0.9, expiry: .seconds(3600)))
        bench.answer(VitessStory.ready4.plan(.throttle, [], options: bench.lastRequest?.options ?? .init()))
        bench.press(.character("<"))
        #expect(bench.lastRequest?.options == CommandOptions(ratio: 0.9, expiry: .seconds(1800)))
        let plan = VitessStory.ready4.plan(.throttle, [], options: bench.lastRequest?.options ?? .init())
        bench.answer(plan)
        bench.pass(.milliseconds(500))
        #expect(bench.shows("RATIO 0.9"))
        bench.press(.character("y"))
        guard case .perform(let request, plan.hash, _, _) = bench.performed.last else {
            Issue.record("nothing was performed")
            return
        }
        #expect(request.options == CommandOptions(ratio: 0.9, expiry: .seconds(1800)))
    }

    @Test("A receipt tells what the rows showed; what they did not show does not look good")
    func receipts() throws {
        var bench = Self.bench(VitessStory.ready4.fleet(), [.enter, .character("T")], Self.sizes[0])
        let request = try #require(bench.lastRequest)
        bench.answer(VitessStory.ready4.plan(.throttle, [], options: request.options))
        bench.pass(.milliseconds(500))
        bench.press(.character("y"))
        bench.send(
            .receipt(
                CommandReceipt(
                    at: Story.now, migration: request.migration, verb: .throttle,
                    report: ["3 of 4 shards (-40 40-80 80-c0): listed", "1 of 4 shards (c0-): NOT SEEN: not listed"]),
                ticket: bench.lastTicket))
        #expect(bench.shows("throttle: 3 of 4 shards"))
        #expect(bench.shows("(+1)"))
    }
}
