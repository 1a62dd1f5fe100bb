internal import Schema

/// Where a change written as a literal would become another value than the server's own conversion of the column makes. Pure.
///
/// The copy lets the server convert the column; the applier sends what the binlog held. For these types the two differ: the
/// binlog does not know how a column is shown as text, nor that an ENUM or BIT is a number. Such a change is refused before
/// the first row, not found by the checksum, or after it by nobody.
enum LiteralConversion {
    /// Why the change of a column's type cannot be carried over, as the end of a sentence; `nil` when it can.
    static func refusal(from original: ColumnType, to altered: ColumnType) -> String? {
        guard original.canonical != altered.canonical else { return nil }
        let isText = [.text, .longText, .json].contains(altered.family)
        switch original.family {
        case .enumeration where ![.enumeration, .text, .longText].contains(altered.family):
            return "the binlog holds the member's place and a literal its name"
        case .bit where ![.bit, .integer, .decimal, .float].contains(altered.family):
            return "the binlog holds a number and the column bytes"
        case .float where original.base == "float" && isText:
            return "the server shows six digits of a FLOAT, and the binlog holds all of them"
        case .integer where original.isZerofill && isText, .decimal where original.isZerofill && isText,
            .float where original.isZerofill && isText:
            return "the server shows the number padded with zeros"
        case .temporal where isText && original.fractionDigits > 0:
            return "the server shows every digit of the fraction"
        case .temporal where isText && original.base == "year":
            return "the server shows the year 0 as 0000"
        default: return nil
        }
    }
}
