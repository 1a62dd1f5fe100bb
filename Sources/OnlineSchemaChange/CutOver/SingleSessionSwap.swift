internal import Core
internal import MySQLClient

/// Lock and rename in one session: MySQL from 8.0.13 (WL#9826). The proof is in `CutOverAttempt.swift`.
struct SingleSessionSwap: TableSwap {
    let pair: TablePair
    let applier: ChangeApplier
    let session: Connection
    private let killer: Connection
    private let isPaused = Monitored(false)

    init(
        _ pair: TablePair, applier: ChangeApplier, connections: ShardConnections, threshold: Duration
    ) async throws(MySQLError) {
        self.pair = pair
        self.applier = applier
        // So many idle seconds end the session: an engine that vanished without a word must not leave the table locked.
        let seconds = SQL(verbatim: "\(max(2, threshold.components.seconds + 3))")
        session = try await connections.openForSwap(["SET SESSION lock_wait_timeout = 1, wait_timeout = " + seconds])
        try await session.beginMultiStatements()
        killer = try await connections.openForSwap([])
    }

    var oldTable: String { pair.old.table.name }

    func lock(within limit: Duration, on clock: any Clock<Duration>) async throws {
        // A flush under way holds the shadow; one that began while we wait for the lock would wait for us.
        try await applier.pause()
        isPaused.withLock { $0 = true }
        try await LockRequest(session: session, killer: killer).send(
            "LOCK TABLES \(pair.original) WRITE, \(pair.shadow) WRITE", within: limit, on: clock)
        applier.resume(through: session)
        isPaused.withLock { $0 = false }
    }

    func arm() async throws {}

    func position() async throws -> BinlogPosition { try await BinlogStream.currentPosition(on: session).position }

    func commit() async -> ReleaseOutcome {
        do {
            _ = try await session.executeAll([
                "RENAME TABLE \(pair.original) TO \(pair.old), \(pair.shadow) TO \(pair.original)", "UNLOCK TABLES",
            ])
            return .swapped(CutOverReport(swappedAt: Timestamp(milliseconds: 0), writesHeld: .zero, oldTable: oldTable))
        } catch {
            // The RENAME itself was answered: the rest was only the unlock, which closing does too.
            if error.failedIndex > 0 {
                await session.close()
                return .swapped(CutOverReport(swappedAt: Timestamp(milliseconds: 0), writesHeld: .zero, oldTable: oldTable))
            }
            let failure = SwapFailure.describe(error.error, pair)
            guard error.error.outcome == .notExecuted else { return .unknown(failure) }
            await unlock()
            return .notSwapped(failure)
        }
    }

    func abort() async -> ReleaseOutcome {
        await unlock()
        return .notSwapped(nil)
    }

    /// Closing the session unlocks as well, so an error here changes nothing.
    ///
    /// The lock goes first: a lock granted at the last moment counts as refused, and an applier that went on before the unlock
    /// would wait for it for ever. What is left of a flush on this session may well be written without the lock.
    private func unlock() async {
        do { try await session.execute("UNLOCK TABLES") } catch { await session.close() }
        if isPaused.withLock({ paused in defer { paused = false }; return paused }) { applier.resume(through: nil) }
        applier.endDetour()
    }

    func close() async {
        applier.endDetour()
        await session.close()
        await killer.close()
    }
}

enum SwapFailure {
    static func describe(_ error: MySQLError, _ pair: TablePair) -> Failure {
        Failure(
            error.outcome == .unknown ? .connectionLost : .swapFailed,
            "The swap of `\(pair.original.table.name)` was not confirmed.", cause: "\(error)",
            now: error.outcome == .unknown ? "only the server knows; it is being asked" : "original table in place",
            next: "the shard follows the fleet's commit as soon as its server answers")
    }
}
