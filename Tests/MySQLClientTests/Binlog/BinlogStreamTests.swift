internal import MySQLClient
internal import Sandbox
import Testing

@Suite struct BinlogStreamTests {
    @Test(
        "Committed changes arrive in order, with whole images; rolled back ones never",
        arguments: ServerFamily.available)
    func transactions(family: ServerFamily) async throws {
        let fixture = try await BinlogFixture.on(family)
        try await fixture.run("CREATE TABLE a (id INT PRIMARY KEY, v VARCHAR(10))", "CREATE TABLE b LIKE a")
        let stream = try await fixture.open(["a"])
        try await fixture.run(
            "BEGIN", "INSERT INTO a VALUES (1, 'x'), (2, 'y')", "INSERT INTO b VALUES (1, 'n')",
            "UPDATE a SET id = 3 WHERE id = 1",
            "COMMIT", "BEGIN", "INSERT INTO a VALUES (9, 'gone')", "ROLLBACK", "DELETE FROM a WHERE id = 2",
            "BEGIN", "INSERT INTO a VALUES (5, 'kept')", "SAVEPOINT s", "INSERT INTO a VALUES (6, 'gone')",
            "ROLLBACK TO SAVEPOINT s", "INSERT INTO a VALUES (7, 'kept')", "COMMIT")
        let items = try await fixture.drain(stream)
        let found = items.transactions
        #expect(found.count == 3)
        #expect(found.allSatisfy { $0.isLastPart && $0.partNumber == 0 && $0.start < $0.end && $0.gtid != nil })
        #expect(zip(found, found.dropFirst()).allSatisfy { $0.end <= $1.start })
        func row(_ id: Int64, _ text: String) -> [SQLValue] { [.int(id), .string(text)] }
        #expect(
            found.map { $0.changes.map(\.row) } == [
                [.insert(row(1, "x")), .insert(row(2, "y")), .update(before: row(1, "x"), after: row(3, "x"))],
                [.delete(row(2, "y"))],
                [.insert(row(5, "kept")), .insert(row(7, "kept"))],
            ])
        let now = try await fixture.writer.query("SELECT UNIX_TIMESTAMP()").single().uint(0)
        #expect(found.allSatisfy { now - $0.committedAtMicroseconds / 1_000_000 < 60 })
        await stream.close()
    }

    // MySQL with GTIDs refuses to mix engines in a transaction; there the log never has a ROLLBACK TO of this kind.
    @Test("Savepoints hold beside a non-transactional table")
    func savepoints() async throws {
        let fixture = try await BinlogFixture.on(.mariadb)
        try await fixture.run(
            "CREATE TABLE a (id INT PRIMARY KEY)", "CREATE TABLE m (id INT PRIMARY KEY) ENGINE=MyISAM")
        let stream = try await fixture.open(["a"])
        try await fixture.run(
            "BEGIN", "INSERT INTO a VALUES (1)", "SAVEPOINT s", "INSERT INTO m VALUES (1)", "INSERT INTO a VALUES (2)",
            "INSERT INTO m VALUES (2)", "ROLLBACK TO SAVEPOINT s", "INSERT INTO a VALUES (3)", "COMMIT",
            "BEGIN", "INSERT INTO a VALUES (4)", "INSERT INTO m VALUES (4)", "ROLLBACK")
        #expect(try await fixture.drain(stream).changes == [.insert([1]), .insert([3])])
        await stream.close()
    }

    @Test("Compressed logs read like others", arguments: ServerFamily.available)
    func compressed(family: ServerFamily) async throws {
        var setup: [SQL] = []
        let server: ServerProcess
        switch family {
        case .mysql:
            setup = ["SET binlog_transaction_compression = ON"]
            server = try await SandboxServers.sharedServer(family)
        case .mariadb:
            let extra = ["--log-bin-compress=ON", "--log-bin-compress-min-len=10"]
            server = try await ServerProcess.start(family, name: "compress", options: ServerOptions(extra: extra))
        }
        let fixture = try await BinlogFixture.on(server, setup: setup)
        try await fixture.run(
            "CREATE TABLE a (id INT AUTO_INCREMENT PRIMARY KEY, v LONGTEXT)", "CREATE TABLE other LIKE a",
            "INSERT INTO other (v) VALUES ('o')")
        let stream = try await fixture.open(["a"])
        try await fixture.run(
            "BEGIN", "INSERT INTO a (v) VALUES (REPEAT('x', 300000)), ('short')",
            "INSERT INTO other (v) VALUES (REPEAT('x', 300000))",
            "UPDATE a SET v = REPEAT('y', 1000) WHERE id = 2", "DELETE FROM a WHERE id = 1", "COMMIT",
            "DROP TABLE a /* long enough to be compressed */")
        let items = try await fixture.drain(stream)
        let big = SQLValue.string(String(repeating: "x", count: 300_000))
        let after = SQLValue.string(String(repeating: "y", count: 1000))
        #expect(
            items.changes == [
                .insert([1, big]), .insert([2, .string("short")]),
                .update(before: [2, .string("short")], after: [2, after]),
                .delete([1, big]),
            ])
        #expect(items.ddl.map(\.kind) == [.drop])
        await stream.close()
        if family == .mariadb { await server.stop() }
    }

    @Test(
        "A large transaction comes in parts, whole and once, whatever the memory", arguments: ServerFamily.available,
        [false, true])
    func large(family: ServerFamily, compressed: Bool) async throws {
        if compressed, family == .mariadb { return }
        let fixture = try await BinlogFixture.on(
            family, setup: compressed ? ["SET binlog_transaction_compression = ON"] : [])
        try await fixture.run("CREATE TABLE a (id INT AUTO_INCREMENT PRIMARY KEY, v CHAR(100))")
        var options = try await fixture.options(["a"])
        options.limits.heldBytes = 100_000
        options.limits.partRows = 700
        let stream = try await BinlogStream.open(options, clock: ContinuousClock())
        let many = "WITH RECURSIVE n (i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 999) "
        let insert = SQL(verbatim: "INSERT INTO a (v) \(many) SELECT i FROM n")
        try await fixture.run("INSERT INTO a (v) VALUES ('before')", "BEGIN")
        for _ in 0..<10 { try await fixture.run(insert) }
        try await fixture.run("COMMIT", "BEGIN")
        for _ in 0..<10 { try await fixture.run(insert) }
        try await fixture.run("ROLLBACK", "INSERT INTO a (v) VALUES ('after')")
        let found = try await fixture.drain(stream).transactions
        #expect(found.flatMap(\.changes).count == 9992)
        #expect(found.allSatisfy { $0.changes.count <= 700 })
        #expect(Set(found.map(\.end)).count == 3)
        let parts = found.filter { $0.end == found[1].end }
        #expect(
            parts.map(\.partNumber) == Array(0..<15)
                && parts.map(\.isLastPart) == Array(repeating: false, count: 14) + [true])
        #expect(await stream.reconnects == 0)
        await stream.close()
    }

    @Test("A killed dump resumes at a border: nothing twice, nothing missed", arguments: ServerFamily.available)
    func resume(family: ServerFamily) async throws {
        let server = try await ServerProcess.start(family, name: "killed")
        let fixture = try await BinlogFixture.on(server)
        try await fixture.run("CREATE TABLE a (id INT PRIMARY KEY, v CHAR(200))")
        var options = try await fixture.options(["a"])
        options.limits.heldBytes = 20_000
        options.limits.partRows = 50
        let stream = try await BinlogStream.open(options, clock: ContinuousClock())
        let writing = Task {
            for transaction in 0..<60 {
                try await fixture.run("BEGIN")
                for row in 0..<(transaction % 10 == 0 ? 400 : 3) {
                    try await fixture.run("INSERT INTO a VALUES (\(.int(Int64(transaction * 1000 + row))), 'x')")
                }
                try await fixture.run("COMMIT")
                if transaction % 7 == 3 { try await fixture.run("FLUSH BINARY LOGS") }
            }
        }
        let killer = try await fixture.server.connect()
        let killing = Task {
            while !Task.isCancelled {
                let dumps = try await killer.query(
                    "SELECT id FROM information_schema.processlist WHERE command LIKE 'Binlog Dump%' AND db IS NULL AND user = 'lockstep'"
                )
                for dump in dumps {
                    do { try await killer.execute(SQL(verbatim: "KILL \(try dump.uint(0))")) } catch {
                        guard (error as? MySQLError)?.isUnknownThread == true else { throw error }
                    }
                }
                try await Task.sleep(for: .milliseconds(15))
            }
        }
        var seen: [BinlogTransaction] = []
        while seen.reduce(0, { $0 + $1.changes.count }) < 6 * 400 + 54 * 3 {
            seen += try await stream.nextBatch().transactions
        }
        killing.cancel()
        _ = await killing.result
        try await writing.value
        seen += try await fixture.drain(stream).transactions
        let ids = seen.flatMap(\.changes).map { change -> Int64 in
            if case .insert(let row) = change.row { row[0].int64 ?? -1 } else { -1 }
        }
        let expected = (0..<60).flatMap { t in (0..<(t % 10 == 0 ? 400 : 3)).map { Int64(t * 1000 + $0) } }
        #expect(ids == expected)
        #expect(await stream.reconnects > 0)
        await stream.close()
        await server.stop()
    }

    @Test("A GTID start gives exactly what the position does not cover", arguments: ServerFamily.available)
    func gtidStart(family: ServerFamily) async throws {
        let fixture = try await BinlogFixture.on(family)
        try await fixture.run("CREATE TABLE a (id INT PRIMARY KEY)", "INSERT INTO a VALUES (1)")
        if family == .mysql {
            try await fixture.run(
                "SET gtid_next = 'AUTOMATIC:nightly'", "INSERT INTO a VALUES (10)", "SET gtid_next = AUTOMATIC")
        }
        let gtid = try await BinlogStream.currentPosition(on: fixture.writer).gtid
        try await fixture.run("INSERT INTO a VALUES (2)", "FLUSH BINARY LOGS", "INSERT INTO a VALUES (3)")
        if family == .mysql {
            try await fixture.run(
                "SET gtid_next = 'AUTOMATIC:nightly'", "INSERT INTO a VALUES (4)", "SET gtid_next = AUTOMATIC")
        } else {
            try await fixture.run("SET gtid_domain_id = 7", "INSERT INTO a VALUES (4)")
        }
        let options = try await fixture.options(["a"], from: .gtid(gtid))
        let stream = try await BinlogStream.open(options, clock: ContinuousClock())
        let found = try await fixture.drain(stream).transactions
        #expect(found.flatMap(\.changes).map(\.row) == [.insert([2]), .insert([3]), .insert([4])])
        var position = gtid
        for transaction in found { if let name = transaction.gtid { position.advance(by: name) } }
        #expect(found.allSatisfy { $0.gtid.map { position.contains($0) && !gtid.contains($0) } == true })
        let lastName = found[2].gtid?.description ?? ""
        #expect(lastName.contains(family == .mysql ? ":nightly:" : "7-") == true)
        await stream.close()
    }

    @Test("Rotation, other tables and silence move the border", arguments: ServerFamily.available)
    func progress(family: ServerFamily) async throws {
        let fixture = try await BinlogFixture.on(family)
        try await fixture.run("CREATE TABLE a (id INT PRIMARY KEY)", "CREATE TABLE b LIKE a")
        let stream = try await fixture.open(["a"])
        let start = await stream.border
        try await fixture.run(
            "INSERT INTO b VALUES (1)", "FLUSH BINARY LOGS", "INSERT INTO b VALUES (2)", "INSERT INTO a VALUES (1)")
        let end = try await BinlogStream.currentPosition(on: fixture.writer).position
        let items = try await fixture.drain(stream)
        #expect(items.changes == [.insert([1])])
        #expect(await stream.border.file > start.file)
        #expect(await stream.border >= end)
        await stream.close()
    }

    @Test("DDL on a subscribed table is handed over; the consumer judges", arguments: ServerFamily.available)
    func ddl(family: ServerFamily) async throws {
        let fixture = try await BinlogFixture.on(family)
        try await fixture.run("CREATE TABLE a (id INT PRIMARY KEY)", "CREATE TABLE b LIKE a")
        let stream = try await fixture.open(["a"])
        try await fixture.run(
            "ALTER TABLE b ADD a INT", "CREATE INDEX i ON a (id)", "RENAME TABLE a TO c, b TO a",
            "CREATE TABLE d LIKE a")
        let found = try await fixture.drain(stream).ddl
        #expect(found.map(\.kind) == [.index, .rename])
        #expect(try found.map(\.tables) == [[fixture.table("a")], [fixture.table("a")]])
        #expect(found.allSatisfy { $0.start < $0.end })
        await stream.close()
    }

    @Test("A frozen server is noticed, and cancelling ends the wait at once", arguments: ServerFamily.available)
    func silence(family: ServerFamily) async throws {
        let server = try await ServerProcess.start(family, name: "frozen")
        let fixture = try await BinlogFixture.on(server)
        try await fixture.run("CREATE TABLE a (id INT PRIMARY KEY)")
        var options = try await fixture.options(["a"])
        options.heartbeat = .milliseconds(300)
        options.silenceLimit = .seconds(1)
        options.reconnectAttempts = 2
        options.connection.connectTimeout = .seconds(1)
        let stream = try await BinlogStream.open(options, clock: ContinuousClock())
        // Three heartbeats of the idle server: the connection stays.
        _ = try await fixture.drain(stream)
        let waiting = Task { try await stream.nextBatch() }
        try await Task.sleep(for: .milliseconds(1500))
        #expect(await stream.reconnects == 0)
        let begun = ContinuousClock.now
        waiting.cancel()
        let error = await #expect(throws: BinlogStreamError.self) { try await waiting.value }
        #expect(error == .cancelled && ContinuousClock.now - begun < .seconds(1))
        let second = try await BinlogStream.open(options, clock: ContinuousClock())
        try await server.freeze()
        let lost = await #expect(throws: BinlogStreamError.self) { while true { _ = try await second.nextBatch() } }
        if case .lost(_, attempts: 2) = lost {} else { Issue.record("\(String(describing: lost))") }
        try await server.thaw()
        await server.stop()
    }
}
