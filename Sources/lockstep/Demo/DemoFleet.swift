internal import Core
internal import Foundation
internal import Glibc
internal import Sandbox

/// The demo's engine: a process of its own on files an operator would have written, so that leaving the console, or killing
/// it, never touches the migration. It dies with the demo all the same.
struct DemoFleet: Sendable {
    let engine: WatchedProcess
    let link: FleetLink
    let clustersPath: String
    let manifestPath: String

    static func start(_ sandbox: ShardedSandbox, keyspace: String, shape: TableShape) async throws -> DemoFleet {
        let directory = try WatchedProcess.makeDirectory("demo")
        let options = directory + "/login.cnf"
        let clusters = directory + "/clusters.yaml"
        let manifest = directory + "/manifest.yaml"
        let login = sandbox.shards[0].primary.users.lockstep
        try write("[client]\nuser=\(login.user)\npassword=\(login.password)\n", to: options)
        try write(clusterFile(sandbox, keyspace, options), to: clusters)
        try write(manifestFile(shape, keyspace), to: manifest)
        let state = StateDirectory(option: directory + "/state")
        // What this person's environment says about other servers' users is not for the demo's.
        let engine = try await WatchedProcess.start(
            [
                "/usr/bin/env", "-u", "LOCKSTEP_MYSQL_USER", "-u", "LOCKSTEP_MYSQL_PASSWORD", "-u", "MYSQL_PWD",
                try executable(), "engine", "--clusters", clusters, "--state-dir", state.path,
            ], directory: directory)
        let fleet = DemoFleet(
            engine: engine, link: FleetLink(engineIn: state), clustersPath: clusters, manifestPath: manifest)
        do { try await fleet.waitUntilServing() } catch {
            await fleet.stop()
            throw error
        }
        return fleet
    }

    /// Lets the engine stop in order; its directory is removed.
    func stop() async { await engine.stop(within: .seconds(60)) }

    /// The migration now.
    func migration(_ id: MigrationID) async throws(Ending) -> MigrationSnapshot {
        let fleet = try await link.ask { service throws(ServiceError) in try await service.snapshot() }
        return try Choice.migration(id.hex, in: fleet)
    }

    private func waitUntilServing() async throws {
        let deadline = ContinuousClock.now + .seconds(30)
        while true {
            do throws(ServiceError) {
                _ = try await link.service.snapshot()
                return
            } catch {
                guard engine.isRunning, ContinuousClock.now < deadline else {
                    throw Ending(
                        Ending.Code.failed,
                        ["The demo's engine does not answer: \(error)"]
                            + engine.lastWords.split(separator: "\n").map { "  \($0)" })
                }
            }
            try await Task.sleep(for: .milliseconds(50))
        }
    }

    /// This very program.
    private static func executable() throws(Ending) -> String {
        var path = [CChar](repeating: 0, count: 4096)
        let count = readlink("/proc/self/exe", &path, path.count - 1)
        guard count > 0 else {
            throw Ending(
                Ending.Code.failed, "This program does not find its own file: \(String(cString: strerror(errno)))")
        }
        return String(decoding: path[..<count].map(UInt8.init(bitPattern:)), as: UTF8.self)
    }

    private static func write(_ text: String, to path: String) throws(Ending) {
        let attributes: [FileAttributeKey: Any] = [.posixPermissions: 0o600]
        guard FileManager.default.createFile(atPath: path, contents: Data(text.utf8), attributes: attributes) else {
            throw Ending(Ending.Code.failed, "\(path) cannot be written")
        }
    }

    private static func clusterFile(_ sandbox: ShardedSandbox, _ keyspace: String, _ options: String) -> String {
        let shards = sandbox.endpoints.map { shard in
            let replicas = shard.replicas.map { "\"\($0.host):\($0.port)\"" }.joined(separator: ", ")
            return "      - {name: \"\(shard.name)\", primary: \"\(shard.primary.host):\(shard.primary.port)\", "
                + "replicas: [\(replicas)]}\n"
        }
        return """
            apiVersion: lockstep/v1
            kind: Cluster
            metadata: {name: demo, production: false}
            credentials: {optionFile: "\(options)"}
            keyspaces:
              - name: \(keyspace)
                shards:

            """ + shards.joined()
    }

    private static func manifestFile(_ shape: TableShape, _ keyspace: String) -> String {
        """
        apiVersion: lockstep/v1
        kind: Migration
        metadata: {name: \(shape.table)-demo}
        spec:
          keyspace: \(keyspace)
          table: \(shape.table)
          alter: >-
            \(shape.alteration.clause)
          completion: postponed
          keepOldTable: 1h

        """
    }
}
