/// What the stream hands over, in the order of the log.
package enum BinlogItem: Sendable {
    /// A committed transaction with changes of subscribed tables, or a part of one.
    case transaction(BinlogTransaction)
    /// DDL that names a subscribed table; what to do about it is the consumer's business.
    case ddl(BinlogDDL)
    /// Everything before this position was read and delivered. At most one a batch, and only when nothing else says so.
    case progress(BinlogPosition)
}

/// One change of one row of a subscribed table.
package struct TableChange: Hashable, Sendable {
    /// The table, as the subscriber named it.
    package let table: QualifiedName
    /// What happened, with whole images.
    package let row: RowChange
}

/// A committed transaction, as far as it touches subscribed tables; never empty as a whole.
///
/// A large one comes in parts, one after the other with nothing in between; all are of a transaction that is known to be
/// committed. Resume at `end` only after the part with `isLastPart`.
package struct BinlogTransaction: Sendable {
    /// Its name; `nil` where the log has no GTID events at all.
    package let gtid: TransactionGTID?
    /// The border before it.
    package let start: BinlogPosition
    /// The border behind its commit event.
    package let end: BinlogPosition
    /// Microseconds since 1970: exact on MySQL 8.0 and later, elsewhere the second in which the commit's statement began.
    package let committedAtMicroseconds: UInt64
    /// From 0.
    package let partNumber: Int
    /// Whether the transaction ends with this part.
    package let isLastPart: Bool
    /// In the order of the log. Only the last part may be empty.
    package let changes: [TableChange]
}

/// DDL on a subscribed table, as it was logged.
package struct BinlogDDL: Sendable, Equatable {
    /// What kind of statement.
    package enum Kind: String, Sendable {
        case create, alter, drop, rename, truncate, index, trigger, dropDatabase, other
    }

    /// What kind; `.other` is a statement we cannot read that mentions the table.
    package let kind: Kind
    /// The subscribed tables it names (RENAME: on either side).
    package let tables: [QualifiedName]
    /// The statement.
    package let statement: String
    /// The default database it ran in.
    package let database: String
    /// `server_id` of where it ran first.
    package let serverID: UInt32
    /// Its name.
    package let gtid: TransactionGTID?
    /// The border before it.
    package let start: BinlogPosition
    /// Behind the statement.
    package let end: BinlogPosition
}
