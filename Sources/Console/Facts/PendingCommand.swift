internal import Core

/// A command that was sent. Its effect is believed when the data shows it, not before.
struct PendingCommand: Equatable, Sendable {
    let request: CommandRequest
    let sentAt: Timestamp
    /// The engine said it got it.
    let wasAdmitted: Bool
    /// Attempts before it was sent: a forced cut-over starts a new one.
    let attemptsBefore: Int

    /// Whether this state can only be read as the command's effect.
    func isSeen(in migration: MigrationSnapshot) -> Bool {
        let chosen =
            request.shards.isEmpty
            ? migration.shards : migration.shards.filter { request.shards.contains($0.name) }
        switch request.verb {
        case .launch: return migration.state != .postponedLaunch
        case .postpone:
            if case .postponed = migration.completion { return true }
            return false
        case .complete:
            guard case .granted = migration.completion else { return false }
            return migration.state != .backingOff || migration.attempts.count > attemptsBefore
        case .forceCutOver: return migration.attempts.count > attemptsBefore
        case .cancel: return migration.state == .cancelling || migration.state == .cancelled
        case .retry: return chosen.allSatisfy { $0.phase != .failed }
        case .throttle: return chosen.allSatisfy { $0.manualThrottle != nil || !$0.phase.isLive }
        case .unthrottle: return chosen.allSatisfy { $0.manualThrottle == nil }
        case .revert: return migration.state == .reverting || migration.state == .reverted
        // The snapshots do not carry the threshold: accepted is all that can be seen.
        case .threshold: return true
        case .cleanup: return migration.shards.allSatisfy { $0.artifacts.isEmpty }
        }
    }

    var word: String { request.verb.rawValue }
}
