internal import Foundation
internal import Glibc

/// The listening socket, a thread a connection, and the clock's thread in real time.
final class Server: @unchecked Sendable {
    let world: World
    let port: UInt16
    private var file: Int32
    private var running = 0
    private var files: Set<Int32> = []

    init(_ world: World) throws(ErrorAnswer) {
        self.world = world
        (file, port) = try Self.listen(0)
    }

    private static func listen(_ port: UInt16) throws(ErrorAnswer) -> (Int32, UInt16) {
        let file = socket(AF_INET, Int32(SOCK_STREAM.rawValue) | Int32(SOCK_CLOEXEC.rawValue), 0)
        if file < 0 { throw ErrorAnswer(message: "no socket: errno \(errno)") }
        var one: Int32 = 1
        setsockopt(file, SOL_SOCKET, SO_REUSEADDR, &one, socklen_t(MemoryLayout<Int32>.size))
        var address = sockaddr_in()
        address.sin_family = sa_family_t(AF_INET)
        address.sin_port = port.bigEndian
        address.sin_addr.s_addr = UInt32(0x7F00_0001).bigEndian
        var size = socklen_t(MemoryLayout<sockaddr_in>.size)
        let isReady = withUnsafeMutablePointer(to: &address) { pointer in
            pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) {
                bind(file, $0, size) == 0 && Glibc.listen(file, 128) == 0 && getsockname(file, $0, &size) == 0
            }
        }
        if !isReady {
            let why = errno
            close(file)
            throw ErrorAnswer(message: "cannot listen on port \(port): errno \(why)")
        }
        return (file, UInt16(bigEndian: address.sin_port))
    }

    // MARK: Threads

    func start() {
        let file = file
        spawn { $0.acceptAll(file) }
    }

    private func spawn(_ body: @escaping @Sendable (Server) -> Void) {
        locked { running += 1 }
        let thread = Thread { [self] in
            body(self)
            locked { running -= 1 }
        }
        thread.stackSize = 1 << 20
        thread.start()
    }

    private func locked<T>(_ body: () -> T) -> T {
        world.gate.lock()
        defer {
            world.gate.broadcast()
            world.gate.unlock()
        }
        return body()
    }

    private func acceptAll(_ listening: Int32) {
        // Closed here and nowhere else: another socket must not get the number while this thread may still ask for it.
        defer {
            locked {
                close(listening)
                if file == listening { file = -1 }
            }
        }
        while true {
            let peer = accept(listening, nil, nil)
            if peer < 0 {
                if errno == EINTR || errno == ECONNABORTED { continue }
                return
            }
            var one: Int32 = 1
            setsockopt(peer, Int32(IPPROTO_TCP), TCP_NODELAY, &one, socklen_t(MemoryLayout<Int32>.size))
            let isWanted = locked {
                if world.isStopping { return false }
                files.insert(peer)
                return true
            }
            if !isWanted {
                close(peer)
                return
            }
            spawn { server in
                ClientConnection(server.world, PacketStream(peer)).run()
                // Closed under the gate: nobody shuts down a number that means something else by then.
                server.locked {
                    server.files.remove(peer)
                    close(peer)
                }
            }
        }
    }

    func runClock(rate: Double) {
        let begin = (real: ProcessInfo.processInfo.systemUptime, double: world.now)
        spawn { server in
            let gate = server.world.gate
            gate.lock()
            while !server.world.isStopping {
                gate.unlock()
                Thread.sleep(forTimeInterval: 0.02)
                gate.lock()
                let elapsed = ProcessInfo.processInfo.systemUptime - begin.real
                server.world.advance(to: max(server.world.now, begin.double + elapsed * rate))
            }
            gate.unlock()
        }
    }

    // MARK: Ends

    /// All connections are cut; the port stays.
    func dropConnections() {
        locked {
            for peer in files { shutdown(peer, Int32(SHUT_RDWR)) }
            for session in world.sessions.values { session.isGone = true }
        }
    }

    /// One connection is cut.
    func drop(_ connectionID: UInt32) {
        locked {
            guard let session = world.sessions[connectionID] else { return }
            session.isGone = true
            if let peer = session.stream?.file, files.contains(peer) { shutdown(peer, Int32(SHUT_RDWR)) }
        }
    }

    /// Nobody listens any more, until `comeBack`.
    func goDown() {
        world.gate.lock()
        if file >= 0 { shutdown(file, Int32(SHUT_RDWR)) }
        while file >= 0 { _ = world.gate.wait(until: Date(timeIntervalSinceNow: 0.1)) }
        world.gate.unlock()
        dropConnections()
    }

    func comeBack() throws(ErrorAnswer) {
        let (new, _) = try Self.listen(port)
        locked { file = new }
        spawn { $0.acceptAll(new) }
    }

    func stop() {
        locked { world.isStopping = true }
        goDown()
        world.gate.lock()
        while running > 0 { _ = world.gate.wait(until: Date(timeIntervalSinceNow: 0.1)) }
        world.gate.unlock()
    }
}
