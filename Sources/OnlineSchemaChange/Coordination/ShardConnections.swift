internal import Core
internal import MySQLClient
internal import Synchronization

/// The sessions of one run on one primary, one for each purpose, reopened when they are lost.
///
/// A purpose (`apply`, `copy 2`) belongs to one task at a time. Retrying is for work that may be done twice; the cut-over, which
/// may not, opens its own sessions with `open`.
actor ShardConnections {
    /// How long a primary may be away before the run gives up.
    static let patience = Duration.seconds(600)
    /// Deadlocks and lock conflicts of one piece of work before it fails.
    static let conflictLimit = 1000

    private let options: ConnectionOptions
    private let clock: any Clock<Duration>
    private let noticed: @Sendable (String?) -> Void
    private var cached: [String: Connection] = [:]
    /// Which server this is, once one session was opened.
    private var server: String?
    /// Every session opened here, so that a look for blockers leaves them out. Numbers of closed ones stay: harmless.
    private(set) var ownIDs: Set<UInt64> = []

    /// - Parameter noticed: told what is being retried, and `nil` when it goes on: for the gauges.
    init(_ options: ConnectionOptions, clock: any Clock<Duration>, noticed: @escaping @Sendable (String?) -> Void) {
        self.options = options
        self.clock = clock
        self.noticed = noticed
    }

    /// A session of the caller's own, always on the server of the first one.
    ///
    /// After a failover the same address may lead to another server. Its binlog positions have no meaning beside those of the one
    /// before: a cut-over that compared them could leave changes behind.
    func open(_ setup: [SQL] = []) async throws(MySQLError) -> Connection { try await open(setup, options) }

    /// A session for a cut-over. It answers within `swapPatience` or counts as lost: a hold must not hang on a dead network.
    func openForSwap(_ setup: [SQL]) async throws(MySQLError) -> Connection {
        var options = options
        options.readTimeout = Self.swapPatience
        return try await open(setup, options)
    }

    /// Longer than any lock wait of a cut-over's sessions.
    private static let swapPatience = Duration.seconds(60)

    private func open(_ setup: [SQL], _ options: ConnectionOptions) async throws(MySQLError) -> Connection {
        let connection = try await Connection.open(options, setup: .standard.adding(setup))
        do throws(MySQLError) {
            let question: SQL =
                connection.serverInfo.family == .mysql
                ? "SELECT @@server_uuid" : "SELECT CONCAT(@@server_id, '@', @@hostname, ':', @@port)"
            let found = try await connection.query(question).single().string(0)
            if let server, server != found {
                throw .refused("another server answers at \(options.address): it was \(server), it is \(found)")
            }
            server = found
        } catch {
            await connection.close()
            throw error
        }
        ownIDs.insert(connection.connectionID)
        return connection
    }

    /// Runs `body` on the purpose's session, again after a lost connection or a deadlock, so `body` must be idempotent.
    /// - Throws: `Failure(.serverUnreachable)` when patience is over; whatever else `body` throws.
    nonisolated func retrying<R: Sendable>(
        _ purpose: String, setup: [SQL] = [], _ body: (Connection) async throws -> R
    ) async throws -> R {
        var wait = Duration.milliseconds(50)
        var waited = Duration.zero
        var conflicts = 0
        while true {
            do {
                let result = try await body(try await session(purpose, setup))
                if waited > .zero { noticed(nil) }
                return result
            } catch let error as MySQLError {
                try Task.checkCancellation()
                if error.isDeadlock || error.isLockWaitTimeout {
                    conflicts += 1
                    guard conflicts < Self.conflictLimit else { throw error }
                    try await clock.sleep(for: .milliseconds(min(50, conflicts)))
                    continue
                }
                guard await isWorthAnotherAttempt(error) else { throw error }
                await drop(purpose)
                noticed("reconnecting to the primary: \(error.message)")
                guard waited < Self.patience else {
                    throw Failure(
                        .serverUnreachable, "The primary at \(options.address) has been away for \(Figures.duration(waited)).",
                        cause: "\(error)", now: "the original table is not affected; the shadow table is kept",
                        next: "bring the primary back, then retry the shard")
                }
                try await clock.sleep(for: wait)
                waited += wait
                wait = min(wait * 2, .seconds(5))
            }
        }
    }

    /// 2005 and 2026: a name that is not found, or a TLS connection that dies. Before the first session they are mistakes in the
    /// cluster file; after it they come from a server that is going away or coming back.
    private func isWorthAnotherAttempt(_ error: MySQLError) -> Bool {
        error.isConnectionLost || error.isTooManyConnections
            || (!ownIDs.isEmpty && (error.code == 2005 || error.code == 2026))
    }

    private func session(_ purpose: String, _ setup: [SQL]) async throws -> Connection {
        if let connection = cached[purpose] {
            if await connection.isOpen { return connection }
            cached[purpose] = nil
        }
        let connection = try await open(setup)
        cached[purpose] = connection
        return connection
    }

    private func drop(_ purpose: String) async {
        if let connection = cached.removeValue(forKey: purpose) { await connection.close() }
    }

    /// Closes every cached session.
    func closeAll() async {
        for connection in cached.values { await connection.close() }
        cached = [:]
    }
}
