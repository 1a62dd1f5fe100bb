/// A person's throttle: how much, for how long. Vitess takes both anew with each statement, so both are always written.
package struct Throttle: Hashable, Sendable {
    /// Above 0 to 1: the share of a migration's checks that is refused; 1 holds it.
    package let ratio: Double
    /// Whole seconds, at least one. Vitess' own default is an hour.
    package let expiry: Duration

    /// `nil` when the ratio is not above 0 and at most 1, or the expiry is below a second or above 30 days. Ratio 0 and expiry 0
    /// are not throttles: `UNTHROTTLE` says that.
    package init?(ratio: Double = 1, expiry: Duration = .seconds(3600)) {
        guard ratio > 0.00005, ratio <= 1, expiry >= .seconds(1), expiry <= .seconds(30 * 86_400) else { return nil }
        self.ratio = ratio
        self.expiry = .seconds(expiry.components.seconds)
    }
}

/// How long a cut-over may wait for its locks: 5 to 30 s, whole seconds. Outside of that Vitess accepts `SET @@ddl_strategy`
/// and refuses the submission.
package struct CutOverThreshold: Hashable, Sendable {
    package let seconds: Int
    package init?(_ duration: Duration) {
        let parts = duration.components
        guard parts.attoseconds == 0, (5...30).contains(parts.seconds) else { return nil }
        seconds = Int(parts.seconds)
    }
    package var duration: Duration { .seconds(seconds) }
}
