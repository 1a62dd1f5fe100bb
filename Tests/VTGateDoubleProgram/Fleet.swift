internal import VTGateDouble

/// Migrations in all phases.
enum Fleet {
    /// Each submitted as an operator would, then put where it belongs.
    static func populate(
        _ double: FakeVTGate, keyspace: FakeVTGate.Configuration.Keyspace, migrations: Int, tables: [String]
    ) throws(ErrorAnswer) {
        for index in 0..<migrations {
            let table = tables[index % tables.count]
            let strategy =
                index % 6 == 2
                ? "vitess --postpone-launch --postpone-completion" : "vitess --postpone-completion --allow-concurrent"
            let uuid = try double.submit(
                "alter table \(table) add column c\(index) int", strategy: strategy, context: "fleet-\(index)",
                on: keyspace.name)
            for (place, shard) in keyspace.shards.enumerated() {
                double.edit(uuid, on: "\(keyspace.name)/\(shard)") { row in
                    settle(&row, phase: index % 6, place: place, now: double.begin)
                }
            }
        }
    }

    private static func settle(_ row: inout MigrationValues, phase: Int, place: Int, now: Double) {
        if phase > 2 {
            row.added = now - 7200
            row.started = now - 7199
            row.reviewed = row.started
            row.tableRows = 500_000
            row.rowsCopied = phase == 3 ? row.tableRows : row.tableRows / 3
            row.postponeCompletion = false
        }
        switch phase {
        // 0 and 1 are left to the scheduler, and so are 2's queued ones.
        case 3:
            row.status = .complete
            row.progress = 100
            row.readyToComplete = true
            row.completed = now - Double(60 * (place % 7))
            row.stage = "re-enabling writes"
            row.cutOverAttempts = 1
        case 4:
            row.status = place % 3 == 0 ? .failed : .complete
            row.message = place % 3 == 0 ? "vreplication: terminal error: Duplicate entry 'a' for key 'uq'" : ""
            row.progress = place % 3 == 0 ? 34 : 100
            row.completed = now - 600
        case 5:
            row.status = .cancelled
            row.message = "CANCEL issued by user"
            row.completed = now - 1200
            row.cancelledTime = now - 1200
        default: break
        }
    }
}
