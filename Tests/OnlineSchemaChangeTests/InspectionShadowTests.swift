import Core
import MySQLClient
import OnlineSchemaChange
import Schema
import Testing

@Suite("Making and dropping artifacts")
struct InspectionShadowTests {
    static let id = MigrationID("7c1e00000000000000000000000000aa")!

    static func inspected(_ connection: Connection, _ database: TestDatabase, _ table: String) async throws
        -> InspectedTable
    {
        try #require(try await TableInspector.inspect(connection, database: database.name, table: table))
    }

    static func exists(_ connection: Connection, _ database: TestDatabase, _ table: String) async throws -> Bool {
        try await TableInspector.names(connection, database: database.name).contains(table)
    }

    @Test(
        "The shadow table is the altered table, with the counter carried over; carrying again raises it",
        arguments: testFamilies)
    func creates(family: TestFamily) async throws {
        let database = try await TestDatabase.make(
            family,
            [
                "CREATE TABLE `bücher` (id INT UNSIGNED NOT NULL AUTO_INCREMENT PRIMARY KEY, t VARCHAR(10) CHARACTER SET latin1, n INT CHECK (n > 0), KEY (t)) COMMENT='books' AUTO_INCREMENT=500"
            ])
        let connection = try await database.lockstep()
        let original = try await Self.inspected(connection, database, "bücher")
        let alter = try AlterStatement.parse("ADD COLUMN note TEXT, MODIFY id BIGINT UNSIGNED NOT NULL AUTO_INCREMENT")
        let names = try ArtifactNames(table: "bücher", migrationID: Self.id.hex)
        let shadow = try await ShadowTable.create(on: connection, original: original, name: names.shadow, alter: alter)
        #expect(shadow.name == names.shadow)
        #expect(shadow.model.columns.map(\.name) == ["id", "t", "n", "note"])
        #expect(shadow.model.column("id")?.type.base == "bigint")
        #expect(shadow.model.autoIncrement == 500)
        let application = try await database.application()
        try await application.execute("INSERT INTO `bücher` (t) VALUES ('a')")
        try await application.execute("DELETE FROM `bücher`")
        let raised = try await ShadowTable.carryAutoIncrement(
            on: connection, database: database.name, from: "bücher", to: names.shadow)
        #expect(raised == 501)
        #expect(try await Self.inspected(connection, database, names.shadow).model.autoIncrement == 501)
        #expect(
            try await ShadowTable.carryAutoIncrement(
                on: connection, database: database.name, from: names.shadow, to: "bücher") == 501)
        for session in [connection, application] { await session.close() }
    }

    @Test(
        "An unchanged definition comes through whole: partitions, checks, invisible and generated columns, odd names",
        arguments: testFamilies)
    func keepsEverything(family: TestFamily) async throws {
        let database = try await TestDatabase.make(
            family,
            [
                """
                CREATE TABLE `odd ``name, (x` (
                  `select` INT NOT NULL DEFAULT -1 COMMENT 'it''s, (a) "comment" AUTO_INCREMENT=7',
                  at DATETIME(3) NOT NULL DEFAULT CURRENT_TIMESTAMP(3) ON UPDATE CURRENT_TIMESTAMP(3),
                  amount DECIMAL(10,2) DEFAULT '1.50', e ENUM('a,b','c)d') DEFAULT 'c)d',
                  hidden INT INVISIBLE DEFAULT 4, j JSON, b BIT(3) DEFAULT b'101',
                  twice INT AS (amount * 2) STORED, thrice INT AS (amount * 3) VIRTUAL,
                  CONSTRAINT positive CHECK (amount > 0),
                  PRIMARY KEY (`select`, at), KEY by_amount (amount DESC, e)
                ) ENGINE=InnoDB DEFAULT CHARSET=latin1 COMMENT='orders, (all)' ROW_FORMAT=DYNAMIC
                PARTITION BY RANGE (`select`) (PARTITION low VALUES LESS THAN (10), PARTITION high VALUES LESS THAN MAXVALUE)
                """,
                "CREATE TABLE words (id BIGINT AUTO_INCREMENT PRIMARY KEY, w TEXT CHARACTER SET utf8mb4, FULLTEXT KEY ft (w)) ROW_FORMAT=COMPRESSED KEY_BLOCK_SIZE=8 AUTO_INCREMENT=77",
            ])
        let connection = try await database.lockstep()
        for table in ["odd `name, (x", "words"] {
            let original = try await Self.inspected(connection, database, table)
            let names = try ArtifactNames(table: table, migrationID: Self.id.hex)
            var shadow = try await ShadowTable.create(
                on: connection, original: original, name: names.shadow, alter: try AlterStatement.parse("FORCE")
            ).model
            // MySQL alone renames constraints, and preflight says so.
            if connection.serverInfo.family == .mysql { shadow.checks = original.model.checks }
            #expect(SchemaDifference.diff(original.model, shadow) == [])
        }
        await connection.close()
    }

    @Test("A rejected ALTER is told in the server's words and leaves nothing behind", arguments: testFamilies)
    func rejects(family: TestFamily) async throws {
        let database = try await TestDatabase.make(family, ["CREATE TABLE t (id INT PRIMARY KEY)"])
        let connection = try await database.lockstep()
        let original = try await Self.inspected(connection, database, "t")
        for (clauses, word) in [
            ("ADD COLUMN x NOSUCHTYPE", "NOSUCHTYPE"), ("DROP COLUMN nothere", "nothere"),
            ("ADD COLUMN d DATE NOT NULL DEFAULT 'never'", "'d'"),
        ] {
            let failure = await #expect(throws: Failure.self) {
                _ = try await ShadowTable.create(
                    on: connection, original: original, name: "t_ls_7c1e0000_new",
                    alter: try AlterStatement.parse(clauses))
            }
            #expect(failure?.kind == .alterRejected)
            #expect(failure?.cause?.contains(word) == true)
            #expect(failure?.now == "nothing has changed: the shadow table was dropped again")
        }
        #expect(try await TableInspector.names(connection, database: database.name) == ["t"])
        await connection.close()
    }

    @Test("A definition that LIKE cannot copy is refused, and a taken name is not touched", arguments: testFamilies)
    func refusesLosses(family: TestFamily) async throws {
        let database = try await TestDatabase.make(
            family,
            [
                "CREATE TABLE mother (id INT PRIMARY KEY)",
                "CREATE TABLE t (id INT PRIMARY KEY, m INT, CONSTRAINT kin FOREIGN KEY (m) REFERENCES mother (id))",
                "CREATE TABLE t_ls_7c1e0000_new (precious INT)",
            ])
        let connection = try await database.lockstep()
        let original = try await Self.inspected(connection, database, "t")
        let alter = try AlterStatement.parse("ADD COLUMN x INT")
        let taken = await #expect(throws: Failure.self) {
            _ = try await ShadowTable.create(
                on: connection, original: original, name: "t_ls_7c1e0000_new", alter: alter)
        }
        #expect(taken?.kind == .preflightRefused)
        #expect(try await Self.inspected(connection, database, "t_ls_7c1e0000_new").model.column("precious") != nil)
        let lossy = await #expect(throws: Failure.self) {
            _ = try await ShadowTable.create(
                on: connection, original: original, name: "t_ls_7c1e0001_new", alter: alter)
        }
        #expect(lossy?.kind == .preflightRefused)
        #expect(lossy?.cause?.contains("kin") == true)
        #expect(try await !Self.exists(connection, database, "t_ls_7c1e0001_new"))
        await connection.close()
    }

    @Test("An artifact is dropped by its exact name, once, and nothing else is", arguments: testFamilies)
    func drops(family: TestFamily) async throws {
        let database = try await TestDatabase.make(
            family, ["CREATE TABLE t (id INT PRIMARY KEY)", "CREATE TABLE t_ls_7c1e0000_new LIKE t"])
        let connection = try await database.lockstep()
        func drop(_ artifact: Artifact) async throws -> ArtifactDrop.Outcome {
            try await ArtifactDrop.drop(
                artifact, of: Self.id, table: "t", database: database.name, on: connection, clock: ContinuousClock())
        }
        await #expect(throws: Failure.self) { _ = try await drop(Artifact(.shadowTable, "t")) }
        await #expect(throws: Failure.self) { _ = try await drop(Artifact(.oldTable, "t_ls_7c1e0000_new")) }
        #expect(try await drop(Artifact(.shadowTable, "t_ls_7c1e0000_new")) == .dropped)
        #expect(try await drop(Artifact(.shadowTable, "t_ls_7c1e0000_new")) == .absent)
        #expect(try await TableInspector.names(connection, database: database.name) == ["t"])
        // No lock is left: another session can write.
        let application = try await database.application()
        try await application.execute("INSERT INTO t VALUES (1)")
        for session in [connection, application] { await session.close() }
    }

    @Test(
        "A sentry is dropped only when it is one and empty: the old table under its name is left alone",
        arguments: testFamilies)
    func sentries(family: TestFamily) async throws {
        let database = try await TestDatabase.make(
            family, ["CREATE TABLE t (id INT PRIMARY KEY)", "CREATE TABLE t_ls_7c1e0000_old LIKE t"])
        let connection = try await database.lockstep()
        let sentry = Artifact(.sentryTable, "t_ls_7c1e0000_old")
        func drop(_ artifact: Artifact) async throws -> ArtifactDrop.Outcome {
            try await ArtifactDrop.drop(
                artifact, of: Self.id, table: "t", database: database.name, on: connection, clock: ContinuousClock())
        }
        await #expect(throws: Failure.self) { _ = try await drop(sentry) }
        #expect(try await Self.exists(connection, database, sentry.name))
        #expect(try await drop(Artifact(.oldTable, sentry.name)) == .dropped)
        try await connection.execute(
            SentryTable.createStatement(try database.qualified(sentry.name), migration: Self.id))
        await #expect(throws: Failure.self) { _ = try await drop(Artifact(.oldTable, sentry.name)) }
        try await connection.execute("INSERT INTO t_ls_7c1e0000_old VALUES (1)")
        await #expect(throws: Failure.self) { _ = try await drop(sentry) }
        try await connection.execute("DELETE FROM t_ls_7c1e0000_old")
        #expect(try await drop(sentry) == .dropped)
        await connection.close()
    }

    @Test(
        "A RENAME left over from a dead run is ended before its sentry goes, and never swaps", arguments: testFamilies)
    func pendingRename(family: TestFamily) async throws {
        let database = try await TestDatabase.make(
            family,
            ["CREATE TABLE t (id INT PRIMARY KEY)", "CREATE TABLE t_ls_7c1e0000_new (id INT PRIMARY KEY, x INT)"])
        let (connection, renamer, reader) = (
            try await database.lockstep(), try await database.lockstep(), try await database.application()
        )
        let sentry = "t_ls_7c1e0000_old"
        try await connection.execute(SentryTable.createStatement(try database.qualified(sentry), migration: Self.id))
        // An application's transaction keeps the RENAME waiting, as a dead run would leave it.
        try await reader.execute("START TRANSACTION")
        try await reader.execute("SELECT * FROM t")
        try await withThrowingTaskGroup(of: Bool.self) { group in
            group.addTask {
                do {
                    try await renamer.execute("RENAME TABLE t TO t_ls_7c1e0000_old, t_ls_7c1e0000_new TO t")
                    return true
                } catch {
                    return false
                }
            }
            try await expectEventually {
                try await connection.query("SHOW FULL PROCESSLIST").contains {
                    try $0.optionalString("Info")?.hasPrefix("RENAME") == true
                        && $0.uint("Id") == renamer.connectionID
                        && $0.optionalString("State")?.contains("lock") == true
                }
            }
            let outcome = try await ArtifactDrop.drop(
                Artifact(.sentryTable, sentry), of: Self.id, table: "t", database: database.name, on: connection,
                clock: ContinuousClock())
            #expect(outcome == .dropped)
            #expect(try await group.next() == false)
        }
        try await reader.execute("COMMIT")
        #expect(
            try await TableInspector.names(connection, database: database.name).sorted() == ["t", "t_ls_7c1e0000_new"])
        #expect(try await Self.inspected(connection, database, "t").model.columns.map(\.name) == ["id"])
        for session in [connection, renamer, reader] { await session.close() }
    }

    @Test("A table that somebody holds is not dropped, and the failure says so", arguments: testFamilies)
    func inUse(family: TestFamily) async throws {
        let database = try await TestDatabase.make(
            family, ["CREATE TABLE t (id INT PRIMARY KEY)", "CREATE TABLE t_ls_7c1e0000_old LIKE t"])
        let (connection, reader) = (try await database.lockstep(), try await database.application())
        try await reader.execute("START TRANSACTION")
        try await reader.execute("SELECT * FROM t_ls_7c1e0000_old")
        let failure = await #expect(throws: Failure.self) {
            _ = try await ArtifactDrop.drop(
                Artifact(.oldTable, "t_ls_7c1e0000_old"), of: Self.id, table: "t", database: database.name,
                on: connection,
                clock: ContinuousClock())
        }
        #expect(failure?.kind == .artifactInUse)
        #expect(try await Self.exists(connection, database, "t_ls_7c1e0000_old"))
        for session in [connection, reader] { await session.close() }
    }
}
