import Control
import Core
import Dispatch
import Foundation
import Testing

@Suite("The control socket")
struct ControlSocketTests {
    private let path = "/tmp/lockstep-control-\(UUID().uuidString.prefix(8))/run/control.sock"
    private let ana = OperatorIdentity(user: "ana", host: "bastion-2")
    private let request = CommandRequest(
        verb: .forceCutOver, migration: MigrationID("7c1e0000000000000000000000000001")!)

    private func client(_ timeout: Duration = .seconds(10)) -> ControlClient {
        ControlClient(path: path, clock: ContinuousClock(), timeout: timeout)
    }

    /// Serves while the body runs.
    private func serving(_ body: @Sendable (ScriptedService) async throws -> Void) async throws {
        let service = ScriptedService()
        let server = try ControlServer(path: path, service: service)
        try await withThrowingTaskGroup(of: Void.self) { group in
            group.addTask { await server.run() }
            try await body(service)
            group.cancelAll()
        }
    }

    private func mode(_ path: String) throws -> Int? {
        try FileManager.default.attributesOfItem(atPath: path)[.posixPermissions] as? Int
    }

    private func failure(_ body: () async throws -> Void) async -> ServiceError? {
        do { try await body() } catch { return error as? ServiceError }
        return nil
    }

    /// Runs a few lines of Python, for what the client never does, on a thread that may block.
    private func python(_ script: String, input: String = "") async throws -> [String] {
        try await withCheckedThrowingContinuation { continuation in
            DispatchQueue.global().async {
                continuation.resume(with: Result { try blockingPython(script, input) })
            }
        }
    }

    private func blockingPython(_ script: String, _ input: String) throws -> [String] {
        let process = Process()
        process.executableURL = URL(fileURLWithPath: "/usr/bin/env")
        process.arguments = ["python3", "-c", script, path]
        let (standardInput, output) = (Pipe(), Pipe())
        process.standardInput = standardInput
        process.standardOutput = output
        try process.run()
        try standardInput.fileHandleForWriting.write(contentsOf: Data(input.utf8))
        try standardInput.fileHandleForWriting.close()
        let data = try output.fileHandleForReading.readToEnd() ?? Data()
        process.waitUntilExit()
        return String(decoding: data, as: UTF8.self).split(separator: "\n").map(String.init)
    }

    private func answers(to text: String, lines: Int) async throws -> [String] {
        try await python(
            """
            import socket, sys
            data = sys.stdin.buffer.read()
            s = socket.socket(socket.AF_UNIX); s.settimeout(10); s.connect(sys.argv[1])
            try:
                s.sendall(data)
                f = s.makefile('rb')
                for _ in range(\(lines)):
                    line = f.readline()
                    sys.stdout.write(line.decode() if line else 'closed\\n')
            except OSError: sys.stdout.write('closed\\n')
            """, input: text)
    }

    @Test("Orders, receipts and refusals come through unchanged")
    func roundTrip() async throws {
        try await serving { service async throws in
            #expect(try await client().snapshot() == ScriptedService.fleet(1))
            let receipt = try await client().perform(request, planHash: "abc", by: ana, reason: "month\nend \"é\"")
            let expected = CommandReceipt(
                at: Timestamp(milliseconds: 7), migration: request.migration, verb: .forceCutOver)
            #expect(receipt == expected)
            #expect(service.orders == ["forceCutOver abc ana@bastion-2 month\nend \"é\""])
            let refused = await failure { _ = try await client().plan(request) }
            #expect(refused == .refused(Refusal("there is no migration", advice: "look")))
            let engineFailure = ServiceError.failed(Failure(.diskFull, "full", cause: "c", now: "n", next: "x"))
            service.fail(engineFailure)
            let failed = await failure { _ = try await client().snapshot() }
            #expect(failed == engineFailure)
        }
    }

    @Test("The socket is its owner's alone, and its name goes when the server does")
    func modes() async throws {
        try await serving { _ async throws in
            #expect(try mode(path) == 0o600)
            #expect(try mode((path as NSString).deletingLastPathComponent) == 0o700)
        }
        let deadline = ContinuousClock.now + .seconds(5)
        while FileManager.default.fileExists(atPath: path), ContinuousClock.now < deadline {
            try await Task.sleep(for: .milliseconds(5))
        }
        #expect(!FileManager.default.fileExists(atPath: path))
        let error = await failure { _ = try await client().snapshot() }
        guard case .unreachable(_, sent: false) = error else {
            Issue.record("\(String(describing: error))")
            return
        }
    }

