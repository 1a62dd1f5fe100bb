internal import Glibc

/// The system calls, with their errors in words. Descriptors are non-blocking and closed on exec.
enum UnixSocket {
    static func make() throws(ControlError) -> Int32 {
        let kind = Int32(SOCK_STREAM.rawValue) | Int32(SOCK_NONBLOCK.rawValue) | Int32(SOCK_CLOEXEC.rawValue)
        let file = socket(AF_UNIX, kind, 0)
        guard file >= 0 else { throw .system("socket: \(lastError())") }
        return file
    }

    static func address(_ path: String) throws(ControlError) -> sockaddr_un {
        var address = sockaddr_un()
        address.sun_family = sa_family_t(AF_UNIX)
        let bytes = Array(path.utf8)
        guard bytes.count < MemoryLayout.size(ofValue: address.sun_path) else { throw .pathTooLong(path) }
        withUnsafeMutableBytes(of: &address.sun_path) { $0.copyBytes(from: bytes) }
        return address
    }

    /// - Returns: 0, or the error's number.
    static func connect(_ file: Int32, to path: String) throws(ControlError) -> Int32 {
        var target = try address(path)
        let result = withUnsafePointer(to: &target) { pointer in
            pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) {
                Glibc.connect(file, $0, socklen_t(MemoryLayout<sockaddr_un>.size))
            }
        }
        return result == 0 ? 0 : errno
    }

    /// Binds and listens at the path: the directory is made 0700 if it is missing, the socket is 0600. A socket file that
    /// nobody answers at is replaced.
    static func listen(at path: String) throws(ControlError) -> Int32 {
        try makeDirectory(of: path)
        try removeStale(path)
        let file = try make()
        do throws(ControlError) {
            var target = try address(path)
            let old = umask(0o177)
            let bound = withUnsafePointer(to: &target) { pointer in
                pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) {
                    bind(file, $0, socklen_t(MemoryLayout<sockaddr_un>.size))
                }
            }
            let code = errno
            umask(old)
            guard bound == 0 else { throw .system("bind \(path): \(errorText(code))") }
            guard chmod(path, 0o600) == 0 else { throw .system("chmod \(path): \(lastError())") }
            guard Glibc.listen(file, 64) == 0 else { throw .system("listen \(path): \(lastError())") }
            return file
        } catch {
            close(file)
            throw error
        }
    }

    private static func removeStale(_ path: String) throws(ControlError) {
        var status = stat()
        guard lstat(path, &status) == 0 else {
            guard errno == ENOENT else { throw .system("\(path): \(lastError())") }
            return
        }
        guard status.st_mode & S_IFMT == S_IFSOCK else { throw .notASocket(path: path) }
        let probe = try make()
        defer { close(probe) }
        switch try connect(probe, to: path) {
        case 0, EAGAIN: throw .alreadyServed(path: path)
        case ECONNREFUSED: break
        case let code: throw .system("\(path): \(errorText(code))")
        }
        guard unlink(path) == 0 || errno == ENOENT else { throw .system("\(path): \(lastError())") }
    }

    private static func makeDirectory(of path: String) throws(ControlError) {
        guard let slash = path.lastIndex(of: "/"), slash != path.startIndex else { return }
        let directory = String(path[..<slash])
        if access(directory, F_OK) == 0 { return }
        try makeDirectory(of: directory)
        guard mkdir(directory, 0o700) == 0 || errno == EEXIST else {
            throw .system("\(directory): \(lastError())")
        }
    }

    /// The user at the other end, as the kernel saw it when it connected.
    static func peer(of file: Int32) -> uid_t? {
        // `struct ucred` of Linux, unix(7): pid, uid, gid.
        var credentials: (pid: Int32, uid: UInt32, gid: UInt32) = (0, .max, .max)
        var size = socklen_t(MemoryLayout.size(ofValue: credentials))
        guard getsockopt(file, SOL_SOCKET, SO_PEERCRED, &credentials, &size) == 0 else { return nil }
        return credentials.uid
    }

    static func close(_ file: Int32) { _ = Glibc.close(file) }

    static func errorText(_ code: Int32) -> String { String(cString: strerror(code)) }
    static func lastError() -> String { errorText(errno) }
}

/// Who may speak to the engine.
package enum PeerPolicy {
    /// The engine's own user, and root.
    package static func admits(_ peer: UInt32, owner: UInt32) -> Bool { peer == owner || peer == 0 }
}
