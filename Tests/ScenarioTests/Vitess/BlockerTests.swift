import Core
import Engine
import MySQLClient
import OnlineSchemaChange
import Sandbox
import Testing
import VTGateDouble
import Vitess
import VitessExecutor

/// Who is in a shard's way: Vitess does not tell, the shard's own server does, where Lockstep may ask it.
@Suite("Blocking transactions of a Vitess shard", .serialized)
struct VitessBlockerTests {
    private static let strategy = Strategy.vitess(VitessStrategy(.vitess))
    private static let policy = MigrationPolicy(fallback: FallbackPolicy(way: .hold, after: .seconds(3600)))

    @Test(
        "The plan, the waiting shard and the force dialog name the transaction that the shard's real server shows",
        arguments: ServerFamily.available)
    func named(_ family: ServerFamily) async throws {
        try await World.onSharedServer(family, shards: 1) { plain, traffic in
            let server = try #require(plain.sites.values.first)
            var options = traffic[0].connection
            options.database = server.database
            let application = try await Connection.open(options)
            try await application.execute("CREATE TABLE customer (id BIGINT PRIMARY KEY, email VARCHAR(64))")
            try await application.execute("INSERT INTO customer VALUES (1, 'a@example.org')")
            try await VitessCluster.onDouble { double, cluster, world in
                let blocked = cluster.shards[2]
                let looker = OnlineSchemaChangeExecutor(
                    sites: [
                        blocked: ShardSite(
                            shard: blocked, database: server.database, primary: server.primary, replicas: [])
                    ],
                    environment: ExecutorEnvironment(
                        clock: ContinuousClock(), wallClock: world.wallClock,
                        replicaID: { .random(in: 3_000_000_000...4_000_000_000) }))
                let endpoint = VTGateEndpoint(cluster.options)
                var world = world
                world.executor = {
                    VitessExecutor(
                        ["commerce": endpoint], clock: cluster.clock, wallClock: cluster.wallClock,
                        blockers: { spec, shard throws(Failure) in
                            shard == blocked ? try await looker.blockers(of: spec, on: shard) : nil
                        })
                }
                try await world.withEngine { running in
                    let id = try await running.submit(
                        table: cluster.table, alter: "ADD COLUMN note VARCHAR(32)", strategy: Self.strategy,
                        policy: Self.policy)
                    _ = try await running.wait(id, for: "postponed") { $0.state == .postponed }

                    try await application.execute("START TRANSACTION")
                    try await application.execute("UPDATE customer SET email = 'b@example.org' WHERE id = 1")
                    let connection = application.connectionID
                    double.block("customer", on: "commerce/80-c0", by: "the same, as the double knows it")
                    let dialog = try await Self.dialog(running, id, naming: connection)
                    #expect(
                        dialog.contains { $0.label == "Ends" && $0.text.contains("80-c0: connection \(connection)") },
                        "\(dialog)")

                    #expect(dialog.contains { $0.label == "Sticks" && $0.text.hasPrefix("yes") })

                    try await running.perform(.complete, id)
                    let waiting = try await running.wait(id, for: "the shard to name its blocker") { snapshot in
                        snapshot.shards[2].gauges?.blockers.contains { $0.connection == connection } ?? false
                    }
                    let shard = waiting.shards[2]
                    #expect(shard.phase == .backingOff || shard.phase == .cuttingOver)
                    #expect(
                        shard.gauges?.why?.contains("by connection \(connection)") == true,
                        "\(shard.gauges?.why ?? "-")")
                    let seen = try #require(shard.blockers.first)
                    #expect(seen.user == "application")
                    #expect(seen.lastStatement?.hasPrefix("UPDATE customer") == true)
                    // Only that shard has a server to look at.
                    #expect(waiting.shards[0].blockers.isEmpty)

                    try await application.execute("ROLLBACK")
                    double.unblock("the same, as the double knows it", on: "commerce/80-c0")
                    let done = try await running.waitUntilDone(id, limit: .seconds(120))
                    #expect(done.shards[2].blockers.isEmpty)
                }
            }
            await application.close()
        }
    }

    @Test("A server that cannot be asked is said to be so, and holds nothing up")
    func silent() async throws {
        try await VitessCluster.onDouble { double, cluster, world in
            let endpoint = VTGateEndpoint(cluster.options)
            var world = world
            world.executor = {
                VitessExecutor(
                    ["commerce": endpoint], clock: cluster.clock, wallClock: cluster.wallClock,
                    blockers: { _, shard throws(Failure) in
                        throw Failure(.accessDenied, "\(shard) answered with an error.", cause: "1045 (28000)")
                    })
            }
            try await world.withEngine { running in
                let id = try await running.submit(
                    table: cluster.table, alter: "ADD COLUMN note VARCHAR(32)", strategy: Self.strategy,
                    policy: Self.policy)
                _ = try await running.wait(id, for: "postponed") { $0.state == .postponed }
                double.block("customer", on: "commerce/80-c0", by: "a report")
                try await running.perform(.complete, id)
                let waiting = try await running.wait(id, for: "the shard to say so") { snapshot in
                    snapshot.shards[2].gauges?.details.contains { $0.label == "blockers" && $0.text.contains("1045") }
                        ?? false
                }
                #expect(waiting.shards[2].blockers.isEmpty)
                double.unblock("a report", on: "commerce/80-c0")
                _ = try await running.waitUntilDone(id, limit: .seconds(120))
            }
        }
    }

    /// The force dialog's lines, once the server shows the connection: a transaction counts from half a second on.
    private static func dialog(
        _ running: World.Running, _ id: MigrationID, naming connection: UInt64
    ) async throws -> [CommandPlan.Line] {
        let deadline = ContinuousClock.now + .seconds(20)
        var lines: [CommandPlan.Line] = []
        repeat {
            lines = try await running.engine.plan(CommandRequest(verb: .forceCutOver, migration: id, shards: [])).lines
        } while !lines.contains { $0.text.contains("connection \(connection)") } && ContinuousClock.now < deadline
        return lines
    }
}
