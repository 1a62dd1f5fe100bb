/// Why the control socket cannot be served.
package enum ControlError: Error, Equatable, Sendable {
    /// A Unix socket's path has room for 107 bytes.
    case pathTooLong(String)
    /// Another engine answers there.
    case alreadyServed(path: String)
    /// Something that is no socket has that name.
    case notASocket(path: String)
    case system(String)

    /// One sentence for people.
    package var text: String {
        switch self {
        case .pathTooLong(let path): "the socket's path is longer than 107 bytes: \(path)"
        case .alreadyServed(let path): "another engine answers at \(path)"
        case .notASocket(let path): "\(path) exists and is no socket"
        case .system(let reason): reason
        }
    }
}
