import Core
import Testing
import Vitess

/// What a v24 cluster on MySQL 9.7.4 decided for each of these (`is_immediate_operation` after its review), word for word.
@Suite("Which shards will do a change INSTANT")
struct InstantForecastTests {
    enum Table: String, Sendable {
        case plain = """
            CREATE TABLE `probe` (
              `id` bigint NOT NULL,
              `a` int NOT NULL DEFAULT '1',
              `b` varchar(20) DEFAULT NULL,
              `c` varchar(20) DEFAULT NULL,
              `e` enum('x','y') DEFAULT NULL,
              `s` set('p','q','r','t','u','v','w','z') DEFAULT NULL,
              `d` datetime DEFAULT NULL,
              `g` int GENERATED ALWAYS AS ((`a` + 1)) VIRTUAL,
              `gs` int GENERATED ALWAYS AS ((`a` + 2)) STORED,
              `iv` int DEFAULT NULL /*!80023 INVISIBLE */,
              `t` timestamp NULL DEFAULT CURRENT_TIMESTAMP ON UPDATE CURRENT_TIMESTAMP,
              `cm` varchar(10) NOT NULL DEFAULT 'q' COMMENT 'hello, (x)',
              PRIMARY KEY (`id`),
              KEY `b_i` (`b`),
              KEY `cc` ((upper(`c`)))
            ) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_0900_ai_ci
            """
        case fulltext = """
            CREATE TABLE `probe` (
              `id` bigint NOT NULL,
              `a` int DEFAULT NULL,
              `b` text,
              PRIMARY KEY (`id`),
              FULLTEXT KEY `f` (`b`)
            ) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_0900_ai_ci
            """
        case compressed = """
            CREATE TABLE `probe` (
              `id` bigint NOT NULL,
              `a` int DEFAULT NULL,
              `b` text,
              PRIMARY KEY (`id`)
            ) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_0900_ai_ci ROW_FORMAT=COMPRESSED
            """
        case range = """
            CREATE TABLE `probe` (
              `id` bigint NOT NULL,
              `a` int DEFAULT NULL,
              PRIMARY KEY (`id`)
            ) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_0900_ai_ci
            /*!50100 PARTITION BY RANGE (`id`)
            (PARTITION p0 VALUES LESS THAN (100) ENGINE = InnoDB,
             PARTITION p1 VALUES LESS THAN (200) ENGINE = InnoDB,
             PARTITION p2 VALUES LESS THAN (300) ENGINE = InnoDB) */
            """
        case hash = """
            CREATE TABLE `probe` (
              `id` bigint NOT NULL,
              `a` int DEFAULT NULL,
              PRIMARY KEY (`id`)
            ) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_0900_ai_ci
            /*!50100 PARTITION BY HASH (`id`)
            PARTITIONS 4 */
            """
    }

