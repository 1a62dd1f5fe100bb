import Core
import OnlineSchemaChange
import Testing

@Suite("Deciding whether the copy may go on")
struct ThrottleDecisionTests {
    static let primary = "p:3306"
    static let near = ThrottleGauge(.replicaLag, on: "near:3306")
    static let far = ThrottleGauge(.replicaLag, on: "far:3306")
    static let threads = ThrottleGauge(.threadsRunning, on: primary)
    static let history = ThrottleGauge(.historyLength, on: primary)
    static let query = ThrottleGauge(.query, on: primary)
    static let policy = ThrottlePolicy(
        maxReplicaLag: .seconds(5), maxThreadsRunning: 10, maxHistoryLength: 1000, query: "SELECT 0")

    /// All gauges calm, read at second 100.
    static let calm: [ThrottleGauge: ThrottleReading] = [
        near: .lag(.zero), far: .lag(.seconds(5)), threads: .number(10), history: .number(1000), query: .number(0),
    ]

    static func decide(
        _ changes: [ThrottleGauge: ThrottleReading] = [:], without missing: ThrottleGauge? = nil,
        at: [ThrottleGauge: Duration] = [:], person: ManualThrottle? = nil, now: Duration = .seconds(101)
    ) -> ThrottleDecision.Hold? {
        var samples: [ThrottleGauge: ThrottleSample] = [:]
        for (gauge, reading) in calm.merging(changes, uniquingKeysWith: { $1 }) where gauge != missing {
            samples[gauge] = ThrottleSample(reading, at: at[gauge] ?? .seconds(100))
        }
        return ThrottleDecision.decide(
            gauges: ThrottleDecision.gauges(policy, primary: primary, replicas: [near.server, far.server]),
            samples: samples, policy: policy, person: person, staleAfter: .seconds(3), now: now)
    }

    @Test("At its limits exactly, nothing holds the copy")
    func calm() { #expect(Self.decide() == nil) }

    @Test(
        "Each gauge above its limit holds the copy and says by how much",
        arguments: [
            (far, ThrottleReading.lag(.milliseconds(8400)), "8.4s", "5.0s"), (threads, .number(11), "11", "10"),
            (history, .number(1001), "1001", "1000"), (query, .number(0.5), "0.5", "0"),
        ])
    func exceeded(gauge: ThrottleGauge, reading: ThrottleReading, value: String, limit: String) {
        let hold = Self.decide([gauge: reading])
        #expect(hold?.source == gauge.source)
        #expect(hold?.by == gauge.server)
        #expect(hold?.value == value)
        #expect(hold?.limit == limit)
    }

    @Test(
        "A gauge that was not read, not lately, or that means nothing holds the copy",
        arguments: [near, far, threads, history, query])
    func failsClosed(gauge: ThrottleGauge) {
        #expect(Self.decide(without: gauge)?.value == "not read yet")
        #expect(Self.decide(without: gauge)?.by == gauge.server)
        #expect(Self.decide([gauge: .unknown("no answer")])?.value == "no answer")
        #expect(Self.decide(at: [gauge: .seconds(98)])?.source == nil)
        let stale = Self.decide(at: [gauge: .milliseconds(97_900)])
        #expect(stale?.source == gauge.source)
        #expect(stale?.value == "not read for 3.1s")
        #expect(Self.decide([gauge: gauge.source == .replicaLag ? .number(0) : .lag(.zero)]) != nil)
    }

    @Test("The replica furthest behind is named, and one that does not answer is further than any")
    func worstReplica() {
        #expect(Self.decide([Self.near: .lag(.seconds(6)), Self.far: .lag(.seconds(60))])?.by == Self.far.server)
        #expect(Self.decide([Self.near: .unknown("no answer"), Self.far: .lag(.seconds(60))])?.by == Self.near.server)
    }

    @Test("A person comes before every gauge")
    func person() {
        let ana = ManualThrottle(
            by: OperatorIdentity(user: "ana", host: "bastion"), reason: "backup", since: Timestamp(milliseconds: 7))
        let hold = Self.decide([Self.threads: .number(99)], person: ana)
        #expect(hold?.source == .person)
        #expect(hold?.by == "ana@bastion")
        #expect(hold?.value == "backup")
    }

    @Test("A limit that is switched off has no gauge")
    func switchedOff() {
        let off = ThrottlePolicy(maxReplicaLag: nil, maxThreadsRunning: nil, maxHistoryLength: nil, query: nil)
        #expect(ThrottleDecision.gauges(off, primary: "p", replicas: ["r"]) == [])
        #expect(
            ThrottleDecision.decide(
                gauges: [], samples: [:], policy: off, person: nil, staleAfter: .zero, now: .seconds(9)) == nil)
    }
}
