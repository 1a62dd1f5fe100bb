import Core
import MySQLClient
import OnlineSchemaChange
import Sandbox
import Testing

/// Which shards of four hear of the commit before the engine dies.
struct Death: Sendable, CustomTestStringConvertible {
    let family: ServerFamily
    let swapped: Set<String>
    var testDescription: String {
        "\(family), swapped before: \(swapped.isEmpty ? "none" : swapped.sorted().joined(separator: " "))"
    }

    static let all: [Death] = ServerFamily.available.flatMap { family in
        [[], ["s0"], ["s0", "s2", "s3"]].map { Death(family: family, swapped: $0) }
    }
}

@Suite("The engine dies between the decision and the swap", .serialized)
struct RollForwardTests {
    @Test("Started again, it brings every shard to the new schema, and no row is lost", arguments: Death.all)
    func rollsForward(_ death: Death) async throws {
        try await World.onSharedServer(death.family, shards: 4) { world, shards in
            let traffic = try TrafficGenerator(
                shape: .orders, shards: shards,
                options: TrafficOptions(writersPerShard: 1, readersPerShard: 1, rate: 50))
            try await traffic.createTables()
            try await traffic.load(rowsPerShard: 500)
            try await traffic.during {
                var dying = world
                dying.executor = { [executor = world.ownExecutor()] in DeafToCommit(executor, except: death.swapped) }
                let id = try await dying.untilDeath { running in
                    let id = try await running.submit(table: "orders", alter: TableShape.orders.alteration.clause)
                    _ = try await running.wait(id, for: "committed") { migration in
                        migration.shards.allSatisfy { shard in
                            shard.phase == (death.swapped.contains(shard.name.shard) ? .done : .cuttingOver)
                        }
                    }
                    return id
                }
                for (name, shard) in zip(world.shards, shards) {
                    #expect(try await Self.isAltered(shard) == death.swapped.contains(name.shard), "\(name)")
                }

                try await world.withEngine { running in
                    let done = try await running.waitUntilDone(id)
                    #expect(done.shards.allSatisfy { $0.cutOver != nil })
                    try await running.perform(.cleanup, id)
                    _ = try await running.wait(id, for: "clean") { $0.shards.allSatisfy(\.artifacts.isEmpty) }
                }
            }
            for shard in shards.indices {
                let verification = try await traffic.verify(shard: shard, altered: true)
                #expect(verification.isExact, "\(verification)")
            }
            #expect(traffic.report().errors.isEmpty, "\(traffic.report().errors.prefix(5))")
            #expect(traffic.report().tableMissing == 0)
            #expect(try await world.artifacts() == [])
        }
    }

    @Test(
        "Every server swapped and no answer reached the journal: started again it asks, and swaps none twice",
        arguments: ServerFamily.available)
    func asksAfterwards(_ family: ServerFamily) async throws {
        try await World.onSharedServer(family, shards: 3) { world, shards in
            let traffic = try TrafficGenerator(
                shape: .orders, shards: shards,
                options: TrafficOptions(writersPerShard: 1, readersPerShard: 1, rate: 50))
            try await traffic.createTables()
            try await traffic.load(rowsPerShard: 500)
            try await traffic.during {
                var dying = world
                dying.executor = { [executor = world.ownExecutor()] in MuteAfterSwap(executor) }
                let id = try await dying.untilDeath { running in
                    let id = try await running.submit(table: "orders", alter: TableShape.orders.alteration.clause)
                    _ = try await running.wait(id, for: "committed") {
                        $0.shards.allSatisfy { $0.phase == .cuttingOver }
                    }
                    for shard in shards {
                        while try await !Self.isAltered(shard) { try await Task.sleep(for: .milliseconds(5)) }
                    }
                    return id
                }
                try await world.withEngine { running in
                    let done = try await running.waitUntilDone(id)
                    #expect(done.attempts.count == 1)
                    #expect(done.shards.allSatisfy { $0.cutOver != nil && $0.lastFailure == nil })
                    try await running.perform(.cleanup, id)
                    _ = try await running.wait(id, for: "clean") { $0.shards.allSatisfy(\.artifacts.isEmpty) }
                }
            }
            for shard in shards.indices {
                let verification = try await traffic.verify(shard: shard, altered: true)
                #expect(verification.isExact, "\(verification)")
            }
            #expect(traffic.report().errors.isEmpty, "\(traffic.report().errors.prefix(5))")
            #expect(traffic.report().tableMissing == 0)
            #expect(try await world.artifacts() == [])
        }
    }

    private static func isAltered(_ shard: TrafficShard) async throws -> Bool {
        let connection = try await Connection.open(shard.connection)
        let found = try await connection.query(
            """
            SELECT COUNT(*) FROM information_schema.COLUMNS WHERE TABLE_SCHEMA = \(.string(shard.database)) \
            AND TABLE_NAME = 'orders' AND COLUMN_NAME = 'tracking_code'
            """
        ).single().int(0)
        await connection.close()
        return found == 1
    }
}

/// Lockstep's own executor, to which the order to commit never comes on some shards: their locks are held until it dies.
private struct DeafToCommit: ShardExecutor {
    private let executor: any ShardExecutor
    private let hearing: Set<String>

    init(_ executor: any ShardExecutor, except hearing: Set<String>) {
        self.executor = executor
        self.hearing = hearing
    }

    func plan(_ request: PlanRequest, on shard: ShardName) async -> ShardPlan {
        await executor.plan(request, on: shard)
    }

    func blockers(of spec: MigrationSpec, on shard: ShardName) async throws(Failure) -> [Blocker] {
        try await executor.blockers(of: spec, on: shard)
    }

    func perform(_ effect: ShardEffect, of spec: MigrationSpec, on shard: ShardName, facts: any FactSink) async {
        if case .release(_, _, .commit) = effect, !hearing.contains(shard.shard) { return }
        await executor.perform(effect, of: spec, on: shard, facts: facts)
    }
}

/// Lockstep's own executor, whose shards swap and then find nobody to tell.
private struct MuteAfterSwap: ShardExecutor {
    private let executor: any ShardExecutor

    init(_ executor: any ShardExecutor) { self.executor = executor }

    func plan(_ request: PlanRequest, on shard: ShardName) async -> ShardPlan {
        await executor.plan(request, on: shard)
    }

    func blockers(of spec: MigrationSpec, on shard: ShardName) async throws(Failure) -> [Blocker] {
        try await executor.blockers(of: spec, on: shard)
    }

    func perform(_ effect: ShardEffect, of spec: MigrationSpec, on shard: ShardName, facts: any FactSink) async {
        await executor.perform(effect, of: spec, on: shard, facts: Sink(facts: facts))
    }

    private struct Sink: FactSink {
        let facts: any FactSink

        func report(_ fact: ShardFact) async throws(EngineStopping) {
            if case .released(_, _, .swapped) = fact { throw EngineStopping() }
            try await facts.report(fact)
        }

        func gauge(_ gauges: ShardGauges) { facts.gauge(gauges) }
    }
}
