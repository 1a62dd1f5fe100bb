internal import Core
internal import Vitess

/// Whether the rows show what a command was meant to do: the only evidence there is.
struct EffectReading: Sendable {
    /// On one shard.
    enum Sight: Equatable, Sendable {
        /// The row, read afterwards, says so.
        case seen(String)
        /// The row, read afterwards, does not say so.
        case notSeen(String)
        /// The shard could not be read afterwards.
        case unknown(String)

        var isSeen: Bool { if case .seen = self { true } else { false } }
        var isUnknown: Bool { if case .unknown = self { true } else { false } }
        var text: String {
            switch self {
            case .seen(let text): text
            case .notSeen(let text): "NOT SEEN: \(text)"
            case .unknown(let text): "UNKNOWN: \(text)"
            }
        }
    }

    let request: CommandRequest
    let uuid: VitessUUID
    /// The rows before it was sent.
    let before: KeyspaceView
    /// The migrations that REVERT made.
    let reverts: Set<VitessUUID>

    /// What is seen of it on a shard, in rows read afterwards.
    /// - Parameter rules: the keyspace's throttles, read afterwards; `nil` when they could not be.
    func sight(of shard: ShardName, in after: KeyspaceView, rules: Set<ThrottledAppRow>?) -> Sight {
        switch request.verb {
        case .throttle, .unthrottle: return throttle(rules)
        case .launch, .postpone, .complete, .cancel, .retry, .forceCutOver, .revert, .threshold, .cleanup: break
        }
        guard let read = after.reads[shard] else { return .unknown("was never read") }
        if let silence = read.silence { return .unknown("does not answer: \(silence.error)") }
        if request.verb == .revert { return revert(on: shard, in: after) }
        guard let row = after.row(uuid, on: shard) else { return .notSeen("has no row of it") }
        return sight(row, before: before.row(uuid, on: shard))
    }

    private func sight(_ row: MigrationRow, before: MigrationRow?) -> Sight {
        let isDone = row.status == .complete
        switch request.verb {
        case .launch: return row.postponeLaunch ? .notSeen("launch is still postponed") : .seen("launched, \(row.status)")
        case .postpone:
            if isDone { return .notSeen("complete already") }
            return row.postponeCompletion ? .seen("completion is postponed") : .notSeen("completion is not postponed")
        case .complete:
            if isDone { return .seen("complete") }
            return row.postponeCompletion
                ? .notSeen("completion is still postponed") : .seen("no longer postponed, \(row.status)")
        case .cancel: return row.status == .cancelled ? .seen("cancelled") : .notSeen("is \(row.status)")
        case .retry:
            let isAgain = row.status.isPending || row.retries > (before?.retries ?? 0)
            return isAgain ? .seen("runs again, \(row.status)") : .notSeen("is \(row.status)")
        case .forceCutOver:
            if isDone { return .seen("complete") }
            return row.forceCutOver == true ? .seen("the force flag is set") : .notSeen("the force flag is not set")
        case .threshold:
            let wanted = request.options.threshold.map { $0.components.seconds }
            let seconds = row.cutOverThresholdSeconds
            return seconds == wanted ? .seen("threshold \(seconds ?? 0)s") : .notSeen("threshold is \(seconds.map { "\($0)s" } ?? "not told")")
        case .cleanup:
            let isMarked = row.retainArtifactsSeconds < 0 || row.cleanupAt != nil
            return isMarked ? .seen("its tables go at the next check") : .notSeen("its tables are still kept")
        case .throttle, .unthrottle, .revert: return .unknown("")
        }
    }

    private func throttle(_ rules: Set<ThrottledAppRow>?) -> Sight {
        guard let rules else { return .unknown("the throttles could not be read") }
        let rule = rules.first { $0.app == uuid.text }
        if request.verb == .unthrottle {
            return rule == nil ? .seen("no throttle of its own is listed") : .notSeen("its throttle is still listed")
        }
        guard let rule else { return .notSeen("no throttle of it is listed") }
        let wanted = request.options.ratio ?? 1
        guard abs(rule.ratio - wanted) < 0.001 else { return .notSeen("listed with ratio \(rule.ratio)") }
        return .seen("listed with ratio \(rule.ratio)" + (rule.expiresAt.map { " until \($0.clockText)" } ?? ""))
    }

    private func revert(on shard: ShardName, in after: KeyspaceView) -> Sight {
        guard let row = after.reads[shard]?.rows.first(where: { reverts.contains($0.uuid) }) else {
            return .notSeen("has no row of the revert yet")
        }
        if row.status == .failed { return .notSeen("the revert failed: \(row.message)") }
        return .seen("reverts as \(row.uuid), \(row.status)")
    }
}
