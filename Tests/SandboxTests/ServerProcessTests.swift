import Foundation
import Sandbox
import Testing

@Suite("A private server", .serialized)
struct ServerProcessTests {
    @Test(
        "A server starts, survives a kill with its data, and leaves nothing behind when stopped",
        arguments: ServerFamily.available)
    func lifeOfAServer(family: ServerFamily) async throws {
        let server = try await ServerProcess.start(family, name: "life")
        let first = try #require(await server.processID)
        #expect(FileManager.default.fileExists(atPath: server.socketPath))
        await server.kill()
        #expect(await server.isRunning == false)
        #expect(FileManager.default.fileExists(atPath: server.directory))
        try await server.restart()
        #expect(await server.processID != first)
        #expect(await server.isRunning)
        await server.stop()
        #expect(await server.isRunning == false)
        #expect(!FileManager.default.fileExists(atPath: server.directory))
    }

    @Test("A server that refuses an option fails with the tail of its log and leaves no directory")
    func refusedOption() async throws {
        let root = SandboxRoot(path: NSTemporaryDirectory() + "ls-refused-\(UInt32.random(in: 0...UInt32.max))")
        defer { #expect(throws: Never.self) { try FileManager.default.removeItem(atPath: root.path) } }
        let error = await #expect(throws: SandboxError.self) {
            try await ServerProcess.start(.mariadb, options: ServerOptions(extra: ["--no-such-option=1"]), root: root)
        }
        guard case .notReady(_, _, let log) = error else {
            Issue.record("not the expected error: \(String(describing: error))")
            return
        }
        #expect(log.contains("no-such-option"))
        #expect(try FileManager.default.contentsOfDirectory(atPath: root.path).isEmpty)
    }
}
