internal import Synchronization

/// The keys of a terminal, in batches: everything that came since the last batch was taken, in order, never empty.
///
/// Handle a batch, then draw once: a burst of 200 keys costs a few frames, not 200. One consumer at a time. The sequence
/// ends when the device closes.
package struct KeyBatches: AsyncSequence, Sendable {
    let queue: KeyQueue

    /// An iterator; see the sequence.
    package struct AsyncIterator: AsyncIteratorProtocol {
        let queue: KeyQueue

        /// The next batch; `nil` when the device is closed or the task cancelled.
        package mutating func next() async -> [Key]? {
            await queue.next()
        }
    }

    /// A way through the batches from here on.
    package func makeAsyncIterator() -> AsyncIterator {
        AsyncIterator(queue: queue)
    }
}

/// Keys read and not yet taken, bounded; and when they were read, for measuring how long they took to the screen.
final class KeyQueue: Sendable {
    /// Keys that wait at most; later ones are lost and counted.
    static let capacity = 4096

    private struct State {
        var keys: [Key] = []
        var readTimes: [ContinuousClock.Instant] = []
        var handedOut: [ContinuousClock.Instant] = []
        var isFinished = false
        var lost = 0
        var waiting: CheckedContinuation<[Key]?, Never>?

        mutating func take() -> [Key] {
            defer { (keys, readTimes) = ([], []) }
            handedOut.append(contentsOf: readTimes)
            return keys
        }
    }

    private let state = Mutex(State())

    /// Keys that found no room.
    var lost: Int { state.withLock { $0.lost } }

    /// Adds keys read at an instant; `nil` for news that nobody typed and nobody measures.
    func push(_ keys: [Key], readAt instant: ContinuousClock.Instant?) {
        guard !keys.isEmpty else { return }
        state.withLock { state in
            guard !state.isFinished else { return }
            for key in keys {
                // Only the newest size matters.
                if case .resize = key, case .resize? = state.keys.last { state.keys.removeLast() }
                // A request to leave is never lost.
                var isLeave = false
                if case .leave = key { isLeave = true }
                if state.keys.count >= KeyQueue.capacity && !isLeave {
                    state.lost += 1
                    continue
                }
                state.keys.append(key)
                if let instant { state.readTimes.append(instant) }
            }
            if let waiting = state.waiting, !state.keys.isEmpty {
                state.waiting = nil
                waiting.resume(returning: state.take())
            }
        }
    }

    /// Ends the sequence once what waits is taken.
    func finish() {
        state.withLock { state in
            state.isFinished = true
            state.waiting?.resume(returning: nil)
            state.waiting = nil
        }
    }

    /// When the keys were read that have been taken since the last call: the screen presented next answers them.
    func takeAnswered() -> [ContinuousClock.Instant] {
        state.withLock { state in
            defer { state.handedOut = [] }
            return state.handedOut
        }
    }

    func next() async -> [Key]? {
        await withTaskCancellationHandler {
            await withCheckedContinuation { continuation in
                state.withLock { state in
                    if !state.keys.isEmpty {
                        continuation.resume(returning: state.take())
                    } else if state.isFinished || Task.isCancelled || state.waiting != nil {
                        continuation.resume(returning: nil)
                    } else {
                        state.waiting = continuation
                    }
                }
            }
        } onCancel: {
            state.withLock { state in
                state.waiting?.resume(returning: nil)
                state.waiting = nil
            }
        }
    }
}
