package import Core

/// A row's message as the rest of the program tells what went wrong.
extension RowReading {
    /// Why the shard failed; `nil` when it did not.
    package var failure: Failure? {
        guard row.status == .failed else { return nil }
        let message = row.message.isEmpty ? "Vitess gave no message" : row.message
        return Failure(
            Self.kind(of: message), "\(row.name) failed: \(Self.firstLine(message))",
            cause: "message of \(row.messageAt?.text ?? "an unknown time"): \(message)",
            now: row.cutOverAttempts > 0
                ? "its table has the old schema; the other shards go on by themselves"
                : "nothing was changed on this shard; the other shards go on by themselves",
            next: "retry copies this shard again from its first row; cancel stops the others")
    }

    /// What went wrong in an attempt and was, or will be, overcome.
    package var lastFailure: Failure? {
        guard row.status == .running || row.status == .complete, let said = row.messageAt, !row.message.isEmpty,
            !isNote, messageOfThisAttempt == nil || row.status == .running
        else { return nil }
        return Failure(
            Self.kind(of: row.message), Self.firstLine(row.message), cause: "said at \(said.text)",
            now: row.status == .complete ? "overcome: the migration is complete on this shard" : nil)
    }

    private static func firstLine(_ text: String) -> String { String(text.prefix { $0 != "\n" }) }

    private static func kind(of message: String) -> Failure.Kind {
        if message.hasPrefix("failed locking tables") || message.contains("Lock wait timeout") {
            return .lockWaitTimeout
        }
        if message.hasPrefix("cannot force cut-over") || message.contains("failed killing table lock holders") {
            return .blocked
        }
        if message.hasPrefix("failed waiting for pos") { return .drainTimeout }
        if message.contains("waiting for rename") || message.hasPrefix("failed waiting for rename") {
            return .lockWaitTimeout
        }
        if message.hasPrefix("stale migration") { return .interrupted }
        if message.hasPrefix("vreplication:") { return .copyFailed }
        if message.contains("can not revert") || message.contains("can only revert")
            || message.contains("cannot run migration")
        {
            return .preflightRefused
        }
        return .alterRejected
    }
}
