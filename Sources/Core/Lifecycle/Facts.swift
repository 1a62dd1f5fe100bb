/// Something on a server that is ours and must not outlive its purpose.
package struct Artifact: Hashable, Codable, Sendable, Comparable {
    package enum Kind: String, Codable, Sendable {
        case shadowTable
        /// The empty placeholder that keeps a waiting RENAME from succeeding early.
        case sentryTable
        /// The original table after the swap: it holds rows. Dropped only by retention or `cleanup`.
        case oldTable
        /// A migration in the hands of Vitess that is not complete: dropped by cancelling it.
        case vitessMigration
    }
    package let kind: Kind
    /// The table's name in the keyspace's database, unquoted.
    package let name: String
    package init(_ kind: Kind, _ name: String) {
        self.kind = kind
        self.name = name
    }
    package static func < (left: Artifact, right: Artifact) -> Bool {
        (left.name, left.kind.rawValue) < (right.name, right.kind.rawValue)
    }
}

/// What a shard's run found out before it copied.
package struct Preparation: Codable, Equatable, Sendable {
    package let shadowTable: String
    /// The unique key the copy walks: its name and columns.
    package let keyName: String
    package let keyColumns: [String]
    /// The server's own estimate.
    package let estimatedRows: RowCount
    /// `MariaDB 10.11.19`, for screens.
    package let server: String

    package init(
        shadowTable: String, keyName: String, keyColumns: [String], estimatedRows: RowCount, server: String
    ) {
        self.shadowTable = shadowTable
        self.keyName = keyName
        self.keyColumns = keyColumns
        self.estimatedRows = estimatedRows
        self.server = server
    }
}

/// From where a run can go on after a restart: every change before `position` is in the shadow table, and every row up to
/// `copiedThrough`. Both halves are taken together; the executor wrote the texts and alone reads them.
package struct Checkpoint: Codable, Equatable, Sendable {
    /// The binlog position, as the executor encodes it.
    package let position: String
    /// The key below which every row is copied, as the executor encodes it; `nil` when nothing is.
    package let copiedThrough: String?
    package let copyFinished: Bool
    package let rowsCopied: RowCount

    package init(position: String, copiedThrough: String?, copyFinished: Bool, rowsCopied: RowCount) {
        self.position = position
        self.copiedThrough = copiedThrough
        self.copyFinished = copyFinished
        self.rowsCopied = rowsCopied
    }
}

/// A transaction, or a session's lock, that a cut-over would have to wait for.
package struct Blocker: Hashable, Codable, Sendable {
    /// The server's connection id.
    package let connection: UInt64
    /// InnoDB's transaction id, empty when it has none: tells this transaction from a later one of the same connection.
    package let transaction: String
    /// When the transaction began, by the server's clock.
    package let since: Timestamp
    package let user: String
    package let host: String
    /// The last statement the server still knows; it is data, never shown raw.
    package let lastStatement: String?
    package let rowsLocked: RowCount?

    package init(
        connection: UInt64, transaction: String, since: Timestamp, user: String, host: String, lastStatement: String?,
        rowsLocked: RowCount?
    ) {
        self.connection = connection
        self.transaction = transaction
        self.since = since
        self.user = user
        self.host = host
        self.lastStatement = lastStatement
        self.rowsLocked = rowsLocked
    }

    /// Whether both name the same transaction of the same connection.
    package func isSame(as other: Blocker) -> Bool {
        connection == other.connection && transaction == other.transaction
    }
}

/// All locks of one shard are taken and its tail is drained.
package struct HoldReport: Codable, Equatable, Sendable {
    /// When the application's writes began to wait.
    package let lockedAt: Timestamp
    /// How long the lock had to be waited for.
    package let lockWait: Duration
    /// How long the tail took to drain under the lock.
    package let drain: Duration
    package init(lockedAt: Timestamp, lockWait: Duration, drain: Duration) {
        self.lockedAt = lockedAt
        self.lockWait = lockWait
        self.drain = drain
    }
}

/// One shard's swap, measured.
package struct CutOverReport: Codable, Equatable, Sendable {
    package let swappedAt: Timestamp
    /// From the lock request to the release: the longest a write can have waited.
    package let writesHeld: Duration
    /// The old table's name from now on; `nil` when it was not kept.
    package let oldTable: String?
    package init(swappedAt: Timestamp, writesHeld: Duration, oldTable: String?) {
        self.swappedAt = swappedAt
        self.writesHeld = writesHeld
        self.oldTable = oldTable
    }
}

/// What became of a release.
package enum ReleaseOutcome: Codable, Equatable, Sendable {
    case swapped(CutOverReport)
    /// The original table is in place and unlocked; `nil` when that was the order.
    case notSwapped(Failure?)
    /// The connection died after the swap was sent: only the server knows.
    case unknown(Failure)
}

/// What an executor has seen on one shard. A fact may come late or twice; it is never refused.
package enum ShardFact: Codable, Equatable, Sendable {
    /// Reported, and journalled, before the artifact is created.
    case artifactPlanned(RunID, Artifact)
    case artifactDropped(Artifact)
    case prepared(RunID, Preparation)
    case checkpointed(RunID, Checkpoint)
    case copied(RunID, rows: RowCount)
    /// Every row was compared.
    case verified(RunID, rows: RowCount, took: Duration)
    /// Verified, and the tail is short.
    case ready(RunID)
    /// The tail grew over the limit.
    case fellBehind(RunID, tail: Duration)
    /// Transactions on the table older than the policy allows; empty is good.
    case looked(RunID, attempt: Int, blockers: [Blocker])
    /// The look could not be taken: what cannot be looked at is not locked.
    case lookFailed(RunID, attempt: Int, Failure)
    case held(RunID, attempt: Int, HoldReport)
    /// Nothing is locked any more and nothing changed.
    case holdRefused(RunID, attempt: Int, Failure, blockers: [Blocker])
    /// Who was on the table of an attempt that was refused, looked up after it.
    case obstructed(RunID, attempt: Int, blockers: [Blocker])
    case released(RunID, attempt: Int, ReleaseOutcome)
    /// Of the blockers named by the order: which were ended, and which were gone or another by then.
    case blockersEnded(RunID, ended: [Blocker], gone: [Blocker])
    case failed(RunID, Failure)
    /// The run has ended on request and its connections are closed.
    case stopped(RunID)
}
