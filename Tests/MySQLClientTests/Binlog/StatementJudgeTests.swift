internal import MySQLClient
import Testing

@Suite struct StatementJudgeTests {
    private func judge(_ text: String, _ database: String = "shop") throws -> StatementJudge.Verdict {
        let table = try QualifiedName(database: "shop", table: "orders")
        return StatementJudge(tables: [table]).judge(text, database: database)
    }

    @Test(
        "DDL that names the table is found, however it is written",
        arguments: [
            ("ALTER TABLE orders ADD x INT", BinlogDDL.Kind.alter),
            ("alter /* hi */ online table `shop` . `orders` add x int", .alter),
            ("ALTER TABLE other.t RENAME TO shop.orders", .alter),
            ("ALTER TABLE p EXCHANGE PARTITION x WITH TABLE orders", .alter),
            ("/*!50100 ALTER TABLE orders ENGINE=InnoDB */", .alter),
            ("DROP TABLE IF EXISTS `x`, `orders` /* generated */", .drop),
            ("RENAME TABLE a TO b, `orders` TO `c`", .rename),
            ("RENAME TABLE a TO b, shop_new TO shop.ORDERS", .rename),
            ("TRUNCATE orders", .truncate), ("TRUNCATE TABLE `shop`.`orders`", .truncate),
            ("CREATE UNIQUE INDEX i USING BTREE ON orders (x)", .index), ("DROP INDEX i ON orders", .index),
            ("CREATE OR REPLACE TABLE orders (id INT)", .create),
            ("CREATE DEFINER=`a`@`b` TRIGGER t BEFORE INSERT ON `orders` FOR EACH ROW SET NEW.x = 1", .trigger),
            ("DROP DATABASE `shop`", .dropDatabase),
            ("-- note\nSET STATEMENT max_statement_time=1 FOR ALTER TABLE orders FORCE", .alter),
            ("FROBNICATE orders", .other), ("DROP TABLE \"orders\"", .drop), ("TRUNCATE TABLE `\u{FFFD}`", .truncate),
        ])
    func finds(text: String, kind: BinlogDDL.Kind) throws {
        let table = try QualifiedName(database: "shop", table: "orders")
        #expect(try judge(text) == .ddl(kind, [table]))
    }

    @Test(
        "Statements about other things are not the table's",
        arguments: [
            "ALTER TABLE other ADD orders INT", "ALTER TABLE elsewhere.orders ADD x INT",
            "ALTER TABLE o RENAME COLUMN orders TO x",
            "DROP TEMPORARY TABLE orders", "CREATE TEMPORARY TABLE orders (id INT)", "DROP DATABASE elsewhere",
            "CREATE TABLE orders_2 LIKE orders", "INSERT INTO other VALUES ('orders')", "GRANT SELECT ON orders TO u",
            "CREATE VIEW v AS SELECT * FROM orders", "UPDATE elsewhere.orders SET x = 1",
            "-- ALTER TABLE orders\nFLUSH LOGS",
            "RENAME TABLE elsewhere.orders TO elsewhere.x", "DROP INDEX orders ON other",
        ])
    func passes(text: String) throws {
        #expect(try judge(text) == .unrelated)
    }

    @Test("Statement-format changes that mention the table are changes of it; routines may change anything")
    func changes() throws {
        let table = try QualifiedName(database: "shop", table: "orders")
        for text in [
            "INSERT INTO orders VALUES (1)", "INSERT INTO log SELECT * FROM Orders", "DELETE o FROM `orders` o",
            "WITH x AS (SELECT 1) UPDATE shop.orders SET a = 1", "LOAD DATA INFILE 'f' INTO TABLE orders",
            "REPLACE orders VALUES (1)",
        ] { #expect(try judge(text) == .change(table)) }
        #expect(try judge("INSERT INTO shop.orders VALUES (1)", "elsewhere") == .change(table))
        for text in ["SELECT `shop`.`f`(1)", "CALL p()", "DO f()", "BEGIN NOT ATOMIC SELECT 1; END"] {
            #expect(try judge(text) == .routine)
        }
    }

    @Test("Transaction control is understood")
    func control() throws {
        #expect(try judge("BEGIN") == .begin && judge("begin") == .begin && judge("START TRANSACTION") == .begin)
        #expect(try judge("COMMIT /* x */") == .commit && judge("ROLLBACK") == .rollback)
        #expect(try judge("SAVEPOINT `a b`") == .savepoint("a b") && judge("ROLLBACK TO `a b`") == .rollbackTo("a b"))
        #expect(
            try judge("ROLLBACK WORK TO SAVEPOINT s") == .rollbackTo("s") && judge("RELEASE SAVEPOINT s") == .nothing)
        #expect(try judge("XA START X'61',X'',1") == .xaBegin("X'61',X'',1") && judge("XA END X'61',X'',1") == .nothing)
        #expect(try judge("XA COMMIT X'61',X'',1 ONE PHASE") == .xaCommit("X'61',X'',1"))
        #expect(try judge("# Dummy event replacing event type 160") == .nothing)
    }
}
