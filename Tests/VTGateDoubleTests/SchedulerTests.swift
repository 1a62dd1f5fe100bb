import Testing
import VTGateDouble

@Suite("Migrations in virtual time")
struct SchedulerTests {
    @Test("Submitted, it runs after a second, is ready within twelve, and completes five after COMPLETE")
    func timeline() throws {
        let double = try FakeVTGate()
        let uuid = try double.submit("alter table customer add column phone varchar(32) not null default ''")
        #expect(double.statuses(uuid) == Array(repeating: "queued", count: 4))
        double.advance(by: 1.1)
        #expect(double.statuses(uuid) == Array(repeating: "running", count: 4))
        // The raw Unix time until the first progress.
        #expect(double.rows(uuid).allSatisfy { $0.lag > 1_795_000_000 && !$0.readyToComplete })
        double.advance(by: 11)
        #expect(double.rows(uuid).allSatisfy { $0.readyToComplete && $0.progress == 100 && $0.rowsCopied == 50_000 })
        double.advance(by: 600)
        #expect(double.statuses(uuid) == Array(repeating: "running", count: 4))
        #expect(double.run("alter vitess_migration '\(uuid)' complete").affected == 4)
        double.advance(by: 3)
        #expect(double.rows(uuid).allSatisfy { $0.cutOverAttempts == 1 && !$0.stage.isEmpty })
        double.advance(by: 2.5)
        #expect(double.statuses(uuid) == Array(repeating: "complete", count: 4))
        let row = try #require(double.row(uuid, on: "-40"))
        #expect(row.stage == "re-enabling writes")
        #expect(row.readyToComplete)
        #expect(
            double.createText("customer", on: "-40")?.contains(
                "  `phone` varchar(32) NOT NULL DEFAULT '',\n  PRIMARY KEY (`customer_id`)") == true)
    }

    @Test("Progress moves in jumps of thirty seconds, and eta grows in between")
    func progress() throws {
        var configuration = FakeVTGate.Configuration()
        configuration.keyspaces[0].tables[0].rows = 1_000_000
        configuration.checkInterval = 5
        let double = try FakeVTGate(configuration)
        let uuid = try double.submit("alter table customer add column a int")
        var seen: [Double] = []
        var etas: [Int] = []
        for _ in 0..<120 {
            double.advance(by: 1)
            let row = try #require(double.row(uuid, on: "-40"))
            if row.readyToComplete { break }
            if seen.last != row.progress { seen.append(row.progress) }
            if row.progress == seen.dropFirst().first { etas.append(row.eta) }
        }
        // Nothing, two jumps, and then it is ready.
        #expect(seen.count == 3)
        #expect(seen.first == 0)
        #expect(seen == seen.sorted())
        #expect(try #require(etas.last) > etas[0])
    }

    @Test("A blocked cut-over fails after the threshold and is tried again after 1, 5, 10 and 30 minutes")
    func backOff() throws {
        let double = try FakeVTGate()
        let uuid = try double.ready()
        double.block("customer", on: "-40", by: "reporting job")
        double.run("alter vitess_migration '\(uuid)' complete")
        let begin = double.now
        var attempts: [Double] = []
        while attempts.count < 5 {
            double.advance(by: 1)
            let row = try #require(double.row(uuid, on: "-40"))
            if row.cutOverAttempts > attempts.count { attempts.append(double.now - begin) }
            if double.now - begin > 7200 { break }
        }
        try #require(attempts.count == 5)
        let waits = zip(attempts, attempts.dropFirst()).map { $1 - $0 }
        for (wait, least) in zip(waits, [60.0, 300, 600, 1800]) {
            #expect(wait >= least)
            #expect(wait <= least + 61)
        }
        let row = try #require(double.row(uuid, on: "-40"))
        #expect(row.status == .running)
        #expect(
            row.message
                == "failed locking tables: (errno 3024) (sqlstate HY000): Query execution was interrupted, maximum "
                + "statement execution time exceeded, elapsed time: 10.000144955s, killing query ID 116")
        #expect(double.statuses(uuid) == ["running", "complete", "complete", "complete"])
        double.advance(by: 30)
        #expect(double.run("alter vitess_migration '\(uuid)' postpone complete").affected == 4)
        double.run("alter vitess_migration '\(uuid)' force_cutover")
        double.advance(by: 3600)
        #expect(double.row(uuid, on: "-40")?.status == .running)
        double.run("alter vitess_migration '\(uuid)' complete")
        double.advance(by: 6)
        #expect(double.row(uuid, on: "-40")?.status == .complete)
        #expect(double.row(uuid, on: "-40")?.message.isEmpty == false)
        #expect(double.killedBlockers(on: "-40") == ["reporting job"])
    }

    @Test("A lock that is released in time lets the waiting cut-over through")
    func unblocked() throws {
        let double = try FakeVTGate()
        let uuid = try double.ready()
        double.block("customer", on: "-40", by: "job")
        double.run("alter vitess_migration '\(uuid)' complete")
        double.advance(by: 6)
        #expect(double.row(uuid, on: "-40")?.stage == "locking tables")
        double.unblock("job", on: "-40")
        double.advance(by: 3)
        #expect(double.row(uuid, on: "-40")?.status == .complete)
        #expect(double.row(uuid, on: "-40")?.cutOverAttempts == 1)
        #expect(double.row(uuid, on: "-40")?.message == "")
    }

    @Test("CANCEL and RETRY keep readiness and progress, and a second later they are gone; COMPLETE is remembered")
    func retried() throws {
        let double = try FakeVTGate()
        let uuid = try double.ready()
        #expect(double.run("alter vitess_migration '\(uuid)' cancel").affected == 4)
        #expect(double.rows(uuid).allSatisfy { $0.message == "CANCEL issued by user" && $0.readyToComplete })
        #expect(double.run("alter vitess_migration '\(uuid)' complete vitess_shards '-40'").affected == 1)
        #expect(double.run("alter vitess_migration '\(uuid)' retry").affected == 4)
        #expect(double.rows(uuid).allSatisfy { $0.status == .queued && $0.readyToComplete && $0.progress == 100 })
        #expect(double.rows(uuid).allSatisfy { $0.retries == 1 && $0.message.isEmpty && $0.messageTime != nil })
        double.advance(by: 1.1)
        #expect(double.rows(uuid).allSatisfy { $0.status == .running && $0.readyToComplete && $0.rowsCopied == 50_000 })
        double.advance(by: 1)
        #expect(double.rows(uuid).allSatisfy { $0.status == .running && !$0.readyToComplete && $0.progress == 0 })
        double.advance(by: 30)
        #expect(double.statuses(uuid) == ["complete", "running", "running", "running"])
    }

    @Test(
        "Immediate operations stay queued and ready until COMPLETE",
        arguments: [
            ("create table newt(id bigint primary key, v int)", "vitess --postpone-completion"),
            ("drop table orders", "vitess --postpone-completion"),
            ("alter table orders add column inst int", "vitess --prefer-instant-ddl --postpone-completion"),
        ])
    func immediate(statement: String, strategy: String) throws {
        let double = try FakeVTGate()
        let uuid = try double.submit(statement, strategy: strategy)
        double.advance(by: 30)
        #expect(
            double.rows(uuid).allSatisfy {
                $0.status == .queued && $0.readyToComplete && $0.isImmediate && $0.progress == 100
            })
        double.run("alter vitess_migration '\(uuid)' complete")
        double.advance(by: 1.5)
        #expect(double.statuses(uuid) == Array(repeating: "complete", count: 4))
        #expect(double.rows(uuid).allSatisfy { $0.cutOverAttempts == 0 })
    }

    @Test("A mixed fleet runs INSTANT on some shards and copies on others")
    func mixedInstant() throws {
        let double = try FakeVTGate()
        double.setSupportsInstant(false, "c0-")
        let uuid = try double.submit("alter table orders add column i int", strategy: "vitess --prefer-instant-ddl")
        double.advance(by: 2)
        #expect(double.statuses(uuid) == ["complete", "complete", "complete", "running"])
        #expect(double.row(uuid, on: "-40")?.specialPlan == #"{"operation":"instant-ddl"}"#)
        #expect(double.row(uuid, on: "-40")?.stage == "graceful wait for buffering")
    }

    @Test("One runs per shard; the others are ready behind it, and the same statement ends as a duplicate")
    func queue() throws {
        let double = try FakeVTGate()
        let first = try double.submit("alter table orders add column dd1 int", context: "ctx")
        let second = try double.submit("alter table orders add column dd1 int", context: "ctx")
        double.advance(by: 30)
        #expect(double.statuses(second) == Array(repeating: "ready", count: 4))
        #expect(double.rows(second).allSatisfy { $0.inOrderPending == 1 })
        double.run("alter vitess_migration '\(first)' complete")
        double.advance(by: 30)
        #expect(double.statuses(second) == Array(repeating: "complete", count: 4))
        #expect(
            double.row(second, on: "-40")?.message == "duplicate DDL as \(first) for migration context ctx")
    }

    @Test("Singletons are refused with the transcript's words")
    func singletons() throws {
        let double = try FakeVTGate()
        let first = try double.submit(
            "alter table customer add column s1 int", strategy: "vitess --singleton", context: "ctx1")
        let error = #expect(throws: ErrorAnswer.self) {
            try double.submit("alter table orders add column s2 int", strategy: "vitess --singleton")
        }
        #expect(error?.message.contains("code = FailedPrecondition desc = submitting migration ") == true)
        #expect(
            error?.message.contains(": singleton migration rejected: found pending migrations [sample: \(first)]")
                == true)
        let other = #expect(throws: ErrorAnswer.self) {
            try double.submit(
                "alter table orders add column s2 int", strategy: "vitess --singleton-context", context: "ctx2")
        }
        #expect(
            other?.message.contains(
                "singleton-context migration rejected: found pending migration: \(first) in different context: ctx1")
                == true)
    }

    @Test("REVERT puts the old table back, only of the last completed one, and not after CLEANUP")
    func reverts() throws {
        let double = try FakeVTGate()
        let before = double.createText("customer", on: "-40")
        let uuid = try double.ready()
        double.run("alter vitess_migration '\(uuid)' complete")
        double.advance(by: 10)
        let changed = double.createText("customer", on: "-40")
        let revert = try #require(double.run("revert vitess_migration '\(uuid)'").table?.values[0][0])
        #expect(double.row(revert, on: "-40")?.strategy == "online")
        double.advance(by: 2.5)
        #expect(double.rows(revert).allSatisfy { $0.status == .running && $0.progress == 0 && $0.rowsCopied == 0 })
        double.advance(by: 30)
        #expect(double.statuses(revert) == Array(repeating: "complete", count: 4))
        #expect(double.createText("customer", on: "-40") == before)
        let old = try #require(double.run("revert vitess_migration '\(uuid)'").table?.values[0][0])
        double.advance(by: 3)
        #expect(
            double.row(old, on: "-40")?.message
                == "can not revert migration \(uuid) on table customer because it is not the last migration to complete on "
                + "that table. The last migration to complete was \(revert)")
        let again = try #require(double.run("revert vitess_migration '\(revert)'").table?.values[0][0])
        double.advance(by: 30)
        #expect(double.createText("customer", on: "-40") == changed)
        double.run("alter vitess_migration '\(again)' cleanup")
        double.advance(by: 30)
        let late = try #require(double.run("revert vitess_migration '\(again)'").table?.values[0][0])
        double.advance(by: 3)
        #expect(double.row(late, on: "-40")?.status == .failed)
        let junk = try #require(double.run("revert vitess_migration 'nope'").table?.values[0][0])
        double.advance(by: 2)
        #expect(
            double.row(junk, on: "-40")?.message
                == "cannot read migration nope reverted by migration \(junk): migration not found")
    }

    @Test("Failures at the start have the tablets' messages")
    func failures() throws {
        let double = try FakeVTGate()
        let missing = try double.submit("alter table customer drop column nosuchcol")
        let table = try double.submit("alter table nosuchtable add column x int")
        double.advance(by: 4)
        let row = try #require(double.row(missing, on: "-40"))
        #expect(row.status == .failed)
        #expect(
            row.message.hasPrefix(
                "Can't DROP 'nosuchcol'; check that column/key exists (errno 1091) (sqlstate 42000) during query: ALTER "
                    + "TABLE `_vt_vrp_\(missing.replacing("_", with: ""))_2026"))
        #expect(row.message.hasSuffix("_` DROP COLUMN `nosuchcol`"))
        #expect(
            double.row(table, on: "-40")?.message
                == "in Executor.analyzeSpecialAlterPlan(), uuid=\(table), table=nosuchtable: in "
                + "Executor.getCreateTableStatement(): Table 'vt_commerce.nosuchtable' doesn't exist (errno 1146) (sqlstate "
                + "42S02) during query: SHOW CREATE TABLE `nosuchtable`")
    }
}
