package import Core
internal import Schema

/// One migration as an operator writes it; see `docs/manifest.md`.
package struct MigrationManifest: Equatable, Sendable {
    package let name: String
    package let keyspace: String
    package let table: String
    /// The clauses behind `ALTER TABLE t`; empty when `sql` says it all.
    package let alter: String
    /// A whole statement, for Vitess: `CREATE TABLE ...`.
    package let sql: String?
    package let strategy: Strategy
    package let policy: MigrationPolicy

    /// Reads the text of a manifest. Contacts nothing.
    /// - Parameter file: how errors name it.
    package init(_ text: String, file: String) throws(ManifestError) {
        let document = try YAMLReader.document(text, file: file).fields(["apiVersion", "kind", "metadata", "spec"])
        try document.header(kind: "Migration")
        let metadata = try document.required("metadata").fields(["name"])
        name = try metadata.required("name").text()
        let spec = try document.required("spec").fields([
            "keyspace", "table", "alter", "launch", "completion", "cutOver", "copy", "throttle", "keepOldTable",
            "strategy", "sql", "rollout", "fallback", "allowMixedInstant",
        ])
        keyspace = try spec.required("keyspace").text()
        table = try spec.required("table").text()
        strategy = try ManifestStrategy.allowingMixedInstant(
            try ManifestStrategy.read(spec["strategy"]), spec["allowMixedInstant"])
        (alter, sql) = try Self.change(spec, table: table, strategy)
        policy = try Self.policy(spec, strategy)
        if case .vitess = strategy { try ManifestStrategy.refusePlainFields(spec) }
    }

    /// The clauses or the statement: Vitess alone takes the second.
    private static func change(
        _ spec: YAMLFields, table: String, _ strategy: Strategy
    ) throws(ManifestError) -> (String, String?) {
        guard let sql = spec["sql"] else {
            let field = try spec.required("alter")
            return (strategy == .online ? try clauses(field, table: table) : try ManifestStrategy.clauses(field, table: table), nil)
        }
        guard strategy != .online else { throw sql.fail("spec.sql is for Vitess; online takes spec.alter") }
        if let alter = spec["alter"] { throw alter.fail("spec.alter and spec.sql exclude each other", allowed: "one of them") }
        return ("", try sql.text())
    }

    private static func clauses(_ field: YAMLReader, table: String) throws(ManifestError) -> String {
        let text = try field.text()
        let statement: AlterStatement
        do { statement = try AlterStatement.parse(text) } catch {
            throw field.fail("the ALTER cannot be used: \(error.message)")
        }
        if let named = statement.table, named.name != table {
            throw field.fail("the ALTER names the table `\(named.name)`, the manifest `\(table)`", allowed: "the same table")
        }
        return statement.clausesText
    }

    private static func policy(_ spec: YAMLFields, _ strategy: Strategy) throws(ManifestError) -> MigrationPolicy {
        var policy = MigrationPolicy()
        // Vitess would go on trying by itself: a fleet that is split waits for a person unless the manifest says otherwise.
        if strategy != .online { policy.fallback.way = .hold }
        if let rollout = spec["rollout"] { policy.rollout = try ManifestStrategy.rollout(rollout) }
        if let fallback = spec["fallback"] { policy.fallback = try ManifestStrategy.fallback(fallback, policy.fallback, strategy) }
        if let launch = spec["launch"] {
            policy.postponeLaunch = try launch.choice(["immediate", "postponed"]) == "postponed"
        }
        if let completion = spec["completion"] {
            policy.postponeCompletion = try completion.choice(["postponed", "automatic"]) == "postponed"
        }
        if let cutOver = spec["cutOver"] { policy.cutOver = try Self.cutOver(cutOver) }
        if let copy = spec["copy"] { policy.copy = try Self.copy(copy) }
        if let throttle = spec["throttle"] { policy.throttle = try Self.throttle(throttle) }
        if let keep = spec["keepOldTable"] { policy.keepOldTable = try keep.duration(.zero ... .seconds(90 * 86_400)) }
        return policy
    }

    private static func cutOver(_ reader: YAMLReader) throws(ManifestError) -> CutOverPolicy {
        let fields = try reader.fields(["lockWait", "threshold", "blockerAge", "maxTail", "backOff"])
        var policy = CutOverPolicy()
        if let field = fields["lockWait"] { policy.lockWait = try field.duration(.milliseconds(50) ... .seconds(30)) }
        if let field = fields["threshold"] { policy.threshold = try field.duration(.milliseconds(100) ... .seconds(30)) }
        if let field = fields["blockerAge"] { policy.blockerAge = try field.duration(.zero ... .seconds(3600)) }
        if let field = fields["maxTail"] { policy.maxTail = try field.duration(.milliseconds(100) ... .seconds(60)) }
        if let field = fields["backOff"] {
            var waits: [Duration] = []
            for item in try field.items() { waits.append(try item.duration(.zero ... .seconds(86_400))) }
            guard !waits.isEmpty else { throw field.fail("\(field.path) must name at least one wait") }
            policy.backOff = waits
        }
        return policy
    }

    private static func copy(_ reader: YAMLReader) throws(ManifestError) -> CopyPolicy {
        let fields = try reader.fields(["chunkTime", "workers"])
        var policy = CopyPolicy()
        if let field = fields["chunkTime"] { policy.chunkTime = try field.duration(.milliseconds(5) ... .seconds(10)) }
        if let field = fields["workers"] { policy.workers = Int(try field.whole(1...16)) }
        return policy
    }

    private static func throttle(_ reader: YAMLReader) throws(ManifestError) -> ThrottlePolicy {
        let fields = try reader.fields(["maxReplicaLag", "maxThreadsRunning", "maxHistoryLength", "query"])
        var policy = ThrottlePolicy()
        if let field = fields["maxReplicaLag"] {
            policy.maxReplicaLag = try field.orOff { reader throws(ManifestError) in
                try reader.duration(.milliseconds(100) ... .seconds(3600))
            }
        }
        if let field = fields["maxThreadsRunning"] {
            policy.maxThreadsRunning = try field.orOff { reader throws(ManifestError) in try reader.whole(1...100_000) }
        }
        if let field = fields["maxHistoryLength"] {
            policy.maxHistoryLength = try field.orOff { reader throws(ManifestError) in
                try reader.whole(1...1_000_000_000_000)
            }
        }
        if let field = fields["query"] { policy.query = try field.text() }
        return policy
    }
}
