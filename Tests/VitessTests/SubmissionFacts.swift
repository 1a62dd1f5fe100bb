import Core
import Testing
import Vitess

@Suite("Facts 28 to 37: submitting, reverting, and what is left")
struct SubmissionFacts {
    @Test("Fact 28: a schema change goes to a keyspace; there is no way to aim it at a shard")
    func neverInShardSession() throws {
        let statement = try SchemaStatement("ALTER TABLE orders ADD COLUMN d1 int;\n")
        #expect(statement.text == "ALTER TABLE orders ADD COLUMN d1 int")
        #expect(VitessStatement.submit(statement, Samples.keyspace).target.useText == "USE `commerce`")
    }

    @Test(
        "Fact 28: what would run directly under an online strategy is refused",
        arguments: [
            "TRUNCATE TABLE orders", "RENAME TABLE orders TO o2", "ALTER TABLE orders RENAME TO o2",
            "alter table orders add column a int, rename as o2", "DROP DATABASE commerce",
            "CREATE PROCEDURE p() SELECT 1",
            "DELETE FROM orders", "/* hidden */ TRUNCATE TABLE orders", "", ";",
            "ALTER TABLE orders ADD COLUMN a int; DROP TABLE orders", "ALTER VITESS_MIGRATION COMPLETE ALL",
            "alter vitess_migration 'x' cancel", "REVERT VITESS_MIGRATION 'x'",
            "ALTER TABLE t ADD a int -- it's\n; DROP TABLE t", "ALTER TABLE t ADD a int # '\n; DROP TABLE t",
            "ALTER /* ' */ TABLE t ADD a int; DROP TABLE t -- '", "ALTER TABLE t COMMENT 'open",
        ])
    func runsDirectly(text: String) {
        #expect(throws: SchemaStatement.Invalid.self) { try SchemaStatement(text) }
    }

    @Test(
        "Fact 28: what an online strategy manages is taken",
        arguments: [
            "ALTER TABLE orders ADD COLUMN note varchar(10) DEFAULT 'a;b'",
            "create table `rename` (id int primary key)",
            "DROP TABLE orders", "CREATE OR REPLACE VIEW v AS SELECT 1", "CREATE UNIQUE INDEX i ON orders (a)",
            "DROP INDEX i ON orders", "ALTER TABLE orders RENAME COLUMN a TO b",
            "alter table `a.b` rename index x to y",
            "CREATE ALGORITHM=MERGE DEFINER=`root`@`localhost` VIEW v AS SELECT 1",
        ])
    func managed(text: String) throws { #expect(try SchemaStatement(text).text == text) }

    @Test("Fact 29: a strategy is set, read back and only then used; a refused SET leaves the session on the old one")
    func readBack() throws {
        let flags = try StrategyFlags(.vitess, [.postponeCompletion])
        #expect(VitessStatement.setStrategy(flags).text == "SET @@ddl_strategy = 'vitess --postpone-completion'")
        #expect(VitessStatement.readStrategy.text == "SELECT @@ddl_strategy")
        let verdict = PartialEffectFacts.verdict(.setStrategy(flags), 1231, "invalid DDL strategy: nosuch")
        #expect(verdict.effect == .none)
        #expect(
            verdict.failure?.what
                == "VTGate refused the strategy: invalid DDL strategy: nosuch. The session keeps the old one.")
        #expect(verdict.failure?.next?.contains("nothing may be submitted") == true)
    }

