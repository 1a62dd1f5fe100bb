import Testing
import VTGateDouble

@Suite("Strategies and flags in virtual time")
struct StrategyTests {
    @Test("LAUNCH ALL passes over what was not yet reviewed, and LAUNCH takes a list of shards")
    func launches() throws {
        let double = try FakeVTGate()
        let uuid = try double.submit("alter table customer add column la1 int", strategy: "vitess --postpone-launch")
        #expect(double.run("alter vitess_migration launch all").affected == 0)
        double.advance(by: 8)
        #expect(double.statuses(uuid) == Array(repeating: "queued", count: 4))
        #expect(double.run("alter vitess_migration '\(uuid)' launch vitess_shards '-40'").affected == 1)
        #expect(double.run("alter vitess_migration '\(uuid)' launch vitess_shards 'nope'").affected == 0)
        double.advance(by: 2)
        #expect(double.statuses(uuid) == ["running", "queued", "queued", "queued"])
        #expect(double.run("alter vitess_migration launch all").affected == 3)
        double.advance(by: 30)
        #expect(double.statuses(uuid) == Array(repeating: "complete", count: 4))
    }

    @Test("In order: the second waits for the first, and fails when the first is cancelled")
    func inOrder() throws {
        let double = try FakeVTGate()
        let flags = "vitess --in-order-completion --allow-concurrent"
        func submit(_ statement: String, _ strategy: String, _ context: String) throws -> String {
            try double.submit(statement, strategy: strategy, context: context)
        }
        let first = try submit("alter table customer add column io1 int", flags + " --postpone-completion", "a")
        let second = try submit("alter table orders add column io2 int", flags, "a")
        double.advance(by: 60)
        #expect(
            double.rows(second).allSatisfy { $0.readyToComplete && $0.status == .running && $0.inOrderPending == 1 })
        double.run("alter vitess_migration '\(first)' complete")
        double.advance(by: 15)
        #expect(double.statuses(second) == Array(repeating: "complete", count: 4))
        let third = try submit("alter table customer add column io3 int", flags + " --postpone-completion", "b")
        let fourth = try submit("alter table orders add column io4 int", flags, "b")
        double.advance(by: 5)
        double.run("alter vitess_migration '\(third)' cancel")
        double.advance(by: 2)
        #expect(
            double.row(fourth, on: "-40")?.message
                == "migration \(fourth) cannot run because prior migration \(third) in same context has failed/was cancelled"
        )
    }

    @Test("Only one copy at a time per shard, also with --allow-concurrent; a warm revert waits ready for COMPLETE")
    func concurrency() throws {
        let double = try FakeVTGate()
        let flags = "vitess --postpone-completion --allow-concurrent"
        let first = try double.submit("alter table customer add column m1 int", strategy: flags)
        let second = try double.submit("alter table orders add column m2 int", strategy: flags)
        double.advance(by: 3)
        #expect(double.statuses(first) == Array(repeating: "running", count: 4))
        #expect(double.statuses(second) == Array(repeating: "ready", count: 4))
        double.advance(by: 40)
        #expect(double.rows(second).allSatisfy { $0.readyToComplete })
        double.run("alter vitess_migration '\(first)' complete")
        double.advance(by: 10)
        let changed = double.createText("customer", on: "-40")
        let answer = double.execute("set @@ddl_strategy='\(flags)'", "revert vitess_migration '\(first)'")
        let revert = try #require(answer.table?.values[0][0])
        double.advance(by: 30)
        #expect(double.rows(revert).allSatisfy { $0.status == .running && $0.readyToComplete && $0.action == "alter" })
        #expect(double.rows(revert).allSatisfy { $0.options == "--postpone-completion --allow-concurrent" })
        #expect(double.createText("customer", on: "-40") == changed)
        double.run("alter vitess_migration '\(revert)' complete")
        double.advance(by: 10)
        #expect(double.statuses(revert) == Array(repeating: "complete", count: 4))
        #expect(double.createText("customer", on: "-40")?.contains("m1") == false)
    }

    @Test("Declarative: the same is `no change`, another definition copies")
    func declarative() throws {
        let double = try FakeVTGate()
        let strategy = "vitess --declarative"
        try double.submit("create table newt(id bigint primary key, v int)", strategy: "vitess")
        double.advance(by: 3)
        let same = try double.submit("create table newt(id bigint primary key, v int)", strategy: strategy)
        double.advance(by: 3)
        #expect(double.rows(same).allSatisfy { $0.status == .complete && $0.message == "no change" })
        let other = try double.submit("create table newt(id bigint primary key, v int, w int)", strategy: strategy)
        double.advance(by: 2)
        #expect(double.rows(other).allSatisfy { $0.status == .running && $0.action == "alter" })
        double.advance(by: 30)
        #expect(double.statuses(other) == Array(repeating: "complete", count: 4))
        #expect(double.createText("newt", on: "c0-")?.contains("`w` int DEFAULT NULL") == true)
    }

    @Test("Strategy mysql runs without readiness; direct has no migration at all")
    func plainStrategies() throws {
        let double = try FakeVTGate()
        let uuid = try double.submit("alter table customer add column my int", strategy: "mysql")
        double.advance(by: 5)
        #expect(
            double.rows(uuid).allSatisfy { $0.status == .complete && $0.cutOverAttempts == 0 && $0.strategy == "mysql" }
        )
        #expect(double.execute("alter table customer add column d1 int").affected == 0)
        #expect(double.createText("customer", on: "80-c0")?.contains("`d1` int DEFAULT NULL") == true)
        #expect(double.allRows.count == 4)
        #expect(double.accidents.map(\.kind) == [.directChange])
    }

    @Test("A failed copy fails its shard alone; COMPLETE lets the others through and RETRY is about the one")
    func partialFailure() throws {
        let double = try FakeVTGate()
        double.failCopies(on: "-40", message: "task error: failed inserting rows: Duplicate entry")
        let uuid = try double.submit("alter table customer add unique key uq(email)")
        double.advance(by: 30)
        #expect(double.statuses(uuid) == ["failed", "running", "running", "running"])
        #expect(
            double.row(uuid, on: "-40")?.message
                == "vreplication: terminal error: task error: failed inserting rows: Duplicate entry")
        #expect(double.run("alter vitess_migration '\(uuid)' complete").affected == 4)
        double.advance(by: 10)
        #expect(double.statuses(uuid) == ["failed", "complete", "complete", "complete"])
        #expect(double.run("alter vitess_migration '\(uuid)' retry").affected == 1)
        double.advance(by: 30)
        #expect(double.statuses(uuid) == Array(repeating: "complete", count: 4))
        #expect(double.row(uuid, on: "-40")?.retries == 1)
    }

    @Test("In real time a migration goes its way by itself, and commands wait for a cut-over")
    func realTime() async throws {
        var configuration = FakeVTGate.Configuration()
        configuration.clock = .realTime(rate: 50)
        configuration.commandsWaitForCutOver = true
        let double = try FakeVTGate(configuration)
        let uuid = try double.submit("alter table customer add column rt int")
        #expect(try await eventually { double.rows(uuid).allSatisfy { $0.readyToComplete } })
        double.run("alter vitess_migration '\(uuid)' complete")
        #expect(try await eventually { double.rows(uuid).allSatisfy { $0.cutOverAttempts == 1 } })
        #expect(double.run("alter vitess_migration '\(uuid)' cancel").affected == 0)
        #expect(double.statuses(uuid) == Array(repeating: "complete", count: 4))
        double.stop()
    }
}
