internal import Glibc

/// Packets on one TCP socket, read and written by the connection's own thread.
final class PacketStream {
    let file: Int32
    var sequence: UInt8 = 0

    init(_ file: Int32) { self.file = file }

    /// The next packet's payload; `nil` when the peer is gone.
    func read() -> [UInt8]? {
        var payload: [UInt8] = []
        while true {
            guard let head = read(exactly: 4) else { return nil }
            let count = Int(head[0]) | Int(head[1]) << 8 | Int(head[2]) << 16
            sequence = head[3] &+ 1
            guard let part = read(exactly: count) else { return nil }
            payload += part
            if count < 0xFF_FFFF { return payload }
        }
    }

    private func read(exactly count: Int) -> [UInt8]? {
        var bytes = [UInt8](repeating: 0, count: count)
        var done = 0
        while done < count {
            let got = bytes.withUnsafeMutableBytes { recv(file, $0.baseAddress! + done, count - done, 0) }
            if got < 0, errno == EINTR { continue }
            if got <= 0 { return nil }
            done += got
        }
        return bytes
    }

    /// Sends everything; `false` when the peer is gone.
    func write(_ bytes: [UInt8]) -> Bool {
        var done = 0
        while done < bytes.count {
            let sent = bytes.withUnsafeBytes {
                send(file, $0.baseAddress! + done, bytes.count - done, Int32(MSG_NOSIGNAL))
            }
            if sent < 0, errno == EINTR { continue }
            if sent <= 0 { return false }
            done += sent
        }
        return true
    }

    func write(packet payload: [UInt8]) -> Bool {
        var bytes: [UInt8] = []
        bytes.appendPacket(payload, sequence: &sequence)
        return write(bytes)
    }

    /// Whether the peer has hung up, asked without reading anything.
    var isHungUp: Bool {
        var byte: UInt8 = 0
        let got = recv(file, &byte, 1, Int32(MSG_PEEK) | Int32(MSG_DONTWAIT))
        return got == 0 || (got < 0 && errno != EAGAIN && errno != EINTR)
    }
}
