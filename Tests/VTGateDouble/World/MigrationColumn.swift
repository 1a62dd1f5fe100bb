/// The columns of `SHOW VITESS_MIGRATIONS`, in order, with the metadata of transcript 1.
struct MigrationColumn: Sendable {
    let wire: WireColumn
    let since: VitessRelease
    let text: @Sendable (MigrationValues) -> String?

    static func all(of version: VitessRelease) -> [MigrationColumn] {
        byVersion[version.rawValue - VitessRelease.v21.rawValue]
    }

    static let names = Set(v24.map(\.wire.name))
    static let byName = Dictionary(uniqueKeysWithValues: v24.map { ($0.wire.name, $0) })
    private static let byVersion = VitessRelease.allCases.map { version in v24.filter { $0.since <= version } }

    private init(
        _ name: String, _ kind: WireColumn.Kind, charset: UInt16, length: UInt32, decimals: UInt8 = 0, flags: UInt16,
        since: VitessRelease = .v21, _ text: @escaping @Sendable (MigrationValues) -> String?
    ) {
        wire = WireColumn(
            name, kind, charset: charset, length: length, flags: flags, decimals: decimals, table: "schema_migrations",
            database: "_vt")
        self.since = since
        self.text = text
    }

    private static func flag(_ value: Bool) -> String { value ? "1" : "0" }
    private static func time(_ value: Double?) -> String? { value.map { Clock.text($0) } }
    private static func preciseTime(_ value: Double?) -> String? { value.map { Clock.preciseText($0) } }
    /// transcript 2: `log_path` and `log_file` are empty for ever.
    private static func empty(_: MigrationValues) -> String? { "" }
    /// Fact 17: `ready_timestamp` is always NULL.
    private static func nothing(_: MigrationValues) -> String? { nil }

