import Core
import MySQLClient
import OnlineSchemaChange
import Sandbox
import Testing

@Suite("Preflight on real servers")
struct PreflightTests {
    static let id = MigrationID("7c1e00000000000000000000000000aa")!

    static func check(
        _ database: TestDatabase, _ connection: Connection, table: String = "t", alter: String = "ADD COLUMN x INT",
        pinned: String? = nil, own: Set<UInt64> = [], expected: Set<Artifact> = []
    ) async -> Preflight.Report {
        await Preflight.check(
            Preflight.Request(
                id: id, database: database.name, table: table, alter: alter, pinnedFingerprint: pinned,
                ownConnections: own, expected: expected), on: connection)
    }

    /// The only refusal.
    static func refusal(
        _ database: TestDatabase, _ connection: Connection, table: String = "t", alter: String = "ADD COLUMN x INT",
        sourceLocation: SourceLocation = #_sourceLocation
    ) async -> Failure? {
        let report = await check(database, connection, table: table, alter: alter)
        #expect(report.findings.refusals.count == 1, "\(report.findings.refusals)", sourceLocation: sourceLocation)
        let failure = report.findings.refusals.first
        #expect(failure?.now == "nothing was changed", sourceLocation: sourceLocation)
        #expect(failure?.next?.isEmpty == false, sourceLocation: sourceLocation)
        return failure
    }

    @Test("A sound table on a sound server is not refused, and the plan creates nothing", arguments: testFamilies)
    func sound(family: TestFamily) async throws {
        let database = try await TestDatabase.make(
            family,
            [
                "CREATE TABLE t (a INT NOT NULL, b INT NOT NULL, c TEXT, PRIMARY KEY (a, b))",
                "INSERT INTO t VALUES (1, 1, 'x')",
            ])
        let connection = try await database.lockstep()
        let report = await Self.check(database, connection)
        #expect(report.findings.refusals == [])
        let context = try #require(report.context)
        #expect(context.database == database.name)
        #expect(report.spaceNeeded ?? 0 > 0)
        #expect(try await TableInspector.names(connection, database: database.name) == ["t"])
        let plan = await ShardPlanner.plan(
            PlanRequest(
                id: Self.id, keyspace: "k", table: "t", alter: "FORCE", policy: MigrationPolicy(),
                pinnedFingerprint: nil),
            on: ShardName(keyspace: "k", shard: "0"), database: database.name,
            primary: database.options(database.server.users.lockstep), replicas: [])
        let fingerprint = plan.fingerprint
        #expect(plan.keyColumns == ["a", "b"])
        #expect(await Self.check(database, connection, pinned: fingerprint).findings.refusals == [])
        let drifted = await Self.check(database, connection, pinned: "0-0").findings.refusals
        #expect(drifted.map(\.kind) == [.schemaDrift])
        await connection.close()
    }

    @Test("What a table may not be or have is refused, each by name", arguments: testFamilies)
    func tables(family: TestFamily) async throws {
        let database = try await TestDatabase.make(
            family,
            [
                "CREATE TABLE nokey (a INT, b INT, UNIQUE (a))", "CREATE TABLE floating (f FLOAT NOT NULL PRIMARY KEY)",
                "CREATE TABLE engine (a INT PRIMARY KEY) ENGINE=MyISAM",
                "CREATE TABLE mother (a INT PRIMARY KEY)",
                "CREATE TABLE child (a INT PRIMARY KEY, CONSTRAINT kin FOREIGN KEY (a) REFERENCES mother (a))",
                "CREATE TABLE triggered (a INT PRIMARY KEY)",
                "CREATE TRIGGER pulled BEFORE INSERT ON triggered FOR EACH ROW SET NEW.a = 1",
                "CREATE VIEW v AS SELECT 1 AS one", "CREATE TABLE t (a INT PRIMARY KEY, b INT)",
            ])
        let connection = try await database.lockstep()
        func what(_ table: String, alter: String = "ADD COLUMN x INT") async -> String {
            let failure = await Self.refusal(database, connection, table: table, alter: alter)
            return "\(failure?.what ?? "") \(failure?.cause ?? "")"
        }
        #expect(await what("nokey").contains("may be NULL"))
        #expect(await what("floating").contains("FLOAT"))
        #expect(await what("engine").contains("MyISAM"))
        #expect(await what("mother").contains("kin"))
        #expect(await what("child").contains("kin"))
        #expect(await what("triggered").contains("pulled"))
        #expect(await what("v").contains("view"))
        #expect(await what("missing").contains("does not exist"))
        #expect(await what("T").contains("letter cases"))
        #expect(await what("t", alter: "DROP COLUMN a").contains("is dropped"))
        #expect(await what("t", alter: "RENAME TO u").contains("Renaming"))
        #expect(await what("t", alter: "ADD COLUMN (").isEmpty == false)
        #expect(await what("t", alter: "ALTER TABLE u ADD COLUMN x INT").contains("another table"))
        await connection.close()
    }

