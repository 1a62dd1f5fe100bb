import Core
import MySQLClient
import Sandbox
import Testing

/// One migration of one table shape on one kind of server.
struct ShapeCase: Sendable, CustomTestStringConvertible {
    let shape: TableShape
    let family: ServerFamily
    var testDescription: String { "\(shape.slug) on \(family)" }

    static let all: [ShapeCase] = ServerFamily.available.flatMap { family in
        TableShape.all.filter { $0.families.contains(family) }.map { ShapeCase(shape: $0, family: family) }
    }
}

@Suite("Migrations under fire", .serialized)
struct ShapeTests {
    @Test("No row is lost and none comes back, and the traffic sees no error", arguments: ShapeCase.all)
    func underFire(_ example: ShapeCase) async throws {
        try await World.onSharedServer(example.family) { world, shards in
            let traffic = try TrafficGenerator(
                shape: example.shape, shards: shards, options: TrafficOptions(writersPerShard: 2, readersPerShard: 1))
            try await traffic.createTables()
            try await traffic.load(rowsPerShard: 1500)
            try await traffic.during {
                try await world.withEngine { running in
                    let id = try await running.submit(table: example.shape.table, alter: example.shape.alteration.clause)
                    _ = try await running.waitUntilDone(id)
                    try await running.perform(.cleanup, id)
                    _ = try await running.wait(id, for: "clean") { $0.shards.allSatisfy(\.artifacts.isEmpty) }
                }
            }
            for shard in shards.indices {
                let verification = try await traffic.verify(shard: shard, altered: true)
                #expect(verification.isExact, "\(verification)")
            }
            let report = traffic.report()
            #expect(report.errors.isEmpty, "\(report.errors.prefix(5))")
            #expect(report.tableMissing == 0)
            #expect(report.operations > 0)
            #expect(try await world.artifacts() == [])
        }
    }
}
