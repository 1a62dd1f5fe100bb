internal import ArgumentParser
internal import Core
internal import Manifests

/// `lockstep plan`: what a manifest would do on every shard, without an engine and without changing anything.
struct PlanCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "plan",
        abstract: "Show what a manifest would do on every shard. Needs no engine, changes nothing.",
        discussion: "Exits 0 when every shard would take the change, 1 when any refuses or their tables differ.")

    @OptionGroup var manifest: ManifestOptions

    @Option(
        name: .long, help: ArgumentHelp("The cluster file: keyspaces, shards, servers, credentials.", valueName: "file")
    )
    var clusters: String

    @Flag(name: .long, help: "Print the plan as JSON.")
    var json = false

    func run() async throws {
        let manifest = try manifest.read()
        let wiring = try Wiring(clusters: clusters)
        let executor = wiring.executor
        guard wiring.cluster.keyspace(manifest.keyspace) != nil else {
            throw Ending(
                Ending.Code.configuration,
                [
                    "\(clusters): has no keyspace \(manifest.keyspace).",
                    "  allowed  \(wiring.cluster.keyspaces.map(\.name).joined(separator: ", "))",
                ])
        }
        let shards: [ShardName]
        do throws(Failure) { shards = try await executor.shards(of: manifest.keyspace) } catch {
            throw Ending(Ending.Code.unreachable, error.lines)
        }
        guard !shards.isEmpty else {
            throw Ending(
                Ending.Code.configuration, "\(clusters): the VTGate of \(manifest.keyspace) serves no shard of it.")
        }
        let plan = await Self.plan(manifest, shards, executor)
        if json { try Output.json(plan) } else { Output.lines(PlanText.lines(plan, of: manifest)) }
        if plan.isRefused {
            throw Ending(Ending.Code.refused, json ? [] : ["Refused: nothing was changed on any shard."])
        }
    }

    /// Asks every shard at the same time.
    private static func plan(
        _ manifest: MigrationManifest, _ shards: [ShardName], _ executor: FleetExecutor
    ) async -> FleetPlan {
        var generator = SystemRandomNumberGenerator()
        let request = PlanRequest(
            id: MigrationID(using: &generator), keyspace: manifest.keyspace, table: manifest.table,
            alter: manifest.alter, sql: manifest.sql, strategy: manifest.strategy, policy: manifest.policy,
            pinnedFingerprint: nil)
        let plans = await withTaskGroup(of: (Int, ShardPlan).self) { group in
            for (index, shard) in shards.enumerated() {
                group.addTask { (index, await executor.plan(request, on: shard)) }
            }
            var plans = [ShardPlan?](repeating: nil, count: shards.count)
            for await (index, plan) in group { plans[index] = plan }
            return plans.compactMap(\.self)
        }
        return FleetPlan(
            shards: plans, allowsMixedInstant: manifest.strategy.allowsMixedInstant, differences: FleetExecutor.differences)
    }
}

/// `-f FILE`, for every command that reads a manifest.
struct ManifestOptions: ParsableArguments {
    @Option(
        name: [.short, .customLong("file")],
        help: ArgumentHelp("The migration's manifest; - is standard input.", valueName: "manifest"))
    var file: String

    func read() throws(Ending) -> MigrationManifest {
        let name = file == "-" ? "standard input" : file
        let text = try InputFile.text(file)
        do throws(ManifestError) { return try MigrationManifest(text, file: name) } catch { throw Ending(error) }
    }
}
