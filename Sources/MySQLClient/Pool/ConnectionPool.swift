internal import Synchronization

/// A bounded set of sessions on one server, lent one at a time.
package final class ConnectionPool: Sendable {
    private struct Waiter {
        let number: UInt64
        let continuation: CheckedContinuation<Result<Lease, MySQLError>, Never>
    }

    /// What a borrower is given: a session that was handed back, or the right to open one.
    private enum Lease {
        case connection(Connection)
        case place
    }

    private struct State {
        var idle: [Connection] = []
        var lent = 0
        var waiters: [Waiter] = []
        var nextNumber: UInt64 = 0
        var isClosed = false
    }

    /// What each session is opened with.
    package let options: ConnectionOptions
    private let setup: SessionSetup
    private let limit: Int
    private let state = Mutex(State())

    /// - Parameters:
    ///   - limit: the most sessions at a time, lent and idle together; at least 1.
    ///   - setup: what each new session is told.
    package init(_ options: ConnectionOptions, limit: Int, setup: SessionSetup = .standard) {
        precondition(limit > 0, "a pool without connections")
        self.options = options
        self.limit = limit
        self.setup = setup
    }

    /// Lends a session for the time of `body`.
    /// - Throws: what `borrow` throws, and what `body` throws; the session is given back then too.
    package func withConnection<T>(_ body: (Connection) async throws -> T) async throws -> T {
        let connection = try await borrow()
        do {
            let result = try await body(connection)
            await giveBack(connection)
            return result
        } catch {
            await giveBack(connection)
            throw error
        }
    }

    /// A session: one handed back before, else a new one, else the first to come back, in the order of asking. `giveBack` it.
    ///
    /// A session that was lost while idle is replaced where that is known without asking the server; a server that closed it
    /// silently shows itself at the first statement (2006 or 2013).
    /// - Throws: what opening throws; a refusal when the pool is closed; 1317 when cancelled while waiting.
    package func borrow() async throws(MySQLError) -> Connection {
        switch try await lease() {
        case .connection(let connection):
            if await connection.isReusable { return connection }
            await connection.close()
            return try await openInPlace()
        case .place: return try await openInPlace()
        }
    }

    /// Takes a session back.
    ///
    /// It is kept when it is open, idle and outside a transaction; otherwise it is closed, which rolls back and unlocks, and
    /// its place is free. LOCK TABLES and session variables do not show: undo them, or use `Connection.open` for such work.
    package func giveBack(_ connection: Connection) async {
        if await connection.isReusable, release(.connection(connection)) { return }
        await connection.close()
        _ = release(.place)
    }

    /// Closes the idle sessions and refuses new loans, waiting ones too; those lent are closed as they come back.
    package func shutDown() async {
        let (waiters, idle) = state.withLock { state in
            defer { (state.waiters, state.idle, state.isClosed) = ([], [], true) }
            return (state.waiters, state.idle)
        }
        for waiter in waiters { waiter.continuation.resume(returning: .failure(Self.closed)) }
        for connection in idle { await connection.close() }
    }

    /// Sessions lent now.
    package var lentCount: Int { state.withLock { $0.lent } }
    /// Sessions open and idle now.
    package var idleCount: Int { state.withLock { $0.idle.count } }
    /// Callers waiting for one now.
    package var waitingCount: Int { state.withLock { $0.waiters.count } }

    /// Opens a session for a place that is counted as lent already.
    private func openInPlace() async throws(MySQLError) -> Connection {
        do throws(MySQLError) {
            return try await Connection.open(options, setup: setup)
        } catch {
            _ = release(.place)
            throw error
        }
    }

    private func lease() async throws(MySQLError) -> Lease {
        let number = state.withLock { state in
            state.nextNumber += 1
            return state.nextNumber
        }
        let result = await withTaskCancellationHandler {
            await withCheckedContinuation { continuation in
                let answer = state.withLock { state -> Result<Lease, MySQLError>? in
                    if state.isClosed { return .failure(Self.closed) }
                    if Task.isCancelled { return .failure(Self.cancelled) }
                    if state.waiters.isEmpty, state.lent < limit {
                        state.lent += 1
                        return .success(state.idle.popLast().map(Lease.connection) ?? .place)
                    }
                    state.waiters.append(Waiter(number: number, continuation: continuation))
                    return nil
                }
                if let answer { continuation.resume(returning: answer) }
            }
        } onCancel: {
            let waiter = state.withLock { state in
                state.waiters.firstIndex { $0.number == number }.map { state.waiters.remove(at: $0) }
            }
            waiter?.continuation.resume(returning: .failure(Self.cancelled))
        }
        return try result.get()
    }

    /// Passes a place, with or without a session in it, to the next in line, or keeps the session. `false` when the pool is
    /// closed and a session was offered: close it and release its place.
    private func release(_ lease: Lease) -> Bool {
        let (isTaken, next) = state.withLock { state -> (Bool, Waiter?) in
            if case .connection = lease, state.isClosed { return (false, nil) }
            if !state.waiters.isEmpty { return (true, state.waiters.removeFirst()) }
            state.lent -= 1
            if case .connection(let connection) = lease { state.idle.append(connection) }
            return (true, nil)
        }
        next?.continuation.resume(returning: .success(lease))
        return isTaken
    }

    private static let closed = MySQLError.refused("the connection pool is closed")
    private static let cancelled = MySQLError(
        code: 1317, sqlState: "70100", message: "cancelled while waiting for a connection", outcome: .notExecuted)
}
