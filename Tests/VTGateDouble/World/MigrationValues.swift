/// One row of `_vt.schema_migrations` on one shard; a property for each column of v24 that anything ever writes.
package struct MigrationValues: Sendable, Equatable {
    /// `migration_status`.
    package enum Status: String, Sendable {
        /// The six that are ever stored.
        case queued, ready, running, complete, failed, cancelled

        /// queued, ready or running.
        package var isPending: Bool { self == .queued || self == .ready || self == .running }
    }

    /// `id`: per shard, so not unique (fact 33).
    package var id: Int
    /// `migration_uuid`.
    package var uuid: String
    /// `keyspace`.
    package var keyspace: String
    /// `shard`.
    package var shard: String
    /// `mysql_table`; empty for a REVERT until its review.
    package var table = ""
    /// `migration_statement`.
    package var statement = ""
    /// `strategy`.
    package var strategy = "vitess"
    /// `options`.
    package var options = ""
    /// `added_timestamp`, and `requested_timestamp`: Unix seconds, as all times here.
    package var added: Double
    /// `started_timestamp`.
    package var started: Double?
    /// `liveness_timestamp`.
    package var liveness: Double?
    /// `completed_timestamp`: set for failed and cancelled too (fact 17).
    package var completed: Double?
    /// `cleanup_timestamp`.
    package var cleanup: Double?
    /// `migration_status`.
    package var status = Status.queued
    /// `artifacts`: names, each with a comma behind it.
    package var artifacts = ""
    /// `retries`.
    package var retries = 0
    /// `tablet`.
    package var tablet = ""
    /// `tablet_failure`.
    package var tabletFailure = false
    /// `progress`, 0 to 100.
    package var progress = 0.0
    /// `migration_context`.
    package var context = ""
    /// `ddl_action`.
    package var action = "alter"
    /// `message`.
    package var message = ""
    /// `message_timestamp`.
    package var messageTime: Double?
    /// `eta_seconds`; -1 is unknown.
    package var eta = -1
    /// `rows_copied`.
    package var rowsCopied = 0
    /// `vreplication_lag_seconds`: the raw Unix time until the copy's first progress (fact 20).
    package var lag = 0
    /// `table_rows`.
    package var tableRows = 0
    /// `added_unique_keys`.
    package var addedUniqueKeys = 0
    /// `removed_unique_keys`.
    package var removedUniqueKeys = 0
    /// `retain_artifacts_seconds`.
    package var retainSeconds = 86_400
    /// `postpone_completion`.
    package var postponeCompletion = false
    /// `removed_unique_key_names`.
    package var removedUniqueKeyNames = ""
    /// `dropped_no_default_column_names`.
    package var droppedNoDefaultNames = ""
    /// `expanded_column_names`.
    package var expandedColumnNames = ""
    /// `revertible_notes`.
    package var revertibleNotes = ""
    /// `allow_concurrent`.
    package var allowConcurrent = false
    /// `reverted_uuid`.
    package var revertedUUID = ""
    /// `is_view`.
    package var isView = false
    /// `ready_to_complete`: stays 1 in complete, cancelled and right after RETRY (fact 9).
    package var readyToComplete = false
    /// `vitess_liveness_indicator`.
    package var livenessIndicator = 0
    /// `user_throttle_ratio`.
    package var userThrottleRatio = 0.0
    /// `special_plan`.
    package var specialPlan = ""
    /// `last_throttled_timestamp`.
    package var lastThrottled: Double?
    /// `component_throttled`.
    package var componentThrottled = ""
    /// `reason_throttled`.
    package var reasonThrottled = ""
    /// `cancelled_timestamp`.
    package var cancelledTime: Double?
    /// `postpone_launch`.
    package var postponeLaunch = false
    /// `stage`.
    package var stage = ""
    /// `cutover_attempts`.
    package var cutOverAttempts = 0
    /// `is_immediate_operation`.
    package var isImmediate = false
    /// `reviewed_timestamp`.
    package var reviewed: Double?
    /// `ready_to_complete_timestamp`: never cleared.
    package var firstReady: Double?
    /// `shadow_analyzed_timestamp`.
    package var shadowAnalyzed: Double?
    /// `removed_foreign_key_names`.
    package var removedForeignKeyNames = ""
    /// `last_cutover_attempt_timestamp`.
    package var lastCutOverAttempt: Double?
    /// `force_cutover`.
    package var forceCutOver = false
    /// `cutover_threshold_seconds`.
    package var cutOverThreshold = 10
    /// `in_order_completion_pending_count`.
    package var inOrderPending = 0

    init(id: Int, uuid: String, keyspace: String, shard: String, added: Double) {
        self.id = id
        self.uuid = uuid
        self.keyspace = keyspace
        self.shard = shard
        self.added = added
    }

    func hasOption(_ flag: String) -> Bool {
        options.split(separator: " ").contains { $0 == "--\(flag)" || $0 == "-\(flag)" }
    }

    func option(_ flag: String) -> String? {
        for word in options.split(separator: " ") where word.hasPrefix("--\(flag)=") {
            return String(word.dropFirst(flag.count + 3))
        }
        return nil
    }
}
