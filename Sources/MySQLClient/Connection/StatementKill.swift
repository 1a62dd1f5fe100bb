internal import CMariaDB

/// Lets a cancelled task end the statement it waits for: `KILL QUERY` on a second connection, from a thread of its own.
///
/// The connection takes its next statement only when the KILL has returned; a KILL that came too late is soaked up before.
/// A server that does not even take the KILL is frozen or gone: the socket is shut down, which frees the blocked call.
final class StatementKill: Sendable {
    private enum State { case running, killing, killed, finished }

    private let options: ConnectionOptions
    private let connectionID: UInt64
    private let socket: SocketGuard
    private let monitor = Monitor()
    nonisolated(unsafe) private var state = State.running

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
        let isMine = monitor.withLock {
            if state != .running { return false }
            state = .killing
            return true
        }
        if !isMine { return }
        do throws(MySQLError) {
            try startThread(named: "mysql-kill") { [self] in
                mysql_thread_init()
                defer { mysql_thread_end() }
                kill()
                settle()
            }
        } catch {
            socket.shutDown()
            settle()
        }
    }

    /// Called on the connection's thread when its call has returned. Whether a KILL was sent; it has returned then.
    func finish() -> Bool {
        monitor.withLock {
            while state == .killing { monitor.wait() }
            defer { state = .finished }
            return state == .killed
        }
    }

    private func kill() {
        do throws(MySQLError) {
            let handle = try Handle.connect(options)
            defer { handle.close() }
            _ = try handle.run([UInt8]("KILL QUERY \(connectionID)".utf8))
        } catch {
            if !error.isUnknownThread { socket.shutDown() }
        }
    }

    private func settle() {
        monitor.withLock {
            state = .killed
            monitor.signal()
        }
    }
}
