internal import CNcurses
internal import Glibc
internal import Synchronization

/// The operator's terminal. Screens go in, keys come out, and it is put back as it was whatever happens.
///
/// One thread of its own runs it and alone touches curses. Curses draws into memory; each frame is one `write` to a
/// terminal opened for this alone, non-blocking, between the marks of a synchronised update. A terminal that takes no bytes
/// for 250 ms loses the frame and gets a full one when it reads again, so a dead connection never makes the program deaf.
/// Always `close()`: until then the device keeps modes, signal handlers and, where a log is given, fds 1 and 2.
package actor NcursesDevice {
    /// What to open, and how.
    package struct Options: Sendable {
        /// The terminal to use.
        package var path = "/dev/tty"
        /// The roles' looks.
        package var theme: Theme
        /// Where fds 1 and 2 go while the screen is up (appended, mode 0600); `nil` leaves them.
        package var log: String?
        /// Where a line is appended for each frame: bytes, writes, keys answered and their latency; `nil` for nowhere.
        package var trace: String?
        /// The environment: TERM, NO_COLOR and the locale are read from it. The C library reads the locale from the
        /// process's own.
        package var environment: [String: String]

        /// Options for the controlling terminal; the trace is what `LOCKSTEP_CONSOLE_TRACE` names.
        package init(theme: Theme, environment: [String: String]) {
            self.theme = theme
            self.environment = environment
            self.trace = environment["LOCKSTEP_CONSOLE_TRACE"]
        }
    }

    private struct Presented {
        var screen: Screen
        var answers: [ContinuousClock.Instant]
    }

    private let executor: TerminalExecutor
    private let queue: KeyQueue
    private nonisolated let newest = Mutex<Presented?>(nil)
    private nonisolated let currentSize: Mutex<Size>

    private let tty: Int32
    private let signals: Int32
    private let log: Int32
    private let trace: Int32
    private var painter: Painter
    private var decoder = KeyDecoder()
    private var shown: Presented?
    private var tally = DeviceCounters()
    private var isOpen = true
    private var isStalled = false
    private var isHungUp = false
    /// The next SIGCONT answers our own stop, which has been dealt with.
    private var hasStoppedItself = false
    /// Bytes that go before the next frame: entering the screen, or recovering from a frame cut off.
    private var preamble: [UInt8] = []

    /// The terminal's thread; everything isolated to the device runs there.
    package nonisolated var unownedExecutor: UnownedSerialExecutor { executor.asUnownedSerialExecutor() }

    /// The keys typed, in batches; ends on close.
    package nonisolated var events: KeyBatches { KeyBatches(queue: queue) }

    /// The terminal's size now. Below `Size.smallestUsable` screens do not fit; that is the console's to show.
    package nonisolated var size: Size { currentSize.withLock { $0 } }

    /// The characters for lines and bars that this locale can show.
    package nonisolated let glyphs: GlyphSet

    /// What was done so far.
    package var counters: DeviceCounters {
        var counters = tally
        counters.lostKeys = queue.lost
        return counters
    }

    /// The process that puts the terminal back should this one be killed; `nil` once the device is closed.
    package var guardProcess: Int32? { isOpen ? cn_guard_pid() : nil }

    /// Takes the terminal over: full screen, raw keys, signals caught.
    /// - Throws: `TerminalError`; the terminal is as it was then.
    package static func open(_ options: Options) async throws(TerminalError) -> NcursesDevice {
        let executor = try TerminalExecutor()
        let device = try NcursesDevice(options, executor: executor)
        try executor.start { [weak device] ready in device?.assumeIsolated { $0.turn(ready) } }
        do throws(TerminalError) {
            try await device.begin(options)
        } catch {
            await device.close()
            throw error
        }
        return device
    }

    /// Opens what can be opened from any thread.
    private init(_ options: Options, executor: TerminalExecutor) throws(TerminalError) {
        let term = options.environment["TERM"] ?? ""
        guard !["", "dumb", "unknown"].contains(term) else { throw .dumb(term: term) }
        guard NcursesDevice.isTaken.exchange(true, ordering: .acquiringAndReleasing) == false else {
            throw .alreadyOpen
        }
        var opened: [Int32] = []
        do throws(TerminalError) {
            tty = cn_tty_open(options.path)
            if tty < 0 { throw TerminalError.notATerminal(path: options.path, reason: systemReason(-tty)) }
            opened.append(tty)
            log = try NcursesDevice.openForAppending(options.log)
            if log >= 0 { opened.append(log) }
            trace = try NcursesDevice.openForAppending(options.trace)
            if trace >= 0 { opened.append(trace) }
            signals = cn_signals_open()
            if signals < 0 { throw TerminalError.failed(what: "signal pipe", reason: systemReason(-signals)) }
        } catch {
            for descriptor in opened { Glibc.close(descriptor) }
            NcursesDevice.isTaken.store(false, ordering: .releasing)
            throw error
        }
        self.executor = executor
        queue = KeyQueue()
        currentSize = Mutex(Size(columns: 80, rows: 24))
        glyphs = GlyphSet.forLocale(options.environment)
        painter = Painter(theme: options.theme, depth: .monochrome)
    }

    /// Curses, handlers and the thread are the process's: one device at a time.
    private static let isTaken = Atomic<Bool>(false)

    private static func openForAppending(_ path: String?) throws(TerminalError) -> Int32 {
        guard let path else { return -1 }
        let descriptor = Glibc.open(path, O_RDWR | O_APPEND | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0o600)
        guard descriptor >= 0 else { throw .failed(what: path, reason: systemReason(errno)) }
        return descriptor
    }

    deinit {
        // Reached without `close()` only by a mistake; the terminal is put back all the same.
        if isOpen { NcursesDevice.release([tty, log, trace]) }
        executor.end()
    }

    /// On the terminal's thread: starts curses and takes the terminal.
    private func begin(_ options: Options) throws(TerminalError) {
        let size = try readSize()
        let term = options.environment["TERM"] ?? ""
        let error = cn_screen_open(term, tty, Int32(size.rows), Int32(size.columns))
        guard error == 0 else {
            throw error == ENOTTY ? .dumb(term: term) : .failed(what: "curses", reason: systemReason(error))
        }
        let depth = Theme.depth(colours: Int(cn_screen_colours()), environment: options.environment)
        painter = Painter(theme: options.theme, depth: depth)
        currentSize.withLock { $0 = size }
        let armed = cn_tty_arm(tty, cn_screen_leave(), log)
        guard armed == 0 else { throw .failed(what: "terminal modes", reason: systemReason(armed)) }
        newest.withLock { waiting in
            if waiting == nil { waiting = Presented(screen: Screen(size: size), answers: []) }
        }
        try enterScreen()
    }

    private func readSize() throws(TerminalError) -> Size {
        var rows: Int32 = 0
        var columns: Int32 = 0
        let error = cn_tty_size(tty, &rows, &columns)
        guard error == 0 else { throw .failed(what: "terminal size", reason: systemReason(error)) }
        return Size(columns: Int(columns), rows: Int(rows))
    }

    private func enterScreen() throws(TerminalError) {
        try takeModes()
        preamble = Array(String(cString: cn_screen_enter()).utf8)
        redrawAll()
    }

    /// In the background, this stops the process until it is brought in front.
    private func takeModes() throws(TerminalError) {
        let error = cn_tty_raw(true)
        guard error == 0 else { throw .failed(what: "terminal modes", reason: systemReason(error)) }
        cn_tty_capture()
    }

    // MARK: What the console calls

    /// Shows a screen as soon as the terminal takes it. Only the newest one waits: earlier ones nobody would see.
    package nonisolated func present(_ screen: Screen) {
        let answers = queue.takeAnswered()
        newest.withLock { waiting in
            waiting = Presented(screen: screen, answers: (waiting?.answers ?? []) + answers)
        }
        executor.wake()
    }

    /// Draws everything again, after something else wrote on the terminal.
    package func redraw() {
        guard isOpen else { return }
        redrawAll()
        paint()
    }

    /// Rings once, with the next frame.
    package func bell() {
        guard isOpen else { return }
        preamble.append(0x07)
    }

    /// Changes the looks of all roles.
    package func use(_ theme: Theme) {
        painter.use(theme)
        redraw()
    }

    /// Gives the terminal back to the shell and stops the process, as Ctrl-Z does elsewhere; returns when it continues, and
    /// `.resumed` is among the keys then.
    /// - Throws: `TerminalError` when the terminal could not be taken again; it is the shell's then.
    package func suspend() throws(TerminalError) {
        guard isOpen, !isHungUp else { return }
        cn_tty_restore()
        let error = cn_tty_stop()
        guard error == 0 else { throw .failed(what: "suspend", reason: systemReason(error)) }
        hasStoppedItself = true
        try enterScreen()
        try takeSize()
        queue.push([.resumed], readAt: nil)
    }

    /// Puts the terminal back as it was and ends `events`. May be called again; later calls do nothing.
    package func close() {
        guard isOpen else { return }
        isOpen = false
        NcursesDevice.release([tty, log, trace])
        queue.finish()
    }

    /// Puts the process back as it was: modes, handlers, guard, curses, descriptors.
    private static func release(_ descriptors: [Int32]) {
        cn_tty_disarm()
        cn_screen_close()
        cn_signals_close()
        for descriptor in descriptors where descriptor >= 0 { Glibc.close(descriptor) }
        isTaken.store(false, ordering: .releasing)
    }

    // MARK: The thread's turn

    /// Does what is ready, then says what to wait for.
    private func turn(_ ready: TerminalExecutor.Ready) -> TerminalExecutor.Wait {
        guard isOpen else { return TerminalExecutor.Wait() }
        if ready.signals { readSignals() }
        if ready.hungUp { hangUp() }
        if ready.input && !isHungUp {
            readKeys()
        } else if decoder.isWaiting && !isHungUp {
            push(decoder.lapse())
        }
        if ready.output { isStalled = false }
        paint()
        return TerminalExecutor.Wait(
            tty: tty, wantsInput: !isHungUp, wantsOutput: isStalled && !isHungUp, signals: signals,
            timeoutMilliseconds: decoder.isWaiting ? NcursesDevice.sequencePatience : nil)
    }

    /// How long a paste or sequence that has begun may pause before it counts as ended.
    private static let sequencePatience: Int32 = 100
    /// How long a terminal may take no bytes before the frame is given up.
    private static let framePatience = Duration.milliseconds(250)

    private func readKeys() {
        var keys: [Key] = []
        var read = 0
        while read < KeyQueue.capacity {
            let raw = cn_read_key()
            guard raw.kind != CN_NONE else { break }
            read += 1
            if let input = KeyDecoder.Input(raw) { keys += decoder.feed(input) }
        }
        // An escape is alone when nothing came with it: curses has already waited for the rest.
        if decoder.isAfterEscape { keys += decoder.lapse() }
        push(keys)
    }

    private func push(_ keys: [Key]) {
        tally.keys += keys.count
        queue.push(keys, readAt: .now)
    }

    private func hangUp() {
        guard !isHungUp else { return }
        isHungUp = true
        queue.push([.leave(.hungUp)], readAt: nil)
    }

    private func readSignals() {
        var bytes = [UInt8](repeating: 0, count: 256)
        var seen: Set<Int32> = []
        while true {
            let count = read(signals, &bytes, bytes.count)
            guard count > 0 else { break }
            seen.formUnion(bytes[..<count].map(Int32.init))
        }
        let leaving: [(Int32, Key.LeaveReason)] = [
            (SIGTERM, .terminated), (SIGHUP, .hungUp), (SIGINT, .interrupted), (SIGQUIT, .quit),
        ]
        for (signal, reason) in leaving where seen.contains(signal) { queue.push([.leave(reason)], readAt: nil) }
        do {
            if seen.contains(SIGTSTP) {
                try suspend()
            } else if seen.contains(SIGCONT) {
                try continued()
            }
            if seen.contains(SIGWINCH) { try takeSize() }
        } catch {
            // A terminal that cannot be measured or taken is gone.
            hangUp()
        }
    }

    /// After a stop by someone else the screen was never left, but a shell has had the terminal's modes and drawn on it.
    private func continued() throws(TerminalError) {
        try takeModes()
        redrawAll()
        try takeSize()
        if !hasStoppedItself { queue.push([.resumed], readAt: nil) }
        hasStoppedItself = false
    }

    private func takeSize() throws(TerminalError) {
        let size = try readSize()
        guard size != self.size else { return }
        cn_screen_resize(Int32(size.rows), Int32(size.columns))
        currentSize.withLock { $0 = size }
        painter.forget()
        queue.push([.resize(size)], readAt: nil)
    }

    private func redrawAll() {
        cn_screen_forget()
        painter.forget()
        if newest.withLock({ $0 == nil }) { newest.withLock { $0 = shown } }
    }

    // MARK: Frames

    private func paint() {
        guard isOpen, !isStalled, !isHungUp else { return }
        guard
            let next = newest.withLock({ waiting in
                defer { waiting = nil }
                return waiting
            })
        else { return }
        painter.paint(next.screen, terminal: size)
        shown = Presented(screen: next.screen, answers: [])
        var buffer: UnsafeMutablePointer<UInt8>?
        let begin = preamble + Array("\u{1B}[?2026h".utf8)
        let end = Array("\u{1B}[?2026l".utf8)
        let length = cn_screen_flush(&buffer, begin.count, end.count)
        guard length >= 0, let buffer else {
            giveUp(next)
            return
        }
        guard length > 0 || !preamble.isEmpty else {
            record(next.answers, bytes: 0, writes: 0)
            return
        }
        let frame = UnsafeMutableBufferPointer(start: buffer, count: begin.count + length + end.count)
        for (offset, byte) in begin.enumerated() { frame[offset] = byte }
        for (offset, byte) in end.enumerated() { frame[begin.count + length + offset] = byte }
        guard let writes = send(UnsafeRawBufferPointer(frame)) else {
            giveUp(next)
            return
        }
        preamble = []
        tally.frames += 1
        record(next.answers, bytes: frame.count, writes: writes)
    }

    /// Writes a frame; how many writes it took, or `nil` if the terminal would not take it.
    private func send(_ frame: UnsafeRawBufferPointer) -> Int? {
        guard let base = frame.baseAddress else { return 0 }
        let start = ContinuousClock.now
        var sent = 0
        var writes = 0
        while sent < frame.count {
            let count = write(tty, base + sent, frame.count - sent)
            let error = errno
            if count > 0 {
                writes += 1
                sent += count
                tally.bytes += count
                continue
            }
            if count < 0 && error == EINTR { continue }
            guard count < 0, error == EAGAIN else {
                hangUp()
                return nil
            }
            let left = NcursesDevice.framePatience - (ContinuousClock.now - start)
            guard left > .zero else { return nil }
            var fds = [
                pollfd(fd: tty, events: Int16(POLLOUT), revents: 0),
                pollfd(fd: signals, events: Int16(POLLIN), revents: 0),
            ]
            _ = poll(&fds, 2, Int32(left / .milliseconds(1)) + 1)
            // News is more urgent than a terminal that does not read.
            if fds[1].revents != 0 && fds[0].revents & Int16(POLLOUT) == 0 { return nil }
        }
        return writes
    }

    /// The frame is lost, perhaps cut in the middle: when the terminal reads again, end the sequence and draw everything.
    private func giveUp(_ lost: Presented) {
        tally.droppedFrames += 1
        isStalled = true
        preamble = [0x18] + Array("\u{1B}[?2026l\u{1B}[0m".utf8) + Array(String(cString: cn_screen_enter()).utf8)
        cn_screen_forget()
        painter.forget()
        newest.withLock { waiting in
            waiting = Presented(
                screen: waiting?.screen ?? lost.screen, answers: lost.answers + (waiting?.answers ?? []))
        }
    }

    private func record(_ answers: [ContinuousClock.Instant], bytes: Int, writes: Int) {
        let now = ContinuousClock.now
        tally.writes += writes
        let latencies = answers.map { now - $0 }
        tally.keyToPaint = (tally.keyToPaint + latencies).suffix(DeviceCounters.mostLatencies)
        guard trace >= 0 else { return }
        let micros = latencies.map { String(Int($0 / .microseconds(1))) }.joined(separator: ",")
        let line =
            "frame=\(tally.frames) bytes=\(bytes) writes=\(writes) keys=\(answers.count) key_to_paint_us=\(micros)\n"
        // A trace that cannot be written is not worth a word on the operator's screen; the counters still count.
        _ = line.withCString { write(trace, $0, strlen($0)) }
    }
}

