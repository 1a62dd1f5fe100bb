import Core
import Testing

@Suite("Waves, fallback and the way back")
struct WaveTests {
    private let run = Sample.run
    private let shards = Sample.shards

    /// One canary, then the rest; every shard ready and the first attempt decided.
    private func canary(
        strategy: Strategy = .vitess(VitessStrategy(.vitess)), fallback: FallbackPolicy = FallbackPolicy(),
        waves: [RolloutPolicy.Wave] = [.shards(["80-c0"])]
    ) -> Driven {
        var fleet = Driven.ready(
            Sample.spec(
                postponed: true, strategy: strategy, rollout: RolloutPolicy(waves: waves, soak: .seconds(60)),
                fallback: fallback))
        fleet.order(.complete)
        commit(&fleet, attempt: 1)
        return fleet
    }

    /// Every member looks and holds.
    private func commit(_ fleet: inout Driven, attempt: Int, run: RunID = Sample.run) {
        let members = fleet.migration.members
        for name in members { fleet.fact(name, .looked(run, attempt: attempt, blockers: [])) }
        for name in members { fleet.fact(name, .held(run, attempt: attempt, Sample.hold)) }
    }

    private func swap(_ fleet: inout Driven, _ name: ShardName, attempt: Int, run: RunID = Sample.run) -> [Effect] {
        fleet.fact(name, .released(run, attempt: attempt, .swapped(Sample.report(fleet.now))))
    }

    @Test("Waves take the shards they name, then so many, then the rest")
    func waves() {
        let names = { (waves: [RolloutPolicy.Wave]) in
            RolloutPolicy(waves: waves).waves(of: Sample.shards).map { $0.map(\.shard) }
        }
        #expect(names([]) == [["-40", "40-80", "80-c0", "c0-"]])
        #expect(names([.count(1), .shards(["c0-"])]) == [["-40"], ["c0-"], ["40-80", "80-c0"]])
        #expect(names([.count(9), .count(1)]) == [["-40", "40-80", "80-c0", "c0-"]])
        #expect(names([.shards(["none"]), .count(2), .count(2)]) == [["-40", "40-80"], ["80-c0", "c0-"]])
    }

    @Test("The canary alone cuts over, is watched for the soak, and the others follow by themselves")
    func canaryThenRest() {
        var fleet = canary()
        #expect(fleet.migration.members == [shards[2]])
        let soak = swap(&fleet, shards[2], attempt: 1)
        #expect(soak.wakes.contains(fleet.now + .seconds(60)))
        #expect(fleet.migration.derivedState == .soaking)
        #expect(fleet.migration.splitSince == fleet.now)
        #expect(!fleet.migration.isSplit, "by plan is not by accident")
        fleet.advance(.seconds(60))
        #expect(fleet.apply(.clock(at: fleet.now)).work == Array(repeating: .look(run, attempt: 2), count: 3))
        commit(&fleet, attempt: 2)
        for name in [shards[0], shards[1], shards[3]] { _ = swap(&fleet, name, attempt: 2) }
        #expect(fleet.migration.derivedState == .done)
        #expect(fleet.migration.splitSince == nil)
    }

    @Test("Complete ends the soak, postpone holds the next wave, and neither can be cancelled any more")
    func soakOrders() throws {
        var fleet = canary()
        _ = swap(&fleet, shards[2], attempt: 1)
        #expect(throws: Refusal.self) { try Admission.check(.cancel, on: fleet.migration) }
        fleet.order(.postpone)
        fleet.advance(.seconds(61))
        fleet.apply(.clock(at: fleet.now))
        #expect(fleet.migration.derivedState == .postponed)
        try Admission.check(.complete, on: fleet.migration)
        #expect(fleet.order(.complete).work.count == 3)

        var eager = canary()
        _ = swap(&eager, shards[2], attempt: 1)
        #expect(eager.order(.complete).work == Array(repeating: .look(run, attempt: 2), count: 3))
    }

