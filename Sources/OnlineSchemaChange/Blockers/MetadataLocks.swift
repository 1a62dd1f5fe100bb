package import MySQLClient

/// How much a server tells about who holds metadata locks.
package enum LockVisibility: Sendable, Equatable {
    /// `performance_schema.metadata_locks` is kept: holders are known for certain.
    case performanceSchema
    /// MariaDB's METADATA_LOCK_INFO plugin: holders are known for certain.
    case plugin
    /// Neither: only open transactions are known, and not which tables they hold. Holders are guesses.
    case transactionsOnly

    /// Asks the server.
    package static func of(_ connection: Connection) async throws(MySQLError) -> LockVisibility {
        if try await connection.query("SELECT @@performance_schema").single().bool(0) {
            do {
                let rows = try await connection.query(
                    "SELECT ENABLED FROM performance_schema.setup_instruments WHERE NAME = 'wait/lock/metadata/sql/mdl'"
                )
                if try rows.first?.bool(0) == true { return .performanceSchema }
            } catch  where error.isGrantMissing {
                // Without SELECT on performance_schema it is as good as switched off.
            }
        }
        if connection.serverInfo.family == .mariadb {
            let plugins = try await connection.query(
                """
                SELECT 1 FROM information_schema.PLUGINS \
                WHERE PLUGIN_NAME = 'METADATA_LOCK_INFO' AND PLUGIN_STATUS = 'ACTIVE'
                """)
            if !plugins.isEmpty { return .plugin }
        }
        return .transactionsOnly
    }
}

/// A session that holds a lock the cut-over would wait for.
struct LockHolder: Sendable, Equatable {
    /// 0 when no session has it: a prepared XA transaction whose client is gone.
    let connection: UInt64
    /// How long the lock has been held, where the server tells.
    let heldFor: Duration?
}

/// Who holds metadata locks on one table, or locks over all tables.
enum MetadataLocks {
    /// The holders, each once. Only locks in force, not those waited for.
    static func holders(
        on connection: Connection, database: String, table: String, visibility: LockVisibility
    ) async throws(MySQLError) -> [LockHolder] {
        let rows: ResultSet
        switch visibility {
        case .performanceSchema:
            // Global read locks (FLUSH TABLES WITH READ LOCK, backups): writers and DDL hold other types of these locks.
            rows = try await connection.query(
                """
                SELECT t.PROCESSLIST_ID AS id, NULL AS held FROM performance_schema.metadata_locks l \
                LEFT JOIN performance_schema.threads t ON t.THREAD_ID = l.OWNER_THREAD_ID \
                WHERE l.LOCK_STATUS = 'GRANTED' AND ((l.OBJECT_TYPE = 'TABLE' \
                AND l.OBJECT_SCHEMA = \(.string(database)) AND l.OBJECT_NAME = \(.string(table))) \
                OR (l.OBJECT_TYPE IN ('GLOBAL', 'BACKUP LOCK') AND l.LOCK_TYPE = 'SHARED') \
                OR (l.OBJECT_TYPE = 'BACKUP' AND l.LOCK_TYPE IN (\(globalLocks))))
                """)
        case .plugin:
            rows = try await connection.query(
                """
                SELECT THREAD_ID AS id, LOCK_TIME_MS AS held FROM information_schema.METADATA_LOCK_INFO \
                WHERE (LOCK_TYPE = 'Table metadata lock' AND TABLE_SCHEMA = \(.string(database)) \
                AND TABLE_NAME = \(.string(table))) \
                OR (LOCK_TYPE = 'Backup lock' AND LOCK_MODE IN (\(globalLocks.map(Self.pluginName))))
                """)
        case .transactionsOnly: return []
        }
        var holders: [UInt64: LockHolder] = [:]
        for row in rows {
            let id = try row.optionalUInt("id") ?? 0
            let held = try row.optionalInt("held").map { Duration.milliseconds($0) }
            let longest = [holders[id]?.heldFor, held].compactMap(\.self).max()
            holders[id] = LockHolder(connection: id, heldFor: longest)
        }
        return holders.values.sorted { $0.connection < $1.connection }
    }

    /// MariaDB's backup locks that stop writes or DDL, as performance_schema names them.
    private static let globalLocks: [SQLValue] = [
        .string("BACKUP_FTWRL1"), .string("BACKUP_FTWRL2"), .string("BACKUP_BLOCK_DDL"), .string("BACKUP_BLOCK_COMMIT"),
        .string("BACKUP_WAIT_FLUSH"), .string("BACKUP_FLUSH"),
    ]

    private static func pluginName(_ value: SQLValue) -> SQLValue { .string("MDL_" + (value.string ?? "")) }
}
