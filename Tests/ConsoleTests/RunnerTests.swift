import Console
import Core
import Foundation
import Synchronization
import Terminal
import Testing

/// A terminal that plays keys and keeps what it was shown.
final class ScriptedDevice: ConsoleDevice {
    struct State {
        var frames: [Screen] = []
        var redraws = 0
        var suspensions = 0
        var isClosed = false
    }
    let state = Mutex(State())
    /// Milliseconds the console's wall clock is ahead: how a test lets a person's time pass.
    let ahead = Mutex<Int64>(0)
    let events: AsyncStream<[Key]>
    private let keys: AsyncStream<[Key]>.Continuation
    let size = Size(columns: 80, rows: 24)

    init() { (events, keys) = AsyncStream.makeStream(of: [Key].self, bufferingPolicy: .bufferingOldest(4096)) }

    func press(_ batch: [Key]) { keys.yield(batch) }
    func hangUp() { keys.finish() }
    func present(_ screen: Screen) { state.withLock { $0.frames.append(screen) } }
    func redraw() async { state.withLock { $0.redraws += 1 } }
    func suspend() async throws { state.withLock { $0.suspensions += 1 } }
    func bell() async {}
    func close() async { state.withLock { $0.isClosed = true } }

    /// Waits until the newest frame holds the text.
    func shows(_ text: String, within limit: Duration = .seconds(30)) async -> Bool {
        let clock = ContinuousClock()
        let deadline = clock.now + limit
        while clock.now < deadline {
            if state.withLock({ $0.frames.last?.text.contains { $0.contains(text) } ?? false }) { return true }
            do {
                try await clock.sleep(for: .milliseconds(5))
            } catch {
                return false
            }
        }
        return false
    }
}

/// An engine that answers from a story.
final class ScriptedService: OperatorService {
    struct State {
        var story: Story
        var isDown = false
        var performed: [(CommandRequest, String?, String)] = []
        var streams: [AsyncStream<FleetSnapshot>.Continuation] = []
    }
    let state: Mutex<State>

    init(_ story: Story) { state = Mutex(State(story: story)) }

    private func check() throws(ServiceError) {
        if state.withLock({ $0.isDown }) { throw .unreachable("connection refused", sent: false) }
    }

    func snapshot() async throws(ServiceError) -> FleetSnapshot {
        try check()
        return state.withLock { $0.story.fleet() }
    }

    func snapshots() async throws(ServiceError) -> AsyncStream<FleetSnapshot> {
        try check()
        let (stream, continuation) = AsyncStream.makeStream(
            of: FleetSnapshot.self, bufferingPolicy: .bufferingNewest(1))
        continuation.yield(state.withLock { $0.story.fleet() })
        state.withLock { $0.streams.append(continuation) }
        return stream
    }

    func submit(_ submission: Submission, by identity: OperatorIdentity) async throws(ServiceError) -> MigrationSnapshot
    {
        throw .refused(Refusal("not asked for here"))
    }

    func plan(_ request: CommandRequest) async throws(ServiceError) -> CommandPlan {
        try check()
        return state.withLock { $0.story.plan(request.verb, request.shards) }
    }

    func perform(
        _ request: CommandRequest, planHash: String?, by identity: OperatorIdentity, reason: String
    ) async throws(ServiceError) -> CommandReceipt {
        try check()
        return state.withLock { state in
            state.performed.append((request, planHash, reason))
            state.story.apply(.commanded(.complete, by: identity, reason: reason, at: Story.now))
            return CommandReceipt(at: Story.now, migration: request.migration, verb: request.verb)
        }
    }

    func goDown() {
        state.withLock { state in
            state.isDown = true
            for stream in state.streams { stream.finish() }
            state.streams = []
        }
    }

    func comeBack() { state.withLock { $0.isDown = false } }
}

@Suite("Runner")
struct RunnerTests {
    private func run(
        _ story: Story, _ script: @Sendable @escaping (ScriptedDevice, ScriptedService) async -> Void
    ) async throws -> (ScriptedDevice, ScriptedService) {
        let device = ScriptedDevice()
        let service = ScriptedService(story)
        let folder = FileManager.default.temporaryDirectory.appending(path: "lockstep-console-\(UUID())")
        try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
        defer { try? FileManager.default.removeItem(at: folder) }
        let runner = ConsoleRunner(
            device: device, service: service, identity: Story.ana, copies: CopyFile(directory: folder.path()),
            clock: ContinuousClock(),
            wallClock: {
                Timestamp(milliseconds: Int64(Date().timeIntervalSince1970 * 1000) + device.ahead.withLock { $0 })
            })
        await withTaskGroup(of: Void.self) { group in
            group.addTask { await runner.run(ConsoleOptions(glyphs: .ascii)) }
            group.addTask {
                // Whatever the script finds, the console ends: the test must not hang.
                defer { device.press([.leave(.terminated)]) }
                await script(device, service)
            }
            await group.waitForAll()
        }
        return (device, service)
    }

