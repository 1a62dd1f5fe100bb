internal import MySQLClient
internal import Sandbox
import Testing

/// One column type, values for it and how SELECT shows what the log holds.
struct BinlogTypeCase: Sendable, CustomStringConvertible {
    let type: String
    let values: [String]
    var select = "v"
    var only: ServerFamily?
    var description: String { type }

    static let integers: [BinlogTypeCase] = {
        let types: [(String, UInt64)] = [
            ("TINYINT", 8), ("SMALLINT", 16), ("MEDIUMINT", 24), ("INT", 32), ("BIGINT", 64),
        ]
        var cases: [BinlogTypeCase] = []
        for (name, bits) in types {
            let top = UInt64.max >> (64 - bits)
            let half = top >> 1
            cases.append(
                BinlogTypeCase(type: name, values: ["0", "1", "-1", "\(half)", "-\(half + 1)", "42", "-77"]))
            cases.append(
                BinlogTypeCase(type: name + " UNSIGNED", values: ["0", "1", "\(half + 1)", "\(top)", "99"]))
        }
        return cases
    }()

    static let decimals: [BinlogTypeCase] = {
        let types = ["(10,0)", "(18,9)", "(9,9)", "(65,30)", "(5,2)", "(20,7)", "(38,0)"]
        let small = ["0", "0.01", "-0.01", "0.5", "-0.123456789", "0.999", "-0.9"]
        return types.map { BinlogTypeCase(type: "DECIMAL\($0)", values: small + Self.whole("DECIMAL\($0)")) }
    }()

    private static func whole(_ type: String) -> [String] {
        type == "DECIMAL(9,9)" ? [] : ["1", "-1", "999", "-123.45", "100"]
    }

    static let temporal: [BinlogTypeCase] = {
        let times = [
            "'00:00:00'", "'-00:00:01'", "'838:59:59'", "'-838:59:59'", "'12:34:56.789123'", "'-00:00:00.9'",
            "'-01:02:03.100001'", "'-00:00:01.999999'",
        ]
        let dateTimes = [
            "'0000-00-00'", "'2024-02-29 23:59:58.999999'", "'1000-01-01'", "'9999-12-31 23:59:58'", "'2024-00-00'",
            "'1969-12-31 23:59:59.000001'", "'2024-02-31 01:02:03.4'",
        ]
        let timestamps = [
            "'1970-01-01 00:00:01'", "'2038-01-19 03:14:07'", "'2024-02-29 12:00:00.123456'", "'0000-00-00'",
            "'2000-03-01'",
        ]
        var cases: [BinlogTypeCase] = []
        for digits in 0...6 {
            cases.append(BinlogTypeCase(type: "TIME(\(digits))", values: times))
            cases.append(BinlogTypeCase(type: "DATETIME(\(digits))", values: dateTimes))
            cases.append(BinlogTypeCase(type: "TIMESTAMP(\(digits)) NULL", values: timestamps))
        }
        let dates = ["'0000-00-00'", "'9999-12-31'", "'2024-02-31'", "'2024-00-00'", "'1000-01-01'"]
        cases.append(BinlogTypeCase(type: "DATE", values: dates))
        cases.append(BinlogTypeCase(type: "YEAR", values: ["0", "1901", "2155", "2024"]))
        return cases
    }()

    static let strings: [BinlogTypeCase] = [
        BinlogTypeCase(type: "CHAR(10)", values: ["''", "'a'", "'ab  '", "'äöü€😀'"]),
        BinlogTypeCase(type: "CHAR(255)", values: ["''", "REPEAT('😀', 255)", "'x'"]),
        BinlogTypeCase(type: "VARCHAR(20)", values: ["''", "'a '", "'äöü€😀'", "REPEAT('z', 20)"]),
        BinlogTypeCase(type: "VARCHAR(5000)", values: ["''", "REPEAT('€', 5000)", "'b'"]),
        BinlogTypeCase(type: "CHAR(20) CHARACTER SET latin1", values: ["''", "'äöü€'"], select: "CAST(v AS BINARY)"),
        BinlogTypeCase(
            type: "VARCHAR(300) CHARACTER SET latin1", values: ["''", "'äöü€'", "REPEAT('é', 300)"],
            select: "CAST(v AS BINARY)"),
        BinlogTypeCase(type: "VARCHAR(30) CHARACTER SET utf16", values: ["''", "'ä😀'"], select: "CAST(v AS BINARY)"),
        BinlogTypeCase(
            type: "BINARY(16)", values: ["X'00'", "X'0102030405060708090A0B0C0D0E0F10'", "X'FF00'", "X'20'"]),
        BinlogTypeCase(type: "BINARY(255)", values: ["X''", "X'0100'"]),
        BinlogTypeCase(type: "VARBINARY(16)", values: ["X''", "X'00'", "X'01000000'", "X'20'"]),
        BinlogTypeCase(type: "VARBINARY(3000)", values: ["X''", "REPEAT(X'00FF', 1500)"]),
    ]

    static let large: [BinlogTypeCase] = [
        BinlogTypeCase(type: "TINYTEXT", values: ["''", "REPEAT('a', 255)"]),
        BinlogTypeCase(type: "TEXT", values: ["''", "'ä'", "REPEAT('ä', 30000)"]),
        BinlogTypeCase(type: "MEDIUMTEXT", values: ["''", "REPEAT('b', 70000)"]),
        BinlogTypeCase(type: "LONGTEXT", values: ["''", "REPEAT('c', 300000)"]),
        BinlogTypeCase(type: "TEXT CHARACTER SET latin1", values: ["''", "'ä€'"], select: "CAST(v AS BINARY)"),
        BinlogTypeCase(type: "TINYBLOB", values: ["X''", "X'00'"]),
        BinlogTypeCase(type: "BLOB", values: ["X''", "X'0001'", "REPEAT(X'00', 60000)"]),
        BinlogTypeCase(type: "MEDIUMBLOB", values: ["REPEAT(X'0102', 40000)"]),
        BinlogTypeCase(type: "LONGBLOB", values: ["REPEAT(X'FF', 300000)"]),
    ]

