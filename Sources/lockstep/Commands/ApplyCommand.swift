internal import ArgumentParser
internal import Core
internal import Manifests

/// `lockstep apply`: submits a manifest to the engine.
struct ApplyCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "apply", abstract: "Submit a manifest to the engine; prints the migration's id.",
        discussion: """
            The engine plans on every shard first and journals the migration only if none refuses. Submitting the same content \
            with the same --id again changes nothing and prints the same id.
            """)

    @OptionGroup var manifest: ManifestOptions

    @Option(
        name: .long, help: ArgumentHelp("The migration's id: 32 hex digits or a UUID. Default: drawn.", valueName: "id")
    )
    var id: String?

    @Flag(name: .long, help: "Follow the migration until it has ended.")
    var wait = false

    @OptionGroup var engineOptions: EngineOptions

    func run() async throws {
        let manifest = try manifest.read()
        let link = engineOptions.link
        let migration = try await Self.submit(manifest, id: try identifier(), to: link)
        Output.line(migration.spec.id.hex)
        if wait { try await Follower(link: link, id: migration.spec.id).follow(until: .ended) }
    }

    /// As `apply` does it, for the demo too.
    static func submit(
        _ manifest: MigrationManifest, id: MigrationID, to link: FleetLink
    ) async throws(Ending) -> MigrationSnapshot {
        let submission = Submission(
            id: id, name: manifest.name, keyspace: manifest.keyspace, table: manifest.table, alter: manifest.alter,
            sql: manifest.sql, strategy: manifest.strategy, policy: manifest.policy)
        return try await link.ask { service throws(ServiceError) in
            try await service.submit(submission, by: Person.current)
        }
    }

    private func identifier() throws -> MigrationID {
        guard let id else {
            var generator = SystemRandomNumberGenerator()
            return MigrationID(using: &generator)
        }
        guard let known = MigrationID(id) else {
            throw ValidationError("--id must be 32 hex digits, with or without the dashes of a UUID")
        }
        return known
    }
}
