import Core
import Engine
import Foundation
import Journal
import MySQLClient
import OnlineSchemaChange
import Sandbox
import Schema

/// Real servers, the real engine on a real journal, and whoever operates it: what every scenario runs in.
struct World: Sendable {
    let sites: [ShardName: ShardSite]
    let shards: [ShardName]
    let keyspace: String
    /// The journal's directory; survives a crash of the engine.
    let directory: String
    /// Who carries out effects where it is not Lockstep's own executor on `sites`.
    var executor: (@Sendable () -> any ShardExecutor)?
    var clock: any Clock<Duration> = ContinuousClock()
    var wallClock: @Sendable () -> Timestamp = {
        Timestamp(milliseconds: Int64(Date().timeIntervalSince1970 * 1000))
    }

    /// What went wrong, when a migration did not get where the scenario wanted it.
    struct Stuck: Error, CustomStringConvertible {
        let description: String
    }

    /// The engine of one life of the world.
    struct Running: Sendable {
        let engine: Engine
        let world: World
    }

    /// Runs an engine while `body` runs, then stops it in an orderly way.
    func withEngine<R: Sendable>(_ body: @escaping @Sendable (Running) async throws -> R) async throws -> R {
        let engine = try await makeEngine()
        return try await withThrowingTaskGroup(of: R?.self) { group in
            group.addTask {
                try await engine.run()
                return nil
            }
            group.addTask { try await body(Running(engine: engine, world: self)) }
            defer { engine.stop() }
            while let result = try await group.next() {
                if let result {
                    engine.stop()
                    try await group.waitForAll()
                    return result
                }
            }
            throw Stuck(description: "the engine ended before the scenario did")
        }
    }

    /// Runs an engine while `body` runs, then lets it die without an orderly end: what is in flight stays where it is, the
    /// executor's work is cancelled and its locks fall.
    func untilDeath<R: Sendable>(_ body: @escaping @Sendable (Running) async throws -> R) async throws -> R {
        let engine = try await makeEngine()
        return try await withThrowingTaskGroup(of: R?.self) { group in
            group.addTask {
                try await engine.run()
                return nil
            }
            group.addTask { try await body(Running(engine: engine, world: self)) }
            defer { group.cancelAll() }
            guard let first = try await group.next(), let result = first else {
                throw Stuck(description: "the engine ended before it was to die")
            }
            group.cancelAll()
            try await group.waitForAll()
            return result
        }
    }

    /// Lockstep's own executor on the world's sites.
    func ownExecutor() -> OnlineSchemaChangeExecutor {
        OnlineSchemaChangeExecutor(
            sites: sites,
            environment: ExecutorEnvironment(
                clock: clock, wallClock: wallClock,
                replicaID: { UInt32.random(in: 3_000_000_000...4_000_000_000) }))
    }

    private func makeEngine() async throws -> Engine {
        let journal = try await EventLog.open(at: directory + "/journal.sqlite", pageLimit: nil)
        let wallClock = wallClock
        let executor = executor?() ?? ownExecutor()
        let shards = shards
        let keyspace = keyspace
        return try await Engine(
            journal: journal, executor: executor,
            settings: EngineSettings(
                environment: Environment(name: "test", isProduction: false),
                shards: { $0 == keyspace ? shards : [] },
                differences: { reference, other in
                    reference.definition.split(separator: "\n").filter { !other.definition.contains($0) }.map(String.init)
                },
                clock: clock, wallClock: wallClock, askLimit: .seconds(20), stopLimit: .seconds(10)))
    }
}

extension MigrationPolicy {
    /// For scenarios about rows, not about time: a busy machine may hold writes longer, and tries again soon.
    static let patient = MigrationPolicy(
        postponeCompletion: false,
        cutOver: CutOverPolicy(
            lockWait: .seconds(2), threshold: .seconds(10), blockerAge: .seconds(5), maxTail: .seconds(10),
            backOff: [.zero, .seconds(1)]))
}

extension World.Running {
    static let somebody = OperatorIdentity(user: "test", host: "here")

    func submit(
        table: String, alter: String, sql: String? = nil, strategy: Strategy = .online, policy: MigrationPolicy = .patient
    ) async throws -> MigrationID {
        var random = SystemRandomNumberGenerator()
        let id = MigrationID(using: &random)
        _ = try await engine.submit(
            Submission(
                id: id, name: "scenario", keyspace: world.keyspace, table: table, alter: alter, sql: sql,
                strategy: strategy, policy: policy),
            by: Self.somebody)
        return id
    }

    @discardableResult
    func perform(
        _ verb: Verb, _ id: MigrationID, shards: [ShardName] = [], options: CommandOptions = CommandOptions()
    ) async throws -> CommandReceipt {
        try await engine.perform(
            CommandRequest(verb: verb, migration: id, shards: shards, options: options), planHash: nil, by: Self.somebody, reason: "scenario")
    }

