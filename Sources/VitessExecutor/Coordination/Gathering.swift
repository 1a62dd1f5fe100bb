internal import Core

/// Collects what several shards ask for at nearly the same time, so that one statement does for all of them.
///
/// The first to come leads: it waits until as many have come as are expected, at most a moment, and acts for all. The others
/// wait for what it found out.
actor Gathering {
    private struct Group {
        var members: [ShardName]
        let complete: Signal
        var waiting: [CheckedContinuation<Failure?, Never>] = []
    }
    private var groups: [String: Group] = [:]
    private let clock: any Clock<Duration>

    /// How long the first waits for the others.
    static let moment = Duration.milliseconds(200)

    init(clock: any Clock<Duration>) { self.clock = clock }

    /// - Returns: what `act` returned, to each of those it acted for.
    func together(
        _ purpose: String, _ shard: ShardName, expected: Int, _ act: @Sendable ([ShardName]) async -> Failure?
    ) async -> Failure? {
        if groups[purpose] != nil {
            groups[purpose]?.members.append(shard)
            if groups[purpose]?.members.count == expected { groups[purpose]?.complete.send() }
            return await withCheckedContinuation { groups[purpose]?.waiting.append($0) }
        }
        let complete = Signal()
        groups[purpose] = Group(members: [shard], complete: complete)
        if expected > 1 { await complete.wait(atMost: Self.moment, clock: clock) }
        // Whoever comes from here on begins a group of its own.
        guard let group = groups.removeValue(forKey: purpose) else { return nil }
        let outcome = await act(group.members)
        for waiter in group.waiting { waiter.resume(returning: outcome) }
        return outcome
    }
}