    @Test("A living engine's socket is refused, a dead one's replaced, and another file left alone")
    func staleSockets() async throws {
        try await serving { _ async throws in
            #expect(throws: ControlError.alreadyServed(path: path)) {
                _ = try ControlServer(path: path, service: ScriptedService())
            }
            #expect(try await client().snapshot() == ScriptedService.fleet(1))
        }
        let bound = try await python(
            """
            import socket, sys, os
            p = sys.argv[1]
            if os.path.exists(p): os.unlink(p)
            s = socket.socket(socket.AF_UNIX); s.bind(p); print('bound')
            """)
        #expect(bound == ["bound"])
        try await serving { _ async throws in #expect(try await client().snapshot() == ScriptedService.fleet(1)) }

        let file = path + ".txt"
        try Data("mine".utf8).write(to: URL(fileURLWithPath: file))
        #expect(throws: ControlError.notASocket(path: file)) {
            _ = try ControlServer(path: file, service: ScriptedService())
        }
        #expect(try Data(contentsOf: URL(fileURLWithPath: file)) == Data("mine".utf8))
        let long = "/tmp/" + String(repeating: "x", count: 120)
        #expect(throws: ControlError.pathTooLong(long)) {
            _ = try ControlServer(path: long, service: ScriptedService())
        }
    }

    @Test("A slow reader of snapshots gets the newest one next, and the publisher never waits")
    func slowReader() async throws {
        try await serving { service async throws in
            let stream = try await client().snapshots()
            var reader = stream.makeAsyncIterator()
            #expect(await reader.next() == ScriptedService.fleet(0))
            for number in 1...2000 { service.publish(ScriptedService.fleet(Int64(number), padding: 100_000)) }
            var seen: [Int64] = []
            while let snapshot = await reader.next() {
                seen.append(snapshot.at.milliseconds)
                if snapshot.at.milliseconds == 2000 { break }
            }
            #expect(seen == seen.sorted())
            #expect(seen.last == 2000)
            #expect(seen.count < 2000)
            service.finish()
            let end = await reader.next()
            #expect(end == nil)
        }
    }

    @Test("A stream ends when its engine does")
    func streamEnds() async throws {
        let (streams, hand) = AsyncStream.makeStream(of: AsyncStream<FleetSnapshot>.self)
        try await serving { _ async throws in hand.yield(try await client().snapshots()) }
        hand.finish()
        for await stream in streams {
            var count = 0
            for await _ in stream { count += 1 }
            #expect(count == 1)
        }
    }

    @Test("An engine that does not answer in time is unreachable, and the order is said to be sent")
    func timeout() async throws {
        try await serving { service async throws in
            service.hang()
            let error = await failure {
                _ = try await client(.milliseconds(100)).perform(request, planHash: nil, by: ana, reason: "")
            }
            #expect(error == .unreachable("no answer within 0.1s", sent: true))
        }
    }

    @Test("What is no request is answered so, and too long a line ends the connection; nothing is done")
    func badFrames() async throws {
        try await serving { service async throws in
            let snapshot = #""request":{"snapshot":{}}}"# + "\n"
            let text = "hello\n" + #"{"v":9,"id":4,"# + snapshot + #"{"v":1,"id":5,"# + snapshot
            let lines = try await answers(to: text, lines: 3)
            #expect(lines.count == 3)
            #expect(lines.contains { $0.contains("unreadable") && $0.contains("\"id\":0") })
            #expect(lines.contains { $0.contains("protocol version 9") && $0.contains("\"id\":4") })
            #expect(lines.contains { $0.contains("snapshot") && $0.contains("\"id\":5") })
            #expect(try await answers(to: String(repeating: "x", count: 3 << 20), lines: 1) == ["closed"])
            #expect(service.orders.isEmpty)
            #expect(try await client().snapshot() == ScriptedService.fleet(1))
        }
    }
}
