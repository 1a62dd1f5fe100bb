internal import MySQLClient
internal import Sandbox
import Testing

/// One column type, the values it is tried with, and how the server is told the value where that differs.
struct TypeCase: Sendable, CustomTestStringConvertible {
    let type: String
    let values: [SQLValue]
    var families = ServerFamily.allCases
    var testDescription: String { type }

    static func date(_ year: UInt16, _ month: UInt8, _ day: UInt8) -> SQLDate {
        SQLDate(year: year, month: month, day: day)
    }

    static let all: [TypeCase] = [
        TypeCase(type: "TINYINT", values: [.int(-128), .int(127)]),
        TypeCase(type: "TINYINT UNSIGNED", values: [.uint(0), .uint(255)]),
        TypeCase(type: "SMALLINT", values: [.int(-32768), .int(32767)]),
        TypeCase(type: "SMALLINT UNSIGNED", values: [.uint(65535)]),
        TypeCase(type: "MEDIUMINT", values: [.int(-8_388_608), .int(8_388_607)]),
        TypeCase(type: "MEDIUMINT UNSIGNED", values: [.uint(16_777_215)]),
        TypeCase(type: "INT", values: [.int(-2_147_483_648), .int(2_147_483_647)]),
        TypeCase(type: "INT UNSIGNED", values: [.uint(4_294_967_295)]),
        TypeCase(type: "INT(10) UNSIGNED ZEROFILL", values: [.uint(42)]),
        TypeCase(type: "BIGINT", values: [.int(.min), .int(.max), .int(-1)]),
        TypeCase(type: "BIGINT UNSIGNED", values: [.uint(.max), .uint(9_223_372_036_854_775_808)]),
        TypeCase(type: "FLOAT", values: [.float(0.5), .float(-1.25)]),
        TypeCase(
            type: "DOUBLE",
            values: [
                .double(0.1), .double(.greatestFiniteMagnitude), .double(2.2250738585072014e-308), .double(1.0 / 3),
            ]),
        TypeCase(
            type: "DECIMAL(65,30)",
            values: [
                .decimal("99999999999999999999999999999999999.999999999999999999999999999999"),
                .decimal("-0.000000000000000000000000000001"),
            ]),
        TypeCase(type: "DECIMAL(10,0)", values: [.decimal("-9999999999")]),
        TypeCase(type: "BIT(1)", values: [.bit(0), .bit(1)]),
        TypeCase(type: "BIT(64)", values: [.bit(.max), .bit(1)]),
        TypeCase(
            type: "DATE",
            values: [
                .date(date(9999, 12, 31)), .date(date(0, 0, 0)), .date(date(2024, 0, 0)), .date(date(2024, 2, 31)),
            ]),
        TypeCase(
            type: "DATETIME",
            values: [
                .dateTime(SQLDateTime(date: date(1000, 1, 1))), .dateTime(SQLDateTime(date: date(0, 0, 0))),
                .dateTime(SQLDateTime(date: date(2024, 0, 0), hour: 1, minute: 2, second: 3)),
            ]),
        TypeCase(
            type: "DATETIME(6)",
            values: [
                .dateTime(
                    SQLDateTime(date: date(9999, 12, 31), hour: 23, minute: 59, second: 59, microsecond: 999_999)),
                .dateTime(SQLDateTime(date: date(2024, 2, 29), microsecond: 1)),
            ]),
        TypeCase(
            type: "DATETIME(3)",
            values: [.dateTime(SQLDateTime(date: date(2024, 2, 29), hour: 1, microsecond: 20_000))]),
        TypeCase(
            type: "TIMESTAMP(6) NULL",
            values: [
                .dateTime(SQLDateTime(date: date(1970, 1, 1), second: 1, microsecond: 5)),
                .dateTime(SQLDateTime(date: date(2024, 3, 31), hour: 2, minute: 30)),
                .dateTime(SQLDateTime(date: date(0, 0, 0))),
            ]),
        TypeCase(
            type: "TIME(6)",
            values: [
                .time(SQLTime(isNegative: true, hours: 838, minute: 59, second: 58, microsecond: 999_999)),
                .time(SQLTime(isNegative: true, hours: 0, second: 0, microsecond: 1)), .time(SQLTime(hours: 25)),
                .time(SQLTime(hours: 0)),
            ]),
        TypeCase(type: "TIME", values: [.time(SQLTime(isNegative: true, hours: 24, minute: 1, second: 1))]),
        TypeCase(type: "YEAR", values: [.year(1901), .year(2155), .year(0)]),
        TypeCase(type: "CHAR(10) CHARACTER SET utf8mb4", values: [.string("é😀"), .string("")]),
        TypeCase(type: "VARCHAR(255) CHARACTER SET utf8mb4", values: [.string("it's \\ \"x\" \n\0 ;"), .string("  ")]),
        TypeCase(type: "VARCHAR(255) CHARACTER SET latin1", values: [.string("Größe €")]),
        TypeCase(type: "VARCHAR(20) CHARACTER SET utf16", values: [.string("a😀")]),
        TypeCase(type: "TINYTEXT", values: [.string("t")]),
        TypeCase(type: "LONGTEXT", values: [.string(String(repeating: "ß", count: 70_000))]),
        TypeCase(type: "BINARY(4)", values: [.bytes([1, 0, 0, 0]), .bytes([0, 0, 0, 0])]),
        TypeCase(type: "VARBINARY(300)", values: [.bytes([UInt8](0...255)), .bytes([])]),
        TypeCase(type: "BLOB", values: [.bytes([0xFF, 0x00, 0x27, 0x5C])]),
        TypeCase(type: "LONGBLOB", values: [.bytes([UInt8](repeating: 0xFE, count: 100_000))]),
        TypeCase(type: "ENUM('a','é','c''d')", values: [.string("é"), .string("c'd")]),
        TypeCase(type: "SET('x','y','z')", values: [.string("x,z"), .string("")]),
        TypeCase(
            type: "GEOMETRY",
            values: [.geometry([0, 0, 0, 0, 1, 1, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0xF0, 0x3F, 0, 0, 0, 0, 0, 0, 0, 0x40])]),
        TypeCase(type: "JSON", values: [.json(#"{"a": [1, "é😀"]}"#)], families: [.mysql]),
        TypeCase(type: "JSON", values: [.string(#"{"a": [1,  "é😀"]}"#)], families: [.mariadb]),
        TypeCase(type: "UUID", values: [.string("123e4567-e89b-12d3-a456-426655440000")], families: [.mariadb]),
        TypeCase(type: "INET6", values: [.string("2001:db8::1")], families: [.mariadb]),
        TypeCase(type: "VECTOR(2)", values: [.bytes([0, 0, 0x80, 0x3F, 0, 0, 0, 0x40])], families: [.mysql]),
    ]
}

@Suite struct ConnectionTypesTests {
    @Test("Every column type keeps its values, bound and literal, in both protocols", arguments: ServerFamily.available)
    func roundTrip(family: ServerFamily) async throws {
        let fixture = try await Fixture.on(family)
        let connection = try await fixture.connect()
        for (number, type) in TypeCase.all.enumerated() where type.families.contains(family) {
            let table = try Identifier("t\(number)")
            try await connection.execute("CREATE TABLE \(table) (id INT PRIMARY KEY, v \(SQL(verbatim: type.type)))")
            let values = type.values + [.null]
            for (index, value) in values.enumerated() {
                let (bound, literal) = (SQLValue.int(Int64(index * 2)), SQLValue.int(Int64(index * 2 + 1)))
                try await connection.execute("INSERT INTO \(table) VALUES (\(bound), \(value))", values: .bound)
                try await connection.execute("INSERT INTO \(table) VALUES (\(literal), \(value))", values: .literal)
            }
            let expected = values.flatMap { [$0, $0] }
            let text = try await connection.query("SELECT v FROM \(table) ORDER BY id", values: .literal)
            let binary = try await connection.query("SELECT v FROM \(table) ORDER BY id", values: .bound)
            #expect(text.map { $0.values[0] } == expected, "\(type.type), text protocol")
            #expect(binary.map { $0.values[0] } == expected, "\(type.type), binary protocol")
            #expect(text.columns[0].originalTable == table.name && binary.columns[0].originalTable == table.name)
        }
        await connection.close()
    }

    @Test("A FLOAT is exact when bound and six digits in text", arguments: ServerFamily.available)
    func float(family: ServerFamily) async throws {
        let fixture = try await Fixture.on(family)
        let connection = try await fixture.connect()
        try await connection.execute("CREATE TABLE f (v FLOAT, w FLOAT)")
        let value = Float(0.123456789)
        try await connection.execute("INSERT INTO f VALUES (\(.float(value)), 0)", values: .literal)
        try await connection.execute("UPDATE f SET w = \(.float(value))", values: .bound)
        let exact = try await connection.query("SELECT v, w FROM f", values: .bound)
        #expect(exact[0].values == [.float(value), .float(value)])
        #expect(try await connection.query("SELECT v FROM f")[0].values == [.float(0.123457)])
        await connection.close()
    }

    @Test("A decimal is compared digit by digit, not as a double", arguments: ServerFamily.available)
    func decimalComparison(family: ServerFamily) async throws {
        let connection = try await Fixture.on(family).connect()
        try await connection.execute("CREATE TABLE d (v DECIMAL(40,0) PRIMARY KEY)")
        let digits = "1234567890123456789012345678901234567890"
        try await connection.execute("INSERT INTO d VALUES (\(.decimal(digits)))")
        let neighbour = SQLValue.decimal(String(digits.dropLast()) + "1")
        for values in [Connection.Values.bound, .literal] {
            #expect(
                try await connection.query("SELECT 1 FROM d WHERE v = \(.decimal(digits))", values: values).count == 1)
            #expect(try await connection.query("SELECT 1 FROM d WHERE v = \(neighbour)", values: values).count == 0)
        }
        await connection.close()
    }

    @Test("Text in another character set arrives as that text", arguments: ServerFamily.available)
    func foreignCharset(family: ServerFamily) async throws {
        let connection = try await Fixture.on(family).connect()
        let row = try await connection.query("SELECT \(.text([0xE9, 0x80], .latin1)) AS t, \(.int(7)) AS n").single()
        #expect(try row.string("t") == "é€" && row.int("n") == 7)
        await connection.close()
    }

    @Test("Ten megabytes travel both ways", arguments: ServerFamily.available)
    func large(family: ServerFamily) async throws {
        let connection = try await Fixture.on(family).connect()
        let bytes = (0..<10_000_000).map { UInt8(truncatingIfNeeded: $0 &* 31) }
        let row = try await connection.query("SELECT \(.bytes(bytes)) AS v").single()
        #expect(try row.bytes("v") == bytes)
        await connection.close()
    }

    @Test("Accessors refuse what is not there or not of the kind, and say so", arguments: ServerFamily.available)
    func accessors(family: ServerFamily) async throws {
        let connection = try await Fixture.on(family).connect()
        let row = try await connection.query("SELECT 1 AS a, NULL AS b, 'x' AS c, 18446744073709551615 AS d").single()
        #expect(try row.int("a") == 1 && row.int("A") == 1 && row.int(0) == 1 && row.optionalInt("b") == nil)
        #expect(try row.uint("d") == .max && row.string("c") == "x" && row.bool("a"))
        #expect(throws: MySQLError.unusableAnswer("the result has no column z; it has a, b, c, d")) { try row.int("z") }
        #expect(throws: MySQLError.unusableAnswer("column c holds 'x', wanted a whole number within 64 bits")) {
            try row.int("c")
        }
        #expect(throws: MySQLError.self) { try row.int("d") }
        #expect(throws: MySQLError.self) { try row.string("b") }
        #expect(throws: MySQLError.self) { try row.value(9) }
        await connection.close()
    }
}
