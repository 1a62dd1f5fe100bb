import Testing
import VTGateDouble

@Suite("Faults of the fleet")
struct FaultTests {
    static let absent =
        "target: commerce.c0-.primary: primary is not serving, there may be a reparent operation in progress"

    @Test("With one primary down statements fail, yet COMPLETE and CANCEL were done where they could be")
    func primaryDown() throws {
        let double = try FakeVTGate()
        let uuid = try double.ready()
        double.stopPrimary("c0-")
        for statement in [
            "show vitess_migrations", "show vitess_throttled_apps", "show vitess_throttler status",
            "alter vitess_migration '\(uuid)' complete vitess_shards '-40'", "alter vitess_migration '\(uuid)' cancel",
        ] { #expect(double.run(statement).error?.message == Self.absent) }
        #expect(double.statuses(uuid) == ["cancelled", "cancelled", "cancelled", "running"])
        #expect(double.row(uuid, on: "-40")?.postponeCompletion == false)
        #expect(double.run("show vitess_shards").table?.values.count == 4)
        #expect(double.run("show vitess_migrations", on: "commerce:-40").table?.values.count == 1)
        #expect(throws: ErrorAnswer(message: Self.absent)) {
            try double.submit("alter table orders add column fo3 int")
        }
        let begun = double.allRows.filter { $0.statement.contains("fo3") }
        #expect(begun.map(\.shard) == ["-40", "40-80", "80-c0"])
        double.startPrimary("c0-")
        #expect(double.row(uuid, on: "c0-")?.readyToComplete == false)
        double.advance(by: 6)
        #expect(double.row(uuid, on: "c0-")?.readyToComplete == true)
    }

    @Test("After a reparent the migration goes on, ready, on the new primary")
    func reparent() throws {
        let double = try FakeVTGate()
        let uuid = try double.ready()
        double.reparent("40-80", closedFor: 2)
        #expect(
            double.run("show vitess_migrations").error?.message
                == "target: commerce.40-80.primary: vttablet: rpc error: code = FailedPrecondition desc = online DDL is disabled "
                + "(CallerID: userData1)")
        double.advance(by: 4)
        let row = try #require(double.row(uuid, on: "40-80"))
        #expect(row.tablet == "zone1-0000000201")
        #expect(row.readyToComplete)
        #expect(!row.tabletFailure)
        let primaries = double.run("show vitess_tablets").table?.values.filter { $0[2] == "40-80" }.map { $0[5] }
        #expect(primaries == ["zone1-0000000201", "zone1-0000000200"])
    }

    @Test("A planned cut-over failure happens so many times, with its message, on its shard alone")
    func failingCutOver() throws {
        let double = try FakeVTGate()
        let uuid = try double.ready()
        double.failCutOvers(on: "-40", times: 2, message: "failed waiting for rename process")
        double.run("alter vitess_migration '\(uuid)' complete")
        double.advance(by: 20)
        #expect(double.statuses(uuid) == ["running", "complete", "complete", "complete"])
        #expect(double.row(uuid, on: "-40")?.message == "failed waiting for rename process")
        double.advance(by: 600)
        #expect(double.row(uuid, on: "-40")?.status == .complete)
        #expect(double.row(uuid, on: "-40")?.cutOverAttempts == 3)
    }

    @Test("Readiness follows the streams' lag")
    func flapping() throws {
        let double = try FakeVTGate()
        let uuid = try double.ready()
        double.setStreamLag(25, "-40")
        double.tick("-40")
        #expect(double.row(uuid, on: "-40")?.readyToComplete == false)
        double.setStreamLag(nil, "-40")
        double.tick("-40")
        #expect(double.row(uuid, on: "-40")?.readyToComplete == true)
    }

    @Test("A shard without the row makes CANCEL fail although the others were cancelled")
    func withoutRow() throws {
        let double = try FakeVTGate()
        let uuid = try double.ready()
        double.forget(uuid, on: "80-c0")
        let error = double.run("alter vitess_migration '\(uuid)' cancel").error
        #expect(
            error?.message
                == "target: commerce.80-c0.primary: vttablet: rpc error: code = Unknown desc = migration not found "
                + "(CallerID: userData1)")
        #expect(double.statuses(uuid) == ["cancelled", "cancelled", "cancelled"])
    }

    @Test("A throttled copy stands still, and the traces stay when it goes on")
    func throttledCopy() throws {
        let double = try FakeVTGate()
        let uuid = try double.submit("alter table customer add column a int")
        double.run("alter vitess_migration throttle all")
        double.advance(by: 300)
        let held = try #require(double.row(uuid, on: "-40"))
        #expect(held.status == .running && !held.readyToComplete)
        #expect(held.userThrottleRatio == 1)
        #expect(held.componentThrottled == "vcopier")
        #expect(held.reasonThrottled == "vcopier:\(uuid):vreplication:online-ddl is explicitly denied access")
        double.run("alter vitess_migration unthrottle all")
        #expect(double.row(uuid, on: "-40")?.userThrottleRatio == 1)
        double.advance(by: 130)
        let row = try #require(double.row(uuid, on: "-40"))
        #expect(row.readyToComplete && row.userThrottleRatio == 0 && row.componentThrottled == "vcopier")
    }

    @Test("The throttler's own metric holds one shard, with its own reason and no ratio")
    func throttledByLag() throws {
        let double = try FakeVTGate()
        double.setThrottlerLag(125.4, "-40")
        let uuid = try double.submit("alter table customer add column a int")
        double.advance(by: 200)
        #expect(double.rows(uuid).map(\.readyToComplete) == [false, true, true, true])
        let row = try #require(double.row(uuid, on: "-40"))
        #expect(row.userThrottleRatio == 0)
        #expect(
            row.reasonThrottled
                == "vcopier:\(uuid):vreplication:online-ddl is denied access due to shard/lag metric value 125.4 exceeding "
                + "threshold 5")
        double.setThrottlerLag(nil, "-40")
        double.advance(by: 120)
        #expect(double.row(uuid, on: "-40")?.readyToComplete == true)
    }

    @Test("While a cut-over lasts a command waits for it, or comes behind it without the time")
    func behindTheCutOver() throws {
        let double = try FakeVTGate()
        let uuid = try double.ready()
        double.run("alter vitess_migration '\(uuid)' complete")
        double.advance(by: 2)
        #expect(double.rows(uuid).allSatisfy { $0.cutOverAttempts == 1 && $0.status == .running })
        #expect(double.run("alter vitess_migration '\(uuid)' cancel").affected == 0)
        #expect(double.statuses(uuid) == Array(repeating: "complete", count: 4))
    }

    @Test("A tablet of another release answers with other columns")
    func mixedColumns() throws {
        let double = try FakeVTGate()
        try double.submit("alter table customer add column a int")
        double.setVersion(.v23, ofShard: "-40")
        var counts: Set<Int> = []
        for _ in 0..<20 {
            let table = try #require(double.run("show vitess_migrations").table)
            counts.insert(table.columns.count)
            #expect(Set(table.values.map(\.count)) == [62, 63])
        }
        #expect(counts == [62, 63])
    }
}
