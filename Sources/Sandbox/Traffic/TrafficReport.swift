package import MySQLClient

/// Something the application would have noticed.
package struct TrafficError: Sendable, CustomStringConvertible {
    /// The shard's name.
    package let shard: String
    /// The statement without its values.
    package let statement: String
    /// What the server or the client library said; `nil` when the answer was no error but wrong (a row was not there).
    package let error: MySQLError?
    /// What was wrong, for a person.
    package let what: String

    /// Shard, statement and what was wrong.
    package var description: String { "\(shard): \(what) at \(statement)" }
}

/// How long statements took, from sending to answer.
package struct LatencySummary: Sendable, Equatable {
    /// How many.
    package let count: UInt64
    /// Half took no longer.
    package let p50: Duration
    /// 99 of 100 took no longer.
    package let p99: Duration
    /// The longest.
    package let max: Duration
}

/// What the traffic has done and seen since it was made.
package struct TrafficReport: Sendable {
    /// Operations that were committed or rolled back as meant.
    package let operations: UInt64
    /// Every error but deadlocks and losses of connection: must be empty. The first hundred of each connection.
    package let errors: [TrafficError]
    /// How many there were.
    package let errorCount: Int
    /// Transactions the server chose as the victim of a deadlock and rolled back; done again as applications do.
    package let deadlocks: Int
    /// Connections lost; the outcome was asked for and the ledger is exact. 0 unless a server was killed or a session ended.
    package let connectionLosses: Int
    /// How often a statement found no table: must be 0.
    package let tableMissing: Int
    /// Every statement of the writers.
    package let writes: LatencySummary
    /// Every statement of the readers.
    package let reads: LatencySummary
}
