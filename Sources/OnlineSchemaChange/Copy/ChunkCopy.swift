internal import MySQLClient

/// The statements of the row copy. They run in the server: no row passes through us.
///
/// `INSERT … SELECT` reads the original with shared row locks (READ COMMITTED, so no gaps are locked) and writes the shadow in
/// the same statement; the locks are held until both are committed. `ON DUPLICATE KEY UPDATE key = key` leaves a row that is
/// already in the shadow alone and, unlike `IGNORE`, still raises truncation, NULL and range errors. Why both matter is argued
/// in `Apply/ChangeApplier.swift`.
///
/// Locks are never waited for: a chunk that meets a locked row gives all its locks back and comes again, smaller. So a copy
/// can neither make a writer wait for a stranger's transaction nor be part of a deadlock with the application.
struct ChunkCopy: Sendable {
    let pair: TablePair
    let server: ServerInfo

    /// What each copying session sets before its first chunk.
    var sessionSetup: [SQL] {
        var setup: [SQL] = ["SET SESSION TRANSACTION ISOLATION LEVEL READ COMMITTED", "SET SESSION lock_wait_timeout = 5"]
        // MariaDB: 0 is "do not wait"; MySQL takes 1 at least and says NOWAIT in the statement.
        setup.append(
            server.family == .mariadb
                ? "SET SESSION innodb_lock_wait_timeout = 0" : "SET SESSION innodb_lock_wait_timeout = 1")
        return setup
    }

    func copy(_ range: KeyRange) -> SQL {
        let first = pair.key[0].shadow
        let lock: SQL = server.family == .mariadb ? "LOCK IN SHARE MODE" : "FOR SHARE NOWAIT"
        return "INSERT INTO \(pair.shadow) (\(pair.columns.map(\.shadow))) SELECT \(pair.columns.map(\.original)) "
            + "FROM \(pair.original) FORCE INDEX (\(pair.keyIndex)) WHERE "
            + range.condition(pair.key.map(\.original)) + " " + lock
            + " ON DUPLICATE KEY UPDATE \(first) = \(pair.shadow).\(first)"
    }

    /// The key of the last row; no row for an empty table.
    var lastKey: SQL {
        let columns = pair.key.map(\.original)
        let descending = columns.map { "\($0) DESC" as SQL }.joined()
        return "SELECT \(columns) FROM \(pair.original) FORCE INDEX (\(pair.keyIndex)) ORDER BY " + descending + " LIMIT 1"
    }

    /// The key of the row `rows` rows above `lower`: where a chunk of that many rows ends. No row when fewer are left.
    func border(after lower: KeyBound?, notAbove upper: KeyBound?, rows: Int) -> SQL {
        let names = pair.key.map(\.original)
        return "SELECT \(names) FROM \(pair.original) FORCE INDEX (\(pair.keyIndex)) WHERE "
            + KeyRange(lower: lower, upper: upper).condition(names)
            + " ORDER BY \(names) LIMIT 1 OFFSET \(SQL(verbatim: String(max(0, rows - 1))))"
    }
}

extension MySQLError {
    /// A row was locked by somebody else: nothing happened, and trying again is right. 3572 is MySQL's NOWAIT.
    var isLockConflict: Bool { isLockWaitTimeout || isDeadlock || code == 3572 }
}
