internal import Glibc

/// Starts a server so that it cannot outlive this process, however this process ends.
///
/// Between us and the server stands one `sh` in a session of its own, reading from a channel whose other end only we hold. When we
/// end, by `exit`, a crash or SIGKILL, the kernel closes our end; `sh` reads end-of-file, kills the server and removes the
/// directory. The server in turn asks the kernel to be killed with `sh` (`setpriv --pdeathsig`, where the machine has it), so
/// killing the watchdog does not set the server free either; the directory is then swept up by the next start.
/// `sh` reaps the server only after it has killed it, so the number it kills cannot have passed to another process.
struct Watchdog: Sendable {
    private let shell: ChildProcess
    private let channel: Int32
    /// The server itself.
    let server: ProcessIdentity

    private static let script = """
        directory=$1; log=$2; shift 2
        exec 3<&0
        "$@" </dev/null >>"$log" 2>&1 3<&- &
        server=$!
        echo "$server" >"$directory/server.pid.new" && mv "$directory/server.pid.new" "$directory/server.pid"
        word=
        read -r word <&3
        kill -KILL "$server" 2>/dev/null
        wait "$server" 2>/dev/null
        [ "$word" = keep ] || rm -rf -- "$directory"
        """

    /// Starts `command`; its output is appended to `log`.
    /// - Throws: `SandboxError.notReady` when the server ended at once; the directory is kept for the caller to look at.
    static func start(_ command: [String], directory: String, log: String) async throws(SandboxError) -> Watchdog {
        var ends: [Int32] = [0, 0]
        // A socket pair and not a pipe: only it can be made close-on-exec in one step from Swift.
        guard socketpair(AF_UNIX, Int32(SOCK_STREAM.rawValue) | Int32(SOCK_CLOEXEC.rawValue), 0, &ends) == 0 else {
            throw .files(path: directory, reason: "no socket pair: \(String(cString: strerror(errno)))")
        }
        let pidFile = directory + "/server.pid"
        unlink(pidFile)
        let shell: ChildProcess
        do {
            shell = try ChildProcess.spawn(
                ["/bin/sh", "-c", script, "lockstep-watchdog", directory, log] + bound(command), input: ends[0],
                output: log)
        } catch {
            close(ends[0])
            close(ends[1])
            throw error
        }
        close(ends[0])
        let started = await poll(within: .seconds(10)) { Files.text(pidFile) != nil }
        let pid = Files.text(pidFile).flatMap { pid_t($0.filter(\.isNumber)) }
        guard started, let pid, let server = ProcessIdentity.running(pid) else {
            await letGo(of: shell, through: ends[1], keepingDirectory: true)
            throw .notReady(server: directory, reason: "it ended at once", log: LogTail.read(log))
        }
        return Watchdog(shell: shell, channel: ends[1], server: server)
    }

    /// Ends the watch: whatever is left of the server is killed; then the directory goes, unless it is to be kept.
    /// To be called once; returns when all of that has happened.
    func end(keepingDirectory: Bool) async {
        await Self.letGo(of: shell, through: channel, keepingDirectory: keepingDirectory)
    }

    private static func letGo(of shell: ChildProcess, through channel: Int32, keepingDirectory: Bool) async {
        if keepingDirectory {
            let word = "keep\n"
            // The reader may be gone (someone killed the shell): then there is nobody left to tell.
            _ = word.withCString { send(channel, $0, 5, Int32(MSG_NOSIGNAL)) }
        }
        close(channel)
        _ = await shell.waitForExit()
    }

    private static func bound(_ command: [String]) -> [String] {
        let setpriv = "/usr/bin/setpriv"
        return access(setpriv, X_OK) == 0 ? [setpriv, "--pdeathsig", "KILL"] + command : command
    }
}

/// Asks `condition` every 5 ms until it holds or the time is over; says whether it held.
func poll(within limit: Duration, _ condition: () -> Bool) async -> Bool {
    let deadline = ContinuousClock.now + limit
    while !condition() {
        if ContinuousClock.now > deadline || Task.isCancelled { return condition() }
        do { try await Task.sleep(for: .milliseconds(5)) } catch { return condition() }
    }
    return true
}
