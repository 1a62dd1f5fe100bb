package import Core
package import MySQLClient
package import Vitess

/// What VTGate answered instead of a result, and at what.
package struct VTGateError: Error, Equatable, Sendable {
    /// What was going on.
    package enum Doing: Equatable, Sendable {
        case connecting
        /// `USE`.
        case aiming(VitessStatement.Target)
        case running(VitessStatement)
    }
    package let mysql: MySQLError
    /// `HOST:PORT`.
    package let endpoint: String
    package let doing: Doing
    /// The limit passed and the connection was cut here.
    package let isTimeout: Bool

    package init(_ mysql: MySQLError, at endpoint: VTGateEndpoint, doing: Doing, isTimeout: Bool = false) {
        self.mysql = mysql
        self.isTimeout = isTimeout
        self.endpoint = endpoint.name
        self.doing = doing
    }

    /// Whether the statement was handed over: after that an error does not mean that nothing happened.
    package var wasSent: Bool {
        guard case .running = doing else { return false }
        // Ours: refused (2000), closed before (2006), cancelled before it was sent (1317; nothing here sends a KILL).
        return !([2000, 2006, 1317].contains(mysql.code) && mysql.outcome == .notExecuted)
    }

    /// No answer came: VTGate is gone, or took too long.
    package var isConnectionLost: Bool { mysql.isConnectionLost }

    /// The error as the rest of the program tells it.
    package var failure: Failure {
        Failure(kind, what, cause: cause, now: now, next: next)
    }

    private var kind: Failure.Kind {
        if isTLS { return .serverUnreachable }
        if mysql.isAccessDenied || mysql.isGrantMissing || isNotAuthorized { return .accessDenied }
        if mysql.isConnectionLost { return doing == .connecting ? .serverUnreachable : .connectionLost }
        return .internalError
    }

    private var isTLS: Bool { mysql.code == 2026 }
    private var isNotAuthorized: Bool { mysql.message.lowercased().contains("not authorized") }
    private var isLoginRefused: Bool { doing == .connecting && mysql.isAccessDenied }

    private var what: String {
        switch doing {
        case .connecting:
            if isTLS { return "The TLS connection to VTGate at \(endpoint) was not made." }
            if isLoginRefused { return "VTGate at \(endpoint) refused the login." }
            if mysql.isConnectionLost { return "VTGate does not answer at \(endpoint)." }
            return "VTGate at \(endpoint) gave no session."
        case .aiming(let target): return "VTGate at \(endpoint) has no target \(Self.words(target))."
        case .running(let statement):
            if kind == .accessDenied { return "VTGate at \(endpoint) does not let this user do that." }
            if mysql.isConnectionLost { return "The connection to VTGate at \(endpoint) ended before the answer came." }
            return "VTGate at \(endpoint) answered \(statement.isEffect ? "the command" : "the question") with an error."
        }
    }

    private var cause: String {
        let error = "MySQL \(mysql.code) (\(mysql.sqlState)): \(mysql.message)"
        if case .running(let statement) = doing { return "\(error), at \(statement.text)" }
        return error
    }

    private var now: String {
        guard case .running(let statement) = doing, statement.isEffect, wasSent else {
            return "nothing was sent and nothing was changed"
        }
        return mysql.isConnectionLost
            ? "whether it took effect is not known; it was sent once and is not sent again"
            : "it may have taken effect on shards that the error does not name; the rows are asked"
    }

    private var next: String? {
        if isTLS { return "check --tls and the CA; a VTGate without TLS takes --tls disabled" }
        if isLoginRefused {
            return "check --vtgate-user and LOCKSTEP_VTGATE_PASSWORD; VTGate takes mysql_native_password logins"
        }
        switch doing {
        case .connecting: return mysql.isConnectionLost ? "check the address of --vtgate, and that VTGate runs" : nil
        case .aiming: return "`SHOW VITESS_KEYSPACES` and `SHOW VITESS_SHARDS` list what there is"
        case .running: return kind == .accessDenied ? "ask for the right, or log in as another user" : nil
        }
    }

    private static func words(_ target: VitessStatement.Target) -> String {
        switch target {
        case .any: "at all"
        case .keyspace(let keyspace): keyspace.text
        case .shard(let shard): shard.description
        }
    }
}
