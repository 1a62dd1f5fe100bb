import MySQLClient
import OnlineSchemaChange
import Schema
import Testing

@Suite("Reading a table's definition")
struct InspectionTests {
    static let wide: SQL = """
        CREATE TABLE `Wide tàble` (
          id BIGINT UNSIGNED NOT NULL AUTO_INCREMENT PRIMARY KEY,
          n VARCHAR(20) CHARACTER SET latin1 DEFAULT 'x',
          ts TIMESTAMP(6) NOT NULL DEFAULT CURRENT_TIMESTAMP(6) ON UPDATE CURRENT_TIMESTAMP(6),
          c INT CHECK (c > 3),
          g INT GENERATED ALWAYS AS (c + 1) VIRTUAL,
          s INT GENERATED ALWAYS AS (c + 2) STORED,
          e ENUM('a','b') NOT NULL DEFAULT 'b',
          inv INT DEFAULT 4 INVISIBLE,
          u BINARY(16) NOT NULL,
          UNIQUE KEY by_u (u),
          KEY part (n(4), c)
        ) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_general_ci AUTO_INCREMENT=100 ROW_FORMAT=DYNAMIC
        """

    @Test("Columns, keys, checks, counters and sizes come out as they were defined", arguments: testFamilies)
    func readsEverything(family: TestFamily) async throws {
        let database = try await TestDatabase.make(family, [Self.wide])
        let connection = try await database.lockstep()
        let found = try await TableInspector.inspect(connection, database: database.name, table: "Wide tàble")
        let table = try #require(found)
        let model = table.model
        #expect(table.kind == .table)
        #expect(model.name == "Wide tàble")
        #expect(model.columns.map(\.name) == ["id", "n", "ts", "c", "g", "s", "e", "inv", "u"])
        #expect(model.column("id")?.isAutoIncrement == true)
        #expect(model.column("n")?.characterSet == "latin1")
        #expect(model.column("n")?.defaultValue == .literal("x"))
        #expect(model.column("e")?.type.members == ["a", "b"])
        #expect(model.column("inv")?.isInvisible == true)
        #expect(model.column("c")?.isGenerated == false)
        guard case .virtual = model.column("g")?.generation, case .stored = model.column("s")?.generation else {
            Issue.record("generated columns: \(model.columns)")
            return
        }
        let part = try #require(model.indexes.first { $0.name == "part" })
        #expect(part.parts.map(\.column) == ["n", "c"])
        #expect(part.parts.map(\.prefixLength) == [4, nil])
        #expect(part.parts.map(\.isNullable) == [true, true])
        #expect(!part.isUnique)
        #expect(model.indexes.first { $0.name == "by_u" }?.isUnique == true)
        #expect(model.indexes.first { $0.isPrimary }?.parts.map(\.column) == ["id"])
        #expect(model.autoIncrement == 100)
        #expect(model.engine == "InnoDB")
        #expect(model.characterSet == "utf8mb4")
        #expect(model.collation == "utf8mb4_general_ci")
        #expect(model.checks.count == 1)
        #expect(table.bytes ?? 0 > 0)
        #expect(table.rowFormat == "Dynamic")
        await connection.close()
    }

    @Test("Foreign keys are seen from both sides, those of unreadable databases too", arguments: testFamilies)
    func readsForeignKeys(family: TestFamily) async throws {
        let database = try await TestDatabase.make(
            family,
            [
                "CREATE TABLE `mother $` (id INT PRIMARY KEY)",
                "CREATE TABLE child (id INT PRIMARY KEY, m INT, CONSTRAINT kin FOREIGN KEY (m) REFERENCES `mother $` (id) ON DELETE CASCADE)",
            ])
        let hidden = "hidden_" + database.name
        let root = try await database.root()
        try await root.execute("CREATE DATABASE \(try Identifier(hidden))")
        let mother = try database.qualified("mother $")
        try await root.execute(
            "CREATE TABLE \(try QualifiedName(database: hidden, table: "spy")) (id INT PRIMARY KEY, FOREIGN KEY (id) REFERENCES \(mother) (id))"
        )
        let connection = try await database.lockstep()
        let seen = try #require(
            try await TableInspector.inspect(connection, database: database.name, table: "mother $"))
        #expect(seen.model.incomingForeignKeys.map(\.name) == ["kin"])
        #expect(seen.model.incomingForeignKeys.first?.columns == ["m"])
        #expect(seen.model.incomingForeignKeys.first?.onDelete == "CASCADE")
        #expect(seen.hiddenReferences == ["\(hidden).spy"])
        let child = try #require(try await TableInspector.inspect(connection, database: database.name, table: "child"))
        #expect(child.model.outgoingForeignKeys.map(\.referencedTable) == ["\(database.name).mother $"])
        try await root.execute("DROP DATABASE \(try Identifier(hidden))")
        await root.close()
        await connection.close()
    }

    @Test("A missing table is nil, and a view is a view", arguments: testFamilies)
    func tellsTablesFromOthers(family: TestFamily) async throws {
        let database = try await TestDatabase.make(family, ["CREATE VIEW v AS SELECT 1 AS one"])
        let connection = try await database.lockstep()
        #expect(try await TableInspector.inspect(connection, database: database.name, table: "none") == nil)
        #expect(try await TableInspector.inspect(connection, database: database.name, table: "v")?.kind == .view)
        await connection.close()
    }

    @Test("Two tables defined alike have one fingerprint, whatever they are called", arguments: testFamilies)
    func fingerprints(family: TestFamily) async throws {
        let database = try await TestDatabase.make(
            family, [Self.wide, "CREATE TABLE other (id INT PRIMARY KEY, t TEXT)", "CREATE TABLE copied LIKE other"])
        let connection = try await database.lockstep()
        let one = try #require(try await TableInspector.inspect(connection, database: database.name, table: "other"))
        let two = try #require(try await TableInspector.inspect(connection, database: database.name, table: "copied"))
        #expect(one.fingerprint == two.fingerprint)
        #expect(SchemaDifference.diff(one.model, two.model) == [])
        await connection.close()
    }
}
