internal import Core
internal import Vitess

/// What a migration would do on one shard, found out without changing anything.
struct VitessPlanner: Sendable {
    let work: KeyspaceWork

    func plan(_ request: PlanRequest, on shard: ShardName) async -> ShardPlan {
        let spec = MigrationSpec(
            id: request.id, name: "", keyspace: request.keyspace, table: request.table, alter: request.alter, sql: request.sql,
            strategy: request.strategy, shards: [shard], pinnedFingerprint: "", policy: request.policy)
        var refusals: [Failure] = []
        var warnings: [String] = []
        var strategy: CoordinatedStrategy?
        do throws(Failure) { strategy = try CoordinatedStrategy(spec) } catch { refusals.append(error) }
        if let strategy { warnings += Self.warnings(strategy, await work.version()) }

        let isCreate = strategy?.statement.text.lowercased().hasPrefix("create") ?? false
        var definition = ""
        switch await ShardDefinition.read(request.table, on: shard, through: work) {
        case .success(let text): definition = text
        case .failure(let failure):
            // A table that is to be made is not there yet.
            if !(isCreate && ShardDefinition.isMissing(failure)) { refusals.append(failure) }
        }
        let table = TableDefinition(definition)
        let release: MySQLRelease?
        switch await ShardDefinition.release(on: shard, through: work) {
        case .success(let known): release = known
        case .failure(let failure):
            release = nil
            warnings.append("the version of the shard's MySQL could not be had: \(failure.cause ?? failure.what)")
        }
        let forecast = strategy.flatMap {
            InstantForecast.of($0.statement, under: $0.flags, definition: definition, server: release)
        }
        if let forecast {
            warnings += InstantForecast.warnings(forecast, fallsBack: request.policy.fallback.way == .revert)
        }
        if let pinned = request.pinnedFingerprint, pinned != table.fingerprint {
            refusals.append(
                Failure(.tableChanged, "\(shard): the table is not what it was when the plan was made.", now: "nothing was changed"))
        }
        do throws(Failure) {
            let found = try await work.blockers(of: spec, on: shard) ?? []
            if let words = RowReading.blocked(found, at: work.wallClock()) { warnings.append("a cut-over now would be \(words)") }
        } catch { warnings.append("who is on the table is not known: \(error.what)\(error.cause.map { " (\($0))" } ?? "")") }
        let view = await work.fresh(.recent(since: work.wallClock(), also: []))
        refusals += Self.rivals(request, shard, view)
        let primary = view.primary(of: shard)
        return ShardPlan(
            shard: shard, server: Self.server(primary, release), fingerprint: table.fingerprint,
            definition: definition, keyName: nil, keyColumns: [], estimatedRows: nil, tableBytes: nil, spaceNeeded: nil,
            spaceFree: nil, refusals: refusals, warnings: warnings, forecast: forecast)
    }

    private static func server(_ primary: TabletRow?, _ release: MySQLRelease?) -> String {
        let tablet = primary.map { "tablet \($0.alias) (\($0.state))" } ?? "VTGate"
        return release.map { "\(tablet), MySQL \($0)" } ?? tablet
    }

    /// Somebody's pending migration of the table: Vitess would queue ours behind it, for as long as it takes.
    private static func rivals(_ request: PlanRequest, _ shard: ShardName, _ view: KeyspaceView) -> [Failure] {
        if let silence = view.reads[shard]?.silence {
            return [
                Failure(
                    .serverUnreachable, "\(shard) does not answer.", cause: silence.error, now: "nothing was submitted",
                    next: "wait until its primary serves, then submit again")
            ]
        }
        let prefix = MigrationFamily.prefix(request.id)
        return (view.reads[shard]?.rows ?? [])
            .filter { $0.status.isPending && $0.table == request.table && !$0.context.hasPrefix(prefix) }
            .map { row in
                Failure(
                    .artifactInUse, "\(shard): migration \(row.uuid.id.short) of \(row.table) is \(row.status) in Vitess.",
                    cause: "context \(row.context)", now: "nothing was submitted", next: "complete or cancel it first")
            }
    }

    private static func warnings(_ strategy: CoordinatedStrategy, _ version: VersionKnowledge) -> [String] {
        var warnings: [String] = []
        if strategy.flags.strategy != .vitess {
            warnings.append("`\(strategy.flags.strategy.rawValue)` cannot be stopped once it runs, and cannot be reverted")
        }
        if case .no(let reason) = version.supports(.postponeComplete) {
            warnings.append("a shard that was told to complete cannot be held back again: \(reason)")
        }
        return warnings
    }
}
