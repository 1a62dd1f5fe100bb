package import Core
package import MySQLClient
package import Schema

/// The altered, empty copy of the table, made by the server itself: `CREATE TABLE … LIKE`, then the user's clauses on it.
///
/// It carries no mark of ours: a table comment or an extra column would be part of the final table. It is recognised by its
/// exact name, which holds the migration's number, and by the journal, which knew the name before the table existed.
package enum ShadowTable {
    /// Creates the shadow table and returns it as the server describes it, AUTO_INCREMENT carried over.
    ///
    /// The clauses run under the session's `sql_mode` (see `SessionSetup.standard`), so that the server reads them as
    /// `AlterStatement` did. On the empty table it does not matter by which algorithm the server alters.
    /// - Throws: `.alterRejected` in the server's words; `.preflightRefused` when the name is taken or `LIKE` loses something;
    ///   in each case nothing of ours is left, or the failure says that the table is. `.connectionLost`: it may exist.
    package static func create(
        on connection: Connection, original: InspectedTable, name shadow: String, alter: AlterStatement,
        lockWait: Duration = .seconds(2)
    ) async throws(Failure) -> InspectedTable {
        let source: QualifiedName
        let target: QualifiedName
        do throws(MySQLError) {
            source = try QualifiedName(database: original.database, table: original.name)
            target = try QualifiedName(database: original.database, table: shadow)
            try await connection.execute(LockWait.statement(lockWait))
            try await connection.execute("CREATE TABLE \(target) LIKE \(source)")
        } catch  where error.isTableExists {
            throw Failure(
                .preflightRefused, "The table \(original.database).\(shadow) exists already.", cause: "\(error)",
                now: "nothing was created", next: "see whose it is; drop or rename it, then retry")
        } catch {
            throw ServerFailure.from(
                error, .preflightRefused, "The shadow table of \(original.name) could not be created.",
                now: error.outcome == .notExecuted
                    ? "nothing was created" : "the shadow table may exist; it is journalled")
        }
        do throws(Failure) {
            return try await fill(connection, original, target, alter)
        } catch  where error.kind != .connectionLost {
            throw await undone(error, target, connection)
        }
    }

    /// Compares what LIKE made, runs the clauses, reads the result.
    private static func fill(
        _ connection: Connection, _ original: InspectedTable, _ target: QualifiedName, _ alter: AlterStatement
    ) async throws(Failure) -> InspectedTable {
        let copy = try await inspected(connection, target)
        let losses = DefinitionText.losses(original: original.createStatement, copy: copy.createStatement)
        guard losses.isEmpty else {
            throw Failure(
                .preflightRefused, "The server's own copy of \(original.name) is not defined like it.",
                cause: losses.joined(separator: "; "),
                next: "remove what cannot be copied from the table, then plan again")
        }
        do throws(MySQLError) {
            try await connection.execute("ALTER TABLE \(target) \(SQL(verbatim: alter.clausesText))")
        } catch {
            throw ServerFailure.from(
                error, .alterRejected, "The server rejected the ALTER of \(original.name).",
                next: "correct the clauses and submit the migration again")
        }
        do throws(MySQLError) {
            try await carryAutoIncrement(
                on: connection, database: original.database, from: original.name, to: target.table.name)
        } catch {
            throw ServerFailure.from(
                error, .alterRejected, "The AUTO_INCREMENT value of \(original.name) does not fit the altered table.",
                next: "keep the column's type wide enough, then submit the migration again")
        }
        let shadow = try await inspected(connection, target)
        guard shadow.kind == .table, shadow.model.engine.lowercased() == "innodb" else {
            throw Failure(
                .alterRejected, "The altered table would not be an ordinary InnoDB table.",
                cause: "engine \(shadow.model.engine)", next: "leave the engine as it is")
        }
        return shadow
    }

    private static func inspected(
        _ connection: Connection, _ name: QualifiedName
    ) async throws(Failure) -> InspectedTable {
        do throws(MySQLError) {
            if let table = try await TableInspector.inspect(
                connection, database: name.database.name, table: name.table.name)
            {
                return table
            }
            throw MySQLError.unusableAnswer("\(name) is not listed in information_schema")
        } catch {
            throw ServerFailure.from(error, .internalError, "The shadow table \(name) could not be read.")
        }
    }

    /// The failure, with what became of the table.
    private static func undone(_ failure: Failure, _ target: QualifiedName, _ connection: Connection) async -> Failure {
        let now: String
        do throws(MySQLError) {
            // Ours and empty: it was made on this session a moment ago, and nobody else knows the name.
            try await connection.execute("DROP TABLE \(target)")
            now = "nothing has changed: the shadow table was dropped again"
        } catch  where error.isUnknownTable {
            now = "nothing has changed"
        } catch {
            now = "the table is unchanged; the shadow table \(target) remains and is journalled (\(error))"
        }
        return Failure(failure.kind, failure.what, cause: failure.cause, now: now, next: failure.next)
    }

    /// Raises the shadow table's next AUTO_INCREMENT value to the original's, and returns the value that holds then; `nil` when one
    /// of them numbers nothing. Never lowers it. Harmless to repeat.
    ///
    /// Needed at creation, and again when the original is locked: numbers given to rows that were rolled back or deleted leave
    /// no row to copy, and must not be given out a second time.
    /// - Throws: what the server answered; the value is then as it was.
    @discardableResult
    package static func carryAutoIncrement(
        on connection: Connection, database: String, from original: String, to shadow: String
    ) async throws(MySQLError) -> UInt64? {
        if connection.serverInfo.family == .mysql {
            try await connection.execute("SET SESSION information_schema_stats_expiry = 0")
        }
        guard let wanted = try await next(connection, database, original),
            let present = try await next(connection, database, shadow)
        else { return nil }
        guard wanted > present else { return present }
        let target = try QualifiedName(database: database, table: shadow)
        try await connection.execute("ALTER TABLE \(target) AUTO_INCREMENT = \(.uint(wanted))", values: .literal)
        return wanted
    }

    /// The table's next number; 1 for a numbered table that never gave one; `nil` for a table without numbering.
    private static func next(
        _ connection: Connection, _ database: String, _ table: String
    ) async throws(MySQLError) -> UInt64? {
        let row = try await connection.query(
            """
            SELECT t.AUTO_INCREMENT AS next, (SELECT COUNT(*) FROM information_schema.COLUMNS c \
            WHERE c.TABLE_SCHEMA = t.TABLE_SCHEMA AND c.TABLE_NAME = t.TABLE_NAME AND c.EXTRA LIKE '%auto_increment%') AS numbered \
            FROM information_schema.TABLES t \
            WHERE t.TABLE_SCHEMA = \(.string(database)) AND t.TABLE_NAME = \(.string(table))
            """
        ).single()
        return try row.int("numbered") == 0 ? nil : try row.optionalUInt("next") ?? 1
    }
}

/// The session's limit for waiting on metadata locks.
enum LockWait {
    /// `SET SESSION lock_wait_timeout`; both families take whole seconds, MySQL at least 1.
    static func statement(_ wait: Duration) -> SQL {
        let seconds = max(1, Int64(wait.inSeconds.rounded(.up)))
        return SQL(verbatim: "SET SESSION lock_wait_timeout = \(seconds)")
    }
}
