/// Live figures of one shard's run. Never journalled; each carries its time, because old data must not look live.
package struct ShardGauges: Codable, Equatable, Sendable {
    package var at: Timestamp
    package var rowsCopied: RowCount = 0
    /// The server's estimate at the start, raised when it proves too low.
    package var rowsTotal: RowCount = 0
    /// Rows a second over the last seconds.
    package var copyRate: RowCount = 0
    package var chunkRows: Int = 0
    package var chunkTime: Duration = .zero
    /// Row changes applied since the run began, and a second.
    package var changesApplied: RowCount = 0
    package var applyRate: RowCount = 0
    /// How far the shadow table is behind the primary's binlog; `nil` when it is not known.
    package var tail: Duration?
    package var rowsVerified: RowCount = 0
    /// By replica, in the cluster file's order; a replica that did not answer is `nil`, never 0.
    package var replicas: [ReplicaLag] = []
    /// Who holds the copy now; `nil` when nobody does.
    package var throttle: ThrottleVerdict?
    /// Time spent throttled since the run began.
    package var throttledFor: Duration = .zero
    /// Transactions on the table that a cut-over would wait for, as last looked at.
    package var blockers: [Blocker] = []
    /// What the run does right now, in a few words: `checksum 61 %`, `reconnecting to primary`.
    package var activity: String = ""
    /// Why the shard is not further, in a sentence with its evidence, where the source of these figures knows it best.
    @Told package var why: String? = nil
    /// What stands beside the phase.
    package var conditions: Set<ShardCondition> = []
    /// The time left, where the source says it; `nil` leaves it to the rate.
    package var timeLeft: Duration?
    /// What only this kind of fleet has to tell, for the shard's own screen.
    @Told package var details: [Detail] = []
    package init(at: Timestamp) { self.at = at }

    /// A labelled line of the shard's screen: `Stage`, `waiting for post-lock pos`.
    package struct Detail: Codable, Equatable, Sendable {
        package let label: String
        package let text: String
        package init(_ label: String, _ text: String) {
            self.label = label
            self.text = text
        }
    }
}

/// What stacks on a phase without being one (console design, section 4).
package enum ShardCondition: String, Codable, Sendable, CaseIterable, Hashable {
    /// Completion is held back on this shard.
    case postponed
    /// A force flag is set: each attempt ends who is in the way.
    case forced
    /// Work is held back now, by the server or by a person.
    case throttled
    /// No sign of life for minutes.
    case lifeless
    /// The shard did not answer: what is shown is old.
    case silent
    /// The fleet has this shard and the migration does not know it.
    case missing
}

package struct ReplicaLag: Codable, Equatable, Sendable {
    /// `127.0.0.1:3307`.
    package let host: String
    package let lag: Duration?
    package init(host: String, lag: Duration?) {
        self.host = host
        self.lag = lag
    }
}

/// Why the copy holds: who says so, by how much and since when.
package struct ThrottleVerdict: Codable, Equatable, Sendable {
    package enum Source: String, Codable, Sendable { case replicaLag, threadsRunning, historyLength, query, person }
    package let source: Source
    /// The server or person behind it.
    package let by: String
    /// `8.4s`, `71`, `no answer`.
    package let value: String
    /// The limit it exceeds; empty for a person.
    package let limit: String
    package let since: Timestamp
    package init(source: Source, by: String, value: String, limit: String, since: Timestamp) {
        self.source = source
        self.by = by
        self.value = value
        self.limit = limit
        self.since = since
    }

    /// `lag 8.4s > 5.0s on 127.0.0.1:3307`.
    package var text: String {
        switch source {
        case .replicaLag: "lag \(value) > \(limit) on \(by)"
        case .threadsRunning: "threads running \(value) > \(limit) on \(by)"
        case .historyLength: "history length \(value) > \(limit) on \(by)"
        case .query: "query says \(value) > \(limit) on \(by)"
        case .person: "by hand, \(by): \(value)"
        }
    }
}
