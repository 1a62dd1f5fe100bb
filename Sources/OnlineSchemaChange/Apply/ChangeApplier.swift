internal import Core
internal import MySQLClient

/// Carries the original table's changes over to the shadow table.
///
/// # Why no row is lost and none comes back
///
/// Let the stream begin at binlog position P₀, read before the first chunk is copied. Three rules:
///
/// 1. **Events win.** Every change after P₀ is written to the shadow as a whole row image: an insert or update as `REPLACE`,
///    a delete as `DELETE`, a key-changing update as `DELETE` of the old key and `REPLACE` of the new one. All are applied, in
///    binlog order, whether or not the copy has reached the key.
/// 2. **The copy never overwrites.** A chunk inserts only keys that the shadow does not have (`ON DUPLICATE KEY UPDATE k = k`).
/// 3. **The copy reads with locks.** A chunk reads the original with shared row locks and holds them until its rows are
///    committed in the shadow (one autocommitted `INSERT … SELECT`).
///
/// Take any row r at the moment when everything up to position E is applied and the copy is complete.
///
/// *r changed after P₀.* Let e be its last event up to E. Whatever was in the shadow before, e wrote r's last image or removed
/// it (rule 1). Could a chunk have undone that? A chunk that reads r holds a shared lock on it until its own rows are committed.
/// So e's transaction either had committed before the chunk read r, and the chunk read r as e left it; or it could commit only
/// after the chunk's rows were committed, and then e reaches us after the chunk is done and overwrites what the chunk wrote. In the
/// first case the chunk finds r's key in the shadow and leaves it alone (rule 2), or puts there the very image that e carries,
/// or, for a delete, finds no row to copy. Events before e that are applied late only make the shadow briefly older; e follows.
///
/// *r did not change after P₀.* Then it was committed before P₀ was read, or its transaction had reached the binlog and not yet
/// InnoDB. A plain read could miss it in that second case, and an early event could be undone by a stale read: events
/// arrive before their rows are visible (measured in 2–3 % of re-reads, up to 689 ms late). A locking read cannot: it waits for the
/// transaction's locks or sees its rows. So the chunk that covers r copies it. Chunks cover the whole key space without gaps:
/// each begins where the one before ended and the last has no upper end. No event touches r, and no other row's event can remove
/// it, except through a second unique key, which is next.
///
/// *Unique keys besides the row's own.* `REPLACE` removes any row that has one of the new row's unique values. When it removes
/// another row o, then at that point of the binlog o did not have this value, so the shadow's o was ahead of the events; the
/// event that gave o the value comes later and writes o whole. A chunk that skips o because of a stale row's unique value is the
/// same case: the value moved to o by an event that is still to come. A unique key that the ALTER *adds* has no such event
/// behind it: duplicates in the data do lose rows then. The checksum of every row refuses those there are when it runs; before it
/// begins the shadow has caught up with the copy, and from then on (`refuseDuplicates`) rows are written by `DELETE` of their own
/// key and plain `INSERT`, so that a duplicate the application writes later is an error and not a row that goes in silence.
///
/// *Order and batches.* Changes are folded per key (`RowBatch`) only within one flush, and flushes follow one another, so each
/// key sees its events in order. A flush may be performed twice: after an error whose outcome is unknown it is sent again whole,
/// which rewrites the same images. `applied` moves only after the flush is committed, so a restart from it replays, never skips;
/// replaying converges by the argument above. Deadlocks and lost connections retry; any other error ends the run. A flush whose
/// session was lost may still be at work on the server, and must not write its older images over newer ones: each new session
/// first locks the shadow table for a moment, which waits for whatever transaction is on it (`settle`).
///
/// *Parallel chunks.* The argument looks at one row and the one chunk that covers it; chunks never overlap.
///
/// *Under the cut-over's lock* no transaction on the table is open and none can begin; every event there will ever be is before
/// the position read then. When that position is applied, the two tables hold the same rows.
///
/// The applier's writes themselves are ordered by one task: `run`.
final class ChangeApplier: Sendable {
    /// Changes folded into one flush at most.
    static let flushLimit = 2000
    /// Bytes of their images at most, but for the last transaction's part.
    static let flushByteLimit = 8 << 20
    /// Changes waiting at most; then the stream is not read further.
    static let inboxLimit = 20_000
    /// Bytes of their images at most, but for the last part.
    static let inboxByteLimit = 64 << 20

    /// Changes, and how far the shadow is when they are in it.
    private struct Entry {
        var changes: [RowChange]
        var bytes: Int
        var end: BinlogPosition

        init(_ changes: [RowChange], end: BinlogPosition) {
            self.changes = changes
            self.end = end
            bytes = changes.reduce(0) { $0 + $1.byteCount }
        }
    }

