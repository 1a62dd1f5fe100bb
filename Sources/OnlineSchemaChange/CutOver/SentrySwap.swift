internal import Core
internal import MySQLClient

/// Lock in one session, rename from another, with a sentry table between: MariaDB, and MySQL before 8.0.13. The proof is in
/// `CutOverAttempt.swift`. Needs the sentry to exist (`SentryTable.create`) before `lock`.
///
/// The RENAME waits on the server while this attempt goes on, so it runs in a child task of `run(in:)`'s caller: `renames` takes
/// the order to send it and `renamed` its answer.
final class SentrySwap: TableSwap {
    private enum Rename: Sendable {
        case notSent
        case wanted
        case answered(Result<Void, MySQLError>)
        case over
    }

    private let pair: TablePair
    private let locker: Connection
    private let renamer: Connection
    private let watcher: Connection
    private let rename = Monitored(Rename.notSent)

    init(_ pair: TablePair, connections: ShardConnections, threshold: Duration) async throws(MySQLError) {
        self.pair = pair
        // Longer than any hold, so that it never ends the wait by itself before the release.
        let seconds = SQL(verbatim: "\(max(2, threshold.components.seconds + 3))")
        // So many idle seconds end the session: an engine that vanished without a word must not leave the table locked.
        locker = try await connections.openForSwap(["SET SESSION lock_wait_timeout = 1, wait_timeout = " + seconds])
        try await locker.beginMultiStatements()
        renamer = try await connections.openForSwap(["SET SESSION lock_wait_timeout = " + seconds])
        watcher = try await connections.openForSwap([])
    }

    var oldTable: String { pair.old.table.name }

    /// Sends the RENAME when `arm` asks for it. Runs beside the attempt and ends after `close`.
    func sendRename() async {
        do {
            let isWanted = try await rename.wait { state -> Bool? in
                switch state {
                case .wanted: true
                case .over: false
                case .notSent, .answered: nil
                }
            }
            guard isWanted else { return }
        } catch {
            rename.withLock { $0 = .answered(.failure(.refused("called off"))) }
            return
        }
        let statement: SQL = "RENAME TABLE \(pair.original) TO \(pair.old), \(pair.shadow) TO \(pair.original)"
        let answer: Result<Void, MySQLError>
        do {
            try await renamer.execute(statement)
            answer = .success(())
        } catch {
            answer = .failure(error)
        }
        rename.withLock { $0 = .answered(answer) }
    }

    func lock(within limit: Duration, on clock: any Clock<Duration>) async throws {
        try await LockRequest(session: locker, killer: watcher).send(
            "LOCK TABLES \(pair.original) WRITE, \(pair.old) WRITE", within: limit, on: clock)
    }

    /// The RENAME must be seen waiting: asked again at once until the server says so, for each answer is a round trip and the
    /// request takes less than one to arrive.
    func arm() async throws {
        rename.withLock { $0 = .wanted }
        while true {
            if case .answered(.failure(let error)) = rename.withLock({ $0 }) { throw error }
            try Task.checkCancellation()
            let state = try await watcher.query(
                "SELECT STATE FROM information_schema.PROCESSLIST WHERE ID = \(.uint(renamer.connectionID))",
                values: .literal)
            if let text = try state.first?.optionalString(0), text.lowercased().contains("metadata lock") { return }
        }
    }

    func position() async throws -> BinlogPosition { try await BinlogStream.currentPosition(on: locker).position }

    func commit() async -> ReleaseOutcome {
        // A RENAME that is over already has failed: the sentry stays, and nothing is swapped.
        if case .answered = rename.withLock({ $0 }) { return await abort() }
        var dropError: MySQLError?
        do { _ = try await locker.executeAll(["DROP TABLE \(pair.old)", "UNLOCK TABLES"]) } catch {
            dropError = error.error
            // Whatever happened, the lock must go; the RENAME's answer says what became of the swap.
            await locker.close()
        }
        switch await renamed() {
        case .success:
            return .swapped(CutOverReport(swappedAt: Timestamp(milliseconds: 0), writesHeld: .zero, oldTable: oldTable))
        case .failure(let error):
            let failure = SwapFailure.describe(dropError ?? error, pair)
            // With the sentry gone, a RENAME of an earlier life could have won: only the tables' names tell then.
            return dropError?.outcome == .notExecuted && error.outcome == .notExecuted
                ? .notSwapped(failure) : .unknown(failure)
        }
    }

    func abort() async -> ReleaseOutcome {
        do { try await locker.execute("UNLOCK TABLES") } catch { await locker.close() }
        let wasSent = rename.withLock { state in
            if case .notSent = state {
                state = .over
                return false
            }
            return true
        }
        guard wasSent else { return .notSwapped(nil) }
        // It fails now: the sentry has its target name.
        switch await renamed() {
        case .success:
            return .swapped(CutOverReport(swappedAt: Timestamp(milliseconds: 0), writesHeld: .zero, oldTable: oldTable))
        case .failure(let error) where error.outcome == .notExecuted:
            return .notSwapped(nil)
        case .failure(let error):
            return .unknown(SwapFailure.describe(error, pair))
        }
    }

    /// The answer to the RENAME. Not cut short when the task is cancelled: what happened must be known.
    private func renamed() async -> Result<Void, MySQLError> {
        do {
            return try await rename.wait { if case .answered(let answer) = $0 { answer } else { nil } }
        } catch {
            return .failure(MySQLError(code: 2013, message: "the wait for RENAME was cancelled", outcome: .unknown))
        }
    }

    func close() async {
        rename.withLock { if case .answered = $0 {} else { $0 = .over } }
        await locker.close()
        await renamer.close()
        await watcher.close()
    }
}
