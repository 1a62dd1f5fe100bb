package import Core
package import Vitess

/// What VTGate says of the cluster itself. Changes seldom and is read seldom.
package struct Topology: Equatable, Sendable {
    /// Every keyspace this user may see, in VTGate's order.
    package var keyspaces: [KeyspaceName] = []
    /// The serving shards by keyspace, in VTGate's order.
    package var shards: [KeyspaceName: [ShardName]] = [:]
    package var tablets: [TabletRow] = []
    /// Asks every replica; read only while something runs.
    package var replication: [ReplicationRow] = []
    package var version: VitessVersion?
    package var readAt: Timestamp?

    package init() {}
}

/// Reads the topology, never twice at the same time.
package actor TopologyReader {
    private let readers: VTGateReaders
    private let wallClock: @Sendable () -> Timestamp
    private var turnstile = Turnstile()
    package private(set) var topology = Topology()

    /// How long an answer counts as new.
    package static let life = Duration.seconds(30)

    package init(_ readers: VTGateReaders, wallClock: @escaping @Sendable () -> Timestamp) {
        self.readers = readers
        self.wallClock = wallClock
    }

    /// The topology, read anew when the last answer is older than `life`.
    /// - Parameter withReplication: whether somebody looks at replicas now.
    /// - Throws: when VTGate does not say which shards there are; what was known before stays known.
    @discardableResult
    package func refresh(withReplication: Bool) async throws(VTGateError) -> Topology {
        await enter()
        defer { turnstile.leave() }
        if let readAt = topology.readAt, readAt.age(at: wallClock()) < Self.life {
            if withReplication { await readReplication() }
            return topology
        }
        var new = topology
        new.keyspaces = []
        for row in try await readers.read(.showKeyspaces).rows {
            if let name = row["Database"].text.flatMap(KeyspaceName.init) { new.keyspaces.append(name) }
        }
        new.shards = [:]
        for row in try await readers.read(.showShards).rows {
            guard let name = row["Shards"].text.flatMap(ShardName.init), let target = ShardTarget(name) else { continue }
            new.shards[target.keyspace, default: []].append(name)
        }
        if new.version == nil {
            let row = try await readers.read(.readVersion).rows.first
            new.version = row?["@@version_comment"].text.flatMap { VitessVersion(versionComment: $0) }
        }
        new.tablets = Self.rows(try await readers.read(.showTablets), TabletRow.init)
        new.readAt = wallClock()
        topology = new
        if withReplication { await readReplication() }
        return topology
    }

    /// Replicas may be slow to ask; without them the rest is worth as much.
    private func readReplication() async {
        if let replicationReadAt, replicationReadAt.age(at: wallClock()) < Self.life { return }
        do throws(VTGateError) {
            topology.replication = Self.rows(try await readers.read(.showReplicationStatus), ReplicationRow.init)
        } catch {
            topology.replication = []
            replicationErrors += 1
        }
        replicationReadAt = wallClock()
    }

    private var replicationReadAt: Timestamp?

    /// How often replicas could not be asked.
    package private(set) var replicationErrors = 0

    private func enter() async {
        if turnstile.enter() { return }
        await withCheckedContinuation { turnstile.queue($0) }
    }

    /// A row that cannot be read is another version's: the others count.
    private static func rows<Row>(_ answer: VTGateAnswer, _ read: (AnswerRow) throws(UnreadableRow) -> Row) -> [Row] {
        answer.rows.compactMap { row in
            do throws(UnreadableRow) { return try read(row) } catch { return nil }
        }
    }
}
