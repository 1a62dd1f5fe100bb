/// REVERT VITESS_MIGRATION: accepted whatever it names, judged a moment later (fact 30, transcript 15).
extension World {
    /// `false` when it failed.
    func reviewRevert(_ shard: ShardState, _ record: MigrationRecord) -> Bool {
        let uuid = record.row.revertedUUID
        guard let reverted = shard.record(uuid) else {
            fail(
                shard, record,
                "cannot read migration \(uuid) reverted by migration \(record.row.uuid): migration not found")
            return false
        }
        if reverted.row.table.isEmpty || reverted.row.action == "revert" {
            record.row.reviewed = now
            fail(
                shard, record,
                "cannot run migration \(record.row.uuid) reverting \(uuid): unexpected action revert")
            return false
        }
        record.row.table = reverted.row.table
        record.row.isView = reverted.row.isView
        let mirrored = ["alter": "alter", "create": "drop", "drop": "create"]
        record.row.action = mirrored[reverted.row.action] ?? "alter"
        record.row.isImmediate = record.row.action != "alter" || reverted.row.isView
        return true
    }

    func startRevert(_ shard: ShardState, _ record: MigrationRecord) {
        guard let reverted = shard.record(record.row.revertedUUID) else { return }
        if let problem = whyNot(shard, record, reverted) { return fail(shard, record, problem) }
        record.row.started = now
        record.row.liveness = now
        if !reverted.isRevertible {
            let uuid = reverted.row.uuid
            return fail(
                shard, record,
                "can not revert vreplication migration \(uuid) because vreplication stream \(uuid) was not found")
        }
        record.row.artifacts = reverted.row.artifacts
        if record.row.isImmediate {
            finishRevert(shard, record)
            return complete(shard, record)
        }
        record.row.status = .running
        // transcript 15: nothing is copied; only what changed since the cut-over is applied.
        record.row.tableRows = reverted.row.tableRows
        record.stream = CopyStream(
            begin: now, total: 0, rate: 0, catchUp: 1.5, isRevert: true,
            failure: take(&shard.copyFailures, table: record.row.table))
        stateChanged(shard)
    }

    private func whyNot(_ shard: ShardState, _ record: MigrationRecord, _ reverted: MigrationRecord) -> String? {
        let (uuid, table) = (reverted.row.uuid, reverted.row.table)
        if reverted.row.strategy == "mysql", reverted.row.action == "alter", !reverted.row.isView {
            return "can only revert a online strategy migration. Migration \(uuid) has mysql strategy"
        }
        if reverted.row.status != .complete {
            return "can only revert a migration in a 'complete' state. Migration \(uuid) is in "
                + "'\(reverted.row.status.rawValue)' state"
        }
        let pending = shard.records.first {
            $0 !== record && $0.row.table == table && $0.row.status.isPending && $0.row.id < record.row.id
        }
        if let pending {
            return "can not revert migration \(uuid) on table \(table) because migration \(pending.row.uuid) is in "
                + "\(pending.row.status.rawValue) status. May only revert if all migrations on this table are completed "
                + "or failed"
        }
        let last = shard.records.filter { $0.row.table == table && $0.row.status == .complete }
            .max { ($0.row.completed ?? 0, $0.row.id) < ($1.row.completed ?? 0, $1.row.id) }
        if let last, last !== reverted {
            return
                "can not revert migration \(uuid) on table \(table) because it is not the last migration to complete "
                + "on that table. The last migration to complete was \(last.row.uuid)"
        }
        return nil
    }

    /// Puts the table back as it was, and remembers what it was until now: a revert can be reverted.
    func finishRevert(_ shard: ShardState, _ record: MigrationRecord) {
        guard let reverted = shard.record(record.row.revertedUUID) else { return }
        for (name, old) in reverted.before {
            record.before[name] = .some(shard.tables[name])
            shard.tables[name] = old
        }
        record.isRevertible = true
    }
}
