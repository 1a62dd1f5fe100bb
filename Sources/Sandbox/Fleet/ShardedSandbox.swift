internal import MySQLClient

/// A fleet of private shards, each a primary and a replica with real replication between them.
package struct ShardedSandbox: Sendable {
    /// Which kind of servers.
    package let family: ServerFamily
    /// In the order of their key ranges.
    package let shards: [ShardServers]

    /// Starts all servers, a few at a time, and returns when every replica follows its primary.
    ///
    /// All servers of one fleet have the same users and passwords. When one fails, those already started are stopped.
    /// - Parameter options: for every server; `serverID` and `readOnly` are set here.
    /// - Parameter startingAtOnce: how many servers may be starting at the same time.
    /// - Throws: `SandboxError`, or `MySQLError` when a server that runs refuses to replicate.
    package static func start(
        _ family: ServerFamily, shards count: Int = 4, options: ServerOptions = ServerOptions(),
        root: SandboxRoot = .standard, startingAtOnce: Int = 4
    ) async throws -> ShardedSandbox {
        let names = shardNames(count)
        let users = ServerUsers.generated()
        let started = await startServers(
            family, count: count, users: users, options: options, root: root, atOnce: max(1, startingAtOnce))
        let running = started.compactMap { $0.get }
        do {
            for server in started { _ = try server.result.get() }
            let shards = names.indices.map {
                ShardServers(name: names[$0], primary: running[$0 * 2], replica: running[$0 * 2 + 1])
            }
            for shard in shards { try await shard.startReplication() }
            for shard in shards {
                let status = try await shard.replicaStatus()
                guard status.lastError.isEmpty else {
                    throw SandboxError.unexpected("\(shard.replica.name) does not follow: \(status.lastError)")
                }
                try await shard.waitForReplica()
            }
            return ShardedSandbox(family: family, shards: shards)
        } catch {
            await stopAll(running)
            throw error
        }
    }

    /// Stops every server and removes its directory.
    package func stop() async { await Self.stopAll(shards.flatMap { [$0.primary, $0.replica] }) }

    /// Starts a fleet, hands it over and stops it afterwards, also when `body` throws.
    package static func with<Result: Sendable>(
        _ family: ServerFamily, shards: Int = 4, options: ServerOptions = ServerOptions(),
        _ body: (ShardedSandbox) async throws -> Result
    ) async throws -> Result {
        let sandbox = try await start(family, shards: shards, options: options)
        do {
            let result = try await body(sandbox)
            await sandbox.stop()
            return result
        } catch {
            await sandbox.stop()
            throw error
        }
    }

    /// What a cluster file needs to say about these shards.
    package var endpoints: [ShardEndpoint] {
        shards.map {
            ShardEndpoint(
                name: $0.name, primary: .init($0.primary, users: $0.primary.users),
                replicas: [.init($0.replica, users: $0.replica.users)])
        }
    }

    /// Makes a utf8mb4 database on every primary and waits until the replicas have it. Only `commerce` and names beginning
    /// with `ls_` are open to the application's and Lockstep's users.
    package func createDatabase(_ name: String) async throws {
        let database = try Identifier(name)
        for shard in shards { try await shard.primary.run("CREATE DATABASE \(database) CHARACTER SET utf8mb4") }
        for shard in shards { try await shard.waitForReplica() }
    }

    /// The shards as traffic sees them: the application's user on the primaries.
    package func trafficShards(database: String) -> [TrafficShard] {
        shards.map {
            TrafficShard(
                name: $0.name, connection: $0.primary.connectionOptions(.application), database: database)
        }
    }

    // MARK: Faults

    /// Kills a shard's primary as a crash would. `revive` starts it again on its data.
    package func kill(_ shard: Int) async { await shards[shard].primary.kill() }

    /// Starts a killed primary again.
    package func revive(_ shard: Int) async throws(SandboxError) { try await shards[shard].primary.restart() }

    /// Freezes a shard's primary: connections stay open and nothing answers.
    package func freeze(_ shard: Int) async throws(SandboxError) { try await shards[shard].primary.freeze() }

    /// Lets a frozen primary run again.
    package func thaw(_ shard: Int) async throws(SandboxError) { try await shards[shard].primary.thaw() }

    // MARK: Helpers

    private struct Started: Sendable {
        let result: Result<ServerProcess, SandboxError>
        var get: ServerProcess? {
            switch result {
            case .success(let server): server
            case .failure: nil
            }
        }
    }

    /// Servers in the order primary, replica, primary, replica.
    private static func startServers(
        _ family: ServerFamily, count: Int, users: ServerUsers, options: ServerOptions, root: SandboxRoot, atOnce: Int
    ) async -> [Started] {
        await withTaskGroup(of: (Int, Started).self) { group in
            var results: [Started?] = Array(repeating: nil, count: count * 2)
            func add(_ place: Int) {
                var options = options
                options.serverID = UInt32(place + 1)
                options.readOnly = place % 2 == 1
                let name = "s\(place / 2)\(place % 2 == 0 ? "p" : "r")"
                group.addTask { [options] in
                    do throws(SandboxError) {
                        let server = try await ServerProcess.start(
                            family, name: name, options: options, users: users, root: root)
                        return (place, Started(result: .success(server)))
                    } catch {
                        return (place, Started(result: .failure(error)))
                    }
                }
            }
            var next = min(atOnce, results.count)
            for place in 0..<next { add(place) }
            while let (place, started) = await group.next() {
                results[place] = started
                if next < results.count {
                    add(next)
                    next += 1
                }
            }
            return results.compactMap(\.self)
        }
    }

    private static func stopAll(_ servers: [ServerProcess]) async {
        await withTaskGroup(of: Void.self) { group in
            for server in servers { group.addTask { await server.stop() } }
        }
    }

    /// Vitess's names for equal key ranges: `-40`, `40-80`, `80-c0`, `c0-`; `-` for a single shard.
    static func shardNames(_ count: Int) -> [String] {
        let width = count > 256 ? 4 : 2
        func border(_ index: Int) -> String {
            guard index > 0, index < count else { return "" }
            let digits = String(index * (width == 4 ? 65_536 : 256) / count, radix: 16)
            return String(repeating: "0", count: width - digits.count) + digits
        }
        return (0..<count).map { "\(border($0))-\(border($0 + 1))" }
    }
}
