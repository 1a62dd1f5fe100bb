internal import Core
internal import MySQLClient

/// One shard's part in one cut-over attempt, from the lock to the release.
///
/// # Why no write is lost and the table is never missing
///
/// *Held* means three things at once: writes to the original wait behind our table lock; every change that was ever made to it is in
/// the binlog before the position read under that lock; and the applier has committed everything up to that position in the shadow.
/// So the tables are equal, and stay equal until the lock is given back. The swap is one `RENAME TABLE original TO old, shadow TO
/// original`, which the server carries out whole or not at all; there is no moment without a table of the name.
///
/// Writes must not slip in between "equal" and "swapped". Two ways, by what the server can do:
///
/// **One session** (`SingleSessionSwap`; MySQL from 8.0.13): the session that holds both tables locked renames them. Nothing else
/// can come between, because the lock is held throughout. The drain has to run through that session, for the shadow is locked too.
/// When the session dies before the RENAME is sent, the lock goes and nothing has changed; when it dies after, only the server
/// knows (`unknown`), and it is asked.
///
/// **Sentry table** (`SentrySwap`; MariaDB and older MySQL, which refuse RENAME under LOCK TABLES): session A locks the original and an
/// empty *sentry* table that has the name `old`; session B sends the RENAME, which waits for A. Three facts make it safe:
///   1. B's RENAME cannot succeed while the sentry exists, because its target name is taken (error 1050, and RENAME is undone
///      as a whole). So A may die at any time before it drops the sentry: the lock goes, B fails, nothing has changed.
///   2. A drops the sentry only on the journalled commit, after B was *seen waiting*, and unlocks in the same packet.
///   3. B waits for the *original*. A server takes the metadata locks of one statement in the order of the tables' names, and
///      `ArtifactNames` gives out only names that sort after the original's, so the original is the first lock that B asks for. An
///      exclusive request that waits goes before any new statement: when A unlocks, B is next, and every write that waited
///      finds the new table. (Were B waiting for the sentry first, a write could be granted the original between A's unlock
///      and B's next request, and be lost in the old table.)
/// The answer to B's RENAME is the truth about the swap; if B is lost, the server is asked (`SwapInquiry`), after any
/// RENAME of ours that may still be waiting has been ended and is gone.
///
/// # What the application feels
///
/// A lock that waits makes every new statement on the table wait behind it. So the lock is given up after `policy.lockWait`, it is not
/// asked for while a blocker is known, and between lock and release nothing sleeps: every step is a statement or an event of
/// the stream. The whole hold ends after `policy.threshold` by itself, whatever the engine does.
struct CutOverAttempt: Sendable {
    /// What the engine decided, handed in by the `release` effect.
    typealias Order = Monitored<Decision?>

    let number: Int
    let policy: CutOverPolicy
    let swap: any TableSwap
    let applier: ChangeApplier
    let clock: any Clock<Duration>
    let wallClock: @Sendable () -> Timestamp
    let order: Order
    /// Told just before the swap is sent.
    let committing: @Sendable () -> Void

    enum HoldOutcome: Sendable {
        case held(HoldReport)
        /// Nothing is locked and nothing changed.
        case refused(Failure)
    }

    /// Locks, drains, tells `answer`, waits for the order and carries it out.
    ///
    /// - Parameter answer: journals the outcome of the hold; when it throws, the hold is given back.
    /// - Returns: what became of the release; `nil` when the hold was refused.
    func run(answer: @Sendable (HoldOutcome) async throws -> Void) async -> ReleaseOutcome? {
        let began = clock.measuring()
        let report: HoldReport
        do {
            let lockedAt = wallClock()
            try await lock()
            let lockWait = began()
            do {
                try await within(policy.threshold, on: clock) {
                    try await swap.arm()
                    try await applier.waitUntilApplied(try await swap.position())
                }
            } catch is DeadlinePassed {
                throw tooSlow(.drainTimeout)
            }
            report = HoldReport(lockedAt: lockedAt, lockWait: lockWait, drain: began() - lockWait)
        } catch {
            let outcome = await swap.abort()
            let failure = refusal(error)
            await answering { try await answer(.refused(failure)) }
            if case .notSwapped = outcome { return nil }
            return outcome
        }

        guard await answering({ try await answer(.held(report)) }) else { return await swap.abort() }
        switch await decision(after: began) {
        case .commit:
            committing()
            let outcome = await swap.commit()
            if case .swapped = outcome {
                return .swapped(CutOverReport(swappedAt: wallClock(), writesHeld: began(), oldTable: swap.oldTable))
            }
            return outcome
        case .abort:
            return await swap.abort()
        case nil:
            let outcome = await swap.abort()
            guard case .notSwapped = outcome else { return outcome }
            return .notSwapped(
                Failure(
                    .deadlinePassed, "No decision came within \(Figures.duration(policy.lockWait + policy.threshold)).",
                    now: "original table in place, writes resumed", next: "the next attempt follows by itself"))
        }
    }

