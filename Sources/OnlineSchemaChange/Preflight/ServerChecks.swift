internal import Core
internal import MySQLClient

/// What a server must be like. Pure.
enum ServerChecks {
    static let oldest: [ServerInfo.Family: ServerInfo.Version] = [.mysql: .init(8, 0, 16), .mariadb: .init(10, 5)]

    static func version(_ server: ServerInfo) -> Findings {
        var findings = Findings()
        if let oldest = oldest[server.family], server.version < oldest {
            findings.refuse(
                "\(server.productName) is too old.", cause: "the oldest that works is \(oldest)",
                next: "upgrade the server")
        }
        return findings
    }

    static func settings(_ settings: ServerSettings, _ server: ServerInfo, database: String) -> Findings {
        var findings = Findings()
        binlog(settings, server, database, &findings)
        for name in ["innodb_read_only", "super_read_only", "read_only"] where settings.isOn(name) {
            findings.refuse(
                "The server only reads: it is not a primary.", cause: "\(name) = ON",
                next: "name the primary in the cluster file, or switch \(name) off")
            break
        }
        durability(settings, &findings)
        if settings.isOn("wsrep_on") {
            findings.refuse(
                "The server is a Galera node.",
                cause: "wsrep_on = ON: LOCK TABLES holds on one node only, so the cut-over could lose writes",
                next: "use the cluster's own rolling schema upgrade")
        }
        return findings
    }

    /// A lost change that had been carried over already is on one table and not on the other.
    private static func durability(_ settings: ServerSettings, _ findings: inout Findings) {
        let loose = ["innodb_flush_log_at_trx_commit", "sync_binlog"].compactMap { name in
            settings.variables[name].flatMap { $0 == "1" ? nil : "\(name) = \($0)" }
        }
        guard !loose.isEmpty else { return }
        findings.warn(
            "A crash of the server's machine may lose committed changes (\(loose.joined(separator: ", "))), and not the same ones of the "
                + "table and its copy: should it crash after the rows were compared, restart the engine before you complete, which "
                + "compares them again; or set both to 1.")
    }

    private static func binlog(
        _ settings: ServerSettings, _ server: ServerInfo, _ database: String, _ findings: inout Findings
    ) {
        guard settings.isOn("log_bin") else {
            findings.refuse(
                "The binlog is off: changes to the table could not be followed.", cause: "log_bin = OFF",
                next: "start the server with log_bin, binlog_format=ROW and binlog_row_image=FULL")
            return
        }
        if let format = settings.word("binlog_format"), format != "ROW" {
            findings.refuse(
                "The binlog does not hold rows.", cause: "binlog_format = \(format)",
                next: "SET GLOBAL binlog_format = 'ROW', and let the application reconnect")
        }
        if let image = settings.word("binlog_row_image"), image != "FULL" {
            findings.refuse(
                "The binlog does not hold whole rows.", cause: "binlog_row_image = \(image)",
                next: "SET GLOBAL binlog_row_image = 'FULL', and let the application reconnect")
        }
        if let options = settings.word("binlog_row_value_options"), options.contains("PARTIAL_JSON") {
            findings.refuse(
                "The binlog holds parts of JSON documents.", cause: "binlog_row_value_options = \(options)",
                next: "SET GLOBAL binlog_row_value_options = '', and let the application reconnect")
        }
        if settings.variables["server_id"] == "0" {
            findings.refuse(
                "The server gives its binlog to nobody.", cause: "server_id = 0",
                next: "SET GLOBAL server_id to a number of its own")
        }
        if settings.isOn("encrypt_binlog") {
            findings.warn(
                "The binlog is encrypted on disk (encrypt_binlog = ON): should the server send it encrypted too, the run stops at its first event."
            )
        }
        if let filters = settings.filters, !filters.logs(database) {
            findings.refuse(
                "The binlog leaves the database \(database) out.",
                cause:
                    "binlog_do_db = \(filters.only.joined(separator: ",")), binlog_ignore_db = \(filters.except.joined(separator: ","))",
                next: "take the filter out of the server's configuration")
        }
    }

    static func grants(_ missing: [NeededGrants.Missing]) -> Findings {
        var findings = Findings()
        for grant in missing {
            if grant.isOptional {
                findings.warn("The grant \(grant.privilege) is missing (\(grant.purpose)): \(grant.repair)")
            } else {
                findings.refuse(
                    "The grant \(grant.privilege) is missing.", cause: "Lockstep \(grant.purpose) with it",
                    next: grant.repair)
            }
        }
        return findings
    }

    /// `free` is `nil` when nobody tells.
    static func space(needed: ByteCount?, free: ByteCount?) -> Findings {
        var findings = Findings()
        guard let needed else {
            findings.warn("The size of the table is not known: make sure that it fits on the disk a second time.")
            return findings
        }
        guard let free else {
            findings.warn(
                "The free disk space is not known: about \(Figures.bytes(needed)) are needed for the shadow table and the binlog."
            )
            return findings
        }
        if free < needed + DiskSpace.reserve {
            findings.refuse(
                "The disk is too full for a second copy of the table.",
                cause: "needed \(Figures.bytes(needed)) for shadow table and binlog and \(Figures.bytes(DiskSpace.reserve)) to "
                    + "spare, free \(Figures.bytes(free))",
                next: "free space or enlarge the disk", .diskFull)
        }
        return findings
    }

    static func visibility(_ visibility: LockVisibility, _ family: ServerInfo.Family) -> Findings {
        var findings = Findings()
        if visibility == .transactionsOnly {
            let remedy =
                family == .mariadb
                ? "INSTALL SONAME 'metadata_lock_info', or start with performance_schema and its metadata lock instrument on"
                : "start with performance_schema on, and GRANT SELECT ON performance_schema.*"
            findings.warn(
                "Who holds locks on the table cannot be told for certain: blockers are guessed from open transactions. \(remedy)."
            )
        }
        return findings
    }
}

extension ServerInfo {
    /// `MariaDB 10.11.19`.
    package var productName: String { "\(family == .mariadb ? "MariaDB" : "MySQL") \(version)" }
}
