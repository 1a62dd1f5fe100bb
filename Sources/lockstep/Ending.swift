internal import Core
internal import Control
internal import Engine
internal import Journal
internal import Manifests
internal import MySQLClient

/// How a command ends when it is not simply done: what standard error says, and the exit code.
struct Ending: Error {
    /// The exit codes, as `docs/cli.md` lists them.
    enum Code {
        static let refused: Int32 = 1
        static let failed: Int32 = 2
        static let usage: Int32 = 64
        static let unreachable: Int32 = 69
        static let tryAgain: Int32 = 75
        static let configuration: Int32 = 78
    }

    let code: Int32
    let lines: [String]

    init(_ code: Int32, _ lines: [String]) {
        self.code = code
        self.lines = lines
    }

    init(_ code: Int32, _ line: String) { self.init(code, [line]) }

    /// A failure's own lines.
    init(_ failure: Failure) {
        self.init(failure.kind == .interrupted ? Code.tryAgain : Code.failed, failure.lines)
    }

    init(_ refusal: Refusal) {
        self.init(Code.refused, ["Refused: \(refusal.reason)."] + (refusal.advice.map { ["  next    \($0)"] } ?? []))
    }

    /// What the engine or VTGate, or the way to it, answered.
    init(_ error: ServiceError, from place: FleetLink.Place) {
        switch (error, place) {
        case (.refused(let refusal), _): self.init(refusal)
        case (.planRefused(let plan), _): self.init(Code.refused, PlanText.refusals(plan))
        case (.failed(let failure), .engine): self.init(failure)
        case (.failed(let failure), .vtgate): self.init(Self.code(of: failure), failure.lines)
        case (.unreachable(let reason, let sent), .vtgate(let name)):
            self.init(
                Code.unreachable,
                [
                    sent ? "VTGate at \(name) did not say what became of the command." : "VTGate at \(name) does not answer.",
                    "  cause   \(reason)",
                    sent
                        ? "  now     whether it took effect is not known; it was sent once and is not sent again"
                        : "  now     nothing was sent and nothing was changed",
                    sent
                        ? "  next    look at `lockstep status --vtgate \(name)`, then repeat the command if it is still wanted"
                        : "  next    check the address, and that VTGate runs",
                ])
        case (.unreachable(let reason, let sent), .engine(let socket)):
            self.init(
                Code.unreachable,
                [
                    "The engine does not answer at \(socket).", "  cause   \(reason)",
                    sent
                        ? "  now     whether it got the order is not known: nothing was lost, it may have been carried out"
                        : "  now     nothing was sent and nothing was changed",
                    sent
                        ? "  next    look at `lockstep status`, then repeat the order if it is still wanted"
                        : "  next    start it with `lockstep engine --clusters FILE`, or name its directory with --state-dir",
                ])
        }
    }

    private static func code(of failure: Failure) -> Int32 {
        switch failure.kind {
        case .serverUnreachable, .connectionLost: Code.unreachable
        case .accessDenied, .preflightRefused: Code.configuration
        default: Code.failed
        }
    }

    init(_ error: ManifestError) {
        self.init(Code.configuration, error.description.split(separator: "\n").map(String.init))
    }
    init(_ error: OptionFileError) { self.init(Code.configuration, error.description) }

    /// Why the journal of a state directory cannot be used.
    init(_ error: JournalError) {
        switch error {
        case .owned(let pid, let path):
            self.init(
                Code.tryAgain,
                [
                    "Another engine\(pid.map { " (pid \($0))" } ?? "") has the journal.", "  cause   \(path)",
                    "  now     that engine goes on; this one changed nothing",
                    "  next    use the running engine, or stop it first; a second fleet needs its own --state-dir",
                ])
        case .full(let reason): self.init(Failure(.diskFull, "The journal cannot grow.", cause: reason))
        case .missing, .newerVersion, .foreignFile, .brokenChain, .corrupt, .unavailable, .readOnly, .closed:
            self.init(
                Code.failed,
                [
                    "The journal cannot be used.", "  cause   \(error.text)",
                    "  now     no migration was taken up and nothing was changed on any shard",
                ])
        }
    }

    init(_ error: ControlError) {
        if case .alreadyServed(let path) = error {
            self.init(
                Code.tryAgain,
                [
                    "Another engine answers at \(path).",
                    "  next    use it, or stop it first, or choose another --state-dir",
                ])
        } else {
            self.init(Code.failed, ["The engine's socket cannot be served.", "  cause   \(error.text)"])
        }
    }

    init(_ error: EngineError) {
        if case .journal(let reason) = error { self.init(reason) } else { self.init(error.failure) }
    }
}
