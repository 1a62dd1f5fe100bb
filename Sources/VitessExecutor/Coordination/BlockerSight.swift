package import Core
internal import Vitess

/// Looks at a shard's own server for who holds a migration's table: what VTGate never tells.
///
/// Oldest first; `nil` where there is no access to that shard's server.
/// - Throws: a `Failure` when the server does not answer or refuses.
package typealias BlockerLook =
    @Sendable (_ spec: MigrationSpec, _ shard: ShardName) async throws(Failure) -> [Blocker]?

/// What was last seen of those in a shard's way.
struct BlockerSight: Sendable {
    /// When the look was begun.
    let at: Timestamp
    let found: Result<[Blocker]?, Failure>

    /// A look that takes longer tells nothing: what waits for it has a cut-over to follow.
    static let limit = Duration.seconds(3)
    /// A shard that backs off is not looked at more often.
    static let pause = Duration.seconds(2)

    /// Looks once, and no longer than the limit.
    static func look(
        _ look: @escaping BlockerLook, _ spec: MigrationSpec, _ shard: ShardName, clock: any Clock<Duration>
    ) async throws(Failure) -> [Blocker]? {
        let late = Failure(
            .serverUnreachable, "The server of \(shard) did not answer within \(Figures.duration(limit)).",
            now: "nothing was changed",
            next: "look at the servers of the cluster file")
        let found = await withTaskGroup(of: Result<[Blocker]?, Failure>.self) { group in
            group.addTask {
                do throws(Failure) { return .success(try await look(spec, shard)) } catch { return .failure(error) }
            }
            group.addTask {
                // Cut short, there is an answer already.
                do { try await clock.sleep(for: limit) } catch { return .failure(late) }
                return .failure(late)
            }
            let first = await group.next() ?? .failure(late)
            group.cancelAll()
            return first
        }
        return try found.get()
    }
}

extension MigrationDriver {
    /// A row's figures; of a shard whose cut-over did not succeed also who is in its way.
    func gauges(of reading: RowReading, on shard: ShardName) async -> ShardGauges {
        switch reading.phase {
        case .backingOff: await sight(shard)
        // While Vitess itself holds the table its own sessions are there too.
        case .cuttingOver: break
        case .queued, .preparing, .copying, .applying, .ready, .held, .stabilising, .done, .failed, .reverting,
            .reverted,
            .cancelled, .ambiguous:
            forgetSight(shard)
        }
        return reading.gauges(seeing: lastSight(shard))
    }
}
