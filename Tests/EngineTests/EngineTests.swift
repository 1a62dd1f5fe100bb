import Core
import Engine
import Journal
import Testing

@Suite("The engine")
struct EngineTests {
    private let run = RunID(1)
    private let hold = HoldReport(lockedAt: Timestamp(milliseconds: 0), lockWait: .zero, drain: .zero)
    private func swapped() -> ShardFact {
        .released(
            run, attempt: 1,
            .swapped(CutOverReport(swappedAt: Timestamp(milliseconds: 5), writesHeld: .zero, oldTable: nil)))
    }

    private func refusal(_ body: () async throws -> Void) async -> Refusal? {
        do { try await body() } catch ServiceError.refused(let refusal) { return refusal } catch { return nil }
        return nil
    }

    @Test(
        "A migration goes from its submission to its end, and the commit is in the journal before any swap is ordered")
    func wholeLife() async throws {
        let path = Life.path()
        try await Life.run(path) { life in
            try await life.reachBarrier()
            #expect(try await life.migration()?.state == .postponed)
            #expect(try await life.perform(.complete).verb == .complete)
            try await life.ordered(.look(run, attempt: 1))
            try await life.executor.reportAll(.looked(run, attempt: 1, blockers: []))
            try await life.ordered(.hold(run, attempt: 1))
            try await life.executor.reportAll(.held(run, attempt: 1, hold))
            try await life.ordered(.release(run, attempt: 1, .commit))
            #expect(try await records(path).contains { $0.entry.kind == "decided commit" })
            try await life.executor.reportAll(swapped())
            #expect(try await life.migration()?.state == .done)
            let lines = try await life.migration()?.events.map(\.text) ?? []
            #expect(lines.contains("attempt 1: every shard holds, commit decided"))
        }
    }

    @Test("Killed between any two steps, the next engine goes on from the journal to the same end")
    func killedAnywhere() async throws {
        let path = Life.path()
        let shadow = [Artifact(.shadowTable, "_new")]
        try await Life.run(path, killed: true) { life in try await life.reachBarrier() }
        try await Life.run(path, killed: true) { life in
            try await life.ordered(.run(run, resume: nil, artifacts: shadow))
            try await life.executor.reportAll(.ready(run))
            _ = try await life.perform(.complete)
            try await life.ordered(.look(run, attempt: 1))
            try await life.executor.reportAll(.looked(run, attempt: 1, blockers: []))
            try await life.ordered(.hold(run, attempt: 1))
            try await life.executor.report(fourShards[0], .held(run, attempt: 1, hold))
        }
        // Nothing was committed: the locks died with the engine, and every shard proves again that it is ready.
        try await Life.run(path, killed: true) { life in
            try await life.ordered(.run(run, resume: nil, artifacts: shadow))
            #expect(life.executor.orders.allSatisfy { if case .release = $0.effect { false } else { true } })
            try await life.executor.reportAll(.ready(run))
            try await life.ordered(.look(run, attempt: 2))
            try await life.executor.reportAll(.looked(run, attempt: 2, blockers: []))
            try await life.ordered(.hold(run, attempt: 2))
            try await life.executor.reportAll(.held(run, attempt: 2, hold))
            try await life.ordered(.release(run, attempt: 2, .commit))
            try await life.executor.report(
                fourShards[0], .released(run, attempt: 2, .unknown(Failure(.connectionLost, "gone"))))
        }
        // It was: each server is asked what it sees.
        try await Life.run(path) { life in
            try await life.ordered(.ask(run, attempt: 2))
            let report = CutOverReport(swappedAt: Timestamp(milliseconds: 5), writesHeld: .zero, oldTable: nil)
            try await life.executor.reportAll(.released(run, attempt: 2, .swapped(report)))
            #expect(try await life.migration()?.state == .done)
        }
        let replayed = try Fleet(replaying: try await records(path))
        #expect(replayed.migrations.values.first?.endedAt != nil)
    }

