internal import Core
internal import Synchronization

/// What has happened and was not handled yet. Events keep their order and moment; of the snapshots only the newest waits.
///
/// Bounded: keys by the device's own queue, answers by the number of questions, snapshots and ticks to one each.
final class Mailbox: Sendable {
    struct Contents: Sendable {
        var events: [(event: ConsoleEvent, at: Timestamp)] = []
        var snapshot: FleetSnapshot?
        var hasTicked = false
    }

    private let contents = Mutex(Contents())
    private let signal: AsyncStream<Void>.Continuation
    /// Says that something waits; several sayings are one.
    let wakes: AsyncStream<Void>

    init() {
        (wakes, signal) = AsyncStream.makeStream(of: Void.self, bufferingPolicy: .bufferingNewest(1))
    }

    func put(_ events: [ConsoleEvent], at now: Timestamp) {
        contents.withLock { $0.events += events.map { ($0, now) } }
        signal.yield()
    }

    /// An older snapshot never replaces a newer one.
    func put(_ snapshot: FleetSnapshot) {
        contents.withLock { contents in
            if let waiting = contents.snapshot, waiting.at > snapshot.at { return }
            contents.snapshot = snapshot
        }
        signal.yield()
    }

    func tick() {
        contents.withLock { $0.hasTicked = true }
        signal.yield()
    }

    func take() -> Contents {
        contents.withLock { contents in
            defer { contents = Contents() }
            return contents
        }
    }

    func finish() { signal.finish() }
}
