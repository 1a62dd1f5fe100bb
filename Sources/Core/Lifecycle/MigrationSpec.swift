/// What was asked for: one change of one table over the shards of one keyspace, and the rules it runs under. Never changes.
package struct MigrationSpec: Codable, Equatable, Sendable {
    package let id: MigrationID
    /// The manifest's `metadata.name`.
    package let name: String
    package let keyspace: String
    package let table: String
    /// The clauses behind `ALTER TABLE t`, as written in the manifest; empty when `sql` says it all.
    package let alter: String
    /// The whole statement where it is no ALTER TABLE: `CREATE TABLE ...`, which only some strategies take.
    package let sql: String?
    /// Who does the work, and how.
    package let strategy: Strategy
    /// Every shard of the keyspace, in the cluster file's order; not empty.
    package let shards: [ShardName]
    /// The fingerprint every shard's table had when the plan was made; a shard that differs later is refused.
    package let pinnedFingerprint: String
    package let policy: MigrationPolicy
    /// The shards that cut over together, in their order; every shard is in exactly one wave.
    package let waves: [[ShardName]]

    package init(
        id: MigrationID, name: String, keyspace: String, table: String, alter: String, sql: String? = nil,
        strategy: Strategy = .online, shards: [ShardName], pinnedFingerprint: String, policy: MigrationPolicy
    ) {
        self.id = id
        self.name = name
        self.keyspace = keyspace
        self.table = table
        self.alter = alter
        self.sql = sql
        self.strategy = strategy
        self.shards = shards
        self.pinnedFingerprint = pinnedFingerprint
        self.policy = policy
        waves = policy.rollout.waves(of: shards)
    }

    /// `commerce.orders`, as screens name it.
    package var qualifiedTable: String { "\(keyspace).\(table)" }

    /// What runs, in one line.
    package var statement: String { sql ?? "ALTER TABLE \(table) \(alter)" }

    /// How long an attempt may take until every shard holds. VTGate has to be asked for every row of the wave; nothing is
    /// locked meanwhile.
    package var holdLimit: Duration {
        switch strategy {
        case .online: policy.cutOver.lockWait + policy.cutOver.threshold
        case .vitess: .seconds(30)
        }
    }

    /// Nobody can tell afterwards what became of its statement, but by the tables themselves.
    package var isUntracked: Bool {
        if case .vitess(let strategy) = strategy { strategy.method == .direct } else { false }
    }

    /// What kind of fleet does the work.
    package var fleet: FleetKind {
        switch strategy {
        case .online: .plain
        case .vitess: .vitess
        }
    }
}

/// Who does the work, and how.
package enum Strategy: Codable, Equatable, Sendable {
    /// Lockstep itself: shadow table, copy, binlog tail, swap.
    case online
    /// The keyspace's tablets, through VTGate.
    case vitess(VitessStrategy)

    /// Whether some shards may do the change INSTANT while others copy.
    package var allowsMixedInstant: Bool {
        switch self {
        case .online: false
        case .vitess(let strategy): strategy.allowsMixedInstant
        }
    }
}

