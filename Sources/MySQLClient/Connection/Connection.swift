internal import CMariaDB

/// One session on one server.
///
/// The client library blocks, so the actor runs on a thread of its own and no call holds up Swift's thread pool. Statements
/// run one after the other in the order they arrive. A task that is cancelled ends its statement on the server (`KILL QUERY`);
/// the session stays usable. Nothing reconnects: a lost connection stays lost, for its locks and settings are gone too.
package actor Connection {
    /// How values reach the server.
    package enum Values: Sendable {
        /// Bound to a prepared statement, over the binary protocol: exact for every type (FLOAT too), two round trips.
        /// Some statements cannot be prepared (LOCK TABLES on MySQL); they have no values either.
        case bound
        /// Written as literals by `LiteralWriter`: one round trip, and the only way for bulk rows, as a prepared statement takes
        /// at most 65,535 values. FLOAT results are rounded to six digits by the server.
        case literal
    }

    enum Use { case statements, streaming, dumping }

    private let thread: ConnectionThread
    let handle: Handle
    var use = Use.statements
    var cursor: Cursor?
    private var isMultiStatement = false

    /// What the connection was opened with.
    package nonisolated let options: ConnectionOptions
    /// The server's number for this session, as KILL takes it.
    package nonisolated let connectionID: UInt64
    /// What answers.
    package nonisolated let serverInfo: ServerInfo
    /// The TLS protocol and cipher in use, `nil` without TLS.
    package nonisolated let tlsCipher: String?

    /// Runs on the connection's own thread.
    package nonisolated var unownedExecutor: UnownedSerialExecutor { thread.asUnownedSerialExecutor() }

    private init(_ thread: ConnectionThread, _ opened: Opened, _ options: ConnectionOptions) {
        self.thread = thread
        self.options = options
        handle = opened.handle
        connectionID = opened.connectionID
        serverInfo = opened.serverInfo
        tlsCipher = opened.tlsCipher
    }

    deinit {
        let (handle, cursor) = (handle, cursor)
        thread.stop {
            cursor?.discard(handle)
            handle.close()
        }
    }

    /// Connects, logs in and prepares the session.
    ///
    /// Takes at most about the connect timeout (name resolution and setup statements aside); cancelling does not shorten it.
    /// - Throws: 2002, 2003, 2005 nobody answers there; 1045 wrong user or password; 2026 TLS; the error of a setup
    ///   statement. Nothing is left open then.
    package static func open(
        _ options: ConnectionOptions, setup: SessionSetup = .standard
    ) async throws(MySQLError) -> Connection {
        let thread = ConnectionThread()
        try thread.start()
        let result: Result<Opened, MySQLError> = await withCheckedContinuation { continuation in
            thread.perform { continuation.resume(returning: Opened.open(options, setup)) }
        }
        switch result {
        case .success(let opened): return Connection(thread, opened, options)
        case .failure(let error):
            thread.stop {}
            throw error
        }
    }

    /// Says goodbye. Everything after throws 2006, not executed. A transaction is rolled back and locks fall, as the server
    /// does for any session that ends.
    package func close() {
        cursor?.discard(handle)
        cursor = nil
        handle.close()
    }

    /// Cuts the connection from outside, now: a call that is blocked on the server returns with error 2013. For a server that
    /// does not answer, and to end a dump.
    package nonisolated func abort() { handle.socket.shutDown() }

    /// Whether a statement can still be sent, as far as is known without asking the server.
    package var isOpen: Bool { handle.isOpen }

    /// Whether the next borrower would find the session as an unused one: open, idle, no transaction, one statement a packet.
    var isReusable: Bool {
        handle.isOpen && use == .statements && !isMultiStatement && !handle.status(hasRows: false).isInTransaction
    }

    // MARK: Statements

    /// Runs one statement and reads all its rows into memory.
    ///
    /// - Parameter values: how values travel; by default bound when there are any.
    /// - Throws: what the server answered. Cancelled: error 1317; `.notExecuted` when the server confirmed it, `.executed` when
    ///   the statement had ended before the KILL came.
    package func query(_ sql: SQL, values: Values? = nil) async throws(MySQLError) -> ResultSet {
        try await cancellable { handle throws(MySQLError) in
            switch values ?? (sql.hasValues ? .bound : .literal) {
            case .bound:
                let (text, values) = try sql.bound()
                return try handle.run(text, binding: values)
            case .literal: return try handle.run(try sql.literalText())
            }
        }
    }

    /// Runs one statement for what it does; rows, should there be any, are dropped.
    /// - Throws: as `query`.
    @discardableResult
    package func execute(_ sql: SQL, values: Values? = nil) async throws(MySQLError) -> StatementResult {
        try await query(sql, values: values).status
    }

    /// The warnings of the last statement, oldest first; the server keeps `max_error_count` of them.
    package func warnings() async throws(MySQLError) -> [ServerWarning] {
        var warnings: [ServerWarning] = []
        for row in try await query("SHOW WARNINGS") {
            warnings.append(
                ServerWarning(
                    level: try row.string(0), code: UInt32(truncatingIfNeeded: try row.int(1)),
                    message: try row.string(2)))
        }
        return warnings
    }

    // MARK: Several statements in one round trip

    /// Lets `executeAll` need one round trip and not three, until `endMultiStatements`.
    ///
    /// Meanwhile a semicolon in `SQL(verbatim:)` starts another statement: run nobody's text but ours.
    package func beginMultiStatements() async throws(MySQLError) { try setMultiStatements(true) }

    /// One statement a packet again.
    package func endMultiStatements() async throws(MySQLError) { try setMultiStatements(false) }

    private func setMultiStatements(_ isOn: Bool) throws(MySQLError) {
        try requireFree()
        try handle.setMultiStatements(isOn)
        isMultiStatement = isOn
    }

    /// Runs the statements in order in one packet, values as literals; the server stops at the first that fails.
    /// - Returns: one result a statement, in order.
    /// - Throws: which failed, with what; those before it were executed, those after were not.
    package func executeAll(_ statements: [SQL]) async throws(MultiStatementError) -> [ResultSet] {
        if statements.isEmpty { return [] }
        let wasOn = isMultiStatement
        let text: [UInt8]
        do throws(MySQLError) {
            text = try statements.joined(separator: ";\n").literalText()
            if !wasOn { try setMultiStatements(true) }
        } catch {
            throw MultiStatementError(failedIndex: 0, completed: [], error: error)
        }
        let result = await batch(text, count: statements.count)
        if !wasOn, handle.isOpen {
            // The statements have their outcome; a session that cannot be made safe again is of no more use.
            do throws(MySQLError) { try setMultiStatements(false) } catch { handle.close() }
        }
        return try result.get()
    }

    private func batch(_ text: [UInt8], count: Int) async -> Result<[ResultSet], MultiStatementError> {
        var completed: [ResultSet] = []
        do throws(MySQLError) {
            try await cancellable { handle throws(MySQLError) in
                try handle.send(text)
                do throws(MySQLError) {
                    completed.append(try handle.collect())
                    while let next = try handle.nextResult() { completed.append(next) }
                } catch {
                    handle.dropUnread()
                    throw error
                }
            }
        } catch {
            return .failure(MultiStatementError(failedIndex: completed.count, completed: completed, error: error))
        }
        if completed.count != count {
            let error = MySQLError.unusableAnswer(
                "\(count) statements gave \(completed.count) answers: one held a semicolon")
            return .failure(MultiStatementError(failedIndex: 0, completed: completed, error: error))
        }
        return .success(completed)
    }

    // MARK: Cancellation

    func requireFree() throws(MySQLError) {
        switch use {
        case .statements: return
        case .streaming, .dumping:
            let what = use == .streaming ? "rows are being read from it" : "it sends the binlog"
            throw MySQLError(code: 2014, message: "the connection is busy: \(what)", outcome: .notExecuted)
        }
    }

    /// Runs a blocking call on the library so that cancelling the task ends it on the server. `body` does not suspend, so
    /// nothing else runs on this connection meanwhile.
    func cancellable<T: Sendable>(
        _ body: (Handle) throws(MySQLError) -> T
    ) async throws(MySQLError) -> T {
        try requireFree()
        if Task.isCancelled { throw Self.interrupted(.notExecuted, "cancelled before it was sent") }
        let kill = StatementKill(options, connectionID: connectionID, socket: handle.socket)
        let handle = handle
        let result: Result<T, MySQLError> = await withTaskCancellationHandler {
            let result: Result<T, MySQLError>
            do throws(MySQLError) { result = .success(try body(handle)) } catch { result = .failure(error) }
            if kill.finish() { absorbLateKill() }
            return result
        } onCancel: {
            kill.fire()
        }
        switch result {
        case .success(let value):
            // A killed SLEEP() of MySQL and a killed BENCHMARK() of MariaDB return a row as if nothing had happened.
            if Task.isCancelled { throw Self.interrupted(.executed, "cancelled; the server had a result all the same") }
            return value
        case .failure(let error): throw error
        }
    }

    /// A KILL QUERY that arrived after its statement had ended would hit the next one: this one is there to be hit.
    func absorbLateKill() {
        guard handle.isOpen else { return }
        do { _ = try handle.run([UInt8]("DO 0".utf8)) } catch { lateKills += 1 }
    }

    /// How often a KILL came too late and was soaked up.
    package private(set) var lateKills = 0

    static func interrupted(_ outcome: MySQLError.Outcome, _ message: String) -> MySQLError {
        MySQLError(code: 1317, sqlState: "70100", message: message, outcome: outcome)
    }
}

