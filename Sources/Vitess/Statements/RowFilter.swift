package import Core

/// Which rows a read asks for. Always a `WHERE`: `LIKE ''` makes VTGate drop the connection, and there is no LIMIT and no ORDER BY.
package enum RowFilter: Hashable, Sendable {
    /// Every row the keyspace ever had: Vitess deletes none.
    case all
    /// What is pending, what was asked for or ended since then, and these. Each tablet applies it to its own rows, so a migration
    /// that ended on one shard long ago and not on another comes in part: `FleetReading.mustName` says which to add.
    case recent(since: Timestamp, also: Set<VitessUUID>)
    case migration(VitessUUID)
    case context(MigrationContext)
    /// Every generation of a migration of ours, and what reverts these.
    case family(MigrationID, reverted: [VitessUUID])
    /// What was submitted since then: to find a submission whose answer was lost.
    case submitted(since: Timestamp)

    /// Whether a shard that has a row of this migration would have answered with it, whatever its status there.
    package func covers(_ uuid: VitessUUID, requestedAt: Timestamp, context: String) -> Bool {
        switch self {
        case .all: true
        case .recent(let since, let also): requestedAt >= since + .seconds(60) || also.contains(uuid)
        case .migration(let asked): asked == uuid
        case .context(let asked): asked.text == context
        case .family(let id, _): context.hasPrefix(MigrationFamily.prefix(id))
        case .submitted(let since): requestedAt >= since + .seconds(60)
        }
    }

    /// The condition, empty for `all`.
    var clause: String {
        switch self {
        case .all: ""
        case .recent(let since, let also):
            " WHERE migration_status IN ('queued', 'ready', 'running')"
                + " OR requested_timestamp >= \(SQLText.quoted(UTCTime.write(since)))"
                + " OR completed_timestamp >= \(SQLText.quoted(UTCTime.write(since)))"
                + (also.isEmpty
                    ? ""
                    : " OR migration_uuid IN (\(also.sorted().map { SQLText.quoted($0.text) }.joined(separator: ", ")))")
        case .migration(let uuid): " WHERE migration_uuid = \(SQLText.quoted(uuid.text))"
        case .family(let id, let reverted):
            " WHERE migration_context LIKE \(SQLText.quoted(MigrationFamily.prefix(id) + "%"))"
                + (reverted.isEmpty
                    ? "" : " OR reverted_uuid IN (\(reverted.map { SQLText.quoted($0.text) }.joined(separator: ", ")))")
        case .context(let context): " WHERE migration_context = \(SQLText.quoted(context.text))"
        case .submitted(let since): " WHERE requested_timestamp >= \(SQLText.quoted(UTCTime.write(since)))"
        }
    }
}
