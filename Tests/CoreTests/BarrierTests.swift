import Core
import Testing

@Suite("The barrier")
struct BarrierTests {
    let run = Sample.run
    let shards = Sample.shards

    @Test("Four shards prepare, copy, catch up, wait, hold, swap together and are done")
    func happyPath() {
        var fleet = Driven(Sample.spec(postponed: true))
        #expect(fleet.migration.shards.values.allSatisfy { $0.state == .preparing(run) })
        fleet = Driven.ready()
        #expect(fleet.migration.derivedState == .postponed)
        let looks = fleet.order(.complete).work
        #expect(looks == Array(repeating: .look(run, attempt: 1), count: 4))
        let holds = fleet.all { _ in .looked(run, attempt: 1, blockers: []) }
        #expect(holds.work == Array(repeating: .hold(run, attempt: 1), count: 4))
        let swaps = fleet.all { _ in .held(run, attempt: 1, Sample.hold) }
        #expect(swaps.work == Array(repeating: .release(run, attempt: 1, .commit), count: 4))
        #expect(fleet.migration.isCommitted)
        let now = fleet.now
        let after = fleet.all { _ in .released(run, attempt: 1, .swapped(Sample.report(now))) }
        #expect(fleet.migration.derivedState == .done)
        #expect(fleet.migration.endedAt == fleet.now)
        #expect(after.wakes == [fleet.now + .seconds(3600)])
        #expect(fleet.migration.hasWorkLeft)

        fleet.advance(.seconds(3600))
        let drops = fleet.apply(.clock(at: fleet.now)).work
        #expect(drops == Array(repeating: .dropArtifacts([Artifact(.oldTable, "_orders_7c1e_old")]), count: 4))
        fleet.all { _ in .artifactDropped(Artifact(.oldTable, "_orders_7c1e_old")) }
        #expect(!fleet.migration.hasWorkLeft)
    }

    @Test("Nothing is locked before three shards have become four", arguments: 0..<4)
    func waitsForTheLast(missing: Int) {
        var fleet = Driven(Sample.spec(postponed: false))
        for (index, shard) in shards.enumerated() where index != missing {
            #expect(fleet.fact(shard, .ready(run)).isEmpty)
        }
        #expect(fleet.fact(shards[missing], .ready(run)).work.count == 4)
    }

    @Test("One refusal aborts all and none swaps", arguments: 0..<4)
    func oneRefusal(refusing: Int) {
        var fleet = Driven.holding()
        for (index, shard) in shards.enumerated() where index < refusing {
            fleet.fact(shard, .held(run, attempt: 1, Sample.hold))
        }
        let effects = fleet.fact(
            shards[refusing], .holdRefused(run, attempt: 1, Sample.failure, blockers: [Sample.blocker(912)]))
        #expect(effects.work == Array(repeating: .release(run, attempt: 1, .abort), count: 3))
        #expect(fleet.journal.last == .decided(attempt: 1, .abort, at: fleet.now))
        for (index, shard) in shards.enumerated() where index != refusing {
            fleet.fact(shard, .released(run, attempt: 1, .notSwapped(nil)))
        }
        #expect(fleet.migration.allReady)
        #expect(fleet.swapsOrdered == 0)
        #expect(fleet.migration.attempts[0].refusals == [shards[refusing]: Sample.failure])
        #expect(fleet.migration.barrier == .backingOff(attemptsMade: 1, until: fleet.now + .seconds(60)))
    }

    @Test("A decision is never reversed")
    func decisionStands() {
        var committed = Driven.committed()
        let before = committed.migration.barrier
        committed.apply(.decided(attempt: 1, .abort, at: committed.now))
        committed.order(.cancel)
        committed.order(.postpone)
        committed.fact(shards[0], .holdRefused(run, attempt: 1, Sample.failure, blockers: []))
        committed.apply(.clock(at: committed.now + .seconds(60)))
        committed.apply(.engineStarted(at: committed.now))
        #expect(committed.migration.barrier == before)
        #expect(!committed.migration.isCancelling)

        var aborted = Driven.holding()
        aborted.fact(shards[0], .holdRefused(run, attempt: 1, Sample.failure, blockers: []))
        #expect(aborted.apply(.decided(attempt: 1, .commit, at: aborted.now)).isEmpty)
        #expect(!aborted.migration.isCommitted)
    }

