internal import Synchronization

/// State that tasks wait on: each change wakes those whose condition now holds, in the order they came. No polling, no lost
/// wake-up, and a cancelled task leaves the queue at once.
///
/// The lock is held for the closures only, never across an `await`.
final class Monitored<State: Sendable>: Sendable {
    private struct Waiter {
        let id: UInt64
        /// Resumes its task and returns true when its condition holds; may change the state (taking what it waited for).
        let attempt: (inout State) -> Bool
        let cancel: () -> Void
    }

    private struct Inner: ~Copyable {
        var state: State
        var waiters: [Waiter] = []
        var nextID: UInt64 = 0
        /// Cancelled before they could queue.
        var cancelledEarly: Set<UInt64> = []
    }

    private let inner: Mutex<Inner>

    init(_ state: State) { inner = Mutex(Inner(state: state)) }

    /// Reads or changes the state.
    @discardableResult
    func withLock<R: Sendable>(_ body: (inout State) -> R) -> R {
        inner.withLock { inner in
            let result = body(&inner.state)
            Self.wake(&inner)
            return result
        }
    }

    /// Waits until `condition` gives a value, and returns it. The condition is asked under the lock and may change the state.
    /// - Throws: `CancellationError`; the state is as if the task had never come.
    func wait<R: Sendable>(until condition: @escaping @Sendable (inout State) -> R?) async throws -> R {
        let id = inner.withLock { inner in
            inner.nextID += 1
            return inner.nextID
        }
        return try await withTaskCancellationHandler {
            try await withCheckedThrowingContinuation { (continuation: CheckedContinuation<R, any Error>) in
                inner.withLock { inner in
                    if inner.cancelledEarly.remove(id) != nil {
                        continuation.resume(throwing: CancellationError())
                        return
                    }
                    if let value = condition(&inner.state) {
                        continuation.resume(returning: value)
                        Self.wake(&inner)
                        return
                    }
                    inner.waiters.append(
                        Waiter(
                            id: id,
                            attempt: { state in
                                guard let value = condition(&state) else { return false }
                                continuation.resume(returning: value)
                                return true
                            },
                            cancel: { continuation.resume(throwing: CancellationError()) }))
                }
            }
        } onCancel: {
            inner.withLock { inner in
                if let index = inner.waiters.firstIndex(where: { $0.id == id }) {
                    inner.waiters.remove(at: index).cancel()
                } else {
                    inner.cancelledEarly.insert(id)
                }
            }
        }
    }

    /// A waiter may change the state, so the round starts again after each that went.
    private static func wake(_ inner: inout Inner) {
        var index = 0
        while index < inner.waiters.count {
            if inner.waiters[index].attempt(&inner.state) {
                inner.waiters.remove(at: index)
                index = 0
            } else {
                index += 1
            }
        }
    }
}
