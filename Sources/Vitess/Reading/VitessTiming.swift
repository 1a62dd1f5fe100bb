/// When Vitess does what it does by itself. Source: `vitess-online-ddl` §3 and §4, confirmed on v24.
package enum VitessTiming {
    /// The scheduler's interval (`--migration-check-interval`'s default); rows are refreshed no more often in a steady state.
    package static let check: Duration = .seconds(60)
    /// The wait before cut-over attempt 1, 2, 3 ...; the last repeats. Not configurable.
    package static let backOff: [Duration] = [.zero, .seconds(60), .seconds(300), .seconds(600), .seconds(1800)]
    /// Without a sign of life for this long a running migration is failed.
    package static let stale: Duration = .seconds(180 * 60)
    /// From here on Vitess warns of it.
    package static let lifeless: Duration = .seconds(5 * 60)
    /// How long after a RETRY'd start the row may still say what was true of the run before. Seen: a second; the check at
    /// +5 s has been made when the row's liveness is this much later than its start.
    package static let readinessLie: Duration = .seconds(5)
    /// A refusal of the throttler older than this, by the row's own latest mark, is history.
    package static let throttleMark: Duration = .seconds(10)
    /// No refusal older than this counts as now, whatever the row says: a check interval and a half.
    package static let throttleAge: Duration = .seconds(90)
    /// The rows of one submission appear on its shards within this.
    package static let submissionSettles: Duration = .seconds(10)

    /// The wait after so many attempts.
    package static func wait(afterAttempts attempts: Int64) -> Duration {
        backOff[min(max(Int(clamping: attempts), 0), backOff.count - 1)]
    }
}
