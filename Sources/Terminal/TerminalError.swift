/// Why a full screen could not be opened. The terminal is as it was.
package enum TerminalError: Error, Hashable, Sendable, CustomStringConvertible {
    /// There is no terminal at that path; `reason` is the system's.
    case notATerminal(path: String, reason: String)
    /// `TERM` names a terminal that cannot place its cursor, or says nothing.
    case dumb(term: String)
    /// Another full screen of this program is open.
    case alreadyOpen
    /// The system refused something the screen needs.
    case failed(what: String, reason: String)

    /// A sentence for the person who started the program.
    package var description: String {
        switch self {
        case .notATerminal(let path, let reason):
            "The console needs a terminal, and \(path) is none (\(reason)). Run it in a terminal, or use `--once` or `watch`."
        case .dumb(let term) where term.isEmpty:
            "TERM is not set, so nobody can say what this terminal understands. Set it, for example TERM=xterm-256color."
        case .dumb(let term):
            "A terminal of type \(term) cannot show the console: it is unknown here or cannot place its cursor. Set TERM to "
                + "what the terminal is, for example xterm-256color."
        case .alreadyOpen:
            "The console is already open in this program."
        case .failed(let what, let reason):
            "The console could not open: \(what): \(reason)."
        }
    }
}
