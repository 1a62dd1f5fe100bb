internal import Core
internal import Vitess

/// Takes back or clears away what a migration has in Vitess, and forces a cut-over; each believed when the rows show it.
struct ArtifactWork: Sendable {
    let driver: MigrationDriver
    let shard: ShardName
    let facts: any FactSink

    /// Ends a run: what it has on the shard and nobody has seen yet is an artifact first, and what has swapped meanwhile is told.
    func settle(_ run: RunID) async {
        await driver.submissionIsOver()
        while !Task.isCancelled {
            let found = await driver.look()
            let direction = await driver.direction(of: run, on: shard)
            guard found.silence(of: shard) == nil, let direction else {
                // A shard that does not answer may have anything: until it does, the run is not over.
                await driver.work.nextChange()
                continue
            }
            do throws(EngineStopping) {
                for row in found.family.all(on: shard) where row.status.isPending {
                    try await facts.report(.artifactPlanned(run, Artifact(.vitessMigration, row.uuid.text)))
                }
                if let row = found.family.row(on: shard, going: direction), row.status == .complete {
                    try await facts.report(.released(run, attempt: 0, .swapped(ShardReport.of(row))))
                }
                try await facts.report(.stopped(run))
            } catch { return }
            return
        }
    }

    /// Cancels what is pending, and lets Vitess drop the tables of what is over. What does not succeed reports nothing and is
    /// ordered again.
    func drop(_ artifacts: [Artifact]) async {
        for artifact in artifacts {
            guard let uuid = VitessUUID(artifact.name) else { continue }
            let isGone =
                switch artifact.kind {
                case .vitessMigration: await cancelled(uuid)
                case .oldTable, .shadowTable, .sentryTable: await cleaned(uuid)
                }
            guard isGone else { continue }
            // An engine that takes no more facts orders it again when it is started.
            do throws(EngineStopping) { try await facts.report(.artifactDropped(artifact)) } catch { return }
        }
    }

    private func cancelled(_ uuid: VitessUUID) async -> Bool {
        var wasSent = false
        while !Task.isCancelled {
            guard let row = await row(uuid) else { return await isKnown() }
            switch row.status {
            case .complete:
                // Somebody was faster: it is no cancelled shard.
                if let run = await driver.stoppedRun(on: shard) {
                    do throws(EngineStopping) {
                        try await facts.report(.released(run, attempt: 0, .swapped(ShardReport.of(row))))
                    } catch { return false }
                }
                return true
            case .failed, .cancelled:
                // What its copy left is dropped at Vitess' next check instead of tomorrow.
                if row.retainArtifactsSeconds >= 0, row.cleanupAt == nil { await send(uuid, "cleanup") { .cleanup($0, $1) } }
                return true
            case .queued, .ready, .running, .unknown:
                if !wasSent {
                    wasSent = true
                    await send(uuid, "cancel") { .cancel($0, $1) }
                } else {
                    await driver.work.nextChange()
                }
            }
        }
        return false
    }

    private func cleaned(_ uuid: VitessUUID) async -> Bool {
        // A way back that was prepared and never told: the engine died in between.
        let prefix = MigrationFamily.prefix(driver.spec.id)
        if let revert = await driver.look().family.revert(on: shard), revert.revertedUUID == uuid, revert.status.isPending,
            revert.context.hasPrefix(prefix)
        {
            guard await cancelled(revert.uuid) else { return false }
        }
        while !Task.isCancelled {
            guard let row = await row(uuid) else { return await isKnown() }
            if row.cleanupAt != nil || row.artifacts.isEmpty { return true }
            if row.retainArtifactsSeconds >= 0 { await send(uuid, "cleanup") { .cleanup($0, $1) } } else { await driver.work.nextChange() }
        }
        return false
    }

    private func row(_ uuid: VitessUUID) async -> MigrationRow? {
        let found = await driver.look()
        return found.view.row(uuid, on: shard)
    }

    /// A shard that answers and has no such row has nothing to drop.
    private func isKnown() async -> Bool { await driver.look().silence(of: shard) == nil }

    /// FORCE_CUTOVER: sticky, and only braked by postponing.
    func force(_ run: RunID, _ blockers: [Blocker]) async {
        let found = await driver.look()
        if let direction = await driver.direction(of: run, on: shard), let uuid = found.family.row(on: shard, going: direction)?.uuid {
            await send(uuid, "force") { .forceCutOver($0, $1) }
        }
        // Vitess ends them when it cuts over: nobody is ended yet.
        do throws(EngineStopping) { try await facts.report(.blockersEnded(run, ended: [], gone: [])) } catch { return }
    }

    /// One statement where all shards ask for the same.
    private func send(
        _ uuid: VitessUUID, _ purpose: String, _ statement: @Sendable @escaping (VitessUUID, VitessStatement.Reach) -> VitessStatement
    ) async {
        let driver = driver
        let keyspace = driver.work.keyspace
        _ = await driver.gathering.together("\(purpose) \(uuid)", shard, expected: driver.spec.shards.count) { shards in
            if Set(shards) == Set(driver.spec.shards) { return await driver.tell(statement(uuid, .everyShard(keyspace))) }
            var failure: Failure?
            for name in shards {
                guard let target = ShardTarget(name) else { continue }
                let error = await driver.tell(statement(uuid, .one(target)))
                failure = failure ?? error
            }
            return failure
        }
    }
}
