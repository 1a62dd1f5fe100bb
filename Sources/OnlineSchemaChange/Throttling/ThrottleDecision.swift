package import Core

/// Something that can hold the copy, on one server.
package struct ThrottleGauge: Hashable, Sendable {
    /// What is measured; never `.person`.
    package let source: ThrottleVerdict.Source
    /// The server, as the cluster file names it: `127.0.0.1:3307`.
    package let server: String

    /// From its parts.
    package init(_ source: ThrottleVerdict.Source, on server: String) {
        self.source = source
        self.server = server
    }
}

/// What a gauge said last.
package enum ThrottleReading: Equatable, Sendable {
    /// How far the replica is behind.
    case lag(Duration)
    /// A count, or the custom query's first value.
    case number(Double)
    /// Nothing that can be used, and why in a few words: `no answer`, `SQL thread stopped`.
    case unknown(String)
}

/// A reading and when it was taken.
package struct ThrottleSample: Equatable, Sendable {
    /// What was read.
    package let reading: ThrottleReading
    /// On the stopwatch that the decision's `now` is read from.
    package let at: Duration

    /// From its parts.
    package init(_ reading: ThrottleReading, at: Duration) {
        self.reading = reading
        self.at = at
    }
}

/// Decides from the last samples whether the copy may go on. Pure, and it fails closed: a gauge that was not read, or not lately, or
/// with a result that means nothing, holds the copy.
package enum ThrottleDecision {
    /// Who holds the copy now, without the time it began: that is the throttler's to remember.
    package struct Hold: Equatable, Sendable {
        /// What holds.
        package let source: ThrottleVerdict.Source
        /// The server or person.
        package let by: String
        /// What it shows.
        package let value: String
        /// What it may show at most.
        package let limit: String
    }

    /// The gauges a policy asks for, in the order in which they are given as the reason.
    package static func gauges(_ policy: ThrottlePolicy, primary: String, replicas: [String]) -> [ThrottleGauge] {
        var gauges: [ThrottleGauge] = []
        if policy.maxReplicaLag != nil { gauges += replicas.map { ThrottleGauge(.replicaLag, on: $0) } }
        if policy.maxThreadsRunning != nil { gauges.append(ThrottleGauge(.threadsRunning, on: primary)) }
        if policy.maxHistoryLength != nil { gauges.append(ThrottleGauge(.historyLength, on: primary)) }
        if policy.query != nil { gauges.append(ThrottleGauge(.query, on: primary)) }
        return gauges
    }

    /// `nil` when the copy may go on. A person comes first, then the replica furthest behind (one that is not known is further than
    /// any), then the gauges in their order.
    ///
    /// - Parameters:
    ///   - staleAfter: the age from which a sample counts for nothing.
    ///   - now: on the stopwatch the samples carry.
    package static func decide(
        gauges: [ThrottleGauge], samples: [ThrottleGauge: ThrottleSample], policy: ThrottlePolicy,
        person: ManualThrottle?, staleAfter: Duration, now: Duration
    ) -> Hold? {
        if let person { return Hold(source: .person, by: "\(person.by)", value: person.reason, limit: "") }
        let holds = gauges.compactMap { gauge in
            hold(gauge, usable(samples[gauge], staleAfter, now), policy)
        }
        let replicas = holds.filter { $0.hold.source == .replicaLag }
        return (replicas.max { $0.excess < $1.excess } ?? holds.first)?.hold
    }

    /// The reading, or why it counts for nothing.
    private static func usable(_ sample: ThrottleSample?, _ staleAfter: Duration, _ now: Duration) -> ThrottleReading {
        guard let sample else { return .unknown("not read yet") }
        let age = now - sample.at
        return age > staleAfter ? .unknown("not read for \(Figures.duration(age))") : sample.reading
    }

    private static func hold(
        _ gauge: ThrottleGauge, _ reading: ThrottleReading, _ policy: ThrottlePolicy
    ) -> (hold: Hold, excess: Duration)? {
        let limit: String
        let value: String
        var excess = Duration.seconds(Int64(Int32.max))
        switch (gauge.source, reading) {
        case (.replicaLag, .lag(let lag)):
            guard let most = policy.maxReplicaLag, lag > most else { return nil }
            (value, limit, excess) = (Figures.duration(lag), Figures.duration(most), lag)
        case (.threadsRunning, .number(let number)):
            guard let most = policy.maxThreadsRunning, number > Double(most) else { return nil }
            (value, limit) = (text(number), "\(most)")
        case (.historyLength, .number(let number)):
            guard let most = policy.maxHistoryLength, number > Double(most) else { return nil }
            (value, limit) = (text(number), "\(most)")
        case (.query, .number(let number)):
            guard number > 0 else { return nil }
            (value, limit) = (text(number), "0")
        case (_, .unknown(let why)): (value, limit) = (why, self.limit(gauge, policy))
        case (.replicaLag, .number), (.threadsRunning, .lag), (.historyLength, .lag), (.query, .lag), (.person, _):
            (value, limit) = ("a reading of the wrong kind", self.limit(gauge, policy))
        }
        return (Hold(source: gauge.source, by: gauge.server, value: value, limit: limit), excess)
    }

    private static func limit(_ gauge: ThrottleGauge, _ policy: ThrottlePolicy) -> String {
        switch gauge.source {
        case .replicaLag: policy.maxReplicaLag.map(Figures.duration) ?? ""
        case .threadsRunning: policy.maxThreadsRunning.map { "\($0)" } ?? ""
        case .historyLength: policy.maxHistoryLength.map { "\($0)" } ?? ""
        case .query: "0"
        case .person: ""
        }
    }

    private static func text(_ number: Double) -> String {
        Int64(exactly: number).map { "\($0)" } ?? "\(number)"
    }
}
