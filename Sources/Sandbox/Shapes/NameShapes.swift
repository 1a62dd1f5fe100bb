internal import MySQLClient

/// Shapes that differ in names and character sets.
extension TableShape {
    /// All shapes of this file.
    package static let names: [TableShape] = [latin1ToUTF8, fourByteText, longTableName, renamedColumn]

    /// Text in latin1, converted to utf8mb4.
    package static let latin1ToUTF8 = TableShape(
        slug: "latin1-to-utf8mb4", table: "t_latin1", columns: ["id", "title", "body"], key: ["id"],
        definition: """
            (id INT NOT NULL PRIMARY KEY, title VARCHAR(80) NOT NULL, body TEXT NULL, KEY by_title (title)) \
            ENGINE=InnoDB DEFAULT CHARSET=latin1
            """,
        alteration: .adding("CONVERT TO CHARACTER SET utf8mb4", to: ["id", "title", "body"])
    ) { writer, number, random in
        [.int(Int64(RowContent.identity(writer, number))), westernText(&random), westernText(&random)]
    } mutate: { row, random in
        row[1] = westernText(&random)
        if random.once(in: 2) { row[2] = random.once(in: 4) ? .null : westernText(&random) }
    }

    /// Characters outside the basic plane in the data, non-ASCII table and column names.
    package static let fourByteText = TableShape(
        slug: "four-byte-text", table: "größe_таблица_表", columns: ["schlüssel", "名前", "mood"], key: ["schlüssel"],
        definition: """
            (`schlüssel` BIGINT NOT NULL, `名前` VARCHAR(60) NOT NULL, mood VARCHAR(60) NULL, PRIMARY KEY (`schlüssel`)) \
            ENGINE=InnoDB DEFAULT CHARSET=utf8mb4
            """,
        alteration: .adding(
            "MODIFY COLUMN `名前` VARCHAR(120) NOT NULL, ADD COLUMN `цвет` VARCHAR(10) NOT NULL DEFAULT '🟢'",
            to: ["schlüssel", "名前", "mood"], added: [("цвет", .string("🟢"))])
    ) { writer, number, random in
        [.int(Int64(RowContent.identity(writer, number))), symbols(&random), symbols(&random)]
    } mutate: { row, random in
        row[1] = symbols(&random)
        row[2] = random.once(in: 4) ? .null : symbols(&random)
    }

    /// A table name of 64 characters, the longest both servers take.
    package static let longTableName = TableShape(
        slug: "long-table-name", table: "t" + String(repeating: "_0123456789", count: 6).prefix(63),
        columns: ["id", "amount"], key: ["id"],
        definition: "(id BIGINT NOT NULL PRIMARY KEY, amount INT NOT NULL) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4",
        alteration: .adding("ADD INDEX by_amount (amount)", to: ["id", "amount"])
    ) { writer, number, random in
        [.int(Int64(RowContent.identity(writer, number))), RowContent.number(&random)]
    } mutate: { row, random in
        row[1] = RowContent.number(&random)
    }

    /// A column that gets another name while the application, which names only the others, goes on.
    package static let renamedColumn = TableShape(
        slug: "renamed-column", table: "t_renamed", columns: ["id", "note", "amount"], key: ["id"],
        definition: """
            (id BIGINT NOT NULL PRIMARY KEY, note VARCHAR(200) NULL, amount INT NOT NULL) ENGINE=InnoDB \
            DEFAULT CHARSET=utf8mb4
            """,
        insertsByPosition: true,
        alteration: .adding(
            "CHANGE COLUMN note remark VARCHAR(250) NULL", to: ["id", "remark", "amount"])
    ) { writer, number, random in
        [.int(Int64(RowContent.identity(writer, number))), RowContent.sentence(&random), RowContent.number(&random)]
    } mutate: { row, random in
        row[2] = RowContent.number(&random)
    }

    private static func westernText(_ random: inout SeededRandom) -> SQLValue {
        let letters = ["é", "ß", "Ñ", "ø", "a", "K", "€", "ÿ", " ", "'", "\\"]
        return .string((0..<random.int(1..<20)).map { _ in random.pick(letters) }.joined() + ".")
    }

    private static func symbols(_ random: inout SeededRandom) -> SQLValue {
        let letters = ["😀", "🏳️‍🌈", "𝄞", "漢", "я", "e\u{301}", "z", "🧵", "\"", "`"]
        return .string((0..<random.int(1..<6)).map { _ in random.pick(letters) }.joined())
    }
}
