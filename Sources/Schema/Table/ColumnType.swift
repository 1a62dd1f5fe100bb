/// A column type taken apart: `decimal(10,2) unsigned` is base `decimal`, arguments 10 and 2, unsigned.
package struct ColumnType: Equatable, Sendable {
    /// The type's family: types of one family compare with each other without loss when the larger holds the smaller.
    package enum Family: Equatable, Sendable {
        /// `tinyint` to `bigint`.
        case integer
        /// `decimal`.
        case decimal
        /// `float`, `double`: approximate.
        case float
        /// `bit`.
        case bit
        /// `char`, `varchar`.
        case text
        /// `tinytext` to `longtext`.
        case longText
        /// `binary`, `varbinary`.
        case binary
        /// `tinyblob` to `longblob`.
        case blob
        /// `date`, `datetime`, `timestamp`, `time`, `year`.
        case temporal
        /// `enum`, `set`.
        case enumeration
        /// `json`.
        case json
        /// `geometry`, `point` and their kin.
        case spatial
        /// A type this module does not know, such as MariaDB's `uuid` and `inet6`.
        case other
    }

    /// The bare type in lower case, synonyms resolved: `integer` is `int`, `numeric` is `decimal`.
    package let base: String
    /// The numbers in parentheses; empty without parentheses or for `enum` and `set`.
    package let arguments: [Int]
    /// The members of an `enum` or `set`, in order; empty for other types.
    package let members: [String]
    /// Whether negative values are excluded.
    package let isUnsigned: Bool
    /// Whether the value is shown padded with zeros.
    package let isZerofill: Bool

    /// Takes `COLUMN_TYPE` apart. Text no server prints becomes a type of family `.other`.
    package init(_ columnType: String) {
        let tokens: [SQLToken]
        do {
            tokens = try SQLLexer.tokens(of: columnType)
        } catch {
            tokens = []
        }
        let word = tokens.first?.text.lowercased() ?? columnType.lowercased()
        let isDoublePrecision = word == "double" || word == "real"
        base = isDoublePrecision ? "double" : Self.synonyms[word] ?? word
        var depth = 0
        var numbers: [Int] = []
        var strings: [String] = []
        var words: Set<String> = []
        for token in tokens.dropFirst() {
            switch token.kind {
            case .symbol where token.text == "(": depth += 1
            case .symbol where token.text == ")": depth -= 1
            case .number where depth > 0: numbers += Int(token.text).map { [$0] } ?? []
            case .string where depth > 0: strings.append(token.value)
            case .word where depth == 0: words.insert(token.text.lowercased())
            default: break
            }
        }
        arguments = numbers
        members = strings
        isZerofill = words.contains("zerofill")
        isUnsigned = words.contains("unsigned") || isZerofill
    }

    private static let synonyms = [
        "integer": "int", "int4": "int", "int8": "bigint", "int2": "smallint", "int1": "tinyint", "int3": "mediumint",
        "numeric": "decimal", "dec": "decimal", "fixed": "decimal", "bool": "tinyint", "boolean": "tinyint",
        "character": "char",
    ]

    /// The family this type belongs to.
    package var family: Family {
        switch base {
        case "tinyint", "smallint", "mediumint", "int", "bigint": .integer
        case "decimal": .decimal
        case "float", "double": .float
        case "bit": .bit
        case "char", "varchar": .text
        case "tinytext", "text", "mediumtext", "longtext": .longText
        case "binary", "varbinary": .binary
        case "tinyblob", "blob", "mediumblob", "longblob": .blob
        case "date", "datetime", "timestamp", "time", "year": .temporal
        case "enum", "set": .enumeration
        case "json": .json
        case "geometry", "point", "linestring", "polygon", "multipoint", "multilinestring", "multipolygon",
            "geometrycollection", "geomcollection":
            .spatial
        default: .other
        }
    }

    /// Bytes of an integer type; 0 for other types.
    package var integerBytes: Int {
        switch base {
        case "tinyint": 1
        case "smallint": 2
        case "mediumint": 3
        case "int": 4
        case "bigint": 8
        default: 0
        }
    }

    /// Declared length in characters (`char`, `varchar`) or bytes (`binary`, `varbinary`); the largest content in bytes
    /// for texts and blobs; `nil` where length has no meaning.
    package var length: Int? {
        switch base {
        case "char", "binary": arguments.first ?? 1
        case "varchar", "varbinary": arguments.first
        case "tinytext", "tinyblob": 255
        case "text", "blob": 65_535
        case "mediumtext", "mediumblob": 16_777_215
        case "longtext", "longblob": 4_294_967_295
        default: nil
        }
    }

    /// Digits in all of a `decimal`; the server's default is 10.
    package var precision: Int { arguments.first ?? 10 }
    /// Digits behind the point of a `decimal`; the server's default is 0.
    package var scale: Int { arguments.count > 1 ? arguments[1] : 0 }
    /// Digits of a second's fraction in a temporal type.
    package var fractionDigits: Int { base == "year" ? 0 : arguments.first ?? 0 }

    /// The type in the one spelling fingerprints use.
    ///
    /// Display widths go (MySQL 8.0.19 no longer prints them) except `tinyint(1)`, which every version prints and
    /// applications read as a boolean, and widths of `zerofill` columns, which change what a client sees.
    package var canonical: String {
        var text = base
        switch family {
        case .integer:
            if isZerofill || (base == "tinyint" && arguments == [1] && !isUnsigned) {
                text += arguments.first.map { "(\($0))" } ?? ""
            }
        case .enumeration:
            text += "(" + members.map(Self.quotedMember).joined(separator: ",") + ")"
        case .decimal:
            text += "(\(precision),\(scale))"
        case .text, .binary, .bit:
            text += "(\(arguments.first ?? 1))"
        case .temporal:
            text += base == "year" || fractionDigits == 0 ? "" : "(\(fractionDigits))"
        case .float, .longText, .blob, .json, .spatial, .other:
            text += arguments.isEmpty ? "" : "(" + arguments.map(String.init).joined(separator: ",") + ")"
        }
        if isUnsigned { text += " unsigned" }
        if isZerofill { text += " zerofill" }
        return text
    }

    private static func quotedMember(_ member: String) -> String {
        "'" + member.split(separator: "'", omittingEmptySubsequences: false).joined(separator: "''") + "'"
    }
}
