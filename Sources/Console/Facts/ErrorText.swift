internal import Core

/// What the engine's answer means, in the words of the screen.
enum ErrorText {
    /// - Parameter source: who was asked, in a sentence.
    static func line(_ error: ServiceError, from source: String) -> String {
        switch error {
        case .refused(let refusal): refusal.reason
        case .planRefused: "the plan was refused"
        case .unreachable(let why, sent: false): "\(source) does not answer: \(why)"
        case .unreachable(let why, sent: true): "\(source) did not answer: \(why)"
        case .failed(let failure): failure.what
        }
    }

    /// What happened, what is true now and what to do.
    static func lines(_ error: ServiceError, from source: String) -> [String] {
        switch error {
        case .refused(let refusal):
            ["refused: \(refusal.reason)", "Nothing changed."] + (refusal.advice.map { [$0] } ?? [])
        case .planRefused(let plan):
            ["refused: the plans of \(plan.shards.count) shards do not allow it", "Nothing changed."]
        case .unreachable(let why, sent: false):
            ["\(Self.capital(source)) does not answer: \(why)", "The command was not sent. Nothing changed."]
        case .unreachable(let why, sent: true):
            [
                "\(Self.capital(source)) did not answer: \(why)", "? It is not known whether it got the command.",
                "The data will show it as soon as \(source) answers again.",
            ]
        case .failed(let failure): failure.lines
        }
    }

    private static func capital(_ text: String) -> String { text.prefix(1).uppercased() + text.dropFirst() }
}
