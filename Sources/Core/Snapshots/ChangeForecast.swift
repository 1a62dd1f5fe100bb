/// How one shard is expected to carry out a change, where that is the tablet's choice and not the manifest's.
package struct ChangeForecast: Codable, Equatable, Sendable {
    package enum Way: String, Codable, Sendable, CaseIterable {
        /// `ALGORITHM=INSTANT`: at once, nothing is copied, and there is no way back.
        case instant
        /// As without the wish for INSTANT: a copy, which can be reverted.
        case copy
        /// RANGE partitions are added or dropped by the server itself, whatever was wished for; there is no way back.
        case partition
        /// It cannot be told beforehand.
        case unknown
    }
    package let way: Way
    /// Why: `the table has a FULLTEXT index`, `MySQL 8.0.28, and this is INSTANT from 8.0.29 on`.
    package let reason: String
    /// What the choice rests on besides the table: with equal tables and an equal basis tablets choose alike. `nil` when it is not known.
    package let basis: String?

    package init(_ way: Way, _ reason: String, basis: String?) {
        self.way = way
        self.reason = reason
        self.basis = basis
    }

    /// Whether two shards with the same table will certainly do the same.
    ///
    /// What cannot be told is still the same on equal servers: tablets choose by the table and the server's version alone.
    package func isAlike(_ other: ChangeForecast) -> Bool {
        guard way == other.way else { return false }
        return way != .unknown || (basis != nil && basis == other.basis)
    }

    /// Why a fleet would not, or not certainly, do a change alike; `nil` when it will.
    /// - Parameter forecasts: of the shards of which there is one, in the fleet's order.
    package static func mixture(_ forecasts: [(shard: ShardName, forecast: ChangeForecast)]) -> Failure? {
        guard let first = forecasts.first?.forecast,
            !forecasts.allSatisfy({ $0.forecast.isAlike(first) })
        else { return nil }
        let groups = Dictionary(grouping: forecasts) { $0.forecast.way }
        let present = Way.allCases.compactMap { way in groups[way].map { (way, $0) } }
        let ways = present.map { way, members in "\(way.words) on \(names(members.map(\.shard)))" }
        let reasons = present.flatMap { way, members in
            Dictionary(grouping: members) { $0.forecast.reason }.sorted { $0.key < $1.key }
                .map { reason, members in "\(names(members.map(\.shard))): \(reason)" }
        }
        return Failure(
            .preflightRefused,
            "The shards would not, or not certainly, carry this out alike: \(ways.joined(separator: ", ")).",
            cause: reasons.joined(separator: "; "),
            now: "nothing was submitted; a copy can be reverted, what is done INSTANT or on partitions cannot",
            next:
                "leave --prefer-instant-ddl out, or bring the servers to one version, or say `allowMixedInstant: true`")
    }

    private static func names(_ shards: [ShardName]) -> String {
        let shown = shards.prefix(8).map(\.shard).joined(separator: " ")
        return shards.count > 8 ? "\(shown) and \(shards.count - 8) others" : shown
    }
}

extension ChangeForecast.Way {
    /// As plans name it.
    package var words: String {
        switch self {
        case .instant: "INSTANT"
        case .copy: "a copy"
        case .partition: "partitions directly"
        case .unknown: "unknown"
        }
    }
}
