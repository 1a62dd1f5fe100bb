import Core
import Foundation
import Testing

/// A small generator with a seed: the same seed is the same life.
struct Seeded: RandomNumberGenerator {
    private var state: UInt64
    init(_ seed: UInt64) { state = seed &* 0x9E37_79B9_7F4A_7C15 | 1 }
    mutating func next() -> UInt64 {
        state ^= state << 13
        state ^= state >> 7
        state ^= state << 17
        return state &* 0x2545_F491_4F6C_DD1D
    }
    mutating func chance(_ percent: Int) -> Bool { Int.random(in: 0..<100, using: &self) < percent }
}

/// One server as an executor sees it. It survives the engine; its locks and runs do not.
struct SimulatedShard {
    var hasNewSchema = false
    var tables: Set<Artifact> = []
    var run: RunID?
    /// Runs that were stopped or have failed: a repeated order to begin them is recognised.
    var endedRuns: Set<RunID> = []
    var hold: Int?
    /// The engine died after this swap was sent: whether it took place is for `ask` to tell.
    var swaps = 0
    /// Back to the old schema.
    var returns = 0
    /// Another operator let it swap, or go back: Vitess asks nobody.
    var foreignSwaps = 0
}

extension SimulatedShard {
    /// What its newest run was to reach is reached.
    func isOver(_ migration: Migration, _ name: ShardName) -> Bool {
        hasNewSchema == (migration.shards[name]?.direction == .forward)
    }
}

/// Four servers, one migration, an engine that may die at any step. Facts and effects wait in bags and come in any order, where
/// an executor could mix them up; a fact may come twice.
struct Simulation {
    enum Pending {
        case effect(ShardName, ShardEffect)
        /// Facts one piece of work reports one after the other: the next comes when the one before is journalled.
        case facts(ShardName, [ShardFact])
        case wake(Timestamp)
    }

    var random: Seeded
    var fleet: Driven
    var world: [ShardName: SimulatedShard]
    var pending: [Pending] = []
    var steps = 0
    /// Journalled events that were checked, and commits among them: to the new schema, and back.
    var checked = 0
    var commits = 0
    var returnCommits = 0
    /// Shards of the waves that were committed.
    var mayHaveSwapped: Set<ShardName> = []
    var trouble = true
    var problem: String?

    init(seed: UInt64) {
        random = Seeded(seed)
        let postponed = random.chance(30)
        let waves: [[RolloutPolicy.Wave]] = [
            [], [], [.count(1)], [.shards(["c0-"]), .count(2)], [.count(1), .count(1), .count(1)],
        ]
        let spec = Sample.spec(
            postponed: postponed, postponeLaunch: true, keep: .seconds(30),
            strategy: random.chance(50) ? .vitess(VitessStrategy(.vitess)) : .online,
            rollout: RolloutPolicy(waves: waves.randomElement(using: &random)!, soak: .seconds(2)),
            fallback: FallbackPolicy(
                way: FallbackPolicy.Way.allCases.randomElement(using: &random)!, after: .milliseconds(800)))
        fleet = Driven(spec)
        world = Dictionary(uniqueKeysWithValues: spec.shards.map { ($0, SimulatedShard()) })
        order(.launch)
    }

    // MARK: - Driving

    mutating func take(_ effects: [Effect]) {
        for effect in effects {
            switch effect {
            case .shard(let name, let work):
                pending.append(.effect(name, work))
                if trouble, random.chance(5) { pending.append(.effect(name, work)) }
            case .wake(let at): pending.append(.wake(at))
            case .decide, .fallBack, .ignore: break
            }
        }
    }

    mutating func order(_ command: Command) {
        do { try Admission.check(command, on: fleet.migration) } catch { return }
        take(fleet.order(command))
    }

    mutating func step() {
        steps += 1
        if trouble {
            if random.chance(3) { return restart() }
            if random.chance(2) {
                return order([.complete, .postpone, .retry([]), .launch].randomElement(using: &random)!)
            }
            if random.chance(1), random.chance(20) { return order(.cancel) }
            if random.chance(1) { return order(.revert) }
            if fleet.migration.spec.fleet == .vitess, random.chance(1) { return foreignSwap() }
            if random.chance(1) { return order(.forceCutOver(ending: [Sample.shards[0]: [Sample.blocker(7)]])) }
        }
        // Timers wait for their time; everything else may come in any order.
        let choices = pending.indices.filter { if case .wake(let at) = pending[$0] { at <= fleet.now } else { true } }
        guard let index = choices.randomElement(using: &random) else { return passTime() }
        if random.chance(20) { fleet.advance(.milliseconds(Int.random(in: 1...400, using: &random))) }
        switch pending.remove(at: index) {
        case .effect(let name, let work): perform(work, name)
        case .wake: take(fleet.apply(.clock(at: fleet.now)))
        case .facts(let name, let facts): report(facts, name)
        }
        check()
    }

