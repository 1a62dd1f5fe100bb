internal import Foundation
internal import Glibc

/// Finds loopback ports for servers.
enum Port {
    /// A port nobody listens on now. It may be taken before the server binds it: the caller tries again then.
    ///
    /// Chosen below the range from which the kernel serves outgoing connections (`ip_local_port_range`), so that a server that
    /// is stopped and started again finds its port still free.
    static func free() throws(SandboxError) -> UInt16 {
        let range = Files.text("/proc/sys/net/ipv4/ip_local_port_range") ?? ""
        let low = range.split(whereSeparator: \.isWhitespace).first.flatMap { Int($0) } ?? 32768
        let candidates = low > 21_000 ? 20_000..<min(low, 65_000) : 61_000..<65_000
        for _ in 0..<200 {
            let port = UInt16(Int.random(in: candidates))
            if canBind(port) { return port }
        }
        throw .unexpected("no free loopback port found in \(candidates)")
    }

    private static func canBind(_ port: UInt16) -> Bool {
        let descriptor = socket(AF_INET, Int32(SOCK_STREAM.rawValue) | Int32(SOCK_CLOEXEC.rawValue), 0)
        guard descriptor >= 0 else { return false }
        defer { close(descriptor) }
        var address = sockaddr_in()
        address.sin_family = sa_family_t(AF_INET)
        address.sin_port = port.bigEndian
        address.sin_addr.s_addr = UInt32(0x7f00_0001).bigEndian
        return withUnsafePointer(to: &address) { pointer in
            pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) {
                bind(descriptor, $0, socklen_t(MemoryLayout<sockaddr_in>.size)) == 0
            }
        }
    }
}
