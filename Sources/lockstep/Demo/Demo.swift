internal import Core
internal import Manifests
internal import Sandbox

/// The demo from its first server to its report.
struct Demo {
    let plan: DemoPlan

    private static let keyspace = "commerce"

    /// - Throws: an ending with code 2 and what differed, when anything did.
    func run() async throws {
        say("starting \(plan.shards) shards, each a primary and a replica (\(plan.family))")
        let sandbox = try await ShardedSandbox.start(plan.family, shards: plan.shards)
        let result: Result<Void, any Error>
        do { result = .success(try await run(on: sandbox)) } catch { result = .failure(error) }
        await sandbox.stop()
        try result.get()
    }

    private func run(on sandbox: ShardedSandbox) async throws {
        try await sandbox.createDatabase(Self.keyspace)
        let traffic = try TrafficGenerator(
            shape: .orders, shards: sandbox.trafficShards(database: Self.keyspace),
            options: TrafficOptions(writersPerShard: 2, readersPerShard: 1, rate: 50, seed: plan.seed))
        say("loading \(traffic.shape.table): \(plan.rowsPerShard) rows on each shard")
        let began = ContinuousClock.now
        try await traffic.createTables()
        try await traffic.load(rowsPerShard: plan.rowsPerShard)
        for shard in sandbox.shards { try await shard.waitForReplica(within: .seconds(600)) }
        say("loaded in \(Figures.duration(ContinuousClock.now - began)); starting the engine")

        let fleet = try await DemoFleet.start(sandbox, keyspace: Self.keyspace, shape: traffic.shape)
        let result: Result<Void, any Error>
        do { result = .success(try await migrateAndReport(fleet, traffic)) } catch { result = .failure(error) }
        await fleet.stop()
        try result.get()
    }

    private func migrateAndReport(_ fleet: DemoFleet, _ traffic: TrafficGenerator) async throws {
        let report: DemoReport
        do { report = try await migrate(fleet, traffic) } catch {
            Output.errors(
                ["The engine's last words:"] + fleet.engine.lastWords.split(separator: "\n").map { "  \($0)" })
            throw error
        }
        Output.lines([""] + report.lines)
        if plan.keeps { await wait(fleet) }
        guard report.problems.isEmpty else {
            throw Ending(Ending.Code.failed, ["Not as it should be:"] + report.problems.map { "  \($0)" })
        }
    }

    /// Submits the manifest under traffic, sees the migration to its end, and compares everything.
    private func migrate(_ fleet: DemoFleet, _ traffic: TrafficGenerator) async throws -> DemoReport {
        var generator = SystemRandomNumberGenerator()
        let id = MigrationID(using: &generator)
        let meter = CutOverMeter(link: fleet.link, id: id, traffic: traffic)
        if !plan.isHeadless {
            say(
                "the console asks for the environment's name: type demo, Enter; C cuts over once every shard is ready; q leaves"
            )
        }
        say("live traffic on every shard; submitting \(fleet.manifestPath)")
        let stall = try await traffic.during {
            let text = try InputFile.text(fleet.manifestPath)
            let manifest = try MigrationManifest(text, file: fleet.manifestPath)
            _ = try await ApplyCommand.submit(manifest, id: id, to: fleet.link)
            return try await withThrowingTaskGroup(of: CutOverMeter.Reading?.self) { group in
                group.addTask { try await meter.run() }
                if plan.isHeadless {
                    try await complete(id, fleet)
                } else {
                    try await FullScreen(theme: plan.theme, ascii: false, link: fleet.link)
                        .run(readOnlyBecause: nil, asksForWriteMode: true, opens: id)
                    // The console is left before the end: there is no cut-over to wait for.
                    if try await fleet.migration(id).state != .done { group.cancelAll() }
                }
                return try await group.next() ?? nil
            }
        }
        say("traffic stopped; comparing every row of every shard with its ledger")
        return try await DemoReport.make(of: id, fleet, traffic, stall: stall, mustBeDone: plan.isHeadless)
    }

    /// What a person does: waits until every shard is ready, completes, and waits until it is done.
    private func complete(_ id: MigrationID, _ fleet: DemoFleet) async throws {
        let ready = Follower.Goal.seen("every shard ready") { $0.state == .postponed }
        try await Follower(link: fleet.link, id: id).follow(until: ready)
        let request = CommandRequest(verb: .complete, migration: id)
        _ = try await fleet.link.ask { service throws(ServiceError) in
            try await service.perform(request, planHash: nil, by: Person.current, reason: "demo")
        }
        try await Follower(link: fleet.link, id: id, printsPast: false).follow(until: .ended)
    }

    private func wait(_ fleet: DemoFleet) async {
        say("kept in \(fleet.engine.directory); look with: lockstep status --state-dir \(fleet.link.directory.path)")
        if Output.isTerminal {
            Output.prompt("Enter ends it. ")
            _ = await Output.answer()
        } else {
            say("SIGTERM or SIGINT ends it")
            let stops = StopSignals()
            for await _ in stops.received { break }
        }
    }

    private func say(_ text: String) { Output.line("\(Wiring.now().clockText) \(text)") }
}
