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
        _ family: ServerFamily, _ root: SandboxRoot, _ options: ServerOptions, isSpaceKnown: Bool = true,
        _ body: @escaping @Sendable (World, TrafficGenerator, ServerProcess) async throws -> R
    ) async throws -> R {
        try await World.onSharedServer(family, shards: 1) { shared, first in
            var options = options
            // What is not at plain loopback counts as far away: nobody tells what is free there.
            options.extra.append("--bind-address=127.0.0.1,127.0.0.2")
            let server = try await ServerProcess.start(family, name: "full", options: options, root: root)
            var primary = server.connectionOptions(.lockstep)
            if !isSpaceKnown { primary.address = .tcp(host: "127.0.0.2", port: server.port) }
            let address = primary
            do {
                let result = try await server.withDatabase { database in
                    let name = ShardName(keyspace: shared.keyspace, shard: "full")
                    var sites = shared.sites
                    sites[name] = ShardSite(
                        shard: name, database: database, primary: address, replicas: [])
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

    /// What the server does without space is its own affair, and not the same each time: InnoDB answers 1114, or it ends as a whole
    /// (MariaDB when the undo of that statement needs a page itself). Nothing may be lost either way.
    @Test(
        "No room for the copy: the shard fails and gives its space back, or the server ends; with room it ends right",
        arguments: ServerFamily.available)
    func noRoomForRows(_ family: ServerFamily) async throws {
        try await SmallDisk.with(mebibytes: 1024) { disk in
            let binlogs = NSTemporaryDirectory() + "ls-binlogs-\(UInt32.random(in: 0...UInt32.max))"
            try FileManager.default.createDirectory(atPath: binlogs, withIntermediateDirectories: false)
            defer {
                do { try FileManager.default.removeItem(atPath: binlogs) } catch { print("\(binlogs) stays: \(error)") }
            }
            let options = ServerOptions(serverID: 2, extra: ["--log-bin=\(binlogs)/binlog", "--tmpdir=\(binlogs)"])
            try await Self.world(family, SandboxRoot(path: disk.path + "/r"), options, isSpaceKnown: false) { world, traffic, server in
                try await world.withEngine { running in
                    let id = try await running.submit(
                        table: "orders", alter: TableShape.orders.alteration.clause, policy: Self.postponed)
                    // Preflight finds room; it is gone before the first rows are copied.
                    try await running.perform(.throttle, id, shards: [world.shards[1]])
                    _ = try await running.wait(id, for: "copying") { Self.shard($0)?.phase == .copying }
                    try disk.fillHoles()
                    try disk.fill(leaving: 3 << 20)
                    try await running.perform(.unthrottle, id, shards: [world.shards[1]])

                    let met = try await running.wait(id, for: "failed, or the server is away") {
                        Self.shard($0)?.phase == .failed
                            || Self.shard($0)?.gauges?.activity.hasPrefix("reconnecting") == true
                    }
                    let other = try await running.wait(id, for: "ready") { $0.shards[0].phase == .ready }
                    #expect(other.shards[0].failure == nil)
                    let failure = Self.shard(met)?.failure
                    if let failure, await server.isRunning {
                        #expect(failure.kind == .diskFull, "\(failure)")
                        #expect(failure.now?.contains("dropped, and its space given back") == true, "\(failure)")
                        #expect(failure.next?.contains("retry") == true)
                        #expect(Self.shard(met)?.artifacts.isEmpty == true)
                        disk.makeRoom()
                    } else {
                        print("\(family) ended without space: \(failure?.what ?? "the shard waits for it")")
                        await server.kill()
                        disk.makeRoom()
                        try await server.restart()
                    }
                    // Gone on by itself, or failed: one of two workers may have been answered before the server ended.
                    let next = try await running.wait(id, for: "ready, or failed") {
                        $0.state == .postponed || Self.shard($0)?.phase == .failed
                    }
                    if Self.shard(next)?.phase == .failed {
                        #expect(Self.shard(next)?.failure?.kind != .copyFailed, "\(Self.shard(next)?.failure?.lines ?? [])")
                        try await running.perform(.retry, id, shards: [world.shards[1]])
                    }
                    try await Self.finish(id, running, traffic, world)
                }
            }
        }
    }

    @Test(
        "Hardly any room left: where that can be seen, the copy ends before the server has none, and a retry ends right",
        arguments: ServerFamily.available)
    func seenComing(_ family: ServerFamily) async throws {
        try await SmallDisk.with(mebibytes: 1024) { disk in
            let options = ServerOptions(serverID: 2)
            try await Self.world(family, SandboxRoot(path: disk.path + "/r"), options) { world, traffic, server in
                let process = await server.processID
                try await traffic.during {
                    try await world.withEngine { running in
                        let full = world.shards[1]
                        let id = try await running.submit(
                            table: "orders", alter: TableShape.orders.alteration.clause, policy: Self.postponed)
                        // It stays held: the run ends although it writes nothing at the moment.
                        try await running.perform(.throttle, id, shards: [full])
                        _ = try await running.wait(id, for: "copying") { Self.shard($0)?.phase == .copying }
                        try disk.fill(leaving: 64 << 20)
                        let failed = try await running.wait(id, for: "failed, the other ready") {
                            Self.shard($0)?.phase == .failed && $0.shards[0].phase == .ready
                        }
                        let failure = try #require(Self.shard(failed)?.failure)
                        #expect(failure.kind == .diskFull, "\(failure)")
                        #expect(failure.now?.contains("dropped, and its space given back") == true, "\(failure)")
                        disk.makeRoom()
                        try await running.perform(.retry, id, shards: [full])
                        try await running.perform(.unthrottle, id, shards: [full])
                        _ = try await running.wait(id, for: "ready") { $0.state == .postponed }
                        try await running.perform(.complete, id)
                        _ = try await running.waitUntilDone(id)
                        try await running.perform(.cleanup, id)
                        _ = try await running.wait(id, for: "clean") { $0.shards.allSatisfy(\.artifacts.isEmpty) }
                    }
                }
                for index in world.shards.indices {
                    let verification = try await traffic.verify(shard: index, altered: true)
                    #expect(verification.isExact, "\(verification)")
                }
                #expect(traffic.report().errors.isEmpty, "\(traffic.report().errors.prefix(5))")
                #expect(try await world.artifacts() == [])
                #expect(await server.processID == process)
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
