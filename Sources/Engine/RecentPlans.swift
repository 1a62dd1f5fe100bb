internal import Core

/// The plans handed out lately, so that an order with an old one can be told what has changed since.
struct RecentPlans {
    private static let limit = 64

    private struct Kept {
        let plan: CommandPlan
        let phases: [ShardName: Phase]
    }
    private var kept: [Kept] = []

    mutating func add(_ plan: CommandPlan, _ migration: Migration) {
        kept.removeAll { $0.plan.hash == plan.hash }
        kept.append(Kept(plan: plan, phases: migration.shards.mapValues(\.phase)))
        if kept.count > Self.limit { kept.removeFirst() }
    }

    /// The refusal of an order whose plan no longer holds: it says what is different now.
    func refusal(of hash: String, now plan: CommandPlan, _ migration: Migration) -> Refusal {
        let advice = "look at the new plan, then confirm it"
        guard let old = kept.first(where: { $0.plan.hash == hash && $0.plan.request == plan.request }) else {
            return Refusal("the plan is not known to this engine any more", advice: advice)
        }
        var changes: [String] = []
        if plan.refusal != old.plan.refusal {
            changes.append(plan.refusal.map { "it would be refused now: \($0.reason)" } ?? "it would be admitted now")
        }
        let before = Set(old.plan.lines.map(\.text))
        let after = Set(plan.lines.map(\.text))
        changes += plan.lines.filter { !before.contains($0.text) }.map { "\($0.label): now \($0.text)" }
        changes += old.plan.lines.filter { !after.contains($0.text) }.map { "\($0.label): no longer \($0.text)" }
        for name in migration.spec.shards {
            guard let phase = migration.shards[name]?.phase, let was = old.phases[name], was != phase else { continue }
            changes.append("\(name) was \(was.word), is \(phase.word)")
        }
        let shown = changes.prefix(4).joined(separator: "; ")
        return Refusal("something changed since the plan was shown: \(shown)", advice: advice)
    }
}
