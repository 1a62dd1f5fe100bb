package import Core
internal import MySQLClient
internal import Synchronization

/// Carries out effects on plain MySQL and MariaDB shards.
package final class OnlineSchemaChangeExecutor: ShardExecutor {
    private struct Key: Hashable {
        let migration: MigrationID
        let shard: ShardName
    }

    private let sites: [ShardName: ShardSite]
    private let environment: ExecutorEnvironment
    private let work = Mutex(Work())

    private struct Work {
        var runs: [Key: ShardRun] = [:]
        /// The newest run that was stopped for good: an order to run that comes late is not followed any more.
        var stopped: [Key: RunID] = [:]
        /// A pause may come before the run it is for.
        var pauses: [Key: ManualThrottle] = [:]

        /// - Returns: `nil` when the run was stopped before; else the run, and whether it is to be begun.
        mutating func begin(_ key: Key, _ run: RunID, _ make: () -> ShardRun) -> (run: ShardRun, isNew: Bool)? {
            if let last = stopped[key], run.number <= last.number { return nil }
            if let live = runs[key], live.run == run, !live.isOver { return (live, false) }
            let new = make()
            new.throttle(pauses[key])
            runs[key] = new
            return (new, true)
        }
    }

    /// - Parameter sites: every shard of the cluster file, by name.
    package init(sites: [ShardName: ShardSite], environment: ExecutorEnvironment) {
        self.sites = sites
        self.environment = environment
    }

    package func plan(_ request: PlanRequest, on shard: ShardName) async -> ShardPlan {
        guard let site = sites[shard] else { return .unknown(shard) }
        return await ShardPlanner.plan(
            request, on: shard, database: site.database, primary: site.primary, replicas: site.throttledReplicas)
    }

    package func blockers(of spec: MigrationSpec, on shard: ShardName) async throws(Failure) -> [Blocker] {
        guard let site = sites[shard] else { throw .unknownShard(shard) }
        let run = current(spec, shard)
        do {
            if let run, !run.isOver { return try await run.obstacles() }
            let connection = try await Connection.open(site.primary)
            let found: [Blocker]
            do {
                found = try await BlockerFinder.look(
                    on: connection, database: site.database, table: spec.table,
                    olderThan: min(spec.policy.cutOver.blockerAge, spec.policy.cutOver.lockWait)
                ).blockers
            } catch {
                await connection.close()
                throw error
            }
            await connection.close()
            return found
        } catch { throw RunFailure.of(error, site) }
    }

    package func perform(
        _ effect: ShardEffect, of spec: MigrationSpec, on shard: ShardName, facts: any FactSink
    ) async {
        guard let site = sites[shard] else {
            await missing(effect, shard, facts)
            return
        }
        let key = Key(migration: spec.id, shard: shard)
        let live = current(spec, shard)
        switch effect {
        case .run(let run, let resume, let artifacts):
            let begun = work.withLock {
                $0.begin(key, run) { ShardRun(run, of: spec, at: site, environment: environment, facts: facts) }
            }
            guard let begun else { return }
            if begun.isNew {
                await begun.run.execute(resume: resume, artifacts: artifacts)
            } else {
                await begun.run.sayAgain()
            }
        case .runBack(let run, _, _): await tell(.failed(run, .noWayBack(shard)), facts)
        case .look(let run, let attempt):
            await with(live, run, facts, .lookFailed(run, attempt: attempt, .runGone(shard))) { await $0.look(attempt) }
        case .hold(let run, let attempt):
            let refusal = ShardFact.holdRefused(run, attempt: attempt, .runGone(shard), blockers: [])
            await with(live, run, facts, refusal) { await $0.hold(attempt) }
        case .release(let run, let attempt, let decision):
            if let live, live.run == run {
                await live.release(attempt, decision)
            } else {
                await ask(spec, site, run, attempt, facts)
            }
        case .ask(let run, let attempt):
            await ask(spec, site, run, attempt, facts)
        case .endBlockers(let run, let blockers):
            await with(live, run, facts, .blockersEnded(run, ended: [], gone: [])) { await $0.endBlockers(blockers) }
        case .throttle(_, let pause):
            let running = work.withLock { work in
                work.pauses[key] = pause
                return work.runs[key]
            }
            running?.throttle(pause)
        // A threshold of ours stands in the manifest: the order is refused.
        case .threshold: break
        case .stop(let run):
            let running = work.withLock { work in
                work.stopped[key] = run
                return work.runs[key]
            }
            await stop(running, run, facts)
        case .dropArtifacts(let artifacts):
            await ArtifactRemoval(spec: spec, site: site, environment: environment, facts: facts).drop(artifacts)
        }
    }

    private func current(_ spec: MigrationSpec, _ shard: ShardName) -> ShardRun? {
        work.withLock { $0.runs[Key(migration: spec.id, shard: shard)] }
    }

    private func with(
        _ live: ShardRun?, _ run: RunID, _ facts: any FactSink, _ otherwise: ShardFact, _ body: (ShardRun) async -> Void
    ) async {
        if let live, live.run == run, !live.isOver { await body(live) } else { await tell(otherwise, facts) }
    }

    private func stop(_ live: ShardRun?, _ run: RunID, _ facts: any FactSink) async {
        live?.stop()
        do {
            try await live?.waitUntilOver()
            try await facts.report(.stopped(run))
        } catch { return }
    }

    /// Asks until the server answers, with pauses; the engine asks again after a restart.
    private func ask(
        _ spec: MigrationSpec, _ site: ShardSite, _ run: RunID, _ attempt: Int, _ facts: any FactSink
    ) async {
        let board = GaugeBoard(facts: facts, wallClock: environment.wallClock)
        let connections = ShardConnections(site.primary, clock: environment.clock) { trouble in
            board.update { $0.activity = trouble.map { "asking whether the swap happened: \($0)" } ?? "" }
        }
        let outcome: ReleaseOutcome
        do {
            let names = try ArtifactNaming.names(of: spec, in: site.database)
            let inquiry = SwapInquiry(
                original: names.original, shadow: names.shadow, old: names.old, clock: environment.clock)
            switch try await connections.retrying("ask", { try await inquiry.ask($0) }) {
            case .swapped:
                outcome = .swapped(
                    CutOverReport(
                        swappedAt: environment.wallClock(), writesHeld: .zero, oldTable: names.old.table.name))
            case .notSwapped: outcome = .notSwapped(nil)
            case .neither:
                outcome = .unknown(
                    Failure(
                        .internalError, "Neither the old nor the new arrangement of tables is on \(site.shard).",
                        now: "the server was asked and shows something else", next: "look at the tables by hand"))
            }
        } catch {
            outcome = .unknown(RunFailure.of(error, site))
        }
        await connections.closeAll()
        if case .unknown = outcome {
            do { try await environment.clock.sleep(for: .seconds(5)) } catch { return }
        }
        await tell(.released(run, attempt: attempt, outcome), facts)
    }

    /// The cluster file no longer names the shard.
    private func missing(_ effect: ShardEffect, _ shard: ShardName, _ facts: any FactSink) async {
        switch effect {
        case .run(let run, _, _), .runBack(let run, _, _), .stop(let run):
            await tell(.failed(run, .unknownShard(shard)), facts)
        case .look(let run, let attempt): await tell(.lookFailed(run, attempt: attempt, .unknownShard(shard)), facts)
        case .hold(let run, let attempt):
            await tell(.holdRefused(run, attempt: attempt, .unknownShard(shard), blockers: []), facts)
        case .release(let run, let attempt, _), .ask(let run, let attempt):
            await tell(.released(run, attempt: attempt, .unknown(.unknownShard(shard))), facts)
        case .endBlockers(let run, _): await tell(.blockersEnded(run, ended: [], gone: []), facts)
        case .throttle, .threshold, .dropArtifacts: return
        }
    }

    private func tell(_ fact: ShardFact, _ facts: any FactSink) async {
        do { try await facts.report(fact) } catch { return }
    }
}

extension Failure {
    static func unknownShard(_ shard: ShardName) -> Failure {
        Failure(
            .serverUnreachable, "The cluster file does not name \(shard).", now: "nothing was done there",
            next: "put the shard back into the cluster file and start the engine again")
    }

    static func noWayBack(_ shard: ShardName) -> Failure {
        Failure(
            .preflightRefused, "\(shard) has no way back: the old table was not kept in step after the cut-over.",
            now: "the shard stays on the new schema", next: "submit the opposite change as a new migration")
    }

    static func runGone(_ shard: ShardName) -> Failure {
        Failure(.interrupted, "The run on \(shard) has ended.", now: "nothing was locked")
    }
}

extension ShardPlan {
    fileprivate static func unknown(_ shard: ShardName) -> ShardPlan {
        ShardPlan(
            shard: shard, server: "", fingerprint: "", definition: "", keyName: nil, keyColumns: [], estimatedRows: nil,
            tableBytes: nil, spaceNeeded: nil, spaceFree: nil, refusals: [.unknownShard(shard)], warnings: [])
    }
}