    /// Somebody else completes one shard; whoever follows it there sees it.
    private mutating func foreignSwap() {
        let name = Sample.shards.randomElement(using: &random)!
        guard let shard = world[name], let run = shard.run, fleet.migration.shards[name]?.run == run,
            !shard.isOver(fleet.migration, name)
        else { return }
        world[name]?.foreignSwaps += 1
        world[name]?.hold = nil
        swap(name)
        say(name, .released(run, attempt: 0, .swapped(swapReport(name))))
    }

    /// Nothing is left to do now: the next timer's time comes.
    private mutating func passTime() {
        let next = pending.compactMap { if case .wake(let at) = $0 { at } else { nil } }.min()
        if let next { fleet.now = max(fleet.now, next) }
    }

    private mutating func restart() {
        pending = []
        for name in world.keys {
            world[name]?.run = nil
            world[name]?.endedRuns = []
            world[name]?.hold = nil
        }
        take(fleet.apply(.engineStarted(at: fleet.now)))
        let same = Driven.replayed(fleet) == fleet.migration
        if !same { problem = "a replay gives another migration" }
    }

    private mutating func report(_ facts: [ShardFact], _ name: ShardName) {
        guard let first = facts.first else { return }
        take(fleet.fact(name, first))
        // A repeat may come at any later time; of the two that follow each other in turns, only the run's own order is true.
        if trouble, random.chance(5), !first.takesTurns { pending.append(.facts(name, [first])) }
        switch first {
        case .artifactPlanned(let run, let artifact) where world[name]?.run == run: world[name]?.tables.insert(artifact)
        default: break
        }
        if facts.count > 1 { pending.append(.facts(name, Array(facts.dropFirst()))) }
    }

    private mutating func say(_ name: ShardName, _ facts: ShardFact...) { pending.append(.facts(name, facts)) }

    // MARK: - The servers

