/// A release of Vitess.
package struct VitessVersion: Hashable, Comparable, Sendable, CustomStringConvertible {
    package let major: Int
    package let minor: Int
    package let patch: Int

    package init(_ major: Int, _ minor: Int = 0, _ patch: Int = 0) {
        self.major = major
        self.minor = minor
        self.patch = patch
    }

    /// Finds it in `@@version_comment`: `Version: 24.0.0-SNAPSHOT (Git revision …)`, or `vitess v23.0.1`. `nil` when it is not
    /// there: `@@version` (`8.4.6-Vitess`) names the MySQL that VTGate imitates, and says nothing of Vitess.
    package init?(versionComment text: String) {
        let lower = text.lowercased()
        guard let start = lower.firstRange(of: "version:")?.upperBound ?? lower.firstRange(of: "vitess v")?.upperBound
        else { return nil }
        let number = lower[start...].drop { $0 == " " || $0 == "v" }.prefix { $0.isNumber || $0 == "." }
        let parts = number.split(separator: ".").map { Int($0) }
        guard parts.count >= 2, let major = parts[0], let minor = parts[1] else { return nil }
        self.init(major, minor, parts.count > 2 ? parts[2] ?? 0 : 0)
    }

    package var description: String { "v\(major).\(minor).\(patch)" }

    package static func < (left: VitessVersion, right: VitessVersion) -> Bool {
        (left.major, left.minor, left.patch) < (right.major, right.minor, right.patch)
    }
}

/// What is known of a keyspace's version: VTGate may state its own, and the columns of an answer tell those of the tablets.
/// A rolling upgrade mixes both, so that a statement needs the lowest of them.
package struct VersionKnowledge: Equatable, Sendable {
    /// As VTGate states it.
    package let stated: VitessVersion?
    /// At least this, by the columns seen on every shard that answered.
    package let atLeast: VitessVersion?
    /// Below this, by a column that some shard lacks.
    package let below: VitessVersion?

    package init(stated: VitessVersion?, atLeast: VitessVersion? = nil, below: VitessVersion? = nil) {
        self.stated = stated
        self.atLeast = atLeast
        self.below = below
    }

    /// Nothing is known.
    package static let unknown = VersionKnowledge(stated: nil)

    /// What the columns of one shard's rows prove: `in_order_completion_pending_count` came with v24,
    /// `vreplication_lag_seconds` with v22.
    package init(stated: VitessVersion?, absentColumns: [Set<String>]) {
        var atLeast: VitessVersion?
        var below: VitessVersion?
        for (column, version) in Self.columns where !absentColumns.isEmpty {
            if absentColumns.contains(where: { $0.contains(column) }) { below = version; continue }
            atLeast = atLeast ?? version
        }
        self.init(stated: stated, atLeast: atLeast, below: below)
    }

    /// Newest first.
    private static let columns: [(String, VitessVersion)] = [
        ("in_order_completion_pending_count", VitessVersion(24)), ("vreplication_lag_seconds", VitessVersion(22)),
    ]

    package enum Support: Equatable, Sendable {
        case yes
        /// With the reason, for a greyed key.
        case no(String)
        /// No version is known: it may be tried; an old version answers with a syntax error, and nothing has changed then.
        case unknown
    }

    /// Whether every part of the keyspace is new enough.
    package func supports(_ feature: VitessFeature) -> Support {
        let needed = feature.since
        if let stated, stated < needed {
            return .no("\(feature.words) needs Vitess \(Self.short(needed)); VTGate is \(stated)")
        }
        if let below, below <= needed {
            return .no(
                "\(feature.words) needs Vitess \(Self.short(needed)); a shard's columns are those of a version before "
                    + Self.short(below))
        }
        if let atLeast, atLeast >= needed { return .yes }
        return stated == nil ? .unknown : .yes
    }

    private static func short(_ version: VitessVersion) -> String { "v\(version.major)" }
}

/// What came to Vitess at some time.
package enum VitessFeature: String, CaseIterable, Sendable {
    case launch, launchShards, forceCutOver, cutOverThreshold, completeShards, postponeComplete, singletonTable
    case inOrderPendingCount

    /// The first release that has it (`vitess-online-ddl`, §11).
    package var since: VitessVersion {
        switch self {
        case .launch, .launchShards: VitessVersion(15)
        case .forceCutOver: VitessVersion(19)
        case .cutOverThreshold, .singletonTable: VitessVersion(22)
        case .completeShards, .postponeComplete: VitessVersion(23)
        case .inOrderPendingCount: VitessVersion(24)
        }
    }

    /// As a reason names it.
    package var words: String {
        switch self {
        case .launch: "LAUNCH"
        case .launchShards: "LAUNCH of chosen shards"
        case .forceCutOver: "FORCE_CUTOVER"
        case .cutOverThreshold: "CUTOVER_THRESHOLD"
        case .completeShards: "COMPLETE of chosen shards"
        case .postponeComplete: "POSTPONE COMPLETE"
        case .singletonTable: "--singleton-table"
        case .inOrderPendingCount: "in_order_completion_pending_count"
        }
    }
}