    private struct State {
        var inbox: [Entry] = []
        var inboxChanges = 0
        var inboxBytes = 0
        var received: BinlogPosition
        var applied: BinlogPosition
        var changes: RowCount = 0
        var pauses = 0
        var isFlushing = false
        /// Where flushes go instead of the applier's own connection: the session that holds the table locks.
        var detour: Connection?
        var refusesDuplicates = false
        /// The session that `settle` was done for.
        var settled: UInt64?
    }

    private let state: Monitored<State>
    private let pair: TablePair
    private let statements: ChangeStatements
    private let connections: ShardConnections

    /// - Parameter start: where the stream begins: everything before it is in the shadow, or will be copied.
    init(_ pair: TablePair, connections: ShardConnections, start: BinlogPosition) {
        self.pair = pair
        self.connections = connections
        statements = ChangeStatements(pair)
        state = Monitored(State(received: start, applied: start))
    }

    /// Every change before it is committed in the shadow.
    var applied: BinlogPosition { state.withLock { $0.applied } }
    /// How far the stream has been read.
    var received: BinlogPosition { state.withLock { $0.received } }
    /// Row changes applied since the start.
    var changesApplied: RowCount { state.withLock { $0.changes } }
    /// Row changes received and not yet applied.
    var backlog: Int { state.withLock { $0.inboxChanges } }

    /// Hands over what the stream delivered, waiting while the inbox is full.
    func offer(_ transaction: BinlogTransaction) async throws {
        // In the middle of a transaction nothing new is whole: a restart goes on at the border before it.
        try await offer(
            Entry(transaction.changes.map(\.row), end: transaction.isLastPart ? transaction.end : transaction.start))
    }

    /// The stream has read so far and found nothing for us.
    func offer(_ position: BinlogPosition) async throws { try await offer(Entry([], end: position)) }

    private func offer(_ entry: Entry) async throws {
        try await state.wait { state -> Void? in
            guard state.inboxChanges < Self.inboxLimit, state.inboxBytes < Self.inboxByteLimit else { return nil }
            state.inboxChanges += entry.changes.count
            state.inboxBytes += entry.bytes
            state.received = max(state.received, entry.end)
            // Progress alone needs no place of its own: it moves the last entry's end.
            if entry.changes.isEmpty, let last = state.inbox.indices.last {
                state.inbox[last].end = max(state.inbox[last].end, entry.end)
            } else {
                state.inbox.append(entry)
            }
            return ()
        }
    }

    /// Waits until everything before `position` is committed in the shadow.
    func waitUntilApplied(_ position: BinlogPosition) async throws {
        try await state.wait { $0.applied >= position ? () : nil }
    }

    /// Lets the flush under way end and starts no other until `resume`: `LOCK TABLES` on the shadow must not meet one.
    func pause() async throws {
        state.withLock { $0.pauses += 1 }
        do {
            try await state.wait { $0.isFlushing ? nil : () }
        } catch {
            resume(through: nil)
            throw error
        }
    }

    /// Goes on after `pause`, through `connection` when the shadow is locked by that session.
    func resume(through connection: Connection?) {
        state.withLock { state in
            state.pauses -= 1
            state.detour = connection
        }
    }

    /// Back to the applier's own connection. A flush under way on the detour goes on there while it can, and is done again whole on
    /// the own connection when it cannot.
    func endDetour() { state.withLock { $0.detour = nil } }

    /// From now on a row that has another row's value in a unique key of the ALTER's own is an error. Everything the copy has read
    /// must be applied before.
    func refuseDuplicates() async throws {
        guard !pair.newUniqueKeys.isEmpty else { return }
        try await state.wait { state -> Void? in
            guard !state.isFlushing else { return nil }
            state.refusesDuplicates = true
            return ()
        }
    }

    /// Applies until cancelled.
    /// - Throws: `Failure` when a change cannot be written; the shadow is as of `applied` then.
    func run() async throws {
        while true {
            let (entries, detour): ([Entry], Connection?) = try await state.wait {
                state -> ([Entry], Connection?)? in
                guard !state.inbox.isEmpty, state.pauses == 0 else { return nil }
                state.isFlushing = true
                var (count, bytes) = (0, 0)
                let end = state.inbox.firstIndex { entry in
                    defer { (count, bytes) = (count + entry.changes.count, bytes + entry.bytes) }
                    return count > 0
                        && (count + entry.changes.count > Self.flushLimit || bytes + entry.bytes > Self.flushByteLimit)
                }
                let taken = Array(state.inbox[..<(end ?? state.inbox.count)])
                state.inbox.removeFirst(taken.count)
                return (taken, state.detour)
            }
            do {
                let count = try await flush(entries, through: detour)
                state.withLock { state in
                    state.isFlushing = false
                    state.inboxChanges -= entries.reduce(0) { $0 + $1.changes.count }
                    state.inboxBytes -= entries.reduce(0) { $0 + $1.bytes }
                    state.changes += RowCount(count)
                    state.applied = max(state.applied, entries[entries.count - 1].end)
                }
            } catch {
                state.withLock { $0.isFlushing = false }
                throw error
            }
        }
    }

