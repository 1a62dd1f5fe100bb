/// What was asked for: one ALTER on one table over the shards of one keyspace, and the rules it runs under. Never changes.
package struct MigrationSpec: Codable, Equatable, Sendable {
    package let id: MigrationID
    /// The manifest's `metadata.name`.
    package let name: String
    package let keyspace: String
    package let table: String
    /// The clauses behind `ALTER TABLE t`, as written in the manifest.
    package let alter: String
    /// Every shard of the keyspace, in the cluster file's order; not empty.
    package let shards: [ShardName]
    /// The fingerprint every shard's table had when the plan was made; a shard that differs later is refused.
    package let pinnedFingerprint: String
    package let policy: MigrationPolicy

    package init(
        id: MigrationID, name: String, keyspace: String, table: String, alter: String, shards: [ShardName],
        pinnedFingerprint: String, policy: MigrationPolicy
    ) {
        self.id = id
        self.name = name
        self.keyspace = keyspace
        self.table = table
        self.alter = alter
        self.shards = shards
        self.pinnedFingerprint = pinnedFingerprint
        self.policy = policy
    }

    /// `commerce.orders`, as screens name it.
    package var qualifiedTable: String { "\(keyspace).\(table)" }
}

/// The rules of one migration; every field has a default that suits production.
package struct MigrationPolicy: Codable, Equatable, Sendable {
    /// Wait for `launch` before anything is created.
    package var postponeLaunch: Bool
    /// Wait for `complete` at the barrier.
    package var postponeCompletion: Bool
    package var cutOver: CutOverPolicy
    package var copy: CopyPolicy
    package var throttle: ThrottlePolicy
    /// How long the old table is kept after the cut-over.
    package var keepOldTable: Duration

    package init(
        postponeLaunch: Bool = false, postponeCompletion: Bool = true, cutOver: CutOverPolicy = .init(),
        copy: CopyPolicy = .init(), throttle: ThrottlePolicy = .init(), keepOldTable: Duration = .seconds(24 * 3600)
    ) {
        self.postponeLaunch = postponeLaunch
        self.postponeCompletion = postponeCompletion
        self.cutOver = cutOver
        self.copy = copy
        self.throttle = throttle
        self.keepOldTable = keepOldTable
    }
}

/// How a cut-over may hold the application's writes, and when it tries again.
package struct CutOverPolicy: Codable, Equatable, Sendable {
    /// The longest that one shard's table lock may be waited for. A waiting lock queues the application behind it.
    package var lockWait: Duration
    /// The longest that writes may be held from the first lock to the release, on any shard.
    package var threshold: Duration
    /// A transaction on the table older than this is a blocker: no lock is tried while one lives.
    package var blockerAge: Duration
    /// The binlog tail a shard may have and still count as ready.
    package var maxTail: Duration
    /// The wait before attempt 1, 2, 3 ...; the last one repeats.
    package var backOff: [Duration]

    package init(
        lockWait: Duration = .milliseconds(500), threshold: Duration = .seconds(1),
        blockerAge: Duration = .milliseconds(500), maxTail: Duration = .seconds(1),
        backOff: [Duration] = [.zero, .seconds(60), .seconds(300), .seconds(600), .seconds(1800)]
    ) {
        self.lockWait = lockWait
        self.threshold = threshold
        self.blockerAge = blockerAge
        self.maxTail = maxTail
        self.backOff = backOff
    }

    /// The wait before the given attempt (1 is the first).
    package func wait(beforeAttempt attempt: Int) -> Duration {
        backOff.isEmpty ? .zero : backOff[min(max(attempt, 1), backOff.count) - 1]
    }
}

/// How rows are copied.
package struct CopyPolicy: Codable, Equatable, Sendable {
    /// What one chunk should take; its size follows.
    package var chunkTime: Duration
    /// Chunks copied at the same time on one shard, 1 to 16.
    package var workers: Int
    package init(chunkTime: Duration = .milliseconds(100), workers: Int = 2) {
        self.chunkTime = chunkTime
        self.workers = workers
    }
}

/// The limits above which a shard's copy holds. `nil` switches one off.
package struct ThrottlePolicy: Codable, Equatable, Sendable {
    /// Of the replica furthest behind; a replica that does not answer holds the copy.
    package var maxReplicaLag: Duration?
    /// `Threads_running` of the primary.
    package var maxThreadsRunning: Int64?
    /// InnoDB's history list length on the primary.
    package var maxHistoryLength: Int64?
    /// A query whose first value, when above zero, holds the copy.
    package var query: String?

    package init(
        maxReplicaLag: Duration? = .seconds(5), maxThreadsRunning: Int64? = 64,
        maxHistoryLength: Int64? = 1_000_000, query: String? = nil
    ) {
        self.maxReplicaLag = maxReplicaLag
        self.maxThreadsRunning = maxThreadsRunning
        self.maxHistoryLength = maxHistoryLength
        self.query = query
    }
}
