/// What a tablet's executor does at each tick, in vttablet's order.
extension World {
    /// Four more ticks soon (transcript 27: +1, +5, +10, +20 s also with the 1 m default).
    func stateChanged(_ shard: ShardState) {
        for delay in [1.0, 5, 10, 20] { events.add(.tick(shard), at: now + delay) }
    }

    func tick(_ shard: ShardState) {
        // Not re-entrant: while a cut-over lasts, nothing else happens on the shard.
        guard shard.primary.isServing, shard.isExecutorOpen, !shard.isBusy else { return }
        review(shard)
        schedule(shard)
        reviewInOrder(shard)
        runNext(shard)
        if !shard.isBusy { reviewRunning(shard) }
        collectArtifacts(shard)
    }

    // MARK: Queued

    private func review(_ shard: ShardState) {
        for record in shard.records where record.row.status == .queued && record.row.reviewed == nil {
            if record.row.action == "revert" || record.ddl == nil, !reviewRevert(shard, record) { continue }
            if record.row.strategy == "mysql", record.row.postponeCompletion {
                fail(shard, record, "--postpone-completion not supported in 'mysql' strategy")
                continue
            }
            if let ddl = record.ddl {
                if ddl.action == .alterTable, shard.tables[ddl.table] == nil {
                    // transcript 11: accepted, and fails a second later.
                    fail(
                        shard, record,
                        "in Executor.analyzeSpecialAlterPlan(), uuid=\(record.row.uuid), table=\(ddl.table): "
                            + "in Executor.getCreateTableStatement(): Table 'vt_\(shard.keyspace).\(ddl.table)' doesn't "
                            + "exist (errno 1146) (sqlstate 42S02) during query: SHOW CREATE TABLE `\(ddl.table)`")
                    continue
                }
                record.row.isImmediate = isImmediate(shard, record, ddl)
            }
            record.row.reviewed = now
        }
    }

    private func isImmediate(_ shard: ShardState, _ record: MigrationRecord, _ ddl: DDL) -> Bool {
        if ddl.action != .alterTable { return true }
        let isRange = ddl.clauses.allSatisfy { $0.dropFirst().first?.keyword == "partition" }
        if isRange { return true }
        return record.row.hasOption("prefer-instant-ddl") && shard.supportsInstant
            && ddl.clauses.allSatisfy { Self.isInstant($0) }
    }

    private static func isInstant(_ clause: [Token]) -> Bool {
        guard let verb = clause.first?.keyword, verb == "add" || verb == "drop" else { return false }
        let others: Set<String> = [
            "key", "index", "unique", "primary", "constraint", "foreign", "partition", "fulltext",
        ]
        return !others.contains(clause.dropFirst().first?.keyword ?? "")
    }

    private func schedule(_ shard: ShardState) {
        var isScheduled = false
        for record in shard.records where record.row.status == .queued && !record.row.postponeLaunch {
            if record.row.reviewed == nil { continue }
            if record.row.isImmediate, !record.row.readyToComplete {
                record.row.readyToComplete = true
                record.row.progress = 100
                record.row.eta = 0
                record.row.firstReady = record.row.firstReady ?? now
            }
            // Fact 11, transcript 12: an immediate operation waits for COMPLETE as `queued`.
            if record.row.isImmediate, record.row.postponeCompletion { continue }
            // One a tick.
            if isScheduled { continue }
            isScheduled = true
            record.row.status = .ready
            stateChanged(shard)
        }
    }

    // MARK: Order

    private func reviewInOrder(_ shard: ShardState) {
        var ahead = 0
        for record in shard.records where record.row.status.isPending {
            // transcript 16, 25: counted for every pending row, whether or not it is to complete in order.
            if record.row.inOrderPending != ahead { record.row.inOrderPending = ahead }
            ahead += 1
        }
        for record in shard.records where record.row.status.isPending && record.row.hasOption("in-order-completion") {
            let predecessor = shard.records.first {
                $0.row.id < record.row.id && $0.row.context == record.row.context
                    && ($0.row.status == .failed || $0.row.status == .cancelled)
            }
            guard let predecessor else { continue }
            fail(
                shard, record,
                "migration \(record.row.uuid) cannot run because prior migration \(predecessor.row.uuid) in same "
                    + "context has failed/was cancelled")
        }
    }

    private func runNext(_ shard: ShardState) {
        for record in shard.records where record.row.status == .ready {
            let mustWait =
                record.row.isImmediate && record.row.hasOption("in-order-completion") && record.row.inOrderPending > 0
            if mustWait || conflicts(shard, record) { continue }
            start(shard, record)
            return
        }
    }

    /// Fact 18: without --allow-concurrent one runs per shard, whatever the table.
    private func conflicts(_ shard: ShardState, _ record: MigrationRecord) -> Bool {
        let isCopying = record.ddl?.action == .alterTable && !record.row.isImmediate
        return shard.records.contains { other in
            guard other.row.status == .running, other !== record else { return false }
            if other.row.table == record.row.table { return true }
            if !other.row.allowConcurrent, !record.row.allowConcurrent { return true }
            return isCopying && other.row.firstReady == nil
        }
    }

