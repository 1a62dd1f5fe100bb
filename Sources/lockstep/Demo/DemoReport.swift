internal import Core
internal import MySQLClient
internal import OnlineSchemaChange
internal import Sandbox
internal import Schema

/// What the demo measured and compared. `problems` is empty only when all of it is as it should be.
struct DemoReport {
    private(set) var lines: [String] = []
    private(set) var problems: [String] = []

    /// Compares every row with the ledger, cleans up, and looks for tables left behind. The traffic must have ended.
    static func make(
        of id: MigrationID, _ fleet: DemoFleet, _ traffic: TrafficGenerator, stall: CutOverMeter.Reading?,
        mustBeDone: Bool
    ) async throws -> DemoReport {
        var report = DemoReport()
        let migration = try await fleet.migration(id)
        if migration.state != .done { report.add("migration  \(migration.state.rawValue)", isRight: !mustBeDone) }
        try await report.compare(migration, traffic)
        report.addTraffic(traffic.report())
        report.addCutOver(migration, stall)
        if migration.state == .done { try await report.cleanUp(id, fleet) }
        if migration.endedAt != nil { try await report.addArtifacts(fleet) }
        return report
    }

    private mutating func add(_ line: String, isRight: Bool) {
        lines.append(line)
        if !isRight { problems.append(line) }
    }

    private mutating func compare(_ migration: MigrationSnapshot, _ traffic: TrafficGenerator) async throws {
        var rows = 0
        for (index, shard) in traffic.shards.enumerated() {
            let isAltered = migration.shards.first { $0.name.shard == shard.name }?.cutOver != nil
            let verification = try await traffic.verify(shard: index, altered: isAltered)
            rows += verification.rowsCompared
            if verification.rowsCompared != traffic.expectedRows(shard: index) || !verification.isExact {
                problems.append(
                    "\(shard.name): \(verification.rowsCompared) rows of \(traffic.expectedRows(shard: index)), "
                        + "\(verification.differenceCount) differ")
                problems += verification.differences.prefix(5).map { "\(shard.name): \($0)" }
            }
        }
        lines.append("rows       \(rows) compared with the ledger, " + (problems.isEmpty ? "all equal" : "some DIFFER"))
        let altered = migration.shards.count { $0.cutOver != nil }
        add(
            "schema     new on \(altered) of \(migration.shards.count) shards",
            isRight: altered == 0 || altered == migration.shards.count)
    }

    private mutating func addTraffic(_ report: TrafficReport) {
        add(
            "traffic    \(report.operations) operations, \(report.errorCount) errors, \(report.connectionLosses) connections lost, "
                + "\(report.tableMissing) times no table, \(report.deadlocks) deadlocks repeated",
            isRight: report.errorCount == 0 && report.connectionLosses == 0 && report.tableMissing == 0)
        problems += report.errors.prefix(5).map(\.description)
        lines.append("           all writes: \(text(report.writes))")
    }

    private mutating func addCutOver(_ migration: MigrationSnapshot, _ stall: CutOverMeter.Reading?) {
        guard let skew = migration.skew else { return }
        let held = migration.shards.compactMap(\.cutOver?.writesHeld)
        lines.append(
            "cut-over   attempt \(migration.attempts.count), \(skew.inMilliseconds) ms from the first swap to the last; "
                + "locks held " + held.map(milliseconds).joined(separator: ", "))
        guard let stall else { return }
        lines.append("stall      writes around the cut-over: \(text(stall.writes))")
        lines.append("           the longest by shard: " + stall.longest.map(milliseconds).joined(separator: ", "))
    }

    private func cleanUp(_ id: MigrationID, _ fleet: DemoFleet) async throws {
        guard try await keepsSomething(id, fleet) else { return }
        let request = CommandRequest(verb: .cleanup, migration: id)
        _ = try await fleet.link.ask { service throws(ServiceError) in
            try await service.perform(request, planHash: nil, by: Person.current, reason: "demo")
        }
        let deadline = ContinuousClock.now + .seconds(120)
        while try await keepsSomething(id, fleet), ContinuousClock.now < deadline {
            try await Task.sleep(for: .milliseconds(100))
        }
    }

    private func keepsSomething(_ id: MigrationID, _ fleet: DemoFleet) async throws -> Bool {
        try await fleet.migration(id).shards.contains { !$0.artifacts.isEmpty }
    }

    /// Asks every primary for tables that only a migration can have made.
    private mutating func addArtifacts(_ fleet: DemoFleet) async throws {
        let wiring = try Wiring(clusters: fleet.clustersPath, environment: [:])
        var left: [String] = []
        for (shard, site) in wiring.sites.sorted(by: { $0.key < $1.key }) {
            let connection = try await Connection.open(site.primary)
            let rows = try await connection.query(
                "SELECT TABLE_NAME FROM information_schema.TABLES WHERE TABLE_SCHEMA = \(.string(site.database))",
                values: .literal)
            for row in rows {
                let name = try row.string(0)
                if ArtifactNames.isArtifact(name) { left.append("\(shard): \(name)") }
            }
            await connection.close()
        }
        add(
            left.isEmpty
                ? "artifacts  none left on any shard" : "artifacts  left behind: \(left.joined(separator: ", "))",
            isRight: left.isEmpty)
    }

    private func text(_ latency: LatencySummary) -> String {
        "p50 \(milliseconds(latency.p50)), p99 \(milliseconds(latency.p99)), max \(milliseconds(latency.max)) of \(latency.count)"
    }

    private func milliseconds(_ duration: Duration) -> String {
        let tenths = Int64((duration.inSeconds * 10_000).rounded())
        return "\(tenths / 10).\(tenths % 10) ms"
    }
}
