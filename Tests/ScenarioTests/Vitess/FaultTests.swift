import Core
import Engine
import Foundation
import Testing
import VTGateDouble
import Vitess

/// What a real cluster does only on its bad days: on the double, which can be steered.
@Suite("Coordinated migrations on Vitess, on bad days", .serialized)
struct VitessFaultTests {
    private static let strategy = Strategy.vitess(VitessStrategy(.vitess))

    private static func policy(
        postponed: Bool = true, fallback: FallbackPolicy = FallbackPolicy(way: .hold)
    ) -> MigrationPolicy { MigrationPolicy(postponeCompletion: postponed, fallback: fallback) }

    private static func submit(_ running: World.Running, _ cluster: VitessCluster, _ policy: MigrationPolicy) async throws -> MigrationID {
        try await running.submit(
            table: cluster.table, alter: "ADD COLUMN note VARCHAR(32)", strategy: strategy, policy: policy)
    }

    @Test("Fact 24: a submission that reached some shards only is found, taken back, and made again whole")
    func partialSubmission() async throws {
        try await VitessCluster.onDouble { double, cluster, world in
            double.refuseNextSubmission(on: "commerce/80-c0")
            try await world.withEngine { running in
                let id = try await Self.submit(running, cluster, Self.policy(postponed: false))
                _ = try await running.waitUntilDone(id)
                let rows = try await cluster.rows(id)
                let first = rows.filter { $0.context.hasSuffix(":1") }
                #expect(first.count == 3 && first.allSatisfy { $0.status == .cancelled }, "\(first.map(\.status))")
                let second = rows.filter { $0.context.hasSuffix(":2") }
                #expect(second.count == 4 && second.allSatisfy { $0.status == .complete })
                #expect(try await cluster.have("note") == cluster.shards)
            }
        }
    }

    @Test(
        "A submission whose answer was lost is found by its context, whether it was taken or not",
        arguments: [FakeVTGate.Fault.connectionLostBefore, .connectionLostAfter])
    func lostSubmission(_ fault: FakeVTGate.Fault) async throws {
        try await VitessCluster.onDouble { double, cluster, world in
            _ = double.plan(fault) { $0.user == "lockstep" && $0.isAbout("alter table") }
            try await world.withEngine { running in
                let id = try await Self.submit(running, cluster, Self.policy())
                _ = try await running.wait(id, for: "postponed") { $0.state == .postponed }
                #expect(try await cluster.rows(id).count == 4)
            }
        }
    }

    @Test("Fact 23 and 24: a COMPLETE that failed was applied where it could be; the rows are believed, nothing is sent twice")
    func lostComplete() async throws {
        try await VitessCluster.onDouble { double, cluster, world in
            try await world.withEngine { running in
                let id = try await Self.submit(running, cluster, Self.policy())
                _ = try await running.wait(id, for: "postponed") { $0.state == .postponed }
                _ = double.plan(.connectionLostAfter) { $0.isAbout("alter vitess_migration") && $0.text.contains("COMPLETE") }
                try await running.perform(.complete, id)
                _ = try await running.waitUntilDone(id)
                let sent = double.log.filter { $0.user == "lockstep" && $0.text.hasSuffix("COMPLETE") }
                #expect(sent.count == 1, "\(sent.map(\.text))")
            }
        }
    }

    @Test("A shard that does not follow is braked after the deadline; retry finishes what the others have done")
    func holds() async throws {
        try await VitessCluster.onDouble { double, cluster, world in
            try await world.withEngine { running in
                let id = try await Self.submit(running, cluster, Self.policy(fallback: FallbackPolicy(way: .hold, after: .seconds(30))))
                _ = try await running.wait(id, for: "postponed") { $0.state == .postponed }
                double.block("customer", on: "commerce/80-c0", by: "a report that never ends")
                try await running.perform(.complete, id)
                let split = try await running.wait(id, for: "split and held") { snapshot in
                    snapshot.state == .split && snapshot.shards[2].phase == .failed
                }
                #expect(split.splitSince != nil)
                #expect(try await cluster.rows(id).first { $0.name.shard == "80-c0" }?.postponeCompletion == true)
                double.unblock("a report that never ends", on: "commerce/80-c0")
                try await running.perform(.retry, id)
                _ = try await running.waitUntilDone(id, limit: .seconds(120))
                #expect(try await cluster.have("note") == cluster.shards)
            }
        }
    }

