import Core
import Foundation
import MySQLClient
import OnlineSchemaChange
import Sandbox
import Schema
import Synchronization
import Testing

@Suite("Asking a server whether the swap happened", .serialized)
struct SwapInquiryTests {
    private static let id = MigrationID("a5c0ffee0000000000000000000000bb")!
    private static let names = try? ArtifactNames(table: "t", migrationID: id.hex)

    private static func database(_ family: TestFamily) async throws -> (TestDatabase, ArtifactNames) {
        let names = try #require(Self.names)
        let shadow = try Identifier(names.shadow)
        return (
            try await TestDatabase.make(
                family, ["CREATE TABLE t (id INT PRIMARY KEY)", "CREATE TABLE \(shadow) (id INT PRIMARY KEY, x INT)"]),
            names
        )
    }

    /// What the inquiry answers, while `body` runs beside it.
    private static func ask(
        _ database: TestDatabase, while body: @escaping @Sendable (Answers) async throws -> Void
    ) async throws -> ReleaseOutcome {
        let shard = ShardName(keyspace: "k", shard: "0")
        let executor = OnlineSchemaChangeExecutor(
            sites: [
                shard: ShardSite(
                    shard: shard, database: database.name, primary: database.options(database.server.users.lockstep),
                    replicas: [])
            ],
            environment: ExecutorEnvironment(
                clock: ContinuousClock(),
                wallClock: { Timestamp(milliseconds: Int64(Date().timeIntervalSince1970 * 1000)) },
                replicaID: { 3_999_999_999 }))
        let spec = MigrationSpec(
            id: id, name: "ask", keyspace: "k", table: "t", alter: "ADD COLUMN x INT", shards: [shard],
            pinnedFingerprint: "",
            policy: MigrationPolicy())
        let answers = Answers()
        try await withThrowingTaskGroup(of: Void.self) { group in
            group.addTask { await executor.perform(.ask(RunID(1), attempt: 1), of: spec, on: shard, facts: answers) }
            group.addTask { try await body(answers) }
            try await group.waitForAll()
        }
        return try #require(answers.outcomes.first)
    }

    final class Answers: FactSink {
        private let seen = Mutex<[ReleaseOutcome]>([])
        var outcomes: [ReleaseOutcome] { seen.withLock { $0 } }
        func report(_ fact: ShardFact) async throws(EngineStopping) {
            if case .released(_, _, let outcome) = fact { seen.withLock { $0.append(outcome) } }
        }
        func gauge(_: ShardGauges) {}
    }

    /// Until the process list shows a statement of this beginning that waits for a metadata lock.
    private static func waits(_ beginning: String, _ eyes: Connection, _ database: TestDatabase) async throws {
        try await expectEventually {
            try await eyes.query("SHOW FULL PROCESSLIST").contains { row in
                let text = try row.optionalString("Info") ?? ""
                let state = try row.optionalString("State") ?? ""
                return text.hasPrefix(beginning) && text.contains(database.name) && state.contains("metadata lock")
            }
        }
    }

    @Test(
        "While a session holds the table's lock nothing is answered: its next packet may be the swap",
        arguments: testFamilies)
    func waitsForLock(family: TestFamily) async throws {
        let (database, names) = try await Self.database(family)
        let (holder, eyes) = (try await database.lockstep(), try await database.root())
        try await holder.execute("LOCK TABLES t WRITE, \(try Identifier(names.shadow)) WRITE")
        let outcome = try await Self.ask(database) { answers in
            try await Self.waits("SELECT 1 FROM", eyes, database)
            #expect(answers.outcomes.isEmpty)
            await holder.close()
        }
        #expect(outcome == .notSwapped(nil))
        await eyes.close()
    }

    @Test("A swap that comes through under that lock is seen", arguments: testFamilies.filter { $0 == .mysql })
    func seesLateSwap(family: TestFamily) async throws {
        let (database, names) = try await Self.database(family)
        let (holder, eyes) = (try await database.lockstep(), try await database.root())
        let (shadow, old) = (try Identifier(names.shadow), try Identifier(names.old))
        try await holder.execute("LOCK TABLES t WRITE, \(shadow) WRITE")
        let outcome = try await Self.ask(database) { answers in
            try await Self.waits("SELECT 1 FROM", eyes, database)
            #expect(answers.outcomes.isEmpty)
            _ = try await holder.executeAll(["RENAME TABLE t TO \(old), \(shadow) TO t", "UNLOCK TABLES"])
        }
        guard case .swapped(let report) = outcome else {
            Issue.record("\(outcome)")
            return
        }
        #expect(report.oldTable == names.old)
        for session in [holder, eyes] { await session.close() }
    }

    @Test("A RENAME of ours that still waits is ended before anything is answered", arguments: testFamilies)
    func endsWaitingRename(family: TestFamily) async throws {
        let (database, names) = try await Self.database(family)
        let (holder, renamer, eyes) = (
            try await database.lockstep(), try await database.lockstep(), try await database.root()
        )
        let original = try database.qualified("t")
        let (shadow, old) = (try database.qualified(names.shadow), try database.qualified(names.old))
        try await holder.execute("LOCK TABLES t WRITE")
        await withTaskGroup(of: Void.self) { group in
            group.addTask {
                await #expect(throws: MySQLError.self) {
                    try await renamer.execute("RENAME TABLE \(original) TO \(old), \(shadow) TO \(original)")
                }
            }
            group.addTask {
                do {
                    try await Self.waits("RENAME TABLE", eyes, database)
                    let outcome = try await Self.ask(database) { answers in
                        try await Self.waits("SELECT 1 FROM", eyes, database)
                        #expect(answers.outcomes.isEmpty)
                        try await holder.execute("UNLOCK TABLES")
                    }
                    #expect(outcome == .notSwapped(nil))
                } catch { Issue.record("\(error)") }
                await holder.close()
            }
        }
        for session in [renamer, eyes] { await session.close() }
    }
}
