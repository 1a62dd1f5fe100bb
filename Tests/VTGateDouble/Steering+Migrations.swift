/// Steering of migrations, and what a test can look at.
extension FakeVTGate {
    // MARK: Steering

    /// Every cut-over of the table on the shard finds it locked by this session, until it is released or killed.
    package func block(_ table: String, on name: String, by blocker: String) {
        shard(name) { $1.blockers.append(ShardState.Blocker(name: blocker, table: table)) }
    }

    /// The session lets go; a cut-over that waits goes on.
    package func unblock(_ blocker: String, on name: String) {
        shard(name) { world, shard in
            shard.blockers.removeAll { $0.name == blocker }
            world.lockReleased(shard)
        }
    }

    /// Who was killed by forced cut-overs on the shard.
    package func killedBlockers(on name: String) -> [String] { shard(name) { $1.killedBlockers } }

    /// The next `times` cut-overs on the shard fail with this message; of one table, or of any.
    package func failCutOvers(on name: String, table: String? = nil, times: Int, message: String) {
        shard(name) { $1.failures.append(ShardState.PlannedFailure(table: table, times: times, message: message)) }
    }

    /// The next copies of the table started on the shard fail half-way: `vreplication: terminal error: <message>`.
    package func failCopies(on name: String, table: String? = nil, times: Int = 1, message: String) {
        shard(name) { $1.copyFailures.append(ShardState.PlannedFailure(table: table, times: times, message: message)) }
    }

    /// The shard refuses the next submission; the others start it, and the client sees an error and no UUID (fact 24).
    package func refuseNextSubmission(
        on name: String,
        with error: ErrorAnswer = ErrorAnswer(
            message: "primary is not serving, there may be a reparent operation in progress")
    ) { shard(name) { $1.refusedSubmission = error } }

    /// The shard forgets the row, as if it had never been submitted there.
    package func forget(_ uuid: String, on name: String) {
        shard(name) { _, shard in
            if let record = shard.record(uuid), shard.cutOver === record.cutOver { shard.cutOver = nil }
            shard.records.removeAll { $0.row.uuid == uuid }
            shard.byUUID[uuid] = nil
        }
    }

    /// Changes a row by hand. The next tick may write over what a tablet computes.
    package func edit(_ uuid: String, on name: String, _ change: (inout MigrationValues) -> Void) {
        shard(name) { _, shard in
            guard let record = shard.record(uuid) else { preconditionFailure("no \(uuid) on \(name)") }
            change(&record.row)
        }
    }

    /// Replaces a table's text on one shard: drift.
    package func setTable(_ table: String, createText: String?, rows: Int = 50_000, on name: String) {
        shard(name) { $1.tables[table] = createText.map { TableState(createText: $0, rows: rows) } }
    }

    // MARK: Looking

    /// The row of one shard; `nil` when the shard has none.
    package func row(_ uuid: String, on name: String) -> MigrationValues? { shard(name) { $1.record(uuid)?.row } }

    /// The rows of all shards that have it, in shard order.
    package func rows(_ uuid: String) -> [MigrationValues] {
        locked { $0.allShards.compactMap { $0.record(uuid)?.row } }
    }

    /// Every row of every shard, in shard order.
    package var allRows: [MigrationValues] { locked { $0.allShards.flatMap { $0.records.map(\.row) } } }

    /// What SHOW CREATE TABLE answers on the shard; `nil` without the table.
    package func createText(_ table: String, on name: String) -> String? {
        shard(name) { $1.tables[table]?.createText }
    }

    /// The alias of the shard's primary tablet.
    package func primaryAlias(_ name: String) -> String { shard(name) { $1.primary.alias } }

    /// What is throttled in a keyspace now: app and ratio.
    package func throttledApps(_ keyspace: String) -> [String: Double] {
        locked { world in
            let rules = world.keyspace(keyspace)?.throttled.filter { $0.value.expires > world.now } ?? [:]
            return rules.mapValues(\.ratio)
        }
    }

    /// Every statement since the beginning or the last `clearLog`, those of `execute` too.
    package var log: [LoggedStatement] { locked { $0.journal } }

    /// The statements of real connections that begin with these words.
    package func statements(_ words: String) -> [LoggedStatement] {
        log.filter { $0.connectionID != 0 && $0.isAbout(words) }
    }

    /// Forgets the log and the accidents.
    package func clearLog() {
        locked {
            $0.accidents = []
            $0.cleared += $0.journal.count
            $0.journal = []
        }
    }

    /// Statements that nobody should send, from whomever they came, in order.
    package var accidents: [Accident] { locked { $0.accidents } }

    /// Statements of real connections per real second, over the last `seconds`.
    package func queriesPerSecond(over seconds: Double) -> Double {
        locked { world in
            let now = world.uptime
            return Double(world.journal.filter { $0.connectionID != 0 && $0.began >= now - seconds }.count) / seconds
        }
    }

    /// How many clients are connected.
    package var connectionCount: Int { locked { $0.sessions.count } }
}
