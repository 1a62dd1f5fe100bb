package import Core
package import MySQLClient
internal import Schema

/// Everything that must hold before a migration may create its first table. It creates nothing itself.
///
/// Run by `plan`, and again by the run itself: between the two, hours may pass.
package enum Preflight {
    /// What is asked.
    package struct Request: Sendable {
        /// The migration.
        package let id: MigrationID
        /// The database of the shard.
        package let database: String
        /// The table.
        package let table: String
        /// The clauses, or a whole ALTER TABLE of this table.
        package let alter: String
        /// The fingerprint the table must have; `nil` when none was pinned yet.
        package let pinnedFingerprint: String?
        /// Connections of ours: they may hold the advisory lock.
        package let ownConnections: Set<UInt64>
        /// Artifacts of this very migration that may exist: journalled, and to be used or dropped.
        package let expected: Set<Artifact>

        /// From its parts.
        package init(
            id: MigrationID, database: String, table: String, alter: String, pinnedFingerprint: String?,
            ownConnections: Set<UInt64> = [], expected: Set<Artifact> = []
        ) {
            self.id = id
            self.database = database
            self.table = table
            self.alter = alter
            self.pinnedFingerprint = pinnedFingerprint
            self.ownConnections = ownConnections
            self.expected = expected
        }
    }

    /// What was found.
    package struct Report: Sendable {
        /// Refusals stop the migration.
        package var findings = Findings()
        /// The table, where it could be read; even when it is refused.
        package var table: InspectedTable?
        /// Everything, where the statement could be read too.
        package var context: TableContext?
        /// For the shadow table and the binlog of the copy; `nil` when the server does not tell the table's size.
        package var spaceNeeded: ByteCount?
        /// `nil` when nobody tells.
        package var spaceFree: ByteCount?
    }

    /// Looks at everything and lists all that speaks against it, not only the first. An error of the server becomes a refusal.
    package static func check(_ request: Request, on connection: Connection) async -> Report {
        var report = Report()
        report.findings.add(ServerChecks.version(connection.serverInfo))
        do throws(MySQLError) {
            try await look(request, connection, &report)
        } catch {
            report.findings.refusals.append(
                ServerFailure.from(
                    error, .preflightRefused,
                    "The server could not be asked about \(request.database).\(request.table).",
                    now: "nothing was changed", next: "see to the server, then try again"))
        }
        return report
    }

    /// The first refusal as an error, or the context: what a run needs.
    package static func require(_ request: Request, on connection: Connection) async throws(Failure) -> TableContext {
        let report = await check(request, on: connection)
        if let refusal = report.findings.refusals.first { throw refusal }
        guard let context = report.context else {
            throw Failure(.internalError, "Preflight found neither a refusal nor a table.", now: "nothing was changed")
        }
        return context
    }

    // MARK: Steps

    private static func look(
        _ request: Request, _ connection: Connection, _ report: inout Report
    ) async throws(MySQLError) {
        let server = connection.serverInfo
        let settings = try await ServerSettings.read(connection)
        report.findings.add(ServerChecks.settings(settings, server, database: request.database))
        let missing = NeededGrants.missing(
            try await Grants.read(connection), database: request.database, server: server)
        report.findings.add(ServerChecks.grants(missing))
        report.findings.add(ServerChecks.visibility(try await LockVisibility.of(connection), server.family))
        let alter = statement(request, &report.findings)
        let names = artifactNames(request, &report.findings)
        guard let table = try await table(request, connection, &report.findings) else { return }
        report.table = table
        if let pinned = request.pinnedFingerprint, pinned != table.fingerprint.value {
            report.findings.refuse(
                "The table is not defined any more as it was when the plan was made.",
                cause: "fingerprint \(table.fingerprint.value), planned \(pinned)",
                next: "plan again and submit the migration anew", .schemaDrift)
        }
        try await disk(table, connection, settings, &report)
        try await others(request, names, connection, &report.findings)
        guard let alter, let names else { return }
        report.findings.add(TableChecks.findings(table, alter, server))
        var key: UniqueKey?
        if table.kind == .table {
            let (likely, findings) = KeyForecast.findings(table.model, alter)
            key = likely
            report.findings.add(findings)
        }
        report.context = TableContext(
            database: table.database, table: table, alter: alter, names: names, settings: settings, serverInfo: server,
            likelyKey: key)
    }

    private static func statement(_ request: Request, _ findings: inout Findings) -> AlterStatement? {
        do {
            let alter = try AlterStatement.parse(request.alter)
            if let named = alter.table,
                named.name != request.table || (named.database ?? request.database) != request.database
            {
                findings.refuse(
                    "The ALTER names another table.",
                    cause: "\(named.database.map { $0 + "." } ?? "")\(named.name) instead of \(request.table)",
                    next: "write the clauses alone, or name the migration's table", .alterRejected)
            }
            return alter
        } catch {
            findings.refuse(
                "\(error.what).", cause: "\(error.position): \(error.why)", next: error.advice, .alterRejected)
            return nil
        }
    }

    private static func artifactNames(_ request: Request, _ findings: inout Findings) -> ArtifactNames? {
        do {
            return try ArtifactNames(table: request.table, migrationID: request.id.hex)
        } catch {
            findings.refuse(
                "The migration's tables cannot be named.", cause: error.message,
                next: "give the table a shorter name first")
            return nil
        }
    }

    private static func table(
        _ request: Request, _ connection: Connection, _ findings: inout Findings
    ) async throws(MySQLError) -> InspectedTable? {
        let isFolded = connection.serverInfo.lowerCaseTableNames == 1
        if isFolded, request.table != request.table.lowercased() || request.database != request.database.lowercased() {
            findings.refuse(
                "The server keeps names of tables in lower case.",
                cause: "lower_case_table_names = 1, but the migration names \(request.database).\(request.table)",
                next:
                    "write the names as the server does: \(request.database.lowercased()).\(request.table.lowercased())"
            )
            return nil
        }
        let table = try await TableInspector.inspect(connection, database: request.database, table: request.table)
        if let table {
            // lower_case_table_names = 2: the server finds it, the binlog spells it the server's way.
            guard table.name.utf8.elementsEqual(request.table.utf8) else {
                findings.refuse(
                    "The server spells the table \(table.name).", cause: "the migration names \(request.table)",
                    next: "write the name as the server does")
                return nil
            }
            return table
        }
        let similar = try await TableInspector.names(connection, database: request.database).first {
            $0.lowercased() == request.table.lowercased()
        }
        findings.refuse(
            "The table \(request.database).\(request.table) does not exist here.",
            cause: similar.map { "there is a table \($0), and this server tells letter cases apart" },
            next: "correct the name, or create the table on this shard")
        return nil
    }

    private static func disk(
        _ table: InspectedTable, _ connection: Connection, _ settings: ServerSettings, _ report: inout Report
    ) async throws(MySQLError) {
        guard table.kind == .table else { return }
        if let data = table.dataBytes, let indexes = table.indexBytes {
            report.spaceNeeded = DiskSpace.needed(dataBytes: data, indexBytes: indexes)
        }
        report.spaceFree = try await DiskSpace.free(connection, settings: settings)
        report.findings.add(ServerChecks.space(needed: report.spaceNeeded, free: report.spaceFree))
    }

    /// Names that are taken, and others at work on the table.
    private static func others(
        _ request: Request, _ names: ArtifactNames?, _ connection: Connection, _ findings: inout Findings
    ) async throws(MySQLError) {
        let present = try await TableInspector.names(connection, database: request.database)
        let expected = Set(request.expected.map(\.name))
        let foreign = Set(["gho", "ghc", "del", "new", "old"].map { "_\(request.table)_\($0)" })
        for name in present where !expected.contains(name) {
            if let names, [names.shadow, names.old].contains(name) {
                findings.refuse(
                    "The name \(name) is taken.", cause: "a table of this name exists already",
                    next: "see whose it is, and drop or rename it")
            } else if let parsed = ArtifactNames.parse(name), parsed.kind == .shadow,
                ArtifactNames.isArtifact(name, of: request.table)
            {
                findings.refuse(
                    "The table is being changed by another migration, \(parsed.migration).",
                    cause: "its shadow table \(name) exists",
                    next: "finish or cancel that migration; if nobody knows it any more, drop \(name)")
            } else if foreign.contains(name) {
                findings.warn(
                    "The table \(name) looks like another tool's (gh-ost, pt-online-schema-change): make sure that it is not at work on this one."
                )
            }
        }
        if let holder = try await AdvisoryLock.holder(connection, database: request.database, table: request.table),
            !request.ownConnections.contains(holder.connection)
        {
            findings.refuse(
                "Another program of ours is at work on the table.",
                cause:
                    "connection \(holder.connection)\(holder.who.isEmpty ? "" : ", \(holder.who)"), holds \(AdvisoryLock.name(database: request.database, table: request.table))",
                next: "wait until it has ended, or end it")
        }
    }
}