    @Test(
        "Fact 29: what Vitess would refuse too late, or never, is refused before it is sent",
        arguments: [
            ("VITESS", "invalid DDL strategy: VITESS; vitess, mysql and direct exist"),
            ("gh-ost", "invalid DDL strategy: gh-ost; vitess, mysql and direct exist"),
            ("", "invalid DDL strategy: (empty); vitess, mysql and direct exist"),
            ("vitess postpone-completion", "postpone-completion is no flag: flags begin with --"),
            ("vitess --nosuchflag", "there is no flag --nosuchflag"),
            ("vitess --skip-topo", "there is no flag --skip-topo"),
            ("vitess --cut-over-threshold=2s", "cut-over min value is 5s"),
            ("vitess --cut-over-threshold=31s", "cut-over max value is 30s"),
            ("vitess --cut-over-threshold=5500ms", "--cut-over-threshold is in whole seconds"),
            ("vitess --cut-over-threshold=ten", "--cut-over-threshold=ten is no duration like 10s or 24h"),
            ("mysql --postpone-completion", "--postpone-completion is not possible with mysql"),
            ("mysql --allow-zero-in-date", "--allow-zero-in-date is not possible with mysql"),
            ("mysql --force-cut-over-after=1m", "--force-cut-over-after is only valid in 'vitess' strategy"),
            ("direct --allow-concurrent", "direct takes no flags: the statement runs at once, on every shard"),
            (
                "vitess --singleton --singleton-table",
                "only one of --singleton, --singleton-context and --singleton-table counts: choose it"
            ),
            ("vitess --retain-artifacts=-1h", "--retain-artifacts=-1h is no duration like 10s or 24h"),
        ])
    func tooLate(text: String, reason: String) {
        #expect(throws: StrategyFlags.Invalid(reason: reason)) { try StrategyFlags.read(text) }
    }

    @Test(
        "Fact 29: every flag is read, and written back so that Vitess reads the same",
        arguments: [
            "vitess", "mysql", "direct",
            "vitess --declarative --allow-zero-in-date --postpone-launch --postpone-completion --in-order-completion "
                + "--allow-concurrent --prefer-instant-ddl --singleton --unsafe-allow-foreign-keys --analyze-table "
                + "--force-cut-over-after=1h30m --cut-over-threshold=15s --retain-artifacts=48h",
            "vitess --singleton-context", "vitess --singleton-table", "vitess --force-cut-over-after=1ms",
        ])
    func roundTrip(text: String) throws {
        let flags = try StrategyFlags.read(text)
        #expect(flags.description == text)
        #expect(try StrategyFlags.read(flags.description) == flags)
    }

    @Test("Fact 29: one dash or two, in any order, and the old name of the strategy are the same")
    func spellings() throws {
        let flags = try StrategyFlags.read("online -allow-concurrent --postpone-completion")
        let same = try StrategyFlags(.vitess, [.postponeCompletion, .allowConcurrent])
        #expect(flags == same)
    }

    @Test("Fact 29: --declarative takes no ALTER and no IF EXISTS")
    func declarative() throws {
        let flags = try StrategyFlags(.vitess, [.declarative])
        func problem(_ text: String) throws -> String? { flags.problem(with: try SchemaStatement(text)) }
        #expect(try problem("ALTER TABLE t ADD a int")?.contains("ALTER under it fails") == true)
        #expect(try problem("DROP TABLE IF EXISTS t") != nil)
        #expect(try problem("CREATE TABLE t (id int primary key)") == nil)
    }

    @Test(
        "Fact 29: a context that VTGate would refuse cannot be held", arguments: ["", "bad context!", "a'b", "ctx/1"])
    func context(text: String) { #expect(MigrationContext(text) == nil) }

    @Test("Fact 30: a revert is sent postponed, after the strategy was set and read back")
    func revertIsPostponed() {
        let plan = Samples.plan(.revert, Samples.migration(Array(repeating: Samples.complete, count: 4)))
        #expect(plan.plan.refusal == nil)
        #expect(
            plan.texts == [
                "SET @@ddl_strategy = 'vitess --postpone-completion --allow-concurrent'", "SELECT @@ddl_strategy",
                "REVERT VITESS_MIGRATION '\(Samples.uuidText)'",
            ])
        #expect(plan.plan.confirmation == "revert 4 customer")
    }

