internal import Core

/// The statements of a command, as narrow as Vitess allows.
struct AttachSteps {
    let migration: MigrationReading
    /// The shards that are to be reached.
    let names: [ShardName]
    /// What `throttle` and `threshold` take.
    let throttle: Throttle?
    let threshold: CutOverThreshold?

    func steps(_ verb: Verb) -> [[VitessStatement]] {
        let uuid = migration.uuid
        switch verb {
        case .launch: return [narrow(.launchShards).map { .launch(uuid, $0) }]
        case .complete: return [narrow(.completeShards).map { .complete(uuid, $0) }]
        case .postpone: return [reach.map { .postponeComplete(uuid, $0) }]
        case .cancel: return [reach.map { .cancel(uuid, $0) }]
        case .retry: return retry
        case .forceCutOver: return [reach.map { .forceCutOver(uuid, $0) }]
        case .throttle: return throttle.map { [[.throttle(uuid, $0, migration.keyspace)]] } ?? []
        case .unthrottle: return [[.unthrottle(uuid, migration.keyspace)]]
        case .revert: return revert
        case .threshold:
            return threshold.map { threshold in [reach.map { .cutOverThreshold(uuid, threshold, $0) }] } ?? []
        case .cleanup: return [reach.map { .cleanup(uuid, $0) }]
        }
    }

    /// Every shard of the keyspace is to be reached, and answers.
    private var isWhole: Bool {
        names.count == migration.shards.count && !migration.shards.contains { $0.isSilent || $0.isMissing }
    }

    private var targets: [ShardTarget] { names.compactMap(ShardTarget.init) }

    private var reach: [VitessStatement.Reach] {
        isWhole ? [.everyShard(migration.keyspace)] : targets.map { .one($0) }
    }

    /// `VITESS_SHARDS` where the grammar has it. While a shard is silent VTGate refuses also statements that name only others.
    private func narrow(_ feature: VitessFeature) -> [VitessStatement.NarrowReach] {
        if isWhole { return [.everyShard(migration.keyspace)] }
        let isQuiet = migration.shards.contains(where: \.isSilent)
        if !isQuiet, migration.version.supports(feature).isPossible, let list = ShardList(names) {
            return [.listed(list)]
        }
        return targets.map { .one($0) }
    }

    /// A COMPLETE of the life before is remembered: it is taken back before the retry, and once more after it.
    private var retry: [[VitessStatement]] {
        let uuid = migration.uuid
        let retries = reach.map { VitessStatement.retry(uuid, $0) }
        guard remembersCompletion, migration.version.supports(.postponeComplete).isPossible else { return [retries] }
        let postpones = reach.map { VitessStatement.postponeComplete(uuid, $0) }
        return [postpones, retries, postpones]
    }

    /// Some shard was submitted postponed and would cut over by itself after a retry.
    var remembersCompletion: Bool {
        migration.readings.contains {
            names.contains($0.row.name) && !$0.row.postponeCompletion && $0.row.hasFlag("postpone-completion")
        }
    }

    /// Always postponed: under the session's default strategy a REVERT would cut over as soon as it can.
    private var revert: [[VitessStatement]] {
        do throws(StrategyFlags.Invalid) {
            let flags = try StrategyFlags(.vitess, [.postponeCompletion, .allowConcurrent])
            return reach.flatMap { reach -> [[VitessStatement]] in
                [[.setStrategy(flags)], [.readStrategy], [.revert(migration.uuid, reach)]]
            }
        } catch {
            preconditionFailure("a strategy of two flags that go together: \(error.reason)")
        }
    }
}

extension VersionKnowledge.Support {
    /// Known, or not known not to be.
    package var isPossible: Bool {
        switch self {
        case .yes, .unknown: true
        case .no: false
        }
    }
}