extension KeyDecoder.Input {
    /// What curses read, as a value; `nil` for what is no character at all.
    fileprivate init?(_ raw: cn_key) {
        guard raw.kind == CN_KEY else {
            guard let scalar = Unicode.Scalar(UInt32(bitPattern: raw.value)) else { return nil }
            self = .scalar(scalar)
            return
        }
        if raw.value > CN_KEY_FUNCTION {
            self = .key(.function(Int(raw.value) - CN_KEY_FUNCTION))
            return
        }
        switch Int(raw.value) {
        case CN_KEY_PASTE_BEGIN: self = .pasteBegins
        case CN_KEY_PASTE_END: self = .pasteEnds
        case CN_KEY_UP: self = .key(.up)
        case CN_KEY_DOWN: self = .key(.down)
        case CN_KEY_LEFT: self = .key(.left)
        case CN_KEY_RIGHT: self = .key(.right)
        case CN_KEY_HOME: self = .key(.home)
        case CN_KEY_END: self = .key(.end)
        case CN_KEY_PAGE_UP: self = .key(.pageUp)
        case CN_KEY_PAGE_DOWN: self = .key(.pageDown)
        case CN_KEY_INSERT: self = .key(.insert)
        case CN_KEY_DELETE: self = .key(.delete)
        case CN_KEY_ENTER: self = .key(.enter)
        case CN_KEY_BACKSPACE: self = .key(.backspace)
        case CN_KEY_BACK_TAB: self = .key(.backTab)
        case CN_KEY_FOCUS_IN: self = .key(.focus(true))
        case CN_KEY_FOCUS_OUT: self = .key(.focus(false))
        default: self = .key(.unknown)
        }
    }
}
