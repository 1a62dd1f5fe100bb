internal import Core
internal import MySQLClient

/// Compares every row of the two tables while the application writes, before the shard may call itself ready.
///
/// A range is compared in one statement, hence as of one moment. The shadow is a moment behind, so a range in use may differ: it is
/// looked at again when everything that was in the binlog by then is applied, then in halves, and what still differs when it
/// is small is compared under shared row locks: nothing in it can change, the applier catches up, and the two must be equal.
/// The locks are never waited for (a copy could deadlock with the application otherwise) and cover at most `lockedRows` rows.
struct TableVerification: Sendable {
    static let lockedRows = 100
    /// How long rows may stay locked while the applier catches up.
    static let lockLimit = Duration.milliseconds(500)

    let statements: ChecksumStatements
    let borders: ChunkCopy
    let connections: ShardConnections
    let applier: ChangeApplier
    let clock: any Clock<Duration>
    /// Returns when the throttler lets the next range go.
    let allowed: @Sendable () async throws -> Void
    /// Told after each range how many rows were compared in all.
    let progressed: @Sendable (RowCount) -> Void

    /// - Returns: rows compared.
    /// - Throws: `Failure(.checksumMismatch)` naming the range.
    func run(target: Duration) async throws -> RowCount {
        // Everything the copy has read is in the shadow then, and nothing that is newer.
        try await catchUp()
        try await applier.refuseDuplicates()
        var pacer = ChunkPacer(target: target, rows: 2000)
        var lower: KeyBound?
        var rows: RowCount = 0
        // Rows above the last key of this moment come from events alone, and a tail that grows would never hold still.
        let last = try await connections.retrying("verify") { try await $0.query(borders.lastKey) }
            .first.map { try KeyBound($0.values) }
        guard let last else { return try await verify(KeyRange(lower: nil, upper: nil), size: 1) }
        while true {
            try await allowed()
            let upper = try await border(after: lower, notAbove: last, rows: pacer.rows) ?? last
            let range = KeyRange(lower: lower, upper: upper)
            let began = clock.measuring()
            let count = try await verify(range, size: pacer.rows)
            pacer.finished(count: max(Int(count), 1), took: began())
            rows += count
            progressed(rows)
            if upper == last { return rows }
            lower = upper
        }
    }

    private func verify(_ range: KeyRange, size: Int) async throws -> RowCount {
        for look in 0..<2 {
            if look > 0 { try await catchUp() }
            let row = try await connections.retrying("verify") { try await $0.query(statements.compare(range)) }.single()
            let (original, shadow) = (try row.string("a"), try row.string("b"))
            if original == shadow { return count(original) }
        }
        if size > Self.lockedRows, let middle = try await border(after: range.lower, notAbove: range.upper, rows: size / 2),
            middle != range.upper
        {
            let first = try await verify(KeyRange(lower: range.lower, upper: middle), size: size / 2)
            return try await first + verify(KeyRange(lower: middle, upper: range.upper), size: size - size / 2)
        }
        return try await verifyLocked(range)
    }

    private func catchUp() async throws {
        let position = try await connections.retrying("verify") { try await BinlogStream.currentPosition(on: $0).position }
        try await applier.waitUntilApplied(position)
    }

    private func verifyLocked(_ range: KeyRange) async throws -> RowCount {
        var pause = Duration.milliseconds(5)
        while true {
            if let (original, shadow) = try await lockedLook(range) {
                if original == shadow { return count(original) }
                throw mismatch(range, original, shadow)
            }
            try await clock.sleep(for: pause)
            pause = min(pause * 2, .milliseconds(200))
        }
    }

    /// `nil` when a row was locked by somebody, or the applier did not catch up in time: nothing is known then.
    private func lockedLook(_ range: KeyRange) async throws -> (String, String)? {
        let lock: SQL = borders.server.family == .mariadb ? " LOCK IN SHARE MODE" : " FOR SHARE NOWAIT"
        // REPEATABLE READ locks the gaps too: no row can appear in the range either.
        // Row locks of an engine that vanished without a word go after a few idle seconds.
        var setup: [SQL] = ["SET SESSION TRANSACTION ISOLATION LEVEL REPEATABLE READ", "SET SESSION wait_timeout = 5"]
        if borders.server.family == .mariadb { setup.append("SET SESSION innodb_lock_wait_timeout = 0") }
        return try await connections.retrying("verify locked", setup: setup) { connection in
            try await connection.execute("START TRANSACTION")
            let result: Result<(String, String)?, any Error>
            do {
                let original = try await connection.query(statements.original(range, locking: lock)).single().string(0)
                let position = try await BinlogStream.currentPosition(on: connection).position
                try await within(Self.lockLimit, on: clock) { try await applier.waitUntilApplied(position) }
                result = .success((original, try await connection.query(statements.shadow(range)).single().string(0)))
            } catch let error as MySQLError where error.isLockConflict {
                result = .success(nil)
            } catch is DeadlinePassed {
                result = .success(nil)
            } catch {
                result = .failure(error)
            }
            if await connection.isOpen { try await connection.execute("ROLLBACK") }
            return try result.get()
        }
    }

    private func border(after lower: KeyBound?, notAbove upper: KeyBound?, rows: Int) async throws -> KeyBound? {
        let question = borders.border(after: lower, notAbove: upper, rows: rows)
        return try await connections.retrying("verify") { try await $0.query(question) }.first.map { try KeyBound($0.values) }
    }

    private func count(_ checksum: String) -> RowCount {
        RowCount(checksum.prefix { $0 != ":" }) ?? 0
    }

    private func mismatch(_ range: KeyRange, _ original: String, _ shadow: String) -> Failure {
        let counts = "\(count(original)) rows against \(count(shadow)) in the shadow table"
        let from = range.lower.map { $0.literals.joined(separator: ", ") } ?? "the first row"
        let to = range.upper.map { $0.literals.joined(separator: ", ") } ?? "the last"
        return Failure(
            .checksumMismatch,
            "The two tables do not hold the same rows.",
            cause: "key from \(from) to \(to): \(counts). A new unique key over values that are not unique, or a conversion "
                + "that loses something, does this.",
            now: "the original table is in place and complete; nothing was swapped",
            next: "compare the range in both tables, then cancel the migration and mend the data or the ALTER")
    }
}
