package import Core

extension Engine: OperatorService {
    package func snapshot() async throws(ServiceError) -> FleetSnapshot {
        try serving()
        return currentSnapshot()
    }

    package func snapshots() async throws(ServiceError) -> AsyncStream<FleetSnapshot> {
        try serving()
        return board.stream(from: currentSnapshot())
    }

    package func submit(
        _ submission: Submission, by identity: OperatorIdentity
    ) async throws(ServiceError) -> MigrationSnapshot {
        try serving()
        if let existing = try existing(submission) { return existing }
        let shards: [ShardName]
        do throws(Failure) { shards = try await settings.shards(submission.keyspace) } catch { throw .failed(error) }
        guard !shards.isEmpty else {
            throw .refused(
                Refusal(
                    "the cluster file has no keyspace \(submission.keyspace)",
                    advice: "correct the manifest, or add the keyspace's shards to the cluster file"))
        }
        try refuseRival(of: spec(submission, shards, fingerprint: ""))

        let plan = await planFleet(submission, shards)
        guard !plan.isRefused, let fingerprint = plan.fingerprint else { throw .planRefused(plan) }
        let spec = spec(submission, shards, fingerprint: fingerprint)
        let snapshot = try await Reply<ServiceError, MigrationSnapshot>.waiting {
            inbox.send(.submit(spec, by: identity, $0))
        }
        // The same id may have been submitted twice at the same time: only the same content is the same migration.
        return try existing(submission) ?? snapshot
    }

    package func plan(_ request: CommandRequest) async throws(ServiceError) -> CommandPlan {
        let (plan, _) = try await planned(request, reason: "")
        if let migration = fleet.migrations[request.migration] { recentPlans.add(plan, migration) }
        return plan
    }

    package func perform(
        _ request: CommandRequest, planHash: String?, by identity: OperatorIdentity, reason: String
    ) async throws(ServiceError) -> CommandReceipt {
        let (plan, command) = try await planned(request, reason: reason)
        if let planHash, planHash != plan.hash, let migration = fleet.migrations[request.migration] {
            throw .refused(recentPlans.refusal(of: planHash, now: plan, migration))
        }
        if let refusal = plan.refusal { throw .refused(refusal) }
        return try await Reply<ServiceError, CommandReceipt>.waiting {
            inbox.send(.command(request, command, by: identity, reason: reason, $0))
        }
    }

    // MARK: - Helpers

    private func serving() throws(ServiceError) {
        if let ended { throw .failed(ended) }
    }

    /// The plan as the dialog shows it (without the reason, which is given with the order), and the command with it.
    private func planned(
        _ request: CommandRequest, reason: String
    ) async throws(ServiceError) -> (plan: CommandPlan, command: Command) {
        try serving()
        guard let before = fleet.migrations[request.migration] else {
            throw .refused(Refusal("there is no migration \(request.migration.short)"))
        }
        let blockers = request.verb == .forceCutOver ? try await blockers(of: before) : [:]
        // Asking took time: the plan is made from what is true now.
        let migration = fleet.migrations[request.migration] ?? before
        let gauges = board.gauges[request.migration] ?? [:]
        let now = settings.wallClock()
        let plan = CommandPlanner.plan(
            request, for: migration, gauges: gauges, blockers: blockers, reason: "", at: now)
        guard !reason.isEmpty else { return (plan, plan.command) }
        let ordered = CommandPlanner.plan(
            request, for: migration, gauges: gauges, blockers: blockers, reason: reason, at: now)
        return (plan, ordered.command)
    }

    /// Who is on the table now, asked on every shard; nobody is asked when the order would be refused anyway.
    private func blockers(of migration: Migration) async throws(ServiceError) -> [ShardName: [Blocker]] {
        do throws(Refusal) { try Admission.check(.forceCutOver(ending: [:]), on: migration) } catch { return [:] }
        let (executor, clock, limit, spec) = (executor, settings.clock, settings.askLimit, migration.spec)
        let answers = await askAll(spec.shards) { shard -> Result<[Blocker], Failure> in
            let found = await answer(within: limit, clock) { () -> Result<[Blocker], Failure> in
                do throws(Failure) { return .success(try await executor.blockers(of: spec, on: shard)) } catch {
                    return .failure(error)
                }
            }
            return found ?? .failure(Self.noAnswer(from: shard, limit))
        }
        var blockers: [ShardName: [Blocker]] = [:]
        for (shard, found) in zip(spec.shards, answers) {
            do throws(Failure) { blockers[shard] = try found.get() } catch { throw .failed(error) }
        }
        return blockers
    }

    private func planFleet(_ submission: Submission, _ shards: [ShardName]) async -> FleetPlan {
        let request = PlanRequest(
            id: submission.id, keyspace: submission.keyspace, table: submission.table, alter: submission.alter,
            sql: submission.sql, strategy: submission.strategy, policy: submission.policy, pinnedFingerprint: nil)
        let (executor, clock, limit) = (executor, settings.clock, settings.askLimit)
        let plans = await askAll(shards) { shard in
            await answer(within: limit, clock) { await executor.plan(request, on: shard) }
                ?? ShardPlan(
                    shard: shard, server: "", fingerprint: "", definition: "", keyName: nil, keyColumns: [],
                    estimatedRows: nil, tableBytes: nil, spaceNeeded: nil, spaceFree: nil,
                    refusals: [Self.noAnswer(from: shard, limit)], warnings: [])
        }
        return FleetPlan(
            shards: plans, allowsMixedInstant: submission.strategy.allowsMixedInstant, differences: settings.differences)
    }

    private static func noAnswer(from shard: ShardName, _ limit: Duration) -> Failure {
        Failure(
            .serverUnreachable, "\(shard) did not answer within \(Figures.duration(limit)).",
            now: "nothing was changed on any shard", next: "look at its primary, then try again")
    }

    /// The migration with this id, when it is the one submitted.
    private func existing(_ submission: Submission) throws(ServiceError) -> MigrationSnapshot? {
        guard let spec = fleet.migrations[submission.id]?.spec else { return nil }
        let same =
            spec.name == submission.name && spec.keyspace == submission.keyspace && spec.table == submission.table
            && spec.alter == submission.alter && spec.sql == submission.sql
            && spec.strategy == submission.strategy && spec.policy == submission.policy
        guard same else {
            throw .refused(
                Refusal("migration \(submission.id.short) exists with other content", advice: "submit it with a new id")
            )
        }
        return fleet.snapshot(of: submission.id, gauges: board.gauges[submission.id] ?? [:])
    }

    private func refuseRival(of spec: MigrationSpec) throws(ServiceError) {
        do throws(Refusal) { try Batch(on: fleet, at: settings.wallClock()).admit(spec) } catch {
            throw .refused(error)
        }
    }

    private func spec(_ submission: Submission, _ shards: [ShardName], fingerprint: String) -> MigrationSpec {
        MigrationSpec(
            id: submission.id, name: submission.name, keyspace: submission.keyspace, table: submission.table,
            alter: submission.alter, sql: submission.sql, strategy: submission.strategy, shards: shards, pinnedFingerprint: fingerprint, policy: submission.policy)
    }
}
