import Testing
import VTGateDouble

@Suite("Statements, texts and rows affected, as in the transcript")
struct StatementTests {
    static let unknown = "11111111_2222_3333_4444_555555555555"

    @Test(
        "An unknown uuid is OK to every verb but CANCEL",
        arguments: [
            "complete", "retry", "launch", "cleanup", "force_cutover", "postpone complete", "cutover_threshold '15s'",
            "throttle", "throttle expire '1h' ratio 0.5", "unthrottle", "complete vitess_shards '-40'",
        ])
    func unknownUUID(verb: String) throws {
        let double = try FakeVTGate()
        #expect(double.run("alter vitess_migration '\(Self.unknown)' \(verb)").affected == 0)
        #expect(
            double.run("alter vitess_migration '\(Self.unknown)' cancel").error?.message
                == joined("migration not found"))
    }

    @Test(
        "A malformed uuid names the verb as the tablet does",
        arguments: [
            ("complete", "COMPLETE"), ("retry", "RETRY"), ("launch", "EXECUTE"), ("force_cutover", "FORCE_CUTOVER"),
            ("postpone complete", "POSTPONE COMPLETE"), ("cutover_threshold '10s'", "FORCE_CUTOVER"),
            ("cleanup", "CLEANUP"),
            ("complete vitess_shards '-40'", "COMPLETE"),
        ])
    func malformedUUID(verb: String, name: String) throws {
        let double = try FakeVTGate()
        for uuid in ["nope", "c21aa2be-e53a-11f1-919e-623efefdb394"] {
            let error = double.run("alter vitess_migration '\(uuid)' \(verb)").error
            #expect(error?.code == 1105)
            #expect(error?.message == joined("Not a valid migration ID in \(name): \(uuid)"))
        }
        #expect(double.run("alter vitess_migration 'nope' cancel").error?.message == joined("migration not found"))
        #expect(double.run("alter vitess_migration 'nope' throttle").affected == 0)
    }

    @Test(
        "Syntax errors name VTGate's positions",
        arguments: [
            ("alter vitess_migration complete", "32"), ("alter vitess_migration 'x'", "27"),
            ("alter vitess_migration 'x' foo", "31 near 'foo'"),
            ("alter vitess_migration complete all vitess_shards '-40'", "50 near 'vitess_shards'"),
            ("alter vitess_migration 'x' cancel vitess_shards '-40'", "48 near 'vitess_shards'"),
            ("alter vitess_migration 'x' throttle vitess_shards '-40'", "50 near 'vitess_shards'"),
            ("alter vitess_migration 'x' complete vitess_shards '-40','40-80'", "57"),
            ("alter vitess_migration `x` complete", "27 near 'x'"),
            ("alter vitess_migration x complete", "25 near 'x'"),
            ("alter vitess_migration retry all", "29 near 'retry'"),
            ("alter vitess_migration 'x' cutover_threshold 15", "48 near '15'"),
            ("alter vitess_migration 'x' throttle ratio 'a'", "46 near 'a'"),
            ("revert vitess_migration x", "26 near 'x'"), ("show vitess_migrations limit 1", "29 near 'limit'"),
            ("show vitess_migrations order by id desc", "29 near 'order'"),
            ("show vitess_throttled_apps like 'online%'", "32 near 'like'"),
            ("show vitess_throttler status from commerce", "34 near 'from'"),
            ("show vitess_replication_status where shard='-40'", "37 near 'where'"),
            ("alter table customer add column phone2 varchar(", "48"), ("alter table customer add column", "32"),
            ("alter vitess_migration '949864cf_e53b_11f1_919e_623efefdb394' throttle ratio -1", "79"),
        ])
    func syntax(statement: String, position: String) throws {
        let double = try FakeVTGate()
        #expect(double.run(statement).error?.message == "syntax error at position \(position)")
    }

    @Test("An older VTGate does not know the newer statements")
    func versions() throws {
        let double = try FakeVTGate()
        double.setVersion(.v22)
        #expect(
            double.run("alter vitess_migration 'x' postpone complete").error?.message.hasPrefix("syntax error") == true)
        #expect(
            double.run("alter vitess_migration 'x' complete vitess_shards '-40'").error?.message.hasPrefix(
                "syntax error")
                == true)
        #expect(double.run("alter vitess_migration '\(Self.unknown)' launch vitess_shards '-40'").affected == 0)
        double.setVersion(.v21)
        #expect(
            double.run("alter vitess_migration 'x' cutover_threshold '5s'").error?.message.hasPrefix("syntax error")
                == true)
    }

    @Test("A complete migration takes commands that mean nothing, and counts shard rows")
    func wrongState() throws {
        let double = try FakeVTGate()
        let uuid = try double.ready()
        double.run("alter vitess_migration '\(uuid)' complete")
        double.advance(by: 10)
        #expect(double.statuses(uuid) == Array(repeating: "complete", count: 4))
        for verb in ["complete", "cancel", "retry", "launch", "throttle", "unthrottle"] {
            #expect(double.run("alter vitess_migration '\(uuid)' \(verb)").affected == 0)
        }
        for verb in ["cleanup", "force_cutover", "postpone complete", "cutover_threshold '15s'"] {
            #expect(double.run("alter vitess_migration '\(uuid)' \(verb)").affected == 4)
        }
        #expect(double.run("alter vitess_migration '\(uuid)' complete vitess_shards '-40'").affected == 1)
        #expect(double.statuses(uuid) == Array(repeating: "complete", count: 4))
    }

    @Test("Shard lists: unknown names are nobody, an empty list is everybody")
    func shardLists() throws {
        let double = try FakeVTGate()
        let uuid = try double.ready()
        func complete(_ list: String) -> Int? {
            double.run("ALTER VITESS_MIGRATION '\(uuid.uppercased())' COMPLETE VITESS_SHARDS \"\(list)\"").affected
        }
        #expect(complete("zz-") == 0)
        #expect(complete("80-C0") == 0)
        #expect(complete("-40,,c0-") == 2)
        #expect(complete("-40") == 0)
        #expect(complete("") == 2)
        #expect(double.accidents.map(\.kind) == [.emptyShardList])
    }

    @Test("THROTTLE is keyspace-wide, lasts an hour, and a new one replaces both values")
    func throttling() throws {
        let double = try FakeVTGate()
        func apps() -> [[String?]] {
            (double.run("show vitess_throttled_apps").table?.values ?? []).filter { $0[0] != "always-throttled-app" }
        }
        double.run("alter vitess_migration 'nope' throttle expire '10m' ratio 0.75")
        #expect(apps() == Array(repeating: ["nope", "2026-11-20 23:40:00", "0.75"], count: 4))
        double.run("alter vitess_migration 'nope' throttle ratio 0.3")
        #expect(apps()[0] == ["nope", "2026-11-21 00:30:00", "0.3"])
        double.run("alter vitess_migration 'nope' throttle expire '30s'")
        #expect(apps()[0] == ["nope", "2026-11-20 23:30:30", "1"])
        double.run("alter vitess_migration 'nope' throttle ratio 0")
        #expect(apps()[0][2] == "0")
        double.run("alter vitess_migration 'nope' throttle expire '0s'")
        #expect(apps().isEmpty)
        double.run("alter vitess_migration '' throttle")
        #expect(double.throttledApps("commerce") == ["online-ddl": 1])
        double.advance(by: 3601)
        #expect(double.throttledApps("commerce").isEmpty)
        #expect(
            double.run("alter vitess_migration 'x' throttle ratio 1.5").error?.message
                == "invalid RATIO value: 1.5. Try any decimal number between '0.0' (no throttle) and `1.0` (fully throttled)"
        )
        #expect(
            double.run("alter vitess_migration 'x' throttle expire '-5m'").error?.message
                == "invalid EXPIRE value: -5m. Try '120s', '30m', '1h', etc. Allowed units are (s)ec, (m)in, (h)hour")
    }

    @Test("A bad strategy is 1231 and the session keeps the one it had")
    func strategies() throws {
        let double = try FakeVTGate()
        for strategy in [
            "gh-ost", "VITESS", "vitess postpone-completion", "vitess --nosuchflag", " vitess",
            "vitess --postpone-completion=true", "vitess --cut-over-threshold=abc", "vitess --cut-over-threshold",
            "mysql --force-cut-over-after=1h",
        ] {
            let error = double.run("set @@ddl_strategy='\(strategy)'").error
            #expect(error?.code == 1231)
            #expect(error?.message == "invalid DDL strategy: \(strategy)")
        }
        let kept = double.execute(
            "set @@ddl_strategy='vitess'", "set @@ddl_strategy='nosuch'", "select @@session.ddl_strategy")
        #expect(kept.table?.values == [["vitess"]])
        #expect(
            double.run("set @@migration_context='bad context!'").error?.message
                == "invalid migration_context: bad context!")
        #expect(throws: ErrorAnswer.self) {
            try double.submit("alter table customer add column a int", strategy: "vitess --cut-over-threshold=2s")
        }
    }

    @Test("Filters: LIKE is about uuid, context and status; WHERE about every column")
    func filters() throws {
        let double = try FakeVTGate()
        let uuid = try double.submit("alter table customer add column a int", context: "ctx-a")
        func count(_ rest: String) -> Int? { double.run("show vitess_migrations \(rest)").table?.values.count }
        #expect(count("like 'queued'") == 4)
        #expect(count("from commerce like 'ctx-a'") == 4)
        #expect(count("like '%\(uuid.prefix(8))%'") == 4)
        #expect(count("like 'customer'") == 0)
        #expect(count("where migration_uuid='\(uuid)' and shard='40-80'") == 1)
        #expect(count("where migration_status in ('running','queued') and mysql_table like 'cust%'") == 4)
        #expect(count("where completed_timestamp is null or completed_timestamp > now() - interval 1 day") == 4)
        #expect(count("where not (id >= 1)") == 0)
        #expect(double.run("show vitess_migrations from nosuch").error?.code == 1049)
        let error = double.run("show vitess_migrations where nosuchcol=1").error
        #expect(error?.code == 1054)
        #expect(
            error?.message.hasPrefix(
                "target: commerce.-40.primary: vttablet: rpc error: code = NotFound desc = Unknown column 'nosuchcol' in "
                    + "'where clause' (errno 1054) (sqlstate 42S22) (CallerID: userData1): Sql: \"show vitess_migrations "
                    + "where nosuchcol = 1\", BindVars: {}\n") == true)
        #expect(
            double.run("show vitess_migrations", on: "commerce@replica").error?.message
                == "VT09006: SHOW VITESS_MIGRATION works only on primary tablet")
    }

    @Test("What a real cluster answered: a shard-targeted session knows nothing of the topology")
    func shardTargetedReads() throws {
        let double = try FakeVTGate()
        for what in ["vitess_shards", "vitess_tablets", "vitess_replication_status", "vitess_target"] {
            let error = double.execute("SHOW \(what)", on: "commerce:-40").error
            #expect(error?.code == 1064)
            #expect(error?.message.contains("near '\(what)' at line 1 (errno 1064) (sqlstate 42000)") == true)
        }
        #expect(double.execute("show vitess_throttled_apps", on: "commerce:-40").table?.values.count == 1)
        #expect(double.execute("show vitess_throttler status", on: "commerce:-40").table?.values.count == 1)
        #expect(
            double.execute("alter vitess_migration 'x' cancel", on: "commerce:zz-").error?.message
                == "target: commerce.zz-.primary: no healthy tablet available for "
                + "'keyspace:\"commerce\" shard:\"zz-\" tablet_type:PRIMARY'")
        #expect(double.run("kill query 1").error?.message == "VT07001: kill statement execution not permitted.")
        #expect(double.run("show create table nosuch").error?.message == "table nosuch not found")
    }

    @Test("A schema change in a shard-targeted session runs at once, there alone, and is written down")
    func shardTargetedChange() throws {
        let double = try FakeVTGate()
        let answer = double.execute(
            "set @@ddl_strategy='vitess --postpone-completion'", "alter table orders add column tgt1 int",
            on: "commerce:-40")
        #expect(answer.affected == 0)
        #expect(double.createText("orders", on: "-40")?.contains("`tgt1` int DEFAULT NULL") == true)
        #expect(double.createText("orders", on: "40-80")?.contains("tgt1") == false)
        #expect(double.allRows.isEmpty)
        #expect(double.accidents.map(\.kind) == [.directChangeOnOneShard])
    }
}

extension FakeVTGate {
    @discardableResult
    func run(_ statement: String) -> Answer { execute(statement) }
}
