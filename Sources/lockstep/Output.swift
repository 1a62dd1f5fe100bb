internal import Foundation
internal import Glibc
internal import Terminal

/// Lines on standard output and standard error. Whatever a server or file said is made safe for a terminal here, once.
enum Output {
    static func lines(_ lines: [String]) { for text in lines { line(text) } }

    static func line(_ text: String) { write(Printable(text).description + "\n", to: STDOUT_FILENO) }

    static func errors(_ lines: [String]) { for text in lines { error(text) } }

    static func error(_ text: String) { write(Printable(text).description + "\n", to: STDERR_FILENO) }

    /// A value as JSON with sorted keys; JSON escapes control characters by itself.
    static func json(_ value: some Encodable) throws {
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.prettyPrinted, .sortedKeys, .withoutEscapingSlashes]
        write(String(decoding: try encoder.encode(value), as: UTF8.self) + "\n", to: STDOUT_FILENO)
    }

    /// A question without a newline, on standard error so that standard output stays data.
    static func prompt(_ text: String) { write(Printable(text).description, to: STDERR_FILENO) }

    static var isTerminal: Bool { isatty(STDIN_FILENO) == 1 && isatty(STDERR_FILENO) == 1 }

    /// One line from standard input, `nil` at its end. Waits on a thread of its own: a person may take long.
    static func answer() async -> String? {
        await withCheckedContinuation { continuation in
            Thread.detachNewThread { continuation.resume(returning: readLine()) }
        }
    }

    /// A reader that went away is nobody to complain to: what it would have read is dropped.
    private static func write(_ text: String, to file: Int32) {
        let bytes = Array(text.utf8)
        var sent = 0
        while sent < bytes.count {
            let count = bytes.withUnsafeBytes { Glibc.write(file, $0.baseAddress! + sent, bytes.count - sent) }
            if count < 0, errno == EINTR { continue }
            guard count > 0 else { return }
            sent += count
        }
    }
}

/// Columns that line up; the last one is as long as it likes.
enum Columns {
    static func lines(_ rows: [[String]]) -> [String] {
        let count = rows.map(\.count).max() ?? 0
        let widths = (0..<count).map { column in
            rows.compactMap { column < $0.count ? Printable($0[column]).width : nil }.max() ?? 0
        }
        return rows.map { row in
            var line = ""
            for (column, cell) in row.enumerated() {
                line += cell
                guard column < row.count - 1 else { break }
                line += String(repeating: " ", count: widths[column] - Printable(cell).width + 2)
            }
            while line.last == " " { line.removeLast() }
            return line
        }
    }
}
