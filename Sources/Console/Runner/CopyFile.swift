#if canImport(Glibc)
    internal import Glibc
#else
    internal import Darwin
#endif
package import Core

/// Writes copied text where only its owner can read it. A file that is there already is never touched.
package struct CopyFile: Sendable {
    private let directory: String

    /// The directory must exist and belong to the operator.
    package init(directory: String) { self.directory = directory }

    package struct Failure: Error, Equatable, Sendable {
        /// In words, with the path.
        package let reason: String
    }

    /// Writes `copy-20261120-031244.txt`, mode 0600, and says where.
    /// - Throws: `Failure` when no file could be written; what was begun is removed.
    package func write(_ text: String, at now: Timestamp) throws(Failure) -> String {
        let stamp = now.text.filter { $0.isNumber || $0 == " " }.map { $0 == " " ? "-" : $0 }
        for number in 0..<100 {
            let path = "\(directory)/copy-\(String(stamp))\(number == 0 ? "" : "-\(number)").txt"
            let file = open(path, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0o600)
            if file < 0 {
                if errno == EEXIST { continue }
                throw Failure(reason: "\(path): \(String(cString: strerror(errno)))")
            }
            defer { close(file) }
            var bytes = Array(text.utf8)[...]
            while !bytes.isEmpty {
                let written = bytes.withUnsafeBytes { Glibc.write(file, $0.baseAddress, $0.count) }
                if written < 0, errno == EINTR { continue }
                guard written > 0 else {
                    let reason = "\(path): \(String(cString: strerror(errno)))"
                    unlink(path)
                    throw Failure(reason: reason)
                }
                bytes = bytes.dropFirst(written)
            }
            return path
        }
        throw Failure(reason: "\(directory): too many copies within one second")
    }
}
