/// How a statement gets to the shards, and what comes back (transcript 20, 23, 25).
extension World {
    /// The shards a statement of this session goes to.
    func targets(_ session: Session, keyspace name: String? = nil) throws(ErrorAnswer) -> [ShardState] {
        let keyspace = try keyspaceState(session, name)
        guard name == nil || name == session.keyspace, let shard = session.shard else { return keyspace.shards }
        guard let found = keyspace.shard(shard) else {
            // Seen on a cluster: USE takes any shard, and the next statement finds nobody there.
            throw ErrorAnswer(
                message: "target: \(keyspace.name).\(shard).primary: no healthy tablet available for "
                    + "'keyspace:\"\(keyspace.name)\" shard:\"\(shard)\" tablet_type:PRIMARY'")
        }
        return [found]
    }

    func keyspaceState(_ session: Session, _ name: String? = nil) throws(ErrorAnswer) -> KeyspaceState {
        guard let wanted = name ?? session.keyspace else {
            // transcript 7, 19: the only keyspace is meant when none is named.
            if keyspaces.count == 1 { return keyspaces[0] }
            throw ErrorAnswer(
                code: 1046, state: "3D000",
                message: "VT09005: no database selected: use keyspace<:shard><@type> or keyspace<[range]><@type> "
                    + "(<> are optional)")
        }
        guard let keyspace = keyspace(wanted) else { throw Self.unknownKeyspace(wanted) }
        return keyspace
    }

    /// transcript 4.
    static func unknownKeyspace(_ name: String) -> ErrorAnswer {
        ErrorAnswer(code: 1049, state: "42000", message: "VT05003: unknown database '\(name)' in vschema")
    }

    /// transcript 7: everything about migrations works on primaries alone.
    func requirePrimary(_ session: Session, _ what: String) throws(ErrorAnswer) {
        if session.tabletType != "primary" {
            throw ErrorAnswer(message: "VT09006: \(what) works only on primary tablet")
        }
    }

    /// One shard's error as VTGate hands it on.
    func shardError(_ shard: ShardState, _ text: String) -> String {
        "target: \(shard.keyspace).\(shard.name).primary: \(text)"
    }

    func tabletError(_ shard: ShardState, code: String = "Unknown", _ text: String) -> String {
        shardError(shard, "vttablet: rpc error: code = \(code) desc = \(text) (CallerID: userData1)")
    }

    /// Why the shard cannot answer, `nil` when it can.
    func absence(_ shard: ShardState, needsExecutor: Bool) -> ErrorAnswer? {
        if !shard.primary.isServing {
            // transcript 23.
            return ErrorAnswer(
                message: shardError(shard, "primary is not serving, there may be a reparent operation in progress"))
        }
        if needsExecutor, !shard.isExecutorOpen {
            return ErrorAnswer(message: tabletError(shard, code: "FailedPrecondition", "online DDL is disabled"))
        }
        if case .answers(let error) = shard.silence {
            return ErrorAnswer(code: error.code, state: error.state, message: shardError(shard, error.message))
        }
        return nil
    }

    /// Sends something to all shards and waits for all of them; the effects on those that answer stay when another
    /// one fails (fact 24). Errors of several shards are joined by newlines, in shard order (fact 25).
    func fanOut(
        _ shards: [ShardState], _ session: Session, needsExecutor: Bool = true,
        needsMutex: (ShardState) -> Bool = { _ in false },
        _ work: (ShardState) throws(ErrorAnswer) -> Void
    ) throws(ErrorAnswer) {
        var errors: [Int: ErrorAnswer] = [:]
        func run(_ shard: ShardState) {
            if let absence = absence(shard, needsExecutor: needsExecutor) {
                errors[shard.index] = absence
                bufferOnce(shard, session)
                return
            }
            do throws(ErrorAnswer) { try work(shard) } catch { errors[shard.index] = error }
        }
        var late: [ShardState] = []
        for shard in shards {
            if shard.isBusy, !waitsForCutOver, needsMutex(shard) { finishCutOver(shard) }
            if isHeldUp(shard, needsMutex: needsMutex(shard)) { late.append(shard) } else { run(shard) }
        }
        for shard in late {
            let answered = wait(session) { !isHeldUp(shard, needsMutex: needsMutex(shard)) }
            if !answered { throw Self.interrupted }
            run(shard)
        }
        let inOrder = errors.sorted { $0.key < $1.key }.map(\.value)
        guard let first = inOrder.first else {
            session.hasOpenedTransaction = session.isInTransaction
            return
        }
        throw ErrorAnswer(
            code: first.code, state: first.state, message: inOrder.map(\.message).joined(separator: "\n"))
    }

    static let interrupted = ErrorAnswer(code: 1317, state: "70100", message: "Query execution was interrupted")

    private func isHeldUp(_ shard: ShardState, needsMutex: Bool) -> Bool {
        if case .hangs = shard.silence { return true }
        return needsMutex && waitsForCutOver && shard.isBusy
    }

    /// transcript 23: the first statement after a primary has gone is held for up to 10 s.
    private func bufferOnce(_ shard: ShardState, _ session: Session) {
        if shard.primary.isServing || shard.wasFoundDown { return }
        shard.wasFoundDown = true
        if configuration.bufferingSeconds > 0 { pause(session, seconds: configuration.bufferingSeconds) }
    }
}
