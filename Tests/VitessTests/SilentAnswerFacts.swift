import Core
import Testing
import Vitess

@Suite("Facts 1 to 8: silence instead of errors")
struct SilentAnswerFacts {
    @Test("Fact 1: an OK with 0 rows affected is taken, and says nothing of an effect")
    func unknownUUID() {
        let (verdict, note) = AnswerReading.ok(
            rowsAffected: 0, to: .complete(Samples.uuid, .everyShard(Samples.keyspace)))
        #expect(verdict.effect == .taken)
        #expect(note == "taken; no shard's row was changed by it: the rows tell why")
    }

    @Test("Fact 1: CANCEL alone says that a shard does not know the migration, and the others may have carried it out")
    func cancelOfUnknown() {
        let error = AnswerReading.ServerError(
            code: 1105,
            message: "target: commerce.-40.primary: vttablet: rpc error: code = Unknown desc = migration not found "
                + "(CallerID: userData1)", wasSent: true)
        let verdict = AnswerReading.error(error, to: .cancel(Samples.uuid, .everyShard(Samples.keyspace)))
        #expect(verdict.effect == .partial)
        #expect(verdict.notDone == [Samples.shards[0]: "migration not found"])
        #expect(verdict.failure?.what == "-40 knows no such migration.")
    }

    @Test(
        "Fact 2: a malformed uuid cannot be held, dashes and the empty one included",
        arguments: [
            "", "nope", "c21aa2be-e53a-11f1-919e-623efefdb394", "c21aa2be_e53a_11f1_919e_623efefdb39",
            "c21aa2be_e53a_11f1_919e_623efefdb394 ", "x' or '1'='1", "g21aa2be_e53a_11f1_919e_623efefdb394",
            "c21aa2bee_53a_11f1_919e_623efefdb394",
        ])
    func malformed(text: String) { #expect(VitessUUID(text) == nil) }

    @Test("Fact 2: upper case is the same migration")
    func upperCase() { #expect(VitessUUID("C21AA2BE_E53A_11F1_919E_623EFEFDB394") == Samples.uuid) }

    @Test(
        "Fact 3: verbs that would change a complete row for nothing are refused",
        arguments: [
            Verb.postpone, .forceCutOver, .threshold, .complete, .cancel, .launch, .throttle,
        ])
    func wrongState(verb: Verb) {
        let done = Samples.migration([Samples.complete, Samples.complete, Samples.complete, Samples.complete])
        let plan = Samples.plan(verb, done, options: CommandOptions(threshold: .seconds(15)))
        #expect(plan.plan.refusal != nil)
        #expect(plan.steps.isEmpty)
    }

    @Test("Fact 3: of a migration that is partly complete only the shards that are not are sent POSTPONE COMPLETE")
    func narrowsToPending() {
        let going: [String: String?] = ["postpone_completion": "0"]
        let plan = Samples.plan(.postpone, Samples.migration([Samples.complete, going, going, Samples.complete]))
        #expect(plan.steps.flatMap(\.self).map(\.target.useText) == ["USE `commerce:40-80`", "USE `commerce:80-c0`"])
        #expect(Set(plan.texts) == ["ALTER VITESS_MIGRATION '\(Samples.uuidText)' POSTPONE COMPLETE"])
    }

    @Test("Fact 4: a shard the keyspace does not have is refused before anything is sent")
    func unknownShard() {
        let plan = Samples.plan(.complete, Samples.migration([[:], [:], [:], [:]]), shards: ["80-C0"])
        #expect(plan.plan.refusal?.reason == "commerce/80-C0 is no shard of commerce")
        #expect(plan.steps.isEmpty)
    }

    @Test("Fact 4: a list of shards has no blank, no empty part and no shard twice")
    func listText() throws {
        let list = try #require(ShardList([Samples.shards[1], Samples.shards[2], Samples.shards[1]]))
        #expect(
            VitessStatement.complete(Samples.uuid, .listed(list)).text
                == "ALTER VITESS_MIGRATION '\(Samples.uuidText)' COMPLETE VITESS_SHARDS '40-80,80-c0'")
    }

    @Test(
        "Fact 5: an empty list of shards, which would reach all, cannot be built",
        arguments: [
            [], [""], ["-40", ""], ["-40,40-80"], ["-40 "], ["'"],
        ])
    func emptyList(names: [String]) {
        #expect(ShardList(names.map { ShardName(keyspace: "commerce", shard: $0) }) == nil)
    }

    @Test("Fact 5: a session on an empty shard, which is the whole keyspace, cannot be asked for")
    func emptyShard() {
        #expect(ShardTarget(ShardName(keyspace: "commerce", shard: "")) == nil)
        #expect(ShardList([ShardName(keyspace: "a", shard: "-40"), ShardName(keyspace: "b", shard: "-40")]) == nil)
    }

    @Test("Fact 6: THROTTLE always names one migration, its expiry and its ratio")
    func throttle() throws {
        let throttle = try #require(Throttle(ratio: 0.75, expiry: .seconds(600)))
        #expect(
            VitessStatement.throttle(Samples.uuid, throttle, Samples.keyspace).text
                == "ALTER VITESS_MIGRATION '\(Samples.uuidText)' THROTTLE EXPIRE '600s' RATIO 0.75")
        #expect(VitessUUID("") == nil)
    }

    @Test("Fact 6: a rule for every migration is shown as one, and not ended with the migration's own UNTHROTTLE")
    func everything() {
        var view = Samples.view([[:], [:], [:], [:]])
        view.throttledApps = [Samples.rule("online-ddl"), Samples.rule("always-throttled-app")]
        let migration = Samples.reading(of: view)
        #expect(
            migration.readings[0].throttling
                == .person(ratio: 1, until: Samples.at("00:39:48", day: "2026-11-21"), everyMigration: true))
        #expect(
            Samples.plan(.unthrottle, migration).plan.refusal?.reason
                == "it is held by a rule for every migration of the keyspace, not by one of its own")
    }

    @Test("Fact 7: no read has a LIKE, an ORDER BY or a LIMIT")
    func noLike() throws {
        let context = try #require(MigrationContext("ctx-2026-11-20-a"))
        let filters: [RowFilter] = [
            .all, .recent(since: Samples.now, also: []), .recent(since: Samples.now, also: [Samples.uuid]),
            .migration(Samples.uuid), .context(context), .submitted(since: Samples.now),
        ]
        for filter in filters {
            let text = VitessStatement.showMigrations(.everyShard(Samples.keyspace), filter).text
            #expect(!text.contains("LIKE") && !text.contains("ORDER") && !text.contains("LIMIT"))
        }
        #expect(
            VitessStatement.showMigrations(
                .everyShard(Samples.keyspace), .recent(since: Samples.now, also: [Samples.uuid])
            )
            .text
                == "SHOW VITESS_MIGRATIONS WHERE migration_status IN ('queued', 'ready', 'running')"
                + " OR requested_timestamp >= '2026-11-20 23:33:30' OR completed_timestamp >= '2026-11-20 23:33:30'"
                + " OR migration_uuid IN ('\(Samples.uuidText)')")
    }

    @Test("Fact 8: tablets are asked for without a WHERE, which would be ignored")
    func tablets() { #expect(VitessStatement.showTablets.text == "SHOW VITESS_TABLETS") }
}
