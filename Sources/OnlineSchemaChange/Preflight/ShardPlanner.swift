package import Core
package import MySQLClient
internal import Schema

/// Says what a migration would do on one shard. It reads, and changes nothing.
package enum ShardPlanner {
    /// The plan; whatever goes wrong is among its refusals.
    ///
    /// - Parameters:
    ///   - database: the shard's database on its primary.
    ///   - replicas: looked at too, because a replica that does not answer would hold the copy.
    ///   - ownConnections: sessions of ours that may hold the table's advisory lock.
    package static func plan(
        _ request: PlanRequest, on shard: ShardName, database: String, primary: ConnectionOptions,
        replicas: [Throttler.Server], ownConnections: Set<UInt64> = [], expected: Set<Artifact> = []
    ) async -> ShardPlan {
        let connection: Connection
        do throws(MySQLError) {
            connection = try await Connection.open(primary)
        } catch {
            let failure = ServerFailure.from(
                error, .serverUnreachable, "The primary of \(shard) at \(primary.address) cannot be reached.",
                now: "nothing was changed", next: "see to the server or to the cluster file, then plan again")
            return plan(of: shard, server: "", Preflight.Report(), adding: [failure])
        }
        var report = await Preflight.check(
            Preflight.Request(
                id: request.id, database: database, table: request.table, alter: request.alter,
                pinnedFingerprint: request.pinnedFingerprint, ownConnections: ownConnections, expected: expected),
            on: connection)
        await connection.close()
        if request.policy.throttle.maxReplicaLag != nil {
            for replica in replicas { await look(at: replica, &report.findings) }
        }
        return plan(of: shard, server: "\(connection.serverInfo.productName) at \(primary.address)", report, adding: [])
    }

    private static func look(at replica: Throttler.Server, _ findings: inout Findings) async {
        do throws(MySQLError) {
            let connection = try await Connection.open(replica.options)
            let reading: Result<ThrottleReading, MySQLError>
            do throws(MySQLError) {
                reading = .success(try await GaugeReader.replicaLag(connection))
            } catch {
                reading = .failure(error)
            }
            await connection.close()
            if case .unknown(let why) = try reading.get() {
                findings.warn("The lag of replica \(replica.name) is not known (\(why)): the copy would be held.")
            }
        } catch {
            findings.warn("The replica \(replica.name) does not tell its lag (\(error)): the copy would be held.")
        }
    }

    private static func plan(
        of shard: ShardName, server: String, _ report: Preflight.Report, adding refusals: [Failure]
    ) -> ShardPlan {
        let table = report.table
        let isRead = table?.kind == .table || table?.kind == .systemVersioned
        return ShardPlan(
            shard: shard, server: server, fingerprint: isRead ? table?.fingerprint.value ?? "" : "",
            definition: isRead ? table.map { SchemaFingerprint.canonicalText(of: $0.model) } ?? "" : "",
            keyName: report.context?.likelyKey?.name,
            keyColumns: report.context?.likelyKey?.columns.map(\.original.name) ?? [],
            estimatedRows: table?.estimatedRows,
            tableBytes: table?.bytes, spaceNeeded: report.spaceNeeded, spaceFree: report.spaceFree,
            refusals: refusals + report.findings.refusals, warnings: report.findings.warnings)
    }
}
