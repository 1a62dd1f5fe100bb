internal import MySQLClient
internal import Sandbox
import Testing

@Suite struct BinlogRefusalTests {
    /// What the stream refuses after these statements; the first change before it must have been delivered.
    private func reason(
        _ family: ServerFamily, on server: ServerProcess? = nil,
        columns: String = "id INT PRIMARY KEY, v VARCHAR(100), w INT", _ statements: [SQL]
    ) async throws -> (BinlogRefusal.Reason?, BinlogFixture) {
        let shared = try await SandboxServers.sharedServer(family)
        let fixture = try await BinlogFixture.on(server ?? shared)
        try await fixture.run(SQL(verbatim: "CREATE TABLE a (\(columns))"), "CREATE TABLE other (id INT PRIMARY KEY)")
        let stream = try await fixture.open(["a"])
        for statement in statements { try await fixture.run(statement) }
        return (try await fixture.refusal(stream)?.reason, fixture)
    }

    @Test("A minimal row image is refused", arguments: ServerFamily.available)
    func minimalImage(family: ServerFamily) async throws {
        let (found, fixture) = try await reason(
            family, ["SET binlog_row_image = MINIMAL", "INSERT INTO a VALUES (1, 'x', 1)", "UPDATE a SET w = 2"])
        #expect(found == .partialRowImage(table: "\(fixture.database).a"))
    }

    @Test("Statement-format changes of the table are refused, of others not", arguments: ServerFamily.available)
    func statementFormat(family: ServerFamily) async throws {
        let (found, fixture) = try await reason(
            family,
            ["SET binlog_format = STATEMENT", "INSERT INTO other VALUES (1)", "INSERT INTO a VALUES (1, 'x', 1)"])
        guard case .statementChange(let table, let statement)? = found else {
            Issue.record("\(String(describing: found))")
            return
        }
        #expect(table == "\(fixture.database).a" && statement.hasPrefix("INSERT INTO a"))
    }

    @Test("A partial JSON update is refused", .enabled(if: ServerFamily.available.contains(.mysql)))
    func partialJSON() async throws {
        let (found, fixture) = try await reason(
            .mysql, columns: "id INT PRIMARY KEY, j JSON",
            [
                #"INSERT INTO a VALUES (1, '{"k": "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa", "n": 1}')"#,
                "SET binlog_row_value_options = PARTIAL_JSON", "UPDATE a SET j = JSON_SET(j, '$.n', 2)",
            ])
        #expect(found == .partialJSON(table: "\(fixture.database).a"))
    }

    @Test("A JSON document with a DECIMAL inside is refused", .enabled(if: ServerFamily.available.contains(.mysql)))
    func opaqueJSON() async throws {
        let (found, fixture) = try await reason(
            .mysql, columns: "id INT PRIMARY KEY, j JSON",
            ["INSERT INTO a VALUES (1, JSON_OBJECT('d', CAST(1.5 AS DECIMAL(5,2))))"])
        #expect(
            found
                == .columnType(
                    table: "\(fixture.database).a", column: "j", type: "a JSON document with a DECIMAL inside"))
    }

    @Test("A changed shape is refused and names the column", arguments: ServerFamily.available)
    func changedShape(family: ServerFamily) async throws {
        let (found, fixture) = try await reason(
            family, ["ALTER TABLE a MODIFY v VARCHAR(101)", "INSERT INTO a VALUES (1, 'x', 1)"])
        guard case .columnMismatch(let table, let column, _, _)? = found else {
            Issue.record("\(String(describing: found))")
            return
        }
        #expect(table == "\(fixture.database).a" && column == "v")
    }

    @Test("An XA transaction on the table is refused at its PREPARE, others pass", arguments: ServerFamily.available)
    func xa(family: ServerFamily) async throws {
        // Other streams on a shared server would refuse these too.
        let server = try await ServerProcess.start(family, name: "xa")
        let (found, fixture) = try await reason(
            family, on: server,
            [
                "XA START 'o'", "INSERT INTO other VALUES (1)", "XA END 'o'", "XA PREPARE 'o'", "XA COMMIT 'o'",
                "XA START 'p'", "INSERT INTO a VALUES (1, 'one phase', 1)", "XA END 'p'", "XA COMMIT 'p' ONE PHASE",
                "XA START 'q'", "INSERT INTO a VALUES (2, 'two phases', 1)", "XA END 'q'", "XA PREPARE 'q'",
            ])
        #expect(found == .xaPrepared(table: "\(fixture.database).a"))
        try await fixture.run("XA ROLLBACK 'q'")
        await server.stop()
    }

    @Test("An XA transaction prepared before the start is refused at its COMMIT", arguments: ServerFamily.available)
    func unknownXA(family: ServerFamily) async throws {
        let server = try await ServerProcess.start(family, name: "xa-unknown")
        let fixture = try await BinlogFixture.on(server)
        let name = "x" + fixture.database
        try await fixture.run("CREATE TABLE a (id INT PRIMARY KEY)")
        for statement in ["XA START", "INSERT INTO a VALUES (1)", "XA END", "XA PREPARE"] {
            try await fixture.run(SQL(verbatim: statement.hasPrefix("XA") ? "\(statement) '\(name)'" : statement))
        }
        let stream = try await fixture.open(["a"])
        try await fixture.run(SQL(verbatim: "XA COMMIT '\(name)'"))
        guard case .xaUnknown? = try await fixture.refusal(stream)?.reason else {
            Issue.record("not refused")
            return
        }
        await server.stop()
    }

    @Test("A purged or invented file is refused, not retried", arguments: ServerFamily.available)
    func purged(family: ServerFamily) async throws {
        let fixture = try await BinlogFixture.on(family)
        try await fixture.run("CREATE TABLE a (id INT PRIMARY KEY)")
        let start = BinlogPosition(file: "binlog.999999", offset: 4)
        let stream = try await BinlogStream.open(
            try await fixture.options(["a"], from: .position(start)), clock: ContinuousClock())
        guard case .purged? = try await fixture.refusal(stream)?.reason else {
            Issue.record("not refused")
            return
        }
        #expect(await stream.reconnects == 0)
    }

    @Test("A position inside an event never yields rows", arguments: ServerFamily.available)
    func insideEvent(family: ServerFamily) async throws {
        let fixture = try await BinlogFixture.on(family)
        try await fixture.run("CREATE TABLE a (id INT PRIMARY KEY, v TEXT)")
        var position = try await BinlogStream.currentPosition(on: fixture.writer).position
        try await fixture.run("INSERT INTO a VALUES (1, REPEAT('x', 1000))")
        position.offset += 10
        let stream = try await BinlogStream.open(
            try await fixture.options(["a"], from: .position(position)), clock: ContinuousClock())
        #expect(try await fixture.refusal(stream) != nil)
    }
}
