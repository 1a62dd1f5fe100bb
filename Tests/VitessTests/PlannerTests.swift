import Core
import Testing
import Vitess

@Suite("The dialog of an order")
struct PlannerTests {
    @Test("COMPLETE of a fleet that is ready is one statement, and says that nothing holds the shards together")
    func completeAll() {
        let plan = Samples.plan(.complete, Samples.migration([[:], [:], [:], [:]]))
        #expect(plan.texts == ["ALTER VITESS_MIGRATION '\(Samples.uuidText)' COMPLETE"])
        #expect(plan.plan.lines.first?.text.hasPrefix("commerce.customer c21a: alter table customer") == true)
        #expect(plan.line("Sends") == "ALTER VITESS_MIGRATION '\(Samples.uuidText)' COMPLETE   in commerce")
        #expect(plan.line("Now") == "4 of 4 shards (-40 40-80 80-c0 c0-): cuts over")
        #expect(plan.line("Beware")?.contains("each shard cuts over by itself") == true)
        #expect(plan.plan.tier == .noticeable && plan.plan.confirmation == nil)
    }

    @Test("COMPLETE before a shard is ready shows which one would follow by itself, and wants it typed")
    func completeEarly() {
        let plan = Samples.plan(.complete, Samples.migration([[:], [:], Samples.copying, [:]]))
        #expect(plan.plan.refusal == nil)
        #expect(plan.line("Later") == "1 of 4 shards (80-c0): when it is ready: by itself, whenever that is")
        #expect(plan.line("Split") == "two schemas are live until the last of them is ready")
        #expect(plan.plan.tier == .destructive)
        #expect(plan.plan.confirmation == "complete 4 customer")
    }

    @Test("COMPLETE of one shard, the canary, names those that keep the old schema")
    func canary() {
        let plan = Samples.plan(.complete, Samples.migration([[:], [:], [:], Samples.failed]), shards: ["-40"])
        #expect(plan.plan.refusal == nil)
        #expect(plan.texts == ["ALTER VITESS_MIGRATION '\(Samples.uuidText)' COMPLETE VITESS_SHARDS '-40'"])
        #expect(plan.line("Split") == "3 of 4 shards keep the old schema until they are completed")
        #expect(plan.line("Failed") == "1 other shards have failed: they keep the old schema")
    }

    @Test("COMPLETE during a back-off waits for it, and says until when")
    func backOff() {
        let waiting = MigrationTests.backingOff.merging(["postpone_completion": "1"]) { _, new in new }
        let plan = Samples.plan(.complete, Samples.migration([waiting, [:], [:], [:]]))
        #expect(plan.line("Later") == "1 of 4 shards (-40): after 23:34:28Z: its back-off goes on")
    }

    @Test("CANCEL says how much work is lost")
    func cancel() {
        let plan = Samples.plan(.cancel, Samples.migration([[:], [:], [:], [:]], now: Samples.at("23:59:16")))
        #expect(plan.line("Loses") == "201.3k copied rows, the work of 26m00: a retry copies again from the first row")
        #expect(plan.plan.tier == .destructive && plan.plan.confirmation == "cancel 4 customer")
    }

    @Test("The threshold must be given and be one that Vitess takes", arguments: [nil, 4, 31] as [Int?])
    func threshold(seconds: Int?) {
        let options = CommandOptions(threshold: seconds.map { .seconds($0) })
        #expect(
            Samples.plan(.threshold, Samples.migration([[:], [:], [:], [:]]), options: options).plan.refusal != nil)
        let good = Samples.plan(
            .threshold, Samples.migration([[:], [:], [:], [:]]), options: CommandOptions(threshold: .seconds(15)))
        #expect(good.texts == ["ALTER VITESS_MIGRATION '\(Samples.uuidText)' CUTOVER_THRESHOLD '15s'"])
    }

    @Test("A throttle reaches every shard or none")
    func throttle() {
        let migration = Samples.migration([[:], [:], [:], [:]])
        #expect(Samples.plan(.throttle, migration, shards: ["-40"]).plan.refusal != nil)
        #expect(
            Samples.plan(.throttle, migration).texts
                == ["ALTER VITESS_MIGRATION '\(Samples.uuidText)' THROTTLE EXPIRE '3600s' RATIO 1"])
        #expect(Samples.plan(.unthrottle, migration).plan.refusal?.reason == "nobody throttles it")
    }

    @Test(
        "A plan keeps its hash while only figures move, and loses it when a shard's standing or an order's text changes"
    )
    func hash() {
        let before = Samples.plan(.cancel, Samples.migration([[:], Samples.copying, [:], [:]])).plan
        let further = Samples.copying.merging(["progress": "83.8", "rows_copied": "900000"]) { _, new in new }
        let moved = Samples.plan(.cancel, Samples.migration([[:], further, [:], [:]], now: Samples.at("23:50:00"))).plan
        #expect(moved.hash == before.hash && moved.lines != before.lines)
        #expect(Samples.plan(.cancel, Samples.migration([[:], [:], [:], [:]])).plan.hash != before.hash)
        #expect(
            Samples.plan(.cancel, Samples.migration([[:], Samples.copying, [:], [:]]), shards: ["-40"]).plan.hash
                != before.hash)
        let forced = Samples.copying.merging(["force_cutover": "1"]) { _, new in new }
        #expect(Samples.plan(.cancel, Samples.migration([[:], forced, [:], [:]])).plan.hash != before.hash)
    }

    @Test("A refused plan sends nothing", arguments: Verb.allCases)
    func refused(verb: Verb) {
        let ended = Samples.migration([Samples.cancelled, Samples.cancelled, Samples.cancelled, Samples.cancelled])
        let plan = Samples.plan(verb, ended)
        #expect((plan.plan.refusal == nil) == !plan.steps.isEmpty)
        let admitted: Set<Verb> = [.retry, .cleanup]
        #expect((plan.plan.refusal == nil) == admitted.contains(verb))
    }

    @Test("Of a thousand statements the dialog shows three")
    func thousand() {
        let names = (0..<1024).map { ShardName(keyspace: "commerce", shard: "s\($0)") }
        var view = KeyspaceView(keyspace: Samples.keyspace, shards: names, version: Samples.v24)
        view.took(
            names.enumerated().map {
                Samples.row($0.offset == 0 ? Samples.complete : Self.going, ["shard": $0.element.shard])
            },
            at: Samples.now)
        let plan = Samples.plan(.postpone, Samples.reading(of: view))
        #expect(plan.texts.count == 1023)
        #expect(plan.plan.lines.count { $0.label == "Sends" } == 3)
        #expect(plan.plan.lines.contains { $0.text == "and the same in 1020 more shards" })
    }

    private static let going: [String: String?] = ["postpone_completion": "0"]
}
