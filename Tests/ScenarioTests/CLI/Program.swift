import Foundation
import Glibc

/// The built `lockstep`, run as a person's shell would run it.
struct Program {
    /// What a run said and how it ended.
    struct Outcome: CustomStringConvertible {
        let code: Int32
        let output: String
        let errors: String
        var description: String { "exit \(code)\n\(output)\(errors)" }
    }

    /// A directory of its own for state and files; removed with `remove`.
    let directory: String

    init() throws {
        directory = NSTemporaryDirectory() + "lockstep-cli-\(UUID().uuidString.prefix(8))"
        try FileManager.default.createDirectory(
            atPath: directory, withIntermediateDirectories: true, attributes: [.posixPermissions: 0o700])
    }

    func remove() throws { try FileManager.default.removeItem(atPath: directory) }

    /// Beside the test bundle, wherever that was built.
    static let path: String = {
        let bundles = CommandLine.arguments.filter { $0.contains(".xctest") } + CommandLine.arguments.prefix(1)
        let beside = bundles.map {
            URL(fileURLWithPath: $0).deletingLastPathComponent().appendingPathComponent("lockstep").path
        }
        return beside.first { FileManager.default.isExecutableFile(atPath: $0) }
            ?? "lockstep is not built beside the tests"
    }()

    /// Writes a file into the directory and gives its path.
    func write(_ text: String, _ name: String) throws -> String {
        let path = directory + "/" + name
        try Data(text.utf8).write(to: URL(fileURLWithPath: path))
        return path
    }

    /// A process under way and the files it writes to.
    struct Running {
        let process: Process
        let output: String
        let errors: String

        /// Waits on a thread of its own.
        func end() async {
            await withCheckedContinuation { continuation in
                Thread.detachNewThread { [process] in
                    process.waitUntilExit()
                    continuation.resume()
                }
            }
        }
    }

    /// Starts it in a session of its own: no terminal is near it.
    func start(_ arguments: [String], environment: [String: String] = [:]) throws -> Running {
        let process = Process()
        process.executableURL = URL(fileURLWithPath: "/usr/bin/setsid")
        process.arguments = ["--wait", Self.path] + arguments
        var variables = ProcessInfo.processInfo.environment
        for name in ["LOCKSTEP_MYSQL_USER", "LOCKSTEP_MYSQL_PASSWORD", "MYSQL_PWD"] { variables[name] = nil }
        variables["LOCKSTEP_STATE_DIR"] = directory + "/state"
        variables.merge(environment) { $1 }
        process.environment = variables
        process.standardInput = FileHandle.nullDevice
        let output = try write("", "out-\(UUID().uuidString)")
        let errors = try write("", "err-\(UUID().uuidString)")
        process.standardOutput = FileHandle(forWritingAtPath: output)
        process.standardError = FileHandle(forWritingAtPath: errors)
        try process.run()
        return Running(process: process, output: output, errors: errors)
    }

    /// Runs it to its end.
    func run(_ arguments: String..., environment: [String: String] = [:]) async throws -> Outcome {
        try await run(arguments, environment: environment)
    }

    func run(_ arguments: [String], environment: [String: String] = [:]) async throws -> Outcome {
        let running = try start(arguments, environment: environment)
        await running.end()
        return Outcome(
            code: running.process.terminationStatus, output: try text(running.output), errors: try text(running.errors))
    }

    func text(_ path: String) throws -> String { try String(contentsOfFile: path, encoding: .utf8) }
}

/// Runs `body` with a program of its own directory, which is gone afterwards.
func withProgram<R>(_ body: (Program) async throws -> R) async throws -> R {
    let program = try Program()
    let result: Result<R, any Error>
    do { result = .success(try await body(program)) } catch { result = .failure(error) }
    try program.remove()
    return try result.get()
}
