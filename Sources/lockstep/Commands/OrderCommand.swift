internal import ArgumentParser
internal import Core

/// One of the operator's orders: shows what it would do, asks, and carries it out.
protocol OrderCommand: AsyncParsableCommand {
    static var verb: Verb { get }
    var order: OrderOptions { get }
    /// Shards it is narrowed to; empty means all.
    var shardNames: [String] { get }
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

    @OptionGroup var engineOptions: EngineOptions
}

/// `--shards`, for the orders that can be narrowed.
struct ShardOptions: ParsableArguments {
    @Option(
        name: .long, parsing: .upToNextOption,
        help: ArgumentHelp("Only these shards, by name; all of them without it.", valueName: "shard"))
    var shards: [String] = []
}

extension OrderCommand {
    var shardNames: [String] { [] }

    func run() async throws {
        let link = order.engineOptions.link
        let fleet = try await link.ask { service throws(ServiceError) in try await service.snapshot() }
        let migration = try Self.choose(order.id, fleet)
        let request = CommandRequest(
            verb: Self.verb, migration: migration.spec.id, shards: try Self.shards(shardNames, of: migration))
        let plan = try await link.ask { service throws(ServiceError) in try await service.plan(request) }
        Output.errors([plan.title] + Columns.lines(plan.lines.map { ["  " + $0.label, $0.text] }))
        if let refusal = plan.refusal { throw Ending(refusal) }
        let reason = try await Confirmation(order: order).confirm(plan)
        let receipt = try await link.ask { service throws(ServiceError) in
            try await service.perform(request, planHash: plan.hash, by: Person.current, reason: reason)
        }
        Output.line("\(receipt.at.clockText) \(receipt.verb.rawValue) of \(migration.spec.id.short) accepted")
        if order.wait {
            try await Follower(link: link, id: migration.spec.id).follow(
                until: Self.goal(request, migration.spec.shards))
        }
    }

    private static func choose(_ id: String?, _ fleet: FleetSnapshot) throws(Ending) -> MigrationSnapshot {
        guard verb == .cleanup else { return try Choice.migration(id, in: fleet) }
        return try Choice.migration(id, in: fleet, fits: Self.keepsSomething, what: "keeps anything to drop")
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
    private static func goal(_ request: CommandRequest, _ all: [ShardName]) -> Follower.Goal {
        let chosen = Set(request.shards.isEmpty ? all : request.shards)
        return switch verb {
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
