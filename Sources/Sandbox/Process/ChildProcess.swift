internal import Dispatch
internal import Foundation
internal import Glibc

/// One child process, started with `posix_spawn` in a session of its own, so that a terminal's Ctrl-C does not reach it.
///
/// The child inherits standard input, output and error as given here and no other descriptor: a pipe that tells a watchdog
/// of our death must not be held open by a sibling.
struct ChildProcess: Sendable {
    /// The process number. Ours until `waitForExit` has returned.
    let pid: pid_t

    /// Starts `arguments[0]` (a path) with the environment of this process and `LC_ALL=C`.
    /// - Parameter input: the descriptor for standard input; `nil` is `/dev/null`.
    /// - Parameter output: the file for standard output and error, appended to; `nil` is `/dev/null`.
    static func spawn(_ arguments: [String], input: Int32? = nil, output: String? = nil) throws(SandboxError)
        -> ChildProcess
    {
        var actions = posix_spawn_file_actions_t()
        posix_spawn_file_actions_init(&actions)
        defer { posix_spawn_file_actions_destroy(&actions) }
        if let input {
            posix_spawn_file_actions_adddup2(&actions, input, 0)
        } else {
            posix_spawn_file_actions_addopen(&actions, 0, "/dev/null", O_RDONLY, 0)
        }
        posix_spawn_file_actions_addopen(&actions, 1, output ?? "/dev/null", O_WRONLY | O_CREAT | O_APPEND, 0o600)
        posix_spawn_file_actions_adddup2(&actions, 1, 2)
        for descriptor in inheritable() where descriptor != input {
            posix_spawn_file_actions_addclose(&actions, descriptor)
        }

        var attributes = posix_spawnattr_t()
        posix_spawnattr_init(&attributes)
        defer { posix_spawnattr_destroy(&attributes) }
        // Signals start from their defaults: a caller that blocks SIGTERM for itself must not block it for the server.
        var none = sigset_t()
        sigemptyset(&none)
        posix_spawnattr_setsigmask(&attributes, &none)
        var all = sigset_t()
        sigfillset(&all)
        posix_spawnattr_setsigdefault(&attributes, &all)
        posix_spawnattr_setflags(
            &attributes, setSession | Int16(POSIX_SPAWN_SETSIGMASK | POSIX_SPAWN_SETSIGDEF))

        var variables = ProcessInfo.processInfo.environment
        variables["LC_ALL"] = "C"
        let environment = variables.map { strdup("\($0.key)=\($0.value)") } + [nil]
        let vector = arguments.map { strdup($0) } + [nil]
        defer { (environment + vector).forEach { free($0) } }

        var pid: pid_t = 0
        let status = posix_spawn(&pid, arguments[0], &actions, &attributes, vector, environment)
        guard status == 0 else {
            throw .programFailed(program: arguments[0], status: status, output: String(cString: strerror(status)))
        }
        return ChildProcess(pid: pid)
    }

    /// `POSIX_SPAWN_SETSID` of glibc's spawn.h, which Swift does not import because it is an extension.
    private static let setSession: Int16 = 0x80

    /// The descriptors from 3 up that a child would inherit: those someone opened without `O_CLOEXEC`.
    private static func inheritable() -> [Int32] {
        Files.names(in: "/proc/self/fd").compactMap { Int32($0) }.filter { descriptor in
            let flags = fcntl(descriptor, F_GETFD)
            return descriptor > 2 && flags >= 0 && flags & FD_CLOEXEC == 0
        }
    }

    /// Waits for the end and takes the exit status (128 + signal when a signal ended it). To be called once.
    func waitForExit() async -> Int32 {
        let pid = pid
        return await Blocking.run {
            var status: Int32 = 0
            while waitpid(pid, &status, 0) == -1 && errno == EINTR {}
            return (status & 0x7f) == 0 ? (status >> 8) & 0xff : 128 + (status & 0x7f)
        }
    }

    /// Runs a program to its end and returns what it wrote, both streams together.
    /// - Throws: `SandboxError.programFailed` with the tail of the output on any status but 0.
    @discardableResult
    static func run(_ arguments: [String]) async throws(SandboxError) -> String {
        let output = NSTemporaryDirectory() + "lockstep-output-\(UUID().uuidString)"
        let child = try spawn(arguments, output: output)
        let status = await child.waitForExit()
        let text = LogTail.read(output, lines: 200)
        unlink(output)
        guard status == 0 else {
            throw .programFailed(program: arguments[0], status: status, output: text)
        }
        return text
    }
}

/// Runs a call that blocks on a thread outside Swift's cooperative pool.
enum Blocking {
    /// Each call gets a thread of its own for as long as it runs: a shared queue could run out while many children end.
    static func run<Value: Sendable>(_ body: @escaping @Sendable () -> Value) async -> Value {
        await withCheckedContinuation { continuation in
            Thread.detachNewThread { continuation.resume(returning: body()) }
        }
    }
}

/// The end of a text file, for error messages.
enum LogTail {
    /// The last `lines` lines; a file that cannot be read gives a sentence saying so, because this is only ever shown.
    static func read(_ path: String, lines: Int = 25) -> String {
        guard let data = FileManager.default.contents(atPath: path) else { return "(no log at \(path))" }
        return String(decoding: data, as: UTF8.self).split(separator: "\n").suffix(lines).joined(separator: "\n")
    }
}
