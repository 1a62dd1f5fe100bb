package import Core

/// The rows that belong to one migration of ours, in one keyspace: what was submitted for it, and what takes it back.
///
/// VTGate draws a new uuid for each submission, so a submission whose answer was lost is found by its context,
/// `lockstep:<migration>:<generation>`. A submission that reached some shards only is cancelled there and made again under the
/// next generation: the newest generation is the migration.
package struct MigrationFamily: Equatable, Sendable {
    /// The newest generation that any shard has rows of; 0 when there is none.
    package let generation: Int
    /// Rows of the newest generation.
    private let forward: [ShardName: MigrationRow]
    /// The newest row that reverts a shard's forward row.
    private let reverse: [ShardName: MigrationRow]
    /// Every row under a context of ours.
    private let ours: [ShardName: [MigrationRow]]
    /// Shards whose rows are not known now.
    package let silent: [ShardName]
    /// Shards that were read and have no row of the newest generation.
    package let without: [ShardName]

    /// - Parameter shards: those of the migration.
    package init(of id: MigrationID, shards: [ShardName], in view: KeyspaceView) {
        let prefix = Self.prefix(id)
        var submitted: [(generation: Int, row: MigrationRow)] = []
        for shard in shards {
            for row in view.reads[shard]?.rows ?? [] where row.context.hasPrefix(prefix) {
                guard let generation = Int(row.context.dropFirst(prefix.count)) else { continue }
                submitted.append((generation, row))
            }
        }
        let newest = submitted.map(\.generation).max() ?? 0
        var forward: [ShardName: MigrationRow] = [:]
        for (generation, row) in submitted where generation == newest {
            if let other = forward[row.name], Self.counts(other, before: row) { continue }
            forward[row.name] = row
        }
        var reverse: [ShardName: MigrationRow] = [:]
        for shard in shards {
            guard let original = forward[shard] else { continue }
            for row in view.reads[shard]?.rows ?? [] where row.revertedUUID == original.uuid {
                if let other = reverse[shard], other.id > row.id { continue }
                reverse[shard] = row
            }
        }
        ours = Dictionary(
            uniqueKeysWithValues: shards.map { shard in
                (shard, (view.reads[shard]?.rows ?? []).filter { $0.context.hasPrefix(prefix) })
            })
        self.generation = newest
        self.forward = forward
        self.reverse = reverse
        silent = shards.filter { shard in
            guard let read = view.reads[shard] else { return true }
            return read.silence != nil || read.readAt == nil
        }
        without = shards.filter { shard in
            forward[shard] == nil && view.reads[shard].map { $0.silence == nil && $0.readAt != nil } ?? false
        }
    }

    /// A statement that was sent twice leaves a second row, which Vitess ends as a duplicate: the first is the migration.
    private static func counts(_ row: MigrationRow, before other: MigrationRow) -> Bool { row.id < other.id }

    /// What takes a shard to the new schema.
    package func row(on shard: ShardName) -> MigrationRow? { forward[shard] }
    /// What takes it back.
    package func revert(on shard: ShardName) -> MigrationRow? { reverse[shard] }
    /// Every row of ours on the shard: older generations too, whose submission may have come late.
    package func all(on shard: ShardName) -> [MigrationRow] { ours[shard] ?? [] }
    /// The one that matters in that direction.
    package func row(on shard: ShardName, going direction: Direction) -> MigrationRow? {
        switch direction {
        case .forward: forward[shard]
        case .reverse: reverse[shard]
        }
    }
    package var rows: [MigrationRow] { forward.values.sorted { $0.name < $1.name } }

    /// How far the submission came.
    package enum Submission: Equatable, Sendable {
        /// No shard has it, and all were asked: it may be made, under this generation.
        case none(next: Int)
        /// Every shard has its row.
        case whole
        /// These have rows that are not over, others have none: they are to be cancelled, then it is made again.
        case partial(pending: [ShardName])
        /// Not every shard answers.
        case unknown(silent: [ShardName])
    }

    package var submission: Submission {
        if !silent.isEmpty { return .unknown(silent: silent) }
        if without.isEmpty { return .whole }
        // One shard that has completed cannot be taken back by cancelling: that is no partial submission but a lost row.
        let pending = rows.filter(\.status.isPending).map(\.name)
        if rows.contains(where: { $0.status == .complete }) { return .whole }
        return pending.isEmpty ? .none(next: generation + 1) : .partial(pending: pending)
    }

    /// A shard whose row says something else than the first one's; `nil` when all say the same.
    package var disagreement: (ShardName, MigrationRow)? {
        guard let first = rows.first else { return nil }
        return rows.first { $0.statement != first.statement || $0.strategy != first.strategy }.map { ($0.name, $0) }
    }

    // MARK: - Contexts

    package static func prefix(_ id: MigrationID) -> String { "lockstep:\(id.hex):" }

    /// Of a revert of ours: each has one of its own, for Vitess ends a second one in the same context as a duplicate.
    package static func wayBackContext(_ id: MigrationID, at now: Timestamp) -> MigrationContext {
        guard let context = MigrationContext(prefix(id) + "back:\(max(0, now.milliseconds))") else {
            preconditionFailure("hex, colons, letters and digits by construction")
        }
        return context
    }

    /// - Parameter generation: from 1.
    package static func context(_ id: MigrationID, generation: Int) -> MigrationContext {
        guard let context = MigrationContext(prefix(id) + "\(generation)") else {
            preconditionFailure("hex, colons and digits by construction")
        }
        return context
    }
}
