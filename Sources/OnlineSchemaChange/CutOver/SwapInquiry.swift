internal import Core
internal import MySQLClient

/// Asks a server whether the swap happened, when the connection that would have said so was lost.
///
/// An answer given while a RENAME of ours may still be carried out could turn wrong a moment later. So, until nothing is found:
///
/// 1. A RENAME that *waits for locks* is ended, and seen gone. One that is *at work* is waited for: it is past the point where ending it
///    is a kindness (`CommitWait`), and it takes no longer than a commit.
/// 2. A packet that was sent and not yet read is in no list: its session looks idle. But that session holds the write lock on the
///    original, and keeps it until it has read the packet or is gone. A plain read of the original passes only when
///    nobody has that lock. It asks for the weakest lock there is, so no statement of the application waits behind it.
///
/// Then the names tell: RENAME moves both tables or none, so the shadow's name is taken before the swap and free after it.
struct SwapInquiry: Sendable {
    enum Answer: Equatable, Sendable { case swapped, notSwapped, neither }

    let original: QualifiedName
    let shadow: QualifiedName
    let old: QualifiedName

    let clock: any Clock<Duration>

    /// Between two looks at what goes on.
    private static let pause = Duration.milliseconds(50)
    /// How long the locks of a lost session may stay before the question counts as unanswered. A session of ours that was abandoned
    /// ends by itself long before.
    static let patience = Duration.seconds(60)

    /// - Throws: `Failure(.lockWaitTimeout)` when a RENAME or the lock does not go away; the swap may still happen then. Connection
    ///   errors.
    func ask(_ connection: Connection) async throws -> Answer {
        try await connection.execute("SET SESSION lock_wait_timeout = 1")
        let waited = clock.measuring()
        while true {
            var found = try await renames(connection)
            try await end(found.filter(\.waitsForLock), connection)
            // Read, and looked at again: a packet that was unread a moment ago may be at work now.
            if found.isEmpty, try await isReadable(connection) {
                found = try await renames(connection)
                if found.isEmpty { return try await names(connection) }
            }
            guard waited() < Self.patience else {
                throw Failure(
                    .lockWaitTimeout,
                    "`\(original.table.name)` is still locked, perhaps by the cut-over that was lost.",
                    cause: found.first.map { "connection \($0.connection): \($0.state)" },
                    now: "whether it was swapped cannot be told yet", next: "it is asked again")
            }
            try await clock.sleep(for: Self.pause)
        }
    }

    private func names(_ connection: Connection) async throws -> Answer {
        let rows = try await connection.query(
            """
            SELECT TABLE_NAME FROM information_schema.TABLES WHERE TABLE_SCHEMA = \(.string(original.database.name)) \
            AND TABLE_NAME IN (\([original, shadow, old].map { SQLValue.string($0.table.name) }))
            """)
        var names: Set<String> = []
        for row in rows { names.insert(try row.string(0).lowercased()) }
        func has(_ name: QualifiedName) -> Bool { names.contains(name.table.name.lowercased()) }
        if has(original), has(shadow) { return .notSwapped }
        if has(original), has(old), !has(shadow) { return .swapped }
        return .neither
    }

    /// Nobody holds the write lock on the original. A table that is not there is locked by nobody.
    private func isReadable(_ connection: Connection) async throws(MySQLError) -> Bool {
        do throws(MySQLError) {
            _ = try await connection.query("SELECT 1 FROM \(original) LIMIT 0")
            return true
        } catch  where error.isLockWaitTimeout {
            return false
        } catch  where error.isUnknownTable {
            return true
        }
    }

    /// The shadow's name stands in no RENAME but ours.
    private func renames(_ connection: Connection) async throws(MySQLError) -> [LiveStatement] {
        try await LiveStatement.naming(shadow, on: connection).filter(\.isRename)
    }

    private func end(_ waiting: [LiveStatement], _ connection: Connection) async throws(MySQLError) {
        for rename in waiting {
            do throws(MySQLError) {
                try await connection.execute("KILL CONNECTION " + SQL(verbatim: "\(rename.connection)"))
            } catch  where error.isUnknownThread {
                continue
            }
        }
    }
}
