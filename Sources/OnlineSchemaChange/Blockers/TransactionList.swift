internal import Core
internal import MySQLClient
internal import Synchronization

/// InnoDB's open transactions, read so that they are known to be those of now.
///
/// `INNODB_TRX` answers from a copy that is renewed only when nobody has read it for 100 ms (both families, measured): whoever polls
/// faster, or two who poll at all, can be given the same old list for ever. To end a session on the word of such a list
/// would end an innocent one. So the look puts itself on the list: it opens a transaction and reads with a mark in its own statement.
/// The list shows each transaction's statement; the mark on our own line proves that this very read made the copy.
enum TransactionList {
    private static let counter = Atomic<UInt64>(0)
    /// Each try waits longer, by chance, so that two who look do not keep each other out.
    private static let tries = 10

    /// By connection id, without our own; `nil` when others read the list so often that it was never renewed.
    ///
    /// The session must have no transaction and no table locks of its own: both end here.
    static func read(
        on connection: Connection
    ) async throws(MySQLError) -> [UInt64: SessionActivity.Transaction]? {
        try await connection.execute("START TRANSACTION WITH CONSISTENT SNAPSHOT")
        do throws(MySQLError) {
            let found = try await readPatiently(connection)
            try await connection.execute("COMMIT")
            return found
        } catch {
            // An old snapshot must not stay open: it would keep the server from purging.
            do throws(MySQLError) {
                try await connection.execute("ROLLBACK")
            } catch {
                await connection.close()
            }
            throw error
        }
    }

    private static func readPatiently(
        _ connection: Connection
    ) async throws(MySQLError) -> [UInt64: SessionActivity.Transaction]? {
        for attempt in 1...tries {
            if let found = try await readOnce(connection) { return found }
            guard attempt < tries else { break }
            try await connection.execute(SQL(verbatim: "DO SLEEP(0.105 + RAND() * 0.05 * \(attempt))"))
        }
        return nil
    }

    /// InnoDB writes `trx_started` in the server's own time zone, whatever the session's is.
    private static func readOnce(
        _ connection: Connection
    ) async throws(MySQLError) -> [UInt64: SessionActivity.Transaction]? {
        let number = counter.add(1, ordering: .relaxed).newValue
        let mark = "lockstep look \(connection.connectionID).\(number)."
        let rows = try await connection.query(
            """
            SELECT \(SQL(verbatim: "'\(mark)'")) AS mark, trx_mysql_thread_id AS id, trx_id AS trx, trx_rows_locked AS locked, \
            trx_query AS statement, \
            TIMESTAMPDIFF(SECOND, '1970-01-01 00:00:00', CONVERT_TZ(trx_started, 'SYSTEM', '+00:00')) AS began \
            FROM information_schema.INNODB_TRX
            """)
        var transactions: [UInt64: SessionActivity.Transaction] = [:]
        var isFresh = false
        for row in rows {
            let id = try row.uint("id")
            let statement = try row.optionalString("statement")
            if id == connection.connectionID {
                isFresh = statement?.contains(mark) == true
                continue
            }
            let began = try row.int("began")
            let number = try row.value("trx")
            transactions[id] = SessionActivity.Transaction(
                name: name(number.uint64 ?? UInt64(number.string ?? ""), began: began),
                began: Timestamp(milliseconds: began * 1000), rowsLocked: try row.int("locked"), statement: statement)
        }
        return isFresh ? transactions : nil
    }

    /// Real numbers are small; MySQL gives a reader the address of its transaction object, from 2^48 on, and MariaDB 0.
    static func name(_ number: UInt64?, began: Int64) -> String {
        guard let number, number > 0, number < 1 << 48 else { return "read-only@\(began)" }
        return String(number)
    }
}
