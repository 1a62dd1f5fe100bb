/// Schema changes: submitted, or run directly.
extension World {
    func change(_ ddl: DDL, _ text: String, _ session: Session) throws(ErrorAnswer) -> Answer {
        let strategy = session.strategy.split(separator: " ").first.map(String.init) ?? "direct"
        let isOnline = ["vitess", "online", "mysql"].contains(strategy)
        let keyspace = ddl.keyspace ?? session.keyspace
        if let name = ddl.keyspace, self.keyspace(name) == nil { throw Self.unknownKeyspace(name) }
        if session.shard != nil, keyspace == session.keyspace {
            // Fact 28, transcript 26d: the strategy is ignored, and the shard changes at once.
            note(.directChangeOnOneShard, text, session)
            return try runDirectly(ddl, text, session, keyspace)
        }
        // Fact 28: TRUNCATE and RENAME are never online.
        if !isOnline || ddl.action == .truncate || ddl.action == .rename {
            note(.directChange, text, session)
            return try runDirectly(ddl, text, session, keyspace)
        }
        try refuse(ddl)
        var uuids: [String] = []
        for table in [ddl.table] + ddl.moreTables {
            var part = ddl
            part.table = table
            part.moreTables = []
            if !ddl.moreTables.isEmpty { part.canonical = "drop \(ddl.action.isView ? "view" : "table") \(table)" }
            let uuid = newUUID()
            uuids.append(uuid)
            let options = session.strategy.split(separator: " ").dropFirst().joined(separator: " ")
            try fanOut(try targets(session, keyspace: keyspace), session) { shard throws(ErrorAnswer) in
                if let refusal = shard.refusedSubmission {
                    shard.refusedSubmission = nil
                    throw ErrorAnswer(
                        code: refusal.code, state: refusal.state, message: shardError(shard, refusal.message))
                }
                try submit(uuid, part, strategy, options, session, shard)
            }
        }
        return .rows(ResultTable([Self.uuidColumn], rows: uuids.map { [$0] }))
    }

    static let uuidColumn = WireColumn("uuid", charset: 255)

    /// transcript 12.
    private func refuse(_ ddl: DDL) throws(ErrorAnswer) {
        for clause in ddl.clauses {
            let words = clause.map(\.keyword)
            if words.first == "rename", !["column", "key", "index"].contains(words.dropFirst().first ?? "") {
                throw ErrorAnswer(
                    code: 1317, state: "70100", message: "ALTER TABLE ... RENAME is not supported in online DDL")
            }
            if words.contains("foreign") {
                throw ErrorAnswer(
                    code: 1317, state: "70100",
                    message: "foreign key constraints are not supported in online DDL, see "
                        + "https://vitess.io/blog/2021-06-15-online-ddl-why-no-fk/")
            }
        }
    }

    private func submit(
        _ uuid: String, _ ddl: DDL, _ strategy: String, _ options: String, _ session: Session, _ shard: ShardState
    ) throws(ErrorAnswer) {
        var row = MigrationValues(id: shard.nextID, uuid: uuid, keyspace: shard.keyspace, shard: shard.name, added: now)
        row.table = ddl.table
        row.statement = ddl.canonical
        row.strategy = strategy
        row.options = options
        row.context = session.context.isEmpty ? "vtgate:\(session.uuid)" : session.context
        row.action = ddl.action.text
        row.isView = ddl.action.isView
        row.tablet = shard.primary.alias
        try settle(&row, shard)
        row.allowConcurrent = row.hasOption("allow-concurrent") && (strategy != "mysql" || ddl.action != .alterTable)
        insert(MigrationRecord(row, ddl: ddl), shard)
    }

    /// Options that become columns, and what is refused at once.
    private func settle(_ row: inout MigrationValues, _ shard: ShardState) throws(ErrorAnswer) {
        if let text = row.option("cut-over-threshold"), let seconds = GoDuration.seconds(text) {
            // Fact 29, transcript 25: SET takes anything.
            if seconds != 0, let problem = Self.thresholdProblem(seconds) {
                throw ErrorAnswer(
                    message: tabletError(
                        shard, code: "FailedPrecondition",
                        "validating cut-over threshold in migration \(row.uuid): \(problem)"))
            }
            row.cutOverThreshold = seconds == 0 ? 10 : Int(seconds)
        }
        if let problem = singletonProblem(row, shard) {
            throw ErrorAnswer(
                message: tabletError(
                    shard, code: "FailedPrecondition", "submitting migration \(row.uuid): \(problem)"))
        }
        if let text = row.option("retain-artifacts"), let seconds = GoDuration.seconds(text) {
            row.retainSeconds = Int(seconds)
        }
        row.postponeLaunch = row.hasOption("postpone-launch")
        row.postponeCompletion = row.hasOption("postpone-completion")
    }

