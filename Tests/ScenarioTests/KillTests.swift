import Control
import Core
import Foundation
import Glibc
import MySQLClient
import OnlineSchemaChange
import Sandbox
import Testing

@Suite("The program killed with -9", .serialized)
struct KillTests {
    @Test(
        "Killed while copying and started again, it goes on from its checkpoint and ends right",
        arguments: ServerFamily.available)
    func whileCopying(_ family: ServerFamily) async throws {
        try await World.onSharedServer(family, shards: 2) { world, shards in
            let traffic = try TrafficGenerator(
                shape: .orders, shards: shards,
                options: TrafficOptions(writersPerShard: 1, readersPerShard: 1, rate: 50))
            try await traffic.createTables()
            try await traffic.load(rowsPerShard: 40_000)
            try await traffic.during {
                try await withProgram { program in
                    let station = try await Station(program, world, family)
                    defer { station.endWhateverRuns() }
                    let first = try station.start()
                    try await station.apply()
                    let before = try await station.wait(for: "copying") { migration in
                        // A shard that has no checkpoint yet would begin anew.
                        migration.shards.allSatisfy { ($0.gauges?.rowsCopied ?? 0) > 0 }
                            && migration.shards.contains { $0.phase == .copying }
                    }
                    try await station.kill(first)
                    #expect(try await world.artifacts().isEmpty == false)

                    let second = try station.start()
                    let after = try await station.wait(for: "back") { $0.spec.id == before.spec.id }
                    #expect(after.shards.allSatisfy { $0.phase != .failed })
                    let done = try await station.wait(for: "done") { [.done, .failed].contains($0.state) }
                    #expect(done.state == .done, "\(done.shards.compactMap(\.failure))")
                    // Gone on, not begun anew: no shard made a second shadow table.
                    let created = done.events.filter { $0.text.hasPrefix("creates shadow table") }
                    #expect(created.count <= shards.count, "\(created.map(\.text))")
                    let cleanup = try await program.run(
                        "cleanup", "--confirm", "cleanup 2 orders", "--reason", "test", "--wait")
                    #expect(cleanup.code == 0, "\(cleanup)")
                    try await station.kill(second)
                }
            }
            for shard in shards.indices {
                let verification = try await traffic.verify(shard: shard, altered: true)
                #expect(verification.isExact, "\(verification)")
            }
            #expect(traffic.report().errors.isEmpty, "\(traffic.report().errors.prefix(5))")
            #expect(try await world.artifacts() == [])
        }
    }
}

/// The program in its own process on the world's shards, with its files.
private struct Station {
    let program: Program
    let clusters: String
    let manifest: String
    let password: String

    init(_ program: Program, _ world: World, _ family: ServerFamily) async throws {
        self.program = program
        let server = try await SandboxServers.sharedServer(family)
        password = server.users.lockstep.password
        let entries = world.shards.compactMap { world.sites[$0] }.map { site in
            "          - {name: \"\(site.shard.shard)\", primary: \"\(site.primary.address)\", database: \(site.database)}\n"
        }
        clusters = try program.write(
            """
            apiVersion: lockstep/v1
            kind: Cluster
            metadata: {name: test}
            credentials: {user: \(server.users.lockstep.user), passwordEnv: LOCKSTEP_TEST_PASSWORD}
            tls: {mode: preferred}
            keyspaces:
              - name: commerce
                shards:

            """ + entries.joined(), "clusters.yaml")
        // Small chunks make the copy long enough to be met in the middle.
        manifest = try program.write(
            """
            apiVersion: lockstep/v1
            kind: Migration
            metadata: {name: kill}
            spec:
              keyspace: commerce
              table: orders
              alter: \(TableShape.orders.alteration.clause)
              completion: automatic
              copy: {chunkTime: 5ms, workers: 1}
              cutOver: {lockWait: 2s, threshold: 10s, blockerAge: 5s, maxTail: 10s, backOff: [0s, 1s]}

            """, "manifest.yaml")
    }

    func start() throws -> Program.Running {
        try program.start(["engine", "--clusters", clusters], environment: ["LOCKSTEP_TEST_PASSWORD": password])
    }

    func apply() async throws {
        try await eventually("the engine answers") {
            try await program.run("apply", "-f", manifest).code == 0
        }
    }

    /// Ends the engine the hard way: the process that owns the journal.
    func kill(_ running: Program.Running) async throws {
        let pid = try #require(owner)
        #expect(Glibc.kill(pid, SIGKILL) == 0)
        await running.end()
    }

    /// For a test that failed half-way: nothing it started stays.
    func endWhateverRuns() {
        guard let pid = owner, let name = try? program.text("/proc/\(pid)/comm"), name.hasPrefix("lockstep") else {
            return
        }
        _ = Glibc.kill(pid, SIGKILL)
    }

    /// The journal's owner, as its lock file names it; an old one's number after its end.
    private var owner: pid_t? {
        let text = try? program.text(program.directory + "/state/journal.sqlite.lock")
        return text.flatMap { pid_t($0.trimmingCharacters(in: .whitespacesAndNewlines)) }
    }

    func wait(
        for what: String, _ condition: @escaping @Sendable (MigrationSnapshot) -> Bool
    ) async throws -> MigrationSnapshot {
        let client = ControlClient(
            path: program.directory + "/state/engine.sock", clock: ContinuousClock(), timeout: .seconds(10))
        var last: MigrationSnapshot?
        try await eventually(what) {
            do { last = try await client.snapshot().migrations.first } catch { last = nil }
            return last.map(condition) ?? false
        }
        return try #require(last)
    }

    private func eventually(_ what: String, _ condition: () async throws -> Bool) async throws {
        let clock = ContinuousClock()
        let end = clock.now + .seconds(90)
        while clock.now < end {
            if try await condition() { return }
            try await clock.sleep(for: .milliseconds(20))
        }
        throw World.Stuck(description: "not within 90 s: \(what)")
    }
}
