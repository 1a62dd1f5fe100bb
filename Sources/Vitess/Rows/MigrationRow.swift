package import Core

/// One shard's row of one migration: every column of `SHOW VITESS_MIGRATIONS` of v21 to v24, by name and with its type.
///
/// Columns of later versions are ignored. A column that the shard's version lacks is in `absent`; where that matters the
/// property is optional. Times are UTC. What the columns may be taken to mean is `RowReading`'s business: many of them lie.
///
/// A copy is one reference: the rows of a fleet are looked at in many places.
@dynamicMemberLookup
package struct MigrationRow: Equatable, Sendable {
    @usableFromInline let shared: Shared<MigrationColumns>

    /// - Throws: `UnreadableRow` when a column that every version has is missing or holds something else than its type, or when
    ///   the row has another number of values than the answer has columns.
    package init(_ row: AnswerRow) throws(UnreadableRow) { shared = Shared(try MigrationColumns(row)) }

    @inlinable package subscript<Value>(dynamicMember column: KeyPath<MigrationColumns, Value>) -> Value {
        shared.value[keyPath: column]
    }
}

/// The columns of a row, by type.
package struct MigrationColumns: Equatable, Sendable {
    // Who and what.
    /// The shard's own queue order; not unique over shards.
    package let id: Int64
    package let uuid: VitessUUID
    package let name: ShardName
    package let mysqlSchema: String
    /// Empty for a REVERT until its review.
    package let table: String
    package let statement: String
    /// `vitess`, `online`, `mysql`, `direct`, as stored.
    package let strategy: String
    /// The flags it was submitted with, as text.
    package let options: String
    package let context: String
    package let action: MigrationAction
    package let isView: Bool
    package let revertedUUID: VitessUUID?

    // Where it is.
    package let status: MigrationStatus
    package let stage: String
    package let message: String
    package let messageAt: Timestamp?
    package let tablet: String
    package let tabletFailure: Bool
    package let retries: Int64
    package let artifacts: [String]
    package let logPath: String
    package let logFile: String

    // Times.
    package let addedAt: Timestamp?
    package let requestedAt: Timestamp?
    /// Always `nil` from v22 to v24.
    package let readyAt: Timestamp?
    package let startedAt: Timestamp?
    package let livenessAt: Timestamp?
    /// Set for failed and cancelled ones too.
    package let completedAt: Timestamp?
    package let cleanupAt: Timestamp?
    package let cancelledAt: Timestamp?
    package let reviewedAt: Timestamp?
    /// When it was first ready in its life; RETRY does not clear it.
    package let firstReadyAt: Timestamp?
    package let shadowAnalyzedAt: Timestamp?
    package let lastAttemptAt: Timestamp?
    package let lastThrottledAt: Timestamp?
    /// Vitess' own liveness mark, in seconds since 1970; 0 when there is none.
    package let livenessIndicator: Int64

    // Figures.
    /// 0 to 100, and not always meaningful.
    package let progress: Double
    /// `-1` is unknown.
    package let etaSeconds: Int64
    package let rowsCopied: RowCount
    /// An estimate of the server.
    package let tableRows: RowCount
    /// `nil` before v22. A raw Unix time until the copy's first progress.
    package let vreplicationLagSeconds: Int64?
    package let userThrottleRatio: Double
    package let componentThrottled: String
    package let reasonThrottled: String

    // Switches.
    package let postponeLaunch: Bool
    package let postponeCompletion: Bool
    package let allowConcurrent: Bool
    package let isImmediateOperation: Bool
    /// What the row says; see `RowReading.isReady`.
    package let readyToComplete: Bool
    /// `nil` before it existed. Once set, set for ever.
    package let forceCutOver: Bool?
    package let cutOverAttempts: Int64
    /// `nil` before v22.
    package let cutOverThresholdSeconds: Int64?
    /// `-1` after CLEANUP.
    package let retainArtifactsSeconds: Int64
    /// `nil` before v24: pending migrations ahead of it on this shard.
    package let inOrderPendingCount: Int64?
    package let specialPlan: SpecialPlan?

    // What the analysis found.
    package let addedUniqueKeys: Int64
    package let removedUniqueKeys: Int64
    package let removedUniqueKeyNames: [String]
    package let removedForeignKeyNames: [String]
    package let droppedNoDefaultColumns: [String]
    package let expandedColumns: [String]
    /// One hint a line; Vitess refuses nothing for them.
    package let revertibleNotes: [String]

    /// Columns of v24 that the answer did not have: what an older shard cannot know.
    package let absent: Set<String>

    /// - Throws: `UnreadableRow` when a column that every version has is missing or holds something else than its type, or when
    ///   the row has another number of values than the answer has columns.
    package init(_ row: AnswerRow) throws(UnreadableRow) {
        guard row.isWhole else { throw UnreadableRow(column: "*", found: "more or fewer values than columns") }
        let read = ColumnReader(row: row)
        id = try read.integer("id") ?? 0
        let uuidText = try read.required("migration_uuid")
        guard let uuid = VitessUUID(uuidText) else { throw UnreadableRow(column: "migration_uuid", found: uuidText) }
        self.uuid = uuid
        name = ShardName(keyspace: try read.required("keyspace"), shard: try read.required("shard"))
        mysqlSchema = read.text("mysql_schema")
        table = read.text("mysql_table")
        statement = read.text("migration_statement")
        strategy = read.text("strategy")
        options = read.text("options")
        context = read.text("migration_context")
        action = MigrationAction(read.text("ddl_action"))
        isView = try read.flag("is_view")
        revertedUUID = VitessUUID(read.text("reverted_uuid"))

        status = MigrationStatus(try read.required("migration_status"))
        stage = read.text("stage")
        message = read.text("message")
        messageAt = try read.time("message_timestamp")
        tablet = read.text("tablet")
        tabletFailure = try read.flag("tablet_failure")
        retries = try read.integer("retries") ?? 0
        artifacts = read.list("artifacts", separator: ",")
        logPath = read.text("log_path")
        logFile = read.text("log_file")

        addedAt = try read.time("added_timestamp")
        requestedAt = try read.time("requested_timestamp")
        readyAt = try read.time("ready_timestamp")
        startedAt = try read.time("started_timestamp")
        livenessAt = try read.time("liveness_timestamp")
        completedAt = try read.time("completed_timestamp")
        cleanupAt = try read.time("cleanup_timestamp")
        cancelledAt = try read.time("cancelled_timestamp")
        reviewedAt = try read.time("reviewed_timestamp")
        firstReadyAt = try read.time("ready_to_complete_timestamp")
        shadowAnalyzedAt = try read.time("shadow_analyzed_timestamp")
        lastAttemptAt = try read.time("last_cutover_attempt_timestamp")
        lastThrottledAt = try read.time("last_throttled_timestamp")
        livenessIndicator = try read.integer("vitess_liveness_indicator") ?? 0

        progress = try read.float("progress") ?? 0
        etaSeconds = try read.integer("eta_seconds") ?? -1
        rowsCopied = try read.integer("rows_copied") ?? 0
        tableRows = try read.integer("table_rows") ?? 0
        vreplicationLagSeconds = try read.integer("vreplication_lag_seconds")
        userThrottleRatio = try read.float("user_throttle_ratio") ?? 0
        componentThrottled = read.text("component_throttled")
        reasonThrottled = read.text("reason_throttled")

        postponeLaunch = try read.flag("postpone_launch")
        postponeCompletion = try read.flag("postpone_completion")
        allowConcurrent = try read.flag("allow_concurrent")
        isImmediateOperation = try read.flag("is_immediate_operation")
        readyToComplete = try read.flag("ready_to_complete")
        forceCutOver = try read.integer("force_cutover").map { $0 != 0 }
        cutOverAttempts = try read.integer("cutover_attempts") ?? 0
        cutOverThresholdSeconds = try read.integer("cutover_threshold_seconds")
        retainArtifactsSeconds = try read.integer("retain_artifacts_seconds") ?? 0
        inOrderPendingCount = try read.integer("in_order_completion_pending_count")
        specialPlan = SpecialPlan(read.text("special_plan"))

        addedUniqueKeys = try read.integer("added_unique_keys") ?? 0
        removedUniqueKeys = try read.integer("removed_unique_keys") ?? 0
        removedUniqueKeyNames = read.list("removed_unique_key_names", separator: ",")
        removedForeignKeyNames = read.list("removed_foreign_key_names", separator: ",")
        droppedNoDefaultColumns = read.list("dropped_no_default_column_names", separator: ",")
        expandedColumns = read.list("expanded_column_names", separator: ",")
        revertibleNotes = read.list("revertible_notes", separator: "\n")

        absent = row.absent
    }
}

