package import Core
internal import Synchronization

/// The operator service of an engine in another process. Each request has a connection of its own; a snapshot stream ends
/// when its connection does, and the caller opens the next one.
package struct ControlClient: OperatorService {
    private let path: String
    private let clock: any Clock<Duration>
    private let timeout: Duration

    /// - Parameter timeout: the longest an answer may take; it does not end a snapshot stream.
    package init(path: String, clock: any Clock<Duration>, timeout: Duration) {
        self.path = path
        self.clock = clock
        self.timeout = timeout
    }

    package func snapshot() async throws(ServiceError) -> FleetSnapshot {
        guard case .snapshot(let snapshot) = try await ask(.snapshot) else { throw Self.mistaken }
        return snapshot
    }

    package func snapshots() async throws(ServiceError) -> AsyncStream<FleetSnapshot> {
        let connection = try await connected()
        let first: FleetSnapshot
        do throws(ServiceError) {
            guard case .snapshot(let snapshot) = try await ask(.snapshots, on: connection) else { throw Self.mistaken }
            first = snapshot
        } catch {
            connection.close()
            throw error
        }
        return Self.stream(from: first, connection)
    }

    package func submit(
        _ submission: Submission, by identity: OperatorIdentity
    ) async throws(ServiceError) -> MigrationSnapshot {
        guard case .migration(let migration) = try await ask(.submit(submission, by: identity)) else {
            throw Self.mistaken
        }
        return migration
    }

    package func plan(_ request: CommandRequest) async throws(ServiceError) -> CommandPlan {
        guard case .plan(let plan) = try await ask(.plan(request)) else { throw Self.mistaken }
        return plan
    }

    package func perform(
        _ request: CommandRequest, planHash: String?, by identity: OperatorIdentity, reason: String
    ) async throws(ServiceError) -> CommandReceipt {
        let order = Request.perform(request, planHash: planHash, by: identity, reason: reason)
        guard case .receipt(let receipt) = try await ask(order) else { throw Self.mistaken }
        return receipt
    }
}

extension ControlClient {
    private static let mistaken = ServiceError.unreachable("the engine answered something else", sent: true)

    private func connected() async throws(ServiceError) -> LineConnection {
        do throws(ControlError) {
            let file = try UnixSocket.make()
            let code = try UnixSocket.connect(file, to: path)
            guard code == 0 else {
                UnixSocket.close(file)
                throw .system("\(path): \(UnixSocket.errorText(code))")
            }
            return LineConnection(file: file, lineLimit: Frame.answerLimit, pending: .newest)
        } catch {
            throw .unreachable(error.text, sent: false)
        }
    }

    private func ask(_ request: Request) async throws(ServiceError) -> Answer {
        let connection = try await connected()
        defer { connection.close() }
        return try await ask(request, on: connection)
    }

    /// Sends one request and waits for its first answer, as long as the timeout allows.
    private func ask(_ request: Request, on connection: LineConnection) async throws(ServiceError) -> Answer {
        let (clock, timeout) = (clock, timeout)
        let answer = await withTaskCancellationHandler {
            await withTaskGroup(of: Result<Answer, ServiceError>?.self) { group in
                group.addTask { await Self.exchange(request, connection) }
                group.addTask {
                    do { try await clock.sleep(for: timeout) } catch { return nil }
                    return .failure(
                        .unreachable("no answer within \(Figures.duration(timeout))", sent: connection.hasSentAll))
                }
                let first = await group.next() ?? nil
                group.cancelAll()
                // The exchange ends with its connection; an answer that came in time leaves it open.
                if case .success = first {} else { connection.close() }
                return first
            }
        } onCancel: {
            connection.close()
        }
        return try (answer ?? .failure(.unreachable("cancelled", sent: connection.hasSentAll))).get()
    }

    private static func exchange(_ request: Request, _ connection: LineConnection) async -> Result<Answer, ServiceError>
    {
        do {
            let line = try Frame.encode(RequestFrame(v: Frame.version, id: 1, request: request))
            guard await connection.send(line) else {
                return .failure(.unreachable("the connection ended while the request was sent", sent: false))
            }
            guard let answer = await connection.nextLine() else {
                return .failure(.unreachable("the connection ended before an answer came", sent: true))
            }
            switch try Frame.decode(AnswerFrame.self, from: answer).answer {
            case .error(let error): return .failure(error)
            case .unreadable(let reason):
                return .failure(.unreachable("the engine did not understand the request: \(reason)", sent: false))
            case let answer: return .success(answer)
            }
        } catch {
            return .failure(.unreachable("\(error)", sent: connection.hasSentAll))
        }
    }

    /// The snapshots that follow the first; ends with the connection, or when nobody reads any more.
    private static func stream(from first: FleetSnapshot, _ connection: LineConnection) -> AsyncStream<FleetSnapshot> {
        let source = SnapshotSource(first, connection)
        return AsyncStream {
            await source.next()
        } onCancel: {
            connection.close()
        }
    }
}

/// Closes its connection when the stream that reads from it is gone.
private final class SnapshotSource: Sendable {
    private let first: Mutex<FleetSnapshot?>
    private let connection: LineConnection

    init(_ snapshot: FleetSnapshot, _ connection: LineConnection) {
        first = Mutex(snapshot)
        self.connection = connection
    }

    deinit { connection.close() }

    func next() async -> FleetSnapshot? {
        let begin = first.withLock { first in
            defer { first = nil }
            return first
        }
        if let begin { return begin }
        guard let line = await connection.nextLine() else { return nil }
        do {
            if case .snapshot(let snapshot) = try Frame.decode(AnswerFrame.self, from: line).answer { return snapshot }
            return end()
        } catch {
            return end()
        }
    }

    /// What cannot be read ends the stream, as a lost connection does.
    private func end() -> FleetSnapshot? {
        connection.close()
        return nil
    }
}
