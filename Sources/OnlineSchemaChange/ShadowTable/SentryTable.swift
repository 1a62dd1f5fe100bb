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

    /// Creates it where the name is free.
    /// - Returns: the comment of the table that has the name now: `comment(migration)` when it is the sentry.
    static func plant(
        _ name: QualifiedName, migration: MigrationID, on connection: Connection
    ) async throws(MySQLError) -> String {
        do throws(MySQLError) {
            try await connection.execute(createStatement(name, migration: migration))
            return comment(migration)
        } catch {
            guard error.isTableExists else { throw error }
        }
        let rows = try await connection.query(
            """
            SELECT TABLE_COMMENT FROM information_schema.TABLES WHERE TABLE_SCHEMA = \(.string(name.database.name)) \
            AND TABLE_NAME = \(.string(name.table.name))
            """)
        return try rows.first?.optionalString(0) ?? ""
    }
}
