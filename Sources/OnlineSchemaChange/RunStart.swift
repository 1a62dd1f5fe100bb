internal import Core
internal import MySQLClient
internal import Schema

/// Where a run begins: the tables, the binlog position and how far an earlier life got.
struct RunStart: Sendable {
    let pair: TablePair
    let server: ServerInfo
    /// Everything before it is in the shadow table or will be copied.
    let position: BinlogPosition
    let copiedThrough: KeyBound?
    let estimatedRows: RowCount
    /// The original's columns, for the binlog decoder.
    let columns: [ColumnInfo]

    /// Goes on from the checkpoint if there is one and the shadow table still stands; else prepares from the beginning.
    static func make(run: ShardRun, resume: Checkpoint?, artifacts: [Artifact]) async throws -> RunStart {
        let preparing = RunPreparation(run: run, names: try ArtifactNaming.names(of: run.spec, in: run.site.database))
        if let resume, let start = try await preparing.resumed(resume, artifacts) { return start }
        return try await preparing.fresh(artifacts)
    }
}

/// The steps before the first chunk.
struct RunPreparation {
    let run: ShardRun
    let names: ArtifactNaming

    /// The position is read before the definition: a DDL before it is in the definition, one after it is in the stream.
    func fresh(_ leftovers: [Artifact]) async throws -> RunStart {
        run.gauges.update { $0.activity = "preflight" }
        try await drop(leftovers)
        return try await run.connections.retrying("prepare") { connection in
            let position = try await BinlogStream.currentPosition(on: connection).position
            let checked = try await Preflight.require(
                Preflight.Request(
                    id: run.spec.id, database: run.site.database, table: run.spec.table, alter: run.spec.alter,
                    pinnedFingerprint: run.spec.pinnedFingerprint, ownConnections: await run.connections.ownIDs),
                on: connection)
            try await run.facts.report(.artifactPlanned(run.run, Artifact(.shadowTable, names.shadow.table.name)))
            run.gauges.update { $0.activity = "creating the shadow table" }
            let shadow = try await ShadowTable.create(
                on: connection, original: checked.table, name: names.shadow.table.name, alter: checked.alter)
            let pair = try TablePair.between(
                checked.table, shadow, renames: checked.alter.columnRenames, names: names)
            let start = RunStart(
                pair: pair, server: connection.serverInfo, position: position, copiedThrough: nil,
                estimatedRows: checked.table.estimatedRows ?? 0,
                columns: try await ColumnInfo.read(of: names.original, on: connection))
            try await report(start)
            try await run.facts.report(
                .checkpointed(
                    run.run,
                    Checkpoint(position: position.description, copiedThrough: nil, copyFinished: false, rowsCopied: 0)))
            return start
        }
    }

    /// `nil` when the checkpoint cannot be gone on from: then the run begins anew.
    func resumed(_ checkpoint: Checkpoint, _ artifacts: [Artifact]) async throws -> RunStart? {
        run.gauges.update { $0.activity = "going on from the checkpoint" }
        guard let position = BinlogPosition(checkpoint.position) else { return nil }
        var copiedThrough: KeyBound?
        if let text = checkpoint.copiedThrough {
            guard let bound = KeyBound(encoded: text) else { return nil }
            copiedThrough = bound
        }
        // A sentry of an attempt that died with its engine: the next attempt makes its own.
        try await drop(artifacts.filter { $0.kind == .sentryTable })
        return try await run.connections.retrying("prepare") { connection in
            let alter = try AlterStatement.parse(run.spec.alter)
            guard
                let original = try await TableInspector.inspect(
                    connection, database: run.site.database, table: run.spec.table),
                let shadow = try await TableInspector.inspect(
                    connection, database: run.site.database, table: names.shadow.table.name)
            else { return nil }
            guard original.fingerprint.value == run.spec.pinnedFingerprint else {
                throw Failure(
                    .schemaDrift, "`\(run.spec.table)` on \(run.site.shard) was altered by somebody else.",
                    now: "nothing was swapped", next: "cancel the migration and plan again")
            }
            let start = RunStart(
                pair: try TablePair.between(original, shadow, renames: alter.columnRenames, names: names),
                server: connection.serverInfo, position: position, copiedThrough: copiedThrough,
                estimatedRows: original.estimatedRows ?? 0,
                columns: try await ColumnInfo.read(of: names.original, on: connection))
            try await report(start)
            return start
        }
    }

    private func report(_ start: RunStart) async throws {
        let server = start.server
        try await run.facts.report(
            .prepared(
                run.run,
                Preparation(
                    shadowTable: names.shadow.table.name, keyName: start.pair.keyIndex.name,
                    keyColumns: start.pair.key.map(\.original.name), estimatedRows: start.estimatedRows,
                    server: "\(server.family == .mariadb ? "MariaDB" : "MySQL") \(server.version)")))
    }

    private func drop(_ artifacts: [Artifact]) async throws {
        for artifact in artifacts where artifact.kind != .oldTable {
            _ = try await run.connections.retrying("prepare") { [run] connection in
                try await ArtifactDrop.drop(
                    artifact, of: run.spec.id, table: run.spec.table, database: run.site.database, on: connection,
                    clock: run.clock)
            }
            try await run.facts.report(.artifactDropped(artifact))
        }
    }
}

extension RunStart {
    /// The primary's binlog from here on, as far as it concerns the original table.
    func stream(_ site: ShardSite, _ environment: ExecutorEnvironment) async throws(BinlogStreamError) -> BinlogStream {
        var options = BinlogStreamOptions(
            connection: site.primary, serverID: environment.replicaID(), start: .position(position),
            tables: [pair.original: columns])
        // As patient as the other sessions of the run.
        // A transaction prepared before the position holds its row locks until its XA COMMIT: the copy's locking reads wait for it,
        // like for any other that had reached the binlog and not yet InnoDB. One prepared later is refused at its PREPARE.
        options.trustsUnknownXA = true
        options.reconnectAttempts = Int(ShardConnections.patience.components.seconds / 5)
        return try await BinlogStream.open(options, clock: environment.clock)
    }
}
