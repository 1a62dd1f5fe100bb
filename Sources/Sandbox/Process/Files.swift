internal import Foundation
internal import Glibc

/// The few file operations the sandbox needs, with its own error.
enum Files {
    static func text(_ path: String) -> String? {
        FileManager.default.contents(atPath: path).map { String(decoding: $0, as: UTF8.self) }
    }

    static func exists(_ path: String) -> Bool {
        access(path, F_OK) == 0
    }

    /// Makes the directory and its parents, readable by this user alone.
    static func makeDirectory(_ path: String) throws(SandboxError) {
        do {
            try FileManager.default.createDirectory(
                atPath: path, withIntermediateDirectories: true, attributes: [.posixPermissions: 0o700])
        } catch {
            throw .files(path: path, reason: "cannot be made: \(error)")
        }
    }

    static func write(_ text: String, to path: String) throws(SandboxError) {
        guard
            FileManager.default.createFile(
                atPath: path, contents: Data(text.utf8), attributes: [.posixPermissions: 0o600])
        else { throw .files(path: path, reason: "cannot be written") }
    }

    /// The names in a directory; a directory that is not there has none.
    static func names(in path: String) -> [String] {
        guard exists(path) else { return [] }
        do {
            return try FileManager.default.contentsOfDirectory(atPath: path).sorted()
        } catch {
            return []
        }
    }

    /// Removes a file or a whole directory; one that is gone already is fine, and so is somebody else removing it now, as a
    /// dead owner's watchdog does while the next owner sweeps.
    static func remove(_ path: String) throws(SandboxError) {
        // Each round that fails because a file was gone has a remover beside it that gets further.
        for round in 1...1000 {
            guard exists(path) else { return }
            do {
                try FileManager.default.removeItem(atPath: path)
            } catch let error as CocoaError where error.code == .fileNoSuchFile && round < 1000 {
                continue
            } catch {
                if exists(path) { throw .files(path: path, reason: "cannot be removed: \(error)") }
            }
        }
    }
}
