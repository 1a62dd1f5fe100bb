package import Core
internal import Synchronization
internal import Vitess

/// Carries out effects on keyspaces of Vitess: the tablets do the work, this submits, follows, gates and takes back.
///
/// Nothing is kept here that the rows do not tell: an engine that was killed finds its migrations by their contexts and goes on.
package final class VitessExecutor: ShardExecutor {
    private struct State {
        var keyspaces: [String: KeyspaceWork] = [:]
        var drivers: [MigrationID: MigrationDriver] = [:]
    }
    private let state: Mutex<State>

    /// - Parameters:
    ///   - endpoints: by keyspace. One that is no keyspace's name is left out.
    ///   - blockers: looks at the shards' own servers, where there is access to them.
    package init(
        _ endpoints: [String: VTGateEndpoint], clock: any Clock<Duration>, wallClock: @escaping @Sendable () -> Timestamp,
        blockers: BlockerLook? = nil
    ) {
        var keyspaces: [String: KeyspaceWork] = [:]
        for (name, endpoint) in endpoints {
            guard let keyspace = KeyspaceName(name) else { continue }
            keyspaces[name] = KeyspaceWork(keyspace, at: endpoint, clock: clock, wallClock: wallClock, blockers: blockers)
        }
        state = Mutex(State(keyspaces: keyspaces))
    }

    /// The shards that VTGate serves of a keyspace, in its order.
    /// - Throws: a `Failure` when VTGate does not say; an empty list means that it knows no such keyspace.
    package func shards(of keyspace: String) async throws(Failure) -> [ShardName] {
        guard let work = work(keyspace) else { return [] }
        do throws(VTGateError) { return try await work.shards() } catch { throw error.failure }
    }

    package func plan(_ request: PlanRequest, on shard: ShardName) async -> ShardPlan {
        guard let work = work(request.keyspace) else { return ShardPlan.unknownKeyspace(shard) }
        return await VitessPlanner(work: work).plan(request, on: shard)
    }

    /// Vitess tells nobody who is in the way; it ends them itself when it is told to force. Where the shard's own server may be asked, it
    /// is; empty where it may not.
    package func blockers(of spec: MigrationSpec, on shard: ShardName) async throws(Failure) -> [Blocker] {
        try await work(spec.keyspace)?.blockers(of: spec, on: shard) ?? []
    }

    package func perform(_ effect: ShardEffect, of spec: MigrationSpec, on shard: ShardName, facts: any FactSink) async {
        guard let work = work(spec.keyspace) else { return await missing(effect, spec, shard, facts) }
        let driver = driver(of: spec, in: work)
        switch effect {
        case .run(let run, let resume, let artifacts):
            await follow(driver, shard, run, .forward, resume, artifacts, facts)
        case .runBack(let run, let resume, let artifacts):
            await follow(driver, shard, run, .reverse, resume, artifacts, facts)
        case .look(let run, let attempt):
            if isDirect(spec) { return await tell(.looked(run, attempt: attempt, blockers: []), facts) }
            guard let work = await cutOver(driver, shard, run, facts) else {
                return await tell(.lookFailed(run, attempt: attempt, Self.silent(shard)), facts)
            }
            await work.look(run, attempt)
        case .hold(let run, let attempt):
            if isDirect(spec) {
                await driver.hold(shard, attempt: attempt)
                let report = HoldReport(lockedAt: work.wallClock(), lockWait: .zero, drain: .zero)
                return await tell(.held(run, attempt: attempt, report), facts)
            }
            guard let work = await cutOver(driver, shard, run, facts) else {
                return await tell(.holdRefused(run, attempt: attempt, Self.silent(shard), blockers: []), facts)
            }
            await work.hold(run, attempt)
        case .release(let run, let attempt, .commit):
            if isDirect(spec) { return await DirectWork(driver: driver, shard: shard, facts: facts).commit(run, attempt) }
            await driver.stopFollowing(run, on: shard)
            await settled(driver, shard, run, attempt, facts) { await $0.commit(run, attempt) }
        case .release(let run, let attempt, .abort):
            if isDirect(spec) { return await tell(.released(run, attempt: attempt, .notSwapped(nil)), facts) }
            await settled(driver, shard, run, attempt, facts) { await $0.abort(run, attempt) }
        case .ask(let run, let attempt):
            if isDirect(spec) { return await DirectWork(driver: driver, shard: shard, facts: facts).ask(run, attempt) }
            await settled(driver, shard, run, attempt, facts) { await $0.ask(run, attempt) }
        case .endBlockers(let run, let blockers):
            await ArtifactWork(driver: driver, shard: shard, facts: facts).force(run, blockers)
        case .throttle(_, let pause): await driver.throttle(pause)
        case .threshold(_, let threshold): await driver.setThreshold(threshold)
        case .stop(let run):
            await driver.stop(run, on: shard)
            if isDirect(spec) { return await tell(.stopped(run), facts) }
            await ArtifactWork(driver: driver, shard: shard, facts: facts).settle(run)
        case .dropArtifacts(let artifacts): await ArtifactWork(driver: driver, shard: shard, facts: facts).drop(artifacts)
        }
    }

    private func follow(
        _ driver: MigrationDriver, _ shard: ShardName, _ run: RunID, _ direction: Direction, _ resume: Checkpoint?,
        _ artifacts: [Artifact], _ facts: any FactSink
    ) async {
        await driver.goes(direction, run, on: shard)
        if resume == ShardFollower.retried(run) { await driver.wasRetried(run, on: shard) }
        if isDirect(driver.spec) { return await DirectWork(driver: driver, shard: shard, facts: facts).run(run) }
        await ShardFollower(driver: driver, shard: shard, run: run, direction: direction, facts: facts).follow(artifacts)
    }

    /// `nil` when nobody knows which way the run goes.
    private func cutOver(
        _ driver: MigrationDriver, _ shard: ShardName, _ run: RunID, _ facts: any FactSink
    ) async -> CutOverWork? {
        guard let direction = await driver.direction(of: run, on: shard) else { return nil }
        return CutOverWork(driver: driver, shard: shard, direction: direction, facts: facts)
    }

    private func settled(
        _ driver: MigrationDriver, _ shard: ShardName, _ run: RunID, _ attempt: Int, _ facts: any FactSink,
        _ body: (CutOverWork) async -> Void
    ) async {
        guard let work = await cutOver(driver, shard, run, facts) else {
            return await tell(.released(run, attempt: attempt, .unknown(Self.silent(shard))), facts)
        }
        await body(work)
    }

    private static func silent(_ shard: ShardName) -> Failure {
        Failure(
            .serverUnreachable, "\(shard) does not answer.", now: "what it does is not known", next: "it is asked again")
    }

    private func isDirect(_ spec: MigrationSpec) -> Bool {
        if case .vitess(let strategy) = spec.strategy { strategy.method == .direct } else { false }
    }

    private func work(_ keyspace: String) -> KeyspaceWork? { state.withLock { $0.keyspaces[keyspace] } }

    private func driver(of spec: MigrationSpec, in work: KeyspaceWork) -> MigrationDriver {
        state.withLock { state in
            if let driver = state.drivers[spec.id] { return driver }
            let driver = MigrationDriver(spec, in: work)
            state.drivers[spec.id] = driver
            return driver
        }
    }

    /// The cluster file no longer names the keyspace.
    private func missing(_ effect: ShardEffect, _ spec: MigrationSpec, _ shard: ShardName, _ facts: any FactSink) async {
        let failure = Failure(
            .serverUnreachable, "The cluster file has no VTGate for \(spec.keyspace).", now: "nothing was sent",
            next: "put the keyspace back into the cluster file and start the engine again")
        switch effect {
        case .run(let run, _, _), .runBack(let run, _, _), .stop(let run): await tell(.failed(run, failure), facts)
        case .look(let run, let attempt): await tell(.lookFailed(run, attempt: attempt, failure), facts)
        case .hold(let run, let attempt): await tell(.holdRefused(run, attempt: attempt, failure, blockers: []), facts)
        case .release(let run, let attempt, _), .ask(let run, let attempt):
            await tell(.released(run, attempt: attempt, .unknown(failure)), facts)
        case .endBlockers(let run, _): await tell(.blockersEnded(run, ended: [], gone: []), facts)
        case .throttle, .threshold, .dropArtifacts: return
        }
    }

    private func tell(_ fact: ShardFact, _ facts: any FactSink) async {
        // An engine that takes no more facts asks again when it is started.
        do throws(EngineStopping) { try await facts.report(fact) } catch { return }
    }
}

extension ShardPlan {
    fileprivate static func unknownKeyspace(_ shard: ShardName) -> ShardPlan {
        let failure = Failure(
            .preflightRefused, "The cluster file has no VTGate for \(shard.keyspace).", now: "nothing was submitted",
            next: "give the keyspace a `vtgate:` in the cluster file")
        return ShardPlan(
            shard: shard, server: "", fingerprint: "", definition: "", keyName: nil, keyColumns: [], estimatedRows: nil,
            tableBytes: nil, spaceNeeded: nil, spaceFree: nil, refusals: [failure], warnings: [])
    }
}
