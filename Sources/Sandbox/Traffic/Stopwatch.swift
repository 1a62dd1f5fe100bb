internal import Histogram
internal import MySQLClient
internal import Synchronization

/// What one connection of the traffic has seen. Its owner records, anyone may look.
final class Stopwatch: Sendable {
    struct Content: Sendable {
        /// Microseconds, up to ten minutes.
        var latency = Histogram<UInt64>(highestTrackableValue: 600_000_000, numberOfSignificantValueDigits: .three)
        /// The same since `resetStall`.
        var recent = Histogram<UInt64>(highestTrackableValue: 600_000_000, numberOfSignificantValueDigits: .three)
        var longest: Duration = .zero
        var inFlightSince: ContinuousClock.Instant?
        var operations: UInt64 = 0
        var errors: [TrafficError] = []
        var errorCount = 0
        var deadlocks = 0
        var losses = 0
        var tableMissing = 0
    }

    let isWriter: Bool
    let shard: Int
    private let content = Mutex(Content())

    init(isWriter: Bool, shard: Int) {
        self.isWriter = isWriter
        self.shard = shard
    }

    var snapshot: Content { content.withLock { $0 } }

    func begin() {
        let now = ContinuousClock.now
        content.withLock { $0.inFlightSince = now }
    }

    func end() {
        let now = ContinuousClock.now
        content.withLock { content in
            guard let since = content.inFlightSince else { return }
            let took = now - since
            content.inFlightSince = nil
            content.longest = max(content.longest, took)
            content.latency.record(min(took.microseconds, 600_000_000))
            content.recent.record(min(took.microseconds, 600_000_000))
        }
    }

    func countOperation() { content.withLock { $0.operations += 1 } }
    func countDeadlock() { content.withLock { $0.deadlocks += 1 } }
    func countLoss() { content.withLock { $0.losses += 1 } }

    func note(_ error: TrafficError) {
        content.withLock { content in
            content.errorCount += 1
            if error.error?.isUnknownTable == true { content.tableMissing += 1 }
            if content.errors.count < 100 { content.errors.append(error) }
        }
    }

    /// The longest statement since `reset`, the one still running included, with its whole time.
    func longestStall(now: ContinuousClock.Instant) -> Duration {
        content.withLock { content in max(content.longest, content.inFlightSince.map { now - $0 } ?? .zero) }
    }

    func resetStall() {
        content.withLock { content in
            content.longest = .zero
            content.recent.reset()
        }
    }
}

extension LatencySummary {
    init(_ contents: [Stopwatch.Content], recent: Bool = false) {
        var all = Histogram<UInt64>(highestTrackableValue: 600_000_000, numberOfSignificantValueDigits: .three)
        for content in contents { all.add(recent ? content.recent : content.latency) }
        let isEmpty = all.totalCount == 0
        self.init(
            count: all.totalCount, p50: .microseconds(isEmpty ? 0 : all.valueAtPercentile(50)),
            p99: .microseconds(isEmpty ? 0 : all.valueAtPercentile(99)), max: .microseconds(isEmpty ? 0 : all.max))
    }
}

extension Duration {
    var microseconds: UInt64 {
        let parts = components
        return UInt64(max(0, parts.seconds)) * 1_000_000 + UInt64(max(0, parts.attoseconds / 1_000_000_000_000))
    }
}
