package import Core

/// Everything known of one keyspace at one poll: what VTGate answered, shard by shard, and how old each answer is.
package struct KeyspaceView: Equatable, Sendable {
    package let keyspace: KeyspaceName
    /// As `SHOW VITESS_SHARDS` orders them. A migration without a row on one of these is incomplete.
    package var shards: [ShardName]
    /// By shard. A shard without an entry was never read.
    package var reads: [ShardName: ShardRead]
    /// What the rows were asked for with: a row it does not cover is not missing, it was not asked for.
    package var coverage: RowFilter
    package var tablets: [TabletRow]
    package var replication: [ReplicationRow]
    package var throttlers: [ThrottlerRow]
    /// The rules of persons: keyspace-wide.
    package var throttledApps: Set<ThrottledAppRow>
    package var version: VersionKnowledge

    package init(
        keyspace: KeyspaceName, shards: [ShardName], reads: [ShardName: ShardRead] = [:], coverage: RowFilter = .all,
        tablets: [TabletRow] = [],
        replication: [ReplicationRow] = [], throttlers: [ThrottlerRow] = [], throttledApps: Set<ThrottledAppRow> = [],
        version: VersionKnowledge = .unknown
    ) {
        self.keyspace = keyspace
        self.shards = shards
        self.reads = reads
        self.coverage = coverage
        self.tablets = tablets
        self.replication = replication
        self.throttlers = throttlers
        self.throttledApps = throttledApps
        self.version = version
    }

    /// What one shard's primary last said.
    package struct ShardRead: Equatable, Sendable {
        /// Its rows as of `readAt`, kept while it is silent.
        package var rows: [MigrationRow]
        /// When they were read; `nil` when they never were.
        package var readAt: Timestamp?
        /// Why nothing newer is known; `nil` while it answers.
        package var silence: Silence?
        package init(rows: [MigrationRow], readAt: Timestamp?, silence: Silence? = nil) {
            self.rows = rows
            self.readAt = readAt
            self.silence = silence
        }
    }

    /// A shard that does not answer.
    package struct Silence: Equatable, Sendable {
        /// When it first did not answer.
        package let since: Timestamp
        /// The error, as VTGate said it.
        package let error: String
        package init(since: Timestamp, error: String) {
            self.since = since
            self.error = error
        }
    }

    /// One shard's row of a migration, and `nil` when it has none.
    package func row(_ uuid: VitessUUID, on shard: ShardName) -> MigrationRow? {
        reads[shard]?.rows.first { $0.uuid == uuid }
    }

    /// The primary of a shard, as VTGate sees it.
    package func primary(of shard: ShardName) -> TabletRow? {
        tablets.first { $0.name == shard && $0.kind == .primary }
    }

    /// Replaces the rows of the shards that one keyspace-wide read covered: all of them, also those without a row in it.
    package mutating func took(_ rows: [MigrationRow], at now: Timestamp) {
        let byShard = Dictionary(grouping: rows, by: \.name)
        for shard in shards { reads[shard] = ShardRead(rows: byShard[shard] ?? [], readAt: now) }
    }

    /// Replaces the rows of one shard.
    package mutating func took(_ rows: [MigrationRow], of shard: ShardName, at now: Timestamp) {
        reads[shard] = ShardRead(rows: rows, readAt: now)
    }

    /// Marks one shard as silent; what was known of it is kept, and grows old.
    package mutating func fellSilent(_ shard: ShardName, error: String, at now: Timestamp) {
        var read = reads[shard] ?? ShardRead(rows: [], readAt: nil)
        read.silence = Silence(since: read.silence?.since ?? now, error: error)
        reads[shard] = read
    }
}
