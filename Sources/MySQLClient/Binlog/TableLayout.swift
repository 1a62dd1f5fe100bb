/// One change of one row, whole: every column of the table, in its order.
package enum RowChange: Hashable, Sendable {
    /// A row came.
    case insert([SQLValue])
    /// A row changed; its key may have changed too.
    case update(before: [SQLValue], after: [SQLValue])
    /// A row went.
    case delete([SQLValue])
}

/// How the rows of one subscribed table are read: the log's description checked against what the subscriber knows.
///
/// Values: ENUM is `.uint` with the label's number from 1 (0 is the error value `''`), SET is `.uint` with a bit a label,
/// TIMESTAMP is `.dateTime` in UTC, BINARY(n) has its n bytes, MySQL's JSON is `.json`.
package struct TableLayout: Sendable {
    /// `db.table` for refusals.
    package let name: String
    private let readers: [ColumnReader]
    private let columns: [ColumnInfo]

    /// - Throws: `.columnMismatch` at the first difference, naming the column; `.columnType` for a type without lossless value.
    package init(_ map: TableMap, columns: [ColumnInfo]) throws(BinlogRefusal) {
        name = "\(map.database).\(map.table)"
        self.columns = columns
        guard map.columns.count == columns.count else {
            let extra =
                columns.count > map.columns.count ? columns[map.columns.count].name : "number \(columns.count + 1)"
            throw BinlogRefusal(
                .columnMismatch(
                    table: name, column: extra, found: "one of \(map.columns.count) columns",
                    expected: "one of \(columns.count)"))
        }
        var readers: [ColumnReader] = []
        readers.reserveCapacity(columns.count)
        for (column, info) in zip(map.columns, columns) {
            readers.append(try ColumnReader(column, info, table: name))
        }
        self.readers = readers
    }

    /// Refuses partial updates and images that lack columns. Reads only the event's head.
    package func requireFullImages(_ event: RowsEvent) throws(BinlogRefusal) { _ = try rows(of: event) }

    /// Reads every row of the event.
    package func decode(_ event: RowsEvent) throws(BinlogRefusal) -> [RowChange] {
        var rows = try rows(of: event)
        var changes: [RowChange] = []
        while let change = try rows.next() { changes.append(change) }
        return changes
    }

    /// The event's rows one by one; refuses what `requireFullImages` refuses.
    func rows(of event: RowsEvent) throws(BinlogRefusal) -> RowReader {
        if event.kind == .partialUpdate { throw BinlogRefusal(.partialJSON(table: name)) }
        var cursor = ByteCursor(event.bytes, from: event.bodyStart, to: event.bodyEnd)
        let count = try cursor.packedLength()
        guard count == readers.count else {
            throw BinlogRefusal(
                .columnMismatch(
                    table: name, column: "(all)", found: "\(count) columns", expected: "\(readers.count) columns"))
        }
        for _ in 0..<(event.kind == .update ? 2 : 1) {
            for index in 0..<count where index % 8 == 0 {
                let wanted: UInt8 = count - index >= 8 ? 0xFF : (1 << UInt8(count - index)) - 1
                if try cursor.uint8() & wanted != wanted { throw BinlogRefusal(.partialRowImage(table: name)) }
            }
        }
        if event.isCompressed { cursor = ByteCursor(try MariaDBCompression.open(cursor.rest())) }
        return RowReader(layout: self, kind: event.kind, cursor: cursor)
    }

    fileprivate func image(_ cursor: inout ByteCursor) throws(BinlogRefusal) -> [SQLValue] {
        let nulls = try cursor.range((readers.count + 7) / 8)
        var values: [SQLValue] = []
        values.reserveCapacity(readers.count)
        for index in readers.indices {
            if cursor.bytes[nulls.lowerBound + index / 8] & (1 << UInt8(index % 8)) != 0 {
                values.append(.null)
                continue
            }
            do throws(BinlogRefusal) {
                values.append(try readers[index].read(&cursor))
            } catch {
                if case .columnType(_, _, let type) = error.reason {
                    throw BinlogRefusal(.columnType(table: name, column: columns[index].name, type: type))
                }
                throw error
            }
        }
        return values
    }
}

/// The rows of one event, one by one.
struct RowReader: Sendable {
    let layout: TableLayout
    let kind: RowsEvent.Kind
    var cursor: ByteCursor

    mutating func next() throws(BinlogRefusal) -> RowChange? {
        if cursor.isAtEnd { return nil }
        let first = try layout.image(&cursor)
        switch kind {
        case .insert: return .insert(first)
        case .delete: return .delete(first)
        case .update: return .update(before: first, after: try layout.image(&cursor))
        case .partialUpdate: throw BinlogRefusal(.partialJSON(table: layout.name))
        }
    }
}
