import Core
import Manifests
import Testing

@Suite("Migration manifests")
struct MigrationManifestTests {
    private let head = "apiVersion: lockstep/v1\nkind: Migration\nmetadata:\n  name: add-email-index\n"

    private func error(_ text: String) throws -> String {
        let error = #expect(throws: ManifestError.self) { try MigrationManifest(text, file: "m.yaml") }
        return "\(try #require(error))"
    }

    @Test("A manifest with only what is needed gets the defaults")
    func defaults() throws {
        let manifest = try MigrationManifest(
            head + "spec:\n  keyspace: commerce\n  table: orders\n  alter: ADD INDEX idx_email (email)\n", file: "m.yaml")
        #expect(manifest.name == "add-email-index")
        #expect(manifest.alter == "ADD INDEX idx_email (email)")
        #expect(manifest.policy == MigrationPolicy())
    }

    @Test("Every field is read")
    func everything() throws {
        let manifest = try MigrationManifest(
            head + """
                spec:
                  keyspace: commerce
                  table: orders
                  alter: ALTER TABLE orders ADD COLUMN note TEXT
                  launch: postponed
                  completion: automatic
                  cutOver: {lockWait: 250ms, threshold: 2s, blockerAge: 1s, maxTail: 3s, backOff: [0s, 5s]}
                  copy: {chunkTime: 50ms, workers: 4}
                  throttle: {maxReplicaLag: 10s, maxThreadsRunning: off, maxHistoryLength: 5000, query: SELECT 0}
                  keepOldTable: 1h
                """, file: "m.yaml")
        #expect(manifest.alter == "ADD COLUMN note TEXT")
        #expect(
            manifest.policy
                == MigrationPolicy(
                    postponeLaunch: true, postponeCompletion: false,
                    cutOver: CutOverPolicy(
                        lockWait: .milliseconds(250), threshold: .seconds(2), blockerAge: .seconds(1), maxTail: .seconds(3),
                        backOff: [.zero, .seconds(5)]), copy: CopyPolicy(chunkTime: .milliseconds(50), workers: 4),
                    throttle: ThrottlePolicy(
                        maxReplicaLag: .seconds(10), maxThreadsRunning: nil, maxHistoryLength: 5000, query: "SELECT 0"),
                    keepOldTable: .seconds(3600)))
    }

    @Test("An unknown field names file, line, the likely meaning and what is allowed")
    func unknownField() throws {
        let text = try error(head + "spec:\n  keyspace: c\n  table: t\n  alter: ADD INDEX (a)\n  cutover: {}\n")
        #expect(text.hasPrefix("m.yaml:9:3: unknown field \"cutover\" in spec: do you mean \"cutOver\"?"))
        #expect(text.contains("allowed  keyspace, table, alter"))
    }

    @Test("Malformed YAML names the line")
    func malformed() throws {
        #expect(try error(head + "spec: [\n").hasPrefix("m.yaml:6:1: not YAML: "))
        #expect(try error("").contains("the file is empty"))
    }

    @Test("A wrong value says what would be right")
    func wrongValues() throws {
        let spec = "spec:\n  keyspace: c\n  table: t\n  alter: ADD INDEX (a)\n"
        #expect(try error(head + spec + "  launch: now\n").contains("allowed  immediate, postponed"))
        #expect(try error(head + spec + "  copy: {workers: 99}\n").contains("1 to 16"))
        #expect(try error(head + spec + "  keepOldTable: soon\n").contains("spec.keepOldTable must be a time"))
        #expect(try error("apiVersion: lockstep/v9\nkind: Migration\n").contains("allowed  lockstep/v1"))
    }

    @Test("An ALTER that cannot be used is refused with its line")
    func refusedAlter() throws {
        let text = try error(head + "spec:\n  keyspace: c\n  table: t\n  alter: DROP TABLE t\n")
        #expect(text.hasPrefix("m.yaml:8:"))
        let other = try error(head + "spec:\n  keyspace: c\n  table: t\n  alter: ALTER TABLE u ADD INDEX (a)\n")
        #expect(other.contains("the ALTER names the table `u`"))
    }
}

extension MigrationManifestTests {
    @Test("A mixture of INSTANT and copies is allowed by a word, where tablets choose, and nowhere else")
    func mixedInstant() throws {
        func manifest(_ lines: String) throws(ManifestError) -> MigrationManifest {
            try MigrationManifest(
                "apiVersion: lockstep/v1\nkind: Migration\nmetadata: {name: m}\nspec:\n  keyspace: k\n  table: t\n  alter: ADD COLUMN a INT\n"
                    + lines, file: "m.yaml")
        }
        let strategy = "  strategy: {vitess: --prefer-instant-ddl}\n"
        #expect(try !manifest(strategy).strategy.allowsMixedInstant)
        #expect(try manifest(strategy + "  allowMixedInstant: true\n").strategy.allowsMixedInstant)
        #expect(try !manifest(strategy + "  allowMixedInstant: false\n").strategy.allowsMixedInstant)
        for other in ["", "  strategy: direct\n"] {
            #expect(throws: ManifestError.self) { try manifest(other + "  allowMixedInstant: true\n") }
        }
        #expect(throws: ManifestError.self) { try manifest(strategy + "  allowMixedInstant: perhaps\n") }
    }
}

