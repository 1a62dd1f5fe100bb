import Schema
import Testing

@Suite("Column map")
struct ColumnMapTests {
    private let id = column("id", "int")

    private func map(
        _ before: [ColumnModel], _ after: [ColumnModel], renames: [String: String] = [:]
    ) throws(ColumnRefusal) -> ColumnMap {
        try ColumnMap(
            original: table(before, [primary("id")]), altered: table(after, [primary("id")]), renames: renames)
    }

    @Test("Columns are paired by name in any letter case, or by rename; the rest is added or dropped")
    func pairs() throws {
        let result = try map(
            [id, column("a", "int"), column("b", "int"), column("gone", "int", default: .literal("0"))],
            [column("ID", "int"), column("x", "bigint"), column("b", "int"), column("new", "int", null: true)],
            renames: ["A": "x"])
        #expect(
            result.written.map { [$0.original.name, $0.altered.name] } == [["id", "ID"], ["a", "x"], ["b", "b"]])
        #expect(result.converted.map(\.altered.name) == ["x"])
        #expect(result.added.map(\.name) == ["new"])
        #expect(result.dropped.map(\.name) == ["gone"])
        #expect(result.hints == [])
    }

    @Test("Swapped names, a reused old name and a taken name go to the right columns")
    func renames() throws {
        let (a, b) = (column("a", "int", null: true), column("b", "int", null: true))
        let swapped = try map([id, a, b], [id, a, b], renames: ["a": "b", "b": "a"])
        #expect(swapped.written.map { $0.original.name + $0.altered.name } == ["idid", "ba", "ab"])
        let reused = try map([id, a], [id, b, a], renames: ["a": "b"])
        #expect(reused.written.map { $0.original.name + $0.altered.name } == ["idid", "ab"])
        #expect(reused.added.map(\.name) == ["a"])
        let taken = try map([id, a, b], [id, b], renames: ["a": "b"])
        #expect(taken.written.map { $0.original.name + $0.altered.name } == ["idid", "ab"])
        #expect(taken.dropped.map(\.name) == ["b"])
    }

    @Test("Generated columns of the altered table are never written")
    func generated() throws {
        let sum = column("s", "int", null: true, generated: .virtual(expression: "id + 1"))
        let kept = try map([id, sum], [id, sum])
        #expect(kept.written.map(\.altered.name) == ["id"])
        #expect(kept.computed.map(\.altered.name) == ["s"])
        let becomes = try map([id, column("s", "int")], [id, sum])
        #expect(becomes.written.map(\.altered.name) == ["id"])
        #expect(
            becomes.hints.map(\.text) == [
                "Column `s` becomes generated: its values are replaced by what the expression gives."
            ])
        let stored = column("s", "int", generated: .stored(expression: "id + 1"))
        #expect(try map([id, stored], [id, column("s", "int")]).written.map(\.altered.name) == ["id", "s"])
    }

    private static let conversions: [(String, String, ValueConversion)] = [
        ("int(11)", "int", .none), ("int", "bigint", .lossless),
        ("bigint", "int", .lossy("values beyond the range of int do not fit")),
        ("int", "int unsigned", .lossy("negative values do not fit")),
        ("decimal(10,2)", "decimal(8,2)", .lossy("values with more digits do not fit")),
        ("varchar(10)", "varchar(20)", .lossless),
        ("varchar(20)", "varchar(10)", .lossy("values longer than varchar(10) holds do not fit")),
        ("varchar(100)", "text", .lossless),
        ("varchar(20000)", "text", .lossy("values longer than text holds do not fit")),
        ("varchar(10)", "char(10)", .lossy("spaces at the end of a value are lost")),
        ("datetime(6)", "datetime", .lossy("fractions of a second are rounded")), ("date", "datetime", .lossless),
        ("timestamp", "datetime", .lossy("values are converted from timestamp to datetime")),
        ("enum('a','b')", "enum('b','a','c')", .lossless),
        ("enum('a','b')", "enum('a')", .lossy("the member 'b' is gone")),
        ("double", "float", .lossy("float keeps fewer digits than double")),
        ("bit(4)", "bit(3)", .lossy("the new type has fewer bits")),
        ("varchar(10)", "int", .lossy("values are converted from varchar(10) to int")),
        ("binary(4)", "binary(8)", .lossy("values are padded or cut to the new length")),
    ]

    @Test("A conversion is lossless only if every value fits", arguments: conversions)
    func conversion(from: String, to: String, expected: ValueConversion) {
        #expect(ValueConversion.between(column("a", from), column("a", to)) == expected)
    }

    @Test("A character set that lacks characters is a lossy conversion")
    func characterSets() {
        let wide = column("a", "varchar(9)", set: "utf8mb4", collate: "utf8mb4_bin")
        let narrow = column("a", "varchar(9)", set: "latin1", collate: "latin1_bin")
        #expect(ValueConversion.between(narrow, wide) == .lossless)
        #expect(ValueConversion.between(wide, narrow) == .lossy("characters of utf8mb4 that latin1 lacks do not fit"))
    }

    @Test("Hints name what may stop the copy, lose values or stand in the way of a revert")
    func hints() throws {
        let result = try map(
            [id, column("a", "bigint", null: true), column("gone", "int"), column("g2", "int", null: true)],
            [id, column("a", "int"), column("n", "int", extra: "auto_increment")])
        #expect(
            result.hints.map(\.text) == [
                "Column `a` changes from bigint to int: values beyond the range of int do not fit.",
                "Column `a` no longer allows NULL: a row that has NULL there stops the copy.",
                "Column `n` is new and numbered by the server: numbers follow the order of the copy and differ from shard to"
                    + " shard.",
                "Column `gone` is dropped and has no default: a later revert cannot fill it for rows inserted after the"
                    + " cut-over.",
            ])
        #expect(result.hints.map(\.kind) == [.lossyConversion, .nullNotAllowed, .newNumbers, .cannotRevert])
    }

    @Test("A shadow table that could not be filled is refused")
    func refusals() {
        let plain = [id, column("a", "int")]
        func message(_ before: [ColumnModel], _ after: [ColumnModel], _ renames: [String: String] = [:]) -> String? {
            (#expect(throws: ColumnRefusal.self) { try map(before, after, renames: renames) })?.message
        }
        #expect(
            message([id], plain + [column("b", "int")])
                == "Table `orders` would get `a`, `b` NOT NULL without a default. A strict server refuses every copied row"
                + " then (error 1364), and a lenient one invents values. Add DEFAULT …, or allow NULL.")
        #expect(
            message(plain, plain, ["x": "a"])
                == "Table `orders` has no column `x` to rename. Check the spelling, and whether the change was made before."
        )
        #expect(
            message(plain, plain, ["a": "y"])
                == "The altered copy of `orders` has no column `y`, which the statement names as a new name. The copy was"
                + " not made by this statement: start the migration again.")
        #expect(
            message([id, column("v", "int", generated: .virtual(expression: "1"))], [id, column("v", "int")])
                == "Column `v` of `orders` is virtual and would become an ordinary column. Its values are not stored, and the"
                + " binary log need not carry them. Add a new column, fill it, and drop this one in a second migration."
        )
        #expect(
            message([id], [column("z", "int", null: true)])
                == "No column of `orders` is left after the change: there is nothing to copy. Create a new table instead."
        )
    }
}
