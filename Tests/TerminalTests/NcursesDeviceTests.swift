import Foundation
import Glibc
import Terminal
import Testing

/// The real device on a pseudo-terminal. Curses and signal handlers are the process's, so one test runs at a time.
@Suite(.serialized)
struct NcursesDeviceTests {
    private let pty: PseudoTerminal

    init() throws {
        setenv("LC_ALL", "C.UTF-8", 1)
        pty = try PseudoTerminal()
    }

    private func options(_ extra: [String: String] = [:]) throws -> NcursesDevice.Options {
        let environment = ["TERM": "xterm-256color", "LC_ALL": "C.UTF-8"].merging(extra) { $1 }
        var options = NcursesDevice.Options(theme: try Theme.load("dark"), environment: environment)
        options.path = pty.path
        return options
    }

    /// Opens, runs, and closes whatever happens.
    private func withDevice(
        _ extra: [String: String] = [:], log: String? = nil, _ body: (NcursesDevice) async throws -> Void
    ) async throws {
        var options = try options(extra)
        options.log = log
        let device = try await NcursesDevice.open(options)
        do {
            // The first frame enters the screen; afterwards counts are stable.
            try await eventually("first frame") { await device.counters.frames >= 1 }
            try await body(device)
        } catch {
            await device.close()
            throw error
        }
        await device.close()
    }

    private func screen(_ text: String, _ size: Size = Size(columns: 80, rows: 24), role: Role = .plain) -> Screen {
        var screen = Screen(size: size)
        screen.put(text, at: Point(0, 0), role: role)
        return screen
    }

    /// Keys until one of them is the last wanted.
    private func keys(_ device: NcursesDevice, through last: Key) async -> [Key] {
        var keys: [Key] = []
        for await batch in device.events {
            keys += batch
            if keys.contains(last) { break }
        }
        return keys
    }

