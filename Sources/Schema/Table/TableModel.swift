/// One table as the server's catalog describes it: the only thing the decisions of this module look at.
///
/// A caller fills it from `information_schema` (`tables`, `columns`, `statistics`, `key_column_usage`,
/// `referential_constraints`, `triggers`, `partitions`, `check_constraints`).
package struct TableModel: Codable, Equatable, Sendable {
    /// The table's name, without its database.
    package var name: String
    /// The columns in table order.
    package var columns: [ColumnModel]
    /// The indexes in any order, `PRIMARY` included.
    package var indexes: [IndexModel]
    /// Foreign keys of this table that point at another one.
    package var outgoingForeignKeys: [ForeignKeyModel]
    /// Foreign keys of other tables that point at this one.
    package var incomingForeignKeys: [ForeignKeyModel]
    /// Names of the table's triggers.
    package var triggers: [String]
    /// CHECK constraints, MariaDB's column checks included.
    package var checks: [CheckModel]
    /// The storage engine, such as `InnoDB`.
    package var engine: String
    /// The default character set of new columns.
    package var characterSet: String
    /// The default collation of new columns.
    package var collation: String
    /// The next number the server gives out; `nil` without an AUTO_INCREMENT column.
    package var autoIncrement: UInt64?
    /// `CREATE_OPTIONS`, such as `row_format=COMPRESSED`.
    package var createOptions: String
    /// Whether the table is partitioned.
    package var isPartitioned: Bool

    /// A table; the facts most tables do not have default to absent.
    package init(
        name: String, columns: [ColumnModel], indexes: [IndexModel], outgoingForeignKeys: [ForeignKeyModel] = [],
        incomingForeignKeys: [ForeignKeyModel] = [], triggers: [String] = [], checks: [CheckModel] = [],
        engine: String = "InnoDB", characterSet: String = "utf8mb4", collation: String = "utf8mb4_general_ci",
        autoIncrement: UInt64? = nil, createOptions: String = "", isPartitioned: Bool = false
    ) {
        self.name = name
        self.columns = columns
        self.indexes = indexes
        self.outgoingForeignKeys = outgoingForeignKeys
        self.incomingForeignKeys = incomingForeignKeys
        self.triggers = triggers
        self.checks = checks
        self.engine = engine
        self.characterSet = characterSet
        self.collation = collation
        self.autoIncrement = autoIncrement
        self.createOptions = createOptions
        self.isPartitioned = isPartitioned
    }

    /// The column called `name` in any letter case; `nil` when there is none.
    package func column(_ name: String) -> ColumnModel? {
        columns.first { SQLName.same($0.name, name) }
    }
}

/// One index as `information_schema.statistics` describes it.
package struct IndexModel: Codable, Equatable, Sendable {
    /// One part of an index.
    package struct Part: Codable, Equatable, Sendable {
        /// The column; `nil` for an expression.
        package var column: String?
        /// Length in characters (bytes for binary types) when only the start of the value is indexed; `nil` for all of it.
        package var prefixLength: Int?
        /// Whether the column allows NULL.
        package var isNullable: Bool
        /// Whether the part is kept in descending order.
        package var isDescending: Bool
        /// The expression of a functional part; `nil` for a column.
        package var expression: String?

        /// A part; by default the whole of a NOT NULL column, ascending.
        package init(
            column: String?, prefixLength: Int? = nil, isNullable: Bool = false, isDescending: Bool = false,
            expression: String? = nil
        ) {
            self.column = column
            self.prefixLength = prefixLength
            self.isNullable = isNullable
            self.isDescending = isDescending
            self.expression = expression
        }
    }

    /// The index's name; `PRIMARY` for the primary key.
    package var name: String
    /// Whether no two rows may have the same (non-NULL) value.
    package var isUnique: Bool
    /// The parts in index order.
    package var parts: [Part]
    /// `INDEX_TYPE`: `BTREE`, `HASH`, `FULLTEXT`, `SPATIAL`, `RTREE`.
    package var type: String
    /// Whether the optimizer may use it (`IS_VISIBLE` in MySQL, not `IGNORED` in MariaDB).
    package var isVisible: Bool

    /// An index; by default a visible B-tree.
    package init(name: String, isUnique: Bool, parts: [Part], type: String = "BTREE", isVisible: Bool = true) {
        self.name = name
        self.isUnique = isUnique
        self.parts = parts
        self.type = type
        self.isVisible = isVisible
    }

    /// Whether this is the primary key.
    package var isPrimary: Bool { SQLName.same(name, "PRIMARY") }
}

/// One foreign key, seen from either side.
package struct ForeignKeyModel: Codable, Equatable, Sendable {
    /// The constraint's name.
    package var name: String
    /// The table that has the constraint, as `database.table`.
    package var table: String
    /// Its columns in constraint order.
    package var columns: [String]
    /// The table pointed at, as `database.table`.
    package var referencedTable: String
    /// The columns pointed at, in the same order.
    package var referencedColumns: [String]
    /// What a delete of the referenced row does, such as `CASCADE`.
    package var onDelete: String
    /// What an update of the referenced key does, such as `RESTRICT`.
    package var onUpdate: String

    /// A foreign key; actions default to `RESTRICT`.
    package init(
        name: String, table: String, columns: [String], referencedTable: String, referencedColumns: [String],
        onDelete: String = "RESTRICT", onUpdate: String = "RESTRICT"
    ) {
        self.name = name
        self.table = table
        self.columns = columns
        self.referencedTable = referencedTable
        self.referencedColumns = referencedColumns
        self.onDelete = onDelete
        self.onUpdate = onUpdate
    }
}

/// One CHECK constraint.
package struct CheckModel: Codable, Equatable, Sendable {
    /// The constraint's name.
    package var name: String
    /// The condition as the server prints it.
    package var expression: String

    /// A check by its name and condition.
    package init(name: String, expression: String) {
        self.name = name
        self.expression = expression
    }
}