    @Test("With fallback revert the shards that followed go back by themselves, and the other is cancelled")
    func reverts() async throws {
        try await VitessCluster.onDouble { double, cluster, world in
            try await world.withEngine { running in
                let id = try await Self.submit(running, cluster, Self.policy(fallback: FallbackPolicy(way: .revert, after: .seconds(30))))
                _ = try await running.wait(id, for: "postponed") { $0.state == .postponed }
                double.block("customer", on: "commerce/80-c0", by: "a report that never ends")
                try await running.perform(.complete, id)
                let end = try await running.wait(id, for: "reverted", limit: .seconds(120)) { [.reverted, .held].contains($0.state) }
                #expect(end.state == .reverted)
                #expect(try await cluster.have("note").isEmpty)
            }
        }
    }

    @Test("Force ends who is in the way, and the shard follows")
    func forces() async throws {
        try await VitessCluster.onDouble { double, cluster, world in
            try await world.withEngine { running in
                let id = try await Self.submit(running, cluster, Self.policy())
                _ = try await running.wait(id, for: "postponed") { $0.state == .postponed }
                double.block("customer", on: "commerce/80-c0", by: "a report that never ends")
                try await running.perform(.forceCutOver, id)
                _ = try await running.waitUntilDone(id)
                #expect(double.killedBlockers(on: "commerce/80-c0") == ["a report that never ends"])
            }
        }
    }

    @Test("Another operator who postpones after COMPLETE is not overruled: the shard is left as it is")
    func postponedByAnother() async throws {
        try await VitessCluster.onDouble { double, cluster, world in
            try await world.withEngine { running in
                let id = try await Self.submit(running, cluster, Self.policy())
                _ = try await running.wait(id, for: "postponed") { $0.state == .postponed }
                double.block("customer", on: "commerce/80-c0", by: "a report that never ends")
                try await running.perform(.complete, id)
                _ = try await running.wait(id, for: "three done") { $0.shards.count { $0.phase == .done } == 3 }
                let uuid = try #require(try await cluster.rows(id).first).uuid
                try await cluster.says("ALTER VITESS_MIGRATION '\(uuid)' POSTPONE COMPLETE", on: cluster.shards[2])
                let left = try await running.wait(id, for: "left alone") { $0.shards[2].phase == .failed }
                #expect(left.shards[2].failure?.cause?.contains("postponed") ?? false)
                #expect(double.row(uuid.text, on: "commerce/80-c0")?.postponeCompletion == true)
            }
        }
    }

    @Test("Fact 10: a reparent in the middle and a VTGate that restarts lose nothing")
    func failover() async throws {
        try await VitessCluster.onDouble { double, cluster, world in
            try await world.withEngine { running in
                let id = try await Self.submit(running, cluster, Self.policy())
                _ = try await running.wait(id, for: "copying or later") { $0.shards.allSatisfy { $0.phase != .preparing } }
                double.reparent("commerce/40-80", closedFor: 5)
                double.restartVTGate()
                _ = try await running.wait(id, for: "postponed") { $0.state == .postponed }
                double.restartVTGate()
                try await running.perform(.complete, id)
                _ = try await running.waitUntilDone(id)
                #expect(try await cluster.have("note") == cluster.shards)
            }
        }
    }