    @Test("Closing puts back modes and screen, and may be repeated", .timeLimit(.minutes(1)))
    func restores() async throws {
        let before = pty.modes
        try await withDevice { device in
            #expect(pty.modes != before)
            #expect(pty.text.contains("\u{1B}[?1049h"))
            #expect(pty.text.contains("\u{1B}[?2004h"))
            await device.close()
            await device.close()
            #expect(pty.modes == before)
            for code in ["\u{1B}[?1049l", "\u{1B}[?2004l", "\u{1B}[?2026l"] { #expect(pty.text.contains(code)) }
            for await _ in device.events { Issue.record("a closed device has no keys") }
        }
    }

    @Test("A frame is one write between the marks of an update, and only differences are sent", .timeLimit(.minutes(1)))
    func oneWrite() async throws {
        try await withDevice { device in
            device.present(screen("hello", role: .bad))
            try await eventually("second frame") { await device.counters.frames == 2 }
            let after = await device.counters
            #expect(after.writes == 2)
            #expect(pty.read().count == after.bytes)
            #expect(pty.text.contains("hello"))
            #expect(pty.text.components(separatedBy: "\u{1B}[?2026h").count - 1 == 2)
            device.present(screen("hellO", role: .bad))
            try await eventually("third frame") { await device.counters.frames == 3 }
            let difference = await device.counters.bytes - after.bytes
            #expect(difference < 80)
            // The same again is no frame at all; the one after it is.
            device.present(screen("hellO", role: .bad))
            device.present(screen("bye", role: .bad))
            try await eventually("fourth frame") { await device.counters.frames == 4 }
            #expect(await device.counters.droppedFrames == 0)
        }
    }

    @Test("Keys, sequences and a paste arrive as what they are, in order", .timeLimit(.minutes(1)))
    func decodes() async throws {
        try await withDevice { device in
            pty.type("aé\u{1B}[A\u{1B}OB\u{1B}[5~\u{1B}[Z\u{1B}OP\u{1B}[15~\r\t\u{7F}\u{3}\u{1A}\u{1B}[99;7$yx")
            pty.type("\u{1B}[200~C\r\u{1B}[Ano\u{1B}[201~\u{1B}[I\u{1B}[Oz")
            let keys = await keys(device, through: .character("z"))
            let expected: [Key] = [
                .character("a"), .character("é"), .up, .down, .pageUp, .backTab, .function(1), .function(5), .enter,
                .tab,
                .backspace, .control("c"), .control("z"), .unknown, .character("x"), .paste("C\rno"), .focus(true),
                .focus(false), .character("z"),
            ]
            #expect(keys == expected)
        }
    }

    @Test("Escape alone arrives soon, as Escape", .timeLimit(.minutes(1)))
    func escape() async throws {
        try await withDevice { device in
            let start = ContinuousClock.now
            pty.type("\u{1B}")
            #expect(await keys(device, through: .escape) == [.escape])
            #expect(ContinuousClock.now - start < .milliseconds(500))
        }
    }

    @Test("200 keys in one burst are all there, in few batches", .timeLimit(.minutes(1)))
    func burst() async throws {
        try await withDevice { device in
            pty.type(String(repeating: "j", count: 199) + "q")
            var batches = 0
            var count = 0
            for await batch in device.events {
                batches += 1
                count += batch.count
                device.present(screen("\(count)"))
                if batch.contains(.character("q")) { break }
            }
            #expect(count == 200)
            #expect(batches <= 10)
            try await eventually("all answered") { await device.counters.keyToPaint.count == 200 }
            #expect(await device.counters.lostKeys == 0)
        }
    }

    @Test("A new size arrives once and the next frame fills it", .timeLimit(.minutes(1)))
    func resizes() async throws {
        try await withDevice { device in
            #expect(device.size == Size(columns: 80, rows: 24))
            for columns in 81...100 { pty.resize(columns: columns, rows: 30) }
            kill(getpid(), SIGWINCH)
            #expect(await keys(device, through: .resize(Size(columns: 100, rows: 30))).count == 1)
            #expect(device.size == Size(columns: 100, rows: 30))
            var large = Screen(size: device.size)
            large.put("corner", at: Point(94, 29))
            device.present(large)
            try await eventually("corner") { pty.text.contains("corne") }
            pty.resize(columns: 40, rows: 10)
            kill(getpid(), SIGWINCH)
            _ = await keys(device, through: .resize(Size(columns: 40, rows: 10)))
            #expect(!device.size.isUsable)
            device.present(large)
            device.present(screen("small", device.size))
            try await eventually("small") { pty.text.contains("small") }
        }
    }

    @Test(
        "A signal asks to leave, once and by name", .timeLimit(.minutes(1)),
        arguments: [
            (SIGTERM, .terminated), (SIGHUP, .hungUp), (SIGINT, .interrupted), (SIGQUIT, .quit),
        ] as [(Int32, Key.LeaveReason)])
    func leaves(signal: Int32, reason: Key.LeaveReason) async throws {
        try await withDevice { device in
            kill(getpid(), signal)
            #expect(await keys(device, through: .leave(reason)) == [.leave(reason)])
        }
    }

    @Test("A terminal nobody reads loses frames, not keys, and is drawn whole when read again", .timeLimit(.minutes(1)))
    func stalls() async throws {
        try await withDevice { device in
            pty.read()
            var number = 0
            try await eventually("dropped frame") {
                number += 1
                var full = Screen(size: device.size)
                for row in 0..<24 {
                    full.put(String(repeating: number % 2 == 0 ? "ab" : "ba", count: 40), at: Point(0, row))
                }
                device.present(full)
                return await device.counters.droppedFrames > 0
            }
            pty.type("k")
            #expect(await keys(device, through: .character("k")) == [.character("k")])
            device.present(screen("after the silence"))
            try await eventually("full frame") {
                pty.text.contains("after the silence")
            }
            #expect(pty.output.contains(0x18))
        }
    }

    @Test("Leaving takes under a second though nobody reads the terminal", .timeLimit(.minutes(1)))
    func leavesStalled() async throws {
        try await withDevice { device in
            var number = 0
            try await eventually("dropped frame") {
                number += 1
                device.present(
                    screen(String(repeating: "\(number)", count: 2000 / 24), role: number % 2 == 0 ? .bad : .good))
                var full = Screen(size: device.size)
                full.fill(full.bounds, with: number % 2 == 0 ? "x" : "y")
                device.present(full)
                return await device.counters.droppedFrames > 0
            }
            let start = ContinuousClock.now
            await device.close()
            #expect(ContinuousClock.now - start < .seconds(1))
        }
    }

    @Test("Fds 1 and 2 go to the log while the screen is up, and come back", .timeLimit(.minutes(1)))
    func captures() async throws {
        let log = FileManager.default.temporaryDirectory.appending(path: "log-\(UUID().uuidString)").path
        defer { unlink(log) }
        try await withDevice(log: log) { _ in
            #expect(write(2, "to the log\n", 11) == 11)
        }
        #expect(try String(contentsOfFile: log, encoding: .utf8).contains("to the log"))
        let size = try FileManager.default.attributesOfItem(atPath: log)[.size] as? Int
        #expect(write(2, "", 0) == 0)
        #expect(try FileManager.default.attributesOfItem(atPath: log)[.size] as? Int == size)
        #expect(try FileManager.default.attributesOfItem(atPath: log)[.posixPermissions] as? Int == 0o600)
    }

    @Test("Under NO_COLOR no colour is sent, but reverse video is", .timeLimit(.minutes(1)))
    func noColour() async throws {
        try await withDevice(["NO_COLOR": "1"]) { device in
            device.present(screen("danger", role: .bad))
            try await eventually("drawn") { pty.text.contains("danger") }
            #expect(!pty.text.contains("[38;5;") && !pty.text.contains("[31m"))
            #expect(pty.text.contains(";7m") || pty.text.contains("[7m"))
        }
        try await withDevice { device in
            device.present(screen("danger", role: .bad))
            try await eventually("drawn") { pty.text.contains("38;5;197m") }
        }
    }

    @Test("The guard lives as long as the device", .timeLimit(.minutes(1)))
    func guardProcess() async throws {
        try await withDevice { device in
            let process = try #require(await device.guardProcess)
            #expect(kill(process, 0) == 0)
            await device.close()
            #expect(await device.guardProcess == nil)
            try await eventually("guard gone") { kill(process, 0) != 0 }
        }
    }

    @Test("Each frame leaves a line in the trace", .timeLimit(.minutes(1)))
    func traces() async throws {
        let trace = FileManager.default.temporaryDirectory.appending(path: "trace-\(UUID().uuidString)").path
        defer { unlink(trace) }
        try await withDevice(["LOCKSTEP_CONSOLE_TRACE": trace]) { device in
            pty.type("x")
            _ = await keys(device, through: .character("x"))
            device.present(screen("x"))
            try await eventually("second frame") { await device.counters.frames == 2 }
        }
        let lines = try String(contentsOfFile: trace, encoding: .utf8).split(separator: "\n")
        #expect(lines.count == 2)
        #expect(lines.last?.contains("writes=1 keys=1 key_to_paint_us=") == true)
    }

    @Test("What is no terminal is refused in words, and a second device too", .timeLimit(.minutes(1)))
    func refuses() async throws {
        for term in ["", "dumb"] {
            await #expect(throws: TerminalError.dumb(term: term)) {
                try await NcursesDevice.open(options(["TERM": term]))
            }
        }
        let before = pty.modes
        await #expect(throws: TerminalError.dumb(term: "no-such-type")) {
            try await NcursesDevice.open(options(["TERM": "no-such-type"]))
        }
        #expect(pty.modes == before)
        var other = try options()
        other.path = "/dev/null"
        await #expect(throws: TerminalError.notATerminal(path: "/dev/null", reason: "Inappropriate ioctl for device")) {
            try await NcursesDevice.open(other)
        }
        try await withDevice { _ in
            await #expect(throws: TerminalError.alreadyOpen) { try await NcursesDevice.open(options()) }
        }
    }

    @Test("A device that is dropped without closing still gives the terminal back", .timeLimit(.minutes(1)))
    func dropped() async throws {
        let before = pty.modes
        do {
            let device = try await NcursesDevice.open(options())
            try await eventually("first frame") { await device.counters.frames == 1 }
            #expect(pty.modes != before)
        }
        try await eventually("modes back") { pty.modes == before }
        try await withDevice { _ in }
    }
}
