internal import Glibc

/// The command line of a server: which file lies where, and which options both families need.
struct ServerCommand: Sendable {
    let family: ServerFamily
    let program: String

    init(_ family: ServerFamily) throws(SandboxError) {
        self.family = family
        self.program = try family.requireProgram()
    }

    /// The directory above `bin` or `sbin`: the prefix of a private installation, `/usr` for the system's.
    var base: String {
        let parts = program.split(separator: "/", omittingEmptySubsequences: false)
        return parts.dropLast(2).joined(separator: "/")
    }

    /// What the server needs to find its own files and to ignore the machine's configuration.
    var places: [String] {
        var list = ["--no-defaults"]
        if geteuid() == 0 { list.append("--user=root") }
        guard family == .mysql else { return list }
        list += ["--basedir=\(base)", "--secure-file-priv=NULL", "--mysqlx=OFF"]
        let plugins = ["\(base)/lib/mysql/plugin", "\(base)/lib64/mysql/plugin", "\(base)/lib/plugin"]
        if let plugin = plugins.first(where: Files.exists) { list.append("--plugin-dir=\(plugin)") }
        let messages = ["\(base)/share/mysql", "\(base)/share/mysql-9.7", "\(base)/share/mysql-8.4", "\(base)/share"]
        if let found = messages.first(where: { Files.exists("\($0)/english/errmsg.sys") }) {
            list.append("--lc-messages-dir=\(found)")
        }
        return list
    }

    /// The full command of a running server in `directory`, listening on loopback `port`.
    func serve(_ options: ServerOptions, directory: String, port: UInt16, initFile: String?) -> [String] {
        var list = [program] + places
        list += [
            "--datadir=\(directory)/data", "--socket=\(directory)/server.sock", "--pid-file=\(directory)/mysqld.pid",
            "--tmpdir=\(directory)/tmp", "--bind-address=127.0.0.1", "--port=\(port)", "--skip-name-resolve",
            "--server-id=\(options.serverID)", "--report-host=127.0.0.1", "--report-port=\(port)",
            "--log-bin=\(directory)/data/binlog", "--relay-log=\(directory)/data/relay", "--binlog-format=ROW",
            "--binlog-row-image=FULL", "--sync-binlog=\(options.syncBinlog)", "--character-set-server=utf8mb4",
            "--default-time-zone=+00:00", "--max-connections=\(options.maxConnections)", "--table-open-cache=400",
            "--innodb-buffer-pool-size=\(options.bufferPoolMebibytes)M", "--innodb-use-native-aio=0",
            "--innodb-flush-log-at-trx-commit=\(options.flushLogAtCommit)", "--key-buffer-size=1M",
            "--performance-schema=\(options.performanceSchema ? "ON" : "OFF")",
            "--read-only=\(options.readOnly ? "ON" : "OFF")",
        ]
        if options.performanceSchema {
            list.append("--performance-schema-instrument=wait/lock/metadata/sql/mdl=ON")
            // MariaDB remembers an idle session's last statement only with this; MySQL does by default.
            list.append("--performance-schema-consumer-events-statements-current=ON")
        }
        switch family {
        case .mariadb:
            list += [
                "--log-slave-updates=ON", "--skip-slave-start", "--innodb-log-file-size=48M",
                "--aria-pagecache-buffer-size=1M",
            ]
            let plugin = metadataLockInfo
            if let plugin { list += ["--plugin-dir=\(plugin.directory)", "--plugin-load-add=\(plugin.file)"] }
        case .mysql:
            list += [
                "--gtid-mode=ON", "--enforce-gtid-consistency=ON", "--log-replica-updates=ON", "--skip-replica-start",
                "--innodb-redo-log-capacity=96M",
            ]
        }
        if let initFile { list.append("--init-file=\(initFile)") }
        return list + options.extra
    }

    /// MariaDB's plugin that lists metadata locks, where it is installed.
    private var metadataLockInfo: (directory: String, file: String)? {
        let directories = ["\(base)/lib/mysql/plugin", "\(base)/lib64/mysql/plugin", "\(base)/lib/mariadb/plugin"]
        return directories.first { Files.exists("\($0)/metadata_lock_info.so") }.map { ($0, "metadata_lock_info.so") }
    }
}
