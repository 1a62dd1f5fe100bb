/// The stream met something it cannot carry without loss. It stops there: nothing after the position was delivered.
package struct BinlogRefusal: Error, Equatable, Sendable, CustomStringConvertible {
    /// What was met.
    package enum Reason: Equatable, Sendable {
        /// The event's CRC32 does not match: damaged bytes, or a start position that is not an event's border.
        case checksumMismatch
        /// The bytes end early or contradict themselves; the text says where.
        case malformed(String)
        /// An event type this decoder does not know and that is not marked ignorable.
        case unknownEvent(type: UInt8)
        /// `binlog_row_value_options=PARTIAL_JSON` wrote a part of a JSON document (event type 39).
        case partialJSON(table: String)
        /// `binlog_row_image` is not FULL: a column is missing from an image.
        case partialRowImage(table: String)
        /// A statement-format change that touches, or may touch, a subscribed table.
        case statementChange(table: String, statement: String)
        /// A statement-format routine call: what it changed cannot be known.
        case statementRoutine(statement: String)
        /// The server lost changes and says so in its own log.
        case incident(String)
        /// The log file is encrypted on the wire as well.
        case encrypted
        /// A column of a subscribed table has a type that has no lossless value here.
        case columnType(table: String, column: String, type: String)
        /// The table's shape in the log is not the one the subscriber read from information_schema.
        case columnMismatch(table: String, column: String, found: String, expected: String)
        /// A two-phase XA transaction was prepared with changes to a subscribed table.
        case xaPrepared(table: String)
        /// An XA transaction prepared before the stream's start was committed; what it changed cannot be known.
        case xaUnknown(xid: String)
        /// A rows event names a table id no TABLE_MAP introduced.
        case unmappedTable(id: UInt64)
        /// The server no longer has the file or GTID asked for (error 1236).
        case purged(String)
        /// The connection options now reach another server than the one the stream began on.
        case serverChanged(was: String, now: String)
        /// The position cannot be sent in a dump request (4 GiB and beyond).
        case unreachablePosition
        /// ROLLBACK TO SAVEPOINT inside a transaction too large to hold in memory.
        case savepointInLargeTransaction(table: String)
    }

    /// What was met.
    package let reason: Reason
    /// The end of the last event read whole before the refused one; `nil` when no position is known yet.
    package internal(set) var position: BinlogPosition?

    /// A refusal of the decoder; the stream adds the position.
    package init(_ reason: Reason, position: BinlogPosition? = nil) {
        self.reason = reason
        self.position = position
    }

    /// What happened, for a person.
    package var message: String {
        switch reason {
        case .checksumMismatch: "the checksum of a binlog event does not match"
        case .malformed(let what): "a binlog event cannot be read: \(what)"
        case .unknownEvent(let type): "the binlog holds an event of unknown type \(type)"
        case .partialJSON(let table): "a partial JSON update of \(table)"
        case .partialRowImage(let table): "a row image of \(table) lacks columns"
        case .statementChange(let table, let statement):
            "a statement-format change of \(table): \(statement)"
        case .statementRoutine(let statement): "a statement-format routine call: \(statement)"
        case .incident(let text): "the server recorded an incident: \(text)"
        case .encrypted: "the binlog arrives encrypted"
        case .columnType(let table, let column, let type): "column \(column) of \(table) holds \(type)"
        case .columnMismatch(let table, let column, let found, let expected):
            "column \(column) of \(table) is \(found) in the binlog, expected \(expected)"
        case .xaPrepared(let table): "an XA transaction that changes \(table) was prepared"
        case .xaUnknown(let xid): "XA transaction \(xid), prepared before the stream began, was committed"
        case .unmappedTable(let id): "a rows event names table id \(id), which nothing introduced"
        case .purged(let text): "the server cannot serve the position: \(text)"
        case .serverChanged(let was, let now): "the connection reached server \(now) instead of \(was)"
        case .unreachablePosition: "the position lies beyond 4 GiB and cannot be asked for"
        case .savepointInLargeTransaction(let table):
            "ROLLBACK TO SAVEPOINT in a very large transaction that changes \(table)"
        }
    }

    /// What to do about it, for a person.
    package var remedy: String {
        switch reason {
        case .checksumMismatch, .malformed:
            "check the binlog file with mysqlbinlog --verify-binlog-checksum, then start the migration anew"
        case .unknownEvent: "report the server's version; this log needs a newer Lockstep"
        case .partialJSON: "set binlog_row_value_options='' globally and in every session, then start anew"
        case .partialRowImage: "set binlog_row_image=FULL globally and in every session, then start anew"
        case .statementChange, .statementRoutine:
            "set binlog_format=ROW globally and in every session, then start anew"
        case .incident: "changes are missing from the log: start the migration anew"
        case .encrypted: "use a server that decrypts its log for replicas"
        case .columnType: "the table cannot be migrated through the binlog while it has this column or value"
        case .columnMismatch: "the table was changed meanwhile: start the migration anew"
        case .xaPrepared: "keep XA transactions off the table while it migrates, then start anew"
        case .xaUnknown: "start when XA RECOVER lists nothing"
        case .unmappedTable: "the start position lies inside a statement: start at a transaction's border"
        case .purged: "keep binlogs longer than a migration may take, then start anew"
        case .serverChanged: "connect to the server itself, not through a name that moves, then start anew"
        case .unreachablePosition: "FLUSH BINARY LOGS, then start at the new file"
        case .savepointInLargeTransaction: "start the migration anew when the bulk change is over"
        }
    }

    package var description: String {
        let place = position.map { " at \($0)" } ?? ""
        return "\(message)\(place); \(remedy)"
    }
}
