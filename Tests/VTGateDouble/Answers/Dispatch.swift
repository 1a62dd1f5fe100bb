/// From a statement's text to its answer, with the log and the faults around it.
extension World {
    /// Runs with the gate held; gives it away while it waits.
    func answer(_ text: String, _ session: Session, isPrepare: Bool = false) -> Answer {
        session.isKilled = false
        let logged = log(text, session, isPrepare: isPrepare)
        let answer = faulty(logged, session) { plain(text, session, isPrepare: isPrepare) }
        let place = logged.number - 1 - cleared
        if place >= 0 {
            journal[place].outcome = Self.outcome(answer)
            journal[place].ended = uptime
        }
        wakeWaiters()
        return answer
    }

    private func plain(_ text: String, _ session: Session, isPrepare: Bool) -> Answer {
        do throws(ErrorAnswer) {
            let statement = try Parser.statement(text, version: version)
            if isPrepare {
                return .fail(1105, "HY000", "the double does not model prepared statements")
            }
            return try run(statement, text, session)
        } catch {
            return .error(error)
        }
    }

    private func run(_ statement: Statement, _ text: String, _ session: Session) throws(ErrorAnswer) -> Answer {
        switch statement {
        case .showMigrations(let keyspace, let like, let condition, let conditionText):
            return try showMigrations(
                keyspace: keyspace, like: like, condition: condition, conditionText: conditionText, session)
        case .showMigrationLogs(let uuid): return try showLogs(uuid, session)
        case .showShards, .showTablets, .showReplication, .showKeyspaces, .showTarget:
            return try showTopology(statement, text, session)
        case .showThrottlerStatus: return try showThrottlerStatus(session)
        case .showThrottledApps: return try showThrottledApps(session)
        case .showCreateTable(let keyspace, let table): return try showCreateTable(keyspace, table, session)
        case .showTables(let keyspace, let like): return try showTables(keyspace, like: like, session)
        // transcript 1: no variable of VTGate's is listed.
        case .showNothing: return .rows(ResultTable(Self.texts(["Variable_name", "Value"]), rows: []))
        case .showMetadata: return .fail(1105, "HY000", "node doesn't exist: /vitess/global/metadata/")
        case .alterMigration(let uuid, let verb):
            noteDangerous(verb, uuid, text, session)
            return try alter(verb, uuid: uuid, session)
        case .alterAll(let verb):
            note(.everyMigration, text, session)
            return try alter(verb, uuid: nil, session)
        case .revert(let uuid): return try revert(uuid, session)
        case .ddl(let ddl): return try change(ddl, text, session)
        case .set(let assignments):
            try set(assignments, session)
            return .ok(affected: 0)
        case .use(let target):
            try use(target, session)
            return .ok(affected: 0)
        case .select(let items): return try select(items, session)
        case .begin:
            session.isInTransaction = true
            return .ok(affected: 0)
        case .commit, .rollback:
            session.isInTransaction = false
            return .ok(affected: 0)
        case .prepare(let inner):
            // transcript 19: PREPARE .. FROM reads the statement at once.
            _ = try Parser.statement(inner, version: version)
            return .ok(affected: 0)
        case .kill(let isQuery, let number):
            // Seen on a cluster: without --allow-kill-statement nobody may.
            if !configuration.allowsKill {
                return .fail(1095, "HY000", "VT07001: kill statement execution not permitted.")
            }
            guard let victim = sessions[number] else {
                return .fail(1094, "HY000", "Unknown thread id: \(number)")
            }
            victim.isKilled = true
            if !isQuery { victim.isGone = true }
            return .ok(affected: 0)
        case .nothing: return .ok(affected: 0)
        case .other: return .fail(1105, "HY000", "the double does not model this statement")
        }
    }

    private func noteDangerous(_ verb: Statement.Verb, _ uuid: String, _ text: String, _ session: Session) {
        switch verb {
        case .complete(let list?), .launch(let list?):
            if list.split(whereSeparator: { ",; ".contains($0) }).isEmpty { note(.emptyShardList, text, session) }
        case .throttle where uuid.isEmpty, .unthrottle where uuid.isEmpty: note(.emptyUUID, text, session)
        default: break
        }
        if session.isInTransaction || !session.isAutocommit { note(.inTransaction, text, session) }
    }

    private static func outcome(_ answer: Answer) -> LoggedStatement.Outcome {
        switch answer {
        case .ok(let affected): .ok(affected: affected)
        case .rows(let table): .rows(table.payloads.count)
        case .error(let error): .error(error)
        case .dropped: .dropped
        }
    }

    // MARK: Log

    private func log(_ text: String, _ session: Session, isPrepare: Bool) -> LoggedStatement {
        let logged = LoggedStatement(
            number: cleared + journal.count + 1, connectionID: session.connectionID, user: session.user, text: text,
            target: session.target, keyspace: session.keyspace, shard: session.shard,
            isAutocommit: session.isAutocommit, isInTransaction: session.isInTransaction,
            strategy: session.strategy, isPrepared: isPrepare, time: now, began: uptime)
        journal.append(logged)
        return logged
    }

    func note(_ kind: Accident.Kind, _ text: String, _ session: Session) {
        accidents.append(Accident(kind: kind, text: text, target: session.target, user: session.user))
    }

    // MARK: Faults

    private func faulty(_ logged: LoggedStatement, _ session: Session, _ run: () -> Answer) -> Answer {
        guard let place = faults.firstIndex(where: { $0.times > 0 && $0.matches(logged) }) else { return run() }
        faults[place].times -= 1
        faults[place].hits += 1
        let number = faults[place].number
        switch faults[place].kind {
        case .connectionLostBefore: return .dropped
        case .connectionLostAfter:
            _ = run()
            return .dropped
        case .error(let error): return .error(error)
        case .errorAfter(let error):
            _ = run()
            return .error(error)
        case .delayed(let seconds):
            return pause(session, seconds: seconds) ? run() : lost(session)
        case .answerDelayed(let seconds):
            let answer = run()
            return pause(session, seconds: seconds) ? answer : lost(session)
        case .held:
            return wait(session) { !faults.contains { $0.number == number } } ? run() : lost(session)
        case .answerHeld:
            let answer = run()
            return wait(session) { !faults.contains { $0.number == number } } ? answer : lost(session)
        }
    }

    private func lost(_ session: Session) -> Answer { session.isGone ? .dropped : .error(Self.interrupted) }

    @discardableResult
    func pause(_ session: Session, seconds: Double) -> Bool {
        let end = uptime + seconds
        return wait(session) { uptime >= end }
    }
}
