import Core
import Testing
import Vitess

@Suite("Facts 23 to 27: errors and partial effects")
struct PartialEffectFacts {
    static let notServing =
        "target: commerce.c0-.primary: primary is not serving, there may be a reparent operation in progress"

    static func verdict(_ statement: VitessStatement, _ code: UInt32, _ message: String, sent: Bool = true)
        -> AnswerReading.Verdict
    {
        AnswerReading.error(.init(code: code, message: message, wasSent: sent), to: statement)
    }

    /// The last shard silent since 23:33:20, its row kept.
    static func silentView() -> KeyspaceView {
        var view = Samples.view([[:], [:], [:], [:]])
        view.fellSilent(Samples.shards[3], error: notServing, at: Samples.at("23:33:20"))
        return view
    }

    @Test("Fact 23: one dead primary blinds no other shard; it is marked, with its error and the age of what is shown")
    func oneSilent() {
        let migration = Samples.reading(of: Self.silentView())
        #expect(migration.shards.map(\.isSilent) == [false, false, false, true])
        #expect(
            migration.readings[3].why
                == "its primary has not answered for 10s: primary is not serving, there may be a reparent operation in "
                + "progress; what is shown is 0.0s old")
        #expect(migration.readings[3].conditions.contains(.silent))
        #expect(migration.readings[0].why == nil)
    }

    @Test("Fact 23: a silent shard stays silent since it first was, and is forgotten when it answers")
    func silence() {
        var view = Self.silentView()
        view.fellSilent(Samples.shards[3], error: Self.notServing, at: Samples.at("23:33:40"))
        #expect(view.reads[Samples.shards[3]]?.silence?.since == Samples.at("23:33:20"))
        view.took([], of: Samples.shards[3], at: Samples.at("23:33:50"))
        #expect(view.reads[Samples.shards[3]]?.silence == nil)
    }

    @Test("Fact 23: while a shard is silent, orders go to the others through their own sessions; COMPLETE waits")
    func narrowed() {
        let migration = Samples.reading(of: Self.silentView())
        #expect(Samples.plan(.complete, migration).plan.refusal?.reason == "c0- does not answer")
        let cancel = Samples.plan(.cancel, migration)
        #expect(
            cancel.steps.flatMap(\.self).map(\.target.useText)
                == ["USE `commerce:-40`", "USE `commerce:40-80`", "USE `commerce:80-c0`"])
        #expect(cancel.line("Not sent to") == "1 of 4 shards (c0-): does not answer")
        let one = Samples.plan(.complete, migration, shards: ["-40"])
        #expect(one.texts == ["ALTER VITESS_MIGRATION '\(Samples.uuidText)' COMPLETE"])
        #expect(one.steps.flatMap(\.self).map(\.target.useText) == ["USE `commerce:-40`"])
    }

    @Test("Fact 24: a COMPLETE or CANCEL that failed on one shard may have been carried out on the others")
    func partial() {
        for statement in [
            VitessStatement.complete(Samples.uuid, .everyShard(Samples.keyspace)),
            .cancel(Samples.uuid, .everyShard(Samples.keyspace)),
        ] {
            let verdict = Self.verdict(statement, 1105, Self.notServing)
            #expect(verdict.effect == .partial)
            #expect(verdict.notDone.keys.map(\.shard) == ["c0-"])
            #expect(verdict.isPassing)
            #expect(verdict.failure?.now?.contains("it may have been on the other shards") == true)
        }
    }

    @Test("Fact 24: a submission that failed may have begun, under a uuid nobody was told: it is found by its context")
    func submission() throws {
        let statement = VitessStatement.submit(
            try SchemaStatement("alter table orders add column fo3 int"), Samples.keyspace)
        let verdict = Self.verdict(statement, 1105, Self.notServing)
        #expect(verdict.effect == .partial)
        #expect(verdict.failure?.next?.contains("looked for by the context") == true)
    }

    @Test("Fact 24: three rows of four are a migration with a missing shard, which is not completed by accident")
    func threeOfFour() {
        let migration = Samples.migration([[:], [:], [:], nil])
        #expect(migration.missing == [Samples.shards[3]])
        #expect(migration.state == .failed)
        let shard = migration.snapshot.shards[3]
        #expect(shard.gauges?.conditions == [.missing])
        #expect(shard.failure?.what == "commerce/c0- has no row of the migration: the submission did not reach it.")
        #expect(Samples.plan(.complete, migration).plan.refusal?.reason == "c0- has no row of it")
        #expect(
            Samples.plan(.cancel, migration).steps.flatMap(\.self).map(\.target.useText)
                == ["USE `commerce:-40`", "USE `commerce:40-80`", "USE `commerce:80-c0`"])
    }

    @Test("Fact 24: seconds after a submission a shard without a row is not missing yet")
    func notYet() {
        let migration = Samples.migration([[:], nil, nil, nil], now: Samples.at("23:33:17"))
        #expect(migration.missing.isEmpty)
        #expect(migration.snapshot.shards[1].gauges?.why == "no row of the migration on this shard yet")
    }

    @Test("Fact 25: an error of several shards is told apart, shard by shard")
    func severalShards() {
        let text = Samples.shardNames.map {
            "target: commerce.\($0).primary: vttablet: rpc error: code = Unknown desc = migration not found (CallerID: userData1)"
        }.joined(separator: "\n")
        let errors = ShardErrors(text)
        #expect(errors.parts.map(\.shard) == Samples.shards)
        #expect(errors.parts.allSatisfy { $0.reason == "migration not found" })
        #expect(!errors.isCut)
    }

    @Test("Fact 25: cut at 512 bytes, the last shard's half sentence is known to be one")
    func cut() {
        let text = Samples.shardNames.map {
            "target: commerce.\($0).primary: vttablet: rpc error: code = Unknown desc = Not a valid migration ID in RETRY: "
                + "nope (CallerID: userData1)"
        }.joined(separator: "\n")
        let errors = ShardErrors(String(text.prefix(511)))
        #expect(errors.isCut)
        #expect(errors.parts.count == 4)
        let verdict = Self.verdict(.retry(Samples.uuid, .everyShard(Samples.keyspace)), 1105, String(text.prefix(511)))
        #expect(verdict.failure?.now?.contains("more shards may have refused") == true)
    }

    @Test(
        "Fact 25: parts without the rpc frame are read too, and what follows on a line of its own belongs to its shard")
    func frames() {
        let errors = ShardErrors(
            "target: commerce.-40.primary: vttablet: [BUG] AlterMigration unexpected plan type (CallerID: userData1)\nmore"
        )
        #expect(errors.parts.map(\.reason) == ["[BUG] AlterMigration unexpected plan type more"])
        #expect(ShardErrors("syntax error at position 31 near 'foo'").parts.map(\.shard) == [nil])
    }

    @Test("Fact 26: a session inside a transaction is told as that, and nothing was done on the shards named")
    func inTransaction() {
        let verdict = Self.verdict(
            .retry(Samples.uuid, .everyShard(Samples.keyspace)), 1815,
            "target: commerce.-40.primary: vttablet: [BUG] AlterMigration unexpected plan type (CallerID: userData1)")
        #expect(verdict.failure?.kind == .internalError)
        #expect(
            verdict.failure?.what
                == "The session is not in autocommit: Vitess takes no migration command in a transaction.")
    }

    @Test("Fact 27: every statement is complete text, without a placeholder")
    func noPlaceholder() throws {
        let threshold = try #require(CutOverThreshold(.seconds(15)))
        let target = try #require(ShardTarget(Samples.shards[0]))
        let statements: [VitessStatement] = [
            .launch(Samples.uuid, .everyShard(Samples.keyspace)), .complete(Samples.uuid, .one(target)),
            .postponeComplete(Samples.uuid, .one(target)), .cancel(Samples.uuid, .one(target)),
            .retry(Samples.uuid, .one(target)), .cleanup(Samples.uuid, .one(target)),
            .forceCutOver(Samples.uuid, .one(target)), .cutOverThreshold(Samples.uuid, threshold, .one(target)),
            .unthrottle(Samples.uuid, Samples.keyspace), .revert(Samples.uuid, .one(target)),
        ]
        let tails = [
            "LAUNCH", "COMPLETE", "POSTPONE COMPLETE", "CANCEL", "RETRY", "CLEANUP", "FORCE_CUTOVER",
            "CUTOVER_THRESHOLD '15s'", "UNTHROTTLE",
        ]
        #expect(
            statements.map(\.text)
                == tails.map { "ALTER VITESS_MIGRATION '\(Samples.uuidText)' \($0)" }
                + ["REVERT VITESS_MIGRATION '\(Samples.uuidText)'"])
        #expect(statements.allSatisfy { $0.isEffect })
    }

    @Test("A connection lost after an order was sent leaves everything open; before it was sent, nothing happened")
    func lost() {
        let statement = VitessStatement.complete(Samples.uuid, .everyShard(Samples.keyspace))
        let lost = Self.verdict(statement, 2013, "Lost connection to server during query")
        #expect(lost.effect == .unknown)
        #expect(lost.failure?.next == "the rows tell whether it took hold")
        #expect(Self.verdict(statement, 2003, "Can't connect", sent: false).effect == .none)
        #expect(Self.verdict(.showShards, 2013, "Lost connection to server during query").effect == .none)
    }

    @Test("A reparent's `online DDL is disabled` passes; what the other shards did is asked")
    func disabled() {
        let verdict = Self.verdict(
            .complete(Samples.uuid, .everyShard(Samples.keyspace)), 1105,
            "target: commerce.40-80.primary: vttablet: rpc error: code = Unknown desc = online DDL is disabled "
                + "(CallerID: userData1)")
        #expect(verdict.effect == .partial && verdict.isPassing)
        #expect(verdict.failure?.what == "40-80 takes no migration command now: online DDL is disabled.")
    }

    @Test("A version without the verb answers with a syntax error, and nothing has changed")
    func oldGrammar() {
        let verdict = Self.verdict(
            .postponeComplete(Samples.uuid, .everyShard(Samples.keyspace)), 1105,
            "syntax error at position 75 near 'complete'")
        #expect(verdict.effect == .none)
        #expect(verdict.failure?.what == "VTGate does not know the statement: it is of a version that lacks it.")
    }
}
