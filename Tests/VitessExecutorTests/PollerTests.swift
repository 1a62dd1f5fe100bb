import Core
import Testing
import VTGateDouble
import Vitess
import VitessExecutor

@Suite("Polling a keyspace")
struct PollerTests {
    private let uuidOfNobody = VitessUUID("11111111_2222_3333_4444_555555555555")!

    @Test("A poll is one SHOW VITESS_MIGRATIONS over the keyspace, with a WHERE")
    func oneStatement() async throws {
        let bench = try AttachBench()
        let uuid = try bench.ready()
        let poller = try await bench.poller(bench.readers())
        await poller.poll()
        bench.double.clearLog()
        bench.double.advance(by: 3)
        await poller.poll()
        let reads = bench.double.statements("show vitess_migrations")
        #expect(reads.count == 1)
        #expect(reads.first?.target == "commerce")
        #expect(reads.first?.text.contains(" WHERE ") == true)
        let view = await poller.view
        #expect(AttachBench.shards.allSatisfy { view.row(uuid, on: $0)?.readyToComplete == true })
        #expect(view.tablets.count == 8)
        #expect(bench.double.accidents.isEmpty)
    }

    @Test("Never two at a time: whoever comes during a poll shares it")
    func oneOutstanding() async throws {
        let bench = try AttachBench()
        let poller = try await bench.poller(bench.readers(.init()))
        await poller.poll()
        bench.double.clearLog()
        let fault = bench.double.plan(.held, times: 100, on: "show vitess_migrations")
        await withTaskGroup { group in
            group.addTask { await poller.poll() }
            do {
                try await eventually("the read arrives") { bench.double.hits(of: fault) == 1 }
            } catch { Issue.record(error) }
            for _ in 0..<5 { group.addTask { await poller.poll() } }
            // Nobody else's read arrives while one is out.
            for _ in 0..<20 { await Task.yield() }
            #expect(bench.double.statements("show vitess_migrations").count == 1)
            bench.double.release(fault)
            await group.waitForAll()
        }
        // At most one more for those who came: not one each.
        #expect(bench.double.statements("show vitess_migrations").count <= 2)
    }

    @Test("One dead primary blinds nobody else: the others are read shard by shard, its rows are kept and marked, and it is found again")
    func oneSilentShard() async throws {
        let bench = try AttachBench()
        let uuid = try bench.ready()
        let poller = try await bench.poller(bench.readers())
        await poller.poll()
        bench.double.stopPrimary("c0-")
        bench.double.execute("alter vitess_migration '\(uuid)' complete", on: "commerce:-40")
        bench.double.advance(by: 30)
        await poller.poll()
        var view = await poller.view
        let silent = AttachBench.shards[3]
        guard case .shardByShard(_, let error) = await poller.reading else {
            Issue.record("still keyspace-wide")
            return
        }
        #expect(error.contains("primary is not serving"))
        #expect(view.row(uuid, on: AttachBench.shards[0])?.status == .complete)
        #expect(view.reads[silent]?.silence?.error.contains("primary is not serving") == true)
        #expect(view.row(uuid, on: silent)?.readyToComplete == true)
        let since = view.reads[silent]?.silence?.since
        #expect(view.reads[silent]?.readAt.map { $0 < view.reads[AttachBench.shards[0]]!.readAt! } == true)

        // It is asked now and then, and stays silent since then.
        bench.double.advance(by: 15)
        await poller.poll()
        view = await poller.view
        #expect(view.reads[silent]?.silence?.since == since)

        bench.double.startPrimary("c0-")
        bench.double.advance(by: 15)
        await poller.poll()
        bench.double.advance(by: 2)
        await poller.poll()
        #expect(await poller.reading == .keyspaceWide)
        #expect(await !poller.view.isSilentSomewhere)
        #expect(bench.double.statements("show vitess_migrations").allSatisfy { !$0.text.lowercased().contains("like") })
    }

    @Test("A shard that hangs is cut off after the limit, and the others are shown meanwhile")
    func hangingShard() async throws {
        let bench = try AttachBench()
        let uuid = try bench.ready()
        let poller = try await bench.poller(bench.readers())
        await poller.poll()
        bench.double.silence("80-c0")
        bench.double.advance(by: 5)
        await poller.poll()
        let view = await poller.view
        #expect(view.shards.filter { view.reads[$0]?.silence != nil }.map(\.shard) == ["80-c0"])
        #expect(view.row(uuid, on: AttachBench.shards[2]) != nil)
        bench.double.speak("80-c0")
        bench.double.advance(by: 15)
        await poller.poll()
        #expect(await !poller.view.isSilentSomewhere)
    }

    @Test("VTGate away: every shard is silent and its rows are kept; VTGate back: they are new again")
    func vtgateAway() async throws {
        let bench = try AttachBench()
        let uuid = try bench.ready()
        let poller = try await bench.poller(bench.readers())
        await poller.poll()
        bench.double.stopVTGate()
        bench.double.advance(by: 5)
        await poller.poll()
        var view = await poller.view
        #expect(view.shards.allSatisfy { view.reads[$0]?.silence != nil && view.row(uuid, on: $0) != nil })
        try bench.double.startVTGate()
        bench.double.advance(by: 15)
        await poller.poll()
        view = await poller.view
        #expect(view.shards.allSatisfy { view.reads[$0]?.silence == nil })
    }

    @Test("Shards of different versions answer with different columns: all of them are read")
    func mixedColumns() async throws {
        let bench = try AttachBench()
        let uuid = try bench.ready()
        bench.double.setVersion(.v21, ofShard: "40-80")
        let poller = try await bench.poller(bench.readers())
        await poller.poll()
        let view = await poller.view
        #expect(view.shards.allSatisfy { view.row(uuid, on: $0) != nil })
        #expect(view.shards.allSatisfy { view.reads[$0]?.silence == nil })
        guard case .no = view.version.supports(.postponeComplete) else {
            Issue.record("POSTPONE COMPLETE on a shard of v21")
            return
        }
    }

    @Test("A keyspace without migrations, and a migration that nobody has")
    func nothing() async throws {
        let bench = try AttachBench()
        let poller = try await bench.poller(bench.readers())
        await poller.poll()
        #expect(await poller.view.hasPending == false)
        #expect(await poller.wait == PollPace.idle)
        let view = await poller.look(at: uuidOfNobody)
        #expect(AttachBench.shards.allSatisfy { view.row(uuidOfNobody, on: $0) == nil })
    }

    @Test("What is about to change is read every second, what runs every few, and an idle keyspace seldom")
    func pace() async throws {
        let bench = try AttachBench()
        let poller = try await bench.poller(bench.readers())
        await poller.poll()
        #expect(await poller.wait == PollPace.idle)
        let uuid = try bench.ready()
        await poller.poll()
        #expect(await poller.wait == PollPace.waiting)
        await poller.commanded()
        #expect(await poller.wait == PollPace.cuttingOver)
        bench.double.execute("alter vitess_migration '\(uuid)' complete", on: "commerce")
        await poller.poll()
        #expect(await poller.wait == PollPace.cuttingOver)
        #expect(bench.ended(uuid))
        bench.double.advance(by: 60)
        await poller.poll()
        #expect(await poller.wait == PollPace.idle)
        bench.double.setCopyRate(100, "-40")
        try bench.double.submit("alter table customer add column more int")
        bench.double.advance(by: 10)
        await poller.poll()
        #expect(await poller.wait == PollPace.running)
    }
}
