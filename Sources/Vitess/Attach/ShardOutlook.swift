internal import Core

/// What a command would do on one shard.
package enum ShardOutlook: Equatable, Sendable {
    /// At the tablet's next check.
    case now(String)
    /// By itself, when something else has happened.
    case later(String)
    case nothing(String)
    /// The command is not sent there.
    case unreached(String)

    /// The word of the dialog's line.
    package var label: String {
        switch self {
        case .now: "Now"
        case .later: "Later"
        case .nothing: "Nothing"
        case .unreached: "Not sent to"
        }
    }

    package var text: String {
        switch self {
        case .now(let text), .later(let text), .nothing(let text), .unreached(let text): text
        }
    }

    /// Whether the statement goes to the shard.
    package var isSent: Bool {
        switch self {
        case .now, .later: true
        case .nothing, .unreached: false
        }
    }
}

/// Tells the outlook of each shard.
struct OutlookReading {
    let verb: Verb

    func outlook(of shard: MigrationReading.Shard) -> ShardOutlook {
        switch shard {
        case .missing: return .unreached("has no row of it")
        case .unread: return .unreached("does not answer")
        case .row(let reading):
            if shard.isSilent, verb != .throttle, verb != .unthrottle { return .unreached("does not answer") }
            return outlook(of: reading)
        }
    }

    private func outlook(of reading: RowReading) -> ShardOutlook {
        let row = reading.row
        switch verb {
        case .launch:
            return row.status.isPending && row.postponeLaunch
                ? .now("starts at its tablet's next check") : .nothing(standing(row))
        case .postpone: return postpone(reading)
        case .complete: return complete(reading)
        case .cancel: return cancel(reading)
        case .retry:
            guard row.status == .failed || row.status == .cancelled else { return .nothing(standing(row)) }
            return .now(row.isImmediateOperation ? "runs again" : "copies again from the first row")
        case .forceCutOver: return force(reading)
        case .throttle:
            return row.status.isPending
                ? .now("its copy and its stream are held back at their next check") : .nothing(standing(row))
        case .unthrottle: return row.status.isPending ? .now("goes on at its next check") : .nothing(standing(row))
        case .revert:
            return row.status == .complete
                ? .now("prepares the way back, and waits for `complete`") : .nothing(standing(row))
        case .threshold: return row.status.isPending ? .now("holds for its next attempt") : .nothing(standing(row))
        case .cleanup:
            return reading.hasSomethingToClean
                ? .now("drops \(row.artifacts.joined(separator: " "))") : .nothing("keeps nothing")
        }
    }

    private func standing(_ row: MigrationRow) -> String { "is \(row.status)" }

    private func postpone(_ reading: RowReading) -> ShardOutlook {
        guard reading.row.status.isPending else { return .nothing(standing(reading.row)) }
        if reading.row.postponeCompletion { return .nothing("is postponed already") }
        if reading.isCuttingOver { return .later("after the attempt under way, which may complete it") }
        return .now("does not cut over until `complete`")
    }

    private func cancel(_ reading: RowReading) -> ShardOutlook {
        let row = reading.row
        guard row.status.isPending else { return .nothing(standing(row)) }
        if row.strategy == "mysql", row.status == .running {
            return .nothing("MySQL runs the ALTER: it cannot be stopped")
        }
        if reading.isCuttingOver { return .later("after the attempt under way, which may complete it") }
        return .now(row.status == .running ? "stops; its copy is lost" : "is taken from the queue")
    }

    private func force(_ reading: RowReading) -> ShardOutlook {
        let row = reading.row
        guard row.status.isPending else { return .nothing(standing(row)) }
        if row.forceCutOver == true { return .nothing("is forced already") }
        if row.postponeCompletion { return .later("once it is completed: force does not lift a postponement") }
        return reading.isReady ? .now("ends who is in the way, at each attempt") : .later("when it is ready")
    }

    private func complete(_ reading: RowReading) -> ShardOutlook {
        let row = reading.row
        guard row.status.isPending else { return .nothing(row.status == .complete ? "has it already" : standing(row)) }
        if !row.postponeCompletion { return .nothing("was completed before: goes by itself") }
        if reading.inOrderBehind != nil { return .later("when the migrations before it are complete") }
        guard reading.isReady else {
            return .later(
                row.status == .running
                    ? "when it is ready: by itself, whenever that is" : "when it has run: by itself, whenever that is")
        }
        if row.cutOverAttempts > 0, row.forceCutOver != true, let last = row.lastAttemptAt {
            let next = last + VitessTiming.wait(afterAttempts: row.cutOverAttempts)
            if next > reading.now { return .later("after \(next.clockText): its back-off goes on") }
        }
        return .now(row.forceCutOver == true ? "cuts over, and ends who is in the way" : "cuts over")
    }
}
