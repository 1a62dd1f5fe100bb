/// ALTER VITESS_MIGRATION.
extension World {
    func alter(_ verb: Statement.Verb, uuid: String?, _ session: Session) throws(ErrorAnswer) -> Answer {
        try requirePrimary(session, "ALTER VITESS_MIGRATION")
        switch verb {
        case .throttle(let expire, let ratio):
            try throttle(uuid, expire: expire, ratio: ratio, session)
            return .ok(affected: 0)
        case .unthrottle:
            try unthrottle(uuid, session)
            return .ok(affected: 0)
        default: break
        }
        var affected = 0
        try fanOut(
            try targets(session), session, needsMutex: { Self.reaches(verb, $0) }
        ) { shard throws(ErrorAnswer) in
            try checkPlan(shard, session)
            try check(verb, uuid: uuid, shard)
            guard let uuid else {
                affected += applyToAll(verb, shard)
                return
            }
            guard let record = shard.record(uuid) else {
                // Fact 1: only CANCEL complains.
                if verb == .cancel { throw ErrorAnswer(message: tabletError(shard, "migration not found")) }
                return
            }
            if !Self.reaches(verb, shard) { return }
            affected += apply(verb, record, shard, message: "CANCEL issued by user")
        }
        return .ok(affected: affected)
    }

    /// Fact 26, transcript 19 and 25: not in a transaction, not without autocommit.
    private func checkPlan(_ shard: ShardState, _ session: Session) throws(ErrorAnswer) {
        let bug = "[BUG] AlterMigration unexpected plan type"
        // With the code when the shards know of the transaction by then.
        if session.isInTransaction, session.hasOpenedTransaction {
            throw ErrorAnswer(code: 1815, message: tabletError(shard, code: "Internal", bug))
        }
        if session.isInTransaction || !session.isAutocommit {
            throw ErrorAnswer(code: 1815, message: shardError(shard, "vttablet: \(bug) (CallerID: userData1)"))
        }
    }

    /// What a tablet refuses before it looks for the row (fact 2, transcript 9 and 20).
    private func check(_ verb: Statement.Verb, uuid: String?, _ shard: ShardState) throws(ErrorAnswer) {
        if let uuid, let name = verb.complaint, !Self.isUUID(uuid) {
            throw ErrorAnswer(message: tabletError(shard, "Not a valid migration ID in \(name): \(uuid)"))
        }
        if case .cutoverThreshold(let text) = verb {
            guard let seconds = GoDuration.seconds(text) else {
                throw ErrorAnswer(
                    message: tabletError(
                        shard, code: "InvalidArgument",
                        "invalid cut-over threshold value: \(text). Try '5s' to '30s'"))
            }
            if let problem = Self.thresholdProblem(seconds) {
                throw ErrorAnswer(message: tabletError(shard, code: "FailedPrecondition", problem))
            }
        }
    }

    static func thresholdProblem(_ seconds: Double) -> String? {
        seconds < 5 ? "cut-over min value is 5s" : seconds > 30 ? "cut-over max value is 30s" : nil
    }

    /// `^[0-f]{8}_[0-f]{4}_..$`: 0 to f by character, so upper case passes (fact 2).
    static func isUUID(_ text: String) -> Bool {
        let parts = text.split(separator: "_", omittingEmptySubsequences: false)
        return parts.map(\.utf8.count) == [8, 4, 4, 4, 12]
            && parts.allSatisfy { $0.utf8.allSatisfy { (UInt8(ascii: "0")...UInt8(ascii: "f")).contains($0) } }
    }

    /// Shards that a list leaves out answer at once, whatever they are doing.
    private static func reaches(_ verb: Statement.Verb, _ shard: ShardState) -> Bool {
        switch verb {
        case .complete(let list), .launch(let list): names(list, shard)
        default: true
        }
    }

    /// Facts 4 and 5, transcript 5 and 19: an empty list names every shard; commas, semicolons and blanks divide; letter
    /// case counts.
    private static func names(_ list: String?, _ shard: ShardState) -> Bool {
        guard let list else { return true }
        let names = list.split { $0 == "," || $0 == ";" || $0 == " " }
        return names.isEmpty || names.contains(Substring(shard.name))
    }

    // MARK: Effects; rows affected are rows changed, and no evidence (fact 3)

