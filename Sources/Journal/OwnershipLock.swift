internal import Glibc

/// The right to write a journal: an `flock` on a file beside it, holding the owner's pid.
///
/// The kernel gives it back when the process ends, however it ends. The file itself stays: removing it would let two
/// engines lock two files of one name.
final class OwnershipLock: Sendable {
    private let descriptor: Int32

    /// - Throws: `owned` with the owner's pid when another engine has it.
    init(path: String) throws(JournalError) {
        let file = open(path, O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0o600)
        guard file >= 0 else { throw .unavailable("\(path): \(lastErrorText())") }
        guard flock(file, LOCK_EX | LOCK_NB) == 0 else {
            let code = errno
            defer { close(file) }
            guard code == EWOULDBLOCK else { throw .unavailable("\(path): \(errorText(code))") }
            throw .owned(pid: OwnershipLock.pid(in: file), path: path)
        }
        let text = Array("\(getpid())\n".utf8)
        guard ftruncate(file, 0) == 0, pwrite(file, text, text.count, 0) == text.count else {
            let reason = lastErrorText()
            let code = errno
            close(file)
            throw code == ENOSPC || code == EFBIG || code == EDQUOT
                ? .full("\(path): \(reason)") : .unavailable("\(path): \(reason)")
        }
        descriptor = file
    }

    deinit { close(descriptor) }

    private static func pid(in file: Int32) -> Int32? {
        var bytes = [UInt8](repeating: 0, count: 32)
        let count = pread(file, &bytes, bytes.count, 0)
        guard count > 0 else { return nil }
        return Int32(String(decoding: bytes[..<count].prefix { $0 != 10 }, as: UTF8.self))
    }
}

func errorText(_ code: Int32) -> String { String(cString: strerror(code)) }
func lastErrorText() -> String { errorText(errno) }
