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
        if migration.isAttached { return isSeenOnVitess(chosen, migration) }
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

    /// Each of the chosen shards has to show it.
    private func isSeenOnVitess(_ chosen: [ShardSnapshot], _ migration: MigrationSnapshot) -> Bool {
        switch request.verb {
        case .launch: return migration.state != .postponedLaunch
        case .postpone: return chosen.allSatisfy { $0.has(.postponed) || $0.phase == .done || $0.phase == .reverted }
        case .complete: return chosen.allSatisfy { !$0.has(.postponed) }
        case .forceCutOver: return chosen.allSatisfy { $0.has(.forced) || $0.phase == .done || $0.phase == .reverted }
        case .cancel: return chosen.allSatisfy { $0.phase == .cancelled }
        case .retry: return chosen.allSatisfy { $0.phase != .failed && $0.phase != .cancelled }
        // What the snapshots do not carry was told with the answer.
        case .throttle, .unthrottle, .revert, .threshold, .cleanup: return true
        }
    }

    var word: String { request.verb.rawValue }
}
