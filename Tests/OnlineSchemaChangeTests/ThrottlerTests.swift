import Core
import MySQLClient
import OnlineSchemaChange
import Sandbox
import Testing

@Suite("Throttling on real servers")
struct ThrottlerTests {
    static func throttler(
        _ database: TestDatabase, _ policy: ThrottlePolicy, replicas: [Throttler.Server] = []
    ) -> Throttler {
        Throttler(
            primary: .init(name: "primary", options: database.options(database.server.users.lockstep)),
            replicas: replicas, policy: policy, interval: .milliseconds(100), clock: ContinuousClock(),
            wallClock: { Timestamp(milliseconds: 1_000) })
    }

    /// Runs the throttler for as long as `body` takes.
    static func running(_ throttler: Throttler, _ body: () async throws -> Void) async throws {
        try await withThrowingTaskGroup(of: Void.self) { group in
            group.addTask { await throttler.run() }
            try await body()
            group.cancelAll()
        }
    }

    static let quiet = ThrottlePolicy(
        maxReplicaLag: nil, maxThreadsRunning: 10_000, maxHistoryLength: 100_000_000, query: nil)

    @Test(
        "Nothing is allowed before every gauge was read; then a calm server lets the copy go on",
        arguments: testFamilies)
    func opens(family: TestFamily) async throws {
        let database = try await TestDatabase.make(family)
        let throttler = Self.throttler(database, Self.quiet)
        #expect(throttler.verdict?.value == "not read yet")
        try await Self.running(throttler) {
            try await throttler.waitUntilAllowed()
            #expect(throttler.verdict == nil)
            #expect(throttler.primarySessions.count == 1)
        }
        #expect(throttler.throttledFor > .zero)
    }

    @Test("A load above its limit holds and names the gauge", arguments: testFamilies)
    func holdsOnLoad(family: TestFamily) async throws {
        let database = try await TestDatabase.make(family)
        var policy = Self.quiet
        policy.maxThreadsRunning = 0
        let throttler = Self.throttler(database, policy)
        try await Self.running(throttler) {
            try await expectEventually {
                throttler.verdict?.source == .threadsRunning && throttler.verdict?.limit == "0"
                    && Int(throttler.verdict?.value ?? "") ?? 0 > 0
            }
        }
    }

    @Test("The custom query decides, and one that fails or tries to write holds the copy", arguments: testFamilies)
    func customQuery(family: TestFamily) async throws {
        let database = try await TestDatabase.make(
            family, ["CREATE TABLE pressure (level INT PRIMARY KEY)", "INSERT INTO pressure VALUES (0)"])
        let application = try await database.application()
        var policy = Self.quiet
        policy.query = "SELECT level FROM pressure"
        let throttler = Self.throttler(database, policy)
        try await Self.running(throttler) {
            try await throttler.waitUntilAllowed()
            try await application.execute("UPDATE pressure SET level = 3")
            try await expectEventually { throttler.verdict?.value == "3" }
            #expect(throttler.verdict?.since == Timestamp(milliseconds: 1_000))
            try await application.execute("DELETE FROM pressure")
            try await expectEventually { throttler.verdict?.value == "the query gave no row" }
            try await application.execute("INSERT INTO pressure VALUES (0)")
            try await throttler.waitUntilAllowed()
            try await application.execute("DROP TABLE pressure")
            try await expectEventually { throttler.verdict?.value.contains("exist") == true }
        }
        try await application.execute("CREATE TABLE pressure (level INT PRIMARY KEY)")
        policy.query = "INSERT INTO pressure VALUES (1)"
        let writing = Self.throttler(database, policy)
        try await Self.running(writing) {
            try await expectEventually { writing.verdict?.value.uppercased().contains("READ ONLY") == true }
        }
        #expect(try await application.query("SELECT * FROM pressure").isEmpty)
        await application.close()
    }

    @Test("A person's hold acts at once, wakes nobody, and ends at once", arguments: testFamilies)
    func manual(family: TestFamily) async throws {
        let database = try await TestDatabase.make(family)
        let throttler = Self.throttler(database, Self.quiet)
        let ana = ManualThrottle(
            by: OperatorIdentity(user: "ana", host: "bastion"), reason: "backup", since: Timestamp(milliseconds: 77))
        try await Self.running(throttler) {
            try await throttler.waitUntilAllowed()
            throttler.hold(by: ana)
            #expect(throttler.verdict?.by == "ana@bastion")
            #expect(throttler.verdict?.since == ana.since)
            try await withThrowingTaskGroup(of: Void.self) { group in
                group.addTask { try await throttler.waitUntilAllowed() }
                throttler.hold(by: nil)
                try await group.waitForAll()
            }
        }
    }

    @Test("A cancelled worker leaves the queue")
    func cancellation() async throws {
        let nowhere = ConnectionOptions(address: .tcp(host: "127.0.0.1", port: 1), user: "nobody")
        let throttler = Throttler(
            primary: .init(name: "primary", options: nowhere), replicas: [], policy: ThrottlePolicy(),
            interval: .milliseconds(50), clock: ContinuousClock(), wallClock: { Timestamp(milliseconds: 0) })
        await #expect(throws: CancellationError.self) {
            try await withThrowingTaskGroup(of: Void.self) { group in
                group.addTask { try await throttler.waitUntilAllowed() }
                group.cancelAll()
                try await group.waitForAll()
            }
        }
        try await Self.running(throttler) {
            try await expectEventually { throttler.verdict?.value == "no answer" }
        }
    }

    @Test("A replica that is none, or does not answer, holds the copy and has no lag", arguments: testFamilies)
    func unknownReplicas(family: TestFamily) async throws {
        let database = try await TestDatabase.make(family)
        var policy = Self.quiet
        policy.maxReplicaLag = .seconds(5)
        let lone = Throttler.Server(name: "lone", options: database.options(database.server.users.lockstep))
        let throttler = Self.throttler(database, policy, replicas: [lone])
        try await Self.running(throttler) {
            try await expectEventually { throttler.verdict?.value == "not a replica" }
            #expect(throttler.verdict?.source == .replicaLag)
            #expect(throttler.replicaLags == [ReplicaLag(host: "lone", lag: nil)])
        }
    }

    @Test(
        "A frozen server counts as silent within three intervals and is read again when it thaws",
        .timeLimit(.minutes(2)))
    func frozen() async throws {
        let server = try await ServerProcess.start(.mariadb, name: "frozen")
        let database = TestDatabase(server: server, name: "commerce")
        let root = try await database.root(selected: false)
        try await root.execute("CREATE DATABASE IF NOT EXISTS commerce")
        await root.close()
        let throttler = Self.throttler(database, Self.quiet)
        try await Self.running(throttler) {
            try await throttler.waitUntilAllowed()
            try await server.freeze()
            try await expectEventually(within: .seconds(3)) {
                throttler.verdict?.value.hasPrefix("not read for") == true
            }
            try await server.thaw()
            try await throttler.waitUntilAllowed()
        }
        await server.stop()
    }
}
