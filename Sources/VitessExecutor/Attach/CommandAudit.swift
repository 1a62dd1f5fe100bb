package import Core
internal import Foundation
internal import Glibc

/// The record of commands given through attach mode: one JSON line each, on this machine, for its user alone.
///
/// A command is written, and on disk, before its first statement is sent; what the rows showed afterwards is a second line. Lines
/// are only ever appended, each by one write, so that several consoles may share the file.
package actor CommandAudit {
    /// `DIR/vitess-commands.jsonl`.
    package nonisolated let path: String

    package init(path: String) { self.path = path }

    /// One line.
    package struct Entry: Codable, Equatable, Sendable {
        package enum Stage: String, Codable, Sendable {
            /// Written before anything is sent.
            case sending
            /// What the rows showed afterwards.
            case result
        }
        /// UTC, `2026-11-20 14:02:11Z`.
        package let at: String
        package let stage: Stage
        package let who: String
        package let vtgate: String
        package let verb: String
        /// As Vitess writes it.
        package let uuid: String
        package let keyspace: String
        /// The shards the command is meant for.
        package let shards: [String]
        package let statements: [String]
        package let planHash: String
        package let reason: String
        /// Of `result` only.
        package var result: String?
        /// By shard, of `result` only.
        package var report: [String]?
    }

    /// Appends a line and brings it to the disk.
    /// - Throws: a failure that names file and cause. Nothing must be sent then.
    package func append(_ entry: Entry) throws(Failure) {
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
        let line: Data
        do { line = try encoder.encode(entry) + Data("\n".utf8) } catch {
            throw Self.failure(path, error.localizedDescription)
        }
        let file = open(path, O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC | O_NOFOLLOW, 0o600)
        guard file >= 0 else { throw Self.failure(path, String(cString: strerror(errno))) }
        defer { close(file) }
        guard fchmod(file, 0o600) == 0 else { throw Self.failure(path, String(cString: strerror(errno))) }
        let written = line.withUnsafeBytes { write(file, $0.baseAddress, $0.count) }
        guard written == line.count else {
            throw Self.failure(path, written < 0 ? String(cString: strerror(errno)) : "only \(written) bytes were written")
        }
        guard fsync(file) == 0 else { throw Self.failure(path, String(cString: strerror(errno))) }
    }

    private static func failure(_ path: String, _ cause: String) -> Failure {
        Failure(
            .internalError, "The command was not sent: it could not be recorded.", cause: "\(path): \(cause)",
            now: "nothing was sent and nothing was changed", next: "make the file writable, or name another --state-dir")
    }
}
