package import Core
package import MySQLClient

/// The placeholder under the old table's future name: while it exists, a RENAME to that name cannot succeed.
///
/// It is told from the old table, which gets the same name and holds every row, by its comment and its one column. Nothing
/// drops a table under that name without having seen both under a lock.
package enum SentryTable {
    /// The only column.
    static let column = "lockstep_sentry"

    /// The comment of the sentry of one migration.
    package static func comment(_ migration: MigrationID) -> String { "lockstep sentry of migration \(migration.hex)" }

    /// Creates it.
    ///
    /// Fails with 1050 when the name is taken, by whatever it is.
    package static func createStatement(_ name: QualifiedName, migration: MigrationID) -> SQL {
        """
        CREATE TABLE \(name) (lockstep_sentry TINYINT NOT NULL PRIMARY KEY) ENGINE=InnoDB \
        COMMENT=\(SQL(verbatim: "'\(comment(migration))'"))
        """
    }

    /// Whether the table is the sentry of this migration: its comment and its shape. It may still hold rows.
    static func isSentry(comment: String, columns: [String], of migration: MigrationID) -> Bool {
        comment == self.comment(migration) && columns == [column]
    }
}
