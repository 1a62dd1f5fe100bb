package import Core
package import MySQLClient

extension BlockerFinder {
    /// What became of blockers that were to be ended.
    package struct Ending: Sendable, Equatable {
        /// Ended by us, and seen gone.
        package var ended: [Blocker] = []
        /// Not touched: the transaction was over by then, whatever its connection does now.
        package var gone: [Blocker] = []
        /// Told to end, or not endable (a prepared XA transaction), and still there at the deadline: a long rollback, as a rule.
        package var lingering: [Blocker] = []
    }

    /// How often the server is asked whether a session is gone.
    private static let pollInterval = Duration.milliseconds(50)

    /// Ends exactly these transactions: `KILL` of each connection that still is in the transaction that was shown.
    ///
    /// Every blocker is looked up again immediately before its KILL: the same connection, holding the table still, in the same
    /// transaction (or still without one, for a lock without transaction). A reader that was shown and has begun to write is
    /// the same transaction. A connection that went on to another transaction is left alone and reported as gone. Between
    /// that look and the KILL a round trip passes; no server offers less.
    /// - Parameter patience: how long to wait for the ended sessions to be gone: a rollback takes as long as its changes did.
    /// - Throws: what the server answered to a look or a KILL, and a refusal when transactions cannot be told apart for certain;
    ///   some may have been ended then, and looking again tells.
    package static func end(
        _ shown: [Blocker], on connection: Connection, database: String, table: String,
        patience: Duration = .seconds(10), clock: any Clock<Duration>
    ) async throws(MySQLError) -> Ending {
        var ending = Ending()
        var killed: [Blocker] = []
        for blocker in shown {
            let present = try await look(on: connection, database: database, table: table, olderThan: .zero)
            guard present.isFresh else {
                throw .refused(
                    "INNODB_TRX is read by others so often that it is out of date: nobody can tell which transaction it is"
                )
            }
            guard let same = present.blockers.first(where: { isSame($0, as: blocker) }) else {
                ending.gone.append(blocker)
                continue
            }
            if same.connection == 0 {
                ending.lingering.append(blocker)
                continue
            }
            do throws(MySQLError) {
                try await connection.execute(SQL(verbatim: "KILL \(same.connection)"))
                killed.append(blocker)
            } catch  where error.isUnknownThread {
                ending.gone.append(blocker)
            }
        }
        try await waitUntilGone(killed, &ending, connection, patience, clock)
        return ending
    }

    /// A session leaves the process list after its transaction was rolled back and its locks were let go.
    private static func waitUntilGone(
        _ killed: [Blocker], _ ending: inout Ending, _ connection: Connection, _ patience: Duration,
        _ clock: any Clock<Duration>
    ) async throws(MySQLError) {
        var waiting = killed
        var waited = Duration.zero
        while !waiting.isEmpty {
            let alive = Set(
                try await connection.query("SHOW PROCESSLIST").map { row throws(MySQLError) in try row.uint("Id") })
            ending.ended += waiting.filter { !alive.contains($0.connection) }
            waiting.removeAll { !alive.contains($0.connection) }
            if waiting.isEmpty { return }
            guard waited < patience else { break }
            do {
                try await clock.sleep(for: pollInterval)
            } catch {
                break
            }
            waited += pollInterval
        }
        ending.lingering += waiting
    }

    /// Whether `present` is the transaction, or the lock without one, that was shown as `shown`.
    static func isSame(_ present: Blocker, as shown: Blocker) -> Bool {
        guard present.connection == shown.connection else { return false }
        if present.transaction == shown.transaction { return true }
        // A reader that has begun to write since has a number now, and began in the same second as before.
        return shown.transaction.hasPrefix("read-only@") && present.since == shown.since
    }
}