extension MigrationRow {
    /// The 63 columns of v24 (2026-03), in the order of its answer.
    package static let columns = [
        "id", "migration_uuid", "keyspace", "shard", "mysql_schema", "mysql_table", "migration_statement", "strategy",
        "options", "added_timestamp", "requested_timestamp", "ready_timestamp", "started_timestamp",
        "liveness_timestamp", "completed_timestamp", "cleanup_timestamp", "migration_status", "log_path", "artifacts",
        "retries", "tablet", "tablet_failure", "progress", "migration_context", "ddl_action", "message",
        "message_timestamp", "eta_seconds", "rows_copied", "vreplication_lag_seconds", "table_rows",
        "added_unique_keys", "removed_unique_keys", "log_file", "retain_artifacts_seconds", "postpone_completion",
        "removed_unique_key_names", "dropped_no_default_column_names", "expanded_column_names", "revertible_notes",
        "allow_concurrent", "reverted_uuid", "is_view", "ready_to_complete", "vitess_liveness_indicator",
        "user_throttle_ratio", "special_plan", "last_throttled_timestamp", "component_throttled", "reason_throttled",
        "cancelled_timestamp", "postpone_launch", "stage", "cutover_attempts", "is_immediate_operation",
        "reviewed_timestamp", "ready_to_complete_timestamp", "shadow_analyzed_timestamp",
        "removed_foreign_key_names", "last_cutover_attempt_timestamp", "force_cutover", "cutover_threshold_seconds",
        "in_order_completion_pending_count",
    ]
}

extension MigrationColumns {
    /// Whether it undoes another migration.
    package var isRevert: Bool { revertedUUID != nil || action == .revert }
    /// Whether Vitess runs it from a queue; `direct` leaves no row.
    package var usesVReplication: Bool { strategy == "vitess" || strategy == "online" }
}

extension MigrationRow {
    /// Whether the flags it was submitted with hold this one, with one dash or two.
    package func hasFlag(_ flag: String) -> Bool {
        self.options.split(separator: " ").contains { word in
            let bare = word.drop { $0 == "-" }
            return word.hasPrefix("-") && (bare == flag || bare.hasPrefix("\(flag)="))
        }
    }
}
