import Core
import Engine
import MySQLClient
import Testing
import VTGateDouble
import Vitess

/// On the double always, and on a real cluster when one is named: nothing here steers what a real VTGate would not do by itself.
@Suite("Coordinated migrations on Vitess", .serialized)
struct CoordinationTests {
    private static let strategy = Strategy.vitess(VitessStrategy(.vitess))

    private static func policy(
        postponed: Bool = true, rollout: RolloutPolicy = RolloutPolicy(), fallback: FallbackPolicy = FallbackPolicy(way: .hold)
    ) -> MigrationPolicy {
        MigrationPolicy(postponeCompletion: postponed, rollout: rollout, fallback: fallback)
    }

    @Test("All shards wait ready, are told together, and have the new schema", arguments: VitessCluster.Kind.available)
    func together(_ kind: VitessCluster.Kind) async throws {
        try await VitessCluster.run(kind) { cluster, world in
            try await world.withEngine { running in
                let id = try await running.submit(
                    table: cluster.table, alter: "ADD COLUMN note VARCHAR(32)", strategy: Self.strategy, policy: Self.policy())
                _ = try await running.wait(id, for: "postponed") { $0.state == .postponed }
                #expect(try await cluster.have("note").isEmpty)
                let rows = try await cluster.rows(id)
                #expect(rows.count == cluster.shards.count)
                #expect(Set(rows.map(\.uuid)).count == 1)
                #expect(rows.allSatisfy { $0.postponeCompletion })
                try await running.perform(.complete, id)
                let done = try await running.waitUntilDone(id)
                #expect(try await cluster.have("note") == cluster.shards)
                #expect(done.attempts.count == 1)
                #expect(done.skew.map { $0 < .seconds(60) } ?? false)
                try await running.perform(.cleanup, id)
                _ = try await running.wait(id, for: "clean") { $0.shards.allSatisfy(\.artifacts.isEmpty) }
            }
        }
    }

    @Test("Cancel ends it on every shard and leaves the schema alone", arguments: VitessCluster.Kind.available)
    func cancel(_ kind: VitessCluster.Kind) async throws {
        try await VitessCluster.run(kind) { cluster, world in
            try await world.withEngine { running in
                let id = try await running.submit(
                    table: cluster.table, alter: "ADD COLUMN note VARCHAR(32)", strategy: Self.strategy, policy: Self.policy())
                _ = try await running.wait(id, for: "postponed") { $0.state == .postponed }
                try await running.perform(.cancel, id)
                _ = try await running.wait(id, for: "cancelled") { $0.state == .cancelled }
                let rows = try await cluster.rows(id)
                #expect(rows.allSatisfy { $0.status == .cancelled }, "\(rows.map(\.status))")
                #expect(try await cluster.have("note").isEmpty)
            }
        }
    }

    @Test("The canary goes first, the others follow after the soak", arguments: VitessCluster.Kind.available)
    func canary(_ kind: VitessCluster.Kind) async throws {
        try await VitessCluster.run(kind) { cluster, world in
            let canary = cluster.shards[1]
            try await world.withEngine { running in
                let id = try await running.submit(
                    table: cluster.table, alter: "ADD COLUMN note VARCHAR(32)", strategy: Self.strategy,
                    policy: Self.policy(rollout: RolloutPolicy(waves: [.shards([canary.shard])], soak: .seconds(600))))
                _ = try await running.wait(id, for: "postponed") { $0.state == .postponed }
                try await running.perform(.complete, id)
                let soaking = try await running.wait(id, for: "soaking") { $0.state == .soaking }
                #expect(soaking.splitSince != nil)
                #expect(try await cluster.have("note") == [canary])
                try await running.perform(.complete, id)
                _ = try await running.waitUntilDone(id)
                #expect(try await cluster.have("note") == cluster.shards)
            }
        }
    }

    @Test("A finished migration is reverted on every shard", arguments: VitessCluster.Kind.available)
    func revert(_ kind: VitessCluster.Kind) async throws {
        try await VitessCluster.run(kind) { cluster, world in
            try await world.withEngine { running in
                let id = try await running.submit(
                    table: cluster.table, alter: "ADD COLUMN note VARCHAR(32)", strategy: Self.strategy,
                    policy: Self.policy(postponed: false))
                _ = try await running.waitUntilDone(id)
                try await running.perform(.revert, id)
                let back = try await running.wait(id, for: "reverted") { [.reverted, .held, .failed].contains($0.state) }
                #expect(back.state == .reverted)
                #expect(try await cluster.have("note").isEmpty)
            }
        }
    }

    @Test("With a canary and a warm way back, only what had changed goes back", arguments: VitessCluster.Kind.available)
    func warmRevert(_ kind: VitessCluster.Kind) async throws {
        try await VitessCluster.run(kind) { cluster, world in
            try await world.withEngine { running in
                let id = try await running.submit(
                    table: cluster.table, alter: "ADD COLUMN note VARCHAR(32)", strategy: Self.strategy,
                    policy: Self.policy(
                        rollout: RolloutPolicy(waves: [.count(1)], soak: .seconds(600)),
                        fallback: FallbackPolicy(way: .hold, isWarm: true)))
                _ = try await running.wait(id, for: "postponed") { $0.state == .postponed }
                try await running.perform(.complete, id)
                _ = try await running.wait(id, for: "soaking, with the way back prepared") {
                    $0.state == .soaking && $0.shards[0].artifacts.contains { $0.kind == .vitessMigration }
                }
                try await running.perform(.revert, id)
                _ = try await running.wait(id, for: "reverted") { $0.state == .reverted }
                #expect(try await cluster.have("note").isEmpty)
            }
        }
    }

