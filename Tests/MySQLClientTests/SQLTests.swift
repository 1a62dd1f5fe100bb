internal import MySQLClient
import Testing

@Suite struct SQLTests {
    private func literal(_ sql: SQL) throws -> String { String(decoding: try sql.literalText(), as: UTF8.self) }

    @Test("A value never becomes statement text, whatever it holds")
    func hostileText() throws {
        let hostile = "x' OR 1=1; DROP TABLE t; -- \\"
        let sql: SQL = "SELECT \(.string(hostile))"
        #expect(try literal(sql) == "SELECT _utf8mb4 X'7827204F5220313D313B2044524F50205441424C4520743B202D2D205C'")
        #expect(sql.description == "SELECT ?")
    }

    @Test(
        "Every kind of value has the literal that means it",
        arguments: [
            (SQLValue.null, "NULL"), (.int(.min), "-9223372036854775808"), (.int(0), "0"),
            (.uint(.max), "18446744073709551615"), (.uint(10_000_000_000_000_000_000), "10000000000000000000"),
            (.double(0.1), "0.1e0"), (.double(-0.0), "-0.0e0"),
            (.double(.greatestFiniteMagnitude), "1.7976931348623157e+308"), (.float(0.1), "0.10000000149011612e0"),
            (.decimal("-000.1230"), "-000.1230"), (.string(""), "_utf8mb4 X''"),
            (.text([0xE9], Charset("latin1")!), "_latin1 X'E9'"), (.bytes([0, 255]), "_binary X'00FF'"),
            (.date(SQLDate(year: 2024, month: 0, day: 0)), "'2024-00-00'"),
            (.dateTime(SQLDateTime(date: SQLDate(year: 0, month: 0, day: 0))), "'0000-00-00 00:00:00'"),
            (
                .dateTime(
                    SQLDateTime(
                        date: SQLDate(year: 9999, month: 12, day: 31), hour: 23, minute: 59, second: 59, microsecond: 7)
                ),
                "'9999-12-31 23:59:59.000007'"
            ),
            (.time(SQLTime(isNegative: true, hours: 838, minute: 59, second: 59)), "'-838:59:59'"),
            (.year(0), "0000"), (.bit(5), "5"), (.json("{}"), "_utf8mb4 X'7B7D'"), (.geometry([1]), "_binary X'01'"),
        ])
    func literals(value: SQLValue, text: String) throws { #expect(try literal("\(value)") == text) }

    @Test(
        "A value without a literal is refused before anything is sent",
        arguments: [
            SQLValue.double(.nan), .double(.infinity), .float(-.infinity), .decimal("1;DROP"), .decimal(""),
            .decimal("1.2.3"),
            .decimal("--1"), .decimal("."), .decimal("1e5"),
        ])
    func refusedValues(value: SQLValue) {
        #expect { try ("\(value)" as SQL).literalText() } throws: { ($0 as? MySQLError)?.outcome == .notExecuted }
    }

    @Test("Pieces keep their values in order when they are put together")
    func composition() throws {
        let conditions: [SQL] = ["a = \(.int(1))", "b IN (\([SQLValue.int(2), .int(3)]))", "c"]
        let sql: SQL =
            "SELECT \(try [Identifier("x"), Identifier("y`z")]) WHERE \(conditions.joined(separator: " AND "))"
        #expect(
            try literal(sql + " LIMIT \(.int(9))") == "SELECT `x`, `y``z` WHERE a = 1 AND b IN (2, 3) AND c LIMIT 9")
        #expect(sql.hasValues)
    }

    @Test("A bulk row is written without a String in between")
    func bulk() throws {
        var writer = LiteralWriter()
        writer.write("REPLACE INTO t VALUES ")
        try writer.write(row: [.int(-1), .null, .bytes([0xAB])])
        #expect(String(decoding: writer.bytes, as: UTF8.self) == "REPLACE INTO t VALUES (-1,NULL,_binary X'AB')")
    }

    @Test("A name is quoted so that no character of it ends it")
    func identifiers() throws {
        #expect(try Identifier("a`b").quoted == "`a``b`")
        #expect(try Identifier("`").quoted == "````")
        #expect(try Identifier("Größe \"x\" \\").quoted == "`Größe \"x\" \\`")
        #expect(try Identifier(String(repeating: "ü", count: 64)).name.count == 64)
        #expect(try QualifiedName(database: "d", table: "t.u").quoted == "`d`.`t.u`")
    }

    @Test(
        "A name no server can hold is refused",
        arguments: ["", "a\0b", String(repeating: "x", count: 65), "trailing ", "😀"])
    func refusedIdentifiers(name: String) {
        #expect { try Identifier(name) } throws: { ($0 as? MySQLError)?.outcome == .notExecuted }
    }

    @Test("A character set name that is no plain word is refused", arguments: ["", "utf8mb4 X'", "UTF8", "a-b", "é"])
    func charsets(name: String) { #expect(Charset(name) == nil) }

    @Test("100,000 rows become literals within a second")
    func fast() throws {
        let row: [SQLValue] = [
            .int(123_456_789), .string("somebody@example.com"), .bytes([UInt8](repeating: 7, count: 100)),
            .decimal("12.50"),
        ]
        var writer = LiteralWriter()
        let clock = ContinuousClock()
        let elapsed = try clock.measure {
            for _ in 0..<10_000 { try writer.write(row: row) }
        }
        #expect(writer.bytes.count == 10_000 * ("(123456789,_utf8mb4 X'',_binary X'',12.50)".utf8.count + 40 + 200))
        #if !DEBUG
            #expect(elapsed < .milliseconds(100))
        #else
            #expect(elapsed < .seconds(20))
        #endif
    }
}
