import MySQLClient
import Sandbox
import Testing

/// A server, a family and a shape, named for the test's output.
struct ShapeCase: Sendable, CustomTestStringConvertible {
    let family: ServerFamily
    let shape: TableShape
    var testDescription: String { "\(family) \(shape.slug)" }

    static let all = ServerFamily.available.flatMap { family in
        (TableShape.correctness(family) + [.orders]).map { ShapeCase(family: family, shape: $0) }
    }
}

@Suite("Traffic and its ledger", .serialized)
struct TrafficTests {
    @Test(
        "Every shape takes full traffic, then its ALTER, and matches the ledger before and after",
        arguments: ShapeCase.all)
    func everyShape(_ testCase: ShapeCase) async throws {
        let server = try await SandboxServers.sharedServer(testCase.family)
        let shape = testCase.shape
        try await server.withDatabase { name in
            let traffic = try generator(server, name, shape)
            try await traffic.createTables()
            try await traffic.load(rowsPerShard: 250)
            try await traffic.during { try await operations(1500, of: traffic) }

            let report = traffic.report()
            #expect(report.errors.map(\.description) == [])
            #expect(report.deadlocks == 0)
            #expect(report.connectionLosses == 0)
            #expect(report.writes.count > 500)
            let before = try await traffic.verify(shard: 0, altered: false)
            #expect(before.isExact, "\(before)")
            #expect(before.rowsCompared == traffic.expectedRows(shard: 0))

            let root = try await server.connect(.root, database: name)
            try await root.execute("ALTER TABLE \(try shape.name(in: name)) \(SQL(verbatim: shape.alteration.clause))")
            let after = try await traffic.verify(shard: 0, altered: true)
            #expect(after.isExact, "\(after)")
            try await traffic.during { try await operations(1900, of: traffic) }
            #expect(traffic.report().errors.map(\.description) == [])
            let atLast = try await traffic.verify(shard: 0, altered: true)
            #expect(atLast.isExact, "\(atLast)")
            await root.close()
        }
    }

