import Core
import Engine
import Testing
import VTGateDouble
import Vitess

/// INSTANT where tablets choose: the same change done differently on the shards of one fleet.
@Suite("INSTANT changes over the fleet", .serialized)
struct InstantTests {
    private static func strategy(allowed: Bool = false) -> Strategy {
        .vitess(VitessStrategy(.vitess, flags: "--prefer-instant-ddl", allowsMixedInstant: allowed))
    }
    private static let policy = MigrationPolicy(postponeCompletion: false, fallback: FallbackPolicy(way: .hold))

    @Test("Where every shard's server can, the change is INSTANT on all", arguments: VitessCluster.Kind.available)
    func uniform(_ kind: VitessCluster.Kind) async throws {
        try await VitessCluster.run(kind) { cluster, world in
            try await world.withEngine { running in
                let id = try await running.submit(
                    table: cluster.table, alter: "ADD COLUMN note VARCHAR(32)", strategy: Self.strategy(),
                    policy: Self.policy)
                _ = try await running.waitUntilDone(id)
                #expect(try await cluster.rows(id).allSatisfy { $0.specialPlan == .instantDDL })
                #expect(try await cluster.have("note") == cluster.shards)
            }
        }
    }

    @Test("A fleet whose servers would not do it alike is refused before anything is sent; allowed, each goes its way")
    func mixed() async throws {
        try await VitessCluster.onDouble { double, cluster, world in
            double.setServerVersion("8.0.28", "commerce/80-c0")
            try await world.withEngine { running in
                let error = await #expect(throws: ServiceError.self) {
                    _ = try await running.submit(
                        table: cluster.table, alter: "DROP COLUMN email", strategy: Self.strategy(), policy: Self.policy
                    )
                }
                guard case .planRefused(let plan) = try #require(error) else {
                    return #expect(Bool(false), "another refusal")
                }
                #expect(plan.shards.map { $0.forecast?.way } == [.instant, .instant, .copy, .instant])
                #expect(plan.refusals.count == 1)
                #expect(plan.refusals.first?.what.contains("INSTANT on -40 40-80 c0-, a copy on 80-c0") == true)
                #expect(double.allRows.isEmpty)

                let id = try await running.submit(
                    table: cluster.table, alter: "DROP COLUMN email", strategy: Self.strategy(allowed: true),
                    policy: Self.policy)
                _ = try await running.waitUntilDone(id)
                let plans = try await cluster.rows(id).sorted { $0.name < $1.name }.map(\.specialPlan)
                #expect(plans == [.instantDDL, .instantDDL, nil, .instantDDL])
            }
        }
    }

    @Test("A server whose version nobody tells counts as unknown, and is refused where the version decides")
    func unknown() async throws {
        try await VitessCluster.onDouble { double, cluster, world in
            double.setServerVersion("8.4.6-Vitess", "commerce/c0-")
            try await world.withEngine { running in
                let error = await #expect(throws: ServiceError.self) {
                    _ = try await running.submit(
                        table: cluster.table, alter: "ADD COLUMN note TEXT", strategy: Self.strategy(),
                        policy: Self.policy)
                }
                guard case .planRefused(let plan) = try #require(error) else {
                    return #expect(Bool(false), "another refusal")
                }
                #expect(plan.shards.map { $0.forecast?.way } == [.instant, .instant, .instant, .unknown])
                #expect(plan.shards[3].warnings.contains { $0.contains("8.4.6-Vitess") })
                // An index is a copy everywhere.
                let id = try await running.submit(
                    table: cluster.table, alter: "ADD INDEX by_email (email)", strategy: Self.strategy(),
                    policy: Self.policy)
                _ = try await running.waitUntilDone(id)
            }
        }
    }
}
