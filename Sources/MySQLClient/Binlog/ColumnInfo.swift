/// What information_schema says about one column of a subscribed table: what the binlog does not say by itself.
package struct ColumnInfo: Hashable, Sendable {
    /// The column's name.
    package let name: String
    /// `DATA_TYPE`, lower case: `varchar`.
    package let dataType: String
    /// `COLUMN_TYPE`, lower case outside quotes: `varchar(20)`, `int(10) unsigned`, `enum('a','b')`.
    package let columnType: String
    /// `CHARACTER_SET_NAME`; `nil` for what is no text.
    package let charset: Charset?
    /// `CHARACTER_OCTET_LENGTH`; `nil` for what is neither text nor bytes.
    package let octetLength: UInt64?

    /// A column from its line in `information_schema.COLUMNS`.
    package init(name: String, dataType: String, columnType: String, charset: Charset?, octetLength: UInt64?) {
        self.name = name
        self.dataType = dataType.lowercased()
        self.columnType = columnType
        self.charset = charset
        self.octetLength = octetLength
    }

    /// Whether a numeric column takes no negative numbers (ZEROFILL implies it).
    package var isUnsigned: Bool { columnType.hasSuffix(" unsigned") || columnType.contains(" unsigned ") }

    /// The numbers in the type's first parentheses: (10, 2) of `decimal(10,2)`. Empty without any, and for ENUM and SET.
    var arguments: [Int] {
        guard let open = columnType.firstIndex(of: "("), let close = columnType[open...].firstIndex(of: ")") else {
            return []
        }
        return columnType[columnType.index(after: open)..<close].split(separator: ",").compactMap { Int($0) }
    }

    /// How many labels an ENUM or SET has.
    var labelCount: Int {
        var count = 0
        var isQuoted = false
        // A doubled quote closes and opens again: it counts twice here and is taken back.
        var previousClosed = false
        for character in columnType.unicodeScalars {
            if character == "'" {
                if !isQuoted { count += previousClosed ? 0 : 1 }
                previousClosed = isQuoted
                isQuoted.toggle()
            } else {
                previousClosed = false
            }
        }
        return count
    }

    /// Every column of a table in its order, as the table is now.
    /// - Throws: what the server answered; an unusable answer when the table has no columns (it does not exist, or may not be
    ///   seen) or a character set of an unknown form.
    package static func read(of table: QualifiedName, on connection: Connection) async throws(MySQLError)
        -> [ColumnInfo]
    {
        let rows = try await connection.query(
            """
            SELECT COLUMN_NAME AS name, DATA_TYPE AS data_type, COLUMN_TYPE AS column_type, \
            CHARACTER_SET_NAME AS charset, CHARACTER_OCTET_LENGTH AS octets \
            FROM information_schema.COLUMNS WHERE TABLE_SCHEMA = \(.string(table.database.name)) \
            AND TABLE_NAME = \(.string(table.table.name)) ORDER BY ORDINAL_POSITION
            """)
        var columns: [ColumnInfo] = []
        for row in rows {
            var charset: Charset?
            if let name = try row.optionalString("charset") {
                guard let known = Charset(name) else { throw .unusableAnswer("character set '\(name)'") }
                charset = known
            }
            columns.append(
                ColumnInfo(
                    name: try row.string("name"), dataType: try row.string("data_type"),
                    columnType: try row.string("column_type"), charset: charset,
                    octetLength: try row.optionalUInt("octets")))
        }
        if columns.isEmpty { throw .unusableAnswer("information_schema lists no columns of \(table)") }
        return columns
    }
}
