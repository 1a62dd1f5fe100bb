internal import MySQLClient
internal import Schema

/// A checksum over the rows of a range, the same for two tables exactly when their shared columns hold the same.
///
/// Each row becomes one text: its columns in order, in a form that conversion by the ALTER does not change (latin1 and
/// utf8mb4 of the same characters, INT and BIGINT of the same number), and which of them are NULL. Its CRC32 and the CRC32 of its
/// reverse are folded by XOR over the rows, with their count: 64 bits, so that a wrong row escapes once in 2⁶⁴ and not once in
/// 2³². A second CRC of the same bytes would add nothing, CRC being linear.
struct ChecksumStatements: Sendable {
    let pair: TablePair
    private let originalRow: SQL
    private let shadowRow: SQL

    init(_ pair: TablePair) {
        self.pair = pair
        originalRow = Self.row(pair.columns.map { ($0.original, $0) })
        shadowRow = Self.row(pair.columns.map { ($0.shadow, $0) })
    }

    /// Both tables in one statement, which sees both as of one moment: columns `a` and `b`, equal when the range is the same.
    func compare(_ range: KeyRange) -> SQL {
        "SELECT (" + original(range) + ") AS a, (" + shadow(range) + ") AS b"
    }

    func original(_ range: KeyRange, locking: SQL = "") -> SQL {
        "SELECT " + Self.fold(originalRow) + " FROM \(pair.original) FORCE INDEX (\(pair.keyIndex)) WHERE "
            + range.condition(pair.key.map(\.original)) + locking
    }

    func shadow(_ range: KeyRange) -> SQL {
        "SELECT " + Self.fold(shadowRow) + " FROM \(pair.shadow) FORCE INDEX (\(pair.shadowKeyIndex)) WHERE "
            + range.condition(pair.key.map(\.shadow))
    }

    private static func fold(_ row: SQL) -> SQL {
        "CONCAT_WS(':', COUNT(*), COALESCE(BIT_XOR(CRC32(" + row + ")), 0), COALESCE(BIT_XOR(CRC32(REVERSE(" + row
            + "))), 0))"
    }

    private static func row(_ columns: [(Identifier, TablePair.Column)]) -> SQL {
        let values = columns.map { name, column in canonical(name, column.originalModel, column.shadowModel) }
        let nulls = columns.map { name, _ -> SQL in "ISNULL(\(name))" }
        return "CONCAT_WS('#', " + values.joined() + ", CONCAT(" + nulls.joined() + "))"
    }

    /// The same expression for both tables, so that two equal values give equal text.
    private static func canonical(_ name: Identifier, _ original: ColumnModel, _ shadow: ColumnModel) -> SQL {
        let from = original.type
        let to = shadow.type
        let isSame = original.columnType == shadow.columnType
        switch to.family {
        case .integer, .bit: return from.family == .integer || from.family == .bit ? "\(name) + 0" : "\(name)"
        case .decimal:
            guard !isSame, to.arguments.count == 2 else { return "\(name)" }
            return "CAST(\(name) AS DECIMAL(" + SQL(verbatim: "\(to.arguments[0]),\(to.arguments[1])") + "))"
        case .float: return isSame ? "\(name)" : "\(name) + 0e0"
        case .text, .longText, .enumeration: return "CONVERT(\(name) USING utf8mb4)"
        // Text that becomes JSON is compared as the document it is.
        case .json:
            return from.family == .json
                ? "CAST(\(name) AS CHAR CHARACTER SET utf8mb4)"
                : "CAST(CAST(\(name) AS JSON) AS CHAR CHARACTER SET utf8mb4)"
        case .temporal:
            guard !isSame else { return "\(name)" }
            let fraction = SQL(verbatim: "\(to.arguments.first ?? 0)")
            switch to.base {
            case "datetime", "timestamp": return "CAST(\(name) AS DATETIME(" + fraction + "))"
            case "time": return "CAST(\(name) AS TIME(" + fraction + "))"
            case "date": return "CAST(\(name) AS DATE)"
            default: return "\(name) + 0"
            }
        case .binary:
            if isSame { return "\(name)" }
            guard to.base == "binary", let length = to.arguments.first else { return "CAST(\(name) AS BINARY)" }
            return "CAST(\(name) AS BINARY(" + SQL(verbatim: "\(length)") + "))"
        // Text that becomes bytes keeps the bytes of its character set.
        case .blob: return isSame ? "\(name)" : "CAST(\(name) AS BINARY)"
        case .spatial: return "\(name)"
        case .other: return "CAST(\(name) AS CHAR)"
        }
    }
}
