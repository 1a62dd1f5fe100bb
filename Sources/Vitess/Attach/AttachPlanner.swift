package import Core

/// Makes the plan of a command on a migration that Vitess runs: pure, from rows read just now.
package enum AttachPlanner {
    /// A refused plan has its dialog too, and no statements.
    package static func plan(_ request: CommandRequest, on migration: MigrationReading, reason: String) -> AttachPlan {
        let verb = request.verb
        var refusal: Refusal?
        var throttle: Throttle?
        var threshold: CutOverThreshold?
        do throws(Refusal) {
            try AttachAdmission.check(verb, on: migration, chosen: request.shards)
            throttle = try self.throttle(request)
            threshold = try self.threshold(request)
        } catch { refusal = error }

        let reading = OutlookReading(verb: verb)
        let chosen =
            request.shards.isEmpty ? migration.shards : migration.shards.filter { request.shards.contains($0.name) }
        let outlook = chosen.map { ($0.name, reading.outlook(of: $0)) }
        let names = outlook.filter { $0.1.isSent }.map(\.0)
        if refusal == nil, names.isEmpty { refusal = Self.withoutEffect(outlook) }
        let steps = AttachSteps(migration: migration, names: names, throttle: throttle, threshold: threshold)
        let statements = refusal == nil ? steps.steps(verb) : []
        let dialog = AttachDialog(
            request: request, migration: migration, outlook: outlook, statements: statements,
            remembersCompletion: steps.remembersCompletion)
        let tier = dialog.tier
        let plan = CommandPlan(
            request: request, command: command(request, reason: reason), tier: tier, title: dialog.title,
            lines: dialog.lines,
            refusal: refusal,
            confirmation: tier == .destructive ? "\(dialog.word) \(names.count) \(migration.table)" : nil,
            checkedAt: migration.now,
            hash: PlanHash.of(firm(dialog, statements, outlook, migration, refusal)))
        return AttachPlan(
            plan: plan, steps: statements, outlook: Dictionary(outlook, uniquingKeysWith: { first, _ in first }))
    }

    /// The order would do nothing on any shard that it can be sent to.
    private static func withoutEffect(_ outlook: [(ShardName, ShardOutlook)]) -> Refusal {
        var said: Set<String> = []
        let reasons = outlook.filter { said.insert($0.1.text).inserted }.prefix(3).map { "\($0.0.shard) \($0.1.text)" }
        return Refusal("it would do nothing on any shard: \(reasons.joined(separator: ", "))")
    }

    /// What makes it another plan: not the figures that move all the time.
    private static func firm(
        _ dialog: AttachDialog, _ steps: [[VitessStatement]], _ outlook: [(ShardName, ShardOutlook)],
        _ migration: MigrationReading, _ refusal: Refusal?
    ) -> String {
        let sent = steps.flatMap(\.self).map { "\($0.target.useText ?? "");\($0.text)" }.joined(separator: "\u{1E}")
        let shards = outlook.map { "\($0.0.shard)=\($0.1.label)" }.joined(separator: ",")
        let phases = migration.shards.map { shard in
            let row = shard.reading?.row
            return
                "\(shard.reading?.phase.letter ?? "-")\(row?.retries ?? 0)\(row?.postponeCompletion == true ? "p" : "")"
                + "\(row?.forceCutOver == true ? "f" : "")"
        }.joined(separator: ",")
        return [dialog.title, sent, shards, phases, dialog.stickyText, refusal?.reason ?? ""].joined(
            separator: "\u{1F}")
    }

    private static func command(_ request: CommandRequest, reason: String) -> Command {
        switch request.verb {
        case .launch: .launch
        case .postpone: .postpone
        case .complete: .complete
        case .cancel: .cancel
        case .retry: .retry(request.shards)
        case .forceCutOver: .forceCutOver(ending: [:])
        case .throttle: .throttle(request.shards, reason: reason)
        case .unthrottle: .unthrottle(request.shards)
        case .revert: .revert
        case .threshold: .setThreshold(request.options.threshold ?? .seconds(10))
        case .cleanup: .cleanup
        }
    }

    private static func throttle(_ request: CommandRequest) throws(Refusal) -> Throttle? {
        guard request.verb == .throttle else { return nil }
        guard
            let throttle = Throttle(ratio: request.options.ratio ?? 1, expiry: request.options.expiry ?? .seconds(3600))
        else {
            throw Refusal(
                "a throttle's ratio is above 0 and at most 1, its expiry 1s to 30 days", advice: "unthrottle ends one")
        }
        return throttle
    }

    private static func threshold(_ request: CommandRequest) throws(Refusal) -> CutOverThreshold? {
        guard request.verb == .threshold else { return nil }
        guard let asked = request.options.threshold else {
            throw Refusal("no threshold was given", advice: "name 5s to 30s")
        }
        guard let threshold = CutOverThreshold(asked) else {
            throw Refusal("a cut-over threshold is 5s to 30s, in whole seconds")
        }
        return threshold
    }
}