    private func lock() async throws {
        if isCalledOff { throw HoldEnded() }
        try await swap.lock(within: policy.lockWait, on: clock)
        if isCalledOff { throw HoldEnded() }
    }

    private var isCalledOff: Bool { order.withLock { $0 == .abort } }

    private func decision(after began: () -> Duration) async -> Decision? {
        // The engine's own deadline comes first; this one is for an engine that hangs.
        let left = max(.zero, policy.lockWait + policy.threshold + .milliseconds(250) - began())
        do { return try await within(left, on: clock) { try await order.wait { $0 } } } catch { return nil }
    }

    @discardableResult
    private func answering(_ body: () async throws -> Void) async -> Bool {
        do {
            try await body()
            return true
        } catch {
            // The engine takes no more facts: it is stopping, and a hold without an engine is given back.
            return false
        }
    }

    private func refusal(_ error: any Error) -> Failure {
        let now = Self.nothingSwapped
        let next = Self.anotherFollows
        switch error {
        case let failure as Failure:
            return failure
        case is DeadlinePassed:
            return tooSlow(.lockWaitTimeout)
        case let error as MySQLError where error.isLockWaitTimeout:
            return tooSlow(.lockWaitTimeout)
        case is HoldEnded:
            return Failure(.interrupted, "The hold was called off.", now: now, next: next)
        case let error as MySQLError:
            return Failure(
                error.isConnectionLost ? .connectionLost : .lockWaitTimeout, "The table could not be locked.",
                cause: "\(error)", now: now, next: next)
        default:
            return Failure(.internalError, "The hold failed.", cause: "\(error)", now: now, next: next)
        }
    }
}

extension CutOverAttempt {
    private static let nothingSwapped = "original table in place, writes resumed; nothing was swapped on any shard"
    private static let anotherFollows = "the next attempt follows by itself"

    private func tooSlow(_ kind: Failure.Kind) -> Failure {
        let isDrain = kind == .drainTimeout
        return Failure(
            kind,
            isDrain ? "The tail behind the table lock took too long." : "The table lock took longer than allowed.",
            cause: isDrain
                ? "not drained within \(Figures.duration(policy.threshold)) of the lock request's end"
                : "lock wait at most \(Figures.duration(policy.lockWait))",
            now: Self.nothingSwapped, next: Self.anotherFollows)
    }
}

/// The abort came before the lock was granted.
struct HoldEnded: Error {}

/// How one server family locks and swaps. One value serves one attempt.
protocol TableSwap: Sendable {
    /// The original's name after the swap.
    var oldTable: String { get }
    /// Takes the locks, or gives up at the limit.
    /// - Throws: `DeadlinePassed` at the limit; nothing is locked then.
    func lock(within limit: Duration, on clock: any Clock<Duration>) async throws
    /// After the lock: whatever must be in place before the commit may be decided.
    func arm() async throws
    /// The binlog's end, read under the lock.
    func position() async throws -> BinlogPosition
    /// Swaps and unlocks. `.swapped` carries no useful report; the attempt measures.
    func commit() async -> ReleaseOutcome
    /// Unlocks whatever was locked, in whatever state. Never swaps.
    func abort() async -> ReleaseOutcome
    /// Closes the sessions.
    func close() async
}
