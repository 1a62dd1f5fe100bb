import Core
import Testing
import Vitess

/// Fleets in any state, also those that should not be: what must never be sent is not sent in any of them.
@Suite("Random fleets")
struct RandomFleetTests {
    /// SplitMix64: the same seed is the same fleet.
    struct Seeded: RandomNumberGenerator {
        var state: UInt64
        mutating func next() -> UInt64 {
            state &+= 0x9e37_79b9_7f4a_7c15
            var z = state
            z = (z ^ (z >> 30)) &* 0xbf58_476d_1ce4_e5b9
            z = (z ^ (z >> 27)) &* 0x94d0_49bb_1331_11eb
            return z ^ (z >> 31)
        }
    }

    static func fleet(_ generator: inout Seeded) -> MigrationReading {
        var view = KeyspaceView(
            keyspace: Samples.keyspace, shards: Samples.shards,
            version: [Samples.v24, Samples.v22, .unknown].randomElement(using: &generator) ?? .unknown)
        for shard in Samples.shards {
            let odds = Int.random(in: 0..<20, using: &generator)
            if odds == 0, shard != Samples.shards[0] { view.took([], of: shard, at: Samples.now); continue }
            view.took([row(shard, &generator)], of: shard, at: Samples.now)
            if odds == 1 { view.fellSilent(shard, error: PartialEffectFacts.notServing, at: Samples.now) }
        }
        if Bool.random(using: &generator) { view.throttledApps = [Samples.rule(Samples.uuidText)] }
        return Samples.reading(of: view)
    }

    static func row(_ shard: ShardName, _ generator: inout Seeded) -> MigrationRow {
        let shapes: [[String: String?]] = [
            Samples.queued, Samples.copying, [:], MigrationTests.cutting, MigrationTests.backingOff, Samples.complete,
            Samples.failed, Samples.cancelled, ReadinessFacts.retried, ["migration_status": "paused"],
        ]
        var row = shapes.randomElement(using: &generator) ?? [:]
        row["shard"] = shard.shard
        for column in ["postpone_completion", "postpone_launch", "force_cutover", "is_immediate_operation", "retries"]
        where Int.random(in: 0..<4, using: &generator) == 0 {
            row[column] = Bool.random(using: &generator) ? "1" : "0"
        }
        if Int.random(in: 0..<8, using: &generator) == 0 { row["strategy"] = "mysql" }
        if Int.random(in: 0..<8, using: &generator) == 0 { row["cleanup_timestamp"] = "2026-11-20 23:33:29" }
        return Samples.row(row)
    }

    @Test("Whatever the rows say, a refused order sends nothing and an admitted one sends something", arguments: 1...8)
    func refusedOrSent(seed: Int) {
        var generator = Seeded(state: UInt64(seed))
        for _ in 0..<25 {
            let migration = Self.fleet(&generator)
            for verb in Verb.allCases {
                let plan = Samples.plan(verb, migration, options: CommandOptions(threshold: .seconds(15)))
                #expect((plan.plan.refusal == nil) == !plan.texts.isEmpty, "seed \(seed), \(verb)")
                #expect(
                    plan.plan.hash
                        == Samples.plan(verb, migration, options: CommandOptions(threshold: .seconds(15))).plan.hash)
            }
        }
    }

    @Test(
        "Whatever the rows say, COMPLETE goes to no shard that failed, is missing, silent, or whose readiness is in doubt",
        arguments: 1...8)
    func complete(seed: Int) {
        var generator = Seeded(state: UInt64(seed) &* 7919)
        var admitted = 0
        for _ in 0..<60 {
            let migration = Self.fleet(&generator)
            let names = Samples.shardNames.filter { _ in Int.random(in: 0..<3, using: &generator) == 0 }
            let plan = Samples.plan(.complete, migration, shards: names)
            guard plan.plan.refusal == nil else { continue }
            admitted += 1
            for shard in migration.shards where names.isEmpty || names.contains(shard.name.shard) {
                #expect(!shard.isSilent && !shard.isMissing)
                guard let reading = shard.reading else { continue }
                #expect(reading.row.status != .failed && reading.row.status != .cancelled)
                #expect(!reading.isReadinessInDoubt)
            }
            for statement in plan.steps.flatMap(\.self) {
                guard case .complete(Samples.uuid, let reach) = statement else {
                    Issue.record("COMPLETE sends \(statement.text)")
                    continue
                }
                switch reach {
                case .everyShard: #expect(!migration.shards.contains { $0.isSilent || $0.isMissing })
                case .listed(let list): #expect(names.isEmpty || list.names.allSatisfy { names.contains($0.shard) })
                case .one(let target): #expect(names.isEmpty || names.contains(target.shard))
                }
            }
        }
        #expect(admitted > 0, "no fleet of seed \(seed) could be completed: the test tests nothing")
    }

    @Test("Whatever the rows say, no order reaches more shards than were chosen", arguments: 1...6)
    func narrow(seed: Int) {
        var generator = Seeded(state: UInt64(seed) &* 104_729)
        for _ in 0..<40 {
            let migration = Self.fleet(&generator)
            let chosen = Samples.shardNames.randomElement(using: &generator) ?? "-40"
            for verb in Verb.allCases {
                let plan = Samples.plan(
                    verb, migration, shards: [chosen], options: CommandOptions(threshold: .seconds(15)))
                for statement in plan.steps.flatMap(\.self) where statement.isEffect {
                    switch statement.target {
                    case .shard(let target): #expect(target.shard == chosen)
                    case .keyspace:
                        #expect(
                            statement.text.hasSuffix("VITESS_SHARDS '\(chosen)'"), "seed \(seed): \(statement.text)")
                    case .any: Issue.record("\(statement.text) has no target")
                    }
                }
            }
        }
    }

    @Test(
        "Whatever the row says, every shard has a phase and, unless it is over or waits for its fellows, a reason",
        arguments: 1...6)
    func reasons(seed: Int) {
        var generator = Seeded(state: UInt64(seed) &* 1_299_709)
        for _ in 0..<40 {
            let snapshot = Self.fleet(&generator).snapshot
            for shard in snapshot.shards {
                switch shard.phase {
                case .done, .cancelled, .reverted, .stabilising: break
                case .failed: #expect(shard.failure != nil || shard.gauges?.conditions.contains(.silent) == true)
                case .queued, .preparing, .copying, .applying, .ready, .held, .cuttingOver, .backingOff, .reverting,
                    .ambiguous:
                    #expect(
                        WhyItWaits.reason(shard, in: snapshot, at: Samples.now)?.isEmpty == false,
                        "seed \(seed), \(shard.phase)")
                }
            }
        }
    }
}
