internal import Dispatch
internal import Glibc
internal import Synchronization

/// Lines over a connected socket, both ways. Its descriptor is non-blocking and served by one dispatch queue: neither a
/// silent nor a slow peer holds a thread.
final class LineConnection: @unchecked Sendable {
    /// What becomes of lines that nobody took yet.
    enum Pending {
        /// All are kept; a peer that sends more is cut off.
        case all(atMost: Int)
        /// Only the newest is kept.
        case newest
    }

    /// The peer's lines without their newlines. Ends with the connection, and on a line longer than the limit.
    let lines: AsyncStream<[UInt8]>

    // All of this belongs to `queue`.
    private let queue = DispatchQueue(label: "lockstep.control.connection")
    private let file: Int32
    private let lineLimit: Int
    private let keepsAll: Bool
    private let sentAll = Mutex(false)
    private let received: AsyncStream<[UInt8]>.Continuation
    private let reader: any DispatchSourceRead
    private let writer: any DispatchSourceWrite
    private var sourcesLeft = 2
    private var incoming: [UInt8] = []
    private var outgoing: [Outgoing] = []
    private var writerIsSuspended = true
    private var isClosed = false

    private struct Outgoing {
        let bytes: [UInt8]
        var sent = 0
        let done: CheckedContinuation<Bool, Never>
    }

    /// Takes the descriptor over and closes it in the end.
    init(file: Int32, lineLimit: Int, pending: Pending) {
        self.file = file
        self.lineLimit = lineLimit
        switch pending {
        case .all(let limit):
            keepsAll = true
            (lines, received) = AsyncStream.makeStream(of: [UInt8].self, bufferingPolicy: .bufferingOldest(limit))
        case .newest:
            keepsAll = false
            (lines, received) = AsyncStream.makeStream(of: [UInt8].self, bufferingPolicy: .bufferingNewest(1))
        }
        reader = DispatchSource.makeReadSource(fileDescriptor: file, queue: queue)
        writer = DispatchSource.makeWriteSource(fileDescriptor: file, queue: queue)
        reader.setEventHandler { [weak self] in self?.read() }
        writer.setEventHandler { [weak self] in self?.write() }
        // The descriptor may be closed only when neither source watches it any more.
        let ended: @Sendable () -> Void = { [self] in
            sourcesLeft -= 1
            if sourcesLeft == 0 { Glibc.close(file) }
        }
        reader.setCancelHandler(handler: ended)
        writer.setCancelHandler(handler: ended)
        reader.resume()
    }

    /// Sends whole lines in order. - Returns: whether all of it was handed to the kernel; false when the connection ended first.
    func send(_ bytes: [UInt8]) async -> Bool {
        await withCheckedContinuation { done in
            queue.async { [self] in
                guard !isClosed else { return done.resume(returning: false) }
                sentAll.withLock { $0 = false }
                outgoing.append(Outgoing(bytes: bytes, done: done))
                if outgoing.count == 1 { write() }
            }
        }
    }

    /// Whether everything given to `send` so far was handed to the kernel.
    var hasSentAll: Bool { sentAll.withLock { $0 } }

    /// The next line; `nil` when the connection has ended. One caller at a time.
    func nextLine() async -> [UInt8]? {
        for await line in lines { return line }
        return nil
    }

    /// Ends the connection; lines not sent yet are dropped.
    func close() { queue.async { self.end() } }

    private func read() {
        var buffer = [UInt8](repeating: 0, count: 65_536)
        let count = recv(file, &buffer, buffer.count, 0)
        guard count > 0 else {
            if count < 0, errno == EAGAIN || errno == EINTR { return }
            return end()
        }
        for byte in buffer[..<count] {
            guard byte == 10 else {
                incoming.append(byte)
                continue
            }
            if case .dropped = received.yield(incoming), keepsAll { return end() }
            incoming = []
        }
        if incoming.count > lineLimit { end() }
    }

    private func write() {
        while !outgoing.isEmpty {
            let next = outgoing[0]
            let count = next.bytes.withUnsafeBytes { bytes in
                Glibc.send(
                    file, bytes.baseAddress! + next.sent, bytes.count - next.sent,
                    Int32(truncatingIfNeeded: MSG_NOSIGNAL))
            }
            guard count >= 0 else {
                if errno == EINTR { continue }
                guard errno == EAGAIN else { return end() }
                return watchForRoom(true)
            }
            outgoing[0].sent += count
            if outgoing[0].sent == next.bytes.count { outgoing.removeFirst().done.resume(returning: true) }
        }
        sentAll.withLock { $0 = true }
        watchForRoom(false)
    }

    private func watchForRoom(_ watch: Bool) {
        guard watch == writerIsSuspended else { return }
        writerIsSuspended = !watch
        if watch { writer.resume() } else { writer.suspend() }
    }

    private func end() {
        guard !isClosed else { return }
        isClosed = true
        received.finish()
        for waiting in outgoing { waiting.done.resume(returning: false) }
        outgoing = []
        watchForRoom(true)
        reader.cancel()
        writer.cancel()
    }
}
