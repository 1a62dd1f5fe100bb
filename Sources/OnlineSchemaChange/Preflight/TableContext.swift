package import MySQLClient
package import Schema

/// What preflight found out about one table on one server: what everything after it starts from.
package struct TableContext: Sendable {
    /// The database, as the server spells it.
    package let database: String
    /// The table and its definition.
    package let table: InspectedTable
    /// The user's statement, read.
    package let alter: AlterStatement
    /// The names of the migration's artifacts.
    package let names: ArtifactNames
    /// The server's configuration.
    package let settings: ServerSettings
    /// The server.
    package let serverInfo: ServerInfo
    /// The key of the table as it would be walked, judged before the server has altered anything: the altered table decides. `nil`
    /// when only the altered table can tell.
    package let likelyKey: UniqueKey?

    /// From its parts.
    package init(
        database: String, table: InspectedTable, alter: AlterStatement, names: ArtifactNames, settings: ServerSettings,
        serverInfo: ServerInfo, likelyKey: UniqueKey?
    ) {
        self.database = database
        self.table = table
        self.alter = alter
        self.names = names
        self.settings = settings
        self.serverInfo = serverInfo
        self.likelyKey = likelyKey
    }
}