/// A failure in the middle of several statements.
package struct MultiStatementError: Error, Equatable, Sendable {
    /// Position, from 0, of the statement that failed. Those after it were not executed; with a lost connection nobody knows.
    package let failedIndex: Int
    /// The answers of those before it.
    package let completed: [ResultSet]
    /// What happened to it.
    package let error: MySQLError

    /// Compares what failed; rows do not.
    package static func == (left: MultiStatementError, right: MultiStatementError) -> Bool {
        left.failedIndex == right.failedIndex && left.error == right.error
    }
}

/// What opening gives, made on the connection's thread.
private struct Opened: Sendable {
    let handle: Handle
    let connectionID: UInt64
    let serverInfo: ServerInfo
    let tlsCipher: String?

    static func open(_ options: ConnectionOptions, _ setup: SessionSetup) -> Result<Opened, MySQLError> {
        do throws(MySQLError) {
            let handle = try Handle.connect(options)
            for statement in setup.statements { _ = try handle.run(try statement.literalText()) }
            let info =
                setup.asksServer
                ? try ServerInfo(try handle.run(ServerInfo.question).single())
                : try ServerInfo(greeting: String(cString: mysql_get_server_info(handle.mysql)))
            return .success(
                Opened(
                    handle: handle, connectionID: UInt64(mysql_thread_id(handle.mysql)), serverInfo: info,
                    tlsCipher: mysql_get_ssl_cipher(handle.mysql).map { String(cString: $0) }))
        } catch {
            return .failure(error)
        }
    }
}
