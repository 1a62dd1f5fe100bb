internal import Core
internal import Synchronization

/// The newest gauges, and who wants snapshots. Whoever writes never waits for whoever reads.
final class LiveBoard: Sendable {
    private struct State {
        var gauges: [MigrationID: [ShardName: ShardGauges]] = [:]
        var readers: [Int: AsyncStream<FleetSnapshot>.Continuation] = [:]
        var nextReader = 0
        var isDirty = false
        var isClosed = false
        var waiter: CheckedContinuation<Void, Never>?
    }

    private let state = Mutex(State())

    var gauges: [MigrationID: [ShardName: ShardGauges]] { state.withLock { $0.gauges } }
    var hasReaders: Bool { state.withLock { !$0.readers.isEmpty } }

    func set(_ gauges: ShardGauges, of id: MigrationID, _ shard: ShardName) {
        state.withLock { $0.gauges[id, default: [:]][shard] = gauges }
        markDirty()
    }

    func markDirty() {
        let waiter = state.withLock { state in
            state.isDirty = true
            defer { state.waiter = nil }
            return state.waiter
        }
        waiter?.resume()
    }

    /// Waits until something changed. - Returns: false when the board is closed.
    func changed() async -> Bool {
        await withCheckedContinuation { continuation in
            let ready = state.withLock { state in
                if state.isDirty || state.isClosed { return true }
                state.waiter = continuation
                return false
            }
            if ready { continuation.resume() }
        }
        return state.withLock { state in
            state.isDirty = false
            return !state.isClosed
        }
    }

    func publish(_ snapshot: FleetSnapshot) {
        for reader in state.withLock({ Array($0.readers.values) }) { reader.yield(snapshot) }
    }

    /// A stream that begins with `first` and keeps only the newest for a slow reader.
    func stream(from first: FleetSnapshot) -> AsyncStream<FleetSnapshot> {
        let (stream, reader) = AsyncStream.makeStream(of: FleetSnapshot.self, bufferingPolicy: .bufferingNewest(1))
        let number = state.withLock { state -> Int? in
            guard !state.isClosed else { return nil }
            state.nextReader += 1
            state.readers[state.nextReader] = reader
            return state.nextReader
        }
        reader.yield(first)
        guard let number else {
            reader.finish()
            return stream
        }
        reader.onTermination = { [weak self] _ in
            self?.state.withLock { $0.readers[number] = nil }
        }
        return stream
    }

    func close() {
        let (readers, waiter) = state.withLock { state in
            state.isClosed = true
            defer { state.readers = [:]; state.waiter = nil }
            return (Array(state.readers.values), state.waiter)
        }
        for reader in readers { reader.finish() }
        waiter?.resume()
    }
}

/// One shard's way to the engine.
struct ShardFacts: FactSink {
    let id: MigrationID
    let shard: ShardName
    let inbox: Inbox
    let board: LiveBoard

    func report(_ fact: ShardFact) async throws(EngineStopping) {
        try await Reply.waiting { inbox.send(.fact(id, shard, fact, $0)) }
    }

    func gauge(_ gauges: ShardGauges) { board.set(gauges, of: id, shard) }
}
