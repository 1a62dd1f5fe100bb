/// Why a statement is not accepted as a migration: where, what, why, and what to do instead. Nothing has changed.
package struct AlterRefusal: Error, Equatable, Sendable {
    /// The kind of refusal, for tests and for choosing an exit code.
    package enum Kind: String, Codable, Equatable, Sendable {
        /// No statement or no clause.
        case empty
        /// Text that cannot be cut into SQL tokens, or parentheses that do not match.
        case malformed
        /// Something behind a `;`.
        case severalStatements
        /// Another statement than ALTER TABLE.
        case notAnAlter
        /// `/*! … */` or `/*M! … */`.
        case executableComment
        /// A modifier that changes how the server would run the ALTER: `ONLINE`, `IGNORE`, `WAIT`, `NOWAIT`.
        case modifier
        /// `RENAME TO`.
        case tableRename
        /// `ALGORITHM=` or `LOCK=`.
        case algorithmOrLock
        /// `ADD FOREIGN KEY`, or `REFERENCES` in a column.
        case foreignKey
        /// An engine other than InnoDB.
        case engine
        /// A clause that acts on the data of single partitions.
        case partitionMaintenance
        /// `DISCARD TABLESPACE` or `IMPORT TABLESPACE`.
        case tablespace
        /// `DROP COLUMN x, ADD COLUMN x`.
        case dropAndAddSameColumn
        /// One column renamed twice, or two columns renamed to one name.
        case conflictingRenames
        /// `ADD SYSTEM VERSIONING` and its kin.
        case systemVersioning
    }

    /// The kind of refusal.
    package let kind: Kind
    /// Where in the text; the start for a statement that is empty.
    package let position: SourcePosition
    /// What was found, as the start of a sentence.
    package let what: String
    /// Why it cannot be accepted, as a sentence.
    package let why: String
    /// What to do instead, as a sentence.
    package let advice: String

    /// All of it in one line: `line 1, column 8: ALGORITHM is not accepted. … …`
    package var message: String { "\(position): \(what). \(why) \(advice)" }
}