    private static let real: [(Table, String, ChangeForecast.Way)] = [
        (.plain, "ADD COLUMN n INT", .instant),
        (.plain, "ADD COLUMN n INT FIRST", .instant),
        (.plain, "ADD COLUMN n INT AFTER a", .instant),
        (.plain, "ADD n INT, ADD m INT NOT NULL DEFAULT 3", .instant),
        (.plain, "ADD COLUMN (n INT, m INT)", .instant),
        (.plain, "ADD COLUMN n INT GENERATED ALWAYS AS (a+1) STORED", .copy),
        (.plain, "ADD COLUMN n INT AS (a+1)", .instant),
        (.plain, "ADD COLUMN n INT DEFAULT (a+1)", .copy),
        (.plain, "ADD COLUMN n DATETIME NOT NULL", .copy),
        (.plain, "ADD COLUMN n DATETIME NOT NULL DEFAULT CURRENT_TIMESTAMP", .instant),
        (.plain, "ADD COLUMN n DATETIME", .instant),
        (.plain, "ADD COLUMN n TIMESTAMP(6) NULL DEFAULT CURRENT_TIMESTAMP(6)", .instant),
        (.plain, "ADD INDEX ai (a)", .copy),
        (.plain, "ADD COLUMN n INT, ADD INDEX ai (a)", .copy),
        (.plain, "DROP COLUMN a", .instant),
        (.plain, "DROP COLUMN iv", .instant),
        (.plain, "DROP COLUMN b", .copy),
        (.plain, "DROP COLUMN c", .instant),
        (.plain, "DROP COLUMN g", .instant),
        (.plain, "DROP COLUMN gs", .instant),
        (.plain, "DROP COLUMN nosuch", .copy),
        (.plain, "DROP INDEX b_i", .copy),
        (.plain, "ALTER COLUMN a SET DEFAULT 5", .instant),
        (.plain, "ALTER a DROP DEFAULT", .instant),
        (.plain, "ALTER COLUMN iv SET VISIBLE", .instant),
        (.plain, "ALTER COLUMN a SET INVISIBLE", .instant),
        (.plain, "ALTER INDEX b_i INVISIBLE", .copy),
        (.plain, "MODIFY COLUMN a INT NOT NULL DEFAULT 9", .instant),
        (.plain, "MODIFY a INT NOT NULL", .instant),
        (.plain, "MODIFY a INT", .copy),
        (.plain, "MODIFY a BIGINT NOT NULL DEFAULT 1", .copy),
        (.plain, "MODIFY a int NOT NULL DEFAULT 2 AFTER b", .copy),
        (.plain, "MODIFY b VARCHAR(20) DEFAULT 'z'", .instant),
        (.plain, "MODIFY b VARCHAR(20)", .instant),
        (.plain, "MODIFY b VARCHAR(30)", .copy),
        (.plain, "MODIFY b VARCHAR(20) NULL DEFAULT NULL", .instant),
        (.plain, "MODIFY b VARCHAR(20) CHARACTER SET latin1", .copy),
        (.plain, "MODIFY b VARCHAR(20) COLLATE utf8mb4_bin", .copy),
        (.plain, "MODIFY b VARCHAR(20) COMMENT 'hi'", .copy),
        (.plain, "MODIFY cm VARCHAR(10) NOT NULL DEFAULT 'r' COMMENT 'hello, (x)'", .instant),
        (.plain, "MODIFY cm VARCHAR(10) COMMENT 'hello, (x)' NOT NULL DEFAULT 'r'", .instant),
        (.plain, "MODIFY iv INT DEFAULT NULL", .instant),
        (.plain, "MODIFY iv INT DEFAULT 4 INVISIBLE", .instant),
        (.plain, "CHANGE COLUMN a a INT NOT NULL DEFAULT 7", .instant),
        (.plain, "CHANGE a aa INT NOT NULL DEFAULT 1", .copy),
        (.plain, "RENAME COLUMN a TO aa", .copy),
        (.plain, "MODIFY e ENUM('x','y','z')", .instant),
        (.plain, "MODIFY e ENUM('x','z','y')", .copy),
        (.plain, "MODIFY e ENUM('y')", .copy),
        (.plain, "MODIFY e enum('x','y') DEFAULT 'x'", .instant),
        (.plain, "MODIFY e ENUM('x','y','z') NOT NULL", .copy),
        (.plain, "MODIFY s SET('p','q','r','t','u','v','w','z','nine')", .copy),
        (.plain, "MODIFY s SET('p','q','r','t','u','v','w','z') DEFAULT 'p'", .instant),
        (.plain, "MODIFY t TIMESTAMP NULL DEFAULT NULL ON UPDATE CURRENT_TIMESTAMP", .instant),
        (.plain, "MODIFY t TIMESTAMP NULL DEFAULT CURRENT_TIMESTAMP", .copy),
        (.plain, "ENGINE=InnoDB", .copy),
        (.plain, "FORCE", .copy),
        (.plain, "COMMENT='x'", .copy),
        (.plain, "ADD COLUMN n INT, ALGORITHM=INSTANT", .instant),
        (.plain, "ADD COLUMN n INT, ALGORITHM=COPY", .copy),
        (.plain, "ADD CHECK (a > 0)", .copy),
        (.plain, "ADD COLUMN n INT UNIQUE", .instant),
        (.plain, "ADD COLUMN n INT, LOCK=NONE", .copy),
        (.plain, "CONVERT TO CHARACTER SET latin1", .copy),
        (.plain, "AUTO_INCREMENT=5", .copy),
        (.fulltext, "ADD COLUMN n INT", .copy),
        (.fulltext, "DROP COLUMN a", .copy),
        (.fulltext, "ALTER COLUMN a SET DEFAULT 5", .instant),
        (.fulltext, "MODIFY a INT DEFAULT 3", .instant),
        (.compressed, "ADD COLUMN n INT", .copy),
        (.compressed, "DROP COLUMN a", .copy),
        (.compressed, "ALTER COLUMN a SET DEFAULT 5", .instant),
        (.range, "ADD PARTITION (PARTITION p3 VALUES LESS THAN (400))", .partition),
        (.range, "DROP PARTITION p0", .partition),
        (.range, "DROP PARTITION p0, p1", .partition),
        (.range, "ADD COLUMN n INT", .instant),
        (.range, "TRUNCATE PARTITION p0", .copy),
        (.range, "REMOVE PARTITIONING", .copy),
        (.hash, "ADD COLUMN n INT", .instant),
    ]

    private static func forecast(
        _ sql: String, _ table: Table = .plain, _ server: MySQLRelease? = MySQLRelease(9, 7, 4),
        _ flags: Set<StrategyFlags.Flag> = [.preferInstantDDL], _ strategy: StrategyFlags.Strategy = .vitess
    ) throws -> ChangeForecast? {
        InstantForecast.of(
            try SchemaStatement(sql), under: try StrategyFlags(strategy, flags), definition: table.rawValue,
            server: server)
    }

