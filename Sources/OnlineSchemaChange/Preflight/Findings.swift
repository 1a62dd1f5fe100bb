package import Core

/// What speaks against a migration, and what should be known before it.
package struct Findings: Sendable, Equatable {
    /// Anything here stops the migration.
    package var refusals: [Failure] = []
    /// What an operator may accept; whole sentences.
    package var warnings: [String] = []

    /// Nothing found.
    package init() {}

    /// Adds a refusal. Nothing was changed yet, whenever preflight runs.
    mutating func refuse(_ what: String, cause: String? = nil, next: String, _ kind: Failure.Kind = .preflightRefused) {
        refusals.append(Failure(kind, what, cause: cause, now: "nothing was changed", next: next))
    }

    /// Adds a warning.
    mutating func warn(_ text: String) { warnings.append(text) }

    /// Adds another's.
    mutating func add(_ other: Findings) {
        refusals += other.refusals
        warnings += other.warnings
    }
}
