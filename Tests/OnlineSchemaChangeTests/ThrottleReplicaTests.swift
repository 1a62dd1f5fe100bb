import Core
import MySQLClient
import OnlineSchemaChange
import Sandbox
import Testing

@Suite("The lag of a real replica")
struct ThrottleReplicaTests {
    /// A primary and a replica of it that has caught up.
    static func pair(_ family: TestFamily) async throws -> (primary: TestDatabase, replica: TestDatabase) {
        let primary = TestDatabase(server: try await ServerProcess.start(family, name: "source"), name: "commerce")
        let replica = TestDatabase(
            server: try await ServerProcess.start(
                family, name: "replica", options: ServerOptions(serverID: 2, readOnly: true)), name: "commerce")
        let source = try await primary.root(selected: false)
        let target = try await replica.root(selected: false)
        let login = primary.server.users.replication
        let place = SQL(verbatim: "'127.0.0.1'")
        switch family {
        case .mariadb:
            try await target.execute("SET GLOBAL gtid_slave_pos = ''")
            try await target.execute(
                """
                CHANGE MASTER TO MASTER_HOST = \(place), MASTER_PORT = \(.uint(UInt64(primary.server.port))), \
                MASTER_USER = \(SQL(verbatim: "'\(login.user)'")), \
                MASTER_PASSWORD = \(SQL(verbatim: "'\(login.password)'")), MASTER_USE_GTID = slave_pos
                """, values: .literal)
            try await target.execute("START SLAVE")
        case .mysql:
            try await target.execute(
                """
                CHANGE REPLICATION SOURCE TO SOURCE_HOST = \(place), \
                SOURCE_PORT = \(.uint(UInt64(primary.server.port))), \
                SOURCE_USER = \(SQL(verbatim: "'\(login.user)'")), \
                SOURCE_PASSWORD = \(SQL(verbatim: "'\(login.password)'")), SOURCE_AUTO_POSITION = 1, \
                GET_SOURCE_PUBLIC_KEY = 1
                """, values: .literal)
            try await target.execute("START REPLICA")
        }
        try await source.execute("CREATE DATABASE IF NOT EXISTS commerce")
        try await source.execute("CREATE TABLE commerce.t (a INT PRIMARY KEY)")
        try await expectEventually(within: .seconds(30)) {
            try await TableInspector.names(target, database: "commerce").contains("t")
        }
        await source.close()
        await target.close()
        return (primary, replica)
    }

    @Test(
        "A running replica has a lag; one that is behind holds by how much; a stopped or dead one holds as unknown",
        .timeLimit(.minutes(3)), arguments: testFamilies)
    func lag(family: TestFamily) async throws {
        let (primary, replica) = try await Self.pair(family)
        let policy = ThrottlePolicy(
            maxReplicaLag: .seconds(1), maxThreadsRunning: nil, maxHistoryLength: nil, query: nil)
        let server = Throttler.Server(name: "replica", options: replica.options(replica.server.users.lockstep))
        let throttler = ThrottlerTests.throttler(primary, policy, replicas: [server])
        let (source, target) = (try await primary.root(), try await replica.root())
        try await ThrottlerTests.running(throttler) {
            try await throttler.waitUntilAllowed()
            #expect(throttler.replicaLags == [ReplicaLag(host: "replica", lag: .zero)])
            // A lock on the replica keeps its applier waiting: it falls behind while both threads run.
            try await target.execute("LOCK TABLES t READ")
            try await source.execute("INSERT INTO t VALUES (1)")
            try await expectEventually(within: .seconds(30)) {
                throttler.verdict?.source == .replicaLag && throttler.verdict?.limit == "1.0s"
                    && throttler.replicaLags.first?.lag ?? .zero > .seconds(1)
            }
            #expect(throttler.verdict?.by == "replica")
            try await target.execute("UNLOCK TABLES")
            try await throttler.waitUntilAllowed()
            try await target.execute(family == .mysql ? "STOP REPLICA SQL_THREAD" : "STOP SLAVE SQL_THREAD")
            try await expectEventually { throttler.verdict?.value == "SQL thread stopped" }
            #expect(throttler.replicaLags == [ReplicaLag(host: "replica", lag: nil)])
            try await target.execute(family == .mysql ? "START REPLICA" : "START SLAVE")
            try await throttler.waitUntilAllowed()
            await replica.server.kill()
            try await expectEventually { throttler.verdict?.value == "no answer" }
        }
        await source.close()
        await target.close()
        await replica.server.stop()
        await primary.server.stop()
    }
}
