internal import Foundation
internal import Glibc

/// An initialised, empty data directory, made once a machine for each server version and copied for every server after that.
struct DatadirTemplate: Sendable {
    let path: String

    /// Where templates are kept: `$XDG_CACHE_HOME/lockstep`, `~/.cache/lockstep`, or the temporary directory.
    static var cacheRoot: String {
        let environment = ProcessInfo.processInfo.environment
        if let cache = environment["XDG_CACHE_HOME"], !cache.isEmpty { return cache + "/lockstep" }
        if let home = environment["HOME"], !home.isEmpty, access(home, W_OK) == 0 { return home + "/.cache/lockstep" }
        return NSTemporaryDirectory() + "lockstep-cache-\(geteuid())"
    }

    /// The template for this program, made now if this machine has none yet. Safe from many processes at once.
    static func prepared(for command: ServerCommand) async throws(SandboxError) -> DatadirTemplate {
        let version = try await ChildProcess.run([command.program, "--no-defaults", "--version"])
        let name = "datadir-1-\(command.family.rawValue)-\(fingerprint(of: version + command.program))"
        let root = cacheRoot + "/datadirs"
        let path = root + "/" + name
        if Files.exists(path) { return DatadirTemplate(path: path) }
        try Files.makeDirectory(root)
        let lock = try await FileLock.exclusive(root + "/" + name + ".lock")
        defer { lock.release() }
        if Files.exists(path) { return DatadirTemplate(path: path) }

        let draft = root + "/.draft-\(name)-\(getpid())"
        try Files.remove(draft)
        try await initialise(draft, with: command)
        guard rename(draft, path) == 0 else {
            throw .files(path: path, reason: "cannot be put in place: \(String(cString: strerror(errno)))")
        }
        return DatadirTemplate(path: path)
    }

    /// Copies the template, sharing blocks where the file system can.
    func copy(to datadir: String) async throws(SandboxError) {
        try await ChildProcess.run(["/bin/cp", "-a", "--reflink=auto", path, datadir])
    }

    private static func initialise(_ draft: String, with command: ServerCommand) async throws(SandboxError) {
        switch command.family {
        case .mariadb:
            let scripts = ["\(command.base)/bin/mariadb-install-db", "\(command.base)/scripts/mariadb-install-db"]
            guard let script = scripts.first(where: Files.exists) else {
                throw .programMissing(.mariadb, searched: scripts)
            }
            try await ChildProcess.run(
                [script, "--no-defaults", "--datadir=\(draft)", "--auth-root-authentication-method=normal"]
                    + ["--skip-test-db", "--innodb-log-file-size=48M"] + (geteuid() == 0 ? ["--user=root"] : []))
        case .mysql:
            try await ChildProcess.run(
                [command.program] + command.places
                    + ["--datadir=\(draft)", "--initialize-insecure", "--innodb-redo-log-capacity=96M"])
            // Two servers with one UUID cannot replicate: each copy writes its own.
            try Files.remove(draft + "/auto.cnf")
        }
    }

    /// FNV-1a of the text, in hexadecimal: a name, not a secret.
    private static func fingerprint(of text: String) -> String {
        var hash: UInt64 = 0xcbf2_9ce4_8422_2325
        for byte in text.utf8 { hash = (hash ^ UInt64(byte)) &* 0x100_0000_01b3 }
        return String(hash, radix: 16)
    }
}

/// An advisory lock on a file, held by one process at a time and let go by the kernel when its holder dies.
struct FileLock: Sendable {
    private let descriptor: Int32

    static func exclusive(_ path: String) async throws(SandboxError) -> FileLock {
        let descriptor = open(path, O_RDWR | O_CREAT | O_CLOEXEC, 0o600)
        guard descriptor >= 0 else { throw .files(path: path, reason: String(cString: strerror(errno))) }
        await Blocking.run {
            while flock(descriptor, LOCK_EX) == -1 && errno == EINTR {}
        }
        return FileLock(descriptor: descriptor)
    }

    func release() {
        close(descriptor)
    }
}