    private mutating func perform(_ effect: ShardEffect, _ name: ShardName) {
        guard let shard = world[name] else { return }
        switch effect {
        case .run(let run, _, _), .runBack(let run, _, _):
            let goesBack = if case .runBack = effect { true } else { false }
            let shadow = goesBack ? Self.shadowBack : Sample.shadow(name)
            if shard.endedRuns.contains(run) { return }
            if shard.hasNewSchema != goesBack {
                // Vitess' row says so, to whoever follows it from now on.
                if shard.foreignSwaps > 0 { say(name, .released(run, attempt: 0, .swapped(swapReport(name)))) }
                return
            }
            if shard.run == run { return say(name, .ready(run)) }
            world[name]?.run = run
            if trouble, random.chance(8) {
                world[name]?.run = nil
                return say(name, .artifactPlanned(run, shadow), .failed(run, Sample.failure))
            }
            var facts: [ShardFact] = [
                .artifactPlanned(run, shadow), .prepared(run, Sample.preparation),
                .checkpointed(run, Sample.checkpoint), .copied(run, rows: 9),
                .verified(run, rows: 9, took: .seconds(1)), .ready(run),
            ]
            if trouble, random.chance(20) { facts += [.fellBehind(run, tail: .seconds(3)), .ready(run)] }
            pending.append(.facts(name, facts))
        case .look(let run, let attempt):
            if trouble, random.chance(3) { return }
            if trouble, random.chance(3) { return say(name, .lookFailed(run, attempt: attempt, Sample.failure)) }
            say(name, .looked(run, attempt: attempt, blockers: trouble && random.chance(10) ? [Sample.blocker(7)] : []))
        case .hold(let run, let attempt):
            if shard.isOver(fleet.migration, name) { return }
            guard shard.run == run, !(trouble && random.chance(12)) else {
                return say(name, .holdRefused(run, attempt: attempt, Sample.failure, blockers: []))
            }
            if trouble, random.chance(2) { return }
            world[name]?.hold = attempt
            say(name, .held(run, attempt: attempt, Sample.hold))
            // It may give its locks back by itself at any later moment.
            if trouble, random.chance(8) {
                world[name]?.hold = nil
                say(name, .released(run, attempt: attempt, .notSwapped(Sample.failure)))
            }
        case .release(let run, let attempt, .abort):
            // After a commit it is a brake, which may come too late.
            if fleet.migration.shards[name]?.run == run, shard.isOver(fleet.migration, name) {
                return say(name, .released(run, attempt: attempt, .swapped(swapReport(name))))
            }
            world[name]?.hold = nil
            let lost = trouble && random.chance(5)
            say(name, .released(run, attempt: attempt, lost ? .unknown(Sample.failure) : .notSwapped(nil)))
        case .release(let run, let attempt, .commit):
            if commits == 0, returnCommits == 0 { problem = "a swap was ordered without a commit" }
            if shard.isOver(fleet.migration, name) { return say(name, .released(run, attempt: attempt, .swapped(swapReport(name)))) }
            guard shard.hold == attempt else {
                return say(name, .released(run, attempt: attempt, .notSwapped(Sample.failure)))
            }
            world[name]?.hold = nil
            if trouble, random.chance(10) {
                world[name]?.run = nil
                if random.chance(50) { swap(name) }
                return say(name, .released(run, attempt: attempt, .unknown(Sample.failure)))
            }
            swap(name)
            say(name, .released(run, attempt: attempt, .swapped(swapReport(name))))
        case .ask(let run, let attempt):
            if trouble, random.chance(20) {
                return say(name, .released(run, attempt: attempt, .unknown(Sample.failure)))
            }
            say(
                name,
                .released(run, attempt: attempt, shard.isOver(fleet.migration, name) ? .swapped(swapReport(name)) : .notSwapped(nil)))
        case .endBlockers(let run, let blockers): say(name, .blockersEnded(run, ended: blockers, gone: []))
        case .throttle, .threshold: break
        case .stop(let run):
            world[name]?.endedRuns.insert(run)
            // A late order for a run before ends no other one.
            if shard.run == nil || shard.run == run {
                world[name]?.run = nil
                world[name]?.hold = nil
                // The run's remaining reports die with it.
                pending.removeAll { if case .facts(name, _) = $0 { true } else { false } }
            }
            if shard.foreignSwaps > 0, shard.isOver(fleet.migration, name) {
                say(name, .released(run, attempt: 0, .swapped(swapReport(name))), .stopped(run))
            } else {
                say(name, .stopped(run))
            }
        case .dropArtifacts(let artifacts):
            if trouble, random.chance(10) {
                guard let run = fleet.migration.shards[name]?.run else { return }
                return say(name, .failed(run, Sample.failure))
            }
            for artifact in artifacts {
                world[name]?.tables.remove(artifact)
                say(name, .artifactDropped(artifact))
            }
        }
    }

    private func swapReport(_ name: ShardName) -> CutOverReport {
        Sample.report(fleet.now, oldTable: Self.oldTable(wayBack: world[name]?.hasNewSchema == false))
    }

    /// What the way back makes has a name of its own, as every migration of Vitess has.
    private static let shadowBack = Artifact(.shadowTable, "_orders_7c1e_new_back")

    /// What the way back leaves has a name of its own.
    private static func oldTable(wayBack: Bool) -> String { wayBack ? "_orders_7c1e_back" : "_orders_7c1e_old" }

    private mutating func swap(_ name: ShardName) {
        if world[name]?.hasNewSchema == true { world[name]?.returns += 1 } else { world[name]?.swaps += 1 }
        world[name]?.hasNewSchema.toggle()
        world[name]?.run = nil
        world[name]?.tables.subtract([Sample.shadow(name), Self.shadowBack])
        let left = Self.oldTable(wayBack: world[name]?.hasNewSchema == false)
        world[name]?.tables.insert(Artifact(.oldTable, left))
    }

    // MARK: - What must be true at every step

