/// What a shard's row calls itself. `requested` exists in Vitess' source and is never stored.
package enum MigrationStatus: Hashable, Sendable, CustomStringConvertible {
    case queued
    /// Scheduled, and waits for another migration of the shard. Not "ready to complete".
    case ready
    case running, complete, failed, cancelled
    /// A word of a version we do not know: shown as it is, never guessed at.
    case unknown(String)

    /// Reads the column `migration_status`.
    package init(_ text: String) {
        switch text {
        case "queued": self = .queued
        case "ready": self = .ready
        case "running": self = .running
        case "complete": self = .complete
        case "failed": self = .failed
        case "cancelled": self = .cancelled
        default: self = .unknown(text)
        }
    }

    package var description: String {
        switch self {
        case .queued: "queued"
        case .ready: "ready"
        case .running: "running"
        case .complete: "complete"
        case .failed: "failed"
        case .cancelled: "cancelled"
        case .unknown(let text): text
        }
    }

    /// Whether Vitess still has something to do: it then stands in the way of other migrations.
    package var isPending: Bool {
        switch self {
        case .queued, .ready, .running, .unknown: true
        case .complete, .failed, .cancelled: false
        }
    }
}

/// What a migration does to its table: the column `ddl_action`. A REVERT's is rewritten to the mirrored action at its review.
package enum MigrationAction: Hashable, Sendable {
    case create, alter, drop, revert
    case unknown(String)

    /// Reads the column `ddl_action`.
    package init(_ text: String) {
        switch text {
        case "create": self = .create
        case "alter": self = .alter
        case "drop": self = .drop
        case "revert": self = .revert
        default: self = .unknown(text)
        }
    }
}

/// Why a migration was not done by copying: the column `special_plan`, written after it succeeded.
package enum SpecialPlan: Hashable, Sendable {
    case instantDDL, rangePartition
    case unknown(String)

    /// Reads `{"operation":"instant-ddl"}`; `nil` when the column is empty.
    package init?(_ text: String) {
        if text.isEmpty { return nil }
        if text.contains("\"instant-ddl\"") {
            self = .instantDDL
        } else if text.contains("\"range-partition\"") {
            self = .rangePartition
        } else {
            self = .unknown(text)
        }
    }
}
