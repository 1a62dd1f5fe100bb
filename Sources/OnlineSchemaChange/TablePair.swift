package import MySQLClient
package import Schema

/// What copy, apply, verify and cut-over know of the two tables: names, the key that identifies a row, and which column of the
/// original becomes which column of the shadow. Made once, after the server has altered the shadow.
package struct TablePair: Sendable {
    /// A column that both tables have and that is written by us: generated columns compute themselves.
    package struct Column: Sendable {
        /// Its place in the original table's rows, from 0: the index into a binlog image.
        package let ordinal: Int
        package let original: Identifier
        package let shadow: Identifier
        package let originalModel: ColumnModel
        package let shadowModel: ColumnModel
    }

    package let database: Identifier
    package let original: QualifiedName
    package let shadow: QualifiedName
    /// The name the original table gets at the swap, and the sentry's until then.
    package let old: QualifiedName
    /// The key's index on the original table.
    package let keyIndex: Identifier
    /// The same key's index on the shadow table.
    package let shadowKeyIndex: Identifier
    /// In key order; never empty, never NULL.
    package let key: [Column]
    /// Every column to be written, in the original's order; the key's are among them.
    package let columns: [Column]
    /// How many columns a row of the original has, generated ones included: the width of its binlog images.
    package let originalColumnCount: Int
    /// Unique indexes of the shadow that no unique index of the original implies: the application may still write rows that
    /// break them.
    package let newUniqueKeys: [String]

    package init(
        database: Identifier, original: QualifiedName, shadow: QualifiedName, old: QualifiedName, keyIndex: Identifier,
        shadowKeyIndex: Identifier, key: [Column], columns: [Column], originalColumnCount: Int, newUniqueKeys: [String] = []
    ) {
        self.database = database
        self.original = original
        self.shadow = shadow
        self.old = old
        self.keyIndex = keyIndex
        self.shadowKeyIndex = shadowKeyIndex
        self.key = key
        self.columns = columns
        self.originalColumnCount = originalColumnCount
        self.newUniqueKeys = newUniqueKeys
    }
}