    @Test("An operator completes a postponed migration from the keyboard, and leaves with q")
    func completes() async throws {
        let (device, service) = try await run(.ready) { device, _ in
            #expect(await device.shows("commerce.orders"))
            device.press([.enter])
            #expect(await device.shows("ALL 4 READY"))
            device.press([.character("W")])
            #expect(await device.shows("WRITE MODE"))
            device.ahead.withLock { $0 += 400 }
            device.press("us-east".map { .character($0) } + [.enter])
            #expect(await device.shows(" RW "))
            device.press([.character("C")])
            #expect(await device.shows("y run"))
            device.ahead.withLock { $0 += 400 }
            device.press([.character("y")])
            #expect(await device.shows("complete"))
            #expect(await device.shows("seen in the data"))
        }
        let performed = service.state.withLock { $0.performed }
        #expect(performed.count == 1)
        #expect(performed.first?.0.verb == .complete)
        #expect(performed.first?.1 == Story.ready.plan(.complete).hash)
        #expect(device.state.withLock { $0.isClosed })
    }

    @Test("A burst that holds a write key and its confirmation performs nothing")
    func burst() async throws {
        let (_, service) = try await run(.ready) { device, _ in
            #expect(await device.shows("commerce.orders"))
            device.press([.character("P")] + Array(repeating: .character("y"), count: 200))
            #expect(await device.shows("y run"))
        }
        #expect(service.state.withLock { $0.performed.isEmpty })
    }

    @Test("When the engine goes away the screen says so, and it is live again when the engine is back")
    func reconnects() async throws {
        _ = try await run(.ready) { device, service in
            #expect(await device.shows("LIVE"))
            service.goDown()
            #expect(await device.shows("OFFLINE"))
            #expect(await device.shows("no answer from the engine"))
            service.comeBack()
            #expect(await device.shows("LIVE"))
        }
    }

    @Test("The console starts without its engine, and ends when the terminal is gone")
    func hungUp() async throws {
        let (device, _) = try await run(.ready) { device, service in
            service.goDown()
            device.press([.control("l"), .control("z")])
            device.hangUp()
        }
        #expect(device.state.withLock { $0.isClosed })
        #expect(device.state.withLock { $0.frames.count >= 1 })
    }

    @Test("y writes a file that only its owner can read, and never over another")
    func copies() async throws {
        let folder = FileManager.default.temporaryDirectory.appending(path: "lockstep-copy-\(UUID())")
        try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
        defer { try? FileManager.default.removeItem(at: folder) }
        let copies = CopyFile(directory: folder.path())
        let first = try copies.write("one", at: Story.now)
        let second = try copies.write("two", at: Story.now)
        #expect(first != second)
        #expect(try String(contentsOfFile: first, encoding: .utf8) == "one")
        #expect(try String(contentsOfFile: second, encoding: .utf8) == "two")
        let mode = try FileManager.default.attributesOfItem(atPath: first)[.posixPermissions] as? Int
        #expect(mode == 0o600)
        #expect(throws: CopyFile.Failure.self) { try CopyFile(directory: "/nonexistent").write("x", at: Story.now) }
    }
}

@Suite("Plain")
struct PlainTests {
    @Test("The same facts as text, for each moment", arguments: FrameTests.grids.indices.dropLast())
    func status(_ index: Int) throws {
        let (name, story) = FrameTests.grids[index]
        try Golden.check(PlainRenderer.status(story.fleet(), now: Story.now), "plain-\(name).txt")
    }

    @Test("Changes come as dated lines, and no change is no line")
    func changes() {
        let before = Story.ready.fleet()
        #expect(PlainRenderer.changes(from: before, to: before).isEmpty)
        let after = PlainRenderer.changes(from: before, to: Story.done.fleet())
        #expect(after.contains { $0.contains("7f3a done: DONE on 4 shards: writes held 112 ms at most, skew 21 ms") })
        #expect(after.contains { $0.contains("c0- D done: writes held 112 ms") })
    }
}
