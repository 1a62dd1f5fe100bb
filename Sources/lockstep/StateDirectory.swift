internal import ArgumentParser
internal import Foundation

/// Where the engine keeps its journal and its socket: one directory an engine, for its user alone.
struct StateDirectory {
    let path: String

    var journal: String { path + "/journal.sqlite" }
    var socket: String { path + "/engine.sock" }

    /// `--state-dir`, else `LOCKSTEP_STATE_DIR`, else `XDG_STATE_HOME/lockstep`, else `~/.local/state/lockstep`.
    init(option: String?, environment: [String: String] = ProcessInfo.processInfo.environment) {
        if let option, !option.isEmpty {
            path = Self.absolute(option)
        } else if let named = environment["LOCKSTEP_STATE_DIR"], !named.isEmpty {
            path = Self.absolute(named)
        } else if let state = environment["XDG_STATE_HOME"], state.hasPrefix("/") {
            // A relative XDG_STATE_HOME is to be ignored, says the XDG base directory specification.
            path = state + "/lockstep"
        } else {
            path = (environment["HOME"] ?? NSHomeDirectory()) + "/.local/state/lockstep"
        }
    }

    private static func absolute(_ path: String) -> String {
        path.hasPrefix("/") ? path : FileManager.default.currentDirectoryPath + "/" + path
    }

    /// Makes the directory, or checks that nobody else may look into the one that is there.
    func prepare() throws(Ending) {
        do {
            try FileManager.default.createDirectory(
                atPath: path, withIntermediateDirectories: true, attributes: [.posixPermissions: 0o700])
            try FileManager.default.setAttributes([.posixPermissions: 0o700], ofItemAtPath: path)
        } catch {
            throw Ending(
                Ending.Code.configuration,
                ["The state directory \(path) cannot be used.", "  cause   \(error.localizedDescription)"])
        }
    }
}

/// `--state-dir`, for every command that speaks to an engine.
struct EngineOptions: ParsableArguments {
    @Option(
        name: .long,
        help: ArgumentHelp(
            "The engine's state directory.",
            discussion: "Default: $LOCKSTEP_STATE_DIR, else the user's state directory.",
            valueName: "dir"))
    var stateDir: String?

    var directory: StateDirectory { StateDirectory(option: stateDir) }

    /// The engine of that directory; nothing is connected until it is asked.
    var link: FleetLink { FleetLink(engineIn: directory) }
}
