/// One column as `information_schema.columns` describes it, freed of the differences between server families.
package struct ColumnModel: Codable, Equatable, Sendable {
    /// How a generated column keeps its value.
    package enum Generation: Codable, Equatable, Sendable {
        /// Computed when read; the expression as the server prints it.
        case virtual(expression: String)
        /// Computed when written and stored; the expression as the server prints it.
        case stored(expression: String)

        /// The expression as the server prints it.
        package var expression: String {
            switch self {
            case .virtual(let expression), .stored(let expression): expression
            }
        }
    }

    /// Place in the table, from 1.
    package var ordinal: Int
    /// The column's name, as the server spells it.
    package var name: String
    /// `DATA_TYPE`: the bare type, such as `varchar`.
    package var dataType: String
    /// `COLUMN_TYPE`: the whole type, such as `varchar(64)` or `int(10) unsigned`.
    package var columnType: String
    /// Whether NULL is allowed.
    package var isNullable: Bool
    /// What an insert that leaves the column out puts there; see `ColumnDefault.fromCatalog`.
    package var defaultValue: ColumnDefault
    /// The character set; `nil` for a type without one.
    package var characterSet: String?
    /// The collation; `nil` for a type without one.
    package var collation: String?
    /// `EXTRA` as the server prints it: `auto_increment`, `on update current_timestamp()`.
    package var extra: String
    /// How the value is computed; `nil` for an ordinary column.
    package var generation: Generation?
    /// Whether `SELECT *` leaves it out.
    package var isInvisible: Bool

    /// A column; the optional facts default to those of a plain NOT NULL column without default.
    package init(
        ordinal: Int, name: String, dataType: String, columnType: String, isNullable: Bool = false,
        defaultValue: ColumnDefault = .none, characterSet: String? = nil, collation: String? = nil, extra: String = "",
        generation: Generation? = nil, isInvisible: Bool = false
    ) {
        self.ordinal = ordinal
        self.name = name
        self.dataType = dataType
        self.columnType = columnType
        self.isNullable = isNullable
        self.defaultValue = defaultValue
        self.characterSet = characterSet
        self.collation = collation
        self.extra = extra
        self.generation = generation
        self.isInvisible = isInvisible
    }

    /// The type taken apart.
    package var type: ColumnType { ColumnType(columnType) }
    /// Whether the value is computed from other columns and can never be written.
    package var isGenerated: Bool { generation != nil }
    /// Whether the server numbers new rows in this column.
    package var isAutoIncrement: Bool { extra.lowercased().contains("auto_increment") }
}