    @Test("No wave begins while a shard of a later one is not ready")
    func wholeFleetFirst() {
        var fleet = Driven.ready(
            Sample.spec(postponed: true, rollout: RolloutPolicy(waves: [.count(1)], soak: .zero)))
        fleet.fact(shards[3], .fellBehind(run, tail: .seconds(9)))
        #expect(throws: Refusal("1 of 4 shards not ready")) { try Admission.check(.complete, on: fleet.migration) }
    }

    @Test("A failed shard of a later wave, tried again during a commit, starts anew and does not swap with it")
    func laterWaveRetries() {
        var fleet = canary()
        fleet.fact(shards[0], .failed(run, Sample.failure))
        guard case .run(RunID(2), resume: nil, artifacts: _) = fleet.order(.retry([])).work.first else {
            Issue.record("not begun anew")
            return
        }
        #expect(fleet.fact(shards[0], .ready(RunID(2))).isEmpty)
    }

    @Test("Fallback `hold` leaves the shard that did not follow alone, and retry takes it up again")
    func holds() {
        var fleet = canary(fallback: FallbackPolicy(way: .hold, after: .seconds(30)), waves: [])
        for name in shards.dropLast() { _ = swap(&fleet, name, attempt: 1) }
        fleet.advance(.seconds(29))
        #expect(fleet.apply(.clock(at: fleet.now)).isEmpty)
        fleet.advance(.seconds(1))
        let brake = fleet.apply(.clock(at: fleet.now))
        #expect(brake == [.shard(shards[3], .release(run, attempt: 1, .abort))])
        let stop = fleet.fact(shards[3], .released(run, attempt: 1, .notSwapped(Sample.failure)))
        #expect(stop == [.shard(shards[3], .stop(run))])
        #expect(fleet.migration.derivedState == .split)
        #expect(fleet.order(.retry([])).work.count == 1)
        #expect(fleet.fact(shards[3], .ready(RunID(2))).work == [.hold(RunID(2), attempt: 2)])
        fleet.fact(shards[3], .held(RunID(2), attempt: 2, Sample.hold))
        _ = swap(&fleet, shards[3], attempt: 2, run: RunID(2))
        #expect(fleet.migration.derivedState == .done)
    }

    @Test("Fallback `revert` brings those that followed back together, and cancels the one that did not")
    func reverts() {
        var fleet = canary(fallback: FallbackPolicy(way: .revert, after: .seconds(30)), waves: [])
        for name in shards.dropLast() { _ = swap(&fleet, name, attempt: 1) }
        fleet.advance(.seconds(30))
        let effects = fleet.apply(.clock(at: fleet.now))
        let back = effects.work.filter { if case .runBack(RunID(2), resume: nil, artifacts: _) = $0 { true } else { false } }
        #expect(back.count == 3)
        #expect(effects.contains(.shard(shards[3], .release(run, attempt: 1, .abort))))
        #expect(fleet.migration.derivedState == .reverting)
        for name in shards.dropLast() { fleet.fact(name, .ready(RunID(2))) }
        #expect(fleet.migration.attempts.count == 1, "the fourth shard's swap is not known yet")
        let begun = fleet.fact(shards[3], .released(run, attempt: 1, .notSwapped(nil)))
        #expect(begun.work.first == .stop(run))
        #expect(begun.work.dropFirst() == [.look(RunID(2), attempt: 2), .look(RunID(2), attempt: 2), .look(RunID(2), attempt: 2)])
        commit(&fleet, attempt: 2, run: RunID(2))
        for name in shards.dropLast() { _ = swap(&fleet, name, attempt: 2, run: RunID(2)) }
        fleet.fact(shards[3], .stopped(run))
        for name in shards {
            for artifact in fleet.migration.shards[name]!.artifacts { fleet.fact(name, .artifactDropped(artifact)) }
        }
        #expect(fleet.migration.derivedState == .reverted)
        #expect(fleet.migration.splitSince == nil)
    }

