package import Core
package import MySQLClient

/// Turns a server's error into what a person reads.
package enum ServerFailure {
    /// A failure whose kind follows from the error where that says more than `kind`: lost connection, access, disk, lock wait.
    ///
    /// - Parameters:
    ///   - kind: used when the error itself names no better one.
    ///   - what: one sentence, ending in a full stop.
    package static func from(
        _ error: MySQLError, _ kind: Failure.Kind, _ what: String, now: String? = nil, next: String? = nil
    ) -> Failure {
        Failure(self.kind(of: error) ?? kind, what, cause: "\(error)", now: now, next: next)
    }

    private static func kind(of error: MySQLError) -> Failure.Kind? {
        if [2002, 2003, 2005].contains(error.code) { return .serverUnreachable }
        if error.isConnectionLost { return .connectionLost }
        if error.isAccessDenied { return .accessDenied }
        if error.isDiskFull { return .diskFull }
        if error.isLockWaitTimeout { return .lockWaitTimeout }
        if error.isInterrupted { return .interrupted }
        return nil
    }
}
