package import Core

/// What happened on a shard, by the times its row keeps: few, and only the newest attempt's.
extension RowReading {
    /// Oldest first. The submission is the migration's own event and is not among them.
    package var events: [EventLine] {
        var lines: [EventLine] = []
        func add(_ at: Timestamp?, _ text: String) {
            if let at { lines.append(EventLine(at: at, shard: row.name, text: text)) }
        }
        let run = row.retries > 0 ? "run \(row.retries + 1) " : ""
        add(row.startedAt, "\(run)started on \(row.tablet)")
        if hasBeenReady { add(row.firstReadyAt, "ready to complete") }
        if row.cutOverAttempts > 0 { add(row.lastAttemptAt, "cut-over attempt \(row.cutOverAttempts) began") }
        if !row.message.isEmpty, row.status != .failed, row.status != .cancelled { add(row.messageAt, row.message) }
        switch row.status {
        case .complete: add(row.completedAt, row.isRevert ? "reverted" : "complete")
        case .failed: add(row.completedAt ?? row.messageAt, "failed: \(row.message)")
        case .cancelled: add(row.completedAt ?? row.cancelledAt, "cancelled: \(row.message)")
        case .queued, .ready, .running, .unknown: break
        }
        add(row.cleanupAt, "artifacts cleaned up")
        return lines.sorted { $0.at < $1.at }
    }
}
