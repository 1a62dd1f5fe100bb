import Testing

@testable import OnlineSchemaChange

@Suite("Waiting for a condition on shared state")
struct MonitoredTests {
    @Test("Waiters go in the order they came, and each takes what it waited for")
    func order() async throws {
        let items = Monitored<[Int]>([])
        async let first = items.wait { $0.isEmpty ? nil : $0.removeFirst() }
        async let second = items.wait { $0.isEmpty ? nil : $0.removeFirst() }
        items.withLock { $0.append(1) }
        items.withLock { $0.append(2) }
        #expect(try await Set([first, second]) == [1, 2])
        #expect(items.withLock { $0 }.isEmpty)
    }

    @Test("A waiter that changes the state wakes the next")
    func chain() async throws {
        let turn = Monitored(0)
        try await withThrowingTaskGroup(of: Void.self) { group in
            for place in 0..<50 {
                group.addTask {
                    try await turn.wait { state in
                        guard state == place else { return nil }
                        state += 1
                        return ()
                    }
                }
            }
            try await group.waitForAll()
        }
        #expect(turn.withLock { $0 } == 50)
    }

    @Test("A cancelled waiter leaves with CancellationError and takes nothing")
    func cancellation() async {
        let items = Monitored<[Int]>([])
        let task = Task { try await items.wait { $0.isEmpty ? nil : $0.removeFirst() } }
        task.cancel()
        await #expect(throws: CancellationError.self) { try await task.value }
        items.withLock { $0.append(1) }
        #expect(items.withLock { $0 } == [1])
    }

    @Test("The time limit cancels what it limits, and a result in time passes")
    func limit() async throws {
        let never = Monitored(false)
        await #expect(throws: DeadlinePassed.self) {
            try await within(.milliseconds(20), on: ContinuousClock()) { try await never.wait { $0 ? () : nil } }
        }
        let value = try await within(.seconds(60), on: ContinuousClock()) { 7 }
        #expect(value == 7)
    }
}
