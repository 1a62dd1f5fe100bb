internal import Glibc
internal import Synchronization

/// A second descriptor of a connection's socket, so that another thread can shut the socket down.
///
/// libmariadb closes its own descriptor by itself on a fatal error, and the number may then belong to something else; a
/// duplicate of ours is closed only here, under the lock.
final class SocketGuard: Sendable {
    private let descriptor: Mutex<Int32?>

    /// - Parameter socket: the library's descriptor; it stays the library's.
    init(duplicating socket: Int32) throws(MySQLError) {
        let copy = fcntl(socket, F_DUPFD_CLOEXEC, 0)
        if copy < 0 { throw .refused("cannot duplicate a connection's socket: \(String(cString: strerror(errno)))") }
        descriptor = Mutex(copy)
    }

    /// Ends the conversation: a call blocked on the socket returns with error 2013 at once. Without effect when closed.
    func shutDown() {
        descriptor.withLock { descriptor in
            if let descriptor { _ = shutdown(descriptor, Int32(SHUT_RDWR)) }
        }
    }

    /// Gives the duplicate back. Without effect when done before.
    func close() {
        descriptor.withLock { descriptor in
            if let open = descriptor { _ = Glibc.close(open) }
            descriptor = nil
        }
    }

    deinit { close() }
}