    @Test("One changed, one deleted and one added row are each found", arguments: ServerFamily.available)
    func differencesAreFound(family: ServerFamily) async throws {
        let server = try await SandboxServers.sharedServer(family)
        try await server.withDatabase { name in
            let traffic = try generator(server, name, .orders)
            try await traffic.createTables()
            try await traffic.load(rowsPerShard: 12_000)
            #expect(try await traffic.verify(shard: 0, altered: false).isExact)
            let root = try await server.connect(.root, database: name)
            try await root.execute("UPDATE orders SET amount = amount + 0.01 ORDER BY id LIMIT 1")
            try await root.execute("DELETE FROM orders ORDER BY id DESC LIMIT 1")
            try await root.execute(
                "INSERT INTO orders SELECT 18000000000000000000, customer_id, customer, email, status, amount, currency, note, created, updated FROM orders LIMIT 1"
            )
            let verification = try await traffic.verify(shard: 0, altered: false)
            #expect(verification.differenceCount == 3)
            #expect(
                verification.differences.contains { if case .content(_, "amount", _, _) = $0 { true } else { false } })
            #expect(verification.differences.contains { if case .lost = $0 { true } else { false } })
            #expect(verification.differences.contains(.unexpected(key: [.uint(18_000_000_000_000_000_000)])))
            await root.close()
        }
    }

    @Test("A stall is measured from the mark, also while the statement still waits", arguments: ServerFamily.available)
    func stallIsSeen(family: ServerFamily) async throws {
        let server = try await SandboxServers.sharedServer(family)
        try await server.withDatabase { name in
            let traffic = try generator(server, name, .orders)
            try await traffic.createTables()
            try await traffic.load(rowsPerShard: 100)
            let root = try await server.connect(.root, database: name)
            try await traffic.during {
                try await operations(100, of: traffic)
                traffic.resetStall()
                try await root.execute("LOCK TABLES orders READ")
                try await until { traffic.longestStall() > .milliseconds(150) }
                try await root.execute("UNLOCK TABLES")
                try await operations(traffic.report().operations + 100, of: traffic)
                #expect(traffic.longestStall() > .milliseconds(150))
                await traffic.pause()
                traffic.resetStall()
                #expect(traffic.longestStall() == .zero)
                #expect(try await traffic.verify(shard: 0, altered: false).isExact)
                await traffic.resume()
                try await operations(traffic.report().operations + 100, of: traffic)
            }
            #expect(traffic.report().writes.max > .milliseconds(150))
            await root.close()
        }
    }

    @Test("A missing table is noticed by readers and writers")
    func missingTable() async throws {
        let server = try await SandboxServers.sharedServer(.mariadb)
        try await server.withDatabase { name in
            let traffic = try generator(server, name, .orders)
            try await traffic.createTables()
            try await traffic.load(rowsPerShard: 100)
            let root = try await server.connect(.root, database: name)
            try await traffic.during {
                try await operations(50, of: traffic)
                try await root.execute("RENAME TABLE orders TO gone")
                try await until { traffic.report().tableMissing > 2 }
                try await root.execute("RENAME TABLE gone TO orders")
            }
            #expect(traffic.report().errorCount >= traffic.report().tableMissing)
            #expect(try await traffic.verify(shard: 0, altered: false).isExact)
            await root.close()
        }
    }

    @Test("The ledger stays exact when the server is killed under the traffic", arguments: ServerFamily.available)
    func killedServer(family: ServerFamily) async throws {
        let server = try await ServerProcess.start(family, name: "killed")
        try await server.withDatabase { name in
            let traffic = try generator(server, name, .orders)
            try await traffic.createTables()
            try await traffic.load(rowsPerShard: 300)
            try await traffic.during {
                for _ in 0..<3 {
                    let losses = traffic.report().connectionLosses
                    try await operations(traffic.report().operations + 200, of: traffic)
                    await server.kill()
                    try await server.restart()
                    try await until { traffic.report().connectionLosses > losses }
                }
                try await operations(traffic.report().operations + 200, of: traffic)
            }
            #expect(traffic.report().errors.map(\.description) == [])
            let verification = try await traffic.verify(shard: 0, altered: false)
            #expect(verification.isExact, "\(verification)")
        }
        await server.stop()
    }

    @Test("The ledger stays exact when sessions are killed under the traffic", arguments: ServerFamily.available)
    func killedSessions(family: ServerFamily) async throws {
        let server = try await SandboxServers.sharedServer(family)
        try await server.withDatabase { name in
            let traffic = try generator(server, name, .orders)
            try await traffic.createTables()
            try await traffic.load(rowsPerShard: 300)
            let root = try await server.connect()
            try await traffic.during {
                while traffic.report().connectionLosses < 40 {
                    try await operations(traffic.report().operations + 20, of: traffic)
                    let sessions = try await root.query(
                        "SELECT id FROM information_schema.processlist WHERE user = 'application' AND db IS NULL")
                    for session in sessions {
                        do {
                            try await root.execute(SQL(verbatim: "KILL \(try session.uint(0))"))
                        } catch let error as MySQLError where error.isUnknownThread {
                            continue
                        }
                    }
                }
            }
            await root.close()
            #expect(traffic.report().errors.map(\.description) == [])
            let verification = try await traffic.verify(shard: 0, altered: false)
            #expect(verification.isExact, "\(verification)")
        }
    }

    private func generator(_ server: ServerProcess, _ database: String, _ shape: TableShape) throws -> TrafficGenerator
    {
        let shard = TrafficShard(name: "only", connection: server.connectionOptions(.application), database: database)
        return try TrafficGenerator(shape: shape, shards: [shard])
    }

    private func operations(_ count: UInt64, of traffic: TrafficGenerator) async throws {
        try await until { traffic.report().operations >= count }
    }
}

/// Waits for a condition, a minute at most.
func until(_ condition: () async throws -> Bool) async throws {
    let deadline = ContinuousClock.now + .seconds(60)
    while try await !condition() {
        try #require(ContinuousClock.now < deadline, "the condition did not come true within a minute")
        try await Task.sleep(for: .milliseconds(2))
    }
}
