package import Core
package import Journal

/// Why the engine cannot start, or ended. The journal holds everything that was done until then.
package enum EngineError: Error, Equatable, Sendable {
    case journal(JournalError)
    /// The record is intact and means nothing to this program.
    case undecodable(sequence: Int64, String)
    case unwritable(String)

    /// One sentence for people.
    package var text: String {
        switch self {
        case .journal(let error): error.text
        case .undecodable(let sequence, let reason): "the journal's record \(sequence) cannot be read: \(reason)"
        case .unwritable(let reason): "an event cannot be written: \(reason)"
        }
    }

    /// What an operator's program shows.
    package var failure: Failure {
        let kind: Failure.Kind =
            switch self {
            case .journal(.full): .diskFull
            case .journal, .undecodable, .unwritable: .internalError
            }
        return Failure(
            kind, "The engine stopped: \(text).",
            now: "locks were given back; tables without a journalled commit are unchanged",
            next: "make the journal writable again, then start the engine: it goes on from the last record")
    }
}
