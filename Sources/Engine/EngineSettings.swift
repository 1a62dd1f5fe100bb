package import Core

/// What the engine is given from outside. The composition root fills it in; nothing has a default.
package struct EngineSettings: Sendable {
    package let environment: Environment
    /// The shards of a keyspace in the fleet's order; empty when there is no such keyspace. Throws when nobody can say now.
    package let shards: @Sendable (_ keyspace: String) async throws(Failure) -> [ShardName]
    /// How one shard's table differs from another's, in lines for people.
    package let differences: @Sendable (_ reference: ShardPlan, _ other: ShardPlan) -> [String]
    /// For waits.
    package let clock: any Clock<Duration>
    /// For what people and the journal read.
    package let wallClock: @Sendable () -> Timestamp
    /// The longest that one shard's plan, or its list of blockers, may take.
    package let askLimit: Duration
    /// The longest that a cut-over in flight may keep a stopping engine.
    package let stopLimit: Duration

    package init(
        environment: Environment, shards: @escaping @Sendable (_ keyspace: String) async throws(Failure) -> [ShardName],
        differences: @escaping @Sendable (_ reference: ShardPlan, _ other: ShardPlan) -> [String],
        clock: any Clock<Duration>, wallClock: @escaping @Sendable () -> Timestamp, askLimit: Duration,
        stopLimit: Duration
    ) {
        self.environment = environment
        self.shards = shards
        self.differences = differences
        self.clock = clock
        self.wallClock = wallClock
        self.askLimit = askLimit
        self.stopLimit = stopLimit
    }
}
