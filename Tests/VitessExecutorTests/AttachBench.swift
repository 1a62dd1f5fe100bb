import Core
import Foundation
import MySQLClient
import Testing
import VTGateDouble
import Vitess
import VitessExecutor

/// A double, and a console's way to it. The double's clock is the wall clock: it stands until a test moves it.
final class AttachBench: Sendable {
    let double: FakeVTGate
    let directory: String
    static let ana = OperatorIdentity(user: "ana", host: "bastion-2")
    static let keyspace = KeyspaceName("commerce")!
    static let shards = ["-40", "40-80", "80-c0", "c0-"].map { ShardName(keyspace: "commerce", shard: $0) }

    init(_ change: (inout FakeVTGate.Configuration) -> Void = { _ in }) throws {
        var configuration = FakeVTGate.Configuration()
        change(&configuration)
        double = try FakeVTGate(configuration)
        directory = FileManager.default.temporaryDirectory.path + "/lockstep-attach-\(UUID().uuidString)"
        try FileManager.default.createDirectory(atPath: directory, withIntermediateDirectories: true)
    }

    deinit {
        double.stop()
        do { try FileManager.default.removeItem(atPath: directory) } catch { print("left behind: \(directory)") }
    }

    /// Short limits, so that a test of them is short.
    static let limits = VTGateEndpoint.Limits(
        connect: .seconds(3), keyspaceRead: .milliseconds(600), shardRead: .milliseconds(500), effect: .milliseconds(900))

    func endpoint(
        user: String = "ana", password: String = "", tls: ConnectionOptions.TLSMode = .preferred,
        limits: VTGateEndpoint.Limits = AttachBench.limits
    ) -> VTGateEndpoint {
        VTGateEndpoint(
            ConnectionOptions(
                address: .tcp(host: "127.0.0.1", port: double.port), user: user, password: Secret(password),
                tls: .init(mode: tls)), limits: limits)
    }

    /// The double's clock. Whoever holds it keeps the double running.
    var wallClock: @Sendable () -> Timestamp { { [self] in Timestamp(milliseconds: Int64(double.now * 1000)) } }

    var auditPath: String { directory + "/commands.jsonl" }

    func fleet(
        keyspaces: [String] = [], endpoint: VTGateEndpoint? = nil, sought: Set<VitessUUID> = [], audit: String? = nil
    ) -> VitessFleet {
        VitessFleet(
            AttachSettings(
                endpoint: endpoint ?? self.endpoint(), keyspaces: keyspaces.compactMap(KeyspaceName.init), sought: sought,
                environment: Core.Environment(name: "127.0.0.1:\(double.port)", isProduction: true),
                audit: CommandAudit(path: audit ?? auditPath), clock: ContinuousClock(), wallClock: wallClock))
    }

    func poller(_ readers: VTGateReaders) async throws -> KeyspacePoller {
        let topology = TopologyReader(readers, wallClock: wallClock)
        try await topology.refresh(withReplication: true)
        return KeyspacePoller(Self.keyspace, readers: readers, topology: topology, wallClock: wallClock)
    }

    func readers(_ limits: VTGateEndpoint.Limits = AttachBench.limits) -> VTGateReaders {
        VTGateReaders(endpoint(limits: limits), clock: ContinuousClock())
    }

    /// A migration that is ready on every shard and waits for COMPLETE.
    func ready(strategy: String = "vitess --postpone-completion") throws -> VitessUUID {
        let uuid = try double.submit("alter table customer add column fo int", strategy: strategy)
        let isReady = double.advance(upTo: 300) { self.double.rows(uuid).allSatisfy(\.readyToComplete) }
        try #require(isReady)
        double.advance(by: 2)
        return try #require(VitessUUID(uuid))
    }

    func ended(_ uuid: VitessUUID) -> Bool {
        double.advance(upTo: 900) { self.double.rows(uuid.text).allSatisfy { $0.status == .complete } }
    }

    func request(
        _ verb: Verb, _ uuid: VitessUUID, _ shards: [String] = [], _ options: CommandOptions = .init()
    ) -> CommandRequest {
        CommandRequest(
            verb: verb, migration: uuid.id, shards: shards.map { ShardName(keyspace: "commerce", shard: $0) }, options: options)
    }

    /// As an operator does it: look at the plan, then confirm exactly that.
    func perform(_ request: CommandRequest, on fleet: VitessFleet) async throws -> CommandReceipt {
        let plan = try await fleet.plan(request)
        if let refusal = plan.refusal { throw ServiceError.refused(refusal) }
        return try await fleet.perform(request, planHash: plan.hash, by: Self.ana, reason: "because")
    }

    /// Statements about migrations that real sessions sent.
    var commands: [String] { (double.statements("alter vitess_migration") + double.statements("revert")).map(\.text) }

    var audit: [[String: Any]] {
        get throws {
            try String(contentsOfFile: auditPath, encoding: .utf8).split(separator: "\n").map {
                try #require(try JSONSerialization.jsonObject(with: Data($0.utf8)) as? [String: Any])
            }
        }
    }
}

/// Waits for what another task or the server does; no longer than ten seconds.
func eventually(_ what: String, _ holds: () async -> Bool) async throws {
    let clock = ContinuousClock()
    let end = clock.now + .seconds(10)
    while await !holds() {
        try #require(clock.now < end, "not seen: \(what)")
        try await clock.sleep(for: .milliseconds(5))
    }
}
