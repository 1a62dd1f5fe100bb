import Core
import Testing

@Suite("Orders: admitted, refused, planned")
struct CommandTests {
    private func refusal(_ command: Command, _ fleet: Driven) -> String? {
        do { try Admission.check(command, on: fleet.migration) } catch { return error.reason }
        return nil
    }

    private func make(_ name: String) -> Driven { LifecycleTableTests.states.first { $0.name == name }!.make() }

    @Test("Each refusal says what stands in the way")
    func reasons() {
        #expect(refusal(.launch, make("preparing")) == "it was launched already")
        #expect(refusal(.launch, make("queued")) == nil)
        #expect(refusal(.complete, Driven(Sample.spec(postponed: true))) == "4 of 4 shards not ready")
        #expect(refusal(.complete, make("ready")) == nil)
        #expect(refusal(.complete, make("failed")) == "1 of 4 shards failed")
        #expect(refusal(.complete, make("ready, backing off")) == nil)
        #expect(refusal(.complete, make("holding")) == "it completes by itself as soon as every shard is ready")
        #expect(
            refusal(.cancel, make("cuttingOver")) == "the cut-over is committed: every shard goes to the new schema")
        #expect(refusal(.cancel, make("cancelling")) == "it is being cancelled")
        #expect(refusal(.postpone, make("cuttingOver")) == "the cut-over is committed and under way")
        #expect(refusal(.retry([]), make("ready")) == "no shard has failed")
        #expect(refusal(.retry([Sample.shards[1]]), make("failed")) == "commerce/40-80 has not failed")
        #expect(refusal(.retry([]), make("failed after the commit")) == nil)
        #expect(refusal(.forceCutOver(ending: [:]), make("holding")) == "an attempt is under way")
        #expect(refusal(.forceCutOver(ending: [:]), make("ready, backing off")) == nil)
        #expect(refusal(.cleanup, make("done")) == "it is still running")
        let stranger = ShardName(keyspace: "commerce", shard: "x")
        #expect(refusal(.throttle([stranger], reason: ""), make("copying")) == "commerce/x is no shard of it")
    }

    private func plan(
        _ verb: Verb, _ fleet: Driven, blockers: [ShardName: [Blocker]] = [:], rows: RowCount = 0,
        shards: [ShardName] = []
    ) -> CommandPlan {
        var gauges = ShardGauges(at: fleet.now)
        gauges.rowsCopied = rows
        return CommandPlanner.plan(
            CommandRequest(verb: verb, migration: Sample.id, shards: shards), for: fleet.migration,
            gauges: [Sample.shards[0]: gauges], blockers: blockers, reason: "", at: fleet.now)
    }

    @Test("A plan's hash changes with the shards' phases, the blockers, the refusal and the verb")
    func hashes() {
        let ready = make("ready")
        let force = plan(.forceCutOver, ready, blockers: [Sample.shards[0]: [Sample.blocker(7)]])
        let different = [
            plan(.forceCutOver, ready),
            plan(.forceCutOver, ready, blockers: [Sample.shards[0]: [Sample.blocker(8)]]),
            plan(.forceCutOver, ready, blockers: [Sample.shards[1]: [Sample.blocker(7)]]),
            plan(.forceCutOver, make("holding"), blockers: [Sample.shards[0]: [Sample.blocker(7)]]),
            plan(.complete, ready), plan(.complete, make("failed")), plan(.complete, make("ready, backing off")),
            plan(.throttle, ready), plan(.throttle, ready, shards: [Sample.shards[0]]),
        ]
        #expect(Set(different.map(\.hash) + [force.hash]).count == different.count + 1)
        #expect(
            plan(.forceCutOver, make("ready"), blockers: [Sample.shards[0]: [Sample.blocker(7)]]).hash == force.hash)
    }

    @Test("Rows copied meanwhile do not make a plan for cancelling stale")
    func figuresDoNotCount() {
        let first = plan(.cancel, make("copying"), rows: 1000)
        let second = plan(.cancel, make("copying"), rows: 900_000)
        #expect(first.hash == second.hash)
        #expect(first.lines != second.lines)
    }

    @Test("A verb that acts on the whole fleet cannot be aimed at one shard")
    func narrowing() {
        #expect(plan(.complete, make("ready"), shards: [Sample.shards[0]]).refusal != nil)
        #expect(plan(.throttle, make("copying"), shards: [Sample.shards[0]]).refusal == nil)
    }

    @Test("A destructive order is confirmed by typing what it does")
    func confirmation() {
        #expect(plan(.cancel, make("copying")).confirmation == "cancel 4 orders")
        #expect(plan(.complete, make("ready")).confirmation == nil)
    }

    @Test("Events are told in an operator's words")
    func lines() {
        let now = Timestamp(milliseconds: 0)
        let refused = ShardFact.holdRefused(Sample.run, attempt: 3, Sample.failure, blockers: [])
        #expect(
            EventLine.describe(.shard(Sample.shards[0], refused, at: now), on: .plain)
                == EventLine(
                    at: now, shard: Sample.shards[0], text: "attempt 3 refused: lock wait timed out after 0.5s."))
        #expect(
            EventLine.describe(.decided(attempt: 2, .commit, at: now), on: .plain)?.text
                == "attempt 2: every shard holds, commit decided")
        #expect(
            EventLine.describe(.shard(Sample.shards[0], .checkpointed(Sample.run, Sample.checkpoint), at: now), on: .plain) == nil)
        #expect(
            EventLine.describe(
                .commanded(.throttle([Sample.shards[0]], reason: "x"), by: Sample.ana, reason: "x", at: now), on: .plain)?
                .text == "throttle of -40 by ana@bastion-2: x")
    }
}
