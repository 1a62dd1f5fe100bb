import Console
import Core
import Terminal
import Testing

@Suite("Random keys")
struct RandomKeysTests {
    /// Deterministic: a failure names its seed and comes back with it.
    struct Generator: RandomNumberGenerator {
        var state: UInt64
        mutating func next() -> UInt64 {
            state &+= 0x9E37_79B9_7F4A_7C15
            var value = state
            value = (value ^ (value >> 30)) &* 0xBF58_476D_1CE4_E5B9
            value = (value ^ (value >> 27)) &* 0x94D0_49BB_1331_11EB
            return value ^ (value >> 31)
        }
    }

    static let keys: [Key] = {
        let printable = (0x20..<0x7F).map { Key.character(Character(Unicode.Scalar(UInt8($0)))) }
        let controls = "abcdefghknopqrstuvwxyz".map { Key.control($0) }
        let others: [Key] = [
            .up, .down, .left, .right, .home, .end, .pageUp, .pageDown, .insert, .delete, .enter, .enter, .tab,
            .backTab,
            .escape, .backspace, .paste("y"), .paste("us-east\nforce 4 orders\u{18}"), .focus(true), .focus(false),
            .unknown,
            .resized, .resumed, .function(1), .alt("y"), .alt("x"),
        ]
        // Write keys and confirmations come more often than chance would have them.
        return printable + controls + others + "PCXFTUYLW!yyyy".map { Key.character($0) } + [
            .control("x"), .control("x"),
        ]
    }()

    /// A second, independent account of what a complete confirmation is: from the frame before the key, and the key alone.
    private func isConfirmed(_ key: Key, _ before: Screen, _ plan: CommandPlan?) -> Bool {
        guard let plan, plan.refusal == nil else { return false }
        let text = before.text.joined(separator: "\n")
        guard text.contains(" \(plan.title) ") else { return false }
        switch plan.tier {
        case .brake, .noticeable: return key == .character("y") && text.contains("y run   Esc")
        case .destructive:
            guard let words = plan.confirmation else { return false }
            return key == .control("x") && (text.contains("\(words): \(words)"))
                && !text.contains("(goes to the audit)")
        }
    }

    @Test("100,000 random keys perform nothing that was not confirmed in full", arguments: ["SAFE", "RW"])
    func leaning(_ mode: String) {
        let seed: UInt64 = mode == "SAFE" ? 2_026 : 1_120
        var generator = Generator(state: seed)
        let stories: [Story] = [.ready, .blocked, .copying, .failed, .done]
        var bench = Bench(options: ConsoleOptions(glyphs: .ascii), size: Size(columns: 80, rows: 24), now: Story.now)
        var story = stories[0]
        bench.feed = story.fleet()
        bench.refresh()
        var plan: CommandPlan?
        var performed = 0
        for step in 0..<100_000 {
            if step % 500 == 0 {
                story = stories[step / 500 % stories.count]
                bench.feed = story.fleet()
                bench.refresh()
                bench.send(.key(.escape))
                bench.send(.key(.escape))
                plan = nil
                if mode == "RW", !bench.shows(" RW ") {
                    bench.now = bench.now + .seconds(1)
                    bench.turnWriteModeOn()
                }
            }
            let key = Self.keys.randomElement(using: &generator)!
            bench.now = bench.now + .milliseconds(Int64.random(in: 1...400, using: &generator))
            if step % 8 == 0 {
                bench.refresh()
                bench.send(.tick)
                plan = answer(&bench, story, plan)
            }
            // Drawing each frame would take minutes: the moment before is kept, and drawn when something was performed.
            let before = bench
            let effects = bench.send(.key(key))
            plan = answer(&bench, story, plan)
            for case .perform(let request, let hash, _, let ticket) in effects {
                performed += 1
                #expect(isConfirmed(key, before.frame, plan), "seed \(seed), step \(step), key \(key)")
                #expect(request == plan?.request && hash == plan?.hash)
                if mode == "SAFE" { #expect([.postpone, .throttle].contains(request.verb) || bench.wasWriting) }
                bench.send(
                    .receipt(
                        CommandReceipt(at: bench.now, migration: request.migration, verb: request.verb), ticket: ticket)
                )
            }
            bench.effects = []
        }
        // The generator does confirm now and then: a test that performs nothing at all would prove nothing.
        #expect(performed > 0)
    }

    /// Answers what was asked since the last key; the engine would take a moment, this one does not.
    private func answer(_ bench: inout Bench, _ story: Story, _ plan: CommandPlan?) -> CommandPlan? {
        guard
            case .requestPlan(let request, let ticket)? = bench.effects.last(where: {
                if case .requestPlan = $0 { true } else { false }
            })
        else { return plan }
        let blockers = request.verb == .forceCutOver ? [story.shards[1]: [Story.blocker]] : [:]
        let plan = story.plan(request.verb, request.shards, blockers: blockers)
        bench.effects = []
        bench.send(.planArrived(plan, ticket: ticket))
        return plan
    }
}

extension Key {
    fileprivate static let resized = Key.resize(Size(columns: 80, rows: 24))
}

extension Bench {
    /// The header says RW.
    fileprivate var wasWriting: Bool { shows(" RW ") }
}