    @Test("Attempts wait 0, 1, 5, 10 and 30 minutes, then 30 again")
    func backOff() {
        var fleet = Driven.ready(Sample.spec(postponed: false))
        var waits: [Duration] = []
        for attempt in 1...6 {
            #expect(fleet.migration.attempts.count == attempt)
            fleet.all { _ in .looked(run, attempt: attempt, blockers: []) }
            fleet.fact(shards[0], .holdRefused(run, attempt: attempt, Sample.failure, blockers: []))
            let wakes = shards.dropFirst().flatMap {
                fleet.fact($0, .released(run, attempt: attempt, .notSwapped(nil)))
            }
            waits.append(wakes.wakes[0] - fleet.now)
            #expect(fleet.apply(.clock(at: wakes.wakes[0] + .milliseconds(-1))).isEmpty)
            fleet.now = wakes.wakes[0]
            #expect(fleet.apply(.clock(at: fleet.now)).work.count == 4)
        }
        #expect(waits == [60, 300, 600, 1800, 1800, 1800].map { .seconds($0) })
    }

    @Test("A blocker found before locking backs off without a lock")
    func blocked() {
        var fleet = Driven.ready()
        fleet.order(.complete)
        fleet.fact(shards[1], .looked(run, attempt: 1, blockers: [Sample.blocker(7)]))
        for index in [0, 2, 3] { fleet.fact(shards[index], .looked(run, attempt: 1, blockers: [])) }
        #expect(fleet.migration.derivedState == .backingOff)
        #expect(fleet.migration.attempts[0].blockers == [shards[1]: [Sample.blocker(7)]])
        #expect(fleet.migration.attempts[0].refusals[shards[1]]?.kind == .blocked)
    }

    @Test("Postpone during a hold aborts it and waits for an order")
    func postponeDuringHold() {
        var fleet = Driven.holding()
        fleet.fact(shards[0], .held(run, attempt: 1, Sample.hold))
        let effects = fleet.order(.postpone)
        #expect(effects.work == Array(repeating: .release(run, attempt: 1, .abort), count: 4))
        fleet.all { _ in .released(run, attempt: 1, .notSwapped(nil)) }
        #expect(fleet.migration.derivedState == .postponed)
        #expect(fleet.migration.attemptsMade == 0)
        #expect(fleet.order(.complete).work.count == 4)
    }

