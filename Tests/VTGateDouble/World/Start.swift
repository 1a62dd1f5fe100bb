/// How a migration begins, by its kind.
extension World {
    func start(_ shard: ShardState, _ record: MigrationRecord) {
        record.startedTick = now
        record.row.tablet = shard.primary.alias
        if let twin = duplicate(shard, record) {
            // Fact 17, transcript 26g.
            record.row.message = "duplicate DDL as \(twin) for migration context \(record.row.context)"
            record.row.messageTime = now
            record.row.started = record.row.started ?? now
            complete(shard, record)
            return
        }
        guard let ddl = record.ddl else { return startRevert(shard, record) }
        if record.row.hasOption("declarative"), ddl.action == .createTable, let table = shard.tables[ddl.table] {
            return startDeclarative(shard, record, ddl, table)
        }
        if ddl.action != .alterTable { return runImmediately(shard, record, ddl) }
        guard let table = shard.tables[ddl.table] else {
            return fail(shard, record, "Table 'vt_\(shard.keyspace).\(ddl.table)' doesn't exist")
        }
        var text = TableText(table.createText)
        record.row.started = now
        record.row.liveness = now
        let shadow = "_vt_vrp_\(record.row.uuid.replacing("_", with: ""))_\(Clock.compactText(now))_"
        let isCopying = !record.row.isImmediate && record.row.strategy != "mysql"
        // The name is written down before the table is made (seen on a cluster).
        if isCopying { record.row.artifacts = shadow + "," + record.row.artifacts }
        for clause in ddl.clauses {
            do throws(TableText.Problem) {
                try text.apply(clause)
            } catch {
                let name = isCopying ? shadow : ddl.table
                return fail(shard, record, "\(error.message) during query: ALTER TABLE `\(name)` \(error.clause)")
            }
        }
        if record.row.isImmediate {
            record.row.stage = "graceful wait for buffering"
            record.row.specialPlan = Self.specialPlan(ddl)
            return finishDirect(shard, record, ddl.table, text)
        }
        if record.row.strategy == "mysql" {
            record.row.status = .running
            shard.directRun = record
            events.add(.directRunEnds(shard, record), at: now + 0.3 + Double(table.rows) / 100_000)
            return
        }
        if text.text.contains("PRIMARY KEY") == false, table.createText.contains("PRIMARY KEY") {
            // transcript 12.
            return fail(
                shard, record,
                "found no possible unique key on `\(shadow)` whose columns are in source table `\(ddl.table)`")
        }
        note(RevertRisks(from: TableText(table.createText), to: text), record)
        startStream(shard, record, rows: table.rows)
    }

    private func note(_ risks: RevertRisks, _ record: MigrationRecord) {
        record.row.addedUniqueKeys = risks.addedUniqueKeys
        record.row.removedUniqueKeys = risks.removedUniqueKeys.count
        record.row.removedUniqueKeyNames = risks.removedUniqueKeys.map { "`\($0)`" }.joined(separator: ",")
        record.row.droppedNoDefaultNames = risks.droppedWithoutDefault.map { "`\($0)`" }.joined(separator: ",")
        record.row.expandedColumnNames = risks.expanded.map { "`\($0)`" }.joined(separator: ",")
        record.row.revertibleNotes = risks.notes
    }

    private static func specialPlan(_ ddl: DDL) -> String {
        let isRange = ddl.clauses.allSatisfy { $0.dropFirst().first?.keyword == "partition" }
        return isRange ? #"{"operation":"range-partition"}"# : #"{"operation":"instant-ddl"}"#
    }

    private func startStream(_ shard: ShardState, _ record: MigrationRecord, rows: Int) {
        record.row.status = .running
        // Fact 19: an estimate, up to 14 % too high and 2 % too low.
        let estimate = Double(rows) * Double.random(in: 0.98...1.14, using: &generator)
        record.row.tableRows = Int(estimate)
        record.row.lag = Int(now)
        record.row.livenessIndicator = Int(now)
        let failure = take(&shard.copyFailures, table: record.row.table)
        record.stream = CopyStream(
            begin: now, total: rows, rate: shard.copyRate ?? configuration.copyRowsPerSecond, catchUp: 1.5,
            isRevert: false, failure: failure)
        stateChanged(shard)
    }

