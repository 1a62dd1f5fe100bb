internal import GRDB
internal import Glibc

/// Places and permissions: the directory is made 0700 if it is missing, the file is 0600 before SQLite first writes to it
/// (SQLite gives `-wal` and `-shm` the mode of the file).
enum JournalFile {
    /// - Returns: whether the file is new. An empty file that was there before has lost its records, and is refused.
    static func prepare(_ path: String) throws(JournalError) -> Bool {
        let created = open(path, O_RDWR | O_CREAT | O_EXCL | O_CLOEXEC, 0o600)
        let file = created >= 0 ? created : open(path, O_RDWR | O_CLOEXEC)
        guard file >= 0 else { throw failure(path, errno) }
        defer { close(file) }
        guard fchmod(file, 0o600) == 0 else { throw failure(path, errno) }
        guard created < 0 else { return true }
        var status = stat()
        guard fstat(file, &status) == 0 else { throw failure(path, errno) }
        guard status.st_size > 0 else { throw .corrupt("\(path) is empty; remove it to begin a new journal") }
        return false
    }

    /// Takes back a file that `prepare` made and that could not be filled.
    /// - Returns: whether nothing of it is left.
    static func remove(_ path: String) -> Bool {
        ["", "-wal", "-shm"].allSatisfy { suffix in
            let name = path + suffix
            return unlink(name) == 0 || errno == ENOENT
        }
    }

    static func exists(_ path: String) -> Bool { access(path, F_OK) == 0 }

    static func makeDirectory(of path: String) throws(JournalError) {
        guard let slash = path.lastIndex(of: "/"), slash != path.startIndex else { return }
        let directory = String(path[..<slash])
        if exists(directory) { return }
        try makeDirectory(of: directory)
        guard mkdir(directory, 0o700) == 0 || errno == EEXIST else { throw failure(directory, errno) }
    }

    private static func failure(_ path: String, _ code: Int32) -> JournalError {
        let text = "\(path): \(errorText(code))"
        return code == ENOSPC || code == EDQUOT ? .full(text) : .unavailable(text)
    }

    /// SQLite's result codes in the journal's words.
    static func error(_ error: any Error) -> JournalError {
        if let error = error as? JournalError { return error }
        guard let error = error as? DatabaseError else { return .unavailable("\(error)") }
        let text = error.message ?? "\(error.resultCode)"
        switch error.resultCode {
        case .SQLITE_FULL: return .full(text)
        case .SQLITE_CORRUPT, .SQLITE_NOTADB: return .corrupt(text)
        case .SQLITE_IOERR:
            switch error.extendedResultCode {
            case .SQLITE_IOERR_WRITE, .SQLITE_IOERR_TRUNCATE, .SQLITE_IOERR_FSYNC, .SQLITE_IOERR_SHMSIZE:
                return .full("\(text) (\(error.extendedResultCode.rawValue))")
            default: return .unavailable("\(text) (\(error.extendedResultCode.rawValue))")
            }
        default: return .unavailable("\(text) (\(error.extendedResultCode.rawValue))")
        }
    }
}
