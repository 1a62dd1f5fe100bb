internal import MySQLClient

/// Shapes that differ in the types of their columns.
extension TableShape {
    /// All shapes of this file.
    package static let types: [TableShape] = [enumAndSet, json, bits, zeroDates, generatedColumns]

    /// ENUM and SET, both with a label more afterwards.
    package static let enumAndSet = TableShape(
        slug: "enum-and-set", table: "t_labels", columns: ["id", "size", "extras"], key: ["id"],
        definition: """
            (id INT UNSIGNED NOT NULL PRIMARY KEY, size ENUM('small','medium','large','größer') NULL, \
            extras SET('gift','express','insured','cooled') NOT NULL) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4
            """,
        alteration: .adding(
            """
            MODIFY COLUMN size ENUM('tiny','small','medium','large','größer') NULL, \
            MODIFY COLUMN extras SET('gift','express','insured','cooled','heavy') NOT NULL
            """, to: ["id", "size", "extras"])
    ) { writer, number, random in
        [.uint(UInt64(RowContent.identity(writer, number))), label(&random), labels(&random)]
    } mutate: { row, random in
        row[1] = label(&random)
        row[2] = labels(&random)
    }

    /// JSON documents, written the way MySQL prints them so that they come back byte for byte on both families.
    package static let json = TableShape(
        slug: "json", table: "t_json", columns: ["id", "document", "revision"], key: ["id"],
        definition: """
            (id BIGINT NOT NULL PRIMARY KEY, document JSON NULL, revision INT NOT NULL) ENGINE=InnoDB \
            DEFAULT CHARSET=utf8mb4
            """,
        alteration: .adding(
            "MODIFY COLUMN revision BIGINT NOT NULL, ADD INDEX by_revision (revision)",
            to: ["id", "document", "revision"])
    ) { writer, number, random in
        [.int(Int64(RowContent.identity(writer, number))), document(&random), RowContent.number(&random)]
    } mutate: { row, random in
        row[1] = document(&random)
        row[2] = RowContent.number(&random)
    }

    /// BIT columns from one bit to 64.
    package static let bits = TableShape(
        slug: "bit", table: "t_bit", columns: ["id", "flag", "mask", "wide"], key: ["id"],
        definition: """
            (id INT NOT NULL PRIMARY KEY, flag BIT(1) NOT NULL, mask BIT(12) NULL, wide BIT(64) NOT NULL) ENGINE=InnoDB
            """,
        alteration: .adding("MODIFY COLUMN mask BIT(20) NULL", to: ["id", "flag", "mask", "wide"])
    ) { writer, number, random in
        [.int(Int64(RowContent.identity(writer, number))), .bit(1), .bit(0xabc), .bit(random.next())]
    } mutate: { row, random in
        row[1] = .bit(UInt64(random.int(0..<2)))
        row[2] = random.once(in: 5) ? .null : .bit(UInt64(random.int(0..<4096)))
        row[3] = .bit(random.next())
    }

    /// Dates with zeros in them, which sessions in strict modes would refuse.
    package static let zeroDates = TableShape(
        slug: "zero-dates", table: "t_zero_dates", columns: ["id", "born", "seen"], key: ["id"],
        definition: """
            (id BIGINT NOT NULL PRIMARY KEY, born DATE NOT NULL, seen DATETIME(3) NOT NULL) ENGINE=InnoDB
            """,
        alteration: .adding(
            "MODIFY COLUMN seen DATETIME(6) NOT NULL, ADD COLUMN checked TINYINT NOT NULL DEFAULT 7",
            to: ["id", "born", "seen"], added: [("checked", .int(7))])
    ) { writer, number, random in
        [.int(Int64(RowContent.identity(writer, number))), oddDate(&random), oddMoment(&random)]
    } mutate: { row, random in
        row[1] = oddDate(&random)
        row[2] = oddMoment(&random)
    }

    /// A stored and a virtual column; the change adds another stored one.
    package static let generatedColumns = TableShape(
        slug: "generated-columns", table: "t_generated", columns: ["id", "price", "pieces", "total", "label"],
        key: ["id"],
        generated: ["total", "label"],
        definition: """
            (id BIGINT NOT NULL PRIMARY KEY, price INT NOT NULL, pieces INT NOT NULL, \
            total BIGINT GENERATED ALWAYS AS (price * pieces) STORED, \
            label VARCHAR(40) GENERATED ALWAYS AS (concat('#', id)) VIRTUAL, KEY by_total (total)) ENGINE=InnoDB \
            DEFAULT CHARSET=utf8mb4
            """,
        alteration: Alteration(
            clause:
                "ADD COLUMN twice BIGINT GENERATED ALWAYS AS (pieces * 2) STORED, MODIFY COLUMN price BIGINT NOT NULL",
            columns: ["id", "price", "pieces", "total", "label", "twice"]
        ) { row in row + [.int((row[2].int64 ?? 0) * 2)] }
    ) { writer, number, random in
        let id = Int64(RowContent.identity(writer, number))
        return [.int(id), .int(Int64(random.int(1..<9_000))), .int(Int64(random.int(1..<50))), .null, .null]
    } mutate: { row, random in
        row[1] = .int(Int64(random.int(1..<9_000)))
        row[2] = .int(Int64(random.int(1..<50)))
    } derive: { row in
        row[3] = .int((row[1].int64 ?? 0) * (row[2].int64 ?? 0))
        row[4] = .string("#\(row[0].int64 ?? 0)")
    }

    private static func label(_ random: inout SeededRandom) -> SQLValue {
        random.once(in: 6) ? .null : .string(random.pick(["small", "medium", "large", "größer"]))
    }

    private static func labels(_ random: inout SeededRandom) -> SQLValue {
        .string(["gift", "express", "insured", "cooled"].filter { _ in random.once(in: 2) }.joined(separator: ","))
    }

    private static func document(_ random: inout SeededRandom) -> SQLValue {
        switch random.int(0..<5) {
        case 0: .null
        case 1: .json("[1, 2.5, \"zwölf\", null, true]")
        case 2:
            .json("{\"a\": {\"deep\": [\(random.int(0..<1000)), {}]}, \"word\": \"\(random.pick(RowContent.words))\"}")
        case 3: .json("\"😀 \(random.int(0..<1000))\"")
        default: .json("{\"n\": \(random.int(-1000..<1000)), \"name\": \"\(RowContent.person(&random))\"}")
        }
    }

    private static func oddDate(_ random: inout SeededRandom) -> SQLValue {
        .date(
            random.pick([
                SQLDate(year: 0, month: 0, day: 0), SQLDate(year: 2023, month: 0, day: 0),
                SQLDate(year: 2023, month: 5, day: 0), SQLDate(year: 1999, month: 12, day: 31),
            ]))
    }

    private static func oddMoment(_ random: inout SeededRandom) -> SQLValue {
        if random.once(in: 3) { return .dateTime(SQLDateTime(date: SQLDate(year: 0, month: 0, day: 0))) }
        return .dateTime(RowContent.moment(microseconds: random.int(0..<1_000_000_000) * 1000))
    }
}

extension TableShape {
    /// Every shape of the correctness suite that this family can hold.
    package static func correctness(_ family: ServerFamily) -> [TableShape] {
        (keys + names + types).filter { $0.families.contains(family) }
    }
}
