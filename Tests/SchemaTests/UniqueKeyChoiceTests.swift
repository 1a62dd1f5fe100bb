import Schema
import Testing

@Suite("Choice of the key to walk")
struct UniqueKeyChoiceTests {
    private func choose(
        _ original: TableModel, _ altered: TableModel? = nil, renames: [String: String] = [:]
    ) throws(KeyRefusal) -> UniqueKey {
        try UniqueKeyChoice.chooseKey(original: original, altered: altered ?? original, renames: renames)
    }

    private func refusal(
        _ original: TableModel, _ altered: TableModel? = nil, renames: [String: String] = [:]
    ) -> KeyRefusal? {
        #expect(throws: KeyRefusal.self) { try choose(original, altered, renames: renames) }
    }

    @Test("The primary key comes first, composite or not")
    func primaryFirst() throws {
        let orders = table(
            [column("a", "int"), column("b", "varchar(20)"), column("c", "int")], [unique("c", "c"), primary("a", "b")])
        let key = try choose(orders)
        #expect(key.name == "PRIMARY")
        #expect(key.alteredName == "PRIMARY")
        #expect(key.columns.map(\.original.name) == ["a", "b"])
        #expect(!key.isDescending)
    }

    @Test("Without a usable primary key the narrowest unique key is taken, then the first name")
    func best() throws {
        let columns = [column("e", "enum('x')"), column("a", "bigint"), column("b", "int"), column("c", "int")]
        #expect(try choose(table(columns, [primary("e"), unique("z", "a"), unique("y", "b", "c")])).name == "z")
        #expect(try choose(table(columns, [unique("z", "a"), unique("y", "b")])).name == "y")
        #expect(try choose(table(columns, [unique("z", "c"), unique("y", "b")])).name == "y")
    }

    @Test("A key is found again under new column names, another index name and another order")
    func renamed() throws {
        let before = table([column("a", "int"), column("b", "int")], [unique("u", "a", "b")])
        let after = table([column("B", "int"), column("x", "int")], [unique("v", "b", "x")])
        let key = try choose(before, after, renames: ["A": "x"])
        #expect(key.alteredName == "v")
        #expect(key.columns.map(\.altered.name) == ["x", "B"])
    }

