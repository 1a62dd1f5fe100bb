package import Core

/// Who is in the way of a cut-over, where somebody looked at the shard's own server.
extension RowReading {
    /// The row's figures with what a look at the shard's server has shown.
    /// - Parameter look: `nil` where nobody may look, empty when nobody was found.
    package func gauges(seeing look: Result<[Blocker]?, Failure>) -> ShardGauges {
        var gauges = gauges
        switch look {
        case .success(nil): break
        case .success(.some(let blockers)):
            gauges.blockers = blockers
            if let words = Self.blocked(blockers, at: now) {
                gauges.why = [words, gauges.why].compactMap(\.self).joined(separator: "; ")
            }
        case .failure(let failure):
            gauges.details.append(
                .init("blockers", "not known: \(failure.what)" + (failure.cause.map { " (\($0))" } ?? "")))
        }
        return gauges
    }

    /// `blocked for 14s by connection 912, trx 8812, ...`; `nil` when there is nobody.
    package static func blocked(_ blockers: [Blocker], at now: Timestamp) -> String? {
        guard let oldest = blockers.min(by: { $0.since < $1.since }) else { return nil }
        let others = blockers.count - 1
        return "blocked for \(Figures.duration(oldest.since.age(at: now))) by \(CommandPlanner.describe(oldest))"
            + (others > 0 ? " and \(others) other\(others == 1 ? "" : "s")" : "")
    }
}
