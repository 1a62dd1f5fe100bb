import Core
import Foundation
import MySQLClient
import Testing
import VTGateDouble
import Vitess
import VitessExecutor

/// A VTGate for scenarios: the double, or the real one that `LOCKSTEP_VTGATE=host:port` names.
///
/// A scenario that steers nothing runs on both, word for word. What it creates it drops again; the real keyspace
/// (`LOCKSTEP_VTGATE_KEYSPACE`) needs two or more shards and nothing in it.
struct VitessCluster: Sendable {
    enum Kind: Sendable, CustomTestStringConvertible {
        case double
        case real(VTGateAddress, keyspace: String)

        var testDescription: String {
            switch self {
            case .double: "the double"
            case .real(let address, let keyspace): "\(keyspace) at \(address)"
            }
        }

        static let available: [Kind] = {
            let environment = ProcessInfo.processInfo.environment
            guard let text = environment["LOCKSTEP_VTGATE"], let address = VTGateAddress(text) else { return [.double] }
            return [.double, .real(address, keyspace: environment["LOCKSTEP_VTGATE_KEYSPACE"] ?? "lockstep_suite")]
        }()
    }

    /// `nil` on a real cluster.
    let double: FakeVTGate?
    let options: ConnectionOptions
    let keyspace: String
    let shards: [ShardName]
    let clock: any Clock<Duration>
    let wallClock: @Sendable () -> Timestamp
    /// A table that only this scenario has: 300 rows on each shard.
    let table: String

    /// How much faster than real time the double lives.
    static let rate = 10.0

    /// Runs a scenario in a world of its own. Afterwards its table is gone, and with the double everything.
    static func run(_ kind: Kind, _ body: @escaping @Sendable (VitessCluster, World) async throws -> Void) async throws {
        switch kind {
        case .double: try await onDouble { _, cluster, world in try await body(cluster, world) }
        case .real(let address, let keyspace): try await onReal(address, keyspace, body)
        }
    }

    /// The same with the double in hand.
    static func onDouble(
        _ configure: (inout FakeVTGate.Configuration) -> Void = { _ in },
        _ body: @escaping @Sendable (FakeVTGate, VitessCluster, World) async throws -> Void
    ) async throws {
        var configuration = FakeVTGate.Configuration()
        configuration.clock = .realTime(rate: rate)
        configure(&configuration)
        let double = try FakeVTGate(configuration)
        defer { double.stop() }
        var options = ConnectionOptions(address: .tcp(host: "127.0.0.1", port: double.port), user: "lockstep")
        options.tls = .init(mode: .disabled)
        let shards = configuration.keyspaces[0].shards.map { ShardName(keyspace: "commerce", shard: $0) }
        let cluster = VitessCluster(
            double: double, options: options, keyspace: "commerce", shards: shards, clock: ScaledClock(rate: rate),
            wallClock: { Timestamp(milliseconds: Int64(double.now * 1000)) }, table: "customer")
        try await cluster.inWorld { try await body(double, cluster, $0) }
        let accidents = double.accidents.filter { $0.user == "lockstep" }
        #expect(accidents.isEmpty, "\(accidents)")
    }

    private static func onReal(
        _ address: VTGateAddress, _ keyspace: String,
        _ body: @escaping @Sendable (VitessCluster, World) async throws -> Void
    ) async throws {
        let environment = ProcessInfo.processInfo.environment
        var options = ConnectionOptions(
            address: .tcp(host: address.host, port: address.port), user: environment["LOCKSTEP_VTGATE_USER"] ?? "lockstep")
        if let password = environment["LOCKSTEP_VTGATE_PASSWORD"] { options.password = Secret(password) }
        let clock = ContinuousClock()
        let wallClock: @Sendable () -> Timestamp = { Timestamp(milliseconds: Int64(Date().timeIntervalSince1970 * 1000)) }
        let executor = VitessExecutor([keyspace: VTGateEndpoint(options)], clock: clock, wallClock: wallClock)
        let shards = try await executor.shards(of: keyspace)
        try #require(shards.count >= 2, "\(keyspace) needs two shards or more")
        let cluster = VitessCluster(
            double: nil, options: options, keyspace: keyspace, shards: shards, clock: clock, wallClock: wallClock,
            table: "suite_\(UInt32.random(in: 0 ... .max))")
        try await cluster.says(
            "CREATE TABLE \(cluster.table) (id BIGINT NOT NULL PRIMARY KEY, email VARCHAR(64), n INT NOT NULL DEFAULT 0)")
        for shard in shards {
            let rows = (1...300).map { "(\($0), 'e\($0)@example.org', \($0))" }.joined(separator: ", ")
            try await cluster.says("INSERT INTO \(cluster.table) (id, email, n) VALUES \(rows)", on: shard)
        }
        do {
            try await cluster.inWorld { try await body(cluster, $0) }
        } catch {
            try await cluster.leaveNothing()
            throw error
        }
        try await cluster.leaveNothing()
    }

