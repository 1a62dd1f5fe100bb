internal import MySQLClient
internal import Sandbox
internal import Synchronization

/// A database on a server, a session that writes and what a stream saw of it.
struct BinlogFixture {
    private static let nextServerID = Atomic<UInt32>(910_000)

    let server: ServerProcess
    let database: String
    let writer: Connection

    static func on(_ server: ServerProcess, setup: [SQL] = []) async throws -> BinlogFixture {
        let database = SandboxServers.freshDatabaseName()
        try await server.run("CREATE DATABASE \(try Identifier(database)) CHARACTER SET utf8mb4")
        // Root: the tests change session settings that the application's user may not.
        let writer = try await Connection.open(
            server.connectionOptions(.root, database: database), setup: SessionSetup.standard.adding(setup))
        return BinlogFixture(server: server, database: database, writer: writer)
    }

    static func on(_ family: ServerFamily, setup: [SQL] = []) async throws -> BinlogFixture {
        try await on(try await SandboxServers.sharedServer(family), setup: setup)
    }

    func table(_ name: String) throws -> QualifiedName { try QualifiedName(database: database, table: name) }

    /// A stream as Lockstep's own user would open it.
    func options(
        _ tables: [String], from start: BinlogStreamOptions.Start? = nil
    ) async throws -> BinlogStreamOptions {
        var columns: [QualifiedName: [ColumnInfo]] = [:]
        for name in tables { columns[try table(name)] = try await ColumnInfo.read(of: try table(name), on: writer) }
        let position = try await BinlogStream.currentPosition(on: writer).position
        return BinlogStreamOptions(
            connection: server.connectionOptions(.lockstep),
            serverID: Self.nextServerID.add(1, ordering: .relaxed).newValue, start: start ?? .position(position),
            tables: columns)
    }

    func open(_ tables: [String]) async throws -> BinlogStream {
        try await BinlogStream.open(try await options(tables), clock: ContinuousClock())
    }

    /// Everything the stream has up to where the server's log ends now.
    func drain(_ stream: BinlogStream) async throws -> [BinlogItem] {
        let end = try await BinlogStream.currentPosition(on: writer).position
        var items: [BinlogItem] = []
        while await stream.border < end { items += try await stream.nextBatch() }
        return items
    }

    func run(_ statements: SQL...) async throws {
        for statement in statements { try await writer.execute(statement) }
    }

    /// The refusal that ends the stream.
    func refusal(_ stream: BinlogStream) async throws -> BinlogRefusal? {
        do {
            while true { _ = try await stream.nextBatch() }
        } catch {
            await stream.close()
            if case .refused(let refusal) = error { return refusal }
            throw error
        }
    }
}

extension [BinlogItem] {
    var transactions: [BinlogTransaction] {
        compactMap { if case .transaction(let transaction) = $0 { transaction } else { nil } }
    }
    var ddl: [BinlogDDL] { compactMap { if case .ddl(let ddl) = $0 { ddl } else { nil } } }
    var changes: [RowChange] { transactions.flatMap(\.changes).map(\.row) }
}
