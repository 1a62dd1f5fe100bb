/// One shard of one migration. Pure: replaying the journal rebuilds it exactly.
///
/// The shard knows its own work and which locks it holds; when to lock and whether to swap is the barrier's decision
/// (`Migration`). Throttled, postponed and blocked are conditions, never states.
package struct ShardLifecycle: Equatable, Sendable {
    package enum State: Codable, Equatable, Sendable {
        /// Nothing was created. Leaves to `preparing` at launch.
        case queued
        /// Preflight and shadow table. Leaves to `copying`.
        case preparing(RunID)
        /// Rows are being copied while the binlog tail is applied. Leaves to `applying`.
        case copying(RunID)
        /// Catching up and comparing every row. Leaves to `ready`.
        case applying(RunID)
        /// At the barrier. Leaves to `holding`, or back to `applying` when it falls behind.
        case ready(RunID, since: Timestamp)
        /// Table locks were asked for. Leaves to `held`, `ready` or `releasing`.
        case holding(RunID, attempt: Int)
        /// Writes wait; the tail is drained. Leaves to `cuttingOver` or `releasing`.
        case held(RunID, attempt: Int, since: Timestamp)
        /// Unlock was ordered, nothing is swapped. Leaves to `ready`.
        case releasing(RunID, attempt: Int)
        /// The commit is journalled and the swap was sent. Leaves to `done`, `rollingForward` or `ambiguous`.
        case cuttingOver(RunID, attempt: Int)
        /// The connection died after the swap was sent: only the server knows. Leaves when it answers.
        case ambiguous(RunID, attempt: Int)
        /// The fleet committed and this shard did not swap: it catches up and swaps alone. Leaves to `cuttingOver`.
        case rollingForward(RunID, attempt: Int)
        /// On the new schema. Leaves to `preparing` when the migration is reverted.
        case done(CutOverReport)
        /// Back on the old schema. Never leaves.
        case reverted(CutOverReport)
        /// Leaves to `preparing` on retry, to `cancelling` on cancel.
        case failed(RunID, Failure)
        /// The run is being stopped and its artifacts dropped. Leaves to `cancelled`.
        case cancelling(RunID)
        case cancelled
    }

    package internal(set) var state: State = .queued
    /// Which way the run goes.
    package internal(set) var direction = Direction.forward
    /// When it went over to the new schema; `nil` while it is on the old one.
    package internal(set) var swappedAt: Timestamp?
    /// The newest run; the next one has the number after it.
    package internal(set) var lastRun = RunID(1)
    /// Planned and not yet seen dropped.
    package internal(set) var artifacts: Set<Artifact> = []
    package internal(set) var preparation: Preparation?
    package internal(set) var checkpoint: Checkpoint?
    /// Rows compared by the last complete checksum.
    package internal(set) var verifiedRows: RowCount?
    /// When the present state was entered.
    package internal(set) var since: Timestamp
    /// Held by a person, with their reason.
    package internal(set) var manualThrottle: ManualThrottle?
    /// The last thing that went wrong, kept after it was overcome.
    package internal(set) var lastFailure: Failure?
    package internal(set) var blockers: [Blocker] = []
    /// The number of the newest attempt that asked this shard to hold; never used twice.
    package internal(set) var lastAttempt = 0
    /// While cancelling: the run is over, and only its artifacts are left.
    package internal(set) var runHasEnded = false
    /// When a clock event makes this shard try again what did not succeed.
    package internal(set) var nextTryAt: Timestamp?

    package init(since: Timestamp) { self.since = since }

    /// The run whose facts still matter, if one is under way.
    package var run: RunID? {
        switch state {
        case .preparing(let run), .copying(let run), .applying(let run), .ready(let run, _), .holding(let run, _),
            .held(let run, _, _), .releasing(let run, _), .cuttingOver(let run, _), .ambiguous(let run, _),
            .rollingForward(let run, _), .failed(let run, _), .cancelling(let run):
            run
        case .queued, .done, .reverted, .cancelled: nil
        }
    }

    /// The phase that screens and status show.
    package var phase: Phase {
        switch state {
        case .queued: .queued
        case .preparing where direction == .reverse, .copying where direction == .reverse,
            .applying where direction == .reverse:
            .reverting
        case .preparing: .preparing
        case .copying: .copying
        case .applying: .applying
        case .ready: .ready
        case .holding, .held: .held
        case .releasing: .ready
        case .cuttingOver: .cuttingOver
        case .ambiguous: .ambiguous
        case .rollingForward: .cuttingOver
        case .done: .done
        case .reverted: .reverted
        case .failed: .failed
        case .cancelling, .cancelled: .cancelled
        }
    }

    package mutating func move(to state: State, at now: Timestamp) {
        self.state = state
        since = now
        if let run { lastRun = run }
    }

    /// On the new schema.
    package var isDone: Bool { if case .done = state { true } else { false } }
    /// Back on the old schema.
    package var isReverted: Bool { if case .reverted = state { true } else { false } }
    package var isReady: Bool { if case .ready = state { true } else { false } }
    package var isFailed: Bool { if case .failed = state { true } else { false } }
}

/// To the new schema, or back to the old one.
package enum Direction: String, Codable, Sendable { case forward, reverse }

/// A person's pause of one shard's copy.
package struct ManualThrottle: Codable, Equatable, Sendable {
    package let by: OperatorIdentity
    package let reason: String
    package let since: Timestamp
    package init(by: OperatorIdentity, reason: String, since: Timestamp) {
        self.by = by
        self.reason = reason
        self.since = since
    }
}

/// A shard's phase: the word in status output and the letter on screens (console design, section 4).
package enum Phase: String, Codable, Sendable, CaseIterable {
    case queued, preparing, copying, applying, ready, held, cuttingOver, backingOff, stabilising, done, failed
    case reverting, reverted, cancelled, ambiguous

    /// One letter, the same in colour and in monochrome.
    package var letter: Character {
        switch self {
        case .queued: "Q"
        case .preparing: "P"
        case .copying: "C"
        case .applying: "A"
        case .ready: "R"
        case .held: "H"
        case .cuttingOver: "X"
        case .backingOff: "B"
        case .stabilising: "S"
        case .done: "D"
        case .failed: "F"
        case .reverting: "V"
        case .reverted: "O"
        case .cancelled: "N"
        case .ambiguous: "?"
        }
    }

    /// The word behind the letter.
    package var word: String {
        switch self {
        case .preparing: "prepare"
        case .copying: "copy"
        case .applying: "apply"
        case .cuttingOver: "cut-over"
        case .backingOff: "back-off"
        case .stabilising: "stabilise"
        case .queued, .ready, .held, .done, .failed, .reverting, .reverted, .cancelled, .ambiguous: rawValue
        }
    }
}
