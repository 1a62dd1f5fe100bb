package import Core

/// What happened on a shard, by the times its row keeps: few, and only the newest attempt's.
extension RowReading {
    /// A moment that the row keeps. Its sentence is written only when it is wanted: a fleet has thousands of them.
    enum Mark: Sendable { case started, ready, attempt, message, ended, cleaned }

    /// In the order in which they stand when they are of one moment.
    func eachMark(_ take: (Timestamp, Mark) -> Void) {
        if let at = row.startedAt { take(at, .started) }
        if hasBeenReady, let at = row.firstReadyAt { take(at, .ready) }
        if row.cutOverAttempts > 0, let at = row.lastAttemptAt { take(at, .attempt) }
        if let at = row.messageAt, !row.message.isEmpty, row.status != .failed, row.status != .cancelled { take(at, .message) }
        let ended: Timestamp?
        switch row.status {
        case .complete: ended = row.completedAt
        case .failed: ended = row.completedAt ?? row.messageAt
        case .cancelled: ended = row.completedAt ?? row.cancelledAt
        case .queued, .ready, .running, .unknown: ended = nil
        }
        if let ended { take(ended, .ended) }
        if let at = row.cleanupAt { take(at, .cleaned) }
    }

    func text(of mark: Mark) -> String {
        switch mark {
        case .started: return "\(row.retries > 0 ? "run \(row.retries + 1) " : "")started on \(row.tablet)"
        case .ready: return "ready to complete"
        case .attempt: return "cut-over attempt \(row.cutOverAttempts) began"
        case .message: return row.message
        case .ended:
            switch row.status {
            case .failed: return "failed: \(row.message)"
            case .cancelled: return "cancelled: \(row.message)"
            case .complete, .queued, .ready, .running, .unknown: return row.isRevert ? "reverted" : "complete"
            }
        case .cleaned: return "artifacts cleaned up"
        }
    }

    /// Oldest first. The submission is the migration's own event and is not among them.
    package var events: [EventLine] {
        var lines: [EventLine] = []
        eachMark { at, mark in lines.append(EventLine(at: at, shard: row.name, text: text(of: mark))) }
        return lines.sorted { $0.at < $1.at }
    }
}