    static let others: [BinlogTypeCase] = [
        BinlogTypeCase(type: "FLOAT", values: ["0", "-1.5", "3.4028235e38", "1.17549435e-38", "0.1"]),
        BinlogTypeCase(type: "DOUBLE", values: ["0", "-1.5", "1.7976931348623157e308", "5e-324", "0.1"]),
        BinlogTypeCase(type: "BIT(1)", values: ["b'0'", "b'1'"]),
        BinlogTypeCase(type: "BIT(13)", values: ["b'0'", "b'1000000000001'"]),
        BinlogTypeCase(type: "BIT(64)", values: ["b'1'", "X'FFFFFFFFFFFFFFFF'"]),
        BinlogTypeCase(type: "ENUM('a','b''c','ä, d')", values: ["'a'", "'b''c'", "3"], select: "v | 0"),
        BinlogTypeCase(
            type: labels("ENUM", 300), values: ["1", "300", "256"],
            select: "v | 0"),
        BinlogTypeCase(type: "SET('a','b','c')", values: ["''", "'a,c'", "7"], select: "v | 0"),
        BinlogTypeCase(
            type: labels("SET", 64),
            values: ["0", "'s1,s64'", "'s33'"], select: "v | 0"),
        BinlogTypeCase(
            type: labels("SET", 20), values: ["'s1,s20'"],
            select: "v | 0"),
        BinlogTypeCase(type: "POINT", values: ["ST_GeomFromText('POINT(1.5 -2)')"]),
        BinlogTypeCase(type: "GEOMETRY", values: ["ST_GeomFromText('LINESTRING(0 0, 1 1, 2 -5)', 0)"]),
        BinlogTypeCase(
            type: "INET6",
            values: [
                "'::'", "'::1'", "'fe80::1:0:0:2'", "'2001:db8::'", "'::ffff:1.2.3.4'", "'1:0:0:2:0:0:0:3'",
                "'::1.2.3.4'",
                "'1:2:3:4:5:6:7:8'", "'1:0:2:3:4:5:6:7'", "'0:0:0:0:0:ffff:0:1'", "'::5:6:7'",
            ], only: .mariadb),
        BinlogTypeCase(type: "INET4", values: ["'0.0.0.0'", "'1.2.3.0'", "'255.255.255.255'"], only: .mariadb),
        BinlogTypeCase(
            type: "JSON",
            values: [
                #"'{"a": 1, "bb": [true, false, null, -5, 70000, -3000000000, 18446744073709551615]}'"#, "'[]'", "'{}'",
                "'null'", "'1.5'", #"'"a\\"b\\u0001\\nä😀"'"#, #"'[[[1.0, -0.5, 32767, 32768, 65536, 2147483648]]]'"#,
                #"CONCAT('{"k": "', REPEAT('x', 70000), '", "n": [1, {"z": 12}]}')"#, "'-9223372036854775808'",
            ]),
    ]

    private static func labels(_ type: String, _ count: Int) -> String {
        type + "(" + (1...count).map { "'s\($0)'" }.joined(separator: ",") + ")"
    }

    static func all(_ family: ServerFamily) -> [BinlogTypeCase] {
        (integers + decimals + temporal + strings + large + others).filter { $0.only == nil || $0.only == family }
    }
}

@Suite struct BinlogTypesTests {
    @Test("Every column type comes out of the log as SELECT shows it", arguments: ServerFamily.available)
    func roundTrip(family: ServerFamily) async throws {
        let fixture = try await BinlogFixture.on(family)
        for test in BinlogTypeCase.all(family) {
            try await fixture.run(
                "DROP TABLE IF EXISTS t",
                SQL(verbatim: "CREATE TABLE t (id INT NOT NULL AUTO_INCREMENT PRIMARY KEY, v \(test.type), w INT)"))
            let stream = try await fixture.open(["t"])
            for value in test.values + ["NULL"] {
                // Zero dates and the like: whatever the type takes, rounded as it does.
                try await fixture.run(SQL(verbatim: "INSERT IGNORE INTO t (v, w) VALUES (\(value), 7)"))
            }
            let items: [BinlogItem]
            do {
                items = try await fixture.drain(stream)
            } catch {
                Issue.record("\(test.type): \(error)")
                continue
            }
            await stream.close()
            let seen = items.changes.map { change -> [SQLValue] in
                if case .insert(let row) = change { row } else { [] }
            }
            let rows = try await fixture.writer.query(
                SQL(verbatim: "SELECT id, \(test.select) AS v, w FROM t ORDER BY id"), values: .bound)
            #expect(seen.count == test.values.count + 1, "\(test.type)")
            for (row, change) in zip(rows, seen) {
                var expected = row.values
                if test.select != "v", let bytes = expected[1].rawBytes, case .text(_, let charset) = change[1] {
                    expected[1] = .text(bytes, charset)
                }
                if case .int(let number) = expected[1], case .uint = change[1] { expected[1] = .uint(UInt64(number)) }
                #expect(change == expected, "\(test.type)")
            }
        }
        await fixture.writer.close()
    }
}
