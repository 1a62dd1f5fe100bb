import Foundation
import Glibc
import Sandbox
import Testing

/// What the victim process is told through its environment: the directory it is to use.
private let victimVariable = "LOCKSTEP_SANDBOX_VICTIM"
private let victimRoot = ProcessInfo.processInfo.environment[victimVariable]

@Suite("Servers do not outlive their owner", .serialized)
struct DeadOwnerTests {
    @Test("After kill -9 of the owner no server and no directory is left", arguments: ServerFamily.available)
    func killedOwner(family: ServerFamily) async throws {
        let root = temporaryRoot()
        let victim = try await startVictim(family, root: root)
        let servers = try serverPIDs(root)
        #expect(servers.count == 2)
        #expect(servers.allSatisfy(isRunning))

        #expect(Glibc.kill(victim.processIdentifier, SIGKILL) == 0)

        try await until { servers.allSatisfy { !isRunning($0) } }
        try await until { try directories(root).isEmpty }
        try FileManager.default.removeItem(atPath: root)
    }

    @Test("After kill -9 of owner and watchdogs the next start leaves neither server nor directory")
    func killedWatchdog() async throws {
        let root = temporaryRoot()
        let victim = try await startVictim(.mariadb, root: root)
        let servers = try serverPIDs(root)
        let watchdogs = try servers.map { try #require(parent(of: $0)) }
        watchdogs.forEach { Glibc.kill($0, SIGKILL) }
        #expect(Glibc.kill(victim.processIdentifier, SIGKILL) == 0)
        try await until { !isRunning(victim.processIdentifier) }
        #expect(try directories(root).count == 2)

        #expect(try SandboxRoot(path: root).sweep().count == 2)

        try await until { servers.allSatisfy { !isRunning($0) } }
        #expect(try directories(root).isEmpty)
        try FileManager.default.removeItem(atPath: root)
    }

    @Test("A sweep leaves the servers of living owners alone")
    func livingOwner() async throws {
        let root = SandboxRoot(path: temporaryRoot())
        let server = try await ServerProcess.start(.mariadb, root: root)
        #expect(try root.sweep() == [])
        #expect(await server.isRunning)
        await server.stop()
        try FileManager.default.removeItem(atPath: root.path)
    }

    /// Not a test of its own: what the victim process runs.
    @Test("The victim starts two servers and waits to be killed", .enabled(if: victimRoot != nil))
    func victim() async throws {
        let parts = try #require(victimRoot).split(separator: ":").map(String.init)
        let family = try #require(ServerFamily(rawValue: parts[0]))
        let root = SandboxRoot(path: parts[1])
        let first = try await ServerProcess.start(family, name: "one", root: root)
        let second = try await ServerProcess.start(family, name: "two", root: root)
        try Data().write(to: URL(fileURLWithPath: root.path + "/ready"))
        try await until { false }
        await first.stop()
        await second.stop()
    }

    /// This test program again, running the victim alone; returns when its servers are up.
    private func startVictim(_ family: ServerFamily, root: String) async throws -> Process {
        try FileManager.default.createDirectory(atPath: root, withIntermediateDirectories: true)
        let process = Process()
        process.executableURL = URL(fileURLWithPath: "/proc/self/exe").resolvingSymlinksInPath()
        process.arguments = ["--testing-library", "swift-testing", "--filter", "DeadOwnerTests/victim"]
        var environment = ProcessInfo.processInfo.environment
        environment[victimVariable] = "\(family.rawValue):\(root)"
        process.environment = environment
        process.standardOutput = FileHandle.nullDevice
        process.standardError = FileHandle.nullDevice
        try process.run()
        try await until {
            try #require(process.isRunning, "the victim ended before its servers were up")
            return FileManager.default.fileExists(atPath: root + "/ready")
        }
        return process
    }

    private func temporaryRoot() -> String {
        NSTemporaryDirectory() + "ls-dead-\(UInt32.random(in: 0...UInt32.max))"
    }

    private func directories(_ root: String) throws -> [String] {
        try FileManager.default.contentsOfDirectory(atPath: root).filter { $0 != "ready" }
    }

    private func serverPIDs(_ root: String) throws -> [Int32] {
        try directories(root).map { name in
            let text = try String(contentsOfFile: "\(root)/\(name)/server.pid", encoding: .utf8)
            return try #require(Int32(text.filter(\.isNumber)))
        }
    }

    private func status(_ pid: Int32) -> [Substring]? {
        guard let data = FileManager.default.contents(atPath: "/proc/\(pid)/stat") else { return nil }
        let text = String(decoding: data, as: UTF8.self)
        return text.lastIndex(of: ")").map { text[text.index(after: $0)...].split(separator: " ") }
    }

    private func isRunning(_ pid: Int32) -> Bool { status(pid).map { $0[0] != "Z" } ?? false }
    private func parent(of pid: Int32) -> Int32? { status(pid).flatMap { Int32($0[1]) } }
}
