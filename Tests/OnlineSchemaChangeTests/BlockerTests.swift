import Core
import MySQLClient
import OnlineSchemaChange
import Sandbox
import Testing

@Suite("Finding and ending blockers", .serialized)
struct BlockerTests {
    static func look(
        _ database: TestDatabase, _ connection: Connection, olderThan: Duration = .zero, excluding: Set<UInt64> = []
    ) async throws -> BlockerFinder.Look {
        try await BlockerFinder.look(
            on: connection, database: database.name, table: "t", olderThan: olderThan, excluding: excluding)
    }

    static func database(_ family: TestFamily) async throws -> TestDatabase {
        try await TestDatabase.make(
            family,
            [
                "CREATE TABLE t (id INT PRIMARY KEY, v INT)", "INSERT INTO t VALUES (1, 1), (2, 2)",
                "CREATE TABLE other (id INT PRIMARY KEY)",
            ])
    }

    @Test(
        "An idle writer and an idle reader are found with transaction, age, user and rows; others are not",
        arguments: testFamilies)
    func finds(family: TestFamily) async throws {
        let database = try await Self.database(family)
        let (writer, reader, bystander) = (
            try await database.application(), try await database.application(), try await database.application()
        )
        let eyes = try await database.lockstep()
        try await writer.execute("START TRANSACTION")
        try await writer.execute("UPDATE t SET v = 5 WHERE id = 1")
        try await reader.execute("START TRANSACTION")
        try await reader.execute("SELECT * FROM t")
        try await bystander.execute("START TRANSACTION")
        try await bystander.execute("INSERT INTO other VALUES (1)")
        var seen: BlockerFinder.Look?
        #expect(
            try await eventually {
                seen = try await Self.look(database, eyes)
                return seen?.blockers.first { $0.connection == writer.connectionID }?.rowsLocked ?? 0 > 0
                    && seen?.blockers.contains { $0.connection == reader.connectionID && !$0.transaction.isEmpty }
                        == true
            })
        let look = try #require(seen)
        #expect(look.isCertain)
        #expect(Set(look.blockers.map(\.connection)) == [writer.connectionID, reader.connectionID])
        let written = try #require(look.blockers.first { $0.connection == writer.connectionID })
        let read = try #require(look.blockers.first { $0.connection == reader.connectionID })
        #expect(UInt64(written.transaction) != nil)
        #expect(read.transaction.hasPrefix("read-only@"))
        #expect(written.user == "application")
        #expect(written.host.hasPrefix("127.0.0.1"))
        #expect(written.lastStatement?.hasPrefix("UPDATE t") == true)
        #expect(read.lastStatement == "SELECT * FROM t")
        let others = try await Self.look(database, eyes, excluding: [writer.connectionID])
        #expect(others.blockers.map(\.connection) == [reader.connectionID])
        #expect(try await Self.look(database, eyes, olderThan: .seconds(3600)).blockers.isEmpty)
        #expect(
            try await eventually {
                try await Self.look(database, eyes, olderThan: .seconds(1)).blockers.count == 2
            })
        for connection in [writer, reader, bystander, eyes] { await connection.close() }
    }

    @Test("Locks without a transaction are found: LOCK TABLES and FLUSH TABLES WITH READ LOCK", arguments: testFamilies)
    func findsLocks(family: TestFamily) async throws {
        let database = try await Self.database(family)
        let (locker, eyes) = (try await database.application(), try await database.lockstep())
        try await locker.execute("LOCK TABLES t READ")
        let locked = try await Self.look(database, eyes)
        #expect(locked.blockers.map(\.connection) == [locker.connectionID])
        #expect(locked.blockers.first?.transaction == "")
        try await locker.execute("UNLOCK TABLES")
        #expect(try await Self.look(database, eyes).blockers.isEmpty)
        for connection in [locker, eyes] { await connection.close() }
    }

    @Test("A lock over all tables is found", arguments: testFamilies)
    func findsGlobalLocks(family: TestFamily) async throws {
        // On a server of its own: it stops every writer.
        let server = try await ServerProcess.start(
            family, name: "ftwrl", options: ServerOptions(performanceSchema: true))
        let database = TestDatabase(server: server, name: "commerce")
        let root = try await database.root(selected: false)
        try await root.execute("CREATE DATABASE IF NOT EXISTS commerce")
        try await root.execute("CREATE TABLE commerce.t (id INT PRIMARY KEY)")
        let eyes = try await database.lockstep()
        #expect(try await Self.look(database, eyes).blockers.isEmpty)
        try await root.execute("FLUSH TABLES WITH READ LOCK")
        #expect(try await Self.look(database, eyes).blockers.map(\.connection) == [root.connectionID])
        for connection in [root, eyes] { await connection.close() }
        await server.stop()
    }

    @Test(
        "Exactly the blockers that were shown are ended; one that went on to another transaction is left alone",
        arguments: testFamilies)
    func ends(family: TestFamily) async throws {
        let database = try await Self.database(family)
        let (stuck, busy, eyes) = (
            try await database.application(), try await database.application(), try await database.lockstep()
        )
        for (session, id) in [(stuck, 1), (busy, 2)] {
            try await session.execute("START TRANSACTION")
            try await session.execute("UPDATE t SET v = 9 WHERE id = \(.int(Int64(id)))")
        }
        var shown: [Blocker] = []
        #expect(
            try await eventually {
                shown = try await Self.look(database, eyes).blockers
                return shown.count(where: { UInt64($0.transaction) != nil }) == 2
            })
        try await busy.execute("COMMIT")
        try await busy.execute("START TRANSACTION")
        try await busy.execute("UPDATE t SET v = 10 WHERE id = 2")
        #expect(
            try await eventually {
                try await Self.look(database, eyes).blockers.contains {
                    $0.connection == busy.connectionID && !shown.contains($0)
                }
            })
        let ending = try await BlockerFinder.end(
            shown, on: eyes, database: database.name, table: "t", clock: ContinuousClock())
        #expect(ending.ended.map(\.connection) == [stuck.connectionID])
        #expect(ending.gone.map(\.connection) == [busy.connectionID])
        #expect(ending.lingering.isEmpty)
        try await busy.execute("COMMIT")
        await #expect(throws: MySQLError.self) { try await stuck.execute("SELECT 1") }
        let values = try await eyes.query("SELECT v FROM t ORDER BY id").map { try $0.int("v") }
        #expect(values == [1, 10])
        for connection in [stuck, busy, eyes] { await connection.close() }
    }

    @Test("A reader that was shown and began to write is still the same transaction", arguments: testFamilies)
    func readerTurnsWriter(family: TestFamily) async throws {
        let database = try await Self.database(family)
        let (reader, eyes) = (try await database.application(), try await database.lockstep())
        try await reader.execute("START TRANSACTION")
        try await reader.execute("SELECT * FROM t")
        var shown: [Blocker] = []
        #expect(
            try await eventually {
                shown = try await Self.look(database, eyes).blockers
                return shown.first?.transaction.hasPrefix("read-only@") == true
            })
        try await reader.execute("UPDATE t SET v = 9 WHERE id = 1")
        let ending = try await BlockerFinder.end(
            shown, on: eyes, database: database.name, table: "t", clock: ContinuousClock())
        #expect(ending.ended.map(\.connection) == [reader.connectionID])
        for connection in [reader, eyes] { await connection.close() }
    }

    @Test(
        "While others keep InnoDB's list from being renewed, a look says so and nobody is ended",
        arguments: testFamilies)
    func staleList(family: TestFamily) async throws {
        let server = try await ServerProcess.start(
            family, name: "polled", options: ServerOptions(performanceSchema: true))
        let database = TestDatabase(server: server, name: "commerce")
        let root = try await database.root(selected: false)
        try await root.execute("CREATE DATABASE IF NOT EXISTS commerce")
        try await root.execute("CREATE TABLE commerce.t (id INT PRIMARY KEY)")
        let (writer, eyes) = (try await database.application(), try await database.lockstep())
        try await writer.execute("START TRANSACTION")
        try await writer.execute("INSERT INTO t VALUES (1)")
        let shown = try await Self.look(database, eyes)
        #expect(shown.isFresh)
        #expect(shown.blockers.count == 1)
        try await withThrowingTaskGroup(of: Void.self) { group in
            group.addTask {
                while !Task.isCancelled {
                    // Cancelled in the middle of a statement, it throws; that is its end.
                    do { try await root.execute("SELECT COUNT(*) FROM information_schema.INNODB_TRX") } catch { return }
                }
            }
            let blind = try await Self.look(database, eyes)
            #expect(!blind.isFresh)
            #expect(blind.blockers.map(\.connection) == [writer.connectionID])
            await #expect(throws: MySQLError.self) {
                try await BlockerFinder.end(
                    shown.blockers, on: eyes, database: "commerce", table: "t", clock: ContinuousClock())
            }
            group.cancelAll()
        }
        try await writer.execute("COMMIT")
        for connection in [root, writer, eyes] { await connection.close() }
        await server.stop()
    }

    @Test(
        "Without performance_schema the plugin names the holders on MariaDB, and without both it is a guess and says so"
    )
    func degrades() async throws {
        let server = try await ServerProcess.start(.mariadb, name: "plain")
        let database = TestDatabase(server: server, name: "commerce")
        let root = try await database.root(selected: false)
        try await root.execute("CREATE DATABASE IF NOT EXISTS commerce")
        try await root.execute("CREATE TABLE commerce.t (id INT PRIMARY KEY)")
        try await root.execute("CREATE TABLE commerce.other (id INT PRIMARY KEY)")
        let (writer, bystander, eyes) = (
            try await database.application(), try await database.application(), try await database.lockstep()
        )
        try await writer.execute("START TRANSACTION")
        try await writer.execute("INSERT INTO t VALUES (1)")
        try await bystander.execute("START TRANSACTION")
        try await bystander.execute("INSERT INTO other VALUES (1)")
        let look = try await Self.look(database, eyes)
        #expect(look.visibility == .plugin)
        #expect(look.blockers.map(\.connection) == [writer.connectionID])
        // The plugin knows to the millisecond how long the lock is held.
        #expect(
            try await eventually {
                try await Self.look(database, eyes, olderThan: .milliseconds(300)).blockers.count == 1
            })
        try await root.execute("UNINSTALL SONAME 'metadata_lock_info'")
        #expect(
            try await eventually {
                let guess = try await Self.look(database, eyes)
                return !guess.isCertain
                    && Set(guess.blockers.map(\.connection)) == [writer.connectionID, bystander.connectionID]
            })
        for connection in [root, writer, bystander, eyes] { await connection.close() }
        await server.stop()
    }
}