@Suite("Cluster files")
struct ClusterFileTests {
    private func behindVTGate(_ more: String) throws(ManifestError) -> ClusterFile.Keyspace? {
        try ClusterFile(
            "apiVersion: lockstep/v1\nkind: Cluster\nmetadata: {name: c}\nkeyspaces:\n  - name: commerce\n" + more, file: "c.yaml"
        ).keyspace("commerce")
    }

    @Test("A keyspace behind a VTGate may name its shards' own servers, for looking who is in the way")
    func servers() throws {
        let keyspace = try #require(
            try behindVTGate(
                """
                    vtgate: 10.0.0.1:15306
                    servers:
                      - {shard: "-80", primary: "10.0.0.2:3306"}
                      - {shard: "80-", primary: /run/mysqld.sock, database: shop_2}
                """))
        #expect(keyspace.shards.isEmpty)
        #expect(keyspace.servers.map(\.name) == ["-80", "80-"].map { ShardName(keyspace: "commerce", shard: $0) })
        #expect(keyspace.servers.map(\.database) == ["vt_commerce", "shop_2"])
        #expect(keyspace.servers[0].primary == .tcp(host: "10.0.0.2", port: 3306))
        #expect(try behindVTGate("    vtgate: 10.0.0.1:15306\n")?.servers.isEmpty == true)
    }

    @Test("A server given twice, without an address, or for a keyspace that has no VTGate is an error")
    func wrongServers() {
        let server = #"      - {shard: "-80", primary: "h:1"}"# + "\n"
        for more in [
            "    vtgate: h:1\n    servers:\n" + server + server, "    vtgate: h:1\n    servers:\n      - {shard: \"-80\"}\n",
            "    shards:\n      - {name: \"0\", primary: \"h:1\"}\n    servers:\n" + server,
        ] { #expect(throws: ManifestError.self) { try behindVTGate(more) } }
    }

    private let text = """
        apiVersion: lockstep/v1
        kind: Cluster
        metadata: {name: us-east, production: true}
        credentials: {user: lockstep, passwordEnv: LOCKSTEP_MYSQL_PASSWORD}
        tls: {mode: verify-ca, ca: /etc/ca.pem}
        keyspaces:
          - name: commerce
            database: shop
            shards:
              - {name: "-80", primary: "10.0.0.1:3306", replicas: ["10.0.0.2:3306", "[::1]:3307"]}
              - {name: "80-", primary: /run/mysqld.sock}
        """

    @Test("Keyspaces, shards and servers are read in the file's order")
    func reading() throws {
        let cluster = try ClusterFile(text, file: "c.yaml")
        #expect(cluster.environment == Environment(name: "us-east", isProduction: true))
        let keyspace = try #require(cluster.keyspace("commerce"))
        #expect(keyspace.database == "shop")
        #expect(keyspace.shards.map(\.name.shard) == ["-80", "80-"])
        #expect(keyspace.shards[0].replicas.map(\.description) == ["10.0.0.2:3306", "[::1]:3307"])
        #expect(keyspace.shards[1].primary == .socket(path: "/run/mysqld.sock"))
    }

    @Test("Two shards in one place are an error: they would change the same table twice")
    func samePlace() throws {
        let twice = text.replacing("/run/mysqld.sock", with: "\"10.0.0.1:3306\"")
        let error = #expect(throws: ManifestError.self) { try ClusterFile(twice, file: "c.yaml") }
        #expect(try #require(error).what.contains("are the same database on the same primary"))
    }

    @Test("A password has no place in a cluster file")
    func noPassword() throws {
        let leak = text.replacing("passwordEnv: LOCKSTEP_MYSQL_PASSWORD", with: "password: secret")
        let error = #expect(throws: ManifestError.self) { try ClusterFile(leak, file: "c.yaml") }
        #expect(try #require(error).what.contains("unknown field \"password\""))
    }

    @Test("An address without a port is an error with its line")
    func address() throws {
        let bad = text.replacing("10.0.0.1:3306", with: "10.0.0.1")
        let error = try #require(throws: ManifestError.self) { try ClusterFile(bad, file: "c.yaml") }
        #expect(error.line == 10)
    }
}
