internal import Glibc

/// Asks a server whether it takes connections, without logging in.
enum Greeting {
    /// Connects to the socket and reads the first packet: protocol version 10 is a greeting, 0xff an error such as "too many
    /// connections". Source: MySQL client/server protocol, Protocol::HandshakeV10.
    static func isOffered(at socketPath: String) -> Bool {
        let descriptor = socket(AF_UNIX, Int32(SOCK_STREAM.rawValue) | Int32(SOCK_CLOEXEC.rawValue), 0)
        guard descriptor >= 0 else { return false }
        defer { close(descriptor) }
        var patience = timeval(tv_sec: 2, tv_usec: 0)
        setsockopt(descriptor, SOL_SOCKET, SO_RCVTIMEO, &patience, socklen_t(MemoryLayout<timeval>.size))
        var address = sockaddr_un()
        address.sun_family = sa_family_t(AF_UNIX)
        let bytes = Array(socketPath.utf8)
        guard bytes.count < MemoryLayout.size(ofValue: address.sun_path) else { return false }
        withUnsafeMutableBytes(of: &address.sun_path) { $0.copyBytes(from: bytes) }
        let connected = withUnsafePointer(to: &address) { pointer in
            pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) {
                connect(descriptor, $0, socklen_t(MemoryLayout<sockaddr_un>.size)) == 0
            }
        }
        guard connected else { return false }
        var packet = [UInt8](repeating: 0, count: 5)
        return recv(descriptor, &packet, 5, Int32(MSG_WAITALL)) == 5 && packet[4] == 10
    }
}
