import Core
import Vitess

/// A Vitess fleet as its rows tell it: read by `FleetReading`, never written down by hand.
struct VitessStory {
    static let keyspace: KeyspaceName = {
        guard let name = KeyspaceName("commerce") else { preconditionFailure("a keyspace") }
        return name
    }()
    static let names = ["-40", "40-80", "80-c0", "c0-"]
    static let shards = names.map { ShardName(keyspace: "commerce", shard: $0) }
    static let uuid: VitessUUID = {
        guard let uuid = VitessUUID("c21aa2be_e53a_11f1_919e_623efefdb394") else { preconditionFailure("a uuid") }
        return uuid
    }()

    var view = KeyspaceView(
        keyspace: keyspace, shards: shards, version: VersionKnowledge(stated: VitessVersion(24), atLeast: VitessVersion(24)))
    private var rows: [ShardName: [MigrationRow]] = [:]

    /// As MySQL writes a moment that long ago.
    static func ago(_ seconds: Int64) -> String { String(Story.ago(seconds).text.dropLast()) }

    /// Running, ready and postponed: what each row differs from.
    private static let ready: [String: String?] = [
        "id": "7", "keyspace": "commerce", "mysql_schema": "vt_commerce", "mysql_table": "orders",
        "migration_statement": "alter table orders add column phone varchar(32) not null default ''", "strategy": "vitess",
        "options": "--postpone-completion --allow-concurrent", "added_timestamp": ago(7200), "requested_timestamp": ago(7200),
        "started_timestamp": ago(7190), "liveness_timestamp": ago(12), "migration_status": "running",
        "artifacts": "_vt_vrp_c21aa2bee53a11f1919e623efefdb394_20261120011316_,", "retries": "0",
        "tablet": "zone1-0000000100", "tablet_failure": "0", "progress": "100", "migration_context": "release-2026-11-20",
        "ddl_action": "alter", "message": "", "eta_seconds": "0", "rows_copied": "48214003",
        "vreplication_lag_seconds": "1", "table_rows": "48214003", "retain_artifacts_seconds": "86400",
        "postpone_completion": "1", "allow_concurrent": "1", "reverted_uuid": "", "is_view": "0", "ready_to_complete": "1",
        "user_throttle_ratio": "0", "special_plan": "", "component_throttled": "", "reason_throttled": "",
        "postpone_launch": "0", "stage": "", "cutover_attempts": "0", "is_immediate_operation": "0",
        "reviewed_timestamp": ago(7195), "ready_to_complete_timestamp": ago(1500), "force_cutover": "0",
        "cutover_threshold_seconds": "10", "in_order_completion_pending_count": "0",
    ]

    mutating func add(_ uuid: String, _ changes: [[String: String?]]) {
        for (index, change) in changes.enumerated() {
            var values = Self.ready
            for (name, value) in change { values[name] = value }
            values["migration_uuid"] = uuid
            values["shard"] = Self.names[index]
            values["tablet"] = "zone1-0000000\(index + 1)00"
            for name in MigrationRow.columns where values[name] == nil { values[name] = .some(nil) }
            let columns = values.keys.sorted()
            let answer = AnswerRow(names: columns, values: columns.map { values[$0] ?? nil })
            do {
                rows[Self.shards[index], default: []].append(try MigrationRow(answer))
            } catch { preconditionFailure("a readable row: \(error)") }
        }
        for shard in Self.shards { view.took(rows[shard] ?? [], of: shard, at: Story.ago(1)) }
    }

    func fleet() -> FleetSnapshot {
        FleetSnapshot(
            at: Story.now, environment: Environment(name: "10.4.0.7:15306", isProduction: true),
            migrations: FleetReading.migrations(in: [view], at: Story.now))
    }

    /// As attach mode plans it.
    func plan(_ verb: Verb, _ chosen: [ShardName] = [], options: CommandOptions = .init()) -> CommandPlan {
        guard let migration = FleetReading.migration(Self.uuid, in: view, at: Story.now) else {
            preconditionFailure("the migration is there")
        }
        return AttachPlanner.plan(
            CommandRequest(verb: verb, migration: Self.uuid.id, shards: chosen, options: options), on: migration, reason: ""
        ).plan
    }

    /// Ready everywhere and postponed; a force flag is set on one shard; a second migration copies, throttled on one shard.
    static var ready4: VitessStory {
        var story = VitessStory()
        story.add(uuid.text, [[:], [:], ["force_cutover": "1"], [:]])
        let copying: [String: String?] = [
            "mysql_table": "users", "migration_statement": "alter table users drop column legacy_flag", "ready_to_complete": "0",
            "ready_to_complete_timestamp": nil, "progress": "40.2208", "eta_seconds": "614", "rows_copied": "481468",
            "table_rows": "1197063", "migration_context": "release-2026-11-21", "requested_timestamp": ago(600),
            "started_timestamp": ago(590),
        ]
        var throttled = copying
        throttled["last_throttled_timestamp"] = ago(2)
        throttled["component_throttled"] = "vcopier"
        throttled["reason_throttled"] =
            "vcopier:d0aaa2be_e53a_11f1_919e_623efefdb394:vreplication:online-ddl is denied access due to shard/lag metric value "
            + "12.400000 exceeding threshold 5.000000"
        story.add("d0aaa2be_e53a_11f1_919e_623efefdb394", [copying, throttled, copying, copying])
        return story
    }

    /// One shard has it, one backs off behind a locked table, one waits for COMPLETE, one does not answer.
    static var split: VitessStory {
        var story = VitessStory()
        story.add(
            uuid.text,
            [
                [
                    "migration_status": "complete", "completed_timestamp": ago(412), "postpone_completion": "0",
                    "cutover_attempts": "1", "last_cutover_attempt_timestamp": ago(416), "stage": "re-enabling writes",
                    "liveness_timestamp": ago(416),
                ],
                [
                    "postpone_completion": "0", "cutover_attempts": "2", "last_cutover_attempt_timestamp": ago(37),
                    "stage": "locking tables", "message_timestamp": ago(27),
                    "message": "failed locking tables: (errno 3024) Query execution was interrupted, maximum statement "
                        + "execution time exceeded",
                ],
                [:], [:],
            ])
        story.view.fellSilent(
            shards[3], error: "primary is not serving, there may be a reparent operation in progress", at: Story.ago(72))
        return story
    }
}
