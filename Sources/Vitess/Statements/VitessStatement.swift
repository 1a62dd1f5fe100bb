/// Every statement that may ever be sent to a VTGate. What must not be sent cannot be built: an empty or malformed UUID (throttles
/// or reaches everything), an empty shard list (`VITESS_SHARDS ''` completes all), `LIKE ''` (drops the connection), a verb with
/// `ALL`, and DDL in a shard-targeted session (runs at once, directly).
///
/// Sent in autocommit and as text, never prepared and never inside a transaction: VTGate refuses both (1105, 1815).
package enum VitessStatement: Hashable, Sendable {
    // Reading.
    case showKeyspaces
    case showShards
    case showTablets
    case showReplicationStatus
    case showThrottlerStatus(KeyspaceName)
    case showThrottledApps(KeyspaceName)
    case showMigrations(Reach, RowFilter)
    case readVersion

    // Submitting: each of these by itself, and the next only when the session shows that the one before took hold.
    case setStrategy(StrategyFlags)
    /// What the session's strategy is: a refused SET leaves the old one, `direct` at first.
    case readStrategy
    case setContext(MigrationContext)
    case readContext
    case submit(SchemaStatement, KeyspaceName)
    /// `SHOW CREATE TABLE`, on one shard: the pinned definition.
    case showCreateTable(String, ShardTarget)
    /// The version of the shard's own server: `@@version` would be VTGate's.
    case readServerVersion(ShardTarget)

    // Commanding.
    case launch(VitessUUID, NarrowReach)
    case complete(VitessUUID, NarrowReach)
    case postponeComplete(VitessUUID, Reach)
    case cancel(VitessUUID, Reach)
    case retry(VitessUUID, Reach)
    case cleanup(VitessUUID, Reach)
    case forceCutOver(VitessUUID, Reach)
    case cutOverThreshold(VitessUUID, CutOverThreshold, Reach)
    /// Keyspace-wide, whatever the session's target.
    case throttle(VitessUUID, Throttle, KeyspaceName)
    case unthrottle(VitessUUID, KeyspaceName)
    /// Answers with the new migration's uuid, whether or not it can be reverted.
    case revert(VitessUUID, Reach)

    /// Whom a statement reaches by the session it is sent in.
    package enum Reach: Hashable, Sendable {
        case everyShard(KeyspaceName)
        case one(ShardTarget)

        package var keyspace: KeyspaceName {
            switch self {
            case .everyShard(let keyspace): keyspace
            case .one(let target): target.keyspace
            }
        }
    }

    /// Whom LAUNCH and COMPLETE reach: they alone have `VITESS_SHARDS`.
    package enum NarrowReach: Hashable, Sendable {
        case everyShard(KeyspaceName)
        /// One statement with `VITESS_SHARDS`.
        case listed(ShardList)
        /// A shard-targeted session: for versions whose grammar lacks the list.
        case one(ShardTarget)
    }

    /// The session a statement needs.
    package enum Target: Hashable, Sendable {
        /// Any session; for some statements one that is on no shard (`needsNoShard`).
        case any
        case keyspace(KeyspaceName)
        case shard(ShardTarget)

        /// The statement that makes a session so; `nil` when any will do.
        package var useText: String? {
            switch self {
            case .any: nil
            case .keyspace(let keyspace): "USE \(SQLText.name(keyspace.text))"
            case .shard(let target): "USE \(SQLText.name("\(target.keyspace):\(target.shard)"))"
            }
        }
    }

    /// The statement as it is sent, without a semicolon.
    package var text: String {
        switch self {
        case .showKeyspaces: "SHOW VITESS_KEYSPACES"
        case .showShards: "SHOW VITESS_SHARDS"
        case .showTablets: "SHOW VITESS_TABLETS"
        case .showReplicationStatus: "SHOW VITESS_REPLICATION_STATUS"
        case .showThrottlerStatus: "SHOW VITESS_THROTTLER STATUS"
        case .showThrottledApps: "SHOW VITESS_THROTTLED_APPS"
        case .showMigrations(_, let filter): "SHOW VITESS_MIGRATIONS\(filter.clause)"
        case .readVersion: "SELECT @@version, @@version_comment"
        case .setStrategy(let flags): "SET @@ddl_strategy = \(SQLText.quoted(flags.description))"
        case .readStrategy: "SELECT @@ddl_strategy"
        case .setContext(let context): "SET @@migration_context = \(SQLText.quoted(context.text))"
        case .readContext: "SELECT @@migration_context"
        case .submit(let statement, _): statement.text
        case .showCreateTable(let table, _): "SHOW CREATE TABLE \(SQLText.name(table))"
        case .readServerVersion: "SELECT @@global.version AS version"
        case .launch(let uuid, let reach): Self.verb(uuid, "LAUNCH", reach)
        case .complete(let uuid, let reach): Self.verb(uuid, "COMPLETE", reach)
        case .postponeComplete(let uuid, _): Self.verb(uuid, "POSTPONE COMPLETE")
        case .cancel(let uuid, _): Self.verb(uuid, "CANCEL")
        case .retry(let uuid, _): Self.verb(uuid, "RETRY")
        case .cleanup(let uuid, _): Self.verb(uuid, "CLEANUP")
        case .forceCutOver(let uuid, _): Self.verb(uuid, "FORCE_CUTOVER")
        case .cutOverThreshold(let uuid, let threshold, _):
            Self.verb(uuid, "CUTOVER_THRESHOLD \(SQLText.quoted(SQLText.seconds(threshold.duration)))")
        case .throttle(let uuid, let throttle, _):
            Self.verb(
                uuid,
                "THROTTLE EXPIRE \(SQLText.quoted(SQLText.seconds(throttle.expiry))) RATIO \(SQLText.ratio(throttle.ratio))"
            )
        case .unthrottle(let uuid, _): Self.verb(uuid, "UNTHROTTLE")
        case .revert(let uuid, _): "REVERT VITESS_MIGRATION \(SQLText.quoted(uuid.text))"
        }
    }

    /// The session it must be sent in.
    package var target: Target {
        switch self {
        case .showKeyspaces, .showShards, .showTablets, .showReplicationStatus, .readVersion, .setStrategy,
            .readStrategy,
            .setContext, .readContext:
            .any
        case .showThrottlerStatus(let keyspace), .showThrottledApps(let keyspace), .submit(_, let keyspace),
            .throttle(_, _, let keyspace), .unthrottle(_, let keyspace):
            .keyspace(keyspace)
        case .showCreateTable(_, let target), .readServerVersion(let target): .shard(target)
        case .launch(_, let reach), .complete(_, let reach):
            switch reach {
            case .everyShard(let keyspace): .keyspace(keyspace)
            case .listed(let list): .keyspace(list.keyspace)
            case .one(let target): .shard(target)
            }
        case .showMigrations(let reach, _), .postponeComplete(_, let reach), .cancel(_, let reach),
            .retry(_, let reach),
            .cleanup(_, let reach), .forceCutOver(_, let reach), .cutOverThreshold(_, _, let reach),
            .revert(_, let reach):
            switch reach {
            case .everyShard(let keyspace): .keyspace(keyspace)
            case .one(let target): .shard(target)
            }
        }
    }

    /// Whether VTGate answers it by itself. In a shard-targeted session it hands these on to the shard's MySQL, which does not know
    /// them (seen on v24): they need a session that is on no shard.
    package var needsNoShard: Bool {
        switch self {
        case .showKeyspaces, .showShards, .showTablets, .showReplicationStatus: true
        case .showThrottlerStatus, .showThrottledApps, .showMigrations, .readVersion, .setStrategy, .readStrategy,
            .setContext,
            .readContext, .submit, .showCreateTable, .readServerVersion, .launch, .complete, .postponeComplete, .cancel, .retry, .cleanup,
            .forceCutOver, .cutOverThreshold, .throttle, .unthrottle, .revert:
            false
        }
    }

    /// Whether it may change something: then a lost answer means that the rows must be asked.
    package var isEffect: Bool {
        switch self {
        case .showKeyspaces, .showShards, .showTablets, .showReplicationStatus, .showThrottlerStatus,
            .showThrottledApps,
            .showMigrations, .readVersion, .setStrategy, .readStrategy, .setContext, .readContext, .showCreateTable,
            .readServerVersion:
            false
        case .submit, .launch, .complete, .postponeComplete, .cancel, .retry, .cleanup, .forceCutOver,
            .cutOverThreshold,
            .throttle, .unthrottle, .revert:
            true
        }
    }

    private static func verb(_ uuid: VitessUUID, _ words: String) -> String {
        "ALTER VITESS_MIGRATION \(SQLText.quoted(uuid.text)) \(words)"
    }

    private static func verb(_ uuid: VitessUUID, _ words: String, _ reach: NarrowReach) -> String {
        switch reach {
        case .everyShard, .one: verb(uuid, words)
        case .listed(let list): verb(uuid, "\(words) VITESS_SHARDS \(SQLText.quoted(list.description))")
        }
    }
}
