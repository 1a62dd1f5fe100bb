import Core
import Vitess

/// Rows as a real v24 cluster of four shards answered (transcript, section 3), with what a test changes.
enum Samples {
    static let uuidText = "c21aa2be_e53a_11f1_919e_623efefdb394"
    static let uuid: VitessUUID = {
        guard let uuid = VitessUUID(uuidText) else { preconditionFailure("a uuid") }
        return uuid
    }()
    static let keyspace: KeyspaceName = {
        guard let name = KeyspaceName("commerce") else { preconditionFailure("a keyspace") }
        return name
    }()
    static let shardNames = ["-40", "40-80", "80-c0", "c0-"]
    static let shards = shardNames.map { ShardName(keyspace: "commerce", shard: $0) }

    /// `2026-11-20 23:33:30` and the like, on the day of the transcript.
    static func at(_ clock: String, day: String = "2026-11-20") -> Timestamp {
        guard let time = row(["added_timestamp": "\(day) \(clock)"]).addedAt else { preconditionFailure("a time") }
        return time
    }

    /// When section 3's row was read.
    static let now = at("23:33:30")

    /// Section 3: running, ready and postponed, on -40.
    static let ready: [String: String?] = [
        "id": "1", "migration_uuid": uuidText, "keyspace": "commerce", "shard": "-40", "mysql_schema": "vt_commerce",
        "mysql_table": "customer",
        "migration_statement": "alter table customer add column phone varchar(32) not null default ''",
        "strategy": "vitess", "options": "--postpone-completion", "added_timestamp": "2026-11-20 23:33:15",
        "requested_timestamp": "2026-11-20 23:33:15", "ready_timestamp": nil,
        "started_timestamp": "2026-11-20 23:33:16", "liveness_timestamp": "2026-11-20 23:33:28",
        "completed_timestamp": nil, "cleanup_timestamp": nil, "migration_status": "running", "log_path": "",
        "artifacts": "_vt_vrp_c21aa2bee53a11f1919e623efefdb394_20261120233316_,", "retries": "0",
        "tablet": "zone1-0000000100", "tablet_failure": "0", "progress": "100",
        "migration_context": "ctx-2026-11-20-a", "ddl_action": "alter", "message": "", "message_timestamp": nil,
        "eta_seconds": "0", "rows_copied": "50335", "vreplication_lag_seconds": "2", "table_rows": "50335",
        "added_unique_keys": "0", "removed_unique_keys": "0", "log_file": "", "retain_artifacts_seconds": "86400",
        "postpone_completion": "1", "removed_unique_key_names": "", "dropped_no_default_column_names": "",
        "expanded_column_names": "", "revertible_notes": "", "allow_concurrent": "0", "reverted_uuid": "",
        "is_view": "0", "ready_to_complete": "1", "vitess_liveness_indicator": "1795217607",
        "user_throttle_ratio": "0", "special_plan": "", "last_throttled_timestamp": nil, "component_throttled": "",
        "reason_throttled": "", "cancelled_timestamp": nil, "postpone_launch": "0", "stage": "",
        "cutover_attempts": "0", "is_immediate_operation": "0", "reviewed_timestamp": "2026-11-20 23:33:16",
        "ready_to_complete_timestamp": "2026-11-20 23:33:28", "shadow_analyzed_timestamp": nil,
        "removed_foreign_key_names": "", "last_cutover_attempt_timestamp": nil, "force_cutover": "0",
        "cutover_threshold_seconds": "10", "in_order_completion_pending_count": "0",
    ]

    /// Section 2: the row right after the submission.
    static let queued: [String: String?] = [
        "started_timestamp": nil, "liveness_timestamp": nil, "migration_status": "queued", "artifacts": "",
        "progress": "0", "eta_seconds": "-1", "rows_copied": "0", "vreplication_lag_seconds": "0", "table_rows": "0",
        "ready_to_complete": "0", "vitess_liveness_indicator": "0", "reviewed_timestamp": nil,
        "ready_to_complete_timestamp": nil,
    ]

    /// Copying, at 40.2208 % (section 24's figures).
    static let copying: [String: String?] = [
        "progress": "40.2208", "eta_seconds": "46", "rows_copied": "481468", "table_rows": "1197063",
        "ready_to_complete": "0", "ready_to_complete_timestamp": nil,
    ]

