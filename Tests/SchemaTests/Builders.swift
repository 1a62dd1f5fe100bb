import Schema

/// Short forms of the model for tests.
func column(
    _ name: String, _ type: String, null: Bool = false, default value: ColumnDefault = .none, set: String? = nil,
    collate: String? = nil, extra: String = "", generated: ColumnModel.Generation? = nil
) -> ColumnModel {
    let parsed = ColumnType(type)
    let isText = [.text, .longText, .enumeration].contains(parsed.family)
    return ColumnModel(
        ordinal: 0, name: name, dataType: parsed.base, columnType: type, isNullable: null,
        defaultValue: value == .none && null ? .null : value, characterSet: set ?? (isText ? "utf8mb4" : nil),
        collation: collate ?? (isText ? "utf8mb4_general_ci" : nil), extra: extra, generation: generated)
}

func table(_ columns: [ColumnModel], _ indexes: [IndexModel], name: String = "orders") -> TableModel {
    var numbered = columns
    for index in numbered.indices { numbered[index].ordinal = index + 1 }
    return TableModel(name: name, columns: numbered, indexes: indexes)
}

func primary(_ columns: String...) -> IndexModel {
    IndexModel(name: "PRIMARY", isUnique: true, parts: columns.map { .init(column: $0) })
}

func unique(_ name: String, _ columns: String...) -> IndexModel {
    IndexModel(name: name, isUnique: true, parts: columns.map { .init(column: $0) })
}

/// SplitMix64: the same numbers for the same seed, everywhere.
struct SeededGenerator: RandomNumberGenerator {
    private var state: UInt64
    init(seed: UInt64) { state = seed }
    mutating func next() -> UInt64 {
        state &+= 0x9E37_79B9_7F4A_7C15
        var z = state
        z = (z ^ (z >> 30)) &* 0xBF58_476D_1CE4_E5B9
        z = (z ^ (z >> 27)) &* 0x94D0_49BB_1331_11EB
        return z ^ (z >> 31)
    }
}
