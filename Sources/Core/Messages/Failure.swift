/// What went wrong, what is true now and what to do: the one form in which errors leave an executor.
///
/// Rendered alike on the command line, in the console and in the audit trail; every `kind` has a heading in `docs/messages.md`.
package struct Failure: Error, Codable, Equatable, Sendable {
    package enum Kind: String, Codable, Sendable, CaseIterable {
        case preflightRefused, schemaDrift, alterRejected, binlogRefused, copyFailed, applyFailed, checksumMismatch
        case lockWaitTimeout, blocked, drainTimeout, deadlinePassed, swapFailed, connectionLost, accessDenied
        /// Another operator held a shard back that this one had told to complete.
        case completionPostponed
        case serverUnreachable, diskFull, artifactInUse, tableChanged, impossibleEvent, interrupted, internalError
    }
    package let kind: Kind
    /// One sentence: what happened.
    package let what: String
    /// The evidence: the server's error, the statement, the connection.
    package let cause: String?
    /// What is true now.
    package let now: String?
    /// What happens or what to do next.
    package let next: String?

    package init(_ kind: Kind, _ what: String, cause: String? = nil, now: String? = nil, next: String? = nil) {
        self.kind = kind
        self.what = what
        self.cause = cause
        self.now = now
        self.next = next
    }

    /// The sentence and its indented evidence, one line each.
    package var lines: [String] {
        [what] + [("cause", cause), ("now", now), ("next", next)].compactMap { label, text in
            text.map { "  \(label)\(String(repeating: " ", count: 7 - label.count)) \($0)" }
        }
    }
}

/// Why a command or a submission was not admitted. Nothing has changed.
package struct Refusal: Error, Codable, Equatable, Sendable {
    /// A sentence: what stands in the way.
    package let reason: String
    /// What would make it possible, if anything.
    package let advice: String?
    package init(_ reason: String, advice: String? = nil) {
        self.reason = reason
        self.advice = advice
    }
}
