/// What may differ between two sandbox servers. The defaults are small, fast and lose nothing when a process is killed.
package struct ServerOptions: Equatable, Sendable {
    /// `performance_schema` with metadata lock instruments; costs memory and start-up time.
    package var performanceSchema: Bool
    /// `innodb_flush_log_at_trx_commit`: 1 is an fsync per commit, 2 survives the death of the process, 0 does not.
    package var flushLogAtCommit: Int
    /// `sync_binlog`: 0 leaves it to the system, 1 is an fsync per commit.
    package var syncBinlog: Int
    /// Buffer pool in mebibytes.
    package var bufferPoolMebibytes: Int
    /// Most clients at a time.
    package var maxConnections: Int
    /// `server_id`; two servers that replicate need different ones.
    package var serverID: UInt32
    /// Whether ordinary users may only read: set on replicas.
    package var readOnly: Bool
    /// More options as on the command line, such as `--lower-case-table-names=0`; they win over ours.
    package var extra: [String]

    /// Options for one server; every argument has the small default.
    package init(
        performanceSchema: Bool = false, flushLogAtCommit: Int = 2, syncBinlog: Int = 0, bufferPoolMebibytes: Int = 48,
        maxConnections: Int = 250, serverID: UInt32 = 1, readOnly: Bool = false, extra: [String] = []
    ) {
        self.performanceSchema = performanceSchema
        self.flushLogAtCommit = flushLogAtCommit
        self.syncBinlog = syncBinlog
        self.bufferPoolMebibytes = bufferPoolMebibytes
        self.maxConnections = maxConnections
        self.serverID = serverID
        self.readOnly = readOnly
        self.extra = extra
    }
}
