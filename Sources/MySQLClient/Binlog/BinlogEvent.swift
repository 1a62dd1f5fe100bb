/// The 19 bytes in front of every event.
package struct BinlogEventHeader: Equatable, Sendable {
    /// Seconds since 1970 when the statement began; 0 in artificial events.
    package let timestamp: UInt32
    /// The event type's number.
    package let type: UInt8
    /// `server_id` of the server where the change was first made.
    package let serverID: UInt32
    /// Bytes of the whole event, header and checksum included.
    package let size: UInt32
    /// Low 32 bits of the offset behind the event in its file; 0 when the event is in no file.
    package let nextOffset: UInt32
    /// LOG_EVENT_…_F bits.
    package let flags: UInt16

    /// Made up by the server for this connection; it is in no file.
    package var isArtificial: Bool { flags & 0x20 != 0 }
    /// A reader that does not know the type may skip it.
    package var isIgnorable: Bool { flags & 0x80 != 0 }
}

/// One event of the binary log.
package struct BinlogEvent: Sendable {
    /// What is in it.
    package enum Body: Sendable {
        /// The log goes on at another place.
        case rotate(BinlogPosition)
        /// How the events after it are written.
        case formatDescription(serverVersion: String, hasChecksums: Bool)
        /// A transaction or a single statement begins.
        case gtid(GTIDEvent)
        /// A statement: BEGIN, COMMIT, DDL, statement-format changes.
        case query(database: String, text: String)
        /// Commit of a transactional engine's changes.
        case commit
        /// The shape of the table that rows events name by the same id.
        case tableMap(TableMap)
        /// Changed rows, not decoded yet.
        case rows(RowsEvent)
        /// A whole MySQL transaction, compressed.
        case transactionPayload(TransactionPayload)
        /// Nothing new; where the server's log ends. The header has the low 32 bits of the offset of the older kind.
        case heartbeat(BinlogPosition)
        /// The statement behind the following rows (MySQL's Rows_query, MariaDB's Annotate_rows).
        case statementText(String)
        /// What was executed before this file began (MySQL).
        case previousGTIDs(MySQLGTIDSet)
        /// What was executed before this file began (MariaDB).
        case gtidList(MariaDBGTIDList)
        /// An XA transaction was prepared, or committed in one phase.
        case xaPrepare(isOnePhase: Bool)
        /// The server lost changes.
        case incident(String)
        /// MariaDB's mark that the file is encrypted from here on; the server decrypts it for a replica.
        case startEncryption
        /// The server was shut down, or the file was closed.
        case stop
        /// Known and of no interest here: checkpoints, view changes, statement contexts.
        case ignored
    }

    /// The header.
    package let header: BinlogEventHeader
    /// The content.
    package let body: Body
}

/// The event that opens a group.
package struct GTIDEvent: Equatable, Sendable {
    /// The transaction's name.
    package let gtid: TransactionGTID
    /// MariaDB: the group is one statement without COMMIT.
    package let isStandalone: Bool
    /// MySQL: microseconds since 1970 of the commit on this server; `nil` elsewhere.
    package let committedAtMicroseconds: UInt64?
    /// MariaDB: the group's part in a two-phase XA transaction.
    package internal(set) var xa = XA.none

    /// What a MariaDB GTID says about XA.
    package enum XA: Equatable, Sendable {
        /// No XA transaction, or one committed in one phase.
        case none
        /// The group ends with XA PREPARE of this transaction: `X'61',X'',1`.
        case prepared(String)
        /// The group is an XA COMMIT or XA ROLLBACK of a prepared one.
        case completed
    }
}

/// A TABLE_MAP event.
package struct TableMap: Equatable, Sendable {
    /// One column as the log describes it.
    package struct Column: Equatable, Sendable {
        /// The type byte.
        package let type: UInt8
        /// The type's metadata: one byte, or two with the first in the low half.
        package let metadata: UInt16
        /// Signedness where the server wrote it (MySQL always, MariaDB with binlog_row_metadata).
        package internal(set) var isUnsigned: Bool?
        /// Name where the server wrote it (binlog_row_metadata=FULL).
        package internal(set) var name: String?
    }

    /// What rows events call the table; valid until the statement ends.
    package let tableID: UInt64
    /// Database.
    package let database: String
    /// Table.
    package let table: String
    /// In the table's order.
    package internal(set) var columns: [Column]
}

/// A rows event whose row images are still bytes.
package struct RowsEvent: Sendable {
    /// What happened to the rows.
    package enum Kind: Equatable, Sendable { case insert, update, delete, partialUpdate }

    /// What happened.
    package let kind: Kind
    /// The table.
    package let tableID: UInt64
    /// Bit 1: the last rows event of its statement.
    package let flags: UInt16
    /// The event's bytes from the column count on, without the checksum.
    let bytes: [UInt8]
    let bodyStart: Int
    let bodyEnd: Int
    let isCompressed: Bool

    /// Bytes the event occupies in memory.
    package var byteCount: Int { bytes.count }
}