    /// The first snapshot of the migration that satisfies `condition`.
    func wait(
        _ id: MigrationID, for what: String, limit: Duration = .seconds(90),
        until condition: @escaping @Sendable (MigrationSnapshot) -> Bool
    ) async throws -> MigrationSnapshot {
        let engine = engine
        return try await withThrowingTaskGroup(of: MigrationSnapshot?.self) { group in
            group.addTask {
                for await fleet in try await engine.snapshots() {
                    if let migration = fleet.migrations.first(where: { $0.spec.id == id }), condition(migration) {
                        return migration
                    }
                }
                throw World.Stuck(description: "the engine ended while waiting for \(what)")
            }
            group.addTask {
                try await Task.sleep(for: limit)
                return nil
            }
            defer { group.cancelAll() }
            if let found = try await group.next(), let migration = found { return migration }
            let fleet = try await engine.snapshot()
            let migration = fleet.migrations.first { $0.spec.id == id }
            throw World.Stuck(
                description: "not \(what) within \(limit): \(migration?.state.rawValue ?? "unknown")\n"
                    + (migration?.shards ?? []).map { shard in
                        "  \(shard.name) \(shard.phase) \(shard.failure?.lines.joined(separator: " ") ?? "")"
                            + " \(shard.lastFailure?.what ?? "") \(shard.gauges?.activity ?? "")"
                            + " copied \(shard.gauges?.rowsCopied ?? -1) tail \(String(describing: shard.gauges?.tail))"
                    }.joined(separator: "\n")
                    + "\n" + (migration?.events.suffix(30) ?? []).map { "  \($0.at.clockText) \($0.text)" }.joined(separator: "\n"))
        }
    }

    /// Gives the order, again after an attempt that failed for want of time, until the migration is done.
    func insist(_ verb: Verb, _ id: MigrationID) async throws {
        while true {
            let made = try await engine.snapshot().migrations.first { $0.spec.id == id }?.attempts.count ?? 0
            try await perform(verb, id)
            let after = try await wait(id, for: "done, or refused again") { snapshot in
                snapshot.state == .done || (snapshot.state == .backingOff && snapshot.attempts.count > made)
            }
            if after.state == .done { return }
        }
    }

    /// Waits until it is done; a failure ends the wait at once.
    func waitUntilDone(_ id: MigrationID, limit: Duration = .seconds(90)) async throws -> MigrationSnapshot {
        let end = try await wait(id, for: "done", limit: limit) { [.done, .failed, .held, .cancelled].contains($0.state) }
        guard end.state == .done else {
            throw World.Stuck(
                description: "\(end.state.rawValue): "
                    + end.shards.compactMap { $0.failure?.lines.joined(separator: "\n") }.joined(separator: "\n"))
        }
        return end
    }
}

extension World {
    /// A keyspace of `count` databases on one shared server, with the traffic's view of them. Everything is gone afterwards.
    static func onSharedServer<R: Sendable>(
        _ family: Family, shards count: Int = 2,
        _ body: @escaping @Sendable (World, [TrafficShard]) async throws -> R
    ) async throws -> R {
        let server = try await SandboxServers.sharedServer(family)
        return try await nested(server, count, []) { databases in
            try await withDirectory { directory in
                var sites: [ShardName: ShardSite] = [:]
                var names: [ShardName] = []
                var traffic: [TrafficShard] = []
                for (index, database) in databases.enumerated() {
                    let name = ShardName(keyspace: "commerce", shard: "s\(index)")
                    names.append(name)
                    sites[name] = ShardSite(
                        shard: name, database: database, primary: server.connectionOptions(.lockstep), replicas: [])
                    traffic.append(
                        TrafficShard(
                            name: name.shard, connection: server.connectionOptions(.application), database: database))
                }
                return try await body(
                    World(sites: sites, shards: names, keyspace: "commerce", directory: directory), traffic)
            }
        }
    }

    private static func nested<R: Sendable>(
        _ server: ServerProcess, _ left: Int, _ databases: [String],
        _ body: @escaping @Sendable ([String]) async throws -> R
    ) async throws -> R {
        if left == 0 { return try await body(databases) }
        return try await server.withDatabase { name in
            try await nested(server, left - 1, databases + [name], body)
        }
    }

    /// A directory for a journal, gone afterwards.
    static func withDirectory<R: Sendable>(_ body: @Sendable (String) async throws -> R) async throws -> R {
        let directory = NSTemporaryDirectory() + "lockstep-scenario-\(UUID().uuidString)"
        try FileManager.default.createDirectory(
            atPath: directory, withIntermediateDirectories: true, attributes: [.posixPermissions: 0o700])
        defer { remove(directory) }
        return try await body(directory)
    }

    private static func remove(_ directory: String) {
        if ProcessInfo.processInfo.environment["LOCKSTEP_KEEP_JOURNALS"] != nil { return }
        do { try FileManager.default.removeItem(atPath: directory) } catch { print("\(directory) stays: \(error)") }
    }

    /// Tables on any shard that only a migration can have made.
    func artifacts() async throws -> [String] {
        var found: [String] = []
        for site in sites.values {
            let connection = try await Connection.open(site.primary)
            for row in try await connection.query(
                "SELECT TABLE_NAME FROM information_schema.TABLES WHERE TABLE_SCHEMA = \(.string(site.database))")
            {
                let name = try row.string(0)
                if ArtifactNames.isArtifact(name) { found.append("\(site.shard): \(name)") }
            }
            await connection.close()
        }
        return found
    }
}
