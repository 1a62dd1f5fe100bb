package import Core
package import MySQLClient
internal import Schema

/// Drops one table of ours, and never anything else.
///
/// **Why a waiting RENAME comes first.** The cut-over's `RENAME orig TO old, shadow TO orig` waits behind the locks of the session
/// that drains the tail. If that session dies, the server lets the RENAME go on, and the sentry table alone, sitting on the name
/// `old`, makes it fail (1050). Were the sentry dropped while such a RENAME still waits, the swap would happen with changes
/// missing from the shadow, long after whoever asked for it was gone: lost writes. The same holds for an old table dropped
/// while a RENAME of an earlier life waits. So: every RENAME that names the artifact is ended, and seen gone, before the DROP.
///
/// **Why nothing can slip in between.** All of it happens under `LOCK TABLES artifact WRITE` of the session that drops: no RENAME to
/// or from that name can be carried out meanwhile, what was seen (the sentry's comment, its shape, no row) stays true, and DROP is
/// allowed to the lock's holder. A new RENAME cannot be sent: the journal has one engine.
///
/// **Why it is ours.** The name must be, to the byte, the one that table, migration and kind give; the journal knew it before
/// it existed. Sentry and old table share a name and are told apart by comment and shape; of the two, only the sentry is
/// dropped as a sentry, and only when empty.
package struct ArtifactDrop {
    /// What became of it.
    package enum Outcome: Sendable, Equatable {
        /// It was there and is not any more.
        case dropped
        /// It was not there.
        case absent
    }

    /// How often the process list is read while a statement is on its way out.
    private static let pollInterval = Duration.milliseconds(50)

    private let connection: Connection
    private let artifact: Artifact
    private let migration: MigrationID
    private let name: QualifiedName
    private let patience: Duration
    private let clock: any Clock<Duration>

    /// Drops one artifact of one migration; harmless to repeat.
    ///
    /// - Parameters:
    ///   - connection: a session without locks and without an open transaction; it is left so.
    ///   - patience: how long a statement on the artifact, or an ended RENAME, may take to go away.
    /// - Throws: `.artifactInUse` when a statement on it goes on or its lock is not to be had; `.internalError` when it is not what it
    ///   should be, and it is then left alone; connection errors, after which it may or may not exist.
    package static func drop(
        _ artifact: Artifact, of migration: MigrationID, table: String, database: String, on connection: Connection,
        patience: Duration = .seconds(10), clock: any Clock<Duration>
    ) async throws(Failure) -> Outcome {
        let name: QualifiedName
        do {
            let names = try ArtifactNames(table: table, migrationID: migration.hex)
            let expected = artifact.kind == .shadowTable ? names.shadow : names.old
            guard expected.utf8.elementsEqual(artifact.name.utf8) else {
                throw Failure(
                    .internalError, "\(artifact.name) is not the name of an artifact of migration \(migration.short).",
                    cause: "expected \(expected)", now: "it was left alone",
                    next: "look at the table and drop it by hand")
            }
            name = try QualifiedName(database: database, table: artifact.name)
        } catch let failure as Failure {
            throw failure
        } catch {
            throw Failure(
                .internalError, "\(artifact.name) is no name of an artifact.", cause: "\(error)",
                now: "it was left alone")
        }
        let drop = ArtifactDrop(
            connection: connection, artifact: artifact, migration: migration, name: name, patience: patience,
            clock: clock)
        return try await drop.run()
    }

    private func run() async throws(Failure) -> Outcome {
        do throws(MySQLError) {
            guard try await exists() else { return .absent }
            try await connection.execute(LockWait.statement(.seconds(2)))
        } catch {
            throw serverFailure(error)
        }
        // Before the lock: an own statement of a life before still at work holds it; ended, the lock is free.
        try await clearTheWay(waitingForOthers: true)
        do throws(MySQLError) {
            try await connection.execute("LOCK TABLES \(name) WRITE")
        } catch  where error.isUnknownTable {
            return .absent
        } catch {
            throw serverFailure(error)
        }
        let result = await underLock()
        do throws(MySQLError) {
            try await connection.execute("UNLOCK TABLES")
        } catch {
            // The lock falls with the session; what happened to the table is known all the same.
            await connection.close()
        }
        return try result.get()
    }

    private func underLock() async -> Result<Outcome, Failure> {
        do throws(Failure) {
            try await verify()
            // Whatever waits now waits for this lock. A RENAME among it must be gone before the name is free.
            try await clearTheWay(waitingForOthers: false)
            do throws(MySQLError) {
                try await connection.execute("DROP TABLE \(name)")
            } catch {
                throw serverFailure(error)
            }
            return .success(.dropped)
        } catch {
            return .failure(error)
        }
    }

    // MARK: What it is

    private func exists() async throws(MySQLError) -> Bool {
        try await connection.query(
            """
            SELECT 1 FROM information_schema.TABLES WHERE TABLE_SCHEMA = \(.string(name.database.name)) \
            AND TABLE_NAME = \(.string(name.table.name))
            """
        ).isEmpty == false
    }

    /// A sentry must be one, and empty; the others must not be one of another kind.
    private func verify() async throws(Failure) {
        let seen: (type: String, isSentry: Bool, hasRows: Bool)
        do throws(MySQLError) {
            let row = try await connection.query(
                """
                SELECT TABLE_TYPE AS type, TABLE_COMMENT AS comment FROM information_schema.TABLES \
                WHERE TABLE_SCHEMA = \(.string(name.database.name)) AND TABLE_NAME = \(.string(name.table.name))
                """
            ).single()
            let columns = try await connection.query(
                """
                SELECT COLUMN_NAME AS name FROM information_schema.COLUMNS \
                WHERE TABLE_SCHEMA = \(.string(name.database.name)) AND TABLE_NAME = \(.string(name.table.name))
                """
            ).map { row throws(MySQLError) in try row.string("name") }
            let isSentry = SentryTable.isSentry(comment: try row.string("comment"), columns: columns, of: migration)
            let rows = isSentry ? try await connection.query("SELECT 1 FROM \(name) LIMIT 1").count : 0
            seen = (try row.string("type"), isSentry, rows > 0)
        } catch {
            throw serverFailure(error)
        }
        let problem: String? =
            switch artifact.kind {
            case _ where seen.type != "BASE TABLE": "it is a \(seen.type.lowercased())"
            case .sentryTable where !seen.isSentry: "it is no sentry table: it may be the old table with its rows"
            case .sentryTable where seen.hasRows: "it holds rows"
            case .shadowTable where seen.isSentry: "it is a sentry table"
            case .oldTable where seen.isSentry: "it is the sentry table: the old table was never put there"
            case .vitessMigration: "it is not a table"
            case .sentryTable, .shadowTable, .oldTable: nil
            }
        guard let problem else { return }
        throw Failure(
            .internalError,
            "\(name) is not what it should be, a \(artifact.kind.words) of migration \(migration.short).",
            cause: problem, now: "it was left alone", next: "look at the table; drop it by hand if nobody needs it")
    }

    // MARK: Who is on it

    /// Ends each RENAME that names the artifact and waits until it is gone; waits for other statements on it, if asked to.
    private func clearTheWay(waitingForOthers: Bool) async throws(Failure) {
        var waited = Duration.zero
        var ended: Set<UInt64> = []
        while true {
            let statements: [LiveStatement]
            do throws(MySQLError) {
                statements = try await LiveStatement.naming(name, on: connection)
                for rename in statements
                where rename.isRename && rename.waitsForLock && !ended.contains(rename.connection) {
                    try await Self.kill(rename.connection, on: connection)
                    ended.insert(rename.connection)
                }
            } catch {
                throw serverFailure(error)
            }
            guard let other = statements.first(where: { waitingForOthers || $0.isRename }) else { return }
            guard waited < patience else {
                throw Failure(
                    .artifactInUse, "\(name) is still in use after \(Figures.duration(waited)).",
                    cause: "connection \(other.connection), \(other.user) at \(other.host), in \(other.command)",
                    now: "it was not dropped and stays journalled", next: "end that statement, then try again")
            }
            do {
                try await clock.sleep(for: Self.pollInterval)
            } catch {
                throw Failure(
                    .interrupted, "Dropping \(name) was interrupted.", now: "it was not dropped and stays journalled")
            }
            waited += Self.pollInterval
        }
    }

    private static func kill(_ connectionID: UInt64, on connection: Connection) async throws(MySQLError) {
        do throws(MySQLError) {
            try await connection.execute(SQL(verbatim: "KILL \(connectionID)"))
        } catch  where error.isUnknownThread {
            return
        }
    }

    private func serverFailure(_ error: MySQLError) -> Failure {
        let now =
            error.outcome == .unknown ? "it may or may not exist any more" : "it was not dropped and stays journalled"
        if error.isLockWaitTimeout {
            return Failure(
                .artifactInUse, "\(name) is locked by another session.", cause: "\(error)", now: now, next: "try again")
        }
        return ServerFailure.from(error, .artifactInUse, "\(name) could not be dropped.", now: now, next: "try again")
    }
}

extension Artifact.Kind {
    /// As a person calls it.
    var words: String {
        switch self {
        case .shadowTable: "shadow table"
        case .sentryTable: "sentry table"
        case .oldTable: "old table"
        case .vitessMigration: "Vitess migration"
        }
    }
}