    @Test("When the journal cannot be written nothing is handed out, executors are told, and orders get the reason")
    func fullDisk() async throws {
        let path = Life.path()
        let failure = try await Life.run(path, pageLimit: 24) { life in
            try await life.reachBarrier()
            let before = life.executor.orders.count
            let text = String(repeating: "x", count: 200_000)
            await #expect(throws: EngineStopping.self) {
                try await life.executor.report(fourShards[0], .failed(run, Failure(.copyFailed, text)))
            }
            do {
                _ = try await life.perform(.complete)
                Issue.record("an order was taken")
            } catch ServiceError.failed(let reason) {
                #expect(reason.kind == .diskFull)
            }
            #expect(life.executor.orders.count == before)
        }
        guard case .journal(.full) = failure else {
            Issue.record("\(String(describing: failure))")
            return
        }
        let kinds = try await records(path).map(\.entry.kind)
        #expect(kinds.last == "shard ready")
    }

    @Test("A second migration on the table is refused whatever its case; the same one again is the same one")
    func rivals() async throws {
        try await Life.run(Life.path()) { life in
            _ = try await life.engine.submit(submission(), by: ana)
            let again = try await life.engine.submit(submission(), by: ana)
            #expect(again.spec.id == submission().id)
            #expect(again.spec.pinnedFingerprint == "f00d")
            let rival = await refusal { _ = try await life.engine.submit(submission("beef", table: "ORDERS"), by: ana) }
            #expect(rival?.reason == "migration 7c1e (add-note) is running on commerce.orders")
            let other = await refusal { _ = try await life.engine.submit(submission(table: "other"), by: ana) }
            #expect(other?.reason == "migration 7c1e exists with other content")
            #expect(try await life.engine.snapshot().migrations.count == 1)
        }
    }

    @Test("A drifted fleet, a silent shard and an unknown keyspace are refused and nothing is journalled")
    func refusedPlans() async throws {
        let path = Life.path()
        try await Life.run(path) { life in
            life.executor.setFingerprint("beef", on: fourShards[2])
            do {
                _ = try await life.engine.submit(submission(), by: ana)
                Issue.record("drift was accepted")
            } catch ServiceError.planRefused(let plan) {
                #expect(plan.refusals.first?.cause == "f00d is beef")
            }
            life.executor.setFingerprint("f00d", on: fourShards[2])
            life.executor.silence(fourShards[1])
            do {
                _ = try await life.engine.submit(submission(), by: ana)
                Issue.record("a silent shard was accepted")
            } catch ServiceError.planRefused(let plan) {
                #expect(plan.shards[1].refusals.first?.kind == .serverUnreachable)
            }
            let nowhere = Submission(
                id: submission().id, name: "n", keyspace: "nowhere", table: "t", alter: "FORCE",
                policy: MigrationPolicy())
            #expect(
                await refusal { _ = try await life.engine.submit(nowhere, by: ana) }?.reason.contains("nowhere") == true
            )
        }
        #expect(try await records(path).isEmpty)
    }

    @Test("An order with a plan that no longer holds is told what changed, and nothing happens")
    func stalePlan() async throws {
        try await Life.run(Life.path()) { life in
            try await life.reachBarrier()
            let blocker = Blocker(
                connection: 912, transaction: "8812", since: Timestamp(milliseconds: 0), user: "svc", host: "h",
                lastStatement: nil, rowsLocked: 1)
            life.executor.setBlockers([blocker], on: fourShards[1])
            let request = CommandRequest(verb: .forceCutOver, migration: submission().id)
            let plan = try await life.engine.plan(request)
            #expect(plan.command == .forceCutOver(ending: [fourShards[1]: [blocker]]))
            life.executor.setBlockers([], on: fourShards[1])
            let stale = await refusal { _ = try await life.perform(.forceCutOver, planHash: plan.hash) }
            #expect(stale?.reason.contains("connection 912") == true)
            #expect(life.executor.orders.allSatisfy { if case .endBlockers = $0.effect { false } else { true } })

            life.executor.setBlockers([blocker], on: fourShards[1])
            _ = try await life.perform(.forceCutOver, planHash: try await life.engine.plan(request).hash)
            try await life.ordered(.endBlockers(run, [blocker]), times: 1)
        }
    }

    @Test("Snapshots come as a stream that a slow reader does not hold up, with gauges, and end with the engine")
    func snapshots() async throws {
        let (streams, hand) = AsyncStream.makeStream(of: AsyncStream<FleetSnapshot>.self)
        try await Life.run(Life.path()) { life in
            let stream = try await life.engine.snapshots()
            try await life.reachBarrier()
            let sink = try #require(life.executor.sink(fourShards[0]))
            for rows in 1...5000 {
                var gauges = ShardGauges(at: Timestamp(milliseconds: 1))
                gauges.rowsCopied = RowCount(rows)
                sink.gauge(gauges)
            }
            for await snapshot in stream where snapshot.migrations.first?.shards.first?.gauges?.rowsCopied == 5000 {
                break
            }
            hand.yield(try await life.engine.snapshots())
        }
        hand.finish()
        for await stream in streams {
            var count = 0
            for await _ in stream { count += 1 }
            #expect(count == 1)
        }
    }

    @Test("A stopping engine lets a cut-over in flight finish and takes no order meanwhile")
    func gracefulStop() async throws {
        let path = Life.path()
        try await Life.run(path) { life in
            try await life.reachBarrier()
            _ = try await life.perform(.complete)
            try await life.ordered(.look(run, attempt: 1))
            try await life.executor.reportAll(.looked(run, attempt: 1, blockers: []))
            try await life.ordered(.hold(run, attempt: 1))
            life.engine.stop()
            do {
                _ = try await life.perform(.postpone)
                Issue.record("an order was taken")
            } catch ServiceError.failed(let reason) {
                #expect(reason.kind == .interrupted)
            }
            try await life.executor.reportAll(.held(run, attempt: 1, hold))
            try await life.ordered(.release(run, attempt: 1, .commit))
            try await life.executor.reportAll(swapped())
        }
        #expect(try Fleet(replaying: try await records(path)).migrations.values.first?.endedAt != nil)
    }
}
