/// What a server is set to, as far as its binary log is concerned. For the preflight: global values; sessions may differ.
package struct BinlogSettings: Sendable, Equatable {
    /// `log_bin`: whether there is a binary log at all.
    package let isEnabled: Bool
    /// `binlog_format`, upper case: ROW, MIXED, STATEMENT. ROW where the server no longer has the setting.
    package let format: String
    /// `binlog_row_image`, upper case: FULL, MINIMAL, NOBLOB, FULL_NODUP.
    package let rowImage: String
    /// `binlog_row_value_options`, upper case: empty or PARTIAL_JSON; empty on MariaDB, which has no such thing.
    package let rowValueOptions: String
    /// `binlog_transaction_compression` (MySQL) or `log_bin_compress` (MariaDB); both are read.
    package let isCompressed: Bool
    /// `binlog_checksum`, upper case: CRC32 or NONE.
    package let checksum: String
    /// Seconds after which a file may be purged; 0 means never, `nil` that the server says nothing.
    package let expireSeconds: UInt64?
    /// `encrypt_binlog` or `binlog_encryption`: encrypted on disk; replicas and we get it decrypted.
    package let isEncrypted: Bool
    /// `log_replica_updates` or `log_slave_updates`: whether a replica logs what it applies.
    package let logsReplicaUpdates: Bool
    /// `gtid_mode`, upper case; `nil` on MariaDB, where GTIDs are always there.
    package let gtidMode: String?

    /// Asks the server; needs no privilege.
    package static func read(on connection: Connection) async throws(MySQLError) -> BinlogSettings {
        let rows = try await connection.query(
            """
            SHOW GLOBAL VARIABLES WHERE Variable_name IN ('log_bin', 'binlog_format', 'binlog_row_image', \
            'binlog_row_value_options', 'binlog_transaction_compression', 'log_bin_compress', 'binlog_checksum', \
            'binlog_expire_logs_seconds', 'expire_logs_days', 'encrypt_binlog', 'binlog_encryption', \
            'log_slave_updates', 'log_replica_updates', 'gtid_mode')
            """)
        var values: [String: String] = [:]
        for row in rows { values[try row.string(0).lowercased()] = try row.string(1).uppercased() }
        func isOn(_ names: String...) -> Bool { names.contains { values[$0] == "ON" || values[$0] == "1" } }
        var expire = values["binlog_expire_logs_seconds"].flatMap { UInt64($0) }
        // MariaDB before 10.6 has days only, with a fraction.
        if expire == nil, let days = values["expire_logs_days"].flatMap({ Double($0) }) {
            expire = UInt64(days * 86_400)
        }
        return BinlogSettings(
            isEnabled: isOn("log_bin"), format: values["binlog_format"] ?? "ROW",
            rowImage: values["binlog_row_image"] ?? "FULL", rowValueOptions: values["binlog_row_value_options"] ?? "",
            isCompressed: isOn("binlog_transaction_compression", "log_bin_compress"),
            checksum: values["binlog_checksum"] ?? "NONE", expireSeconds: expire,
            isEncrypted: isOn("encrypt_binlog", "binlog_encryption"),
            logsReplicaUpdates: isOn("log_slave_updates", "log_replica_updates"), gtidMode: values["gtid_mode"])
    }
}

/// Where a server's log ended at one moment.
package struct ServerLogPosition: Sendable, Equatable, Codable {
    /// File and offset behind the last event. Everything committed before the question was asked is before it.
    package let position: BinlogPosition
    /// The same in GTIDs: on MySQL exactly the same moment (empty with GTIDs off); on MariaDB read just before, so it may be
    /// behind the position, never ahead.
    package let gtid: GTIDPosition
}
