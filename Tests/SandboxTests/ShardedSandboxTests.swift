import MySQLClient
import Sandbox
import Testing

@Suite("A fleet of private shards", .serialized)
struct ShardedSandboxTests {
    @Test(
        "Two shards under traffic: replicas end up equal to their primaries and to the ledger",
        arguments: ServerFamily.available)
    func replicasFollow(family: ServerFamily) async throws {
        try await ShardedSandbox.with(family, shards: 2) { sandbox in
            #expect(sandbox.endpoints.map(\.name) == ["-80", "80-"])
            #expect(Set(sandbox.endpoints.flatMap { [$0.primary.port] + $0.replicas.map(\.port) }).count == 4)
            try await sandbox.createDatabase("commerce")
            let traffic = try TrafficGenerator(shape: .orders, shards: sandbox.trafficShards(database: "commerce"))
            try await traffic.createTables()
            try await traffic.load(rowsPerShard: 1000)

            try await sandbox.shards[1].stopApplying()
            try await traffic.during {
                try await until { traffic.report().operations > 1000 }
                #expect(try await sandbox.shards[1].replicaStatus().isApplying == false)
                try await sandbox.freeze(0)
                traffic.resetStall()
                try await until { traffic.longestStall(shard: 0) > .milliseconds(200) }
                try await sandbox.thaw(0)
                let done = traffic.report(shard: 0).operations
                try await until { traffic.report(shard: 0).operations > done + 100 }
            }
            try await sandbox.shards[1].startApplying()

            #expect(traffic.report().errors.map(\.description) == [])
            for (index, shard) in sandbox.shards.enumerated() {
                try await shard.waitForReplica()
                let primary = try await traffic.verify(shard: index, altered: false)
                #expect(primary.isExact, "\(primary)")
                let replica = try await traffic.verify(
                    shard: index, altered: false, through: shard.replica.connectionOptions(.application))
                #expect(replica.isExact, "\(replica)")
                #expect(replica.rowsCompared == primary.rowsCompared)
            }
        }
    }

    @Test(
        "A killed primary comes back with its data and its replica goes on following", arguments: ServerFamily.available
    )
    func revived(family: ServerFamily) async throws {
        try await ShardedSandbox.with(family, shards: 1) { sandbox in
            try await sandbox.createDatabase("commerce")
            let primary = sandbox.shards[0].primary
            try await primary.run("CREATE TABLE commerce.t (id INT PRIMARY KEY)")
            await sandbox.kill(0)
            try await sandbox.revive(0)
            try await primary.run("INSERT INTO commerce.t VALUES (1)")
            try await sandbox.shards[0].waitForReplica()
            let replica = try await sandbox.shards[0].replica.connect(.application)
            #expect(try await replica.query("SELECT id FROM commerce.t").single().int(0) == 1)
            await #expect(throws: MySQLError.self) { try await replica.execute("INSERT INTO commerce.t VALUES (2)") }
            await replica.close()
        }
    }
}
