/// Makes the plan of a command: pure, from the migration's state and a fresh look at the blockers.
package enum CommandPlanner {
    /// - Parameter blockers: by shard, as seen just now; used by `force-cutover` only, which ends exactly these.
    package static func plan(
        _ request: CommandRequest, for migration: Migration, gauges: [ShardName: ShardGauges],
        blockers: [ShardName: [Blocker]], reason: String, at now: Timestamp
    ) -> CommandPlan {
        let command = command(request, blockers: blockers, reason: reason)
        var refusal: Refusal?
        do { try narrowing(request, migration.spec.fleet); try Admission.check(command, on: migration) } catch { refusal = error }
        let chosen = request.shards.isEmpty ? migration.spec.shards : request.shards
        let lines = describe(command, migration, chosen, gauges, blockers, now)
        let tier = tier(command)
        let confirmation =
            tier == .destructive
            ? "\(word(command)) \(affected(command, chosen, migration)) \(migration.spec.table)" : nil
        let state = migration.spec.shards.map { "\($0)\(migration.shards[$0]?.phase.letter ?? "-")" }.joined()
        // What moves by itself all the time, rows copied and locks taken, is shown and is no reason to ask again.
        let still = blockers.mapValues { $0.map(\.withoutFigures) }
        let firm = describe(command, migration, chosen, [:], still, now)
        let text =
            PlanHash.text(of: firm) + state + (refusal?.reason ?? "")
            + request.verb.rawValue
        return CommandPlan(
            request: request, command: command, tier: tier, title: title(command), lines: lines, refusal: refusal,
            confirmation: confirmation, checkedAt: now, hash: PlanHash.of(text))
    }

    private static func command(_ request: CommandRequest, blockers: [ShardName: [Blocker]], reason: String) -> Command {
        switch request.verb {
        case .launch: .launch
        case .postpone: .postpone
        case .complete: .complete
        case .cancel: .cancel
        case .retry: .retry(request.shards)
        case .forceCutOver: .forceCutOver(ending: blockers.filter { !$0.value.isEmpty })
        case .throttle: .throttle(request.shards, reason: reason)
        case .unthrottle: .unthrottle(request.shards)
        case .revert: .revert
        case .threshold: .setThreshold(request.options.threshold ?? .seconds(10))
        case .cleanup: .cleanup
        }
    }

    /// All shards cut over together or none does: such verbs cannot be aimed at some of them.
    private static func narrowing(_ request: CommandRequest, _ fleet: FleetKind) throws(Refusal) {
        switch request.verb {
        case .throttle where fleet == .vitess, .unthrottle where fleet == .vitess:
            guard request.shards.isEmpty else {
                throw Refusal(
                    "Vitess throttles a migration on every shard of its keyspace or on none",
                    advice: "clear the marks, or leave --shards out")
            }
        case .retry, .throttle, .unthrottle: return
        case .launch, .postpone, .complete, .cancel, .forceCutOver, .revert, .threshold, .cleanup:
            guard request.shards.isEmpty else {
                throw Refusal(
                    "\(request.verb.rawValue) acts on all shards of a migration: they cut over together or not at all",
                    advice: "clear the marks, or leave --shards out")
            }
        }
    }

    private static func tier(_ command: Command) -> CommandPlan.Tier {
        switch command {
        case .postpone, .throttle, .unthrottle: .brake
        case .launch, .complete, .retry, .setThreshold: .noticeable
        case .cancel, .forceCutOver, .revert, .cleanup: .destructive
        }
    }

    private static func title(_ command: Command) -> String {
        switch command {
        case .forceCutOver: "FORCE CUT-OVER"
        case .launch, .postpone, .complete, .cancel, .retry, .throttle, .unthrottle, .revert, .setThreshold, .cleanup:
            command.verb.rawValue.uppercased()
        }
    }

    private static func word(_ command: Command) -> String {
        if case .forceCutOver = command { "force" } else { command.verb.rawValue }
    }

    private static func affected(_ command: Command, _ chosen: [ShardName], _ migration: Migration) -> Int {
        chosen.count
    }

    private static func describe(
        _ command: Command, _ migration: Migration, _ chosen: [ShardName], _ gauges: [ShardName: ShardGauges],
        _ blockers: [ShardName: [Blocker]], _ now: Timestamp
    ) -> [CommandPlan.Line] {
        let spec = migration.spec
        let all = spec.shards.count
        var lines = [line("Migration", "\(spec.qualifiedTable) \(spec.id.short): \(spec.statement)")]
        if spec.fleet == .vitess {
            return lines + VitessDialog(migration: migration, gauges: gauges, blockers: blockers, now: now).lines(command)
        }
        let held = Figures.duration(spec.policy.cutOver.lockWait + spec.policy.cutOver.threshold)
        switch command {
        case .launch:
            lines += [
                line("Runs", "shadow table, row copy and binlog tail on each shard"),
                line("Acts on", "\(all) of \(all) shards, now"),
                line("Holds", "nothing: writes go on"),
                line("Undo", "cancel drops what was created"),
            ]
        case .postpone:
            lines += [
                line("Acts on", "\(all) of \(all) shards"),
                line("Effect", "no cut-over starts; one whose commit is not journalled yet is aborted"),
                line("Undo", "complete"),
            ]
        case .complete:
            lines += [
                line("Runs", "on every shard: lock \(spec.table), drain the tail, swap the tables, unlock"),
                line("Acts on", "\(all) of \(all) shards, together: all hold, then all swap, or none does"),
                line("Holds", "reads and writes of \(spec.table) on every shard for up to \(held)"),
                line("If one fails", "no shard swaps; next attempt after \(nextWait(migration))"),
                line("Keeps", "the old table for \(Figures.duration(spec.policy.keepOldTable))"),
                line("Undo", "postpone, until the commit; none after it"),
            ]
        case .forceCutOver:
            let ending = chosen.flatMap { name in (blockers[name] ?? []).map { (name, $0) } }
            lines.append(line("Acts on", "\(all) of \(all) shards, together, now"))
            if ending.isEmpty { lines.append(line("Ends", "nothing: no transaction is in the way now")) }
            for (name, blocker) in ending { lines.append(line("Ends", "\(name.shard): \(describe(blocker))")) }
            lines += [
                line("Holds", "reads and writes of \(spec.table) on every shard for up to \(held)"),
                line("Sticky", "no: a transaction that comes later is not ended"),
                line("Undo", "ended transactions roll back and are lost to their applications"),
            ]
        case .cancel:
            let rows = chosen.reduce(RowCount(0)) { $0 + (gauges[$1]?.rowsCopied ?? 0) }
            lines += [
                line("Acts on", "\(all) of \(all) shards, now"),
                line("Drops", "the shadow tables with \(Figures.count(rows)) copied rows; \(spec.table) is not touched"),
                line("Undo", "none: a new migration starts from the first row"),
            ]
        case .retry:
            let failed = chosen.filter { if case .failed = migration.shards[$0]?.state { true } else { false } }
            lines += [
                line("Acts on", "\(failed.count) of \(all) shards: \(failed.map(\.shard).joined(separator: " "))"),
                line("Runs", "preflight, shadow table and copy from the first row"),
            ]
        case .throttle(_, let reason):
            lines += [
                line("Acts on", "\(chosen.count) of \(all) shards"),
                line("Effect", "the copy holds until unthrottle; the tail is still applied"),
                line("Note", reason.isEmpty ? "no reason given" : reason), line("Undo", "unthrottle"),
            ]
        case .unthrottle:
            lines += [line("Acts on", "\(chosen.count) of \(all) shards"), line("Effect", "the copy goes on")]
        case .revert:
            lines += [
                line("Acts on", "\(all) of \(all) shards"), line("Effect", "every shard goes back to the old schema"),
                line("Undo", "a new migration with the same change"),
            ]
        case .setThreshold(let threshold):
            lines += [
                line("Acts on", "\(all) of \(all) shards"),
                line("Effect", "a later cut-over holds reads and writes for up to \(Figures.duration(threshold))"),
                line("Undo", "another threshold"),
            ]
        case .cleanup:
            let tables = migration.shards.values.reduce(0) { $0 + $1.artifacts.count }
            lines += [
                line("Drops", "\(tables) tables, the old tables with their rows included"),
                line("Acts on", "\(all) of \(all) shards, now"), line("Undo", "none"),
            ]
        }
        return lines
    }

    private static func nextWait(_ migration: Migration) -> String {
        let wait = migration.spec.policy.cutOver.wait(beforeAttempt: migration.attemptsMade + 2)
        return Figures.duration(wait)
    }

    /// `connection 912, trx 8812, since 14:02:11Z, svc_bill@10.4.7.19, 18204 row locks`.
    package static func describe(_ blocker: Blocker) -> String {
        let transaction = blocker.transaction.isEmpty ? "" : ", trx \(blocker.transaction)"
        let locks = blocker.rowsLocked.map { ", \($0) row locks" } ?? ""
        return "connection \(blocker.connection)\(transaction), since \(blocker.since.clockText), "
            + "\(blocker.user)@\(blocker.host)\(locks)"
    }

    private static func line(_ label: String, _ text: String) -> CommandPlan.Line { .init(label: label, text: text) }
}

extension Blocker {
    /// The transaction itself, without what it has done so far.
    fileprivate var withoutFigures: Blocker {
        Blocker(
            connection: connection, transaction: transaction, since: since, user: user, host: host, lastStatement: nil,
            rowsLocked: nil)
    }
}
