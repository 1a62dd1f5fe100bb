internal import Core

/// Which migration of the shard a queued one waits for. No column says so: it follows from Vitess' rules, per shard.
extension RowReading {
    package struct Predecessor: Equatable, Sendable {
        package let row: MigrationRow
        package let reason: Reason
        package enum Reason: Equatable, Sendable {
            /// One migration at a time touches a table.
            case sameTable
            /// Neither has `--allow-concurrent`.
            case notConcurrent
            /// One row copy at a time.
            case copying
            /// One migration a check goes from queued to scheduled, in queue order.
            case queuedBefore
        }
    }

    /// `nil` when nothing known stands before it.
    package var predecessor: Predecessor? {
        guard row.status == .queued || row.status == .ready else { return nil }
        let others = shard.pending.filter { $0.uuid != row.uuid }
        for other in others where other.status == .running {
            if other.table == row.table, !row.table.isEmpty { return Predecessor(row: other, reason: .sameTable) }
            if !other.allowConcurrent && !row.allowConcurrent { return Predecessor(row: other, reason: .notConcurrent) }
            if row.action == .alter, !row.isImmediateOperation, other.firstReadyAt == nil {
                return Predecessor(row: other, reason: .copying)
            }
        }
        guard
            let before = others.last(where: {
                $0.id < row.id && !$0.postponeLaunch && $0.status != .running && !waitsForComplete($0)
            })
        else { return nil }
        return Predecessor(row: before, reason: .queuedBefore)
    }

    /// How many pending migrations of the shard must complete before it, where that matters; `nil` when it does not.
    package var inOrderBehind: Int64? {
        guard row.hasFlag("in-order-completion") else { return nil }
        let count = row.inOrderPendingCount ?? Int64(shard.pending.count { $0.id < row.id && $0.uuid != row.uuid })
        return count > 0 ? count : nil
    }

    private func waitsForComplete(_ other: MigrationRow) -> Bool {
        other.isImmediateOperation && other.readyToComplete && other.postponeCompletion
    }
}

extension RowReading.Predecessor {
    /// `7c5e customer, which is running here: one migration at a time touches a table`.
    package var text: String {
        let who = "\(row.uuid.id.short) \(row.table.isEmpty ? "(table not known yet)" : row.table)"
        switch reason {
        case .sameTable: return "\(who), which is \(row.status) here: one migration at a time touches a table"
        case .notConcurrent: return "\(who), which is \(row.status) here, and neither has --allow-concurrent"
        case .copying: return "\(who), which is copying here: one copy at a time"
        case .queuedBefore: return "\(who), which was queued before it"
        }
    }
}