    @Test("A hold that is not answered in time is aborted, and so is one that is complete too late")
    func deadline() {
        var silent = Driven.holding()
        for shard in shards.dropLast() { silent.fact(shard, .held(run, attempt: 1, Sample.hold)) }
        silent.advance(.milliseconds(1500))
        #expect(silent.apply(.clock(at: silent.now)).work.count == 4)
        #expect(silent.migration.attempts[0].refusals.keys.sorted() == [shards[3]])

        var late = Driven.holding()
        for shard in shards.dropLast() { late.fact(shard, .held(run, attempt: 1, Sample.hold)) }
        late.advance(.milliseconds(1500))
        #expect(
            late.fact(shards[3], .held(run, attempt: 1, Sample.hold)).work.allSatisfy {
                $0 == .release(run, attempt: 1, .abort)
            })
        #expect(late.swapsOrdered == 0)
    }

    @Test("A look nobody answers ends in a back-off")
    func silentLook() {
        var fleet = Driven.ready()
        fleet.order(.complete)
        fleet.advance(Migration.lookLimit)
        fleet.apply(.clock(at: fleet.now))
        #expect(fleet.migration.derivedState == .backingOff)
    }

    @Test("Force ends exactly the named transactions, looks again and completes")
    func force() {
        var fleet = Driven.ready()
        let named = [shards[1]: [Sample.blocker(7)], shards[2]: [Sample.blocker(8), Sample.blocker(9)]]
        let effects = fleet.order(.forceCutOver(ending: named))
        #expect(
            effects.work == [
                .endBlockers(run, [Sample.blocker(7)]), .endBlockers(run, [Sample.blocker(8), Sample.blocker(9)]),
            ])
        #expect(fleet.fact(shards[1], .blockersEnded(run, ended: [Sample.blocker(7)], gone: [])).isEmpty)
        let looks = fleet.fact(shards[2], .blockersEnded(run, ended: [Sample.blocker(8)], gone: [Sample.blocker(9)]))
        #expect(looks.work == Array(repeating: .look(run, attempt: 1), count: 4))
        fleet.all { _ in .looked(run, attempt: 1, blockers: []) }
        fleet.all { _ in .held(run, attempt: 1, Sample.hold) }
        let now = fleet.now
        fleet.all { _ in .released(run, attempt: 1, .swapped(Sample.report(now))) }
        #expect(fleet.migration.derivedState == .done)
    }

    @Test("A shard that does not follow a commit is shown as split, rolls forward alone and tries every second")
    func split() {
        var fleet = Driven.committed()
        for shard in shards.dropLast() {
            fleet.fact(shard, .released(run, attempt: 1, .swapped(Sample.report(fleet.now))))
        }
        fleet.fact(shards[3], .released(run, attempt: 1, .notSwapped(Sample.failure)))
        #expect(fleet.migration.isSplit)
        #expect(fleet.migration.derivedState == .split)
        #expect(fleet.fact(shards[3], .ready(run)).work == [.hold(run, attempt: 2)])
        let refused = fleet.fact(shards[3], .holdRefused(run, attempt: 2, Sample.failure, blockers: []))
        #expect(refused.wakes == [fleet.now + .seconds(1)])
        fleet.advance(.seconds(1))
        // The run may have died with what refused the hold: it is ordered again, and says so when it stands ready.
        let begun = fleet.apply(.clock(at: fleet.now)).work
        #expect(begun.count == 1)
        guard case .run(run, resume: .some, artifacts: _) = begun.first else {
            Issue.record("not begun again: \(begun)")
            return
        }
        #expect(fleet.fact(shards[3], .ready(run)).work == [.hold(run, attempt: 3)])
        #expect(fleet.fact(shards[3], .held(run, attempt: 2, Sample.hold)).isEmpty)
        #expect(fleet.fact(shards[3], .held(run, attempt: 3, Sample.hold)).work == [.release(run, attempt: 3, .commit)])
        fleet.fact(shards[3], .released(run, attempt: 3, .swapped(Sample.report(fleet.now))))
        #expect(!fleet.migration.isSplit)
        #expect(fleet.migration.derivedState == .done)
    }

    @Test("A shard that was told to swap and never answers: its server is asked, once the limit has passed")
    func neverAnswers() {
        var fleet = Driven.committed()
        for shard in shards.dropLast() {
            fleet.fact(shard, .released(run, attempt: 1, .swapped(Sample.report(fleet.now))))
        }
        fleet.advance(Migration.swapLimit - .milliseconds(1))
        #expect(fleet.apply(.clock(at: fleet.now)).work.isEmpty)
        fleet.advance(.milliseconds(1))
        #expect(fleet.apply(.clock(at: fleet.now)).work == [.ask(run, attempt: 1)])
        #expect(fleet.migration.shards[shards[3]]?.state == .ambiguous(run, attempt: 1))
        #expect(fleet.migration.shards[shards[3]]?.lastFailure?.kind == .deadlinePassed)
        // The swap's own answer may still come, and counts.
        fleet.fact(shards[3], .released(run, attempt: 1, .swapped(Sample.report(fleet.now))))
        #expect(fleet.migration.derivedState == .done)
    }

    @Test("The limit of a swap that was answered in time does nothing later")
    func answeredInTime() {
        var fleet = Driven.committed()
        for shard in shards.dropLast() {
            fleet.fact(shard, .released(run, attempt: 1, .swapped(Sample.report(fleet.now))))
        }
        fleet.fact(shards[3], .released(run, attempt: 1, .unknown(Sample.failure)))
        fleet.advance(Migration.swapLimit)
        #expect(fleet.apply(.clock(at: fleet.now)).work.isEmpty)
    }

    @Test("An unknown outcome asks the server and never swaps again by itself")
    func unknownOutcome() {
        var fleet = Driven.committed()
        let unknown = ShardFact.released(run, attempt: 1, .unknown(Sample.failure))
        #expect(fleet.fact(shards[0], unknown).work == [.ask(run, attempt: 1)])
        #expect(fleet.fact(shards[0], unknown).work.isEmpty)
        fleet.advance(.seconds(1))
        #expect(fleet.apply(.clock(at: fleet.now)).work == [.ask(run, attempt: 1)])
        fleet.fact(shards[0], .released(run, attempt: 1, .swapped(Sample.report(fleet.now))))
        #expect(fleet.state(0) == .done(Sample.report(fleet.now)))
    }

    @Test("A swap reported late, for an earlier attempt, is the truth after the commit and impossible before it")
    func lateSwap() {
        var fleet = Driven.committed()
        fleet.fact(shards[0], .failed(run, Sample.failure))
        fleet.fact(shards[0], .released(run, attempt: 1, .notSwapped(nil)))
        fleet.fact(shards[0], .ready(run))
        fleet.fact(shards[0], .released(run, attempt: 1, .swapped(Sample.report(fleet.now))))
        #expect(fleet.state(0) == .done(Sample.report(fleet.now)))

        var early = Driven.holding()
        early.fact(shards[0], .released(run, attempt: 1, .swapped(Sample.report(early.now))))
        #expect(early.migration.derivedState == .held)
        #expect(early.journal.last == .decided(attempt: 1, .abort, at: early.now))
    }
}
