import Core
import Testing
import Vitess

@Suite("Facts 19 to 22: numbers")
struct FigureFacts {
    @Test("Fact 19: progress and time left are told with the age of their mark; an unknown one is not told")
    func progress() {
        let reading = Samples.reading(
            Samples.row(
                Samples.copying,
                ["started_timestamp": "2026-11-20 23:33:00", "liveness_timestamp": "2026-11-20 23:33:10"]))
        #expect(reading.phase == .copying)
        #expect(reading.progress == "40.2 %")
        #expect(reading.timeLeft == .seconds(46))
        #expect(reading.why == "copying: 40.2 % by its last mark, 14s old")
        let unknown = Samples.reading(
            Samples.row(Samples.copying, ["eta_seconds": "-1", "progress": "0", "rows_copied": "0"]))
        #expect(unknown.timeLeft == nil && unknown.progress == nil)
        #expect(unknown.why == "copying: no progress told yet")
    }

    @Test("Fact 19: an estimate that proved too low never shows more than the rows there are")
    func estimate() {
        let reading = Samples.reading(
            Samples.row(
                Samples.copying,
                ["rows_copied": "1300000", "table_rows": "1197063", "progress": "108.6", "eta_seconds": "0"]))
        #expect(reading.gauges.rowsTotal == 1_300_000)
        #expect(reading.progress == "100.0 %")
        #expect(reading.timeLeft == nil)
    }

    @Test("Fact 19: a revert copies no rows, and its 0 % is not shown")
    func revert() {
        let reading = Samples.reading(
            Samples.row([
                "reverted_uuid": "3940eae0_e53d_11f1_919e_623efefdb394", "progress": "0", "rows_copied": "0",
                "table_rows": "50192", "ready_to_complete": "0", "ready_to_complete_timestamp": nil,
                "strategy": "online",
            ]))
        #expect(reading.phase == .reverting)
        #expect(reading.progress == nil && reading.gauges.rowsTotal == 0)
        #expect(reading.why == "going back: only what changed since the cut-over is applied, no rows are copied")
    }

    @Test("Fact 20: a lag that is a Unix time is not known, never fifty years")
    func lag() {
        let raw = Samples.reading(Samples.row(Samples.copying, ["vreplication_lag_seconds": "1795218654"]))
        #expect(raw.lag == nil && raw.gauges.tail == nil)
        #expect(Samples.reading(Samples.row(["vreplication_lag_seconds": "2"])).lag == .seconds(2))
    }

    /// Section 28: 15 s after UNTHROTTLE.
    static let leftOver: [String: String?] = [
        "user_throttle_ratio": "0", "component_throttled": "vplayer", "last_throttled_timestamp": "2026-11-20 23:33:12",
        "reason_throttled":
            "vplayer:71430f1d_e542_11f1_911c_623efefdb394:vreplication:online-ddl is explicitly denied access",
    ]

    @Test("Fact 21: columns that outlive a throttle do not say that it holds now")
    func notThrottled() {
        #expect(Samples.reading(Samples.row(Self.leftOver)).throttling == nil)
        #expect(
            Samples.reading(Samples.row(Self.leftOver), rules: [Samples.rule("always-throttled-app")]).throttling == nil
        )
    }

    @Test(
        "Fact 21: ended a moment ago, the mark is fresh and the rule is gone: not throttled, where the rules were read")
    func freshButGone() {
        let fresh = Self.leftOver.merging(["last_throttled_timestamp": "2026-11-20 23:33:28"]) { _, new in new }
        #expect(Samples.reading(Samples.row(fresh), rules: [Samples.rule("always-throttled-app")]).throttling == nil)
        #expect(
            Samples.reading(Samples.row(fresh, ["user_throttle_ratio": "1"])).throttling
                == .person(ratio: 1, until: nil, everyMigration: false))
    }

    @Test("Fact 21: a person's rule holds at once, before the row shows its ratio, and until it expires")
    func rule() {
        let rules: Set = [Samples.rule(Samples.uuidText, ratio: "0.75")]
        let until = Samples.at("00:39:48", day: "2026-11-21")
        let reading = Samples.reading(Samples.row(Samples.copying), rules: rules)
        #expect(reading.throttling == .person(ratio: 0.75, until: until, everyMigration: false))
        #expect(reading.why == "held back 0.75 of the time by a person's rule, until 00:39:48Z")
        #expect(reading.conditions.contains(.throttled))
        #expect(Samples.reading(Samples.row(Samples.copying), rules: rules, now: until + .seconds(1)).throttling == nil)
        #expect(Samples.reading(Samples.row(), rules: [Samples.rule(Samples.uuidText, ratio: "0")]).throttling == nil)
    }

    @Test("Fact 21: a throttled migration keeps its readiness")
    func readyAndThrottled() {
        let reading = Samples.reading(Samples.row(), rules: [Samples.rule(Samples.uuidText)])
        #expect(reading.phase == .ready)
        #expect(reading.conditions.contains(.throttled))
    }

    @Test("Fact 21: the tablet's own throttler is told with its metric, its limit and the age of its mark")
    func server() {
        let row = Samples.row(
            Samples.copying,
            [
                "last_throttled_timestamp": "2026-11-20 23:33:27", "component_throttled": "vcopier",
                "reason_throttled":
                    "vcopier:c21aa2be_e53a_11f1_919e_623efefdb394:vreplication:online-ddl is denied access due to "
                    + "shard/lag metric value 8.4 exceeding threshold 5",
            ])
        let reading = Samples.reading(row, rules: [Samples.rule("always-throttled-app")])
        #expect(reading.throttleVerdict?.text == "lag 8.4 > 5 on shard/lag (vcopier)")
        #expect(reading.why?.hasPrefix("throttled at vcopier: vcopier:c21aa2be") == true)
        #expect(reading.why?.hasSuffix("exceeding threshold 5, last 3.0s ago") == true)
    }

    @Test("Fact 21: with its throttler switched off nothing holds, whatever the rules say")
    func disabled() throws {
        let off = try ThrottlerRow(
            AnswerRow(names: ["shard", "enabled", "threshold", "query"], values: ["-40", "0", "5", "select 1"]))
        let reading = Samples.reading(Samples.row(), rules: [Samples.rule(Samples.uuidText)], throttler: off)
        #expect(reading.throttling == nil)
    }

    @Test("Fact 22: skew is from the first shard that has the schema to the last, once every shard has")
    func skew() {
        let last = Samples.complete.merging(["completed_timestamp": "2026-11-20 23:33:42.736455"]) { _, new in new }
        let migration = Samples.migration([Samples.complete, Samples.complete, last, Samples.complete])
        #expect(migration.state == .done)
        #expect(migration.skew == .milliseconds(500))
        #expect(migration.snapshot.skew == .milliseconds(500))
        #expect(migration.snapshot.events.last?.text == "every shard has it: 500 ms from the first to the last")
    }
}