    /// The first planned failure that fits, one time less.
    func take(_ failures: inout [ShardState.PlannedFailure], table: String) -> String? {
        guard let place = failures.firstIndex(where: { ($0.table == nil || $0.table == table) && $0.times > 0 }) else {
            return nil
        }
        failures[place].times -= 1
        return failures[place].message
    }

    private func duplicate(_ shard: ShardState, _ record: MigrationRecord) -> String? {
        guard !record.row.context.isEmpty, record.ddl != nil else { return nil }
        return shard.records.first {
            $0 !== record && $0.row.status == .complete && $0.row.context == record.row.context
                && $0.row.statement == record.row.statement
        }?.row.uuid
    }

    /// transcript 12: identical is `no change`; another definition becomes an ALTER that copies and cuts over.
    private func startDeclarative(_ shard: ShardState, _ record: MigrationRecord, _ ddl: DDL, _ table: TableState) {
        record.row.started = now
        record.row.liveness = now
        let wanted = TableText.created(ddl.table, Tokenizer.tokens(ddl.canonical)).text
        if wanted == TableText(table.createText).text {
            record.row.message = "no change"
            record.row.messageTime = now
            return complete(shard, record)
        }
        let (old, new) = (TableText(table.createText), TableText(wanted))
        record.row.action = "alter"
        record.row.message = "ALTER TABLE `\(ddl.table)` " + old.changes(to: new)
        record.row.messageTime = now
        record.row.artifacts =
            "_vt_vrp_\(record.row.uuid.replacing("_", with: ""))_\(Clock.compactText(now))_," + record.row.artifacts
        note(RevertRisks(from: old, to: new), record)
        startStream(shard, record, rows: table.rows)
    }

    // MARK: Immediate operations

    private func runImmediately(_ shard: ShardState, _ record: MigrationRecord, _ ddl: DDL) {
        record.row.started = now
        record.row.liveness = now
        let old = shard.tables[ddl.table]
        switch ddl.action {
        case .createTable, .createView:
            if old != nil, !ddl.isLenient {
                return fail(
                    shard, record,
                    "Table '\(ddl.table)' already exists (errno 1050) (sqlstate 42S01) during query: \(ddl.canonical)")
            }
            if old == nil { shard.tables[ddl.table] = Self.created(ddl) }
        case .dropTable, .dropView:
            if old == nil, !ddl.isLenient, !record.row.hasOption("declarative") {
                return fail(
                    shard, record,
                    "Unknown table 'vt_\(shard.keyspace).\(ddl.table)' (errno 1051) (sqlstate 42S02) during query: "
                        + ddl.canonical)
            }
            shard.tables[ddl.table] = nil
            record.row.artifacts =
                "_vt_hld_\(record.row.uuid.replacing("_", with: ""))_\(Clock.compactText(now + 86_400))_,"
        case .alterView: shard.tables[ddl.table] = Self.created(ddl)
        case .alterTable, .truncate, .rename: break
        }
        record.before = [ddl.table: old]
        record.isRevertible = true
        complete(shard, record)
    }

    static func created(_ ddl: DDL) -> TableState {
        if ddl.action.isView {
            return TableState(
                createText: ddl.canonical.replacing("create view", with: "CREATE VIEW"), rows: 0, isView: true)
        }
        return TableState(createText: TableText.created(ddl.table, Tokenizer.tokens(ddl.canonical)).text, rows: 0)
    }

    private func finishDirect(_ shard: ShardState, _ record: MigrationRecord, _ name: String, _ text: TableText) {
        shard.tables[name]?.createText = text.text
        // Neither INSTANT nor the mysql strategy can be reverted.
        record.isRevertible = false
        complete(shard, record)
    }

    func directRunEnds(_ shard: ShardState, _ record: MigrationRecord) {
        guard shard.directRun === record, let ddl = record.ddl else { return }
        shard.directRun = nil
        guard record.row.status == .running, let table = shard.tables[ddl.table] else { return }
        do throws(TableText.Problem) {
            let text = try changed(table, ddl)
            finishDirect(shard, record, ddl.table, text)
        } catch {
            fail(shard, record, "\(error.message) during query: ALTER TABLE `\(ddl.table)` \(error.clause)")
        }
    }

    func changed(_ table: TableState, _ ddl: DDL) throws(TableText.Problem) -> TableText {
        var text = TableText(table.createText)
        for clause in ddl.clauses { try text.apply(clause) }
        return text
    }
}
