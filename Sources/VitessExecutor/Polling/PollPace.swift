package import Core
package import Vitess

/// How soon a keyspace is read again: what is about to change is watched, what only goes on is glanced at.
package enum PollPace {
    /// While a shard cuts over or is told to, and after a command.
    package static let cuttingOver = Duration.seconds(1)
    /// While rows are copied. Vitess itself refreshes them once a minute at most.
    package static let running = Duration.seconds(3)
    /// While everything pending waits for a person or for another migration.
    package static let waiting = Duration.seconds(5)
    /// With nothing pending.
    package static let idle = Duration.seconds(20)
    /// How long after a command, or after the end of a migration, it counts as news.
    static let news = Duration.seconds(20)

    /// The wait before the next read.
    /// - Parameter commandedAt: when a command was last sent to the keyspace.
    package static func wait(after view: KeyspaceView, commandedAt: Timestamp?, at now: Timestamp) -> Duration {
        if let commandedAt, commandedAt.age(at: now) < news { return cuttingOver }
        var shortest = idle
        for read in view.reads.values {
            for row in read.rows {
                let wait = wait(of: row, at: now)
                if wait == cuttingOver { return wait }
                shortest = min(shortest, wait)
            }
        }
        return shortest
    }

    private static func wait(of row: MigrationRow, at now: Timestamp) -> Duration {
        switch row.status {
        case .running:
            let isReleased = !row.postponeCompletion && row.readyToComplete
            if isReleased { return cuttingOver }
            return row.readyToComplete ? waiting : running
        case .queued, .ready: return !row.postponeLaunch && !row.postponeCompletion ? running : waiting
        case .unknown: return running
        case .complete, .failed, .cancelled:
            guard let ended = row.completedAt, ended.age(at: now) < news else { return idle }
            return cuttingOver
        }
    }
}
