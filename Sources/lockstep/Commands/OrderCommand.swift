internal import ArgumentParser
internal import Core

/// One of the operator's orders: shows what it would do, asks, and carries it out.
protocol OrderCommand: AsyncParsableCommand {
    static var verb: Verb { get }
    var order: OrderOptions { get }
    /// What the verb takes besides its target.
    func options() throws -> CommandOptions
}

/// What every order takes.
struct OrderOptions: ParsableArguments {
    @Argument(
        help: ArgumentHelp("The migration: its id or the beginning of it. Default: the only one.", valueName: "id"))
    var id: String?

    @Flag(name: [.short, .long], help: "Do not ask. Not enough for orders that destroy something: see --confirm.")
    var yes = false

    @Option(
        name: .long,
        help: ArgumentHelp("The text that the plan asks to be typed, such as \"cancel 4 orders\".", valueName: "text"))
    var confirm: String?

    @Option(name: .long, help: "Why, for the journal. Needed by orders that destroy something.")
    var reason: String?

    @Flag(name: .long, help: "Follow the migration until the order has taken effect.")
    var wait = false

    @Option(
        name: .long, parsing: .unconditionalSingleValue,
        help: ArgumentHelp(
            "Only these shards, by name, with commas between; may be repeated. Without it all of them. Where shards cut over "
                + "together or not at all, only retry, throttle and unthrottle can be narrowed.", valueName: "shards"))
    var shards: [String] = []

    @OptionGroup var fleetOptions: FleetOptions

    /// The names in `--shards`.
    var shardNames: [String] { shards.flatMap { $0.split(separator: ",").map(String.init) } }
}

extension OrderCommand {
    func options() throws -> CommandOptions { CommandOptions() }

    func run() async throws {
        let link = try order.fleetOptions.link(seeking: order.id)
        let fleet = try await link.ask { service throws(ServiceError) in try await service.snapshot() }
        let migration = try Self.choose(order.id, fleet)
        let request = CommandRequest(
            verb: Self.verb, migration: migration.spec.id, shards: try Self.shards(order.shardNames, of: migration),
            options: try options())
        let plan = try await link.ask { service throws(ServiceError) in try await service.plan(request) }
        Output.errors([plan.title] + Columns.lines(plan.lines.map { ["  " + $0.label, $0.text] }))
        if let refusal = plan.refusal { throw Ending(refusal) }
        let reason = try await Confirmation(order: order).confirm(plan)
        let receipt = try await link.ask { service throws(ServiceError) in
            try await service.perform(request, planHash: plan.hash, by: Person.current, reason: reason)
        }
        let word = receipt.report.isEmpty ? "accepted" : "sent"
        Output.line("\(receipt.at.clockText) \(receipt.verb.rawValue) of \(migration.spec.id.short) \(word)")
        Output.lines(receipt.report.map { "  \($0)" })
        if order.wait {
            let goal = Self.goal(request, migration)
            try await link.served { () async throws(Ending) in
                try await Follower(link: link, id: migration.spec.id).follow(until: goal)
            }
        }
    }

    private static func choose(_ id: String?, _ fleet: FleetSnapshot) throws(Ending) -> MigrationSnapshot {
        switch verb {
        case .cleanup: try Choice.migration(id, in: fleet, fits: Self.keepsSomething, what: "keeps anything to drop")
        case .revert:
            try Choice.migration(id, in: fleet, fits: { $0.refusal(of: .revert) == nil }, what: "can be reverted")
        case .launch, .postpone, .complete, .cancel, .retry, .forceCutOver, .throttle, .unthrottle, .threshold:
            try Choice.migration(id, in: fleet)
        }
    }

    private static func keepsSomething(_ migration: MigrationSnapshot) -> Bool {
        migration.endedAt != nil && migration.shards.contains { !$0.artifacts.isEmpty }
    }

    /// Full names, or the shard's part alone.
    private static func shards(_ names: [String], of migration: MigrationSnapshot) throws(Ending) -> [ShardName] {
        var shards: [ShardName] = []
        for name in names {
            guard let shard = migration.spec.shards.first(where: { $0.shard == name || $0.description == name }) else {
                throw Ending(
                    Ending.Code.refused,
                    [
                        "\(name) is no shard of \(migration.spec.id.short).",
                        "  allowed  \(migration.spec.shards.map(\.shard).joined(separator: ", "))",
                    ])
            }
            shards.append(shard)
        }
        return shards
    }

