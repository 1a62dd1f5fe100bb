import Core
import Foundation
import MySQLClient
import Sandbox
import Testing

/// One migration of one table shape on one kind of server.
struct ShapeCase: Sendable, CustomTestStringConvertible {
    let shape: TableShape
    let family: ServerFamily
    /// Seeds the traffic: other rows and another order of statements each round.
    let round: Int
    var testDescription: String { "\(shape.slug) on \(family), round \(round)" }

    /// Every shape on every family, `LOCKSTEP_ROUNDS` times over (once unless told).
    static let all: [ShapeCase] = (1...rounds).flatMap { round in
        ServerFamily.available.flatMap { family in
            TableShape.all.filter { $0.families.contains(family) }.map { ShapeCase(shape: $0, family: family, round: round) }
        }
    }

    private static let rounds = max(1, ProcessInfo.processInfo.environment["LOCKSTEP_ROUNDS"].flatMap(Int.init) ?? 1)
}

@Suite("Migrations under fire", .serialized)
struct ShapeTests {
    @Test("No row is lost and none comes back, and the traffic sees no error", arguments: ShapeCase.all)
    func underFire(_ example: ShapeCase) async throws {
        try await World.onSharedServer(example.family) { world, shards in
            let traffic = try TrafficGenerator(
                shape: example.shape, shards: shards,
                options: TrafficOptions(writersPerShard: 2, readersPerShard: 1, seed: UInt64(example.round)))
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
