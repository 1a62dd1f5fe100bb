/// One statement as it reached the double.
package struct LoggedStatement: Sendable {
    /// How it ended.
    package enum Outcome: Sendable, Equatable {
        /// It is being run, or its connection died first.
        case open
        /// So many rows affected.
        case ok(affected: Int)
        /// So many rows.
        case rows(Int)
        /// An error.
        case error(ErrorAnswer)
        /// The connection was cut instead of an answer.
        case dropped
    }

    /// From 1, in the order of arrival.
    package let number: Int
    /// The session's number; 0 for `FakeVTGate.execute`.
    package let connectionID: UInt32
    /// Who is logged in.
    package let user: String
    /// As it was sent.
    package let text: String
    /// `commerce`, `commerce:-40`, or empty.
    package let target: String
    /// Of the session.
    package let keyspace: String?
    /// Of a shard-targeted session.
    package let shard: String?
    /// Before the statement.
    package let isAutocommit: Bool
    /// Before the statement.
    package let isInTransaction: Bool
    /// `@@ddl_strategy` before the statement.
    package let strategy: String
    /// It came as COM_STMT_PREPARE.
    package let isPrepared: Bool
    /// The double's clock, Unix seconds.
    package let time: Double
    /// The system's uptime when it came, in real seconds.
    package let began: Double
    /// The uptime when its answer was ready.
    package var ended: Double?
    /// How it ended.
    package var outcome = Outcome.open

    /// Whether it begins with these words, whatever their case.
    package func isAbout(_ words: String) -> Bool {
        Tokenizer.tokens(text).map { $0.text.lowercased() }.joined(separator: " ").hasPrefix(words.lowercased())
    }
}

/// A statement that nobody should ever send.
package struct Accident: Sendable, Equatable {
    /// What is wrong with it.
    package enum Kind: String, Sendable {
        /// Fact 28: a schema change in a shard-targeted session ran on that shard at once.
        case directChangeOnOneShard
        /// A schema change that no migration was made of: strategy `direct`, TRUNCATE, RENAME.
        case directChange
        /// Fact 5: `VITESS_SHARDS ''` means all shards.
        case emptyShardList
        /// Fact 6: `'' THROTTLE` throttles everything.
        case emptyUUID
        /// Fact 7: `LIKE ''` kills the connection.
        case emptyLike
        /// Fact 26: ALTER VITESS_MIGRATION without autocommit.
        case inTransaction
        /// An `.. ALL`: no accident in itself, but rarely what a program wants.
        case everyMigration
    }

    /// What is wrong with it.
    package let kind: Kind
    /// The statement.
    package let text: String
    /// The session's target.
    package let target: String
    /// Who sent it.
    package let user: String
}

/// Something that is to go wrong with the next statements that fit.
struct StatementFault {
    let number: Int
    let matches: @Sendable (LoggedStatement) -> Bool
    let kind: FakeVTGate.Fault
    var times: Int
    var hits = 0
}