    @Test(
        "Fact 30: a revert that Vitess would take, and fail a moment later, is refused",
        arguments: [
            (["special_plan": #"{"operation":"instant-ddl"}"#], "was done INSTANT there"),
            (["special_plan": #"{"operation":"range-partition"}"#], "rotated a range partition there"),
            (["cleanup_timestamp": "2026-11-20 23:53:50"], "was cleaned up there"),
            (["retain_artifacts_seconds": "-1"], "is being cleaned up there"),
            (["artifacts": ""], "keeps no old table there"),
            (["strategy": "mysql"], "ran as MySQL's own ALTER there"),
            (["retain_artifacts_seconds": "1"], "is past its retention there"),
        ])
    func cannotRevert(change: [String: String], reason: String) {
        let row = Samples.complete.merging(change.mapValues { $0 }) { _, new in new }
        let migration = Samples.migration(Array(repeating: row, count: 4), now: Samples.at("23:53:00"))
        #expect(Samples.plan(.revert, migration).plan.refusal?.reason.contains(reason) == true)
    }

    @Test("Fact 30: only the last completed migration of a table can be reverted, and none beside a pending one")
    func onlyTheLast() {
        let later: [String: String?] = [
            "id": "2", "migration_uuid": "7ab954d2_e53d_11f1_919e_623efefdb394",
            "completed_timestamp": "2026-11-20 23:52:52.236455",
        ]
        let done = Samples.row(Samples.complete)
        let conflict = Samples.reading(
            done, others: [Samples.row(Samples.complete, later)], now: Samples.at("23:53:00"))
        #expect(conflict.revertProblem == "is not the last migration of its table there: 7ab9 completed at 23:52:52Z")
        let pending = Samples.row(["id": "3", "migration_uuid": "8a55494d_e53d_11f1_919e_623efefdb394"])
        #expect(
            Samples.reading(done, others: [pending], now: Samples.at("23:53:00")).revertProblem
                == "shares its table with 8a55, which is running there")
    }

    @Test("Fact 30: CLEANUP of a running one, which Vitess takes, is refused")
    func cleanupOfRunning() {
        let plan = Samples.plan(
            .cleanup, Samples.migration([[:], Samples.complete, Samples.complete, Samples.complete]))
        #expect(plan.plan.refusal?.reason == "it is still running on a shard")
    }

    @Test("Fact 31: a migration that its tablet has not looked at yet is launched by name, never by LAUNCH ALL")
    func launch() {
        let held = Samples.queued.merging(["postpone_launch": "1"]) { _, new in new }
        let migration = Samples.migration(Array(repeating: held, count: 4))
        #expect(migration.state == .postponedLaunch)
        #expect(Samples.plan(.launch, migration).texts == ["ALTER VITESS_MIGRATION '\(Samples.uuidText)' LAUNCH"])
        #expect(
            Samples.plan(.launch, migration, shards: ["-40"]).texts
                == ["ALTER VITESS_MIGRATION '\(Samples.uuidText)' LAUNCH VITESS_SHARDS '-40'"])
    }

    @Test("Fact 31: until its review a queued one waits for the tablet's next check")
    func notReviewed() {
        #expect(
            Samples.reading(Samples.row(Samples.queued), now: Samples.at("23:33:18")).why
                == "not looked at by its tablet yet, submitted 3.0s ago: the next check comes within 1m00")
    }

    @Test("Fact 32: no statement asks for a migration's log, which never exists")
    func logs() {
        #expect(
            VitessStatement.showMigrations(.everyShard(Samples.keyspace), .migration(Samples.uuid)).text.hasPrefix(
                "SHOW VITESS_MIGRATIONS WHERE"))
    }

    @Test("Fact 33: rows are told apart by shard and uuid, whatever their order and their ids")
    func order() {
        var view = KeyspaceView(keyspace: Samples.keyspace, shards: Samples.shards)
        view.took(
            ["c0-", "40-80", "-40", "80-c0"].map { Samples.row(["shard": $0, "id": "1"]) }, at: Samples.now)
        #expect(Samples.reading(of: view).shards.map(\.name) == Samples.shards)
        #expect(FleetReading.migrations(in: [view], at: Samples.now).count == 1)
    }

    @Test("Fact 34: one rule that is listed once a shard is one rule, and the built-in one is nobody's throttle")
    func apps() {
        let rows = (0..<4).flatMap { _ in [Samples.rule(Samples.uuidText), Samples.rule("always-throttled-app")] }
        #expect(Set(rows).count == 2)
        #expect(Samples.reading(Samples.row(), rules: [Samples.rule("always-throttled-app")]).throttling == nil)
    }