    // MARK: Running

    private func reviewRunning(_ shard: ShardState) {
        let keyspace = keyspace(of: shard)
        for record in shard.records where record.row.status == .running && record.startedTick < now {
            guard record.stream != nil else { continue }
            record.stream!.advance(to: now, throttle: throttleShare(of: record, shard))
            if record.stream!.hasFailed, let failure = record.stream!.failure {
                // transcript 11: the stream's error, and only on this shard.
                fail(shard, record, "vreplication: terminal error: \(failure)")
                continue
            }
            refresh(shard, record, keyspace)
            if record.row.readyToComplete, mayCutOver(record) {
                beginCutOver(shard, record)
                return
            }
        }
    }

    /// By operators' rules, and by the throttler's own metric.
    func throttleShare(of record: MigrationRecord, _ shard: ShardState) -> Double {
        shard.throttlerLag == nil ? keyspace(of: shard).throttleShare(of: record.row.uuid, now: now) : 1
    }

    private func refresh(_ shard: ShardState, _ record: MigrationRecord, _ keyspace: KeyspaceState) {
        let stream = record.stream!
        var row = record.row
        row.tablet = shard.primary.alias
        row.userThrottleRatio = keyspace.throttleRatio(of: row.uuid, now: now)
        if row.userThrottleRatio > 0 {
            // Fact 21, transcript 28: these stay when the throttling ends.
            row.lastThrottled = now
            row.componentThrottled = stream.isCopied ? "vplayer" : "vcopier"
            row.reasonThrottled =
                "\(row.componentThrottled):\(row.uuid):vreplication:online-ddl is explicitly denied access"
        }
        if let lag = shard.throttlerLag {
            row.lastThrottled = now
            row.componentThrottled = stream.isCopied ? "vplayer" : "vcopier"
            row.reasonThrottled =
                "\(row.componentThrottled):\(row.uuid):vreplication:online-ddl is denied access due to shard/lag metric "
                + "value \(FloatText.text(lag)) exceeding threshold 5"
        }
        row.liveness = now
        row.livenessIndicator = Int(now)
        if !stream.isRevert { row.rowsCopied = stream.visible }
        row.tableRows = max(row.tableRows, row.rowsCopied)
        // Fact 20, transcript 24: the Unix time itself while the first copy lasts.
        let lag = shard.streamLag ?? (stream.isCaughtUp ? 0 : now)
        row.lag = Int(lag)
        let isReady = stream.isCaughtUp && lag <= Double(row.cutOverThreshold) && now >= shard.notReadyUntil
        row.readyToComplete = isReady
        if isReady {
            row.progress = 100
            row.eta = 0
            row.firstReady = row.firstReady ?? now
        } else if !stream.isCaughtUp {
            row.progress =
                row.tableRows == 0 || stream.isRevert
                ? 0 : min(100, 100 * Double(row.rowsCopied) / Double(row.tableRows))
            let elapsed = now - (row.started ?? now)
            row.eta = row.progress > 0 ? max(0, Int(elapsed * (100 / row.progress - 1))) : -1
        }
        record.row = row
    }

    /// In order, not postponed, and not too soon after a failed attempt: 0, 1, 5, 10, 30 minutes (fact 15, transcript 26).
    private func mayCutOver(_ record: MigrationRecord) -> Bool {
        let row = record.row
        if row.hasOption("in-order-completion"), row.inOrderPending > 0 { return false }
        if row.postponeCompletion { return false }
        guard let last = row.lastCutOverAttempt, !isForced(record) else { return true }
        let waits = [0.0, 60, 300, 600, 1800]
        return now - last >= waits[min(row.cutOverAttempts, waits.count - 1)]
    }

    func isForced(_ record: MigrationRecord) -> Bool {
        if record.row.forceCutOver { return true }
        guard let after = record.row.option("force-cut-over-after").flatMap(GoDuration.seconds) else { return false }
        return now - (record.row.firstReady ?? now) >= after
    }

    // MARK: Ends

    func fail(_ shard: ShardState, _ record: MigrationRecord, _ message: String) {
        record.row.status = .failed
        record.row.message = message
        record.row.messageTime = now
        record.row.completed = now
        record.stream = nil
        stateChanged(shard)
    }

    func complete(_ shard: ShardState, _ record: MigrationRecord) {
        record.row.status = .complete
        record.row.progress = 100
        record.row.eta = 0
        record.row.completed = now
        record.row.liveness = now
        record.stream = nil
        stateChanged(shard)
    }

    private func collectArtifacts(_ shard: ShardState) {
        for record in shard.records where !record.row.status.isPending && record.row.cleanup == nil {
            guard let completed = record.row.completed, completed + Double(record.row.retainSeconds) <= now else {
                continue
            }
            record.row.cleanup = now
            record.row.artifacts = ""
            // Fact 30: without its artifacts nothing can be reverted.
            record.isRevertible = false
        }
    }
}
