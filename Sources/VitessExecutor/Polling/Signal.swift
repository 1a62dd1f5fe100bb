internal import Synchronization

/// Wakes one waiting task early. A signal that comes while nobody waits is kept for the next wait; several are one.
final class Signal: Sendable {
    private struct State {
        var isSet = false
        var waiter: CheckedContinuation<Void, Never>?
        /// The waiter was cancelled before it could wait.
        var isCancelled = false
    }
    private let state = Mutex(State())

    func send() {
        state.withLock { state in
            if let waiter = state.waiter {
                state.waiter = nil
                waiter.resume()
            } else {
                state.isSet = true
            }
        }
    }

    /// Returns at the signal, after `duration`, or when the task is cancelled. One task at a time.
    func wait(atMost duration: Duration, clock: any Clock<Duration>) async {
        await withTaskGroup { group in
            group.addTask {
                do { try await clock.sleep(for: duration) } catch { return }
            }
            group.addTask { await self.wait() }
            await group.next()
            group.cancelAll()
        }
    }

    private func wait() async {
        state.withLock { $0.isCancelled = false }
        await withTaskCancellationHandler {
            await withCheckedContinuation { continuation in
                state.withLock { state in
                    if state.isCancelled {
                        continuation.resume()
                    } else if state.isSet {
                        state.isSet = false
                        continuation.resume()
                    } else {
                        state.waiter = continuation
                    }
                }
            }
        } onCancel: {
            state.withLock { state in
                state.isCancelled = true
                state.waiter?.resume()
                state.waiter = nil
            }
        }
    }
}

/// Lets one task in at a time, in the order they came.
struct Turnstile {
    private var isTaken = false
    private var waiting: [CheckedContinuation<Void, Never>] = []

    /// Whether the caller is in; if not it has to wait for its turn.
    mutating func enter() -> Bool {
        if isTaken { return false }
        isTaken = true
        return true
    }

    mutating func queue(_ continuation: CheckedContinuation<Void, Never>) { waiting.append(continuation) }

    /// Hands the turn on.
    mutating func leave() {
        if waiting.isEmpty { isTaken = false } else { waiting.removeFirst().resume() }
    }
}
