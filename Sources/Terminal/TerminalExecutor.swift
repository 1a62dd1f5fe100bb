internal import CNcurses
internal import Glibc
internal import Synchronization

/// The one thread that touches curses: it runs the device's jobs and, between them, waits for keys and signals.
final class TerminalExecutor: SerialExecutor, @unchecked Sendable {
    /// What the thread waits for beside jobs.
    struct Wait {
        var tty: Int32 = -1
        var wantsInput = false
        var wantsOutput = false
        var signals: Int32 = -1
        /// `nil` waits without end.
        var timeoutMilliseconds: Int32?
    }

    /// What ended a wait.
    struct Ready {
        var input = false
        var output = false
        var hungUp = false
        var signals = false
    }

    private struct State {
        var jobs: [UnownedJob] = []
        var isEnding = false
    }

    private let state = Mutex(State())
    private let wakeUp: Int32
    private let thread = Mutex<pthread_t?>(nil)

    /// Without an eventfd the thread could not be woken.
    init() throws(TerminalError) {
        wakeUp = cn_eventfd()
        if wakeUp < 0 { throw .failed(what: "eventfd", reason: systemReason(-wakeUp)) }
    }

    deinit { close(wakeUp) }

    func enqueue(_ job: consuming ExecutorJob) {
        let unowned = UnownedJob(job)
        state.withLock { $0.jobs.append(unowned) }
        wake()
    }

    func asUnownedSerialExecutor() -> UnownedSerialExecutor { UnownedSerialExecutor(ordinary: self) }

    func checkIsolated() { precondition(isOwnThread, "only the terminal's thread may touch the terminal") }

    private var isOwnThread: Bool {
        thread.withLock { own in own.map { pthread_equal($0, pthread_self()) != 0 } ?? false }
    }

    /// Ends the wait under way. A counter that is full already wakes the thread.
    func wake() {
        var one: UInt64 = 1
        _ = write(wakeUp, &one, MemoryLayout<UInt64>.size)
    }

    /// Lets the thread end after the jobs it has; the device is gone then, so none can follow.
    func end() {
        state.withLock { $0.isEnding = true }
        wake()
    }

    /// Starts the thread. `turn` does what is ready and says what to wait for next; `nil` once the device is gone.
    func start(_ turn: @escaping @Sendable (Ready) -> Wait?) throws(TerminalError) {
        let box = Unmanaged.passRetained(ThreadBody { [self] in run(turn) })
        var created = pthread_t()
        let error = thread.withLock { own in
            // The lock is held until the thread is known, so that its first job finds itself at home.
            let error = pthread_create(
                &created, nil,
                { argument in
                    let body = Unmanaged<ThreadBody>.fromOpaque(argument!).takeRetainedValue()
                    body.run()
                    return nil
                }, box.toOpaque())
            if error == 0 { own = created }
            return error
        }
        guard error == 0 else {
            box.release()
            throw .failed(what: "thread", reason: systemReason(error))
        }
        pthread_detach(created)
    }

    private func run(_ turn: (Ready) -> Wait?) {
        cn_thread_name("terminal")
        var ready = Ready()
        while true {
            drain()
            let wait = turn(ready) ?? Wait()
            if state.withLock({ $0.isEnding && $0.jobs.isEmpty }) { return }
            ready = pause(wait)
        }
    }

    private func drain() {
        let jobs = state.withLock { state in
            defer { state.jobs = [] }
            return state.jobs
        }
        for job in jobs { job.runSynchronously(on: asUnownedSerialExecutor()) }
    }

    private func pause(_ wait: Wait) -> Ready {
        var events = (wait.wantsInput ? Int16(POLLIN) : 0)
        if wait.wantsOutput { events |= Int16(POLLOUT) }
        var fds = [
            pollfd(fd: wakeUp, events: Int16(POLLIN), revents: 0),
            pollfd(fd: events == 0 ? -1 : wait.tty, events: events, revents: 0),
            pollfd(fd: wait.signals, events: Int16(POLLIN), revents: 0),
        ]
        let count = poll(&fds, nfds_t(fds.count), wait.timeoutMilliseconds ?? -1)
        guard count > 0 else { return Ready() }
        if fds[0].revents != 0 {
            var counter: UInt64 = 0
            _ = read(wakeUp, &counter, MemoryLayout<UInt64>.size)
        }
        let tty = Int32(fds[1].revents)
        return Ready(
            input: tty & POLLIN != 0, output: tty & POLLOUT != 0, hungUp: tty & (POLLHUP | POLLERR | POLLNVAL) != 0,
            signals: fds[2].revents != 0)
    }
}

private final class ThreadBody: Sendable {
    let run: @Sendable () -> Void

    init(_ run: @escaping @Sendable () -> Void) { self.run = run }
}

/// The C library's words for an error number.
func systemReason(_ error: Int32) -> String {
    String(cString: strerror(error))
}
