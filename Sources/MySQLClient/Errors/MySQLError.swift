/// What a server or the client library answered instead of a result.
package struct MySQLError: Error, Equatable, Sendable {
    /// What the caller may assume about the statement.
    package enum Outcome: Equatable, Sendable {
        /// The statement had no effect: it was refused here, or the server answered it with an error.
        ///
        /// A server undoes the failed statement itself. It cannot undo a non-transactional table or the inner
        /// statements of a `CALL`; nothing of ours runs those.
        case notExecuted
        /// The statement took effect, and something failed after it.
        case executed
        /// The connection was lost after the statement may have been sent: only the server knows. Ask it; never retry.
        case unknown
    }

    /// The server's error number (1205), or the client library's (2000 to 2999). 2000 is a refusal of our own.
    package let code: UInt32
    /// Five characters, `HY000` where nothing better is known.
    package let sqlState: String
    /// As the server said it, in UTF-8.
    package let message: String
    /// What the caller may assume.
    package let outcome: Outcome

    /// An error from its parts.
    package init(code: UInt32, sqlState: String = "HY000", message: String, outcome: Outcome) {
        self.code = code
        self.sqlState = sqlState
        self.message = message
        self.outcome = outcome
    }

    /// A refusal of our own: nothing was sent.
    package static func refused(_ message: String) -> MySQLError {
        MySQLError(code: 2000, message: message, outcome: .notExecuted)
    }

    /// An answer of the server that cannot be used: a missing column, a value of another type, bytes that do not decode.
    package static func unusableAnswer(_ message: String) -> MySQLError {
        MySQLError(code: 2000, message: message, outcome: .executed)
    }

    /// The same error with another outcome, for a caller who knows more than the connection does.
    package func with(outcome: Outcome) -> MySQLError {
        MySQLError(code: code, sqlState: sqlState, message: message, outcome: outcome)
    }
}

extension MySQLError {
    /// The connection is gone (or going: 1053, 1927 and 4031 are a server's last words on it). Open another.
    package var isConnectionLost: Bool { Self.connectionLostCodes.contains(code) }
    /// 1205, also from `LOCK TABLES` and DDL that waited longer than `lock_wait_timeout`.
    package var isLockWaitTimeout: Bool { code == 1205 }
    /// 1213: the transaction was rolled back and may be tried again.
    package var isDeadlock: Bool { code == 1213 }
    /// The statement was interrupted: `KILL QUERY`, our own cancellation (1317), or a time limit (1969 MariaDB, 3024 MySQL).
    package var isInterrupted: Bool { code == 1317 || code == 1969 || code == 3024 }
    /// 1045, 1698 and 1044: wrong user or password, or no right to the database.
    package var isAccessDenied: Bool { code == 1045 || code == 1698 || code == 1044 }
    /// 1142, 1143, 1227, 1370: a grant is missing; the message names it.
    package var isGrantMissing: Bool { [1142, 1143, 1227, 1370].contains(code) }
    /// 1062, 1586: a duplicate key.
    package var isDuplicateKey: Bool { code == 1062 || code == 1586 }
    /// 1146, 1051, 1109: the table does not exist.
    package var isUnknownTable: Bool { [1146, 1051, 1109].contains(code) }
    /// 1049: the database does not exist.
    package var isUnknownDatabase: Bool { code == 1049 }
    /// 1050: the table exists already.
    package var isTableExists: Bool { code == 1050 }
    /// 1094: `KILL` named a connection that has ended.
    package var isUnknownThread: Bool { code == 1094 }
    /// 1236: the server cannot serve the binlog position asked for (purged, wrong, unreadable).
    package var isBinlogUnavailable: Bool { code == 1236 }
    /// 1021, 1114, and 3, 1026 and 1030 for the operating system's error 28: no space left.
    package var isDiskFull: Bool {
        switch code {
        case 1021, 1114: true
        // Not any 28: names of files and tables are in these messages.
        case 3, 1026, 1030:
            ["Errcode: 28 ", "Errcode: 28)", "errno: 28 ", "errno 28 ", "Got error 28 "].contains { message.contains($0) }
        default: false
        }
    }
    /// 1598: a commit could not be written to the binlog, for example because its cache found no room in the server's temporary
    /// directory. MySQL ends then (`binlog_error_action = ABORT_SERVER`).
    package var isBinlogImpossible: Bool { code == 1598 }
    /// 1290, 1836, 1792: the server or the transaction only reads.
    package var isReadOnly: Bool { code == 1290 || code == 1836 || code == 1792 }
    /// 1040, 1203, 1226: no connection left for us; try again later.
    package var isTooManyConnections: Bool { code == 1040 || code == 1203 || code == 1226 }

    private static let connectionLostCodes: Set<UInt32> = [
        1053, 1152, 1158, 1159, 1160, 1161, 1927, 2002, 2003, 2006, 2012, 2013, 2027, 2055, 4031,
    ]

    /// What an error answer says about a statement that was handed to the socket whole.
    ///
    /// Client-library codes mean that no answer arrived. Of the server's, those that end the connection (1053, 1927)
    /// can follow a DDL or a commit that went through, and 1180 and 3100 come out of the commit itself: unknown.
    static func outcomeAfterSending(code: UInt32) -> Outcome {
        if (2000...2999).contains(code) || code >= 5000 && code < 6000 { return .unknown }
        switch code {
        case 1053, 1152, 1158, 1159, 1160, 1161, 1180, 1927, 3100: return .unknown
        default: return .notExecuted
        }
    }
}

extension MySQLError: CustomStringConvertible {
    /// `1205 (HY000): Lock wait timeout exceeded`, and the outcome where it is not "not executed".
    package var description: String {
        switch outcome {
        case .notExecuted: "\(code) (\(sqlState)): \(message)"
        case .executed: "\(code) (\(sqlState)): \(message) [the statement was executed]"
        case .unknown: "\(code) (\(sqlState)): \(message) [it is not known whether the statement was executed]"
        }
    }
}
