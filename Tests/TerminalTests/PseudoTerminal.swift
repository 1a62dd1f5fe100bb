import Glibc
import Testing

/// A pseudo-terminal: the device opens its path, the test sits where the terminal's window would be.
final class PseudoTerminal {
    let path: String
    private let master: Int32
    /// Keeps the terminal alive while no device has it open, and asks it for its modes.
    private let slave: Int32
    /// Everything the device has written, as far as it was read.
    private(set) var output: [UInt8] = []

    init(columns: Int = 80, rows: Int = 24) throws {
        master = open("/dev/ptmx", O_RDWR | O_NOCTTY | O_NONBLOCK | O_CLOEXEC)
        var locked: Int32 = 0
        var number: Int32 = 0
        // TIOCSPTLCK and TIOCGPTN of Linux, which Swift does not import.
        try #require(
            master >= 0 && ioctl(master, 0x4004_5431, &locked) == 0 && ioctl(master, 0x8004_5430, &number) == 0)
        path = "/dev/pts/\(number)"
        slave = open(path, O_RDWR | O_NOCTTY | O_CLOEXEC)
        try #require(slave >= 0)
        resize(columns: columns, rows: rows)
    }

    deinit {
        close(slave)
        close(master)
    }

    func resize(columns: Int, rows: Int) {
        var size = winsize(ws_row: UInt16(rows), ws_col: UInt16(columns), ws_xpixel: 0, ws_ypixel: 0)
        _ = ioctl(master, UInt(TIOCSWINSZ), &size)
    }

    /// Types bytes as the keyboard would.
    func type(_ text: String) {
        let bytes = Array(text.utf8)
        #expect(write(master, bytes, bytes.count) == bytes.count)
    }

    /// Reads what is there now.
    @discardableResult
    func read() -> [UInt8] {
        var buffer = [UInt8](repeating: 0, count: 65_536)
        while true {
            let count = Glibc.read(master, &buffer, buffer.count)
            guard count > 0 else { return output }
            output += buffer[..<count]
        }
    }

    var text: String { String(decoding: read(), as: UTF8.self) }

    /// Modes as numbers: input, output, control, local.
    var modes: [UInt32] {
        var modes = termios()
        #expect(tcgetattr(slave, &modes) == 0)
        return [modes.c_iflag, modes.c_oflag, modes.c_cflag, modes.c_lflag]
    }
}

/// Waits until a condition holds, 10 s at most.
func eventually(_ what: String, _ condition: () async throws -> Bool) async throws {
    let end = ContinuousClock.now + .seconds(10)
    while try await !condition() {
        guard ContinuousClock.now < end else {
            Issue.record("never came true: \(what)")
            return
        }
        try await Task.sleep(for: .milliseconds(2))
    }
}