    @Test("A shard that followed after the revert had begun goes back with the others")
    func lateSwap() {
        var fleet = canary(fallback: FallbackPolicy(way: .revert, after: .seconds(30)), waves: [])
        for name in shards.dropLast() { _ = swap(&fleet, name, attempt: 1) }
        fleet.advance(.seconds(30))
        fleet.apply(.clock(at: fleet.now))
        let late = swap(&fleet, shards[3], attempt: 1)
        guard case .runBack(RunID(2), resume: nil, artifacts: _) = late.work.first else {
            Issue.record("it does not go back: \(late)")
            return
        }
        #expect(fleet.migration.members.count == 4)
    }

    @Test("A migration that is done can be reverted on Vitess, and not where writes would be lost")
    func revertOfDone() throws {
        var fleet = canary(waves: [])
        for name in shards { _ = swap(&fleet, name, attempt: 1) }
        #expect(fleet.migration.derivedState == .done)
        try Admission.check(.revert, on: fleet.migration)
        #expect(fleet.order(.revert).work.count == 4)
        #expect(fleet.migration.derivedState == .reverting)
        for name in shards { fleet.fact(name, .ready(RunID(2))) }
        commit(&fleet, attempt: 2, run: RunID(2))
        for name in shards { _ = swap(&fleet, name, attempt: 2, run: RunID(2)) }
        #expect(fleet.migration.derivedState == .reverted)

        var plain = canary(strategy: .online, waves: [])
        for name in shards { _ = swap(&plain, name, attempt: 1) }
        #expect(throws: Refusal.self) { try Admission.check(.revert, on: plain.migration) }
    }

    @Test("Postpone brakes Vitess shards that were told to complete, and an engine that restarts goes on from there")
    func brake() throws {
        var fleet = canary(waves: [])
        _ = swap(&fleet, shards[0], attempt: 1)
        try Admission.check(.postpone, on: fleet.migration)
        #expect(fleet.order(.postpone).work == Array(repeating: .release(run, attempt: 1, .abort), count: 3))
        for name in shards.dropFirst() { fleet.fact(name, .released(run, attempt: 1, .notSwapped(nil))) }
        #expect(fleet.migration.shards.values.count(where: \.isFailed) == 3)
        #expect(fleet.migration.derivedState == .split)
        fleet.apply(.engineStarted(at: fleet.now))
        #expect(fleet.migration.shards.values.count(where: \.isFailed) == 3, "a restart does not lift the brake")
    }

    // MARK: - Other operators

    private func foreignSwap(_ fleet: inout Driven, _ name: ShardName, run: RunID = Sample.run) -> [Effect] {
        fleet.fact(name, .released(run, attempt: 0, .swapped(Sample.report(fleet.now))))
    }

    @Test("A wave that another operator completed has no turn: the one after it follows")
    func foreignWave() {
        var fleet = canary(waves: [.shards(["80-c0"]), .shards(["-40"])])
        _ = foreignSwap(&fleet, shards[0])
        _ = swap(&fleet, shards[2], attempt: 1)
        fleet.advance(.seconds(60))
        #expect(fleet.apply(.clock(at: fleet.now)).work == Array(repeating: .look(run, attempt: 2), count: 2))
        #expect(fleet.migration.members == [shards[1], shards[3]])
    }

    @Test("A shard that another operator completed while it was cancelled is no cancelled migration but a split one, and goes back")
    func foreignSwapWhileCancelling() throws {
        var fleet = Driven.ready(Sample.spec(postponed: true, strategy: .vitess(VitessStrategy(.vitess))))
        fleet.order(.cancel)
        _ = foreignSwap(&fleet, shards[1])
        for name in shards where name != shards[1] {
            fleet.fact(name, .stopped(run))
            for artifact in fleet.migration.shards[name]!.artifacts { fleet.fact(name, .artifactDropped(artifact)) }
        }
        #expect(fleet.migration.derivedState == .split)
        #expect(fleet.migration.endedAt == nil)
        fleet.apply(.engineStarted(at: fleet.now))
        #expect(fleet.migration.derivedState == .split)
        try Admission.check(.revert, on: fleet.migration)
        #expect(fleet.order(.revert).work.count == 1)
        fleet.fact(shards[1], .ready(RunID(2)))
        commit(&fleet, attempt: 1, run: RunID(2))
        _ = swap(&fleet, shards[1], attempt: 1, run: RunID(2))
        #expect(fleet.migration.derivedState == .reverted)
    }

