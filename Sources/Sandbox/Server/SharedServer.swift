internal import Synchronization

/// The servers a test process shares: one a family, started when first asked for, killed by their watchdog at its end.
package enum SandboxServers {
    private static let servers = SharedServers()
    private static let counter = Atomic<Int>(0)

    /// The server of this family that all tests of this process share. It has `performance_schema` switched on.
    /// - Throws: `SandboxError` when it cannot be started; every later call tries again.
    package static func sharedServer(_ family: ServerFamily) async throws(SandboxError) -> ServerProcess {
        try await servers.server(family)
    }

    /// A database name nobody else in this process uses; every sandbox user has its rights on such names.
    package static func freshDatabaseName() -> String {
        "ls_\(counter.add(1, ordering: .relaxed).newValue)_\(UInt32.random(in: 0...UInt32.max))"
    }
}

/// Starts each family's server once, however many ask at the same time.
private actor SharedServers {
    private var running: [ServerFamily: ServerProcess] = [:]
    private var waiting: [ServerFamily: [CheckedContinuation<Void, Never>]] = [:]

    func server(_ family: ServerFamily) async throws(SandboxError) -> ServerProcess {
        while true {
            if let server = running[family] { return server }
            if waiting[family] == nil { break }
            await withCheckedContinuation { waiting[family]?.append($0) }
        }
        waiting[family] = []
        defer { waiting.removeValue(forKey: family)?.forEach { $0.resume() } }
        let options = ServerOptions(performanceSchema: true)
        let server = try await ServerProcess.start(family, name: "shared", options: options)
        running[family] = server
        return server
    }
}
