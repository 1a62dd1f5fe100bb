import Core
import Testing
import Vitess

@Suite("Rows are read by column name")
struct RowTests {
    @Test("Every column of v24 has its type")
    func everyColumn() {
        let row = Samples.row()
        #expect(row.uuid == Samples.uuid && row.name == Samples.shards[0])
        #expect(row.status == .running && row.action == .alter)
        #expect(row.tablet == "zone1-0000000100")
        #expect(row.artifacts == ["_vt_vrp_c21aa2bee53a11f1919e623efefdb394_20261120233316_"])
        #expect(row.startedAt?.text == "2026-11-20 23:33:16Z")
        #expect(row.readyAt == nil && row.completedAt == nil && row.messageAt == nil)
        #expect(row.rowsCopied == 50335 && row.progress == 100 && row.etaSeconds == 0)
        #expect(row.postponeCompletion && !row.postponeLaunch && row.readyToComplete && row.forceCutOver == false)
        #expect(row.cutOverThresholdSeconds == 10 && row.inOrderPendingCount == 0 && row.specialPlan == nil)
        #expect(row.absent.isEmpty)
        #expect(MigrationRow.columns.count == 63)
        #expect(Set(MigrationRow.columns) == Samples.answer([:]).columns)
    }

    @Test("The order of the columns is of no account, and columns of later versions are ignored")
    func order() throws {
        let values = Samples.ready
        let names = values.keys.sorted().reversed() + ["a_column_of_v27"]
        let row = try MigrationRow(AnswerRow(names: names, values: names.map { values[$0] ?? "new" }))
        #expect(row == Samples.row())
    }

    @Test(
        "A column that is absent is something else than one that is NULL",
        arguments: [
            "vreplication_lag_seconds", "force_cutover", "cutover_threshold_seconds",
            "in_order_completion_pending_count",
        ])
    func absent(column: String) throws {
        let names = MigrationRow.columns.filter { $0 != column }
        let row = try MigrationRow(AnswerRow(names: names, values: names.map { Samples.ready[$0] ?? nil }))
        #expect(row.absent == [column])
        #expect(Samples.row([column: nil]).absent.isEmpty)
        let answer = AnswerRow(names: ["a", "b"], values: [nil, ""])
        #expect(answer["a"] == .null && answer["b"] == .text("") && answer["c"] == .absent)
    }

    @Test("A row of v21 is read: it has no lag, no threshold, no force flag and no in-order count")
    func v21() throws {
        let later: Set = [
            "vreplication_lag_seconds", "cutover_threshold_seconds", "shadow_analyzed_timestamp",
            "in_order_completion_pending_count", "force_cutover", "last_cutover_attempt_timestamp",
        ]
        let names = MigrationRow.columns.filter { !later.contains($0) }
        let row = try MigrationRow(AnswerRow(names: names, values: names.map { Samples.ready[$0] ?? nil }))
        #expect(row.absent == later)
        let reading = Samples.reading(row)
        #expect(reading.phase == .ready && reading.lag == nil)
    }

    @Test("A row with another number of values than columns is not read: a shard of another version may have sent it")
    func misaligned() {
        let names = MigrationRow.columns
        let values = names.map { Samples.ready[$0] ?? nil }
        #expect(throws: UnreadableRow(column: "*", found: "more or fewer values than columns")) {
            try MigrationRow(AnswerRow(names: names, values: values + ["1"]))
        }
    }

    @Test(
        "What is not of its column's type is told with the column",
        arguments: [
            ("migration_uuid", "nope"), ("rows_copied", "many"), ("progress", "inf"), ("added_timestamp", "yesterday"),
            ("ready_to_complete", "yes"),
        ])
    func unreadable(column: String, value: String) {
        #expect(throws: UnreadableRow(column: column, found: value)) {
            try MigrationRow(Samples.answer([column: value]))
        }
    }

    @Test(
        "A row needs its uuid, its keyspace, its shard and its status",
        arguments: [
            "migration_uuid", "keyspace", "shard", "migration_status",
        ])
    func required(column: String) {
        #expect(throws: UnreadableRow(column: column, found: "NULL")) {
            try MigrationRow(Samples.answer([column: nil]))
        }
    }

    @Test(
        "Times are UTC, with and without a fraction; a zero date is none",
        arguments: [
            ("2026-11-20 23:33:15", 1_795_217_595_000), ("2026-11-20 23:52:52.236455", 1_795_218_772_236),
            ("1970-01-01 00:00:00", 0), ("2028-02-29 12:00:00.5", 1_835_438_400_500),
        ])
    func times(text: String, milliseconds: Int64) {
        #expect(Samples.row(["message_timestamp": text]).messageAt == Timestamp(milliseconds: milliseconds))
        #expect(Samples.row(["message_timestamp": "0000-00-00 00:00:00"]).messageAt == nil)
    }

    @Test("A status that is not known stays what it is, and counts as pending")
    func unknownStatus() {
        let row = Samples.row(["migration_status": "paused"])
        #expect(row.status == .unknown("paused") && row.status.isPending)
        #expect(Samples.reading(row).phase == .ambiguous)
        #expect(Samples.reading(row).why == "its status is `paused`, which this version of Lockstep does not know")
    }

    @Test(
        "Flags are found in the options by name",
        arguments: [
            ("--postpone-completion --allow-concurrent", "allow-concurrent", true),
            ("-in-order-completion", "in-order-completion", true),
            ("--cut-over-threshold=15s", "cut-over-threshold", true), ("--singleton-context", "singleton", false),
            ("", "singleton", false),
        ])
    func flags(options: String, flag: String, has: Bool) {
        #expect(Samples.row(["options": options]).hasFlag(flag) == has)
    }

    @Test("Tablets are read with the time their term began")
    func tablets() throws {
        let names = ["Cell", "Keyspace", "Shard", "TabletType", "State", "Alias", "Hostname", "PrimaryTermStartTime"]
        let primary = try TabletRow(
            AnswerRow(
                names: names,
                values: [
                    "zone1", "commerce", "-40", "PRIMARY", "SERVING", "zone1-0000000100", "h", "2026-11-20T23:29:51Z",
                ]))
        #expect(primary.kind == .primary && primary.isServing && primary.primarySince?.clockText == "23:29:51Z")
        let replica = try TabletRow(
            AnswerRow(
                names: names,
                values: ["zone1", "commerce", "-40", "REPLICA", "NOT_SERVING", "zone1-0000000101", "h", ""]))
        #expect(replica.kind == .replica && !replica.isServing && replica.primarySince == nil)
    }
}
