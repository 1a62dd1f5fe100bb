internal import CMariaDB

/// Lets a cancelled task end the statement it waits for: `KILL QUERY` on a second connection, from a thread of its own.
///
/// A KILL that arrives between the two commands of a bound statement, or before the first was read, is lost: it is repeated
/// until the call has returned. The connection takes its next statement only when the last KILL has returned, and one that came
/// too late is soaked up before. A server that does not even take the KILL is frozen or gone: the socket is shut down, which
/// frees the blocked call.
///
/// **A session that waits in its commit is left alone** (`CommitWait`): a binlog without room makes commits wait for it, and a KILL
/// then makes MySQL abort as a whole (`binlog_error_action`), and MariaDB end the session with a binlog error. The call is freed by
/// shutting the socket down, and the statement goes through when there is room again.
final class StatementKill: Sendable {
    private struct State {
        /// The thread was started; at most once.
        var isFired = false
        /// The thread still sends.
        var isKilling = false
        /// The call has returned.
        var isFinished = false
    }

    private let options: ConnectionOptions
    private let connectionID: UInt64
    private let socket: SocketGuard
    private let monitor = Monitor()
    nonisolated(unsafe) private var state = State()

    init(_ options: ConnectionOptions, connectionID: UInt64, socket: SocketGuard) {
        var options = options
        options.database = nil
        options.connectTimeout = .seconds(3)
        options.readTimeout = .seconds(3)
        options.writeTimeout = .seconds(3)
        self.options = options
        self.connectionID = connectionID
        self.socket = socket
    }

    /// Called by whoever cancels, on any thread; it does not wait.
    func fire() {
        if !options.endsStatementsByKill { return socket.shutDown() }
        let isMine = monitor.withLock {
            if state.isFired || state.isFinished { return false }
            (state.isFired, state.isKilling) = (true, true)
            return true
        }
        if !isMine { return }
        do throws(MySQLError) {
            try startThread(named: "mysql-kill") { [self] in
                mysql_thread_init()
                defer { mysql_thread_end() }
                killUntilFinished()
                settle()
            }
        } catch {
            socket.shutDown()
            settle()
        }
    }

    /// Called on the connection's thread when its call has returned. Whether a KILL was sent; the last one has returned then.
    func finish() -> Bool {
        monitor.withLock {
            state.isFinished = true
            monitor.signal()
            while state.isKilling { monitor.wait() }
            return state.isFired
        }
    }

    private func killUntilFinished() {
        do throws(MySQLError) {
            let handle = try Handle.connect(options)
            defer { handle.close() }
            var pause = 50
            var waited = 0
            repeat {
                // One that waits inside the server where no KILL reaches it, such as for the position of a binlog without room.
                if waited >= Self.patience {
                    socket.shutDown()
                    return
                }
                waited += pause
                if try CommitWait.isSeen(of: connectionID, on: handle) {
                    socket.shutDown()
                    return
                }
                _ = try handle.run([UInt8]("KILL QUERY \(connectionID)".utf8))
            } while !isFinished(within: &pause)
        } catch {
            if !error.isUnknownThread { socket.shutDown() }
        }
    }

    /// Milliseconds of KILLs in vain before the call is freed without the server.
    private static let patience = 8000

    /// Waits a little longer each time, at most two seconds: undoing a large change takes its time.
    private func isFinished(within pause: inout Int) -> Bool {
        monitor.withLock {
            if !state.isFinished { monitor.wait(milliseconds: pause) }
            pause = min(pause * 2, 2000)
            return state.isFinished
        }
    }

    private func settle() {
        monitor.withLock {
            state.isKilling = false
            monitor.signal()
        }
    }
}