    @Test("While a shard does not answer nothing is completed anywhere, and when it answers all complete together")
    func silentShard() async throws {
        try await VitessCluster.onDouble { double, cluster, world in
            try await world.withEngine { running in
                let id = try await Self.submit(running, cluster, Self.policy())
                _ = try await running.wait(id, for: "postponed") { $0.state == .postponed }
                double.stopPrimary("commerce/c0-")
                try await running.perform(.complete, id)
                let refused = try await running.wait(id, for: "refused") { !$0.attempts.isEmpty && $0.attempts[0].endedAt != nil }
                #expect(refused.attempts[0].refusals.keys.map(\.shard) == ["c0-"])
                #expect(double.log.filter { $0.text.hasSuffix("COMPLETE") }.isEmpty)
                double.startPrimary("commerce/c0-")
                _ = try await running.waitUntilDone(id, limit: .seconds(120))
                #expect(try await cluster.have("note") == cluster.shards)
            }
        }
    }

    @Test("Readiness that flaps holds the barrier open, and an attempt begins only when all stand")
    func flapping() async throws {
        try await VitessCluster.onDouble { double, cluster, world in
            try await world.withEngine { running in
                let id = try await Self.submit(running, cluster, Self.policy())
                _ = try await running.wait(id, for: "postponed") { $0.state == .postponed }
                double.setStreamLag(60, "commerce/-40")
                double.tick("commerce/-40")
                let behind = try await running.wait(id, for: "behind") { $0.shards[0].phase == .applying }
                #expect(behind.refusal(of: .complete) != nil)
                double.setStreamLag(nil, "commerce/-40")
                double.tick("commerce/-40")
                _ = try await running.wait(id, for: "postponed again") { $0.state == .postponed }
            }
        }
    }

    @Test("Fact 12: a completion remembered from an earlier life does not cut a retried shard over")
    func rememberedCompletion() async throws {
        try await VitessCluster.onDouble { double, cluster, world in
            double.failCopies(on: "commerce/40-80", message: "disk full")
            try await world.withEngine { running in
                let id = try await Self.submit(running, cluster, Self.policy())
                _ = try await running.wait(id, for: "one failed") { $0.shards[1].phase == .failed }
                let uuid = try #require(try await cluster.rows(id).first).uuid
                try await cluster.says("ALTER VITESS_MIGRATION '\(uuid)' COMPLETE", on: cluster.shards[1])
                try await running.perform(.retry, id)
                _ = try await running.wait(id, for: "postponed") { $0.state == .postponed }
                #expect(double.row(uuid.text, on: "commerce/40-80")?.postponeCompletion == true)
                #expect(try await cluster.have("note").isEmpty)
            }
        }
    }

    @Test("A row that vanished from one shard while the others completed is named, and the others can go back")
    func missingRow() async throws {
        try await VitessCluster.onDouble { double, cluster, world in
            try await world.withEngine { running in
                let id = try await Self.submit(running, cluster, Self.policy())
                _ = try await running.wait(id, for: "postponed") { $0.state == .postponed }
                let uuid = try #require(try await cluster.rows(id).first).uuid
                double.forget(uuid.text, on: "commerce/80-c0")
                try await running.perform(.complete, id)
                let refused = try await running.wait(id, for: "refused") { !$0.attempts.isEmpty && $0.attempts[0].endedAt != nil }
                #expect(refused.attempts[0].refusals.keys.map(\.shard) == ["80-c0"])
                _ = try await running.wait(id, for: "named") { $0.shards[2].failure?.what.contains("no row") ?? false }
                #expect(try await cluster.have("note").isEmpty)
                #expect(double.rows(uuid.text).allSatisfy { $0.status.isPending }, "the others' copies are kept")
            }
        }
    }

