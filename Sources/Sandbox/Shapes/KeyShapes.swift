internal import MySQLClient

/// Shapes that differ in the key by which rows are copied and found.
extension TableShape {
    /// All shapes of this file.
    package static let keys: [TableShape] = [
        compositeKey, caseInsensitiveKey, binaryKey, unsignedKey, decimalKey, dateTimeKey, uniqueKeyOnly,
    ]

    /// `PRIMARY KEY (tenant, region, number)`: small ranges in front, so chunks end in the middle of a tenant.
    package static let compositeKey = keyed(
        "composite-key", names: ["tenant", "region", "number"],
        types: ["INT NOT NULL", "VARCHAR(12) NOT NULL", "BIGINT NOT NULL"], primary: true
    ) { writer, number, random in
        [
            .int(Int64(number % 7)), .string(random.pick(["eu-west", "eu-north", "us-east"])),
            .int(Int64(RowContent.identity(writer, number))),
        ]
    }

    /// A text key under a case-insensitive collation: `Anna…` and `anna…` are one place in the order. Key changes also change
    /// nothing but the case.
    package static let caseInsensitiveKey = keyed(
        "case-insensitive-key", names: ["code"],
        types: ["VARCHAR(60) CHARACTER SET utf8mb4 COLLATE utf8mb4_general_ci NOT NULL"], primary: true,
        recasesKey: true
    ) { writer, number, random in
        let text = "\(random.pick(["anna", "Berta", "ÇELIK", "öl", "Zoë"]))-\(RowContent.identity(writer, number))"
        return [.string(random.once(in: 2) ? text.uppercased() : text)]
    }

    /// `BINARY(16)`, random and with zero bytes at the end in every fourth row.
    package static let binaryKey = keyed(
        "binary16-key", names: ["uuid"], types: ["BINARY(16) NOT NULL"], primary: true
    ) { writer, number, random in
        // The identity in the middle makes it unique; random bytes in front spread it over the key space.
        var bytes = (0..<8).map { _ in UInt8(random.int(0..<256)) }
        let identity = UInt32(RowContent.identity(writer, number))
        bytes += (0..<4).map { UInt8(truncatingIfNeeded: identity >> (8 * (3 - $0))) }
        bytes += number % 4 == 0 ? [0, 0, 0, 0] : (0..<4).map { _ in UInt8(random.int(0..<256)) }
        return [.bytes(bytes)]
    }

    /// `BIGINT UNSIGNED` up to 18446744073709551615, the very last value included.
    package static let unsignedKey = keyed(
        "bigint-unsigned-key", names: ["id"], types: ["BIGINT UNSIGNED NOT NULL"], primary: true
    ) { writer, number, _ in [.uint(UInt64.max - UInt64(RowContent.identity(writer, number) - 1))] }

    /// `DECIMAL(20,6)`, negative and positive.
    package static let decimalKey = keyed(
        "decimal-key", names: ["price"], types: ["DECIMAL(20,6) NOT NULL"], primary: true
    ) { writer, number, _ in
        let identity = RowContent.identity(writer, number)
        return [RowContent.decimal(units: number % 2 == 0 ? identity : -identity, digits: 6)]
    }

    /// `DATETIME(6)`: neighbours differ by a microsecond.
    package static let dateTimeKey = keyed(
        "datetime6-key", names: ["moment"], types: ["DATETIME(6) NOT NULL"], primary: true
    ) { writer, number, _ in [.dateTime(RowContent.moment(microseconds: RowContent.identity(writer, number)))] }

    /// No primary key, one unique key over NOT NULL columns.
    package static let uniqueKeyOnly = keyed(
        "unique-key-only", names: ["shop", "receipt"], types: ["SMALLINT NOT NULL", "VARCHAR(30) NOT NULL"],
        primary: false
    ) { writer, number, _ in [.int(Int64(number % 5 - 2)), .string("R\(RowContent.identity(writer, number))")] }

    /// Key columns in front, two plain ones behind; the change widens one of those and adds another.
    private static func keyed(
        _ slug: String, names: [String], types: [String], primary: Bool, recasesKey: Bool = false,
        key: @escaping @Sendable (Int, Int, inout SeededRandom) -> [SQLValue]
    ) -> TableShape {
        let columns = names + ["quantity", "remark"]
        let declarations = zip(names, types).map { "\($0) \($1)" }.joined(separator: ", ")
        let index = "\(primary ? "PRIMARY KEY" : "UNIQUE KEY the_key") (\(names.joined(separator: ", ")))"
        let first = names.count
        return TableShape(
            slug: slug, table: "t_" + slug.filter { $0 != "-" }, columns: columns, key: names,
            definition: """
                (\(declarations), quantity INT NOT NULL, remark VARCHAR(200) NULL, \(index)) ENGINE=InnoDB \
                DEFAULT CHARSET=utf8mb4
                """,
            recasesKey: recasesKey,
            alteration: .adding(
                "MODIFY COLUMN quantity BIGINT NOT NULL, ADD COLUMN origin VARCHAR(20) NOT NULL DEFAULT 'unknown'",
                to: columns, added: [("origin", .string("unknown"))])
        ) { writer, number, random in
            key(writer, number, &random) + [RowContent.number(&random), RowContent.sentence(&random)]
        } mutate: { row, random in
            row[first] = RowContent.number(&random)
            row[first + 1] = RowContent.sentence(&random)
        }
    }
}
