/// The SHOW statements.
extension World {
    // MARK: Migrations

    func showMigrations(
        keyspace: String?, like: String?, condition: Condition?, conditionText: String, _ session: Session
    ) throws(ErrorAnswer) -> Answer {
        // Seen on a cluster: FROM does nothing in a shard-targeted session.
        let shards = try targets(session, keyspace: session.shard == nil ? keyspace : nil)
        try requirePrimary(session, "SHOW VITESS_MIGRATION")
        if like == "" {
            // Fact 7, transcript 26f: vtgate panics; the session is gone, the server lives on.
            note(.emptyLike, "show vitess_migrations like ''", session)
            return .dropped
        }
        var answers: [(ShardState, [[UInt8]])] = []
        try fanOut(shards, session) { shard throws(ErrorAnswer) in
            let columns = MigrationColumn.all(of: shard.version)
            for name in condition?.columns ?? [] where !columns.contains(where: { $0.wire.name == name }) {
                // transcript 20.
                throw ErrorAnswer(
                    code: 1054, state: "42S22",
                    message: tabletError(
                        shard, code: "NotFound",
                        "Unknown column '\(name)' in 'where clause' (errno 1054) (sqlstate 42S22)")
                        + ": Sql: \"show vitess_migrations where \(conditionText)\", BindVars: {}")
            }
            var rows: [[UInt8]] = []
            for record in shard.records where isWanted(record.row, like: like, condition) {
                rows.append(record.payload(columns))
            }
            answers.append((shard, rows))
        }
        // Fact 33: rows come in random shard order; the columns are those of whoever came first.
        if configuration.shufflesShards { answers.shuffle(using: &generator) }
        let version = answers.first?.0.version ?? version
        return .rows(
            ResultTable(MigrationColumn.all(of: version).map(\.wire), payloads: answers.flatMap(\.1)))
    }

    private func isWanted(_ row: MigrationValues, like: String?, _ condition: Condition?) -> Bool {
        if let like {
            // Fact 33: uuid, context or status.
            return Like.matches(row.uuid, like) || Like.matches(row.context, like)
                || Like.matches(row.status.rawValue, like)
        }
        guard let condition else { return true }
        return condition.holds(now: now) { MigrationColumn.byName[$0]?.text(row) } == true
    }

    /// Fact 32, transcript 4 and 7.
    func showLogs(_ uuid: String, _ session: Session) throws(ErrorAnswer) -> Answer {
        try fanOut(try targets(session), session) { shard throws(ErrorAnswer) in
            guard shard.record(uuid) != nil else {
                throw ErrorAnswer(message: tabletError(shard, "migration not found"))
            }
            throw ErrorAnswer(message: tabletError(shard, code: "NotFound", "No log file for migration \(uuid)"))
        }
        return .ok(affected: 0)
    }

    // MARK: Topology (transcript 10b)

    /// Seen on a cluster: a shard-targeted session hands these on to the shard's MySQL, which does not know them.
    func showTopology(_ statement: Statement, _ text: String, _ session: Session) throws(ErrorAnswer) -> Answer {
        if session.shard != nil {
            try fanOut(try targets(session), session, needsExecutor: false) { shard throws(ErrorAnswer) in
                let words = Canonical.text(Tokenizer.tokens(text))
                let near = words.dropFirst(5).replacing("vitess_keyspaces", with: "keyspaces")
                throw ErrorAnswer(
                    code: 1064, state: "42000",
                    message: tabletError(
                        shard, code: "InvalidArgument",
                        "You have an error in your SQL syntax; check the manual that corresponds to your MySQL server "
                            + "version for the right syntax to use near '\(near)' at line 1 (errno 1064) (sqlstate "
                            + "42000)") + ": Sql: \"\(words)\", BindVars: {}")
            }
        }
        switch statement {
        case .showShards(let like): return showShards(like: like)
        case .showTablets(let like): return showTablets(like: like)
        case .showReplication(let like): return showReplication(like: like)
        case .showKeyspaces(let like): return showKeyspaces(like: like)
        default: return .rows(ResultTable(Self.texts(["Target"]), rows: [[session.target]]))
        }
    }

    func showShards(like: String?) -> Answer {
        let names = allShards.map { "\($0.keyspace)/\($0.name)" }
        return .rows(
            ResultTable(
                Self.texts(["Shards"]), rows: names.filter { like == nil || Like.matches($0, like!) }.map { [$0] }))
    }

    func showTablets(like: String?) -> Answer {
        var rows: [[String?]] = []
        // LIKE matches the host's name, and every tablet is on this one.
        if like == nil || Like.matches("127.0.0.1", like!) {
            for shard in allShards {
                rows.append(tablet(shard, shard.primary, "PRIMARY"))
                for replica in shard.replicas { rows.append(tablet(shard, replica, "REPLICA")) }
            }
        }
        let names = ["Cell", "Keyspace", "Shard", "TabletType", "State", "Alias", "Hostname", "PrimaryTermStartTime"]
        return .rows(ResultTable(Self.texts(names), rows: rows))
    }

