internal import Core
internal import Sandbox

/// Measures the traffic's writes from just before the cut-over to its end.
struct CutOverMeter: Sendable {
    /// What the application's writes felt.
    struct Reading: Sendable {
        let writes: LatencySummary
        /// The longest statement on each shard, in the shards' order.
        let longest: [Duration]
    }

    let link: FleetLink
    let id: MigrationID
    let traffic: TrafficGenerator

    /// Begins the measurement anew as long as nothing is locked, and ends it with the migration; `nil` when that ends otherwise.
    func run() async throws -> Reading? {
        let snapshots = try await link.ask { service throws(ServiceError) in try await service.snapshots() }
        for await snapshot in snapshots {
            guard let migration = snapshot.migrations.first(where: { $0.spec.id == id }) else { continue }
            switch migration.state {
            case .done:
                let longest = traffic.shards.indices.map { traffic.longestStall(shard: $0) }
                return Reading(writes: traffic.recentWrites(), longest: longest)
            case .cancelled, .reverted: return nil
            case .cuttingOver, .split: break
            case .postponedLaunch, .running, .postponed, .backingOff, .failed, .held, .cancelling, .soaking,
                .reverting: traffic.resetStall()
            }
        }
        return nil
    }
}
