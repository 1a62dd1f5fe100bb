/// What an operator's program may ask of the engine: the one way in, for the console, the command line and tests.
package protocol OperatorService: Sendable {
    func snapshot() async throws(ServiceError) -> FleetSnapshot
    /// A snapshot now and after each change, at most ten a second; only the newest is kept for a slow reader. Ends when the
    /// engine does, or its connection.
    func snapshots() async throws(ServiceError) -> AsyncStream<FleetSnapshot>
    /// Plans on every shard and, if nothing refuses, journals the migration. Idempotent by the spec's id.
    func submit(_ submission: Submission, by identity: OperatorIdentity) async throws(ServiceError) -> MigrationSnapshot
    /// What the command would do, from a look taken now.
    func plan(_ request: CommandRequest) async throws(ServiceError) -> CommandPlan
    /// Carries the command out. With a plan's hash, only if a plan made now still has that hash.
    func perform(
        _ request: CommandRequest, planHash: String?, by identity: OperatorIdentity, reason: String
    ) async throws(ServiceError) -> CommandReceipt
}

/// A manifest's content on its way to the engine, which adds the shards and pins the schema.
package struct Submission: Codable, Equatable, Sendable {
    package let id: MigrationID
    package let name: String
    package let keyspace: String
    package let table: String
    package let alter: String
    package let sql: String?
    package let strategy: Strategy
    package let policy: MigrationPolicy
    package init(
        id: MigrationID, name: String, keyspace: String, table: String, alter: String, sql: String? = nil,
        strategy: Strategy = .online, policy: MigrationPolicy
    ) {
        self.id = id
        self.name = name
        self.keyspace = keyspace
        self.table = table
        self.alter = alter
        self.sql = sql
        self.strategy = strategy
        self.policy = policy
    }
}

/// A verb aimed at a migration and, where the verb can be narrowed, at some of its shards.
package struct CommandRequest: Codable, Equatable, Sendable {
    package let verb: Verb
    package let migration: MigrationID
    /// Empty means every shard.
    package let shards: [ShardName]
    package let options: CommandOptions
    package init(
        verb: Verb, migration: MigrationID, shards: [ShardName] = [], options: CommandOptions = CommandOptions()
    ) {
        self.verb = verb
        self.migration = migration
        self.shards = shards
        self.options = options
    }
}

/// What some verbs take besides their target; `nil` leaves it to the fleet's default.
package struct CommandOptions: Codable, Equatable, Sendable {
    /// `throttle`: the share of work held back, above 0 and up to 1. A plain fleet holds everything.
    package var ratio: Double?
    /// `throttle`: how long until it ends by itself. A plain fleet throttles until `unthrottle`.
    package var expiry: Duration?
    /// `threshold`: the longest that a cut-over may hold the application.
    package var threshold: Duration?
    package init(ratio: Double? = nil, expiry: Duration? = nil, threshold: Duration? = nil) {
        self.ratio = ratio
        self.expiry = expiry
        self.threshold = threshold
    }
}

/// A command that was admitted and journalled. Its effect is believed when the snapshots show it.
package struct CommandReceipt: Codable, Equatable, Sendable {
    package let at: Timestamp
    package let migration: MigrationID
    package let verb: Verb
    /// What was seen of its effect before this was written, a line a shard; empty where nothing was looked at.
    package let report: [String]
    package init(at: Timestamp, migration: MigrationID, verb: Verb, report: [String] = []) {
        self.at = at
        self.migration = migration
        self.verb = verb
        self.report = report
    }
}

package enum ServiceError: Error, Codable, Equatable, Sendable {
    /// Nothing changed.
    case refused(Refusal)
    /// The plans that stand in the way of a submission. Nothing changed.
    case planRefused(FleetPlan)
    /// The engine did not answer; whether it got the command is not known unless `sent` is false.
    case unreachable(String, sent: Bool)
    case failed(Failure)
}
