internal import ArgumentParser
internal import Core

/// `lockstep status`: the fleet, or one migration, now.
struct StatusCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "status", abstract: "Show every migration, or one with its shards and why each waits.")

    @Argument(help: ArgumentHelp("The migration: its id or the beginning of it.", valueName: "id"))
    var id: String?

    @Flag(name: .long, help: "Print JSON.")
    var json = false

    @OptionGroup var fleetOptions: FleetOptions

    func run() async throws {
        let fleet = try await fleetOptions.link(seeking: id).ask { service throws(ServiceError) in try await service.snapshot() }
        let chosen = try id.map { text in try Choice.migration(text, in: fleet) }
        if json {
            try Output.json(StatusDocument(fleet, showing: chosen.map { [$0] } ?? fleet.migrations))
        } else if let chosen {
            Output.lines(StatusText.migration(chosen, at: fleet.at))
        } else {
            Output.lines(StatusText.fleet(fleet))
        }
    }
}

/// `lockstep watch`: what happens to a migration, a line an event.
struct WatchCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "watch", abstract: "Print what happens to a migration until it has ended.",
        discussion: "Exits 0 when it is done, 1 when it is cancelled, or failed and waits for a person.")

    @Argument(
        help: ArgumentHelp("The migration: its id or the beginning of it. Default: the one that runs.", valueName: "id")
    )
    var id: String?

    @OptionGroup var fleetOptions: FleetOptions

    func run() async throws {
        let link = try fleetOptions.link(seeking: id)
        let fleet = try await link.ask { service throws(ServiceError) in try await service.snapshot() }
        let migration = try Choice.migration(id, in: fleet)
        try await link.served { () async throws(Ending) in
            try await Follower(link: link, id: migration.spec.id).follow(until: .ended)
        }
    }
}
