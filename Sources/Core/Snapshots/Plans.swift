/// What a migration would do on one shard, or why it would not.
package struct ShardPlan: Codable, Equatable, Sendable {
    package let shard: ShardName
    /// `MariaDB 10.11.19 at 127.0.0.1:3306`; empty when it did not answer.
    package let server: String
    /// The table's definition as it is now: short fingerprint and canonical text. Empty when it could not be read.
    package let fingerprint: String
    package let definition: String
    package let keyName: String?
    package let keyColumns: [String]
    package let estimatedRows: RowCount?
    /// Data and indexes of the table now.
    package let tableBytes: ByteCount?
    package let spaceNeeded: ByteCount?
    /// `nil` when the server does not tell.
    package let spaceFree: ByteCount?
    /// Anything here stops the migration.
    package let refusals: [Failure]
    /// What an operator should know and may accept.
    package let warnings: [String]
    /// How the shard is expected to do it, where that is not the manifest's to say.
    package let forecast: ChangeForecast?

    package init(
        shard: ShardName, server: String, fingerprint: String, definition: String, keyName: String?,
        keyColumns: [String], estimatedRows: RowCount?, tableBytes: ByteCount?, spaceNeeded: ByteCount?,
        spaceFree: ByteCount?, refusals: [Failure], warnings: [String], forecast: ChangeForecast? = nil
    ) {
        self.shard = shard
        self.server = server
        self.fingerprint = fingerprint
        self.definition = definition
        self.keyName = keyName
        self.keyColumns = keyColumns
        self.estimatedRows = estimatedRows
        self.tableBytes = tableBytes
        self.spaceNeeded = spaceNeeded
        self.spaceFree = spaceFree
        self.refusals = refusals
        self.warnings = warnings
        self.forecast = forecast
    }
}

/// The plans of all shards, and what only their comparison shows.
package struct FleetPlan: Codable, Equatable, Sendable {
    package let shards: [ShardPlan]
    /// Refusals that concern the fleet: drift between shards, and shards that would do the change differently.
    package let refusals: [Failure]

    /// Compares the forecasts, unless mixed ones are allowed, and the fingerprints: the most common one is the reference, ties go to
    /// the first shard.
    package init(
        shards: [ShardPlan], allowsMixedInstant: Bool, differences: (_ reference: ShardPlan, _ other: ShardPlan) -> [String]
    ) {
        self.shards = shards
        let forecasts = shards.compactMap { plan in plan.forecast.map { (plan.shard, $0) } }
        let mixture = allowsMixedInstant ? nil : ChangeForecast.mixture(forecasts)
        let known = shards.filter { !$0.fingerprint.isEmpty }
        let counts = Dictionary(grouping: known, by: \.fingerprint).mapValues(\.count)
        guard counts.count > 1, let most = counts.values.max(),
            let reference = known.first(where: { counts[$0.fingerprint] == most })
        else {
            refusals = [mixture].compactMap(\.self)
            return
        }
        let drift = known.filter { $0.fingerprint != reference.fingerprint }.map { other in
            Failure(
                .schemaDrift,
                "\(other.shard) has another definition of the table than \(reference.shard) and \(most - 1) others.",
                cause: differences(reference, other).joined(separator: "; "),
                now: "nothing was changed on any shard",
                next: "bring the shards to one definition, then plan again")
        }
        refusals = drift + [mixture].compactMap(\.self)
    }

    package var isRefused: Bool { !refusals.isEmpty || shards.contains { !$0.refusals.isEmpty } }
    /// The one fingerprint of a fleet without drift.
    package var fingerprint: String? { isRefused ? nil : shards.first?.fingerprint }
}

/// What a command would do, in the words of the dialog, with a hash that changes when any of it does.
package struct CommandPlan: Codable, Equatable, Sendable {
    package enum Tier: Int, Codable, Sendable {
        /// Reversible and harmless.
        case brake = 0
        /// Users may notice.
        case noticeable = 1
        /// Destroys work or ends transactions.
        case destructive = 2
    }
    /// A labelled line of the dialog: `Holds`, `writes to orders ... for up to 1.0s`.
    package struct Line: Codable, Equatable, Sendable {
        package let label: String
        package let text: String
        package init(label: String, text: String) {
            self.label = label
            self.text = text
        }
    }
    package let request: CommandRequest
    package let command: Command
    package let tier: Tier
    /// `COMPLETE`, `FORCE CUT-OVER`.
    package let title: String
    package let lines: [Line]
    /// Why it would be refused; the dialog shows it and offers nothing.
    package let refusal: Refusal?
    /// What must be typed to confirm a destructive command: `force 1 orders`. `nil` for the others.
    package let confirmation: String?
    package let checkedAt: Timestamp
    package let hash: String

    package init(
        request: CommandRequest, command: Command, tier: Tier, title: String, lines: [Line], refusal: Refusal?,
        confirmation: String?, checkedAt: Timestamp, hash: String
    ) {
        self.request = request
        self.command = command
        self.tier = tier
        self.title = title
        self.lines = lines
        self.refusal = refusal
        self.confirmation = confirmation
        self.checkedAt = checkedAt
        self.hash = hash
    }
}