    /// Ends what is pending, lets Vitess drop every table it keeps for this one, and drops it.
    private func leaveNothing() async throws {
        let mine = "mysql_table = '\(table)'"
        for row in try await says("SHOW VITESS_MIGRATIONS WHERE \(mine)") {
            let uuid = try row.string("migration_uuid")
            if ["queued", "ready", "running"].contains(try row.string("migration_status")) {
                try await says("ALTER VITESS_MIGRATION '\(uuid)' CANCEL")
            }
            try await says("ALTER VITESS_MIGRATION '\(uuid)' CLEANUP")
        }
        let limit = ContinuousClock.now + .seconds(180)
        while try await says("SHOW VITESS_MIGRATIONS WHERE \(mine) AND artifacts != '' AND cleanup_timestamp IS NULL").rows.isEmpty == false {
            try #require(ContinuousClock.now < limit, "Vitess keeps artifacts of \(table)")
            try await Task.sleep(for: .seconds(1))
        }
        try await says("DROP TABLE \(table)")
    }

    private func inWorld(_ body: @escaping @Sendable (World) async throws -> Void) async throws {
        let (endpoint, keyspace, clock, wallClock) = (VTGateEndpoint(options), keyspace, clock, wallClock)
        let shards = shards
        try await World.withDirectory { directory in
            var world = World(sites: [:], shards: shards, keyspace: keyspace, directory: directory)
            world.executor = { VitessExecutor([keyspace: endpoint], clock: clock, wallClock: wallClock) }
            world.clock = clock
            world.wallClock = wallClock
            try await body(world)
        }
    }

    // MARK: - Another operator

    /// One statement of somebody else, to the keyspace or to one shard.
    @discardableResult
    func says(_ statement: String, on shard: ShardName? = nil) async throws -> ResultSet {
        var options = options
        options.user = double == nil ? options.user : "another-operator"
        let connection = try await Connection.open(options, setup: .vtgate)
        let target = shard.map { "\($0.keyspace):\($0.shard)" } ?? keyspace
        _ = try await connection.query(SQL(verbatim: "USE `\(target)`"), values: .literal)
        let result = try await connection.query(SQL(verbatim: statement), values: .literal)
        await connection.close()
        return result
    }

    /// The table as a shard has it.
    func definition(_ shard: ShardName) async throws -> String {
        let rows = try await says("SHOW CREATE TABLE \(table)", on: shard)
        return try #require(rows.first).string(1)
    }

    /// The shards whose table has the column.
    func have(_ column: String) async throws -> [ShardName] {
        var found: [ShardName] = []
        for shard in shards where try await definition(shard).contains("`\(column)`") { found.append(shard) }
        return found
    }

    /// The rows of a migration of ours, as anybody sees them.
    func rows(_ id: MigrationID) async throws -> [MigrationRow] {
        let result = try await says("SHOW VITESS_MIGRATIONS WHERE migration_context LIKE 'lockstep:\(id.hex):%'")
        let names = result.columns.map(\.name)
        return try result.rows.map { row in
            try MigrationRow(AnswerRow(names: names, values: names.indices.map { try row.optionalText($0) }))
        }
    }
}

extension Row {
    fileprivate func optionalText(_ index: Int) throws -> String? {
        switch values[index] {
        case .null: nil
        case .int(let number): "\(number)"
        case .uint(let number): "\(number)"
        case .float(let number): "\(number)"
        case .double(let number): "\(number)"
        case .decimal(let text): text
        case .dateTime(let time): time.description
        default: try string(index)
        }
    }
}
