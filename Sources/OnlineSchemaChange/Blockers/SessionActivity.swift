internal import Core
internal import MySQLClient

/// What one session is doing and since when, put together from what both families tell.
struct SessionActivity: Sendable, Equatable {
    /// An open InnoDB transaction.
    struct Transaction: Sendable, Equatable {
        /// InnoDB's number, or `read-only@<second>`; see `BlockerFinder`.
        let name: String
        /// The second it began in, by the server's clock.
        let began: Timestamp
        let rowsLocked: RowCount
        let statement: String?
    }

    let connection: UInt64
    let user: String
    let host: String
    /// Since the last statement began, or ended when the session is idle.
    let inState: Duration
    let statement: String?
    let transaction: Transaction?
    /// The age of the transaction to the microsecond, where the server keeps it.
    var exactAge: Duration?
    /// The last statement that performance_schema remembers.
    var remembered: String?
    /// The server's clock when it was asked.
    let serverNow: Timestamp

    /// At least so long it has been holding what it holds.
    func certainAge(heldFor: Duration?) -> Duration {
        let byTransaction = transaction.map { max(.zero, serverNow - $0.began - .seconds(1)) }
        // Without a transaction the lock outlives statements (LOCK TABLES): the time in this state is a lower bound.
        return [heldFor, exactAge, byTransaction ?? inState].compactMap(\.self).max() ?? .zero
    }

    /// As facts and dialogs name it.
    func blocker(heldFor: Duration?) -> Blocker {
        let since = transaction?.began ?? serverNow + (.zero - (heldFor ?? inState))
        return Blocker(
            connection: connection, transaction: transaction?.name ?? "", since: since, user: user, host: host,
            lastStatement: statement ?? transaction?.statement ?? remembered, rowsLocked: transaction?.rowsLocked)
    }

    /// Every session, by connection id, and whether InnoDB's list was as fresh as the look. When it was not, no session has a
    /// transaction. Needs PROCESS to see sessions of other users.
    static func read(
        on connection: Connection
    ) async throws(MySQLError) -> (sessions: [UInt64: SessionActivity], isFresh: Bool) {
        let listed = try await TransactionList.read(on: connection)
        let transactions = listed ?? [:]
        let now = Timestamp(
            milliseconds: try await connection.query(
                "SELECT TIMESTAMPDIFF(MICROSECOND, '1970-01-01 00:00:00', UTC_TIMESTAMP(6)) DIV 1000"
            ).single().int(0))
        // MariaDB alone has milliseconds, and only there. SHOW needs no performance_schema on MySQL.
        let list: SQL =
            switch connection.serverInfo.family {
            case .mariadb:
                """
                SELECT ID AS Id, USER AS User, HOST AS Host, CAST(TIME_MS AS SIGNED) AS Time, INFO AS Info \
                FROM information_schema.PROCESSLIST
                """
            case .mysql: "SHOW FULL PROCESSLIST"
            }
        let unit: Int64 = connection.serverInfo.family == .mariadb ? 1 : 1000
        var sessions: [UInt64: SessionActivity] = [:]
        for row in try await connection.query(list) {
            let id = try row.uint("Id")
            sessions[id] = SessionActivity(
                connection: id, user: try row.optionalString("User") ?? "", host: try row.optionalString("Host") ?? "",
                inState: .milliseconds(max(0, try row.optionalInt("Time") ?? 0) * unit),
                statement: try row.optionalString("Info"), transaction: transactions[id], serverNow: now)
        }
        try await addMemories(on: connection, to: &sessions)
        return (sessions, listed != nil)
    }

    /// Last statements and exact ages, where performance_schema keeps them; nothing where it does not.
    private static func addMemories(
        on connection: Connection, to sessions: inout [UInt64: SessionActivity]
    ) async throws(MySQLError) {
        do {
            let rows = try await connection.query(
                """
                SELECT t.PROCESSLIST_ID AS id, s.SQL_TEXT AS statement, \
                CASE WHEN x.STATE = 'ACTIVE' THEN x.TIMER_WAIT DIV 1000000 END AS age \
                FROM performance_schema.threads t \
                LEFT JOIN performance_schema.events_statements_current s ON s.THREAD_ID = t.THREAD_ID \
                AND s.NESTING_EVENT_LEVEL = 0 \
                LEFT JOIN performance_schema.events_transactions_current x ON x.THREAD_ID = t.THREAD_ID \
                WHERE t.PROCESSLIST_ID IS NOT NULL
                """)
            for row in rows {
                let id = try row.uint("id")
                sessions[id]?.remembered = try row.optionalString("statement")
                sessions[id]?.exactAge = try row.optionalInt("age").map { .microseconds($0) }
            }
        } catch  where error.isGrantMissing || error.isUnknownTable {
            // Not ours to read: the blockers are shown without their last statement.
        }
    }
}