    @Test("Cancelled before its rows were seen, a submission leaves none behind")
    func cancelDuringSubmission() async throws {
        try await VitessCluster.onDouble { double, cluster, world in
            let fault = double.plan(.answerHeld) { $0.user == "lockstep" && $0.isAbout("alter table") }
            try await world.withEngine { running in
                let id = try await Self.submit(running, cluster, Self.policy())
                while double.hits(of: fault) == 0 { try await Task.sleep(for: .milliseconds(10)) }
                try await running.perform(.cancel, id)
                double.release(fault)
                _ = try await running.wait(id, for: "cancelled") { $0.state == .cancelled }
                let rows = try await cluster.rows(id)
                #expect(rows.count == 4 && rows.allSatisfy { $0.status == .cancelled }, "\(rows.map(\.status))")
            }
        }
    }

    @Test("A shard that another operator completed while it was being cancelled is told, and can go back")
    func completedWhileCancelling() async throws {
        try await VitessCluster.onDouble { double, cluster, world in
            try await world.withEngine { running in
                let id = try await Self.submit(running, cluster, Self.policy())
                _ = try await running.wait(id, for: "postponed") { $0.state == .postponed }
                let uuid = try #require(try await cluster.rows(id).first).uuid
                let fault = double.plan(.held) { $0.user == "lockstep" && $0.text.hasSuffix("CANCEL") }
                try await running.perform(.cancel, id)
                while double.hits(of: fault) == 0 { try await Task.sleep(for: .milliseconds(10)) }
                try await cluster.says("ALTER VITESS_MIGRATION '\(uuid)' COMPLETE", on: cluster.shards[0])
                while double.row(uuid.text, on: "commerce/-40")?.status != .complete { try await Task.sleep(for: .milliseconds(10)) }
                double.release(fault)
                let split = try await running.wait(id, for: "split") { $0.state == .split || $0.state == .cancelled }
                #expect(split.state == .split)
                try await running.perform(.revert, id)
                _ = try await running.wait(id, for: "reverted") { $0.state == .reverted }
                #expect(try await cluster.have("note").isEmpty)
            }
        }
    }

    @Test("A retried shard that was cancelled by somebody while the engine was down is not retried again unasked")
    func retriedOnce() async throws {
        try await VitessCluster.onDouble { double, cluster, world in
            double.failCopies(on: "commerce/40-80", message: "disk full")
            let id = try await world.withEngine { running in
                let id = try await Self.submit(running, cluster, Self.policy())
                _ = try await running.wait(id, for: "one failed") { $0.shards[1].phase == .failed }
                try await running.perform(.retry, id)
                _ = try await running.wait(id, for: "postponed") { $0.state == .postponed }
                return id
            }
            let uuid = try #require(try await cluster.rows(id).first).uuid
            try await cluster.says("ALTER VITESS_MIGRATION '\(uuid)' CANCEL", on: cluster.shards[1])
            try await world.withEngine { running in
                _ = try await running.wait(id, for: "failed") { $0.shards[1].phase == .failed }
                #expect(double.row(uuid.text, on: "commerce/40-80")?.status == .cancelled)
            }
        }
    }

    @Test("A completion that is remembered is taken back before RETRY, not after it")
    func postponedBeforeRetry() async throws {
        try await VitessCluster.onDouble { double, cluster, world in
            double.failCopies(on: "commerce/40-80", message: "disk full")
            try await world.withEngine { running in
                let id = try await Self.submit(running, cluster, Self.policy())
                _ = try await running.wait(id, for: "one failed") { $0.shards[1].phase == .failed }
                let uuid = try #require(try await cluster.rows(id).first).uuid
                try await cluster.says("ALTER VITESS_MIGRATION '\(uuid)' COMPLETE", on: cluster.shards[1])
                // The first attempt to hold it back fails: the follower sees that it is not, and says it again.
                double.plan(.error(ErrorAnswer(message: "target: commerce.40-80.primary: no"))) { $0.text.contains("POSTPONE COMPLETE") }
                try await running.perform(.retry, id)
                _ = try await running.wait(id, for: "postponed") { $0.state == .postponed }
                let order = double.log.map(\.text).filter { $0.contains("POSTPONE COMPLETE") || $0.hasSuffix("RETRY") }
                #expect(order.first?.contains("POSTPONE COMPLETE") ?? false, "\(order)")
                #expect(double.row(uuid.text, on: "commerce/40-80")?.postponeCompletion == true)
                #expect(try await cluster.have("note").isEmpty)
            }
        }
    }

