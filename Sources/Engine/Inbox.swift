internal import Core
internal import Synchronization

/// What the engine's loop is told, each with whoever waits for it to be journalled.
enum Message: Sendable {
    case fact(MigrationID, ShardName, ShardFact, Reply<EngineStopping, Void>)
    case command(CommandRequest, Command, by: OperatorIdentity, reason: String, Reply<ServiceError, CommandReceipt>)
    case submit(MigrationSpec, by: OperatorIdentity, Reply<ServiceError, MigrationSnapshot>)
    case wake(MigrationID, at: Timestamp)
    case stop
}

/// Answered exactly once by the loop, or by the inbox when it is closed.
struct Reply<Failed: Error, Value: Sendable>: Sendable {
    private let continuation: CheckedContinuation<Result<Value, Failed>, Never>

    static func waiting(_ send: (Reply) -> Void) async throws(Failed) -> Value {
        try await withCheckedContinuation { send(Reply(continuation: $0)) }.get()
    }

    func succeed(_ value: Value) { continuation.resume(returning: .success(value)) }
    func fail(_ error: Failed) { continuation.resume(returning: .failure(error)) }
}

/// The one way to the loop. Bounded: an order beyond the bound is refused, and whoever reports a fact waits for it, so that
/// no sender has two messages here.
final class Inbox: Sendable {
    private struct State {
        var pending: [Message] = []
        var waiter: CheckedContinuation<Void, Never>?
        var closedBecause: Failure?
    }

    /// Orders of operators that may wait at one time.
    private static let orderLimit = 256
    /// Messages taken in one batch, which is one transaction.
    private static let batchLimit = 1024

    private let state = Mutex(State())

    func send(_ message: Message) {
        let (refused, waiter) = state.withLock { state -> (Failure?, CheckedContinuation<Void, Never>?) in
            if let reason = state.closedBecause { return (reason, nil) }
            if message.isOrder, state.pending.count >= Self.orderLimit {
                return (Failure(.internalError, "The engine has too much to do to take an order now."), nil)
            }
            state.pending.append(message)
            defer { state.waiter = nil }
            return (nil, state.waiter)
        }
        if let refused { message.fail(refused) }
        waiter?.resume()
    }

    /// Everything pending, oldest first; waits for something.
    func next() async -> [Message] {
        await withCheckedContinuation { continuation in
            let ready = state.withLock { state in
                guard state.pending.isEmpty else { return true }
                state.waiter = continuation
                return false
            }
            if ready { continuation.resume() }
        }
        return state.withLock { state in
            let batch = Array(state.pending.prefix(Self.batchLimit))
            state.pending.removeFirst(batch.count)
            return batch
        }
    }

    /// From now on every message is answered with a failure, those that wait included.
    func close(because reason: Failure) {
        let left = state.withLock { state -> [Message] in
            if state.closedBecause == nil { state.closedBecause = reason }
            defer { state.pending = [] }
            return state.pending
        }
        for message in left { message.fail(reason) }
    }
}

extension Message {
    var isOrder: Bool {
        switch self {
        case .command, .submit: true
        case .fact, .wake, .stop: false
        }
    }

    func fail(_ reason: Failure) {
        switch self {
        case .fact(_, _, _, let reply): reply.fail(EngineStopping())
        case .command(_, _, _, _, let reply): reply.fail(.failed(reason))
        case .submit(_, _, let reply): reply.fail(.failed(reason))
        case .wake, .stop: break
        }
    }
}
