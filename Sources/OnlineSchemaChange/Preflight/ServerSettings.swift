package import MySQLClient

/// What of a server's configuration decides whether a table on it can be changed.
package struct ServerSettings: Sendable, Equatable {
    /// Names in lower case, values as the server gives them; a variable the family does not have is missing.
    package let variables: [String: String]
    /// `Binlog_Do_DB` and `Binlog_Ignore_DB`; empty when every database is logged, `nil` when the user may not ask.
    package let filters: BinlogFilters?

    /// Which databases the binlog takes.
    package struct BinlogFilters: Sendable, Equatable {
        /// Only these; all when empty.
        package let only: [String]
        /// Not these.
        package let except: [String]

        /// From both lists.
        package init(only: [String] = [], except: [String] = []) {
            self.only = only
            self.except = except
        }

        /// Whether row changes in this database reach the binlog.
        package func logs(_ database: String) -> Bool {
            only.isEmpty ? !except.contains(database) : only.contains(database)
        }
    }

    /// From its parts; names in lower case.
    package init(variables: [String: String], filters: BinlogFilters? = BinlogFilters()) {
        self.variables = variables
        self.filters = filters
    }

    private static let names = [
        "log_bin", "binlog_format", "binlog_row_image", "binlog_row_value_options", "encrypt_binlog", "read_only",
        "super_read_only", "innodb_read_only", "wsrep_on", "datadir", "lower_case_table_names", "server_id",
        "sql_require_primary_key", "skip_networking", "innodb_flush_log_at_trx_commit", "sync_binlog",
    ]

    /// Asks the server for them.
    package static func read(_ connection: Connection) async throws(MySQLError) -> ServerSettings {
        var variables: [String: String] = [:]
        let rows = try await connection.query(
            "SHOW GLOBAL VARIABLES WHERE Variable_name IN (\(names.map { SQLValue.string($0) }))", values: .literal)
        for row in rows { variables[try row.string(0).lowercased()] = try row.optionalString(1) ?? "" }
        return ServerSettings(variables: variables, filters: try await filters(connection))
    }

    private static func filters(_ connection: Connection) async throws(MySQLError) -> BinlogFilters? {
        let info = connection.serverInfo
        let sql: SQL =
            info.family == .mysql && info.version >= .init(8, 2) ? "SHOW BINARY LOG STATUS" : "SHOW MASTER STATUS"
        do {
            guard let row = try await connection.query(sql).first else { return BinlogFilters() }
            return BinlogFilters(
                only: list(try row.optionalString("Binlog_Do_DB")),
                except: list(try row.optionalString("Binlog_Ignore_DB")))
        } catch  where error.isGrantMissing {
            return nil
        }
    }

    private static func list(_ text: String?) -> [String] { (text ?? "").split(separator: ",").map(String.init) }

    /// A variable's value in upper case; `nil` when the server does not have it.
    func word(_ name: String) -> String? { variables[name]?.uppercased() }
    /// Whether a switch is on.
    func isOn(_ name: String) -> Bool { ["ON", "1", "YES"].contains(word(name)) }
}
