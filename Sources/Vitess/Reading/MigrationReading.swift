package import Core

/// One migration over all shards of its keyspace. Vitess keeps no such thing: no shard knows of another, so whatever concerns the
/// migration as a whole is derived here, from the rows, the silent shards and the shards without a row.
package struct MigrationReading: Sendable {
    package let uuid: VitessUUID
    package let keyspace: KeyspaceName
    package let version: VersionKnowledge
    package let now: Timestamp
    /// In the order of `SHOW VITESS_SHARDS`.
    package let shards: [Shard]
    /// The rows there are, in the same order.
    package let readings: [RowReading]
    /// Where each of them stands.
    let phases: [Phase]
    /// Of the keyspace's throttlers, the lowest.
    let throttlerThreshold: Double?

    /// What is known of the migration on one shard.
    package enum Shard: Sendable {
        case row(RowReading)
        /// The shard was read, and has no row of it.
        case missing(ShardContext)
        /// The shard could not be read and nothing was known of it before, or the read did not ask for the row.
        case unread(ShardContext)

        package var name: ShardName {
            switch self {
            case .row(let reading): reading.row.name
            case .missing(let context), .unread(let context): context.name
            }
        }

        package var reading: RowReading? { if case .row(let reading) = self { reading } else { nil } }
        /// Whether what is known of the shard may have changed meanwhile.
        package var isSilent: Bool {
            switch self {
            case .row(let reading): reading.shard.read?.silence != nil
            case .missing(let context): context.read?.silence != nil
            case .unread: true
            }
        }
        package var isMissing: Bool { if case .missing = self { true } else { false } }
    }

    package init(_ rows: MigrationRows, in view: KeyspaceView, contexts: [ShardName: ShardContext], at now: Timestamp) {
        uuid = rows.uuid
        keyspace = view.keyspace
        version = view.version
        self.now = now
        let isCovered = rows.isCovered(by: view.coverage)
        shards = view.shards.map { name in
            let context = contexts[name] ?? ShardContext(name: name, read: view.reads[name])
            if let row = rows.byShard[name] { return .row(RowReading(row, on: context, at: now)) }
            return context.read?.readAt == nil || !isCovered ? .unread(context) : .missing(context)
        }
        readings = shards.compactMap(\.reading)
        phases = readings.map(\.phase)
        throttlerThreshold = view.throttlers.compactMap(\.threshold).min()
        submittedAt = readings.compactMap { $0.row.requestedAt ?? $0.row.addedAt }.min() ?? now
        missing = []
        missing = derivedMissing
    }

    /// The row that speaks for what all have in common.
    package var first: MigrationRow? { readings.first?.row }
    package var isRevert: Bool { readings.contains { $0.row.isRevert } }
    package let submittedAt: Timestamp

    /// Shards of now that have no row of it though they should. Rows of one submission appear within seconds; and a migration that
    /// ended long ago may be older than a shard that came of a reshard.
    package private(set) var missing: [ShardName]

    private var derivedMissing: [ShardName] {
        let names = shards.filter(\.isMissing).map(\.name)
        if names.isEmpty || submittedAt.age(at: now) < VitessTiming.submissionSettles { return [] }
        if readings.contains(where: { $0.row.status.isPending }) { return names }
        if !readings.contains(where: { $0.row.status == .complete }) { return [] }
        let ended = readings.compactMap(\.row.completedAt).max() ?? submittedAt
        return ended.age(at: now) < .seconds(24 * 3600) ? names : []
    }

    /// Every shard that counts has come to an end.
    package var endedAt: Timestamp? {
        guard !readings.contains(where: { $0.row.status.isPending }), missing.isEmpty, !isPartlyUnknown else {
            return nil
        }
        // Two schemas are live: somebody has to act.
        if state == .split { return nil }
        return readings.compactMap(\.row.completedAt).max() ?? submittedAt
    }

    /// Derived; *split* as soon as two schemas are live.
    package var state: MigrationState {
        let finished: Phase = isRevert ? .reverted : .done
        let doneCount = phases.count { $0 == finished }
        if doneCount > 0 {
            // What the silent ones have is not known: neither all, nor split.
            if doneCount == phases.count, missing.isEmpty, isPartlyUnknown { return isRevert ? .reverting : .running }
            return doneCount == phases.count && missing.isEmpty ? (isRevert ? .reverted : .done) : .split
        }
        if phases.contains(.failed) || !missing.isEmpty { return .failed }
        if phases.contains(.cancelled) { return phases.allSatisfy { $0 == .cancelled } ? .cancelled : .cancelling }
        if phases.contains(.cuttingOver) { return .cuttingOver }
        if phases.contains(.backingOff) { return .backingOff }
        if readings.allSatisfy({ $0.row.postponeLaunch }) { return .postponedLaunch }
        if missing.isEmpty, phases.count == shards.count, phases.allSatisfy({ $0 == .ready }), isPostponed {
            return .postponed
        }
        return isRevert ? .reverting : .running
    }

    /// Of some shard nothing is known.
    private var isPartlyUnknown: Bool { shards.contains { if case .unread = $0 { true } else { false } } }

    /// A shard still holds its completion back.
    package var isPostponed: Bool { readings.contains { $0.row.status.isPending && $0.row.postponeCompletion } }

    /// When the oldest answer that the picture rests on was read; `nil` when a shard was never read.
    package var oldestRead: Timestamp? {
        let times = shards.map { shard -> Timestamp? in
            switch shard {
            case .row(let reading): reading.shard.read?.readAt
            case .missing(let context), .unread(let context): context.read?.readAt
            }
        }
        return times.contains { $0 == nil } ? nil : times.compactMap(\.self).min()
    }

    /// From the first shard that has the new schema to the last, once all have.
    package var skew: Duration? {
        let times = readings.filter { $0.row.status == .complete }.compactMap(\.row.completedAt)
        guard times.count == shards.count, let first = times.min(), let last = times.max() else { return nil }
        return last - first
    }
}