    @Test("Fact 34: a replica's lag is read, and its throttler's complaint about the host's load is not")
    func replicationStatus() throws {
        let names = [
            "Keyspace", "Shard", "TabletType", "Alias", "Hostname", "ReplicationSource", "ReplicationHealth",
            "ReplicationLag", "ThrottlerStatus",
        ]
        let row = try ReplicationRow(
            AnswerRow(
                names: names,
                values: [
                    "commerce", "-40", "REPLICA", "zone1-0000000101", "127.0.0.1", "127.0.0.1:30100",
                    #"{"EventStreamRunning":"Yes","EventApplierRunning":"Yes","LastError":""}"#, "1",
                    #"{"state":"","load":315.50,"message":"threshold exceeded"}"#,
                ]))
        #expect(row.isRunning == true && row.lag == .seconds(1) && row.lastError == "")
        let broken = try ReplicationRow(
            AnswerRow(
                names: names,
                values: [
                    "commerce", "-40", "REPLICA", "zone1-0000000101", "127.0.0.1", "127.0.0.1:30100",
                    #"{"EventStreamRunning":"No","EventApplierRunning":"Yes","LastError":"a \"b\" c"}"#, nil, nil,
                ]))
        #expect(broken.isRunning == false && broken.lag == nil && broken.lastError == #"a "b" c"#)
    }

    @Test(
        "Fact 35: EXPIRE stands before RATIO, and both are always there, because each statement sets both anew",
        arguments: [
            (1.0, 3600, "THROTTLE EXPIRE '3600s' RATIO 1"), (0.3, 30, "THROTTLE EXPIRE '30s' RATIO 0.3"),
            (0.97, 300, "THROTTLE EXPIRE '300s' RATIO 0.97"), (0.0125, 1, "THROTTLE EXPIRE '1s' RATIO 0.0125"),
        ])
    func throttle(ratio: Double, seconds: Int, tail: String) throws {
        let throttle = try #require(Throttle(ratio: ratio, expiry: .seconds(seconds)))
        #expect(
            VitessStatement.throttle(Samples.uuid, throttle, Samples.keyspace).text
                == "ALTER VITESS_MIGRATION '\(Samples.uuidText)' \(tail)")
    }

    @Test(
        "Fact 35: a ratio of 0 or above 1, and an expiry of 0, are no throttles",
        arguments: [
            (0.0, 3600), (-1.0, 3600), (1.5, 3600), (0.00001, 3600), (.nan, 3600), (1.0, 0), (1.0, -5),
        ])
    func noThrottle(ratio: Double, seconds: Int) {
        #expect(Throttle(ratio: ratio, expiry: .seconds(seconds)) == nil)
        let plan = Samples.plan(
            .throttle, Samples.migration([[:], [:], [:], [:]]),
            options: CommandOptions(ratio: ratio, expiry: .seconds(seconds)))
        #expect(plan.plan.refusal != nil && plan.steps.isEmpty)
    }

    @Test(
        "Fact 36: a singleton's refusal is the tablets' own, told with the migration in the way",
        arguments: [
            "singleton migration rejected: found pending migrations [sample: fd0e0b21_e53d_11f1_919e_623efefdb394]",
            "singleton-context migration rejected: found pending migration: fe646799_e53d_11f1_919e_623efefdb394 in different context: ctx1",
        ])
    func singleton(reason: String) throws {
        let message =
            "target: commerce.-40.primary: vttablet: rpc error: code = FailedPrecondition desc = submitting migration "
            + "fd1135d2_e53d_11f1_919e_623efefdb394: \(reason) (CallerID: userData1)"
        let verdict = PartialEffectFacts.verdict(
            .submit(try SchemaStatement("alter table orders add column a int"), Samples.keyspace), 1105, message)
        #expect(verdict.effect == .partial)
        #expect(verdict.failure?.what.contains(reason) == true)
        #expect(!verdict.isPassing)
    }
}
