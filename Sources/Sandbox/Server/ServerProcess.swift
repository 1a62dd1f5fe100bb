internal import Foundation
internal import Glibc

/// One private server: its own data directory, loopback port and socket; gone when it is stopped or when this process ends.
package actor ServerProcess {
    /// Unique in this process; also the first part of its directory's name.
    package nonisolated let name: String
    /// Which kind of server it is.
    package nonisolated let family: ServerFamily
    /// Data, socket and log lie here; removed with the server.
    package nonisolated let directory: String
    /// Always `127.0.0.1`.
    package nonisolated let host = "127.0.0.1"
    /// The loopback port; the same for the whole life of the server, restarts included.
    package nonisolated let port: UInt16
    /// Root, application, Lockstep and replication users.
    package nonisolated let users: ServerUsers
    /// What it was started with.
    package nonisolated let options: ServerOptions

    /// The path of the Unix socket.
    package nonisolated var socketPath: String { directory + "/server.sock" }
    /// The path of the error log.
    package nonisolated var logPath: String { directory + "/error.log" }

    private let command: ServerCommand
    private let readyLimit: Duration
    private var watchdog: Watchdog?
    private var isGone = false

    private init(
        name: String, command: ServerCommand, directory: String, port: UInt16, users: ServerUsers,
        options: ServerOptions, readyLimit: Duration
    ) {
        self.name = name
        self.family = command.family
        self.command = command
        self.directory = directory
        self.port = port
        self.users = users
        self.options = options
        self.readyLimit = readyLimit
    }

    /// Starts a new server and returns when it takes connections.
    ///
    /// The first start on a machine also initialises the data directory template, which takes some seconds. Leftovers of
    /// owners that died are removed from `root` first.
    /// - Throws: `SandboxError.notReady` with the tail of the error log when `readyLimit` passes; nothing is left behind then.
    package static func start(
        _ family: ServerFamily, name: String = "server", options: ServerOptions = ServerOptions(),
        users: ServerUsers = .generated(), root: SandboxRoot = .standard, readyLimit: Duration = .seconds(60)
    ) async throws(SandboxError) -> ServerProcess {
        try root.sweep()
        let command = try ServerCommand(family)
        let template = try await DatadirTemplate.prepared(for: command)
        var attempt = 0
        while true {
            attempt += 1
            let directory = try root.makeDirectory(label: name)
            let server = ServerProcess(
                name: name, command: command, directory: directory, port: try Port.free(), users: users,
                options: options, readyLimit: readyLimit)
            do {
                try await server.fill(from: template)
                try await server.launch(initFile: directory + "/users.sql")
                return server
            } catch {
                let clash = LogTail.read(server.logPath, lines: 200).contains("Address already in use")
                await server.stop()
                try Files.remove(directory)
                guard clash, attempt < 5 else { throw error }
            }
        }
    }

    /// The number of the server's process while it runs.
    package var processID: Int32? {
        guard let server = watchdog?.server, server.isAlive else { return nil }
        return server.pid
    }

    /// Whether the process runs. It may be frozen.
    package var isRunning: Bool { processID != nil }

    /// Stops the server in an orderly way (SIGTERM, SIGKILL after 20 s) and removes its directory. Twice is harmless.
    package func stop() async {
        guard !isGone else { return }
        isGone = true
        await halt(orderly: true, keepingDirectory: false)
        // Without a watchdog (killed before, or never started) nobody has removed the directory yet.
        do { try Files.remove(directory) } catch { print("lockstep sandbox: \(error)") }
    }

    /// Kills the server as a crash would (SIGKILL) and keeps its data for `restart`.
    package func kill() async {
        await halt(orderly: false, keepingDirectory: true)
    }

    /// Stops the server in an orderly way and keeps its data for `restart`.
    package func shutDown() async {
        await halt(orderly: true, keepingDirectory: true)
    }

    /// Starts a server that was killed or shut down, on the same data, port and socket.
    package func restart() async throws(SandboxError) {
        guard !isGone else { throw .notRunning(server: name) }
        guard watchdog == nil else { return }
        try await launch(initFile: nil)
    }

    /// Stops the process from running (SIGSTOP): connections stay open and nothing answers.
    package func freeze() throws(SandboxError) {
        guard let pid = processID else { throw .notRunning(server: name) }
        Glibc.kill(pid, SIGSTOP)
    }

    /// Lets a frozen server run again (SIGCONT).
    package func thaw() throws(SandboxError) {
        guard let pid = processID else { throw .notRunning(server: name) }
        Glibc.kill(pid, SIGCONT)
    }

    private func fill(from template: DatadirTemplate) async throws(SandboxError) {
        try await template.copy(to: directory + "/data")
        try Files.makeDirectory(directory + "/tmp")
        try Files.write(users.statements(family), to: directory + "/users.sql")
    }

    private func launch(initFile: String?) async throws(SandboxError) {
        let line = command.serve(options, directory: directory, port: port, initFile: initFile)
        let watchdog = try await Watchdog.start(line, directory: directory, log: logPath)
        self.watchdog = watchdog
        let socketPath = socketPath
        let deadline = ContinuousClock.now + readyLimit
        var isOffered = false
        while !isOffered {
            isOffered = await Blocking.run { Greeting.isOffered(at: socketPath) }
            if isOffered { break }
            let reason: String? =
                if !watchdog.server.isAlive {
                    "it ended"
                } else if Task.isCancelled {
                    "the start was cancelled"
                } else if ContinuousClock.now > deadline {
                    "no greeting within \(readyLimit)"
                } else {
                    nil
                }
            if let reason {
                let log = LogTail.read(logPath)
                await halt(orderly: false, keepingDirectory: true)
                throw .notReady(server: name, reason: reason, log: log)
            }
            _ = await poll(within: .milliseconds(20)) { !watchdog.server.isAlive }
        }
        if let initFile { try Files.remove(initFile) }
    }

    private func halt(orderly: Bool, keepingDirectory: Bool) async {
        guard let watchdog else { return }
        self.watchdog = nil
        let server = watchdog.server
        if orderly, server.isAlive {
            Glibc.kill(server.pid, SIGCONT)
            Glibc.kill(server.pid, SIGTERM)
            _ = await poll(within: .seconds(20)) { !server.isAlive }
        }
        await watchdog.end(keepingDirectory: keepingDirectory)
    }
}
