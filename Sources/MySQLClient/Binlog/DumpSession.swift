/// Opens connections that send the binary log: session settings and the request itself.
///
/// Source: MySQL source documentation, COM_BINLOG_DUMP and COM_BINLOG_DUMP_GTID; MariaDB "Replica Protocol".
struct DumpSession: Sendable {
    let connection: Connection
    /// Which server this is, to be compared after a reconnect.
    let identity: String
    /// Whether the first event, before any format description, has a checksum.
    let hasChecksums: Bool

    static func open(_ options: BinlogStreamOptions) async throws(MySQLError) -> DumpSession {
        var settings = options.connection
        settings.readTimeout = options.silenceLimit
        let connection = try await Connection.open(settings, setup: .none)
        do throws(MySQLError) {
            return try await prepare(connection, options)
        } catch {
            await connection.close()
            throw error
        }
    }

    private static func prepare(
        _ connection: Connection, _ options: BinlogStreamOptions
    ) async throws(MySQLError) -> DumpSession {
        let nanoseconds =
            UInt64(clamping: options.heartbeat.components.seconds) * 1_000_000_000
            + UInt64(clamping: options.heartbeat.components.attoseconds / 1_000_000_000)
        let number = String(options.serverID, radix: 16)
        let uuid = "6c6f636b-7374-6570-0000-0000" + String(repeating: "0", count: 8 - number.count) + number
        try await connection.execute(SQL(verbatim: "SET net_write_timeout = \(options.patienceSeconds)"))
        try await connection.execute(
            SQL(
                verbatim:
                    "SET @master_binlog_checksum = @@global.binlog_checksum, @master_heartbeat_period = \(nanoseconds)")
        )
        switch connection.serverInfo.family {
        case .mariadb:
            try await connection.execute("SET @mariadb_slave_capability = 4")
        case .mysql:
            // The server ends an older dump of the same UUID: a half-dead connection of ours, never somebody else's.
            try await connection.execute(
                SQL(
                    verbatim: """
                        SET @source_binlog_checksum = @@global.binlog_checksum, @source_heartbeat_period = \(nanoseconds), \
                        @slave_uuid = '\(uuid)', @replica_uuid = '\(uuid)'
                        """))
        }
        let identity: SQL =
            connection.serverInfo.family == .mysql
            ? "@@server_uuid" : "CONCAT(@@server_id, '@', @@hostname, ':', @@port)"
        let row = try await connection.query("SELECT @master_binlog_checksum AS checksum, " + identity + " AS identity")
            .single()
        return DumpSession(
            connection: connection, identity: try row.string("identity"),
            hasChecksums: try row.string("checksum").uppercased() != "NONE")
    }

    /// Asks for everything from a position on.
    func start(at position: BinlogPosition, serverID: UInt32) async throws(MySQLError) {
        var payload: [UInt8] = []
        payload.appendLittle(position.offset, 4)
        payload.appendLittle(0, 2)
        payload.appendLittle(UInt64(serverID), 4)
        payload += position.file.utf8
        try await connection.startDump(command: 18, payload: payload)
    }

    /// Asks for everything that `gtid` does not cover.
    func start(after gtid: GTIDPosition, serverID: UInt32) async throws(MySQLError) {
        switch gtid {
        case .mysql(let set):
            let encoded = set.encoded()
            var payload: [UInt8] = []
            payload.appendLittle(4, 2)
            payload.appendLittle(UInt64(serverID), 4)
            payload.appendLittle(0, 4)
            payload.appendLittle(4, 8)
            payload.appendLittle(UInt64(encoded.count), 4)
            payload += encoded
            try await connection.startDump(command: 30, payload: payload)
        case .mariadb(let list):
            try await connection.execute("SET @slave_connect_state = \(.string(list.description))", values: .literal)
            try await connection.execute("SET @slave_gtid_strict_mode = 0, @slave_gtid_ignore_duplicates = 0")
            try await start(at: BinlogPosition(file: "", offset: 4), serverID: serverID)
        }
    }
}

extension [UInt8] {
    mutating func appendLittle(_ value: UInt64, _ count: Int) {
        for index in 0..<count { append(UInt8(truncatingIfNeeded: value >> UInt64(8 * index))) }
    }
}
