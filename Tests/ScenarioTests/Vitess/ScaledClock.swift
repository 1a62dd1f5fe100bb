/// Real time, so many times as fast: a test against the double need not wait a minute for a tablet's check.
struct ScaledClock: Clock {
    struct Instant: InstantProtocol {
        let offset: Duration
        func advanced(by duration: Duration) -> Instant { Instant(offset: offset + duration) }
        func duration(to other: Instant) -> Duration { other.offset - offset }
        static func < (left: Instant, right: Instant) -> Bool { left.offset < right.offset }
    }

    let rate: Double
    private let begin = ContinuousClock.now

    init(rate: Double) { self.rate = rate }

    var now: Instant { Instant(offset: (ContinuousClock.now - begin) * rate) }
    var minimumResolution: Duration { .milliseconds(1) }

    func sleep(until deadline: Instant, tolerance: Duration?) async throws {
        try await Task.sleep(until: begin + deadline.offset / rate, clock: .continuous)
    }
}
