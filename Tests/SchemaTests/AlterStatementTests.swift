import Schema
import Testing

@Suite("ALTER TABLE statements")
struct AlterStatementTests {
    private static let clauses: [(String, AlterClause.Kind)] = [
        ("ADD COLUMN a INT", .addColumn(name: "a")), ("add `index` int", .addColumn(name: "index")),
        ("ADD COLUMN IF NOT EXISTS a INT FIRST", .addColumn(name: "a")), ("DROP a", .dropColumn(name: "a")),
        ("DROP COLUMN IF EXISTS `a`", .dropColumn(name: "a")), ("CHANGE a b INT", .changeColumn(old: "a", new: "b")),
        ("CHANGE COLUMN a a BIGINT", .changeColumn(old: "a", new: "a")),
        ("MODIFY COLUMN a DECIMAL(10,2) AFTER b", .modifyColumn(name: "a")),
        ("ALTER COLUMN a SET DEFAULT 5", .alterColumn(name: "a")), ("ALTER a DROP DEFAULT", .alterColumn(name: "a")),
        ("ALTER INDEX i INVISIBLE", .alterIndex(name: "i")), ("ALTER CHECK c ENFORCED", .alterConstraint(name: "c")),
        ("RENAME COLUMN a TO b", .renameColumn(old: "a", new: "b")),
        ("RENAME INDEX a TO b", .renameIndex(old: "a", new: "b")), ("ADD INDEX i (a)", .addIndex(name: "i")),
        ("ADD KEY (a)", .addIndex(name: nil)), ("ADD INDEX USING BTREE (a)", .addIndex(name: nil)),
        ("ADD UNIQUE KEY u (a, b)", .addUnique(name: "u")), ("ADD CONSTRAINT c UNIQUE (a)", .addUnique(name: "c")),
        ("ADD PRIMARY KEY (a)", .addPrimaryKey), ("ADD CONSTRAINT PRIMARY KEY (a)", .addPrimaryKey),
        ("ADD FULLTEXT INDEX f (a)", .addFulltext(name: "f")), ("ADD SPATIAL s (g)", .addSpatial(name: "s")),
        ("DROP INDEX i", .dropIndex(name: "i")), ("DROP KEY i", .dropIndex(name: "i")),
        ("DROP PRIMARY KEY", .dropPrimaryKey), ("DROP FOREIGN KEY f", .dropForeignKey(name: "f")),
        ("DROP CONSTRAINT c", .dropConstraint(name: "c")), ("DROP CHECK c", .dropCheck(name: "c")),
        ("ADD CONSTRAINT c CHECK (a > 0)", .addCheck(name: "c")),
        ("CONVERT TO CHARACTER SET utf8mb4 COLLATE utf8mb4_bin", .convertCharacterSet(name: "utf8mb4")),
        ("ENGINE=InnoDB", .engine(name: "InnoDB")), ("ROW_FORMAT = COMPRESSED", .tableOption(name: "ROW_FORMAT")),
        ("DEFAULT CHARSET=latin1", .tableOption(name: "CHARACTER SET")), ("ORDER BY a, b DESC", .orderBy),
        ("PARTITION BY HASH(id) PARTITIONS 4", .partitionBy), ("REMOVE PARTITIONING", .removePartitioning),
        ("REORGANIZE PARTITION p INTO (PARTITION q VALUES LESS THAN (5))", .repartition(verb: "REORGANIZE")),
        ("FORCE", .force), ("DISABLE KEYS", .other),
    ]

    @Test("Each clause is told by its words, alone and behind ALTER TABLE", arguments: clauses)
    func kinds(sql: String, kind: AlterClause.Kind) throws {
        let alone = try AlterStatement.parse(sql)
        #expect(alone.clauses.map(\.kind) == [kind])
        #expect(alone.table == nil)
        let whole = try AlterStatement.parse("ALTER TABLE `shop`.`orders` \(sql);")
        #expect(whole.clauses.map(\.kind) == [kind])
        #expect(whole.table?.database == "shop")
        #expect(whole.table?.name == "orders")
        #expect(whole.clausesText == sql)
    }

