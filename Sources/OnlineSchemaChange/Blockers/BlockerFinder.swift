package import Core
package import MySQLClient

/// Finds who would make a cut-over wait for its lock, and ends exactly those.
///
/// A blocker is a session that holds a metadata lock on the table (any open transaction that has touched it, `LOCK TABLES`, an
/// open HANDLER, a running statement) or a lock over all tables (`FLUSH TABLES WITH READ LOCK`, a backup).
///
/// What tells one transaction of a connection from the next: InnoDB's transaction id where it has one. A transaction that has
/// only read has none (MariaDB says 0, MySQL the address of an object that is used again), so it goes by the second it
/// began in: `read-only@1763690246`. A lock without a transaction has no name: it is told by its connection alone.
package enum BlockerFinder {
    /// What a look has seen.
    package struct Look: Sendable, Equatable {
        /// Oldest first.
        package let blockers: [Blocker]
        /// How it is known. With `.transactionsOnly` the blockers are every open transaction on the server, and locks without one
        /// (`LOCK TABLES`) are missing.
        package let visibility: LockVisibility
        /// Whether InnoDB's list of transactions was as fresh as the look. When not, because something else on the server reads it many
        /// times a second, no blocker carries a transaction, and none can be ended.
        package let isFresh: Bool
        /// Whether each of `blockers` certainly holds this table.
        package var isCertain: Bool { visibility != .transactionsOnly }
    }

    /// Looks once.
    ///
    /// Age is what is certain: InnoDB tells the beginning in whole seconds, so a transaction counts from the end of that second on
    /// unless the server tells more exactly (MySQL's `events_transactions_current`, MariaDB's lock times). With
    /// `olderThan` zero every holder is given.
    /// - Parameters:
    ///   - connection: a session without a transaction and without table locks: a look ends both (`TransactionList`).
    ///   - own: connections of ours to leave out; the one that looks always is.
    /// - Throws: what the server answered. Without PROCESS that is 1227.
    package static func look(
        on connection: Connection, database: String, table: String, olderThan: Duration, excluding own: Set<UInt64> = []
    ) async throws(MySQLError) -> Look {
        let visibility = try await LockVisibility.of(connection)
        let holders = try await MetadataLocks.holders(
            on: connection, database: database, table: table, visibility: visibility)
        let (sessions, isFresh) = try await SessionActivity.read(on: connection)
        let candidates =
            visibility == .transactionsOnly
            ? sessions.values.filter { $0.transaction != nil }.map {
                LockHolder(connection: $0.connection, heldFor: nil)
            }
            : holders
        var found: [Blocker] = []
        for holder in candidates where !own.contains(holder.connection) && holder.connection != connection.connectionID
        {
            guard let session = sessions[holder.connection] else {
                // Gone between the two questions; a prepared XA transaction has no session and stays.
                if holder.connection == 0 { found.append(prepared(at: sessions.values.first?.serverNow)) }
                continue
            }
            if olderThan > .zero, session.certainAge(heldFor: holder.heldFor) < olderThan { continue }
            found.append(session.blocker(heldFor: holder.heldFor))
        }
        return Look(blockers: found.sorted { $0.since < $1.since }, visibility: visibility, isFresh: isFresh)
    }

    private static func prepared(at now: Timestamp?) -> Blocker {
        Blocker(
            connection: 0, transaction: "prepared XA", since: now ?? Timestamp(milliseconds: 0), user: "", host: "",
            lastStatement: nil, rowsLocked: nil)
    }
}