    private static let v24: [MigrationColumn] = [
        MigrationColumn("id", .longlong, charset: 63, length: 20, flags: 49699) { String($0.id) },
        MigrationColumn("migration_uuid", .varString, charset: 255, length: 256, flags: 20485) { $0.uuid },
        MigrationColumn("keyspace", .varString, charset: 255, length: 1024, flags: 20489) { $0.keyspace },
        MigrationColumn("shard", .varString, charset: 255, length: 1020, flags: 20481) { $0.shard },
        MigrationColumn("mysql_schema", .varString, charset: 255, length: 512, flags: 4097) { "vt_" + $0.keyspace },
        MigrationColumn("mysql_table", .varString, charset: 255, length: 512, flags: 20481) { $0.table },
        MigrationColumn("migration_statement", .blob, charset: 255, length: 262140, flags: 4113) { $0.statement },
        MigrationColumn("strategy", .varString, charset: 255, length: 512, flags: 4097) { $0.strategy },
        MigrationColumn("options", .varString, charset: 255, length: 32768, flags: 4097) { $0.options },
        MigrationColumn("added_timestamp", .timestamp, charset: 63, length: 19, flags: 1153) { time($0.added) },
        MigrationColumn("requested_timestamp", .timestamp, charset: 63, length: 19, flags: 1153) { time($0.added) },
        MigrationColumn("ready_timestamp", .timestamp, charset: 63, length: 19, flags: 128) { nothing($0) },
        MigrationColumn("started_timestamp", .timestamp, charset: 63, length: 19, flags: 128) { time($0.started) },
        MigrationColumn("liveness_timestamp", .timestamp, charset: 63, length: 19, flags: 16512) { time($0.liveness) },
        MigrationColumn("completed_timestamp", .timestamp, charset: 63, length: 26, decimals: 6, flags: 16512) {
            preciseTime($0.completed)
        },
        MigrationColumn("cleanup_timestamp", .timestamp, charset: 63, length: 19, flags: 16520) { time($0.cleanup) },
        MigrationColumn("migration_status", .varString, charset: 255, length: 512, flags: 20489) { $0.status.rawValue },
        MigrationColumn("log_path", .varString, charset: 255, length: 4096, flags: 4097) { empty($0) },
        MigrationColumn("artifacts", .blob, charset: 255, length: 262140, flags: 4113) { $0.artifacts },
        MigrationColumn("retries", .long, charset: 63, length: 10, flags: 49185) { String($0.retries) },
        MigrationColumn("tablet", .varString, charset: 255, length: 512, flags: 1) { $0.tablet },
        MigrationColumn("tablet_failure", .tiny, charset: 63, length: 3, flags: 49193) { flag($0.tabletFailure) },
        MigrationColumn("progress", .float, charset: 63, length: 12, decimals: 31, flags: 32769) {
            FloatText.text($0.progress)
        },
        MigrationColumn("migration_context", .varString, charset: 255, length: 4096, flags: 16393) { $0.context },
        MigrationColumn("ddl_action", .varString, charset: 255, length: 64, flags: 1) { $0.action },
        MigrationColumn("message", .blob, charset: 255, length: 262140, flags: 4113) { $0.message },
        MigrationColumn("message_timestamp", .timestamp, charset: 63, length: 26, decimals: 6, flags: 128) {
            preciseTime($0.messageTime)
        },
        MigrationColumn("eta_seconds", .longlong, charset: 63, length: 20, flags: 32769) { String($0.eta) },
        MigrationColumn("rows_copied", .longlong, charset: 63, length: 20, flags: 32801) { String($0.rowsCopied) },
        MigrationColumn("vreplication_lag_seconds", .longlong, charset: 63, length: 20, flags: 32801, since: .v22) {
            String($0.lag)
        },
        MigrationColumn("table_rows", .longlong, charset: 63, length: 20, flags: 32769) { String($0.tableRows) },
        MigrationColumn("added_unique_keys", .long, charset: 63, length: 10, flags: 32801) {
            String($0.addedUniqueKeys)
        },
        MigrationColumn("removed_unique_keys", .long, charset: 63, length: 10, flags: 32801) {
            String($0.removedUniqueKeys)
        },
        MigrationColumn("log_file", .varString, charset: 255, length: 4096, flags: 1) { empty($0) },
        MigrationColumn("retain_artifacts_seconds", .longlong, charset: 63, length: 20, flags: 32769) {
            String($0.retainSeconds)
        },
        MigrationColumn("postpone_completion", .tiny, charset: 63, length: 3, flags: 32801) {
            flag($0.postponeCompletion)
        },
        MigrationColumn("removed_unique_key_names", .blob, charset: 255, length: 262140, flags: 4113) {
            $0.removedUniqueKeyNames
        },
        MigrationColumn("dropped_no_default_column_names", .blob, charset: 255, length: 262140, flags: 4113) {
            $0.droppedNoDefaultNames
        },
        MigrationColumn("expanded_column_names", .blob, charset: 255, length: 262140, flags: 4113) {
            $0.expandedColumnNames
        },
        MigrationColumn("revertible_notes", .blob, charset: 255, length: 262140, flags: 4113) { $0.revertibleNotes },
        MigrationColumn("allow_concurrent", .tiny, charset: 63, length: 3, flags: 32801) { flag($0.allowConcurrent) },
        MigrationColumn("reverted_uuid", .varString, charset: 255, length: 256, flags: 16393) { $0.revertedUUID },
        MigrationColumn("is_view", .tiny, charset: 63, length: 3, flags: 32801) { flag($0.isView) },
        MigrationColumn("ready_to_complete", .tiny, charset: 63, length: 3, flags: 32801) { flag($0.readyToComplete) },
        MigrationColumn("vitess_liveness_indicator", .longlong, charset: 63, length: 20, flags: 32769) {
            String($0.livenessIndicator)
        },
        MigrationColumn("user_throttle_ratio", .float, charset: 63, length: 12, decimals: 31, flags: 32769) {
            FloatText.text($0.userThrottleRatio)
        },
        MigrationColumn("special_plan", .blob, charset: 255, length: 262140, flags: 4113) { $0.specialPlan },
        MigrationColumn("last_throttled_timestamp", .timestamp, charset: 63, length: 19, flags: 128) {
            time($0.lastThrottled)
        },
        MigrationColumn("component_throttled", .blob, charset: 255, length: 1020, flags: 4113) {
            $0.componentThrottled
        },
        MigrationColumn("reason_throttled", .blob, charset: 255, length: 262140, flags: 4113) { $0.reasonThrottled },
        MigrationColumn("cancelled_timestamp", .timestamp, charset: 63, length: 19, flags: 128) {
            time($0.cancelledTime)
        },
        MigrationColumn("postpone_launch", .tiny, charset: 63, length: 3, flags: 32801) { flag($0.postponeLaunch) },
        MigrationColumn("stage", .blob, charset: 255, length: 262140, flags: 4113) { $0.stage },
        MigrationColumn("cutover_attempts", .long, charset: 63, length: 10, flags: 32801) {
            String($0.cutOverAttempts)
        },
        MigrationColumn("is_immediate_operation", .tiny, charset: 63, length: 3, flags: 32801) { flag($0.isImmediate) },
        MigrationColumn("reviewed_timestamp", .timestamp, charset: 63, length: 19, flags: 128) { time($0.reviewed) },
        MigrationColumn("ready_to_complete_timestamp", .timestamp, charset: 63, length: 19, flags: 128) {
            time($0.firstReady)
        },
        MigrationColumn("shadow_analyzed_timestamp", .timestamp, charset: 63, length: 19, flags: 128, since: .v22) {
            time($0.shadowAnalyzed)
        },
        MigrationColumn("removed_foreign_key_names", .blob, charset: 255, length: 262140, flags: 4113) {
            $0.removedForeignKeyNames
        },
        MigrationColumn("last_cutover_attempt_timestamp", .timestamp, charset: 63, length: 19, flags: 128) {
            time($0.lastCutOverAttempt)
        },
        MigrationColumn("force_cutover", .tiny, charset: 63, length: 3, flags: 32801) { flag($0.forceCutOver) },
        MigrationColumn("cutover_threshold_seconds", .long, charset: 63, length: 10, flags: 32801, since: .v22) {
            String($0.cutOverThreshold)
        },
        MigrationColumn("in_order_completion_pending_count", .long, charset: 63, length: 10, flags: 32801, since: .v24)
        {
            String($0.inOrderPending)
        },
    ]
}