    /// Complete (section 27: 4.7 s after COMPLETE).
    static let complete: [String: String?] = [
        "migration_status": "complete", "completed_timestamp": "2026-11-20 23:33:42.236455", "cutover_attempts": "1",
        "last_cutover_attempt_timestamp": "2026-11-20 23:33:38", "stage": "re-enabling writes",
        "postpone_completion": "0",
    ]

    /// Section 11: an unknown column, found at the start.
    static let failed: [String: String?] = [
        "migration_status": "failed", "completed_timestamp": "2026-11-20 23:33:17.120001", "liveness_timestamp": nil,
        "ready_to_complete": "0", "ready_to_complete_timestamp": nil, "progress": "0", "rows_copied": "0",
        "artifacts": "", "message": "Unknown column 'nosuch' in 'customer'",
        "message_timestamp": "2026-11-20 23:33:17.122000",
    ]

    /// Section 9, the row after CANCEL.
    static let cancelled: [String: String?] = [
        "migration_status": "cancelled", "completed_timestamp": "2026-11-20 23:33:40.094144",
        "message": "CANCEL issued by user", "message_timestamp": "2026-11-20 23:33:40.095821",
        "cancelled_timestamp": "2026-11-20 23:33:40",
    ]

    static func answer(_ changes: [String: String?]...) -> AnswerRow {
        var values = ready
        for change in changes { values.merge(change) { _, new in new } }
        let names = values.keys.sorted()
        return AnswerRow(names: names, values: names.map { values[$0] ?? nil })
    }

    static func row(_ changes: [String: String?]...) -> MigrationRow {
        var all: [String: String?] = [:]
        for change in changes { all.merge(change) { _, new in new } }
        do { return try MigrationRow(answer(all)) } catch { preconditionFailure("a readable row: \(error)") }
    }

    /// One row alone on its shard.
    static func reading(
        _ row: MigrationRow, others: [MigrationRow] = [], rules: Set<ThrottledAppRow>? = nil,
        throttler: ThrottlerRow? = nil,
        silence: KeyspaceView.Silence? = nil, primary: TabletRow? = nil, now: Timestamp = now
    ) -> RowReading {
        let read = KeyspaceView.ShardRead(rows: others + [row], readAt: now, silence: silence)
        let shard = ShardContext(
            name: row.name, read: read, primary: primary, throttler: throttler, rules: rules)
        return RowReading(row, on: shard, at: now)
    }

    /// The migration on four shards: what each differs in; `nil` is a shard without a row.
    static func view(
        _ changes: [[String: String?]?], now: Timestamp = now, version: VersionKnowledge = v24,
        others: [MigrationRow] = []
    ) -> KeyspaceView {
        var view = KeyspaceView(keyspace: keyspace, shards: shards, version: version)
        for (name, change) in zip(shards, changes) {
            var rows = others.filter { $0.name == name }
            if let change { rows.append(row(change, ["shard": name.shard])) }
            view.took(rows, of: name, at: now)
        }
        return view
    }

    static func migration(
        _ changes: [[String: String?]?], now: Timestamp = now, version: VersionKnowledge = v24
    ) -> MigrationReading {
        reading(of: view(changes, now: now, version: version), now: now)
    }

    static func reading(of view: KeyspaceView, now: Timestamp = now) -> MigrationReading {
        guard let reading = FleetReading.migration(uuid, in: view, at: now) else { preconditionFailure("a migration") }
        return reading
    }

    static let v24 = VersionKnowledge(stated: VitessVersion(24))
    static let v22 = VersionKnowledge(stated: VitessVersion(22))

    static func rule(_ app: String, ratio: String = "1", until: String? = "2026-11-21 00:39:48") -> ThrottledAppRow {
        do {
            return try ThrottledAppRow(AnswerRow(names: ["app", "expire_at", "ratio"], values: [app, until, ratio]))
        } catch { preconditionFailure("a rule: \(error)") }
    }

    static func plan(
        _ verb: Verb, _ migration: MigrationReading, shards: [String] = [], options: CommandOptions = CommandOptions()
    ) -> AttachPlan {
        let names = shards.map { ShardName(keyspace: "commerce", shard: $0) }
        return AttachPlanner.plan(
            CommandRequest(verb: verb, migration: migration.uuid.id, shards: names, options: options), on: migration,
            reason: "")
    }
}

extension AttachPlan {
    /// The statements in one list.
    var texts: [String] { steps.flatMap(\.self).map(\.text) }
    func line(_ label: String) -> String? { plan.lines.first { $0.label == label }?.text }
}