    private mutating func check() {
        let migration = fleet.migration
        if let held = migration.heldBecause { problem = problem ?? held.what }
        for case .decided(_, let decision, _) in fleet.journal[checked...] {
            if returnCommits > 0 { problem = "a decision after the last commit: \(decision)" }
            guard decision == .commit else { continue }
            if migration.direction == .reverse {
                returnCommits += 1
            } else {
                commits += 1
                mayHaveSwapped.formUnion(migration.spec.waves[migration.wave])
            }
        }
        checked = fleet.journal.count
        if commits > migration.spec.waves.count { problem = "\(commits) commits of \(migration.spec.waves.count) waves" }
        for (name, shard) in world {
            if shard.swaps > 0, shard.foreignSwaps == 0, !mayHaveSwapped.contains(name) { problem = "\(name) swapped without a commit of its wave" }
            if shard.returns > 0, shard.foreignSwaps == 0, returnCommits == 0 { problem = "\(name) went back without a commit" }
            if shard.swaps > 1 || shard.returns > 1 { problem = "\(name) swapped twice" }
            let known = migration.shards[name]?.artifacts ?? []
            // After a swap the old table's name becomes known with the report.
            let forgotten = shard.tables.subtracting(known).filter { $0.kind != .oldTable }
            if !forgotten.isEmpty { problem = "\(name): \(forgotten) is on the server and not in the journal" }
        }
    }

    /// Trouble ends, answers come, orders are given: the fleet must reach its end.
    mutating func settle() {
        trouble = false
        for _ in 0..<20_000 {
            if problem != nil || !fleet.migration.hasWorkLeft { break }
            if pending.isEmpty || steps % 97 == 0 {
                order(.launch)
                order(.retry([]))
                order(.complete)
                // Somebody completed a shard of a migration that was cancelled: both schemas are live until it goes back.
                if fleet.migration.isCancelling, fleet.migration.doneCount > 0 { order(.revert) }
            }
            step()
            if steps % 4001 == 0 { fleet.advance(.seconds(60)) }
        }
        guard problem == nil else { return }
        if fleet.migration.endedAt == nil { problem = "stuck: \(describe())" }
        let schemas = Set(world.values.map(\.hasNewSchema))
        if schemas.count != 1 { problem = "two schemas in the end: \(describe())" }
        if schemas == [true] && fleet.migration.derivedState != .done { problem = "swapped and not done: \(describe())" }
        if schemas == [false] && fleet.migration.derivedState == .done { problem = "done and not swapped: \(describe())" }
        if fleet.migration.hasWorkLeft { problem = problem ?? "work is left: \(describe())" }
        if world.values.contains(where: { !$0.tables.isEmpty }) { problem = "an artifact is left: \(describe())" }
    }

    private func describe() -> String {
        let states = Sample.shards.map {
            "\($0.shard) \(fleet.migration.shards[$0]!.state) \(fleet.migration.shards[$0]!.artifacts.map(\.name)), there: \(world[$0]!.tables.map(\.name))"
        }
        return "\(fleet.migration.barrier) \(fleet.migration.derivedState) \(states) \(pending.count) pending"
    }
}

extension ShardFact {
    fileprivate var takesTurns: Bool {
        switch self {
        case .ready, .fellBehind: true
        default: false
        }
    }
}

@Suite("Simulated lives")
struct SimulationTests {
    @Test(
        "Whatever the order of answers, repeats and restarts: one schema in the end, no artifact, no swap without a commit"
    )
    func lives() {
        let seeds = ProcessInfo.processInfo.environment["LOCKSTEP_SEEDS"].flatMap(UInt64.init) ?? 300
        var committed: UInt64 = 0
        var cancelled: UInt64 = 0
        var reverted: UInt64 = 0
        for seed in 1...seeds {
            var life = Simulation(seed: seed)
            for _ in 0..<Int.random(in: 0...400, using: &life.random) where life.problem == nil { life.step() }
            life.settle()
            if let problem = life.problem {
                let last = life.fleet.journal.suffix(Int(ProcessInfo.processInfo.environment["LOCKSTEP_EVENTS"] ?? "") ?? 25).compactMap { "\($0)".prefix(160) }.joined(separator: "\n")
                Issue.record("seed \(seed): \(problem)\n\(last)")
                break
            }
            switch life.fleet.migration.derivedState {
            case .done: committed += 1
            case .reverted: reverted += 1
            default: cancelled += 1
            }
        }
        // The seeds must reach every end, or they show nothing.
        #expect(committed > seeds / 4)
        #expect(cancelled > seeds / 40)
        #expect(reverted > seeds / 40)
    }
}
