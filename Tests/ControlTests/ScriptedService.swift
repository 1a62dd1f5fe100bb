import Core
import Synchronization

/// A service whose answers the test sets; every order is remembered.
final class ScriptedService: OperatorService {
    private struct State {
        var orders: [String] = []
        var readers: [AsyncStream<FleetSnapshot>.Continuation] = []
        var failure: ServiceError?
        var hangs = false
    }
    private let state = Mutex(State())

    var orders: [String] { state.withLock { $0.orders } }
    func fail(_ error: ServiceError?) { state.withLock { $0.failure = error } }
    func hang() { state.withLock { $0.hangs = true } }
    func publish(_ snapshot: FleetSnapshot) { for reader in state.withLock({ $0.readers }) { reader.yield(snapshot) } }
    func finish() { for reader in state.withLock({ $0.readers }) { reader.finish() } }

    static func fleet(_ milliseconds: Int64, padding: Int = 0) -> FleetSnapshot {
        FleetSnapshot(
            at: Timestamp(milliseconds: milliseconds),
            environment: Environment(name: String(repeating: "x", count: padding), isProduction: true), migrations: [])
    }

    private func check() async throws(ServiceError) {
        if state.withLock({ $0.hangs }) {
            let (stream, continuation) = AsyncStream.makeStream(of: Void.self)
            await withTaskCancellationHandler {
                for await _ in stream {}
            } onCancel: {
                continuation.finish()
            }
        }
        if let failure = state.withLock({ $0.failure }) { throw failure }
    }

    func snapshot() async throws(ServiceError) -> FleetSnapshot {
        try await check()
        return Self.fleet(1)
    }

    func snapshots() async throws(ServiceError) -> AsyncStream<FleetSnapshot> {
        try await check()
        let (stream, reader) = AsyncStream.makeStream(of: FleetSnapshot.self, bufferingPolicy: .bufferingNewest(1))
        state.withLock { $0.readers.append(reader) }
        reader.yield(Self.fleet(0))
        return stream
    }

    func submit(_ submission: Submission, by: OperatorIdentity) async throws(ServiceError) -> MigrationSnapshot {
        state.withLock { $0.orders.append("submit \(submission.name) \(by)") }
        try await check()
        throw .refused(Refusal("no keyspace"))
    }

    func plan(_ request: CommandRequest) async throws(ServiceError) -> CommandPlan {
        try await check()
        throw .refused(Refusal("there is no migration", advice: "look"))
    }

    func perform(
        _ request: CommandRequest, planHash: String?, by: OperatorIdentity, reason: String
    ) async throws(ServiceError) -> CommandReceipt {
        state.withLock { $0.orders.append("\(request.verb) \(planHash ?? "-") \(by) \(reason)") }
        try await check()
        return CommandReceipt(at: Timestamp(milliseconds: 7), migration: request.migration, verb: request.verb)
    }
}