    @Test("The threshold reaches every shard's row, and a throttle of some shards only is refused")
    func thresholdAndThrottle() async throws {
        try await VitessCluster.onDouble { double, cluster, world in
            try await world.withEngine { running in
                let id = try await Self.submit(running, cluster, Self.policy())
                _ = try await running.wait(id, for: "postponed") { $0.state == .postponed }
                await #expect(throws: ServiceError.self) { try await running.perform(.throttle, id, shards: [cluster.shards[0]]) }
                try await running.perform(.threshold, id, options: CommandOptions(threshold: .seconds(15)))
                while try await !cluster.rows(id).allSatisfy({ $0.cutOverThresholdSeconds == 15 }) { try await Task.sleep(for: .milliseconds(20)) }
                await #expect(throws: ServiceError.self) {
                    try await running.perform(.threshold, id, options: CommandOptions(threshold: .seconds(2)))
                }
            }
        }
    }

    @Test("Direct DDL that a shard refuses is sent again by a person only")
    func directIsNotRepeated() async throws {
        try await VitessCluster.onDouble { double, cluster, world in
            double.plan(.error(ErrorAnswer(message: "target: commerce.-40.primary: vttablet: no"))) { $0.user == "lockstep" && $0.isAbout("alter table") }
            try await world.withEngine { running in
                let id = try await running.submit(
                    table: cluster.table, alter: "ADD COLUMN note VARCHAR(32)", strategy: .vitess(VitessStrategy(.direct)),
                    policy: Self.policy())
                _ = try await running.wait(id, for: "postponed") { $0.state == .postponed }
                try await running.perform(.complete, id)
                let failed = try await running.wait(id, for: "failed") { $0.shards.allSatisfy { $0.phase == .failed } }
                #expect(failed.refusal(of: .cancel) == nil, "nothing was changed")
                #expect(double.log.filter { $0.user == "lockstep" && $0.isAbout("alter table") }.count == 1)
                try await running.perform(.retry, id)
                _ = try await running.waitUntilDone(id)
                #expect(try await cluster.have("note") == cluster.shards)
            }
            // The one direct change there was is the one that was asked for.
            double.clearLog()
        }
    }

    @Test("Shards of different versions are read alike")
    func mixedVersions() async throws {
        try await VitessCluster.onDouble { double, cluster, world in
            double.setVersion(.v23, ofShard: "commerce/40-80")
            try await world.withEngine { running in
                let id = try await Self.submit(running, cluster, Self.policy(postponed: false))
                _ = try await running.waitUntilDone(id)
                #expect(try await cluster.have("note") == cluster.shards)
            }
        }
    }

    @Test("A direct change is sent once, when it is told to, and read off the tables")
    func direct() async throws {
        try await VitessCluster.onDouble { double, cluster, world in
            try await world.withEngine { running in
                let id = try await running.submit(
                    table: cluster.table, alter: "ADD COLUMN note VARCHAR(32)", strategy: .vitess(VitessStrategy(.direct)),
                    policy: Self.policy())
                _ = try await running.wait(id, for: "postponed") { $0.state == .postponed }
                #expect(try await cluster.have("note").isEmpty)
                try await running.perform(.complete, id)
                _ = try await running.waitUntilDone(id)
                #expect(try await cluster.have("note") == cluster.shards)
                #expect(double.log.filter { $0.user == "lockstep" && $0.isAbout("alter table") }.count == 1)
            }
            // The one direct change there was is the one that was asked for.
            double.clearLog()
        }
    }
}