/// Vitess' own strategy, as `@@ddl_strategy` takes it.
package struct VitessStrategy: Codable, Equatable, Sendable {
    package enum Method: String, Codable, Sendable, CaseIterable {
        /// Shadow table and VReplication; gated by its completion.
        case vitess
        /// The server's own ALTER, run by the tablet's scheduler; gated by its launch.
        case mysql
        /// The server's own DDL, run at once and tracked by nobody; gated by being sent.
        case direct
    }
    package let method: Method
    /// The flags behind it, checked by whoever made this: `--prefer-instant-ddl --allow-concurrent`.
    package let flags: String
    /// Whether some shards may do the change INSTANT, which cannot be reverted, while others copy.
    package let allowsMixedInstant: Bool
    package init(_ method: Method, flags: String = "", allowsMixedInstant: Bool = false) {
        self.method = method
        self.flags = flags
        self.allowsMixedInstant = allowsMixedInstant
    }

    private enum CodingKeys: String, CodingKey { case method, flags, allowsMixedInstant }

    /// Journals from before the field have migrations without it.
    package init(from decoder: any Decoder) throws {
        let values = try decoder.container(keyedBy: CodingKeys.self)
        method = try values.decode(Method.self, forKey: .method)
        flags = try values.decode(String.self, forKey: .flags)
        allowsMixedInstant = try values.decodeIfPresent(Bool.self, forKey: .allowsMixedInstant) ?? false
    }

    package func encode(to encoder: any Encoder) throws {
        var values = encoder.container(keyedBy: CodingKeys.self)
        try values.encode(method, forKey: .method)
        try values.encode(flags, forKey: .flags)
        if allowsMixedInstant { try values.encode(true, forKey: .allowsMixedInstant) }
    }
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
    package var rollout: RolloutPolicy
    package var fallback: FallbackPolicy

    package init(
        postponeLaunch: Bool = false, postponeCompletion: Bool = true, cutOver: CutOverPolicy = .init(),
        copy: CopyPolicy = .init(), throttle: ThrottlePolicy = .init(), keepOldTable: Duration = .seconds(24 * 3600),
        rollout: RolloutPolicy = .init(), fallback: FallbackPolicy = .init()
    ) {
        self.postponeLaunch = postponeLaunch
        self.postponeCompletion = postponeCompletion
        self.cutOver = cutOver
        self.copy = copy
        self.throttle = throttle
        self.keepOldTable = keepOldTable
        self.rollout = rollout
        self.fallback = fallback
    }
}

/// In which order shards cut over. Without waves all do together.
package struct RolloutPolicy: Codable, Equatable, Sendable {
    package enum Wave: Codable, Equatable, Sendable {
        /// Exactly these, by the shard's name in its keyspace.
        case shards([String])
        /// The next so many that no other wave names.
        case count(Int)
    }
    /// Whatever no wave takes forms the last one.
    package var waves: [Wave]
    /// How long the fleet is watched between two waves.
    package var soak: Duration

    package init(waves: [Wave] = [], soak: Duration = .seconds(600)) {
        self.waves = waves
        self.soak = soak
    }

    /// The shards of each wave; names that are no shard are left out, and so are waves without a shard.
    package func waves(of shards: [ShardName]) -> [[ShardName]] {
        let named = Set(
            waves.flatMap { wave -> [String] in if case .shards(let names) = wave { names } else { [] } })
        var free = shards.filter { !named.contains($0.shard) }[...]
        var taken: Set<ShardName> = []
        var result: [[ShardName]] = []
        for wave in waves {
            let chosen: [ShardName]
            switch wave {
            case .shards(let names): chosen = shards.filter { names.contains($0.shard) && !taken.contains($0) }
            case .count(let count):
                chosen = Array(free.prefix(count))
                free = free.dropFirst(count)
            }
            taken.formUnion(chosen)
            result.append(chosen)
        }
        result.append(Array(free))
        return result.filter { !$0.isEmpty }
    }
}

/// What is done without a person when some shards have the new schema and others cannot follow.
package struct FallbackPolicy: Codable, Equatable, Sendable {
    package enum Way: String, Codable, Sendable, CaseIterable {
        /// Keep trying until every shard has followed.
        case finish
        /// Stop trying and wait for a person.
        case hold
        /// Bring the shards that have followed back.
        case revert
    }
    package var way: Way
    /// How long after a wave's commit its last shard may follow before that is done.
    package var after: Duration
    /// Prepare the way back as soon as a shard has followed, so that it takes a cut-over and no more (Vitess).
    package var isWarm: Bool

    package init(way: Way = .finish, after: Duration = .seconds(300), isWarm: Bool = false) {
        self.way = way
        self.after = after
        self.isWarm = isWarm
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
