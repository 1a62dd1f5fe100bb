/// One clause of an ALTER TABLE.
package struct AlterClause: Equatable, Sendable {
    /// What a clause does. Names are without quotes, as the operator spelled them.
    package enum Kind: Equatable, Sendable {
        /// `ADD [COLUMN] name …`; one for each column of `ADD (…)`.
        case addColumn(name: String)
        /// `DROP [COLUMN] name`.
        case dropColumn(name: String)
        /// `CHANGE [COLUMN] old new …`; the names are equal when only the type changes.
        case changeColumn(old: String, new: String)
        /// `MODIFY [COLUMN] name …`.
        case modifyColumn(name: String)
        /// `ALTER [COLUMN] name SET DEFAULT …`, `DROP DEFAULT`, `SET INVISIBLE`.
        case alterColumn(name: String)
        /// `RENAME COLUMN old TO new`.
        case renameColumn(old: String, new: String)
        /// `ADD INDEX`; the name is `nil` when the server chooses it.
        case addIndex(name: String?)
        /// `ADD [CONSTRAINT] UNIQUE`.
        case addUnique(name: String?)
        /// `ADD [CONSTRAINT] PRIMARY KEY`.
        case addPrimaryKey
        /// `ADD FULLTEXT`.
        case addFulltext(name: String?)
        /// `ADD SPATIAL`.
        case addSpatial(name: String?)
        /// `DROP INDEX name`.
        case dropIndex(name: String)
        /// `DROP PRIMARY KEY`.
        case dropPrimaryKey
        /// `RENAME INDEX old TO new`.
        case renameIndex(old: String, new: String)
        /// `ALTER INDEX name VISIBLE`, `INVISIBLE`, `IGNORED`.
        case alterIndex(name: String)
        /// `ADD [CONSTRAINT] FOREIGN KEY`; always refused.
        case addForeignKey(name: String?)
        /// `DROP FOREIGN KEY name`.
        case dropForeignKey(name: String)
        /// `ADD [CONSTRAINT] CHECK`.
        case addCheck(name: String?)
        /// `DROP CHECK name`.
        case dropCheck(name: String)
        /// `DROP CONSTRAINT name`: a check, a unique key or a foreign key, which only the server can tell.
        case dropConstraint(name: String)
        /// `ALTER CHECK name …` or `ALTER CONSTRAINT name …`.
        case alterConstraint(name: String)
        /// `CONVERT TO CHARACTER SET name`; `nil` for `DEFAULT`.
        case convertCharacterSet(name: String?)
        /// `ENGINE = name`.
        case engine(name: String)
        /// Another table option, named in upper case: `ROW_FORMAT`, `COMMENT`, `CHARACTER SET`.
        case tableOption(name: String)
        /// `ORDER BY …`.
        case orderBy
        /// `PARTITION BY …`.
        case partitionBy
        /// `REMOVE PARTITIONING`.
        case removePartitioning
        /// `ADD`, `COALESCE` or `REORGANIZE PARTITION`, which only move rows; the others are refused.
        case repartition(verb: String)
        /// `RENAME TO`; always refused.
        case renameTable(to: String)
        /// `ALGORITHM = …`; always refused.
        case algorithm
        /// `LOCK = …`; always refused.
        case lock
        /// `FORCE`: rebuild without another change.
        case force
        /// Anything else; the server judges it when the ALTER runs on the empty shadow table.
        case other
    }

    /// What the clause does.
    package let kind: Kind
    /// The clause as it was written, without the comma.
    package let text: String
    /// Where it starts.
    package let position: SourcePosition
}

/// A table as a statement names it.
package struct TableReference: Equatable, Sendable {
    /// The database; `nil` when the statement leaves it to the connection.
    package let database: String?
    /// The table.
    package let name: String
}
