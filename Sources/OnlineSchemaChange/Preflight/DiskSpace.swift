package import Core
package import MySQLClient
internal import Foundation

/// What a migration needs on the server's disk, and what is free there, as far as that can be known.
package enum DiskSpace {
    /// The shadow table with a fifth to spare, and the binlog of its copy: every row is logged once, whole.
    ///
    /// Changes of the application meanwhile come on top, and cannot be known.
    package static func needed(dataBytes: ByteCount, indexBytes: ByteCount) -> ByteCount {
        (dataBytes + indexBytes) / 5 * 6 + dataBytes / 10 * 11
    }

    /// What a copy leaves free, so that neither its undo nor the application's commits meet a full disk: see `DiskWatch`.
    package static let reserve: ByteCount = 256 << 20

    /// Bytes free for the data directory; `nil` when nobody tells.
    ///
    /// SQL has no portable word for it. MariaDB's DISKS plugin knows; a server on this very machine (same host name, over a socket
    /// or loopback) is asked past SQL, by its data directory's file system. Anything else is unknown.
    package static func free(_ connection: Connection, settings: ServerSettings) async throws(MySQLError) -> ByteCount?
    {
        guard let directory = settings.variables["datadir"], !directory.isEmpty else { return nil }
        if connection.serverInfo.family == .mariadb, let free = try await byPlugin(connection, directory) {
            return free
        }
        return isLocal(connection) ? onThisMachine(directory) : nil
    }

    private static func byPlugin(_ connection: Connection, _ directory: String) async throws(MySQLError) -> ByteCount? {
        do {
            let rows = try await connection.query(
                "SELECT Path AS path, Available AS available FROM information_schema.DISKS")
            var best: (path: String, bytes: ByteCount)?
            for row in rows {
                let path = try row.string("path")
                let isAbove = path == "/" || directory == path || directory.hasPrefix(path + "/")
                // The plugin counts in KiB.
                if isAbove, path.utf8.count > best?.path.utf8.count ?? -1 {
                    best = (path, try row.int("available") * 1024)
                }
            }
            return best?.bytes
        } catch  where error.isUnknownTable || error.isGrantMissing || error.isAccessDenied {
            // Not installed (1109), or without the FILE privilege it asks for.
            return nil
        }
    }

    private static func isLocal(_ connection: Connection) -> Bool {
        guard connection.serverInfo.hostName == ProcessInfo.processInfo.hostName else { return false }
        switch connection.options.address {
        case .unixSocket: return true
        case .tcp(let host, _): return ["127.0.0.1", "::1", "localhost"].contains(host)
        }
    }

    private static func onThisMachine(_ directory: String) -> ByteCount? {
        do {
            let attributes = try FileManager.default.attributesOfFileSystem(forPath: directory)
            return (attributes[.systemFreeSize] as? NSNumber)?.int64Value
        } catch {
            return nil
        }
    }
}
