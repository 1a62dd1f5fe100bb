internal import Foundation
internal import Glibc

/// A process number together with its start time: a pair that is never used twice while the machine is up.
struct ProcessIdentity: Equatable, Sendable {
    let pid: pid_t
    /// In clock ticks since the machine started. Source: field 22 of `/proc/<pid>/stat`, proc(5).
    let startTicks: UInt64

    /// This very process.
    static let current = ProcessIdentity(pid: getpid(), startTicks: stat(of: getpid())?.startTicks ?? 0)

    /// Whether this process still runs (a zombie does not).
    var isAlive: Bool {
        guard let now = Self.stat(of: pid) else { return false }
        return now.startTicks == startTicks && now.state != "Z" && now.state != "X"
    }

    /// The running process with this number, or `nil` when there is none or only a zombie.
    static func running(_ pid: pid_t) -> ProcessIdentity? {
        guard let now = stat(of: pid), now.state != "Z", now.state != "X" else { return nil }
        return ProcessIdentity(pid: pid, startTicks: now.startTicks)
    }

    /// Whether the process was started with `argument` on its command line.
    func hasArgument(_ argument: String) -> Bool {
        guard let data = FileManager.default.contents(atPath: "/proc/\(pid)/cmdline") else { return false }
        return data.split(separator: 0).contains { String(decoding: $0, as: UTF8.self) == argument }
    }

    private static func stat(of pid: pid_t) -> (state: String, startTicks: UInt64)? {
        guard let data = FileManager.default.contents(atPath: "/proc/\(pid)/stat") else { return nil }
        let text = String(decoding: data, as: UTF8.self)
        // The second field is the program's name in parentheses and may hold anything, so counting starts behind it.
        guard let end = text.lastIndex(of: ")") else { return nil }
        let fields = text[text.index(after: end)...].split(separator: " ")
        guard fields.count > 19, let ticks = UInt64(fields[19]) else { return nil }
        return (String(fields[0]), ticks)
    }
}