    @Test("What only MariaDB has and cannot be copied is refused")
    func mariaDBTables() async throws {
        let database = try await TestDatabase.make(
            .mariadb,
            [
                "CREATE TABLE versioned (a INT PRIMARY KEY) WITH SYSTEM VERSIONING", "CREATE SEQUENCE counter",
                "CREATE TABLE squeezed (a INT PRIMARY KEY, b VARCHAR(100) COMPRESSED)",
                "CREATE TABLE tagged (a INT PRIMARY KEY, b UUID)",
                "CREATE TABLE booked (a INT, s DATE, e DATE, PERIOD FOR p (s, e), PRIMARY KEY (a, p WITHOUT OVERLAPS))",
            ])
        let connection = try await database.lockstep()
        func what(_ table: String) async -> String {
            await Self.refusal(database, connection, table: table)?.what ?? ""
        }
        #expect(await what("versioned").contains("history"))
        #expect(await what("counter").contains("sequence"))
        #expect(await what("squeezed").contains("COMPRESSED"))
        #expect(await what("tagged").contains("uuid"))
        #expect(await what("booked").contains("WITHOUT OVERLAPS"))
        await connection.close()
    }

    @Test(
        "Taken names, other migrations' shadow tables and our advisory lock are refused; other tools' tables warn",
        arguments: testFamilies)
    func others(family: TestFamily) async throws {
        let database = try await TestDatabase.make(
            family,
            [
                "CREATE TABLE t (a INT PRIMARY KEY)", "CREATE TABLE _t_gho LIKE t",
                "CREATE TABLE t_ls_7c1e0000_new LIKE t",
                "CREATE TABLE t_ls_aaaaaaaa_new LIKE t", "CREATE TABLE t_ls_aaaaaaaa_old LIKE t",
            ])
        let (connection, other) = (try await database.lockstep(), try await database.lockstep())
        let shadow = Artifact(.shadowTable, "t_ls_7c1e0000_new")
        let report = await Self.check(database, connection)
        #expect(
            report.findings.refusals.map(\.what).sorted() == [
                "The name t_ls_7c1e0000_new is taken.", "The table is being changed by another migration, aaaaaaaa.",
            ])
        #expect(report.findings.warnings.contains { $0.contains("_t_gho") })
        try await connection.execute("DROP TABLE t_ls_aaaaaaaa_new")
        #expect(await Self.check(database, connection, expected: [shadow]).findings.refusals == [])
        #expect(try await AdvisoryLock.take(other, database: database.name, table: "t") == nil)
        let held = await Self.check(database, connection, expected: [shadow]).findings.refusals
        #expect(held.count == 1)
        #expect(held.first?.cause?.contains("connection \(other.connectionID), lockstep@") == true)
        #expect(
            try await AdvisoryLock.take(connection, database: database.name, table: "t")?.connection
                == other.connectionID)
        #expect(
            await Self.check(database, connection, own: [other.connectionID], expected: [shadow]).findings.refusals
                == [])
        for session in [connection, other] { await session.close() }
    }

    @Test(
        "Each missing grant is named with the statement that repairs it, and running those repairs it",
        arguments: testFamilies)
    func grants(family: TestFamily) async throws {
        let database = try await TestDatabase.make(family, ["CREATE TABLE t (a INT PRIMARY KEY)"])
        let root = try await database.root()
        let user = "poor_\(database.name.suffix(8))"
        let account = "'\(user)'@'%'"
        let name = SQL(verbatim: account)
        try await root.execute("CREATE USER \(name) IDENTIFIED BY 'Ls1-secret-Password'")
        try await root.execute("GRANT SELECT, INSERT ON \(try Identifier(database.name)).* TO \(name)")
        var options = database.options(Credentials(user: user, password: "Ls1-secret-Password"))
        options.database = nil
        let poor = try await Connection.open(options)
        let refused = await Self.check(database, poor).findings
        let missing = refused.refusals.filter { $0.what.hasPrefix("The grant ") }
        #expect(
            Set(
                missing.map { $0.what.split(separator: " is missing")[0].dropFirst("The grant ".count) }.map(
                    String.init))
                == [
                    "UPDATE", "DELETE", "CREATE", "DROP", "ALTER", "INDEX", "LOCK TABLES", "TRIGGER", "PROCESS",
                    "REPLICATION SLAVE",
                    family == .mariadb ? "BINLOG MONITOR" : "REPLICATION CLIENT",
                ])
        #expect(refused.warnings.contains { $0.contains("ends blockers") })
        await poor.close()
        for grant in missing { try await root.execute(SQL(verbatim: try #require(grant.next))) }
        let rich = try await Connection.open(options)
        #expect(await Self.check(database, rich).findings.refusals == [])
        try await root.execute("DROP USER \(name)")
        for session in [root, rich] { await session.close() }
    }

    @Test("The documented grants are enough, and a role's grants count", arguments: testFamilies)
    func roles(family: TestFamily) async throws {
        let database = try await TestDatabase.make(family, ["CREATE TABLE t (a INT PRIMARY KEY)"])
        let root = try await database.root()
        let suffix = String(database.name.suffix(8))
        let (user, role) = (
            SQL(verbatim: "'roled_\(suffix)'@'%'"),
            SQL(verbatim: family == .mysql ? "'role_\(suffix)'@'%'" : "role_\(suffix)")
        )
        try await root.execute("CREATE ROLE \(role)")
        let privileges = SQL(verbatim: ServerUsers.lockstepDatabasePrivileges)
        try await root.execute("GRANT \(privileges) ON \(try Identifier(database.name)).* TO \(role)")
        try await root.execute("GRANT \(SQL(verbatim: ServerUsers.lockstepServerPrivileges(family))) ON *.* TO \(role)")
        try await root.execute("CREATE USER \(user) IDENTIFIED BY 'Ls1-secret-Password'")
        try await root.execute("GRANT \(role) TO \(user)")
        try await root.execute(
            family == .mysql ? "ALTER USER \(user) DEFAULT ROLE \(role)" : "SET DEFAULT ROLE \(role) FOR \(user)")
        var options = database.options(Credentials(user: "roled_\(suffix)", password: "Ls1-secret-Password"))
        options.database = nil
        let connection = try await Connection.open(options)
        #expect(await Self.check(database, connection).findings.refusals == [])
        try await root.execute("DROP USER \(user)")
        try await root.execute("DROP ROLE \(role)")
        for session in [root, connection] { await session.close() }
    }

    @Test("A server that may lose what it committed in a crash is warned of, and not refused", arguments: testFamilies)
    func durability(family: TestFamily) async throws {
        let database = try await TestDatabase.make(family, ["CREATE TABLE t (a INT PRIMARY KEY)"])
        let root = try await database.root()
        let connection = try await database.lockstep()
        func warnings() async -> [String] {
            let findings = await Self.check(database, connection).findings
            #expect(findings.refusals == [])
            return findings.warnings.filter { $0.contains("may lose committed changes") }
        }
        // The sandbox's own settings: quick, and proof only against the death of the process.
        let found = await warnings()
        #expect(found.count == 1)
        #expect(found.first?.contains("(innodb_flush_log_at_trx_commit = 2, sync_binlog = 0)") == true, "\(found)")
        try await root.execute("SET GLOBAL innodb_flush_log_at_trx_commit = 1")
        #expect(await warnings().first?.contains("(sync_binlog = 0)") == true)
        try await root.execute("SET GLOBAL sync_binlog = 1")
        #expect(await warnings() == [])
        try await root.execute("SET GLOBAL innodb_flush_log_at_trx_commit = 2, GLOBAL sync_binlog = 0")
        for session in [root, connection] { await session.close() }
    }

    @Test("A server that logs no whole rows, or only reads, is refused", arguments: testFamilies)
    func servers(family: TestFamily) async throws {
        let options = ServerOptions(
            readOnly: true,
            extra: ["--binlog-format=MIXED", "--binlog-row-image=MINIMAL", "--binlog-ignore-db=commerce"]
                + (family == .mysql ? ["--binlog-row-value-options=PARTIAL_JSON"] : []))
        let server = try await ServerProcess.start(family, name: "wrong", options: options)
        let database = TestDatabase(server: server, name: "commerce")
        let root = try await database.root(selected: false)
        try await root.execute("CREATE DATABASE IF NOT EXISTS commerce")
        try await root.execute("CREATE TABLE commerce.t (a INT PRIMARY KEY)")
        let connection = try await database.lockstep()
        let report = await Self.check(database, connection)
        let causes = report.findings.refusals.compactMap(\.cause)
        var wanted = ["binlog_format = MIXED", "binlog_row_image = MINIMAL", "read_only = ON"]
        if family == .mysql { wanted.append("binlog_row_value_options = PARTIAL_JSON") }
        for cause in wanted { #expect(causes.contains(cause), "\(causes)") }
        #expect(causes.contains { $0.hasSuffix("binlog_ignore_db = commerce") })
        #expect(causes.count == wanted.count + 1)
        if family == .mysql { #expect(report.findings.warnings.contains { $0.contains("cannot be told for certain") }) }
        for session in [root, connection] { await session.close() }
        await server.stop()
    }

    @Test(
        "The plan tells key, rows, bytes and space, and is refused in words when the server is away",
        arguments: testFamilies)
    func plans(family: TestFamily) async throws {
        let database = try await TestDatabase.make(
            family, ["CREATE TABLE t (a INT PRIMARY KEY, b TEXT)", "INSERT INTO t VALUES (1, 'x'), (2, 'y')"])
        let shard = ShardName(keyspace: "commerce", shard: "-80")
        let request = PlanRequest(
            id: Self.id, keyspace: "commerce", table: "t", alter: "ADD COLUMN x INT", policy: MigrationPolicy(),
            pinnedFingerprint: nil)
        let options = database.options(database.server.users.lockstep)
        let plan = await ShardPlanner.plan(
            request, on: shard, database: database.name, primary: options,
            replicas: [Throttler.Server(name: "lone:1", options: options)])
        #expect(plan.refusals == [])
        #expect(plan.keyName == "PRIMARY")
        #expect(plan.keyColumns == ["a"])
        #expect(!plan.fingerprint.isEmpty)
        #expect(plan.definition.contains("column b"))
        #expect(plan.tableBytes ?? 0 > 0)
        #expect(plan.spaceFree ?? 0 > 0, "the server runs on this machine")
        #expect(plan.server.hasSuffix("127.0.0.1:\(database.server.port)"))
        #expect(plan.warnings.contains { $0.contains("lone:1") && $0.contains("not a replica") })
        let nowhere = await ShardPlanner.plan(
            request, on: shard, database: database.name,
            primary: ConnectionOptions(address: .tcp(host: "127.0.0.1", port: 1), user: "nobody"), replicas: [])
        #expect(nowhere.refusals.map(\.kind) == [.serverUnreachable])
        var wrong = options
        wrong.password = Secret("wrong")
        let denied = await ShardPlanner.plan(request, on: shard, database: database.name, primary: wrong, replicas: [])
        #expect(denied.refusals.map(\.kind) == [.accessDenied])
    }
}