    private func flush(_ entries: [Entry], through detour: Connection?) async throws -> Int {
        var batch = RowBatch()
        for entry in entries {
            for change in entry.changes { try fold(change, into: &batch) }
        }
        guard !batch.isEmpty else { return 0 }
        let isStrict = state.withLock { $0.refusesDuplicates }
        let statements: [SQL]
        do { statements = try self.statements.statements(batch, refusesDuplicates: isStrict) } catch {
            throw failure("A change of `\(pair.original.table.name)` cannot be written to the shadow table.", error.message)
        }
        var way = detour
        while let session = way {
            // Under LOCK TABLES a transaction may not be started (it would unlock): each statement commits by itself.
            do {
                for statement in statements { try await session.execute(statement) }
                return batch.changeCount
            } catch {
                // Whether its locks still stand is not known, so nothing may count as applied until the hold is over.
                try Task.checkCancellation()
                way = try await wayAfter(session)
            }
        }
        do {
            try await send(ChangeStatements.packets(statements))
        } catch let error as MySQLError where error.isDuplicateKey && isStrict {
            throw failure("The application wrote a row that the new unique key refuses.", "\(error)")
        }
        return batch.changeCount
    }

    /// Waits until a detour that failed is over, and until flushing is allowed; returns where to flush then.
    private func wayAfter(_ broken: Connection) async throws -> Connection? {
        state.withLock { $0.isFlushing = false }
        return try await state.wait { state -> Connection?? in
            guard state.detour !== broken, state.pauses == 0 else { return nil }
            state.isFlushing = true
            return .some(state.detour)
        }
    }

    /// One transaction on the own connection.
    private func send(_ packets: [(statements: [SQL], bytes: Int)]) async throws {
        try await connections.retrying("apply") { connection in
            try await settle(connection)
            let largest = packets.map(\.bytes).max() ?? 0
            if largest > ChangeStatements.bytesPerPacket { try await requirePacket(largest, on: connection) }
            do {
                for packet in packets { _ = try await connection.executeAll(packet.statements) }
            } catch let error as MultiStatementError {
                if await connection.isOpen { try await connection.execute("ROLLBACK") }
                throw error.error
            }
        }
    }

    /// Once a session, before its first flush: waits until no transaction is on the shadow that a lost session, or an engine that
    /// was killed, left behind.
    private func settle(_ connection: Connection) async throws(MySQLError) {
        let id = connection.connectionID
        guard state.withLock({ $0.settled }) != id else { return }
        try await connection.execute("SET SESSION lock_wait_timeout = 60")
        try await connection.execute("LOCK TABLES \(pair.shadow) WRITE")
        try await connection.execute("UNLOCK TABLES")
        state.withLock { $0.settled = id }
    }

    /// A row that does not fit into a packet would only end the connection, again and again.
    private func requirePacket(_ bytes: Int, on connection: Connection) async throws {
        let limit = try await connection.query("SELECT @@max_allowed_packet").single().uint(0)
        guard UInt64(bytes) + 1024 > limit else { return }
        throw failure(
            "A row of `\(pair.original.table.name)` is too large to be written to the shadow table.",
            "the statement has \(bytes) bytes, max_allowed_packet is \(limit)")
    }

    private func failure(_ what: String, _ cause: String) -> Failure {
        Failure(
            .applyFailed, what, cause: cause, now: "the original table is not affected", next: "cancel the migration")
    }

    private func fold(_ row: RowChange, into batch: inout RowBatch) throws(Failure) {
        switch row {
        case .insert(let image): batch.insert(try key(of: image), image)
        case .delete(let image): batch.delete(try key(of: image))
        case .update(before: let old, after: let new): batch.update(from: try key(of: old), to: try key(of: new), new)
        }
    }

    private func key(of image: [SQLValue]) throws(Failure) -> RowBatch.Key {
        guard image.count == pair.originalColumnCount else {
            throw Failure(
                .tableChanged, "A row of `\(pair.original.table.name)` in the binlog has \(image.count) columns, not "
                    + "\(pair.originalColumnCount).", now: "the original table is not affected",
                next: "somebody altered the table: cancel, and plan again")
        }
        return pair.key.map { image[$0.ordinal] }
    }
}

extension RowChange {
    /// About what its images take in memory.
    fileprivate var byteCount: Int {
        func bytes(_ image: [SQLValue]) -> Int { image.reduce(64) { $0 + 32 + ($1.rawBytes?.count ?? 0) } }
        return switch self {
        case .insert(let image), .delete(let image): bytes(image)
        case .update(before: let old, after: let new): bytes(old) + bytes(new)
        }
    }
}
