/// What a new session is told before anybody uses it.
package struct SessionSetup: Sendable, Equatable {
    /// Run in order, one by one; the first that fails closes the connection.
    package var statements: [SQL]
    /// Whether the server is asked what it is. If not, only its greeting's version is known.
    package var asksServer: Bool

    /// Any statements.
    package init(_ statements: [SQL], asksServer: Bool = true) {
        self.statements = statements
        self.asksServer = asksServer
    }

    /// Nothing: the session as the server gives it (in utf8mb4).
    package static let none = SessionSetup([])

    /// For every connection that works on data.
    ///
    /// - `SET NAMES utf8mb4`: text goes and comes whole.
    /// - `time_zone = '+00:00'`: a TIMESTAMP reads and writes as the same text everywhere.
    /// - `autocommit = 1`.
    /// - `sql_mode`, chosen so that a copied row is the row or an error, never something near it:
    ///   `STRICT_ALL_TABLES` raises what would be cut or guessed; `NO_ZERO_DATE` and `NO_ZERO_IN_DATE` are left out and
    ///   `ALLOW_INVALID_DATES` is in, because dates such as `0000-00-00` and `2024-02-31` may exist and have to survive;
    ///   `NO_AUTO_VALUE_ON_ZERO` keeps an id 0; `NO_ENGINE_SUBSTITUTION` refuses another engine;
    ///   `ERROR_FOR_DIVISION_BY_ZERO` is left out, for a generated column that divides by zero is NULL in the source too.
    ///   Quoting and escaping (ANSI_QUOTES, NO_BACKSLASH_ESCAPES) are the server's defaults.
    /// - `wait_timeout = 28800`: eight idle hours, whatever shorter time the server has for its applications.
    package static let standard = SessionSetup([
        """
        SET NAMES utf8mb4, time_zone = '+00:00', autocommit = 1, wait_timeout = 28800, \
        sql_mode = 'STRICT_ALL_TABLES,ALLOW_INVALID_DATES,NO_AUTO_VALUE_ON_ZERO,NO_ENGINE_SUBSTITUTION'
        """
    ])

    /// For a session on VTGate: what VTGate answers by itself, without a tablet, so that it opens whatever shard is down.
    ///
    /// VTGate would pass `time_zone`, `sql_mode` and the server's own variables on to some tablet. In a transaction, or without
    /// autocommit, it refuses every command about a migration (1815).
    package static let vtgate = SessionSetup(["SET autocommit = 1"], asksServer: false)

    /// These statements after the others.
    package func adding(_ more: [SQL]) -> SessionSetup { SessionSetup(statements + more, asksServer: asksServer) }
}
