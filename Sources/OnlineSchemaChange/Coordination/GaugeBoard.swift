internal import Core

/// The live figures of one run: written from every task of it, handed on whole.
final class GaugeBoard: Sendable {
    private let gauges: Monitored<ShardGauges>
    private let facts: any FactSink
    private let wallClock: @Sendable () -> Timestamp

    init(facts: any FactSink, wallClock: @escaping @Sendable () -> Timestamp) {
        self.facts = facts
        self.wallClock = wallClock
        gauges = Monitored(ShardGauges(at: wallClock()))
    }

    /// Changes some figures and hands all of them on.
    func update(_ change: @Sendable (inout ShardGauges) -> Void) {
        let now = wallClock()
        let all = gauges.withLock { gauges in
            change(&gauges)
            gauges.at = now
            return gauges
        }
        facts.gauge(all)
    }
}
