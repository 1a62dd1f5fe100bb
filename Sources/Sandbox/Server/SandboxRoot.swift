internal import Foundation
internal import Glibc
internal import Synchronization

/// A directory under which sandbox servers live, one directory each, named after the process that owns it.
///
/// The name `<label>-<pid>-<start ticks>-<number>` comes into being with the directory itself, so there is no moment at which
/// a directory has no owner; a directory whose owner is dead may be removed by anyone.
package struct SandboxRoot: Sendable {
    /// The directory itself.
    package let path: String

    private static let counter = Atomic<Int>(0)

    /// `lockstep-sandbox-<user>` in the system's temporary directory.
    package static var standard: SandboxRoot {
        SandboxRoot(path: NSTemporaryDirectory() + "lockstep-sandbox-\(geteuid())")
    }

    /// Keep it short: a socket's path must fit in 107 bytes.
    package init(path: String) {
        self.path = path
    }

    /// Kills the servers and removes the directories of owners that no longer run. Returns the names removed.
    @discardableResult
    package func sweep() throws(SandboxError) -> [String] {
        var removed: [String] = []
        for name in Files.names(in: path) {
            guard let owner = Self.owner(of: name), !owner.isAlive else { continue }
            let directory = path + "/" + name
            if let pid = Files.text(directory + "/server.pid").flatMap({ pid_t($0.filter(\.isNumber)) }),
                let server = ProcessIdentity.running(pid), server.hasArgument("--datadir=\(directory)/data")
            {
                kill(server.pid, SIGKILL)
            }
            try Files.remove(directory)
            removed.append(name)
        }
        return removed
    }

    /// A new directory owned by this process.
    func makeDirectory(label: String) throws(SandboxError) -> String {
        let owner = ProcessIdentity.current
        let number = Self.counter.add(1, ordering: .relaxed).newValue
        let clean = label.map { $0.isASCII && ($0.isLetter || $0.isNumber) ? String($0) : "_" }.joined()
        let directory = "\(path)/\(clean)-\(owner.pid)-\(owner.startTicks)-\(number)"
        try Files.makeDirectory(directory)
        return directory
    }

    private static func owner(of name: String) -> ProcessIdentity? {
        let parts = name.split(separator: "-")
        guard parts.count == 4, let pid = pid_t(parts[1]), let ticks = UInt64(parts[2]) else { return nil }
        return ProcessIdentity(pid: pid, startTicks: ticks)
    }
}