    @Test("A new column under an old name is not the old column")
    func impostor() {
        let before = table([column("id", "int"), column("n", "int")], [primary("id")])
        let after = table([column("id", "int"), column("uid", "int"), column("n", "int")], [primary("id")])
        #expect(
            refusal(before, after, renames: ["id": "uid"])?.findings.first?.reasons == [
                "the altered table has no unique key over exactly `uid`, NOT NULL and whole"
            ])
    }

    private static let unwalkable: [(ColumnModel, IndexModel, String)] = [
        (column("k", "int", null: true), unique("u", "k"), "column `k` may be NULL, and NULLs are not unique"),
        (
            column("k", "float"), unique("u", "k"),
            "column `k` is FLOAT: approximate values are not found again by equality"
        ),
        (
            column("k", "double"), unique("u", "k"),
            "column `k` is DOUBLE: approximate values are not found again by equality"
        ),
        (
            column("k", "enum('b','a')"), unique("u", "k"),
            "column `k` is ENUM: it is ordered by member number but compared as text, so a range would miss rows"
        ),
        (
            column("k", "set('b','a')"), unique("u", "k"),
            "column `k` is SET: it is ordered by member number but compared as text, so a range would miss rows"
        ),
        (column("k", "bit(8)"), unique("u", "k"), "column `k` is BIT: it is sent as bytes but compared as a number"),
        (column("k", "text"), unique("u", "k"), "column `k` is TEXT: only part of it can be indexed in order"),
        (column("k", "json"), unique("u", "k"), "column `k` is JSON: it has no order to walk"),
        (column("k", "point"), unique("u", "k"), "column `k` is POINT: it has no order to walk"),
        (
            column("k", "uuid"), unique("u", "k"),
            "column `k` is UUID: how its values compare with what is sent back is not known"
        ),
        (
            column("k", "int", generated: .stored(expression: "1")), unique("u", "k"),
            "column `k` is generated, so events need not carry it"
        ),
        (
            column("k", "varchar(9)"),
            IndexModel(name: "u", isUnique: true, parts: [.init(column: "k", prefixLength: 4)]),
            "only the first 4 of column `k` are indexed"
        ),
        (
            column("k", "int"),
            IndexModel(name: "u", isUnique: true, parts: [.init(column: nil, expression: "`k` + 1")]),
            "the part (`k` + 1) is an expression"
        ),
        (
            column("k", "int"), IndexModel(name: "u", isUnique: true, parts: [.init(column: "k")], type: "HASH"),
            "it is a HASH index, which has no order to walk"
        ),
        (
            column("k", "int"), IndexModel(name: "u", isUnique: true, parts: [.init(column: "k")], isVisible: false),
            "the optimizer may not use it, so every range would read the whole table"
        ),
        (
            column("k", "int"),
            IndexModel(
                name: "u", isUnique: true, parts: [.init(column: "k"), .init(column: "k2", isDescending: true)]),
            "its parts are ascending and descending, so every range would be sorted anew"
        ),
    ]

    @Test("A key that cannot be walked is refused with its reason", arguments: unwalkable)
    func refusesShape(key: ColumnModel, index: IndexModel, reason: String) {
        let refused = refusal(table([key, column("k2", "int")], [index]))
        #expect(refused?.findings.map(\.index) == ["u"])
        #expect(refused?.findings.first?.reasons == [reason])
    }

    @Test("All parts descending is a walk backwards, not a refusal")
    func descending() throws {
        let index = IndexModel(name: "PRIMARY", isUnique: true, parts: [.init(column: "k", isDescending: true)])
        #expect(try choose(table([column("k", "int")], [index])).isDescending)
    }

    @Test("The refusal lists every unique key with its reasons, and what to do")
    func message() {
        let none = table([column("a", "int")], [IndexModel(name: "a", isUnique: false, parts: [.init(column: "a")])])
        #expect(
            refusal(none)?.message
                == "Table `orders` has no unique key: its rows cannot be told apart while they are copied.\n"
                + "Add a PRIMARY KEY first.")
        let two = table([column("a", "bit(1)"), column("b", "int", null: true)], [primary("a"), unique("b_key", "b")])
        #expect(
            refusal(two)?.message == """
                No unique key of table `orders` can be walked and found again in the altered table.
                  PRIMARY: column `a` is BIT: it is sent as bytes but compared as a number
                  b_key: column `b` may be NULL, and NULLs are not unique
                Keep one unique key of NOT NULL columns unchanged in this migration, or add one first.
                """)
    }

    private static let changes: [(String, String, String?)] = [
        ("int(11)", "int", nil), ("int", "bigint", nil), ("int unsigned", "bigint", nil),
        ("int unsigned", "bigint unsigned", nil),
        ("tinyint unsigned", "smallint", nil), ("decimal(10,2)", "decimal(12,3)", nil),
        ("datetime", "datetime(6)", nil),
        ("varbinary(8)", "varbinary(16)", nil), ("binary(16)", "binary(16)", nil), ("varchar(10)", "varchar(20)", nil),
        ("char(10)", "varchar(10)", nil), ("char(4)", "char(8)", nil),
        ("bigint", "int", "values beyond the range of int do not fit"),
        ("int unsigned", "int", "values beyond the range of int do not fit"),
        ("int", "bigint unsigned", "negative values do not fit"),
        ("decimal(10,2)", "decimal(10,1)", "digits behind the point are rounded away"),
        ("decimal(10,2)", "decimal(10,3)", "values with more digits do not fit"),
        ("decimal(10,2)", "decimal(12,2) unsigned", "negative values do not fit"),
        ("datetime(6)", "datetime(3)", "values that differ in a fraction of a second become equal"),
        ("timestamp", "datetime", "values of the two types do not compare alike"),
        ("date", "datetime", "values of the two types do not compare alike"),
        ("int", "varchar(20)", "values of the two types do not compare alike"),
        ("varchar(20)", "varchar(10)", "values that differ behind the new end do not fit"),
        ("varchar(10)", "char(10)", "values that differ in trailing spaces may become equal"),
        ("binary(8)", "binary(16)", "values padded with zero bytes differ from those without"),
        ("varbinary(8)", "binary(8)", "values padded with zero bytes differ from those without"),
        ("varbinary(8)", "varbinary(4)", "values that differ behind the new end do not fit"),
    ]

    @Test("A change of the key's type is accepted only if every value stays what it is", arguments: changes)
    func typeChange(from: String, to: String, reason: String?) throws {
        let (before, after) = (table([column("k", from)], [primary("k")]), table([column("k", to)], [primary("k")]))
        if let reason {
            let line = "column `k` changes from \(ColumnType(from).canonical) to \(ColumnType(to).canonical): \(reason)"
            #expect(refusal(before, after)?.findings.first?.reasons == [line])
        } else {
            #expect(try choose(before, after).name == "PRIMARY")
        }
    }

    private static let collations: [(String, String, Bool)] = [
        ("utf8_general_ci", "utf8mb3_general_ci", true), ("utf8mb3_general_ci", "utf8mb4_general_ci", true),
        ("utf8mb3_unicode_ci", "utf8mb4_unicode_ci", true), ("latin1_swedish_ci", "utf8mb4_bin", true),
        ("latin1_bin", "utf8mb4_bin", true), ("ascii_general_ci", "utf8mb4_general_ci", true),
        ("ascii_bin", "latin1_bin", true), ("utf8mb4_0900_ai_ci", "utf8mb4_0900_bin", true),
        ("utf8mb4_general_ci", "utf8mb4_general_nopad_ci", true), ("utf8mb4_unicode_ci", "utf8mb4_bin", true),
        ("latin1_swedish_ci", "utf8mb4_general_ci", false), ("latin1_swedish_ci", "utf8mb4_swedish_ci", false),
        ("latin1_bin", "utf8mb4_general_ci", false), ("utf8mb4_general_ci", "utf8mb4_unicode_ci", false),
        ("utf8mb4_bin", "utf8mb4_general_ci", false), ("utf8mb4_0900_ai_ci", "utf8mb4_bin", false),
        ("utf8mb4_general_nopad_ci", "utf8mb4_general_ci", false), ("ascii_general_ci", "utf8mb4_0900_ai_ci", false),
        ("ascii_general_ci", "utf8mb4_unicode_ci", false),
    ]

    @Test("A change of the key's collation is accepted only if what differs keeps differing", arguments: collations)
    func collationChange(from: String, to: String, isAllowed: Bool) throws {
        func set(_ collation: String) -> String { String(collation.prefix { $0 != "_" }) }
        let before = table([column("k", "varchar(9)", set: set(from), collate: from)], [primary("k")])
        let after = table([column("k", "varchar(9)", set: set(to), collate: to)], [primary("k")])
        if isAllowed {
            #expect(try choose(before, after).name == "PRIMARY")
        } else {
            #expect(
                refusal(before, after)?.findings.first?.reasons == [
                    "column `k` changes from collation \(from) to \(to), under which values that differ now may be equal"
                ])
        }
    }

    @Test("A character set that cannot hold the key's characters is refused")
    func characterSet() {
        let before = table([column("k", "varchar(9)", set: "utf8mb4", collate: "utf8mb4_bin")], [primary("k")])
        let after = table([column("k", "varchar(9)", set: "latin1", collate: "latin1_bin")], [primary("k")])
        #expect(
            refusal(before, after)?.findings.first?.reasons == [
                "column `k` changes from utf8mb4 to latin1, which does not hold every character of it"
            ])
    }

    @Test("A key over more or fewer columns, dropped or nullable afterwards, is refused")
    func lostKey() {
        let columns = [column("a", "int"), column("b", "int")]
        let missing = "the altered table has no unique key over exactly `a`, NOT NULL and whole"
        #expect(
            refusal(table(columns, [primary("a")]), table(columns, [primary("a", "b")]))?.findings.first?.reasons == [
                missing
            ])
        #expect(
            refusal(table(columns, [primary("a", "b")]), table(columns, [primary("a")]))?.findings.first?.reasons == [
                "the altered table has no unique key over exactly `a`, `b`, NOT NULL and whole"
            ])
        #expect(refusal(table(columns, [primary("a")]), table(columns, []))?.findings.first?.reasons == [missing])
        let nullable = table([column("a", "int", null: true), column("b", "int")], [unique("u", "a")])
        #expect(refusal(table(columns, [unique("u", "a")]), nullable)?.findings.first?.reasons == [missing])
        #expect(
            refusal(table(columns, [primary("a")]), table([columns[1]], []))?.findings.first?.reasons == [
                "column `a` is dropped"
            ])
        let generated = table([column("a", "int", generated: .stored(expression: "b")), columns[1]], [primary("a")])
        #expect(
            refusal(table(columns, [primary("a")]), generated)?.findings.first?.reasons == [
                "column `a` becomes generated"
            ])
    }

    @Test("A unique index that the original does not imply is named")
    func newUniqueness() {
        let columns = [column("id", "int"), column("a", "varchar(9)"), column("b", "int")]
        let before = table(columns, [primary("id"), unique("ab", "a", "b")])
        func new(_ indexes: IndexModel..., columns other: [ColumnModel]? = nil) -> [String] {
            UniqueKeyChoice.newUniqueIndexes(
                original: before, altered: table(other ?? columns, indexes), renames: [:])
        }
        #expect(new(primary("id"), unique("ab", "b", "a"), unique("wide", "b", "id")) == [])
        #expect(new(primary("id"), unique("a", "a")) == ["a"])
        #expect(
            new(
                IndexModel(
                    name: "cut", isUnique: true, parts: [.init(column: "a", prefixLength: 3), .init(column: "b")]))
                == ["cut"])
        let coarser = [columns[0], column("a", "varchar(9)", collate: "utf8mb4_unicode_ci"), columns[2]]
        #expect(new(primary("id"), unique("ab", "a", "b"), columns: coarser) == ["ab"])
    }
}
