/// Turns events into committed transactions of the subscribed tables. Pure: events in, items out.
///
/// - Changes leave only at their commit. Until then they are held as the bytes that came, up to `heldBytes`; a transaction
///   beyond that is dropped from memory and, once its commit was seen, named in `reread`: the caller reads it a second time from
///   its start, and now that it is known to be committed its rows leave part by part. Nothing grows with the transaction.
/// - ROLLBACK drops; ROLLBACK TO SAVEPOINT drops what came after it (on the wire only beside non-transactional changes).
/// - A two-phase XA transaction on a subscribed table is refused at its PREPARE: its COMMIT may come any time later, and holding
///   the resume position until then would hold it for ever. XA COMMIT in one phase is a commit like any other.
/// - The border moves only between groups: it is where reading may resume with nothing lost and nothing twice.
package struct TransactionAssembler: Sendable {
    /// A committed transaction that was too large to hold.
    package struct Reread: Equatable, Sendable {
        /// Where to read again.
        package let start: BinlogPosition
        /// Where it ends.
        package let end: BinlogPosition
        /// Changes that were delivered already.
        package internal(set) var delivered = 0
    }

    /// The bounds of memory and of parts.
    package struct Limits: Equatable, Sendable {
        /// Bytes of row events held for one open transaction.
        package var heldBytes = 32 << 20
        /// Rows in one part.
        package var partRows = 1000
        /// Bytes of row images in one part.
        package var partBytes = 1 << 20
        /// Names of prepared XA transactions remembered.
        package var preparedXA = 10_000

        /// 32 MiB held, parts of 1000 rows or 1 MiB.
        package init() {}
    }

    private struct Group {
        let gtid: TransactionGTID?
        let start: BinlogPosition
        let committedAt: UInt64?
        let isExcluded: Bool
        var isBegun: Bool
        var xaName: String?
        var held: [(QualifiedName, TableLayout, RowsEvent)] = []
        var heldBytes = 0
        var overflowed: QualifiedName?
        var savepoints: [(name: String, count: Int)] = []
    }

    private let subscriptions: [QualifiedName: [ColumnInfo]]
    private let judge: StatementJudge
    private let limits: Limits
    private let excluded: GTIDPosition?
    private let trustsUnknownXA: Bool
    private var names: [String: [String: QualifiedName]] = [:]
    private var layouts: [UInt64: (QualifiedName, TableLayout)] = [:]
    private var mapped: Set<UInt64> = []
    private var checkedMaps: [QualifiedName: (TableMap, TableLayout)] = [:]
    private var group: Group?
    private var prepared: Set<String> = []
    private var ddl: [BinlogDDL] = []
    private var delivery: Delivery?

    /// Where the next event begins.
    package private(set) var readPosition: BinlogPosition
    /// The end of the last group read whole: everything before it has left, or leaves with the items still to be taken.
    package private(set) var border: BinlogPosition
    /// Set when a committed transaction has to be read again; no event may be given until `restart`.
    package private(set) var reread: Reread?

    /// - Parameters:
    ///   - excluded: a GTID start: transactions in it are passed over.
    ///   - trustsUnknownXA: take XA COMMITs of transactions prepared before the start as harmless.
    package init(
        start: BinlogPosition, tables: [QualifiedName: [ColumnInfo]], limits: Limits = Limits(),
        excluded: GTIDPosition? = nil, trustsUnknownXA: Bool = false
    ) {
        subscriptions = tables
        judge = StatementJudge(tables: tables.keys)
        self.limits = limits
        self.excluded = excluded
        self.trustsUnknownXA = trustsUnknownXA
        readPosition = start
        border = start
        for table in tables.keys { names[table.database.name, default: [:]][table.table.name] = table }
    }

    /// Forgets the open group: reading begins again at the returned border.
    package mutating func restart() -> BinlogPosition {
        group = nil
        layouts = [:]
        mapped = []
        if var again = reread {
            if let delivery { again.delivered = delivery.delivered }
            reread = again
            delivery = nil
        }
        let place = reread?.start ?? border
        readPosition = place
        return place
    }

    // MARK: Events

    /// Takes one event; take the items it brought with `next` before the next one.
    /// - Parameters:
    ///   - payloadHeader: the header of the payload the event came in, `nil` for an event of the log itself.
    package mutating func consume(
        _ event: BinlogEvent, in payloadHeader: BinlogEventHeader? = nil
    ) throws(BinlogRefusal) {
        if payloadHeader == nil { advance(event) }
        switch event.body {
        case .rotate(let position):
            readPosition = position
            layouts = [:]
            mapped = []
        case .formatDescription, .stop:
            // A server that crashed leaves an open group behind; it never was committed.
            if !event.header.isArtificial, event.header.nextOffset != 0 { group = nil }
        case .gtid(let gtid): open(gtid)
        case .query(let database, let text): try query(text, database, event.header)
        case .commit: commit(event.header)
        case .tableMap(let map): try introduce(map)
        case .rows(let rows): try hold(rows)
        case .heartbeat(let position): if group == nil { heartbeat(position) }
        case .xaPrepare(let isOnePhase): try xaPrepare(isOnePhase, event.header)
        case .incident(let text): throw BinlogRefusal(.incident(text))
        case .transactionPayload, .statementText, .previousGTIDs, .gtidList, .startEncryption, .ignored: break
        }
        // A transaction that has to be read again is not behind us yet.
        if group == nil, reread == nil { border = readPosition }
    }

    /// Follows the position. The header has 32 bits of it; a file may be longer, so the upper ones are carried along.
    private mutating func advance(_ event: BinlogEvent) {
        let low = UInt64(event.header.nextOffset)
        if low == 0 || event.header.isArtificial { return }
        switch event.body {
        case .heartbeat, .rotate: return
        default: break
        }
        readPosition.offset = Self.widen(low, near: readPosition.offset)
    }

    private static func widen(_ low: UInt64, near known: UInt64) -> UInt64 {
        let same = known & ~0xFFFF_FFFF | low
        if same >= known { return same }
        let wrapped = known & 0xFFFF_FFFF > 0xC000_0000 && low < 0x4000_0000
        return wrapped ? same + 1 << 32 : known
    }

    private mutating func heartbeat(_ position: BinlogPosition) {
        guard position.file == readPosition.file else { return }
        readPosition.offset = max(
            readPosition.offset,
            position.offset > 0xFFFF_FFFF ? position.offset : Self.widen(position.offset, near: readPosition.offset))
    }

    private mutating func open(_ event: GTIDEvent) {
        let begins: Bool
        switch event.gtid {
        // MariaDB's GTID stands for BEGIN, unless one statement follows.
        case .mariadb: begins = !event.isStandalone && event.xa != .completed
        case .mysql, .anonymous: begins = false
        }
        group = Group(
            gtid: event.gtid, start: border, committedAt: event.committedAtMicroseconds,
            isExcluded: excluded?.contains(event.gtid) ?? false, isBegun: begins)
        if case .prepared(let name) = event.xa { group?.xaName = name }
        beginSecondReading()
    }

    private mutating func begin(xa: String? = nil) {
        if group == nil {
            group = Group(gtid: nil, start: border, committedAt: nil, isExcluded: false, isBegun: true)
            beginSecondReading()
        }
        group?.isBegun = true
        if let xa { group?.xaName = xa }
    }

    private mutating func beginSecondReading() {
        guard let again = reread, let group, group.start == again.start else { return }
        delivery = Delivery(
            gtid: group.gtid, start: again.start, end: again.end, committedAt: group.committedAt,
            skipping: again.delivered)
    }

    private mutating func query(_ text: String, _ database: String, _ header: BinlogEventHeader) throws(BinlogRefusal) {
        let verdict = judge.judge(text, database: database)
        let isExcluded = group?.isExcluded ?? false
        switch verdict {
        case .begin: return begin()
        case .xaBegin(let name): return begin(xa: name)
        case .commit: return commit(header)
        case .rollback: return end()
        case .savepoint(let name):
            let count = group?.held.count ?? 0
            group?.savepoints.append((name, count))
        case .rollbackTo(let name): return try rollBack(to: name)
        case .nothing: return
        case .xaCommit(let name):
            if prepared.remove(name) == nil, !trustsUnknownXA, !isExcluded {
                throw BinlogRefusal(.xaUnknown(xid: name))
            }
        case .xaRollback(let name): prepared.remove(name)
        case .unrelated: break
        case .ddl(let kind, let tables):
            if !isExcluded, reread == nil {
                ddl.append(
                    BinlogDDL(
                        kind: kind, tables: tables, statement: text, database: database, serverID: header.serverID,
                        gtid: group?.gtid, start: group?.start ?? border, end: readPosition))
            }
            for table in tables { checkedMaps[table] = nil }
        case .change(let table):
            if !isExcluded { throw BinlogRefusal(.statementChange(table: table.plain, statement: text.shortened)) }
        case .routine:
            if !isExcluded { throw BinlogRefusal(.statementRoutine(statement: text.shortened)) }
        }
        // A statement without BEGIN is its own group.
        if group?.isBegun != true { end() }
    }

    private mutating func rollBack(to name: String) throws(BinlogRefusal) {
        guard var open = group else { return }
        if let table = open.overflowed { throw BinlogRefusal(.savepointInLargeTransaction(table: table.plain)) }
        guard let index = open.savepoints.lastIndex(where: { $0.name.lowercased() == name.lowercased() }) else {
            throw BinlogRefusal(.malformed("ROLLBACK TO an unknown savepoint \(name)"))
        }
        open.held.removeSubrange(open.savepoints[index].count...)
        open.savepoints.removeSubrange((index + 1)...)
        open.heldBytes = open.held.reduce(0) { $0 + $1.2.byteCount }
        group = open
    }

    private mutating func xaPrepare(_ isOnePhase: Bool, _ header: BinlogEventHeader) throws(BinlogRefusal) {
        if isOnePhase { return commit(header) }
        guard let open = group else { return }
        if let table = open.held.first?.0 ?? open.overflowed { throw BinlogRefusal(.xaPrepared(table: table.plain)) }
        if let name = open.xaName, prepared.count < limits.preparedXA { prepared.insert(name) }
        end()
    }

    // MARK: Rows

    private mutating func introduce(_ map: TableMap) throws(BinlogRefusal) {
        mapped.insert(map.tableID)
        guard group?.isExcluded != true, let table = names[map.database]?[map.table], let columns = subscriptions[table]
        else {
            layouts[map.tableID] = nil
            return
        }
        if let (known, layout) = checkedMaps[table], known.columns == map.columns {
            layouts[map.tableID] = (table, layout)
            return
        }
        let layout = try TableLayout(map, columns: columns)
        checkedMaps[table] = (map, layout)
        layouts[map.tableID] = (table, layout)
    }

    private mutating func hold(_ rows: RowsEvent) throws(BinlogRefusal) {
        if let (table, layout) = layouts[rows.tableID] {
            try layout.requireFullImages(rows)
            begin()
            if delivery != nil {
                try delivery?.add(table, layout, rows)
            } else {
                group?.heldBytes += rows.byteCount
                if let open = group, open.overflowed != nil || open.heldBytes > limits.heldBytes {
                    group?.held = []
                    group?.overflowed = table
                } else {
                    group?.held.append((table, layout, rows))
                }
            }
        } else if !mapped.contains(rows.tableID), rows.tableID != 0xFF_FFFF {
            throw BinlogRefusal(.unmappedTable(id: rows.tableID))
        }
        if rows.flags & 1 != 0 {
            layouts = [:]
            mapped = []
        }
    }

    // MARK: Commit

    private mutating func commit(_ header: BinlogEventHeader) {
        defer { end() }
        guard let open = group else { return }
        if reread != nil, delivery != nil {
            delivery?.close(committedAtSeconds: header.timestamp)
            reread = nil
        } else if open.overflowed != nil {
            reread = Reread(start: open.start, end: readPosition)
        } else if !open.held.isEmpty {
            var whole = Delivery(
                gtid: open.gtid, start: open.start, end: readPosition, committedAt: open.committedAt, skipping: 0)
            whole.events = open.held
            whole.close(committedAtSeconds: header.timestamp)
            delivery = whole
        }
    }

    private mutating func end() {
        group = nil
        layouts = [:]
        mapped = []
    }

    // MARK: Items

    /// The next item that the events so far brought; `nil` when another event is needed.
    package mutating func next() throws(BinlogRefusal) -> BinlogItem? {
        if !ddl.isEmpty { return .ddl(ddl.removeFirst()) }
        guard var current = delivery else { return nil }
        delivery = nil
        let part = try current.nextPart(limits)
        if part?.isLastPart != true { delivery = current }
        return part.map { .transaction($0) }
    }
}

extension QualifiedName {
    var plain: String { "\(database.name).\(table.name)" }
}

extension String {
    /// For messages: the first 200 characters.
    fileprivate var shortened: String { count <= 200 ? self : prefix(200) + "…" }
}

extension GTIDPosition {
    /// Whether the position covers the transaction; never for an anonymous one or one of the other family.
    package func contains(_ gtid: TransactionGTID) -> Bool {
        switch (self, gtid) {
        case (.mysql(let set), .mysql(let source, let number)):
            set.intervals[source, default: []].contains { $0.contains(number) }
        case (.mariadb(let list), .mariadb(let gtid)): (list.last[gtid.domain]?.sequence ?? 0) >= gtid.sequence
        case (.mysql, .mariadb), (.mysql, .anonymous), (.mariadb, .mysql), (.mariadb, .anonymous): false
        }
    }
}
