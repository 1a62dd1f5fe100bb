import Core
import Foundation
import MySQLClient
import OnlineSchemaChange
import Sandbox
import Testing

@Suite("A full disk on one shard", .serialized, .enabled(if: SmallDisk.isPermitted, "needs the right to mount"))
struct FullDiskTests {
    /// Two shards: the first on the shared server, the second on one of its own.
    private static func world<R: Sendable>(
        _ family: ServerFamily, _ root: SandboxRoot, _ options: ServerOptions,
        _ body: @escaping @Sendable (World, TrafficGenerator, ServerProcess) async throws -> R
    ) async throws -> R {
        try await World.onSharedServer(family, shards: 1) { shared, first in
            let server = try await ServerProcess.start(family, name: "full", options: options, root: root)
            do {
                let result = try await server.withDatabase { database in
                    let name = ShardName(keyspace: shared.keyspace, shard: "full")
                    var sites = shared.sites
                    sites[name] = ShardSite(
                        shard: name, database: database, primary: server.connectionOptions(.lockstep), replicas: [])
                    let world = World(
                        sites: sites, shards: shared.shards + [name], keyspace: shared.keyspace,
                        directory: shared.directory)
                    let second = TrafficShard(
                        name: name.shard, connection: server.connectionOptions(.application), database: database)
                    let traffic = try TrafficGenerator(
                        shape: .orders, shards: first + [second],
                        options: TrafficOptions(writersPerShard: 1, readersPerShard: 1, rate: 50))
                    try await traffic.createTables()
                    try await traffic.load(rowsPerShard: 40_000)
                    return try await body(world, traffic, server)
                }
                await server.stop()
                return result
            } catch {
                await server.stop()
                throw error
            }
        }
    }

    private static func shard(_ migration: MigrationSnapshot) -> ShardSnapshot? { migration.shards.last }

    private static var postponed: MigrationPolicy {
        var policy = MigrationPolicy.patient
        policy.postponeCompletion = true
        return policy
    }

    private static func finish(_ id: MigrationID, _ running: World.Running, _ traffic: TrafficGenerator, _ world: World)
        async throws
    {
        try await traffic.during {
            _ = try await running.wait(id, for: "ready", limit: .seconds(180)) { $0.state == .postponed }
            try await running.perform(.complete, id)
            _ = try await running.waitUntilDone(id)
            try await running.perform(.cleanup, id)
            _ = try await running.wait(id, for: "clean") { $0.shards.allSatisfy(\.artifacts.isEmpty) }
        }
        for index in world.shards.indices {
            let verification = try await traffic.verify(shard: index, altered: true)
            #expect(verification.isExact, "\(verification)")
        }
        #expect(traffic.report().errors.isEmpty, "\(traffic.report().errors.prefix(5))")
        #expect(try await world.artifacts() == [])
    }

    @Test(
        "No room for the copy: the shard fails and gives its space back, the other is unharmed, and a retry ends right",
        arguments: ServerFamily.available)
    func noRoomForRows(_ family: ServerFamily) async throws {
        try await SmallDisk.with(mebibytes: 600) { disk in
            let binlogs = NSTemporaryDirectory() + "ls-binlogs-\(UInt32.random(in: 0...UInt32.max))"
            try FileManager.default.createDirectory(atPath: binlogs, withIntermediateDirectories: false)
            defer {
                do { try FileManager.default.removeItem(atPath: binlogs) } catch { print("\(binlogs) stays: \(error)") }
            }
            let options = ServerOptions(serverID: 2, extra: ["--log-bin=\(binlogs)/binlog"])
            try await Self.world(family, SandboxRoot(path: disk.path + "/r"), options) { world, traffic, _ in
                try await world.withEngine { running in
                    let id = try await running.submit(
                        table: "orders", alter: TableShape.orders.alteration.clause, policy: Self.postponed)
                    // Preflight finds room; it is gone before the first rows are copied.
                    try await running.perform(.throttle, id, shards: [world.shards[1]])
                    _ = try await running.wait(id, for: "copying") { Self.shard($0)?.phase == .copying }
                    try disk.fill(leaving: 1 << 20)
                    try await running.perform(.unthrottle, id, shards: [world.shards[1]])

                    let failed = try await running.wait(id, for: "failed") { Self.shard($0)?.phase == .failed }
                    let failure = try #require(Self.shard(failed)?.failure)
                    #expect(failure.kind == .diskFull, "\(failure)")
                    #expect(failure.now?.contains("dropped, and its space given back") == true, "\(failure)")
                    #expect(failure.next?.contains("retry") == true)
                    #expect(Self.shard(failed)?.artifacts.isEmpty == true)
                    let other = try await running.wait(id, for: "ready") { $0.shards[0].phase == .ready }
                    #expect(other.shards[0].failure == nil)

                    disk.makeRoom()
                    try await running.perform(.retry, id, shards: [world.shards[1]])
                    try await Self.finish(id, running, traffic, world)
                }
            }
        }
    }

    @Test(
        "No room for the binlog: the shard waits and says so, an engine that stops meanwhile ends no server, and it goes on by itself",
        arguments: ServerFamily.available)
    func noRoomForBinlog(_ family: ServerFamily) async throws {
        try await SmallDisk.with(mebibytes: 160) { disk in
            let options = ServerOptions(serverID: 2, extra: ["--log-bin=\(disk.path)/binlog"])
            try await Self.world(family, .standard, options) { world, traffic, server in
                let process = await server.processID
                let id = try await world.withEngine { running in
                    let id = try await running.submit(
                        table: "orders", alter: TableShape.orders.alteration.clause, policy: Self.postponed)
                    try await running.perform(.throttle, id, shards: [world.shards[1]])
                    _ = try await running.wait(id, for: "copying") { Self.shard($0)?.phase == .copying }
                    try disk.fill(leaving: 1 << 20)
                    try await running.perform(.unthrottle, id, shards: [world.shards[1]])
                    let waiting = try await running.wait(id, for: "waiting for space") {
                        Self.shard($0)?.gauges?.activity.contains("waits for disk space") == true
                    }
                    #expect(Self.shard(waiting)?.phase == .copying)
                    _ = try await running.wait(id, for: "ready") { $0.shards[0].phase == .ready }
                    return id
                }
                // Stopping ended our calls, and no session that waits in its commit was killed.
                #expect(await server.processID == process)
                let eyes = try await server.connect()
                #expect(try await CommitWait.list(on: eyes).isEmpty == false)
                await eyes.close()
                disk.makeRoom()
                try await world.withEngine { running in try await Self.finish(id, running, traffic, world) }
                #expect(await server.processID == process)
            }
        }
    }
}