    private func applyToAll(_ verb: Statement.Verb, _ shard: ShardState) -> Int {
        var affected = 0
        for record in shard.records {
            let isMeant =
                switch verb {
                // Fact 31: only what was reviewed.
                case .launch: record.row.status == .queued && record.row.reviewed != nil
                case .cleanup: !record.row.status.isPending && record.row.cleanup == nil && record.row.retainSeconds > 0
                default: record.row.status.isPending
                }
            if isMeant { affected += apply(verb, record, shard, message: "CANCEL ALL issued by user") }
        }
        return affected
    }

    private func apply(_ verb: Statement.Verb, _ record: MigrationRecord, _ shard: ShardState, message: String) -> Int {
        var row = record.row
        switch verb {
        case .complete: row.postponeCompletion = false
        case .postponeComplete: row.postponeCompletion = true
        case .launch: row.postponeLaunch = false
        case .forceCutover: row.forceCutOver = true
        case .cleanup: row.retainSeconds = -1
        case .cutoverThreshold(let text): row.cutOverThreshold = Int(GoDuration.seconds(text) ?? 10)
        case .cancel: cancel(&row, message)
        case .retry: retry(&row, shard)
        case .throttle, .unthrottle: break
        }
        if row == record.row { return 0 }
        record.row = row
        if !row.status.isPending || verb == .retry { record.stream = nil }
        stateChanged(shard)
        return 1
    }

    /// transcript 9: readiness and progress stay as they were.
    private func cancel(_ row: inout MigrationValues, _ message: String) {
        if !row.status.isPending { return }
        row.status = .cancelled
        row.message = message
        row.messageTime = now
        row.completed = now
        row.cancelledTime = now
    }

    /// Facts 9 and 12: keeps readiness, progress, flags and options; a later life may cut over by itself.
    private func retry(_ row: inout MigrationValues, _ shard: ShardState) {
        guard row.status == .failed || row.status == .cancelled else { return }
        row.status = .queued
        row.tablet = shard.primary.alias
        row.retries += 1
        row.tabletFailure = false
        // Fact 17: the message goes, its time stays.
        row.message = ""
        row.stage = ""
        row.cutOverAttempts = 0
        row.started = nil
        row.liveness = nil
        row.cancelledTime = nil
        row.completed = nil
        row.lastCutOverAttempt = nil
        row.shadowAnalyzed = nil
        row.cleanup = nil
        row.inOrderPending = 0
    }

    // MARK: Throttling: keyspace-wide, whatever the session's shard

    private func throttle(
        _ uuid: String?, expire: String?, ratio: String?, _ session: Session
    ) throws(ErrorAnswer) {
        let keyspace = try keyspaceState(session)
        // Fact 35, transcript 10b: '' is an hour, and so is nothing.
        var seconds = 3600.0
        if let expire, !expire.isEmpty {
            guard let given = GoDuration.seconds(expire), given >= 0 else {
                throw ErrorAnswer(
                    message: "invalid EXPIRE value: \(expire). Try '120s', '30m', '1h', etc. Allowed units are (s)ec, "
                        + "(m)in, (h)hour")
            }
            seconds = given
        }
        let share = ratio.flatMap(Double.init) ?? 1
        if share > 1 {
            throw ErrorAnswer(
                message: "invalid RATIO value: \(ratio ?? ""). Try any decimal number between '0.0' (no throttle) and "
                    + "`1.0` (fully throttled)")
        }
        settleStreams(keyspace)
        // Fact 6: '' is every migration; any junk is stored as an app.
        let app = uuid.map { $0.isEmpty ? "online-ddl" : $0 } ?? "online-ddl"
        keyspace.throttled[app] =
            seconds == 0
            ? nil : KeyspaceState.ThrottledApp(ratio: share, ratioText: FloatText.text(share), expires: now + seconds)
    }

    private func unthrottle(_ uuid: String?, _ session: Session) throws(ErrorAnswer) {
        let keyspace = try keyspaceState(session)
        settleStreams(keyspace)
        keyspace.throttled[uuid.map { $0.isEmpty ? "online-ddl" : $0 } ?? "online-ddl"] = nil
    }

    /// Brings every copy up to now at the speed it had.
    func settleStreams(_ keyspace: KeyspaceState) {
        for shard in keyspace.shards {
            for record in shard.records where record.stream != nil {
                record.stream!.advance(to: now, throttle: throttleShare(of: record, shard))
            }
        }
    }
}
