internal import Foundation

/// Everything the double knows. Touched only by who holds `gate`.
final class World {
    let gate = NSCondition()
    let configuration: FakeVTGate.Configuration
    var now: Double
    var keyspaces: [KeyspaceState]
    var version: VitessRelease
    var events = EventQueue()
    var generator: SeededGenerator
    var journal: [LoggedStatement] = []
    /// How many statements the log has forgotten.
    var cleared = 0
    var accidents: [Accident] = []
    var faults: [StatementFault] = []
    var nextFault = 1
    var sessions: [UInt32: Session] = [:]
    var nextConnection: UInt32 = 1
    var isStopping = false
    var waitsForCutOver: Bool
    /// By `ks/shard`, and by `shard` where that is enough.
    private(set) var shards: [String: ShardState] = [:]
    private var uuids = 0

    init(_ configuration: FakeVTGate.Configuration) {
        self.configuration = configuration
        version = configuration.version
        generator = SeededGenerator(seed: configuration.seed)
        waitsForCutOver = configuration.commandsWaitForCutOver
        now = configuration.begin
        keyspaces = configuration.keyspaces.map { plan in
            KeyspaceState(
                plan.name,
                shards: plan.shards.enumerated().map { index, name in
                    let shard = ShardState(name, keyspace: plan.name, index: index, version: configuration.version)
                    shard.primary.primarySince = configuration.begin - 3600
                    for table in plan.tables {
                        shard.tables[table.name] = TableState(createText: table.createText, rows: table.rows)
                    }
                    return shard
                })
        }
        for shard in allShards {
            shards["\(shard.keyspace)/\(shard.name)"] = shard
            if shards[shard.name] == nil { shards[shard.name] = shard }
            // Tablets did not start at the same moment.
            let phase = Double.random(in: 0..<configuration.checkInterval, using: &generator)
            events.add(.regularTick(shard), at: now + phase)
        }
    }

    var allShards: [ShardState] { keyspaces.flatMap(\.shards) }

    func keyspace(_ name: String) -> KeyspaceState? { keyspaces.first { $0.name == name } }

    func keyspace(of shard: ShardState) -> KeyspaceState { keyspace(shard.keyspace)! }

    // MARK: Time

    /// Lets the clock run, everything in its order.
    func advance(to target: Double) {
        while let (time, happening) = events.popFirst(upTo: target) {
            now = max(now, time)
            happen(happening)
        }
        now = max(now, target)
        gate.broadcast()
    }

    private func happen(_ happening: Happening) {
        switch happening {
        case .tick(let shard): tick(shard)
        case .regularTick(let shard):
            tick(shard)
            events.add(.regularTick(shard), at: now + configuration.checkInterval)
        case .cutOverStep(let shard, let run, let step): cutOverStep(shard, run, step)
        case .cutOverFails(let shard, let run): cutOverFails(shard, run)
        case .directRunEnds(let shard, let record): directRunEnds(shard, record)
        case .executorOpens(let shard):
            shard.isExecutorOpen = true
            stateChanged(shard)
        }
    }

    /// A version-1 UUID with underscores, as VTGate makes them (transcript 2).
    func newUUID() -> String {
        uuids += 1
        let low = UInt32(truncatingIfNeeded: Int(now * 1000)) &+ UInt32(uuids) &* 7919
        let node = configuration.seed & 0xFFFF_FFFF_FFFF
        return hex(UInt64(low), 8) + "_" + hex(UInt64(uuids & 0xFFFF), 4) + "_11f1_"
            + hex(0x8000 | configuration.seed & 0xFFF, 4)
            + "_" + hex(node | 0x0200_0000_0000, 12)
    }

    private func hex(_ value: UInt64, _ digits: Int) -> String {
        let text = String(value, radix: 16)
        return String(repeating: "0", count: max(0, digits - text.count)) + text.suffix(digits)
    }

    // MARK: Waiting

    /// Something changed that a statement may be waiting for.
    func wakeWaiters() { gate.broadcast() }

    /// Real seconds, for what is measured in them.
    var uptime: Double { ProcessInfo.processInfo.systemUptime }

    /// Gives the gate away until `isDone`. `false`: the client or the server is gone, or the statement was killed.
    func wait(_ session: Session, until isDone: () -> Bool) -> Bool {
        while !isDone() {
            if isStopping || session.isGone || session.isKilled { return false }
            // The short limit is for a client that hangs up, which nobody announces.
            _ = gate.wait(until: Date(timeIntervalSinceNow: 0.05))
            session.noticeHangUp()
        }
        return true
    }
}
