/// What carries out effects on servers: one for plain MySQL/MariaDB, one for Vitess, one simulated. Sees no engine.
package protocol ShardExecutor: Sendable {
    /// What the migration would do on one shard; creates nothing and changes nothing.
    func plan(_ request: PlanRequest, on shard: ShardName) async -> ShardPlan
    /// A fresh look at who is on the table, for a dialog.
    func blockers(of spec: MigrationSpec, on shard: ShardName) async throws(Failure) -> [Blocker]
    /// Performs one effect and returns when it is over; `run` is over when the run has ended. Effects of one shard may be
    /// performed at the same time (`hold` while `run` goes on), and each may come twice. Whatever is seen goes to `facts`.
    func perform(_ effect: ShardEffect, of spec: MigrationSpec, on shard: ShardName, facts: any FactSink) async
}

/// Where an executor says what it has seen.
package protocol FactSink: Sendable {
    /// Returns when the fact is journalled, so that "planned" is on disk before anything is created.
    /// - Throws: `EngineStopping` when the engine takes no more facts; the executor ends its work then.
    func report(_ fact: ShardFact) async throws(EngineStopping)
    /// Live figures, not journalled; the newest wins.
    func gauge(_ gauges: ShardGauges)
}

package struct EngineStopping: Error, Sendable {
    package init() {}
}

/// What a plan is asked for; the fingerprint is pinned when a migration was already submitted.
package struct PlanRequest: Codable, Equatable, Sendable {
    package let id: MigrationID
    package let keyspace: String
    package let table: String
    package let alter: String
    package let sql: String?
    package let strategy: Strategy
    package let policy: MigrationPolicy
    package let pinnedFingerprint: String?
    package init(
        id: MigrationID, keyspace: String, table: String, alter: String, sql: String? = nil,
        strategy: Strategy = .online, policy: MigrationPolicy, pinnedFingerprint: String?
    ) {
        self.id = id
        self.keyspace = keyspace
        self.table = table
        self.alter = alter
        self.sql = sql
        self.strategy = strategy
        self.policy = policy
        self.pinnedFingerprint = pinnedFingerprint
    }
}