    @Test("A shard that swapped after the others had been told to go back goes back alone")
    func swapAfterTheReturn() {
        var fleet = canary(fallback: FallbackPolicy(way: .revert, after: .seconds(30)), waves: [])
        fleet.fact(shards[3], .released(run, attempt: 1, .notSwapped(Sample.failure)))
        for name in shards.dropLast() { _ = swap(&fleet, name, attempt: 1) }
        fleet.advance(.seconds(30))
        fleet.apply(.clock(at: fleet.now))
        for name in shards.dropLast() { fleet.fact(name, .ready(RunID(2))) }
        commit(&fleet, attempt: 2, run: RunID(2))
        _ = foreignSwap(&fleet, shards[3])
        #expect(fleet.fact(shards[3], .ready(RunID(2))).work == [.hold(RunID(2), attempt: 2)])
        fleet.fact(shards[3], .held(RunID(2), attempt: 2, Sample.hold))
        for name in shards { _ = swap(&fleet, name, attempt: 2, run: RunID(2)) }
        #expect(fleet.migration.derivedState == .reverted)
    }

    // MARK: - After the brake

    @Test("A brake holds the next wave too, even where it came too late for this one")
    func brakeHoldsTheNextWave() {
        var fleet = canary(waves: [.count(1)])
        fleet.order(.postpone)
        _ = swap(&fleet, shards[0], attempt: 1)
        fleet.advance(.seconds(61))
        fleet.apply(.clock(at: fleet.now))
        #expect(fleet.migration.derivedState == .postponed)
    }

    @Test("A brake that came in time for every shard leaves a migration that can be cancelled")
    func cancelAfterBrake() throws {
        var fleet = canary(waves: [])
        fleet.order(.postpone)
        #expect(throws: Refusal.self) { try Admission.check(.cancel, on: fleet.migration) }
        for name in shards { fleet.fact(name, .released(run, attempt: 1, .notSwapped(nil))) }
        try Admission.check(.cancel, on: fleet.migration)
        #expect(fleet.order(.cancel).work == Array(repeating: .stop(run), count: 4))
        for name in shards {
            fleet.fact(name, .stopped(run))
            for artifact in fleet.migration.shards[name]!.artifacts { fleet.fact(name, .artifactDropped(artifact)) }
        }
        #expect(fleet.migration.derivedState == .cancelled)
    }

    @Test("A shard that a person retries after the brake is not braked again by the clock")
    func brakeLifted() {
        var fleet = canary(fallback: FallbackPolicy(way: .hold, after: .seconds(30)), waves: [])
        for name in shards.dropLast() { _ = swap(&fleet, name, attempt: 1) }
        fleet.advance(.seconds(30))
        fleet.apply(.clock(at: fleet.now))
        fleet.fact(shards[3], .released(run, attempt: 1, .notSwapped(Sample.failure)))
        fleet.advance(.seconds(600))
        fleet.order(.retry([]))
        fleet.advance(.seconds(600))
        fleet.apply(.clock(at: fleet.now))
        fleet.apply(.engineStarted(at: fleet.now))
        #expect(!fleet.migration.isBraked)
    }

    @Test("Direct DDL that changed nothing is not sent again by itself")
    func directIsSentOnce() throws {
        var fleet = canary(strategy: .vitess(VitessStrategy(.direct)), waves: [])
        for name in shards {
            #expect(fleet.fact(name, .released(run, attempt: 1, .notSwapped(Sample.failure))).work == [.stop(run)])
        }
        #expect(fleet.migration.derivedState == .failed)
        try Admission.check(.retry([]), on: fleet.migration)
        try Admission.check(.cancel, on: fleet.migration)
    }
}
