import OnlineSchemaChange
import Testing

@Suite("Reading SHOW GRANTS")
struct PreflightGrantsTests {
    @Test("Global, database and pattern grants count; table, column and role lines do not")
    func scopes() {
        let grants = Grants(lines: [
            "GRANT PROCESS, BINLOG MONITOR ON *.* TO `u`@`%` IDENTIFIED BY PASSWORD '*ON'",
            "GRANT ALL PRIVILEGES ON `shop`.* TO `u`@`%`",
            #"GRANT SELECT, LOCK TABLES ON `a\_b%`.* TO `u`@`%`"#,
            "GRANT SELECT, INSERT (`id`, `n`) ON `t`.`a` TO `u`@`%`", "GRANT `r1` TO `u`@`%`",
            "GRANT PROXY ON ``@`%` TO `root`@`localhost`",
            "GRANT EXECUTE ON PROCEDURE `t`.`p` TO `u`@`%`", "GRANT INSERT (`x`), UPDATE ON `cols`.* TO `u`@`%`",
            "SET DEFAULT ROLE `r1` FOR `u`@`%`",
        ])
        #expect(grants.allowsGlobally("PROCESS"))
        #expect(grants.allowsGlobally("BINLOG MONITOR"))
        #expect(!grants.allowsGlobally("SELECT"))
        #expect(!grants.allowsGlobally("PROXY"))
        #expect(grants.allows("TRIGGER", on: "shop"))
        #expect(!grants.allows("TRIGGER", on: "shops"))
        #expect(grants.allows("LOCK TABLES", on: "a_bcd"))
        #expect(!grants.allows("LOCK TABLES", on: "axbcd"))
        #expect(!grants.allows("SELECT", on: "t"))
        #expect(!grants.allows("INSERT", on: "cols"))
        #expect(grants.allows("UPDATE", on: "cols"))
        #expect(grants.allows("PROCESS", on: "anything"))
    }

    @Test("ALL PRIVILEGES on everything is everything; a partial revoke takes its database out")
    func everything() {
        #expect(
            Grants(lines: ["GRANT ALL PRIVILEGES ON *.* TO `root`@`localhost` WITH GRANT OPTION"]).allows(
                "DROP", on: "x"))
        let revoked = Grants(lines: ["GRANT SELECT ON *.* TO `u`@`%`", "REVOKE SELECT ON `secret`.* FROM `u`@`%`"])
        #expect(revoked.allows("SELECT", on: "open"))
        #expect(!revoked.allows("SELECT", on: "secret"))
    }

    @Test("Names of advisory locks fit and differ")
    func lockNames() {
        #expect(AdvisoryLock.name(database: "commerce", table: "orders") == "lockstep:commerce.orders")
        let long = String(repeating: "o", count: 64)
        let names = [
            AdvisoryLock.name(database: "commerce", table: long),
            AdvisoryLock.name(database: "commerce", table: "bücher"),
            AdvisoryLock.name(database: "commercf", table: long),
        ]
        #expect(Set(names).count == 3)
        #expect(names.allSatisfy { $0.utf8.count <= 64 && $0.hasPrefix("lockstep:") })
    }

    @Test("Space: the table with a fifth to spare, and the binlog of its copy")
    func space() { #expect(DiskSpace.needed(dataBytes: 1000, indexBytes: 500) == 2900) }
}