    @Test("An engine that dies while shards wait finds its migration by the context, and submits nothing twice", arguments: VitessCluster.Kind.available)
    func restart(_ kind: VitessCluster.Kind) async throws {
        try await VitessCluster.run(kind) { cluster, world in
            let id = try await world.withEngine { running in
                let id = try await running.submit(
                    table: cluster.table, alter: "ADD COLUMN note VARCHAR(32)", strategy: Self.strategy, policy: Self.policy())
                _ = try await running.wait(id, for: "copying or later") { $0.shards.contains { $0.phase != .preparing } }
                return id
            }
            try await world.withEngine { running in
                _ = try await running.wait(id, for: "postponed") { $0.state == .postponed }
                #expect(try await cluster.rows(id).count == cluster.shards.count)
                try await running.perform(.complete, id)
                _ = try await running.waitUntilDone(id)
                #expect(try await cluster.have("note") == cluster.shards)
            }
        }
    }

    @Test("A shard that another operator completed is done; the others still wait for the order", arguments: VitessCluster.Kind.available)
    func anotherOperator(_ kind: VitessCluster.Kind) async throws {
        try await VitessCluster.run(kind) { cluster, world in
            try await world.withEngine { running in
                let id = try await running.submit(
                    table: cluster.table, alter: "ADD COLUMN note VARCHAR(32)", strategy: Self.strategy, policy: Self.policy())
                _ = try await running.wait(id, for: "postponed") { $0.state == .postponed }
                let uuid = try #require(try await cluster.rows(id).first).uuid
                try await cluster.says("ALTER VITESS_MIGRATION '\(uuid)' COMPLETE", on: cluster.shards[0])
                let seen = try await running.wait(id, for: "one done") { $0.shards[0].phase == .done }
                #expect(seen.splitSince != nil)
                #expect(try await cluster.have("note") == [cluster.shards[0]])
                try await running.perform(.complete, id)
                _ = try await running.waitUntilDone(id)
                #expect(try await cluster.have("note") == cluster.shards)
            }
        }
    }

    @Test("A shard whose rows do not fit fails alone, is retried alone, and nothing completes meanwhile", arguments: VitessCluster.Kind.available)
    func retry(_ kind: VitessCluster.Kind) async throws {
        try await VitessCluster.run(kind) { cluster, world in
            let bad = cluster.shards[1]
            if let double = cluster.double {
                double.failCopies(on: "commerce/\(bad.shard)", message: "Duplicate entry 'e1@example.org' for key 'customer.by_email'")
            } else {
                try await cluster.says("UPDATE \(cluster.table) SET email = 'e1@example.org' WHERE id = 2", on: bad)
            }
            try await world.withEngine { running in
                let id = try await running.submit(
                    table: cluster.table, alter: "ADD UNIQUE INDEX by_email (email)", strategy: Self.strategy, policy: Self.policy())
                let failed = try await running.wait(id, for: "one failed, the others ready") { snapshot in
                    snapshot.shards.allSatisfy { $0.phase == ($0.name == bad ? .failed : .ready) }
                }
                #expect(failed.shards[1].failure?.cause?.contains("Duplicate entry") ?? false, "\(String(describing: failed.shards[1].failure))")
                #expect(failed.refusal(of: .complete) != nil)
                if cluster.double == nil {
                    try await cluster.says("UPDATE \(cluster.table) SET email = 'e2@example.org' WHERE id = 2", on: bad)
                }
                try await running.perform(.retry, id, shards: [bad])
                _ = try await running.wait(id, for: "postponed again") { $0.state == .postponed }
                #expect(try await cluster.definition(bad).contains("by_email") == false)
                try await running.perform(.complete, id)
                _ = try await running.waitUntilDone(id)
                for shard in cluster.shards { #expect(try await cluster.definition(shard).contains("by_email")) }
            }
        }
    }

    @Test("MySQL's own ALTER is gated by its launch", arguments: VitessCluster.Kind.available)
    func mysqlStrategy(_ kind: VitessCluster.Kind) async throws {
        try await VitessCluster.run(kind) { cluster, world in
            try await world.withEngine { running in
                let id = try await running.submit(
                    table: cluster.table, alter: "ADD COLUMN note VARCHAR(32)",
                    strategy: .vitess(VitessStrategy(.mysql)), policy: Self.policy())
                _ = try await running.wait(id, for: "postponed") { $0.state == .postponed }
                #expect(try await cluster.have("note").isEmpty)
                try await running.perform(.complete, id)
                _ = try await running.waitUntilDone(id)
                #expect(try await cluster.have("note") == cluster.shards)
            }
        }
    }

    @Test("Tables that differ between shards are refused before anything is submitted", arguments: VitessCluster.Kind.available)
    func drift(_ kind: VitessCluster.Kind) async throws {
        try await VitessCluster.run(kind) { cluster, world in
            let odd = cluster.shards[1]
            if let double = cluster.double {
                let text = try await cluster.definition(odd).replacing("PRIMARY KEY", with: "`odd` int,\n  PRIMARY KEY")
                double.setTable(cluster.table, createText: text, on: "commerce/\(odd.shard)")
            } else {
                try await cluster.says("ALTER TABLE \(cluster.table) ADD COLUMN odd INT", on: odd)
            }
            try await world.withEngine { running in
                await #expect(throws: ServiceError.self) {
                    _ = try await running.submit(
                        table: cluster.table, alter: "ADD COLUMN note VARCHAR(32)", strategy: Self.strategy, policy: Self.policy())
                }
                let fleet = try await running.engine.snapshot()
                #expect(fleet.migrations.isEmpty)
            }
        }
    }
}
