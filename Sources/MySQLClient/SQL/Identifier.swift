/// One name of a database, table, column or index, checked so that it can be quoted.
package struct Identifier: Hashable, Sendable, CustomStringConvertible {
    /// The name as the server knows it, unquoted.
    package let name: String

    /// Refuses what no server can hold or quoting cannot carry: an empty name, one of more than 64 characters, NUL, a trailing
    /// space, or characters beyond the basic plane (the servers' dictionaries are utf8mb3).
    package init(_ name: String) throws(MySQLError) {
        if name.isEmpty { throw .refused("a name is empty") }
        if name.unicodeScalars.count > 64 {
            throw .refused("the name `\(name)` has \(name.unicodeScalars.count) characters; servers take 64")
        }
        if name.unicodeScalars.contains("\0") { throw .refused("a name holds a NUL character") }
        if name.unicodeScalars.last == " " { throw .refused("the name `\(name)` ends with a space") }
        if name.unicodeScalars.contains(where: { $0.value > 0xFFFF }) {
            throw .refused("the name `\(name)` holds a character beyond U+FFFF; servers take none")
        }
        self.name = name
    }

    /// In backquotes, a backquote doubled: valid whatever `sql_mode` says.
    package var quoted: String {
        "`" + name.split(separator: "`", omittingEmptySubsequences: false).joined(separator: "``") + "`"
    }

    /// Quoted, as it stands in a statement.
    package var description: String { quoted }
}

/// A table (or routine) with the database it is in.
package struct QualifiedName: Hashable, Sendable, CustomStringConvertible {
    /// The database.
    package let database: Identifier
    /// The table in it.
    package let table: Identifier

    /// From two checked names.
    package init(_ database: Identifier, _ table: Identifier) {
        self.database = database
        self.table = table
    }

    /// From two names, checked here.
    package init(database: String, table: String) throws(MySQLError) {
        self.init(try Identifier(database), try Identifier(table))
    }

    /// `` `db`.`table` ``
    package var quoted: String { "\(database.quoted).\(table.quoted)" }

    /// Quoted, as it stands in a statement.
    package var description: String { quoted }
}