    @Test("Each change goes the way a real cluster chose for it", arguments: real)
    func asReal(table: Table, clauses: String, way: ChangeForecast.Way) throws {
        let forecast = try #require(try Self.forecast("ALTER TABLE `probe` \(clauses)", table))
        #expect(forecast.way == way, "\(forecast.reason)")
    }

    @Test(
        "An older server does less INSTANT; what it could never do is a copy even where its version is not known",
        arguments: [
            ("ADD COLUMN n INT", "8.0.11", .instant), ("ADD COLUMN n INT FIRST", "8.0.28", .copy),
            ("ADD COLUMN n INT FIRST", "8.0.29", .instant), ("DROP COLUMN d", "8.0.28", .copy),
            ("DROP COLUMN g", "8.0.11", .instant), ("ALTER COLUMN a SET INVISIBLE", "8.0.22", .copy),
            ("ALTER COLUMN a SET INVISIBLE", "8.0.23-14", .instant), ("ADD COLUMN n INT", "5.7.44-log", .copy),
            ("ADD COLUMN n INT, DROP COLUMN d", "8.0.20", .copy), ("ADD COLUMN n INT", "8.4.6-Vitess", .unknown),
            ("ADD COLUMN n INT", "10.11.19-MariaDB", .unknown), ("ADD COLUMN n INT", "", .unknown),
            ("ADD INDEX i (a)", "", .copy),
        ] as [(String, String, ChangeForecast.Way)])
    func byVersion(clauses: String, version: String, way: ChangeForecast.Way) throws {
        #expect(try Self.forecast("ALTER TABLE probe \(clauses)", .plain, MySQLRelease(version))?.way == way)
    }

    @Test("Without the wish nothing but partitions is forecast; direct DDL and other statements have no choice")
    func silent() throws {
        #expect(try Self.forecast("ALTER TABLE probe ADD COLUMN n INT", .plain, MySQLRelease(8, 4, 0), []) == nil)
        #expect(try Self.forecast("ALTER TABLE probe DROP PARTITION p0", .range, nil, [])?.way == .partition)
        #expect(try Self.forecast("ALTER TABLE probe DROP PARTITION p0", .range, nil, [], .mysql)?.way == .partition)
        #expect(try Self.forecast("ALTER TABLE probe DROP PARTITION p0", .range, nil, [], .direct) == nil)
        #expect(try Self.forecast("CREATE TABLE probe (id INT)") == nil)
        #expect(try Self.forecast("DROP TABLE probe") == nil)
        #expect(try Self.forecast("CREATE INDEX i ON probe (a)")?.way == .copy)
        #expect(try Self.forecast("ALTER TABLE `shop`.`probe` ADD COLUMN n INT")?.way == .instant)
    }

    @Test("A declarative change is found out by each tablet: equal servers choose alike, and nobody can say what")
    func declarative() throws {
        func forecast(_ server: MySQLRelease?) throws -> ChangeForecast {
            try #require(
                try Self.forecast("CREATE TABLE probe (id BIGINT)", .plain, server, [.preferInstantDDL, .declarative]))
        }
        #expect(try forecast(MySQLRelease(8, 4, 6)).way == .unknown)
        #expect(try forecast(MySQLRelease(8, 4, 6)).isAlike(forecast(MySQLRelease(9, 7, 4))))
        #expect(try !forecast(MySQLRelease(8, 0, 28)).isAlike(forecast(MySQLRelease(8, 0, 29))))
        #expect(try !forecast(nil).isAlike(forecast(nil)))
    }

    @Test("With 1,022 columns and more nothing is added INSTANT")
    func columns() throws {
        let definition =
            "CREATE TABLE `probe` (\n" + (1...1022).map { "  `c\($0)` int DEFAULT NULL" }.joined(separator: ",\n")
            + "\n) ENGINE=InnoDB"
        let forecast = InstantForecast.of(
            try SchemaStatement("ALTER TABLE probe ADD COLUMN n INT"),
            under: try StrategyFlags(.vitess, [.preferInstantDDL]),
            definition: definition, server: MySQLRelease(8, 4, 0))
        #expect(forecast?.way == .copy)
    }

    @Test("What is not kept is said beforehand, also that a fallback cannot take it back")
    func warned() throws {
        let instant = ChangeForecast(.instant, "", basis: nil)
        #expect(InstantForecast.warnings(instant, fallsBack: false).count == 1)
        #expect(InstantForecast.warnings(instant, fallsBack: true).contains { $0.contains("fallback: revert") })
        #expect(
            InstantForecast.warnings(ChangeForecast(.partition, "", basis: nil), fallsBack: false).contains {
                $0.contains("rows of a dropped")
            })
        #expect(InstantForecast.warnings(ChangeForecast(.copy, "", basis: nil), fallsBack: true).isEmpty)
        let keyed = try #require(try Self.forecast("ALTER TABLE probe ADD COLUMN n INT UNIQUE"))
        #expect(keyed.reason.contains("MySQL refuses"))
    }
}
