package import Core

/// Which rows a read asks for. Always a `WHERE`: `LIKE ''` makes VTGate drop the connection, and there is no LIMIT and no ORDER BY.
package enum RowFilter: Hashable, Sendable {
    /// Every row the keyspace ever had: Vitess deletes none.
    case all
    /// What is pending, and what was asked for or ended since then.
    case recent(since: Timestamp)
    case migration(VitessUUID)
    case context(MigrationContext)
    /// What was submitted since then: to find a submission whose answer was lost.
    case submitted(since: Timestamp)

    /// The condition, empty for `all`.
    var clause: String {
        switch self {
        case .all: ""
        case .recent(let since):
            " WHERE migration_status IN ('queued', 'ready', 'running')"
                + " OR requested_timestamp >= \(SQLText.quoted(UTCTime.write(since)))"
                + " OR completed_timestamp >= \(SQLText.quoted(UTCTime.write(since)))"
        case .migration(let uuid): " WHERE migration_uuid = \(SQLText.quoted(uuid.text))"
        case .context(let context): " WHERE migration_context = \(SQLText.quoted(context.text))"
        case .submitted(let since): " WHERE requested_timestamp >= \(SQLText.quoted(UTCTime.write(since)))"
        }
    }
}