    /// Fact 36, transcript 17.
    private func singletonProblem(_ row: MigrationValues, _ shard: ShardState) -> String? {
        let pending = shard.records.filter { $0.row.status.isPending }
        if row.hasOption("singleton") {
            return pending.first.map {
                "singleton migration rejected: found pending migrations [sample: \($0.row.uuid)]"
            }
        }
        if row.hasOption("singleton-context") {
            let other = pending.first {
                $0.row.context != row.context && ($0.ddl != nil || $0.row.hasOption("singleton-context"))
            }
            return other.map {
                "singleton-context migration rejected: found pending migration: \($0.row.uuid) in different context: "
                    + $0.row.context
            }
        }
        if row.hasOption("singleton-table") {
            return pending.first { $0.row.table == row.table }.map {
                "singleton-table migration rejected: found pending migration: \($0.row.uuid) for the same table: "
                    + row.table
            }
        }
        return nil
    }

    private func insert(_ record: MigrationRecord, _ shard: ShardState) {
        shard.nextID += 1
        shard.add(record)
        stateChanged(shard)
    }

    // MARK: REVERT

    /// Fact 30: anything is accepted; the strategy is `online`, the options are the session's, and @@migration_context
    /// is ignored.
    func revert(_ uuid: String, _ session: Session) throws(ErrorAnswer) -> Answer {
        try requirePrimary(session, "REVERT VITESS_MIGRATION")
        let new = newUUID()
        let options = session.strategy.split(separator: " ").dropFirst().joined(separator: " ")
        try fanOut(try targets(session), session) { shard throws(ErrorAnswer) in
            if let refusal = shard.refusedSubmission {
                shard.refusedSubmission = nil
                throw ErrorAnswer(code: refusal.code, state: refusal.state, message: shardError(shard, refusal.message))
            }
            var row = MigrationValues(
                id: shard.nextID, uuid: new, keyspace: shard.keyspace, shard: shard.name, added: now)
            row.statement = "revert vitess_migration '\(uuid.replacing("'", with: "\\'"))'"
            row.strategy = "online"
            row.options = options
            row.context = "vtgate:\(session.uuid)"
            row.action = "revert"
            row.revertedUUID = uuid
            row.tablet = shard.primary.alias
            try settle(&row, shard)
            row.allowConcurrent = row.hasOption("allow-concurrent")
            insert(MigrationRecord(row, ddl: nil), shard)
        }
        return .rows(ResultTable([Self.uuidColumn], rows: [[new]]))
    }

    // MARK: Direct

    private func runDirectly(
        _ ddl: DDL, _ text: String, _ session: Session, _ keyspace: String?
    ) throws(ErrorAnswer) -> Answer {
        let query = "Sql: \"\(ddl.canonical)\", BindVars: {}"
        try fanOut(try targets(session, keyspace: keyspace), session, needsExecutor: false) {
            shard throws(ErrorAnswer) in
            let table = shard.tables[ddl.table]
            switch ddl.action {
            case .createTable, .createView:
                if table == nil { shard.tables[ddl.table] = Self.created(ddl) }
            case .dropTable, .dropView:
                for name in [ddl.table] + ddl.moreTables { shard.tables[name] = nil }
            case .alterTable:
                guard let table else {
                    // transcript 12.
                    throw ErrorAnswer(
                        code: 1146, state: "42S02",
                        message: tabletError(
                            shard, code: "NotFound",
                            "Table 'vt_\(shard.keyspace).\(ddl.table)' doesn't exist (errno 1146) (sqlstate 42S02)")
                            + ": " + query)
                }
                do throws(TableText.Problem) {
                    shard.tables[ddl.table]?.createText = try changed(table, ddl).text
                } catch {
                    throw ErrorAnswer(message: tabletError(shard, error.message) + ": " + query)
                }
            case .truncate: shard.tables[ddl.table]?.rows = 0
            case .rename:
                if let table, let new = Tokenizer.tokens(text).last?.text {
                    shard.tables[ddl.table] = nil
                    shard.tables[new] = table
                }
            case .alterView: break
            }
        }
        return .ok(affected: 0)
    }
}