    /// When the order has taken effect.
    private static func goal(_ request: CommandRequest, _ migration: MigrationSnapshot) -> Follower.Goal {
        let chosen = Set(request.shards.isEmpty ? migration.spec.shards : request.shards)
        return switch migration.fleet {
        case .plain: plainGoal(chosen)
        case .vitess: vitessGoal(chosen)
        }
    }

    private static func plainGoal(_ chosen: Set<ShardName>) -> Follower.Goal {
        switch verb {
        case .complete, .forceCutOver: .ended
        case .launch: .seen("launched") { $0.state != .postponedLaunch }
        case .postpone:
            .seen("postponed") {
                if case .postponed = $0.completion, case .gathering = $0.barrier { true } else { false }
            }
        case .cancel: .seen("cancelled") { $0.state == .cancelled }
        case .retry: .seen("running again") { !$0.shards.contains { chosen.contains($0.name) && $0.failure != nil } }
        case .throttle:
            .seen("throttled") { !$0.shards.contains { chosen.contains($0.name) && $0.manualThrottle == nil } }
        case .unthrottle:
            .seen("not throttled") { !$0.shards.contains { chosen.contains($0.name) && $0.manualThrottle != nil } }
        case .revert: .seen("reverted") { $0.state == .reverted }
        case .threshold: .seen("accepted") { _ in true }
        case .cleanup: .clean
        }
    }

    /// Shards of Vitess go their own ways: each of the chosen ones has to get there. What shows at once was reported with the
    /// answer.
    private static func vitessGoal(_ chosen: Set<ShardName>) -> Follower.Goal {
        func all(_ what: String, _ holds: @escaping @Sendable (ShardSnapshot) -> Bool) -> Follower.Goal {
            .seen(what) { $0.shards.allSatisfy { !chosen.contains($0.name) || holds($0) } }
        }
        return switch verb {
        case .complete, .forceCutOver: all("cut over") { $0.phase == .done || $0.phase == .reverted }
        case .cancel: all("cancelled") { $0.phase == .cancelled }
        case .retry: all("running again") { $0.phase != .failed && $0.phase != .cancelled }
        case .launch, .postpone, .throttle, .unthrottle, .revert, .threshold, .cleanup: .seen("sent") { _ in true }
        }
    }
}

/// A person's consent to a plan, from the command line or from the terminal.
struct Confirmation {
    let order: OrderOptions

    /// - Returns: the reason, for the journal.
    func confirm(_ plan: CommandPlan) async throws(Ending) -> String {
        switch plan.tier {
        case .brake, .noticeable:
            if !order.yes {
                guard Output.isTerminal else { throw notAsked("--yes") }
                Output.prompt("Carry it out? [y/N] ")
                guard ["y", "yes"].contains((await Output.answer() ?? "").lowercased()) else { throw Self.declined }
            }
            return order.reason ?? ""
        case .destructive:
            let reason = try await reason()
            guard let wanted = plan.confirmation else { return reason }
            if let typed = order.confirm {
                guard typed == wanted else {
                    throw Ending(
                        Ending.Code.refused,
                        ["Refused: --confirm says \"\(typed)\", the plan asks for \"\(wanted)\". Nothing was changed."])
                }
                return reason
            }
            guard Output.isTerminal else { throw notAsked("--confirm \"\(wanted)\"") }
            Output.prompt("Type \"\(wanted)\" to carry it out: ")
            guard await Output.answer() == wanted else { throw Self.declined }
            return reason
        }
    }

    private func reason() async throws(Ending) -> String {
        var reason = order.reason ?? ""
        if reason.isEmpty {
            guard Output.isTerminal else { throw notAsked("--reason") }
            Output.prompt("Reason: ")
            reason = await Output.answer() ?? ""
        }
        guard reason.contains(where: { $0 != " " }) else {
            throw Ending(Ending.Code.usage, "An order that destroys something needs a reason. Nothing was changed.")
        }
        return reason
    }

    private static let declined = Ending(Ending.Code.refused, "Not confirmed. Nothing was changed.")

    private func notAsked(_ option: String) -> Ending {
        Ending(
            Ending.Code.usage,
            [
                "Nobody can be asked: this is no terminal. Nothing was changed.",
                "  next    look at the plan above, then add \(option)",
            ])
    }
}
