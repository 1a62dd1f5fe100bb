internal import Glibc

/// A program that cannot outlive this process, with a directory that goes with it: what a sandbox server is, for any program.
package struct WatchedProcess: Sendable {
    /// Its directory; removed when it ends or when this process does.
    package let directory: String
    private let watchdog: Watchdog

    /// What it writes goes here.
    package var logPath: String { directory + "/output.log" }
    /// Its number. Somebody else's once it has ended.
    package var processID: Int32 { watchdog.server.pid }
    /// Whether it runs.
    package var isRunning: Bool { watchdog.server.isAlive }
    /// The last lines it wrote.
    package var lastWords: String { LogTail.read(logPath) }

    /// A new directory for it under `root`, for this user alone. Leftovers of owners that died are removed first.
    package static func makeDirectory(_ label: String, root: SandboxRoot = .standard) throws(SandboxError) -> String {
        try root.sweep()
        return try root.makeDirectory(label: label)
    }

    /// Starts `command` (a path and its arguments) with this process's environment; it is killed when this process ends.
    /// - Throws: `SandboxError.notReady` when it ended at once; the directory is kept for the caller to look at.
    package static func start(_ command: [String], directory: String) async throws(SandboxError) -> WatchedProcess {
        let watchdog = try await Watchdog.start(command, directory: directory, log: directory + "/output.log")
        return WatchedProcess(directory: directory, watchdog: watchdog)
    }

    /// Ends it in an orderly way: SIGTERM, SIGKILL when `limit` has passed. To be called once.
    /// - Parameter keepingDirectory: whether its directory stays.
    package func stop(within limit: Duration = .seconds(20), keepingDirectory: Bool = false) async {
        let server = watchdog.server
        if server.isAlive {
            kill(server.pid, SIGTERM)
            _ = await poll(within: limit) { !server.isAlive }
        }
        await watchdog.end(keepingDirectory: keepingDirectory)
    }
}