    private func tablet(_ shard: ShardState, _ tablet: ShardState.Tablet, _ type: String) -> [String?] {
        let since = type == "PRIMARY" ? tablet.primarySince.map { Clock.isoText($0) } ?? "" : ""
        let state = tablet.isServing ? "SERVING" : "NOT_SERVING"
        return ["zone1", shard.keyspace, shard.name, type, state, tablet.alias, "127.0.0.1", since]
    }

    /// Fact 34: replicas only; the throttler's words are about the load average.
    func showReplication(like: String?) -> Answer {
        var rows: [[String?]] = []
        for shard in allShards {
            if let like, !Like.matches("\(shard.keyspace)/\(shard.name)", like), !Like.matches(shard.keyspace, like) {
                continue
            }
            for replica in shard.replicas where replica.isServing {
                rows.append([
                    shard.keyspace, shard.name, "REPLICA", replica.alias, "127.0.0.1",
                    "127.0.0.1:\(30_000 + (shard.index + 1) * 100 % 35_000)",
                    #"{"EventStreamRunning":"Yes","EventApplierRunning":"Yes","LastError":""}"#,
                    String(shard.replicationLag[replica.alias] ?? 0),
                    #"{"state":"","load":315.50,"message":"threshold exceeded"}"#,
                ])
            }
        }
        let names = [
            "Keyspace", "Shard", "TabletType", "Alias", "Hostname", "ReplicationSource", "ReplicationHealth",
            "ReplicationLag", "ThrottlerStatus",
        ]
        return .rows(ResultTable(Self.texts(names), rows: rows))
    }

    func showKeyspaces(like: String?) -> Answer {
        let names = keyspaces.map(\.name).filter { like == nil || Like.matches($0, like!) }
        return .rows(ResultTable(Self.texts(["Database"]), rows: names.map { [$0] }))
    }

    static func texts(_ names: [String]) -> [WireColumn] { names.map { WireColumn($0, charset: 255) } }

    // MARK: Throttler (transcript 10, 10b)

    func showThrottlerStatus(_ session: Session) throws(ErrorAnswer) -> Answer {
        var rows: [[String?]] = []
        try fanOut(try targets(session), session, needsExecutor: false) { shard throws(ErrorAnswer) in
            rows.append([
                shard.name, "1", "5",
                "select unix_timestamp(now(6))-max(ts/1000000000) as replication_lag from _vt.heartbeat",
            ])
        }
        if configuration.shufflesShards { rows.shuffle(using: &generator) }
        let columns = [
            WireColumn("shard"), WireColumn("enabled", .long), WireColumn("threshold", .double), WireColumn("query"),
        ]
        return .rows(ResultTable(columns, rows: rows))
    }

    /// Fact 34: no shard column, so every app comes once a shard.
    func showThrottledApps(_ session: Session) throws(ErrorAnswer) -> Answer {
        var answers: [[[String?]]] = []
        let keyspace = try keyspaceState(session)
        let always = configuration.begin + 3650 * 86_400
        try fanOut(try targets(session), session, needsExecutor: false) { shard throws(ErrorAnswer) in
            var rows: [[String?]] = [["always-throttled-app", Clock.text(always + Double(shard.index % 3)), "1"]]
            for (app, rule) in keyspace.throttled.sorted(by: { $0.key < $1.key }) where rule.expires > now {
                rows.append([app, Clock.text(rule.expires), rule.ratioText])
            }
            answers.append(rows)
        }
        if configuration.shufflesShards { answers.shuffle(using: &generator) }
        let columns = [WireColumn("app"), WireColumn("expire_at", .timestamp), WireColumn("ratio", .newdecimal)]
        return .rows(ResultTable(columns, rows: answers.flatMap { $0 }))
    }

    // MARK: Tables

    /// Without a shard, VTGate asks any of them.
    func showCreateTable(_ keyspace: String?, _ name: String, _ session: Session) throws(ErrorAnswer) -> Answer {
        let shards = try targets(session, keyspace: keyspace)
        if session.shard == nil, shards.allSatisfy({ $0.tables[name] == nil }) {
            // Seen on a cluster: VTGate's own schema is asked first.
            throw ErrorAnswer(message: "table \(name) not found")
        }
        var found: TableState?
        try fanOut(Array(shards.prefix(1)), session, needsExecutor: false) { shard throws(ErrorAnswer) in
            guard let table = shard.tables[name] else {
                throw ErrorAnswer(
                    code: 1146, state: "42S02",
                    message: tabletError(
                        shard, code: "NotFound",
                        "Table 'vt_\(shard.keyspace).\(name)' doesn't exist (errno 1146) (sqlstate 42S02)")
                        + ": Sql: \"show create table \(name)\", BindVars: {}")
            }
            found = table
        }
        let names = found?.isView == true ? ["View", "Create View"] : ["Table", "Create Table"]
        return .rows(ResultTable(Self.texts(names), rows: [[name, found?.createText]]))
    }

    func showTables(_ keyspace: String?, like: String?, _ session: Session) throws(ErrorAnswer) -> Answer {
        let shards = try targets(session, keyspace: keyspace)
        let names = (shards.first?.tables.keys.sorted() ?? []).filter { like == nil || Like.matches($0, like!) }
        let name = keyspace ?? session.keyspace ?? keyspaces[0].name
        return .rows(ResultTable(Self.texts(["Tables_in_\(name)"]), rows: names.map { [$0] }))
    }
}
