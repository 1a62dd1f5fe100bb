internal import Core
internal import MySQLClient
package import Vitess

/// One session on VTGate.
///
/// Text protocol only, in autocommit, one statement at a time. A commanding session has one target for its whole life; a reading
/// one may move from shard to shard, and refuses whatever could change something. Nothing is sent twice and nothing reconnects:
/// after a lost connection the session is done, and whoever needs another opens one.
package actor VTGateSession {
    /// What a session is for.
    package enum Purpose: Equatable, Sendable {
        /// Statements that change nothing, on any target.
        case reading
        /// Statements for exactly this target, and those that need none.
        case commanding(VitessStatement.Target)
    }

    package nonisolated let endpoint: VTGateEndpoint
    package nonisolated let purpose: Purpose
    private let connection: Connection
    private let clock: any Clock<Duration>
    private var target = VitessStatement.Target.any
    /// A USE failed in an unclear way, or the connection was cut.
    private var isSpent = false

    private init(_ endpoint: VTGateEndpoint, _ purpose: Purpose, _ connection: Connection, _ clock: any Clock<Duration>) {
        self.endpoint = endpoint
        self.purpose = purpose
        self.connection = connection
        self.clock = clock
    }

    /// Connects, logs in, sets autocommit, checks that it is on, and takes the purpose's target.
    /// - Throws: nobody answers, TLS, wrong password, no such keyspace. Nothing was sent that could change anything.
    package static func open(
        _ endpoint: VTGateEndpoint, for purpose: Purpose, clock: any Clock<Duration>
    ) async throws(VTGateError) -> VTGateSession {
        let connection: Connection
        do throws(MySQLError) {
            connection = try await Connection.open(endpoint.options, setup: .vtgate)
        } catch {
            throw VTGateError(error, at: endpoint, doing: .connecting)
        }
        let session = VTGateSession(endpoint, purpose, connection, clock)
        do throws(VTGateError) {
            try await session.prepare()
        } catch {
            await session.close()
            throw error
        }
        return session
    }

    /// Runs one statement and reads its answer.
    ///
    /// - Throws: what VTGate answered, or that it did not; `outcome` says what may be assumed about an effect. An error answer to
    ///   a statement over several shards does not mean that it had no effect on the others.
    package func run(_ statement: VitessStatement) async throws(VTGateError) -> VTGateAnswer {
        try admit(statement)
        try await take(statement)
        let limit = limit(of: statement)
        return VTGateAnswer(try await limited(SQL(verbatim: statement.text), limit, .running(statement)))
    }

    /// Whether another statement can be sent, as far as is known.
    package var isOpen: Bool {
        get async { if isSpent { false } else { await connection.isOpen } }
    }

    /// Says goodbye.
    package func close() async {
        isSpent = true
        await connection.close()
    }

    // MARK: - Target

    private func prepare() async throws(VTGateError) {
        let answer = try await limited("SELECT @@autocommit AS autocommit", endpoint.limits.shardRead, .connecting)
        guard let row = answer.rows.first, VTGateAnswer.text(row.values.first ?? .null) == "1" else {
            throw VTGateError(
                .refused("VTGate keeps the session out of autocommit"), at: endpoint, doing: .connecting)
        }
        if case .commanding(let fixed) = purpose { try await use(fixed) }
    }

    /// Refuses, before anything is sent, what this session must not carry.
    private func admit(_ statement: VitessStatement) throws(VTGateError) {
        switch purpose {
        case .reading:
            guard !statement.isEffect else { throw refusal("a reading session carries no \(statement.text)", statement) }
        case .commanding(let fixed):
            guard statement.target == .any || statement.target == fixed else {
                throw refusal("the session's target is another than that of \(statement.text)", statement)
            }
        }
        if isSpent { throw refusal("the session was closed or lost before", statement) }
    }

    private func refusal(_ text: String, _ statement: VitessStatement) -> VTGateError {
        VTGateError(.refused(text), at: endpoint, doing: .running(statement))
    }

    private func take(_ statement: VitessStatement) async throws(VTGateError) {
        switch statement.target {
        case .any:
            guard statement.needsNoShard, case .shard(let shard) = target else { return }
            try await use(.keyspace(shard.keyspace))
        case .keyspace, .shard:
            if statement.target != target { try await use(statement.target) }
        }
    }

    private func use(_ wanted: VitessStatement.Target) async throws(VTGateError) {
        guard let text = wanted.useText else { return }
        do throws(VTGateError) {
            _ = try await limited(SQL(verbatim: text), endpoint.limits.shardRead, .aiming(wanted))
            target = wanted
        } catch {
            // Whatever the session's target is now, nothing more is sent to it.
            isSpent = true
            throw error
        }
    }

    // MARK: - Limits

    private func limit(of statement: VitessStatement) -> Duration {
        if statement.isEffect { return endpoint.limits.effect }
        if case .shard = statement.target { return endpoint.limits.shardRead }
        return endpoint.limits.keyspaceRead
    }

    /// One statement, no longer than that: then the connection is cut from outside.
    private func limited(_ sql: SQL, _ limit: Duration, _ doing: VTGateError.Doing) async throws(VTGateError) -> ResultSet {
        let connection = connection
        let clock = clock
        let (result, wasCut) = await withTaskGroup(of: Bool.self) { group in
            group.addTask {
                do { try await clock.sleep(for: limit) } catch { return false }
                connection.abort()
                return true
            }
            let result: Result<ResultSet, MySQLError>
            do throws(MySQLError) {
                result = .success(try await connection.query(sql, values: .literal))
            } catch {
                result = .failure(error)
            }
            group.cancelAll()
            return (result, await group.next() ?? false)
        }
        if wasCut { isSpent = true }
        do throws(MySQLError) { return try result.get() } catch {
            if error.isConnectionLost { isSpent = true }
            guard wasCut else { throw VTGateError(error, at: endpoint, doing: doing) }
            let late = MySQLError(
                code: 2013, message: "no answer within \(Figures.duration(limit)): the connection was cut", outcome: .unknown)
            throw VTGateError(late, at: endpoint, doing: doing, isTimeout: true)
        }
    }
}
