internal import Core
internal import MySQLClient

/// Drops a shard's artifacts and reports each one that is seen gone. What cannot be dropped now stays journalled.
struct ArtifactRemoval: Sendable {
    let spec: MigrationSpec
    let site: ShardSite
    let environment: ExecutorEnvironment
    let facts: any FactSink

    func drop(_ artifacts: [Artifact]) async {
        let board = GaugeBoard(facts: facts, wallClock: environment.wallClock)
        let connections = ShardConnections(site.primary, clock: environment.clock) { trouble in
            board.update { $0.activity = trouble ?? "" }
        }
        for artifact in artifacts {
            do {
                _ = try await connections.retrying("drop") { [spec, site, environment] connection in
                    try await ArtifactDrop.drop(
                        artifact, of: spec.id, table: spec.table, database: site.database, on: connection,
                        clock: environment.clock)
                }
                try await facts.report(.artifactDropped(artifact))
            } catch let failure as Failure {
                board.update { $0.activity = "\(artifact.name) was not dropped: \(failure.what)" }
            } catch {
                board.update { $0.activity = "\(artifact.name) was not dropped: \(error)" }
            }
        }
        await connections.closeAll()
    }
}
