package import Core
package import Schema

/// One table as its server describes it: the model that decisions look at, and what only preflight and the shadow need.
package struct InspectedTable: Sendable, Equatable {
    /// What stands behind the name.
    package enum Kind: Sendable, Equatable {
        /// An ordinary table.
        case table
        /// A view.
        case view
        /// A MariaDB sequence.
        case sequence
        /// A MariaDB table that keeps its history.
        case systemVersioned
        /// Anything else, in the server's words (`TABLE_TYPE`).
        case other(String)
    }

    /// The database, as the server spells it.
    package let database: String
    /// What it is; only for `.table` the fields below are complete.
    package let kind: Kind
    /// The definition.
    package let model: TableModel
    /// `ROW_FORMAT`, such as `Dynamic`; empty when the server does not tell.
    package let rowFormat: String
    /// Data and clustered index, as last estimated by the server; `nil` when it does not tell.
    package let dataBytes: ByteCount?
    /// Secondary indexes, as last estimated by the server; `nil` when it does not tell.
    package let indexBytes: ByteCount?
    /// The server's estimate; `nil` when it does not tell.
    package let estimatedRows: RowCount?
    /// `SHOW CREATE TABLE`; empty unless it is a table.
    package let createStatement: String
    /// Foreign keys of tables that the user may not see, as `database.table`: they point at this table.
    package let hiddenReferences: [String]

    /// A table from its parts.
    package init(
        database: String, kind: Kind, model: TableModel, rowFormat: String, dataBytes: ByteCount?,
        indexBytes: ByteCount?, estimatedRows: RowCount?, createStatement: String, hiddenReferences: [String] = []
    ) {
        self.database = database
        self.kind = kind
        self.model = model
        self.rowFormat = rowFormat
        self.dataBytes = dataBytes
        self.indexBytes = indexBytes
        self.estimatedRows = estimatedRows
        self.createStatement = createStatement
        self.hiddenReferences = hiddenReferences
    }

    /// Data and indexes together; `nil` when either is unknown.
    package var bytes: ByteCount? {
        guard let dataBytes, let indexBytes else { return nil }
        return dataBytes + indexBytes
    }
    /// The table's name, as the server spells it.
    package var name: String { model.name }
    /// What the fingerprint of the definition is.
    package var fingerprint: SchemaFingerprint { SchemaFingerprint(of: model) }
}
