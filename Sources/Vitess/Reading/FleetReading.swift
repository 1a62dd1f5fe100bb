package import Core

/// All migrations of the keyspaces that were read, as the screens know migrations.
package enum FleetReading {
    /// Pending ones first, newest first within. A migration whose rows reach no shard of now is left out.
    package static func migrations(in views: [KeyspaceView], at now: Timestamp) -> [MigrationSnapshot] {
        views.flatMap { migrations(in: $0, at: now) }.sorted { left, right in
            let (leftEnded, rightEnded) = (left.endedAt != nil, right.endedAt != nil)
            if leftEnded != rightEnded { return rightEnded }
            return (left.submittedAt, left.spec.id.hex) > (right.submittedAt, right.spec.id.hex)
        }
    }

    /// Of one keyspace, in no particular order.
    package static func migrations(in view: KeyspaceView, at now: Timestamp) -> [MigrationSnapshot] {
        let contexts = ShardContext.all(of: view)
        return MigrationRows.all(of: view).map { rows in
            MigrationReading(rows, in: view, contexts: contexts, at: now).snapshot
        }
    }

    /// One migration; `nil` when no shard has a row of it.
    package static func migration(_ uuid: VitessUUID, in view: KeyspaceView, at now: Timestamp) -> MigrationReading? {
        MigrationRows.one(uuid, of: view).map {
            MigrationReading($0, in: view, contexts: ShardContext.all(of: view), at: now)
        }
    }

    /// Migrations that a read of what is recent must name, so that it comes whole: pending or ended since then on some shard, and
    /// submitted before. Each tablet judges its own row, and one that ended long ago on its shard would not come.
    package static func mustName(since: Timestamp, in view: KeyspaceView) -> Set<VitessUUID> {
        let filter = RowFilter.recent(since: since, also: [])
        return Set(
            MigrationRows.all(of: view).filter { rows in
                !rows.isCovered(by: filter)
                    && rows.byShard.values.contains { row in
                        row.status.isPending || row.completedAt.map { $0 >= since } ?? false
                    }
            }.map(\.uuid))
    }
}

/// The rows of one migration: the same uuid, one a shard.
package struct MigrationRows: Equatable, Sendable {
    package let uuid: VitessUUID
    /// Not empty.
    package let byShard: [ShardName: MigrationRow]

    /// Whether a shard without a row of it has none.
    package func isCovered(by filter: RowFilter) -> Bool {
        byShard.values.contains { row in
            (row.requestedAt ?? row.addedAt).map { filter.covers(uuid, requestedAt: $0, context: row.context) } ?? false
        }
    }

    /// Every migration of a keyspace.
    package static func all(of view: KeyspaceView) -> [MigrationRows] {
        var found: [VitessUUID: [ShardName: MigrationRow]] = [:]
        for shard in view.shards {
            for row in view.reads[shard]?.rows ?? [] { found[row.uuid, default: [:]][shard] = row }
        }
        return found.map { MigrationRows(uuid: $0.key, byShard: $0.value) }
    }

    /// One of them; `nil` when no shard has a row of it.
    package static func one(_ uuid: VitessUUID, of view: KeyspaceView) -> MigrationRows? {
        var rows: [ShardName: MigrationRow] = [:]
        for shard in view.shards { if let row = view.row(uuid, on: shard) { rows[shard] = row } }
        return rows.isEmpty ? nil : MigrationRows(uuid: uuid, byShard: rows)
    }
}
