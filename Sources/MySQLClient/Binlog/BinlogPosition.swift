/// A place in one server's binary log: a file and a byte offset into it.
///
/// Ordered by the file's sequence number (`mysql-bin.000012` is 12), then by offset. Comparing positions of two servers,
/// or of one server before and after `RESET MASTER`, has no meaning. Text form: `mysql-bin.000012:4711`.
package struct BinlogPosition: Hashable, Sendable, Codable, Comparable, CustomStringConvertible {
    /// The file's name as the server lists it, without a path.
    package var file: String
    /// Bytes from the start of the file; the first event of a file starts at 4.
    package var offset: UInt64

    /// A position the caller read from a server.
    package init(file: String, offset: UInt64) {
        self.file = file
        self.offset = offset
    }

    /// Reads `description` back; `nil` when there is no `:` or no number after the last one.
    package init?(_ text: String) {
        guard let colon = text.lastIndex(of: ":"), colon != text.startIndex,
            let offset = UInt64(text[text.index(after: colon)...])
        else { return nil }
        self.init(file: String(text[..<colon]), offset: offset)
    }

    /// The number after the last dot of the file's name; `nil` when the name has none.
    package var sequence: UInt64? {
        guard let dot = file.lastIndex(of: ".") else { return nil }
        return UInt64(file[file.index(after: dot)...])
    }

    package var description: String { "\(file):\(offset)" }

    package static func < (left: BinlogPosition, right: BinlogPosition) -> Bool {
        if left.file == right.file { return left.offset < right.offset }
        if let a = left.sequence, let b = right.sequence, a != b { return a < b }
        return left.file < right.file
    }
}
