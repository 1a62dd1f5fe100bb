/// Why the journal cannot be opened, read or written. After a failed `append` nothing of it is in the file.
package enum JournalError: Error, Equatable, Sendable {
    /// Another engine has this journal; `pid` is `nil` when its lock file does not say.
    case owned(pid: Int32?, path: String)
    /// No journal is there, and only reading was asked for.
    case missing(path: String)
    /// Written by a newer program.
    case newerVersion(found: Int, known: Int)
    /// Some other program's SQLite file.
    case foreignFile(path: String)
    /// The record with this sequence is not the one that was written, or is missing.
    case brokenChain(sequence: Int64, reason: String)
    /// SQLite cannot make sense of the file.
    case corrupt(String)
    /// The file may not grow: disk full, quota or file size limit.
    case full(String)
    case unavailable(String)
    case readOnly
    case closed

    /// One sentence for people.
    package var text: String {
        switch self {
        case .owned(let pid, let path):
            "another engine\(pid.map { " (pid \($0))" } ?? "") has the journal \(path)"
        case .missing(let path): "there is no journal at \(path)"
        case .newerVersion(let found, let known):
            "the journal has format \(found), written by a newer lockstep; this one knows \(known)"
        case .foreignFile(let path): "\(path) is no lockstep journal"
        case .brokenChain(let sequence, let reason): "the journal is damaged at record \(sequence): \(reason)"
        case .corrupt(let reason): "the journal is damaged: \(reason)"
        case .full(let reason): "the journal cannot grow: \(reason)"
        case .unavailable(let reason): "the journal cannot be used: \(reason)"
        case .readOnly: "the journal was opened for reading only"
        case .closed: "the journal is closed"
        }
    }
}
