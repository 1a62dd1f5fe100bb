/// A committed transaction on its way out, part by part; rows are decoded only as parts are taken.
struct Delivery: Sendable {
    let gtid: TransactionGTID?
    let start: BinlogPosition
    let end: BinlogPosition
    var events: [(QualifiedName, TableLayout, RowsEvent)] = []
    /// Changes handed out, those of an earlier, broken reading included.
    private(set) var delivered: Int
    private var committedAt: UInt64?
    private var skipping: Int
    private var isClosed = false
    private var nextEvent = 0
    private var reader: (table: QualifiedName, rows: RowReader)?
    private var pending: [TableChange] = []
    private var pendingBytes = 0
    private var partNumber = 0

    /// - Parameter skipping: changes that left before the connection broke.
    init(gtid: TransactionGTID?, start: BinlogPosition, end: BinlogPosition, committedAt: UInt64?, skipping: Int) {
        self.gtid = gtid
        self.start = start
        self.end = end
        self.committedAt = committedAt
        self.skipping = skipping
        delivered = skipping
        // What was handed out before ended with a part of its own.
        partNumber = skipping > 0 ? 1 : 0
    }

    mutating func add(_ table: QualifiedName, _ layout: TableLayout, _ rows: RowsEvent) throws(BinlogRefusal) {
        if nextEvent > 0 {
            events.removeFirst(nextEvent)
            nextEvent = 0
        }
        events.append((table, layout, rows))
    }

    mutating func close(committedAtSeconds seconds: UInt32) {
        isClosed = true
        if committedAt == nil { committedAt = UInt64(seconds) * 1_000_000 }
    }

    /// A full part, or the last one of a closed transaction; `nil` when more events are needed.
    mutating func nextPart(_ limits: TransactionAssembler.Limits) throws(BinlogRefusal) -> BinlogTransaction? {
        while let change = try nextChange() {
            if pending.count >= limits.partRows || pendingBytes >= limits.partBytes {
                let full = part(isLast: false)
                keep(change)
                return full
            }
            keep(change)
        }
        return isClosed ? part(isLast: true) : nil
    }

    private mutating func keep(_ change: (change: TableChange, bytes: Int)) {
        pending.append(change.change)
        pendingBytes += change.bytes
    }

    private mutating func part(isLast: Bool) -> BinlogTransaction {
        defer {
            delivered += pending.count
            pending = []
            pendingBytes = 0
            partNumber += 1
        }
        return BinlogTransaction(
            gtid: gtid, start: start, end: end, committedAtMicroseconds: committedAt ?? 0, partNumber: partNumber,
            isLastPart: isLast, changes: pending)
    }

    private mutating func nextChange() throws(BinlogRefusal) -> (change: TableChange, bytes: Int)? {
        while true {
            if var current = reader {
                reader = nil
                let before = current.rows.cursor.offset
                if let row = try current.rows.next() {
                    let bytes = current.rows.cursor.offset - before
                    reader = current
                    if skipping > 0 {
                        skipping -= 1
                        continue
                    }
                    return (TableChange(table: current.table, row: row), bytes)
                }
            }
            guard nextEvent < events.count else { return nil }
            let (table, layout, event) = events[nextEvent]
            nextEvent += 1
            reader = (table, try layout.rows(of: event))
        }
    }
}
