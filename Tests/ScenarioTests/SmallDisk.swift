import Foundation
import Glibc

/// A file system of a few megabytes, mounted while a test needs it. Only root may mount.
struct SmallDisk: Sendable {
    let path: String
    private var filler: String { path + "/filler" }

    struct CannotMount: Error { let errno: Int32 }

    /// Whether this process may mount: tried once.
    static let isPermitted: Bool = {
        sweep()
        do {
            try with(mebibytes: 1) { _ in }
            return true
        } catch {
            print("full disks are not tested, for nothing can be mounted here: \(error)")
            return false
        }
    }()

    /// Unmounts what a test process that was killed left behind.
    private static func sweep() {
        let root = NSTemporaryDirectory()
        let names: [String]
        do { names = try FileManager.default.contentsOfDirectory(atPath: root) } catch {
            return print("\(root): \(error)")
        }
        for name in names where name.hasPrefix("ls-disk-") {
            guard let owner = pid_t(name.split(separator: "-")[2]), kill(owner, 0) != 0, errno == ESRCH else {
                continue
            }
            SmallDisk(path: root + name).unmount()
        }
    }

    private static func with(mebibytes: Int, _ body: (SmallDisk) throws -> Void) throws {
        let disk = try mounted(mebibytes)
        defer { disk.unmount() }
        try body(disk)
    }

    static func with<R>(mebibytes: Int, _ body: (SmallDisk) async throws -> R) async throws -> R {
        let disk = try mounted(mebibytes)
        defer { disk.unmount() }
        return try await body(disk)
    }

    private static func mounted(_ mebibytes: Int) throws -> SmallDisk {
        let path = NSTemporaryDirectory() + "ls-disk-\(getpid())-\(UInt32.random(in: 0...999_999))"
        try FileManager.default.createDirectory(atPath: path, withIntermediateDirectories: false)
        guard mount("tmpfs", path, "tmpfs", 0, "size=\(mebibytes)m,mode=0755") == 0 else {
            let error = errno
            rmdir(path)
            throw CannotMount(errno: error)
        }
        return SmallDisk(path: path)
    }

    /// Also with a server still on it: what is open lives on until it is closed.
    private func unmount() {
        umount2(path, Int32(MNT_DETACH))
        rmdir(path)
    }

    var freeBytes: Int {
        var figures = statvfs()
        guard statvfs(path, &figures) == 0 else { return 0 }
        return Int(figures.f_bavail) * Int(figures.f_frsize)
    }

    /// Gives every file below the blocks it has holes for, as a server that made its logs in place has them: a copied data
    /// directory is sparse, and a server that cannot write its own redo log ends.
    func fillHoles() throws {
        guard let files = FileManager.default.enumerator(atPath: path) else { return }
        while let name = files.nextObject() as? String {
            guard files.fileAttributes?[.type] as? FileAttributeType == .typeRegular,
                let size = (files.fileAttributes?[.size] as? NSNumber)?.intValue, size > 0
            else { continue }
            let descriptor = open(path + "/" + name, O_WRONLY | O_CLOEXEC)
            guard descriptor >= 0 else { continue }
            defer { close(descriptor) }
            let error = posix_fallocate(descriptor, 0, size)
            guard error == 0 else { throw CannotMount(errno: error) }
        }
    }

    /// Takes all but `left` bytes.
    func fill(leaving left: Int) throws {
        let descriptor = open(filler, O_CREAT | O_WRONLY | O_CLOEXEC, 0o600)
        defer { close(descriptor) }
        let error = posix_fallocate(descriptor, 0, max(4096, freeBytes - left))
        guard error == 0 else { throw CannotMount(errno: error) }
    }

    func makeRoom() { unlink(filler) }
}
