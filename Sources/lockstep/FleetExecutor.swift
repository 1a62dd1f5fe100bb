internal import Core
internal import OnlineSchemaChange
internal import Schema
internal import Vitess
internal import VitessExecutor

/// Hands each keyspace's work to whoever does it: Lockstep itself, or the keyspace's tablets.
struct FleetExecutor: ShardExecutor {
    let plain: OnlineSchemaChangeExecutor
    let vitess: VitessExecutor
    let vitessKeyspaces: Set<String>
    /// The cluster file's, by keyspace.
    let shards: [String: [ShardName]]

    /// In the fleet's order; VTGate is asked for its own.
    func shards(of keyspace: String) async throws(Failure) -> [ShardName] {
        if vitessKeyspaces.contains(keyspace) { return try await vitess.shards(of: keyspace) }
        return shards[keyspace] ?? []
    }

    func plan(_ request: PlanRequest, on shard: ShardName) async -> ShardPlan {
        if let refusal = mismatch(request.strategy, on: shard) { return refusal }
        return await executor(of: shard).plan(request, on: shard)
    }

    func blockers(of spec: MigrationSpec, on shard: ShardName) async throws(Failure) -> [Blocker] {
        try await executor(of: shard).blockers(of: spec, on: shard)
    }

    func perform(_ effect: ShardEffect, of spec: MigrationSpec, on shard: ShardName, facts: any FactSink) async {
        await executor(of: shard).perform(effect, of: spec, on: shard, facts: facts)
    }

    /// How one shard's definition differs from the reference's, a line a property.
    static func differences(_ reference: ShardPlan, _ other: ShardPlan) -> [String] {
        // VTGate shows tables as their servers write them; the plain fleet's planner in a form of our own.
        if reference.definition.hasPrefix("CREATE ") {
            return TableDefinition.differences(
                TableDefinition(reference.definition), TableDefinition(other.definition), reference.shard.shard,
                other.shard.shard)
        }
        return SchemaDifference.diff(canonical: reference.definition, other.definition)
            .map { $0.words(reference.shard.shard, other.shard.shard) }
    }

    private func executor(of shard: ShardName) -> any ShardExecutor {
        vitessKeyspaces.contains(shard.keyspace) ? vitess : plain
    }

    private func mismatch(_ strategy: Strategy, on shard: ShardName) -> ShardPlan? {
        let isVitess = vitessKeyspaces.contains(shard.keyspace)
        let what: String
        switch strategy {
        case .online where isVitess:
            what = "Keyspace \(shard.keyspace) is behind a VTGate, and strategy online needs its servers."
        case .vitess(let strategy) where !isVitess:
            what = "Keyspace \(shard.keyspace) is not behind a VTGate, and strategy \(strategy.method.rawValue) needs one."
        case .online, .vitess: return nil
        }
        let failure = Failure(
            .preflightRefused, what, now: "nothing was changed",
            next: isVitess ? "give the manifest `strategy: vitess`" : "give the keyspace a `vtgate:` in the cluster file, or leave the strategy out")
        return ShardPlan(
            shard: shard, server: "", fingerprint: "", definition: "", keyName: nil, keyColumns: [], estimatedRows: nil,
            tableBytes: nil, spaceNeeded: nil, spaceFree: nil, refusals: [failure], warnings: [])
    }
}