    @Test("Clauses are split at commas outside parentheses and strings, and the text stays verbatim")
    func splitting() throws {
        let clauses = """
            ADD COLUMN a DECIMAL(10, 2) DEFAULT 0 COMMENT 'x, (y', -- first
              ADD INDEX i (a, b), ENGINE=InnoDB ROW_FORMAT=DYNAMIC, ORDER BY a, b DESC, CHANGE c `d,` ENUM('p,','q')
            """
        let statement = try AlterStatement.parse("ALTER TABLE orders /* why */ \(clauses) -- the end\n ; ; # really")
        #expect(
            statement.clauses.map(\.kind) == [
                .addColumn(name: "a"), .addIndex(name: "i"), .engine(name: "InnoDB"), .tableOption(name: "ROW_FORMAT"),
                .orderBy, .changeColumn(old: "c", new: "d,"),
            ])
        #expect(statement.clausesText == clauses)
        #expect(statement.clauses[1].text == "ADD INDEX i (a, b)")
        #expect(statement.clauses[1].position.line == 2)
        #expect(statement.columnRenames == ["c": "d,"])
    }

    @Test("A list of new columns gives one clause each, and partitioning needs no comma")
    func lists() throws {
        let list = try AlterStatement.parse("ADD COLUMN (a INT, b ENUM('x','y'), INDEX i (a))")
        #expect(list.clauses.map(\.kind) == [.addColumn(name: "a"), .addColumn(name: "b"), .addIndex(name: "i")])
        let partitioned = try AlterStatement.parse("ADD a INT PARTITION BY HASH(a)")
        #expect(partitioned.clauses.map(\.kind) == [.addColumn(name: "a"), .partitionBy])
    }

    @Test("Renames are reported old to new, swaps included; a type change alone is none")
    func renames() throws {
        let swap = try AlterStatement.parse(
            "RENAME COLUMN a TO b, RENAME COLUMN b TO a, CHANGE c c INT, CHANGE D d INT")
        #expect(swap.columnRenames == ["a": "b", "b": "a", "D": "d"])
    }

    private static let onShadow = "Run it on the server by hand, outside a migration."
    private static let decides =
        "is not accepted. Whoever carries the migration out decides how the server runs each statement. Leave the clause out."
    private static let foreignKey =
        "is not accepted. A foreign key of the shadow table would check, and lock, rows of the other table for every"
        + " copied row, and its name is taken until the old table is dropped."
        + " Leave it out; add the foreign key by hand after the migration."
    private static let messages: [(String, AlterRefusal.Kind, String)] = [
        (
            "", .empty,
            "line 1, column 1: There is no clause to carry out. A migration without a change would copy the table for"
                + " nothing. Write what should change, such as ADD COLUMN note TEXT; to rebuild the table write FORCE."
        ),
        (
            "DROP a; DROP b", .severalStatements,
            "line 1, column 9: There is a second statement, DROP …, behind the semicolon. A migration is one ALTER TABLE,"
                + " so that it is done or not done. Join the clauses with commas, or write one migration for each statement."
        ),
        (
            "CREATE TABLE t (a INT)", .notAnAlter,
            "line 1, column 1: CREATE is not an ALTER TABLE. Only an ALTER TABLE, or its clauses alone, can be carried out"
                + " as an online migration. Write ALTER TABLE …, or run this statement by hand."
        ),
        (
            "DROP a, RENAME TO b", .tableRename,
            "line 1, column 9: Renaming the table is not accepted. The cut-over puts the altered table in the place of the"
                + " old name. Leave RENAME TO out; rename the table by hand before or after the migration."
        ),
        ("DROP a, ALGORITHM=INPLACE", .algorithmOrLock, "line 1, column 9: ALGORITHM \(decides)"),
        ("LOCK NONE", .algorithmOrLock, "line 1, column 1: LOCK \(decides)"),
        ("ADD FOREIGN KEY (a) REFERENCES t (id)", .foreignKey, "line 1, column 1: ADD FOREIGN KEY \(foreignKey)"),
        ("ADD a INT REFERENCES t (id)", .foreignKey, "line 1, column 11: REFERENCES \(foreignKey)"),
        (
            "ENGINE=MyISAM", .engine,
            "line 1, column 8: Engine MyISAM is not accepted. Copying beside live traffic rests on InnoDB's transactions"
                + " and row locks. Use ENGINE=InnoDB, or leave the clause out."
        ),
        (
            "EXCHANGE PARTITION p WITH TABLE t", .partitionMaintenance,
            "line 1, column 1: EXCHANGE PARTITION is not accepted. It acts on the rows of single partitions, and the shadow"
                + " table has none when it would run. \(onShadow)"
        ),
        (
            "DISCARD TABLESPACE", .tablespace,
            "line 1, column 1: DISCARD TABLESPACE is not accepted. It exchanges the table's file, and a shadow table's file"
                + " holds other rows. \(onShadow)"
        ),
        (
            "DROP COLUMN a, ADD COLUMN `A` TEXT", .dropAndAddSameColumn,
            "line 1, column 16: Column A is dropped and added in one statement. It cannot be told whether its values should"
                + " be kept or lost. To keep them write MODIFY COLUMN `A` …; to lose them drop the column in one migration"
                + " and add it in a second."
        ),
        (
            "DROP a /*!80000 , RENAME TO b */", .executableComment,
            "line 1, column 8: The comment /*!80000 , RENAME TO b */ is run by some servers and skipped by others. Shards of"
                + " different versions would end up with different tables. Write its content as plain SQL, or leave it out."
        ),
        (
            "RENAME COLUMN a TO b, CHANGE A c INT", .conflictingRenames,
            "line 1, column 23: Column A is changed twice. It cannot be told which values the renamed column gets. Name each"
                + " column once."
        ),
        (
            "ADD SYSTEM VERSIONING", .systemVersioning,
            "line 1, column 5: System versioning cannot be added or removed. The copy carries current rows only: the history"
                + " would be lost or invented. \(onShadow)"
        ),
        (
            "ALTER ONLINE TABLE t DROP a", .modifier,
            "line 1, column 7: ONLINE is not accepted. How the change is carried out, and how long it waits for locks, is not"
                + " the statement's to say (and IGNORE would drop rows in silence). Remove the word."
        ),
        (
            "ADD a ENUM('x'", .malformed,
            "line 1, column 11: This parenthesis is never closed. The clauses cannot be told apart. Balance the parentheses."
        ),
        (
            "ADD a TEXT COMMENT 'x", .malformed,
            "line 1, column 20: The statement cannot be read. In SQL this string is never closed. Close or remove it."
        ),
    ]

    @Test("A refusal says where, what, why and what to do", arguments: messages)
    func refusals(sql: String, kind: AlterRefusal.Kind, message: String) {
        let refusal = #expect(throws: AlterRefusal.self) { try AlterStatement.parse(sql) }
        #expect(refusal?.kind == kind)
        #expect(refusal?.message == message)
    }

    private static let disguises: [(String, AlterRefusal.Kind)] = [
        ("ALTER TABLE t", .empty), ("  -- nothing\n", .empty), (";", .empty), ("ALTER TABLE a.b", .empty),
        ("ALTER TABLE t RENAME AS u", .tableRename), ("ALTER TABLE t RENAME = u", .tableRename),
        ("ALTER TABLE t RENAME `index`", .tableRename), ("DROP a,\n/* x */ algorithm instant", .algorithmOrLock),
        ("ADD CONSTRAINT f FOREIGN KEY (a) REFERENCES t (b)", .foreignKey),
        ("ADD (a INT, b INT REFERENCES t (b))", .foreignKey),
        ("ADD (a INT, FOREIGN KEY (a) REFERENCES t (b))", .foreignKey), ("MODIFY a INT references t(b)", .foreignKey),
        ("COMMENT='x' ENGINE=Aria", .engine), ("ROW_FORMAT=DYNAMIC, engine 'MEMORY'", .engine),
        ("PARTITION BY HASH(a) (PARTITION p0 ENGINE = MyISAM)", .engine), ("DROP PARTITION p0", .partitionMaintenance),
        ("TRUNCATE PARTITION p0", .partitionMaintenance), ("CONVERT PARTITION p TO TABLE u", .partitionMaintenance),
        ("DISCARD PARTITION p0 TABLESPACE", .partitionMaintenance), ("IMPORT TABLESPACE", .tablespace),
        ("ADD (a INT), DROP a", .dropAndAddSameColumn), ("ADD PERIOD FOR SYSTEM_TIME(a, b)", .systemVersioning),
        ("DROP SYSTEM VERSIONING", .systemVersioning), ("ALTER IGNORE TABLE t DROP a", .modifier),
        ("ALTER TABLE t WAIT 5 DROP a", .modifier), ("ALTER TABLE t NOWAIT DROP a", .modifier),
        ("/*M! ALTER TABLE t DROP a */", .executableComment),
        ("ALTER DATABASE shop CHARACTER SET utf8mb4", .notAnAlter),
        ("RENAME TABLE a TO b", .notAnAlter), ("UPDATE t SET a = 1", .notAnAlter), ("nonsense", .notAnAlter),
        ("OPTIMIZE TABLE t", .notAnAlter), ("DROP TABLE t", .notAnAlter), ("TRUNCATE TABLE t", .notAnAlter),
        ("DROP a,, DROP b", .malformed), ("DROP a,", .malformed), (", DROP a", .malformed), ("DROP a)", .malformed),
        ("ADD COLUMN 'a' INT", .malformed), ("MODIFY t.a INT", .malformed), ("ALTER TABLE \"t\" DROP a", .malformed),
        ("RENAME COLUMN a b", .malformed), ("CHANGE a c INT, CHANGE b C INT", .conflictingRenames),
        ("DROP a; -- x\n DROP b;", .severalStatements),
    ]

    @Test("What is refused is refused in every disguise", arguments: disguises)
    func disguised(sql: String, kind: AlterRefusal.Kind) {
        let refusal = #expect(throws: AlterRefusal.self) { try AlterStatement.parse(sql) }
        #expect(refusal?.kind == kind, "\(refusal?.message ?? "accepted")")
    }

    @Test("Words inside strings, names and definitions refuse nothing")
    func innocents() throws {
        for sql in [
            "ADD a TEXT COMMENT 'ENGINE=MyISAM; RENAME TO b'", "ADD `lock` INT", "MODIFY `references` INT",
            "ADD algorithm INT", "COMMENT = '/*! x */'", "DROP `partition`",
        ] {
            #expect(try AlterStatement.parse(sql).clauses.count == 1, "\(sql)")
        }
    }

    @Test("Clauses joined in any order are the clauses one by one", arguments: UInt64(0)..<100)
    func joining(seed: UInt64) throws {
        var generator = SeededGenerator(seed: seed)
        let pool = [
            "ADD COLUMN a DECIMAL(9,2)", "DROP `b,`", "MODIFY c ENUM('x,','(')", "ADD INDEX i (a, c)", "ENGINE=InnoDB",
            "COMMENT 'a, b'", "ADD CHECK (f(a, b) > 1)", "ALTER d SET DEFAULT (concat('(', 1))",
        ].shuffled(using: &generator)
        let chosen = Array(pool.prefix(Int.random(in: 1...pool.count, using: &generator)))
        let glue = [",", ", ", " ,\n", ", /* , */ ", ", -- ,\n"].randomElement(using: &generator) ?? ","
        let statement = try AlterStatement.parse("alter table t " + chosen.joined(separator: glue))
        #expect(statement.clauses.map(\.text) == chosen)
    }
}
