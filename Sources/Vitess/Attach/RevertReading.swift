internal import Core

/// Whether a shard can go back. Vitess takes every REVERT, of unknown migrations too, and fails a moment later.
extension RowReading {
    /// Why a REVERT of it would fail on this shard; `nil` when nothing known stands against it.
    package var revertProblem: String? {
        guard row.status == .complete else {
            return "is \(row.status) there: only a complete migration can be reverted"
        }
        if changedNothing { return "changed nothing there (\(row.message))" }
        switch row.specialPlan {
        case nil: break
        case .instantDDL: return "was done INSTANT there: nothing is kept to go back to"
        case .rangePartition: return "rotated a range partition there: nothing is kept to go back to"
        case .unknown(let plan): return "was done by a special plan there (\(plan))"
        }
        if row.action == .alter, !row.usesVReplication, !row.isView {
            return "ran as MySQL's own ALTER there: nothing is kept to go back to"
        }
        if row.cleanupAt != nil { return "was cleaned up there: its old table is gone" }
        if row.retainArtifactsSeconds < 0 { return "is being cleaned up there: CLEANUP was ordered" }
        if row.artifacts.isEmpty { return "keeps no old table there" }
        if retentionLeft == .zero { return "is past its retention there: its old table goes at the next check" }
        return revertConflict
    }

    private var revertConflict: String? {
        for other in shard.read?.rows ?? [] where other.uuid != row.uuid && other.table == row.table {
            if other.status.isPending {
                return "shares its table with \(other.uuid.id.short), which is \(other.status) there"
            }
            if other.status == .complete, other.specialPlan == nil || other.action == .alter,
                let mine = row.completedAt,
                let theirs = other.completedAt, theirs > mine
            {
                return
                    "is not the last migration of its table there: \(other.uuid.id.short) completed at \(theirs.clockText)"
            }
        }
        return nil
    }
}
