/// A statement, or a piece of one: text and the values that belong into it.
///
/// Only pieces, names and values can be interpolated, so text from outside cannot become SQL by accident:
///
///     let sql: SQL = "SELECT id FROM \(table) WHERE name = \(.string(name)) AND id > \(.uint(last))"
///
/// A string does not interpolate; wrap it in `SQLValue.string`, `Identifier` or, where a person wrote SQL, `SQL(verbatim:)`.
package struct SQL: Hashable, Sendable {
    /// The text without the values.
    var text: [UInt8] = []
    /// The values and where in `text` each belongs; offsets never fall.
    var values: [Placed] = []

    struct Placed: Hashable, Sendable {
        var offset: Int
        var value: SQLValue
    }

    /// No text yet.
    package init() {}

    /// SQL that somebody else wrote (the ALTER clause of a manifest), taken as it is.
    ///
    /// It must be one statement or a piece of one. A connection runs several only where several were asked for, so a smuggled
    /// second statement is refused by the server.
    package init(verbatim: String) { text = [UInt8](verbatim.utf8) }

    /// Bytes that are SQL already, in utf8mb4: what `LiteralWriter` wrote.
    package init(verbatim: [UInt8]) { text = verbatim }

    /// Whether there is nothing in it.
    package var isEmpty: Bool { text.isEmpty && values.isEmpty }
    /// Whether it holds values, so that running it binds them.
    package var hasValues: Bool { !values.isEmpty }

    /// Adds a piece at the end.
    package mutating func append(_ other: SQL) {
        let start = text.count
        text += other.text
        for placed in other.values { values.append(Placed(offset: start + placed.offset, value: placed.value)) }
    }

    /// Adds a value at the end.
    package mutating func append(_ value: SQLValue) { values.append(Placed(offset: text.count, value: value)) }

    /// Two pieces, one after the other.
    package static func + (left: SQL, right: SQL) -> SQL {
        var sum = left
        sum.append(right)
        return sum
    }

    /// Adds a piece at the end.
    package static func += (left: inout SQL, right: SQL) { left.append(right) }
}

extension SQL: ExpressibleByStringInterpolation {
    /// Text written in the source.
    package init(stringLiteral value: String) { text = [UInt8](value.utf8) }

    /// Text written in the source with pieces, names and values in it.
    package init(stringInterpolation: StringInterpolation) { self = stringInterpolation.sql }

    /// Collects what the compiler finds in an interpolated literal.
    package struct StringInterpolation: StringInterpolationProtocol {
        var sql = SQL()

        /// For the compiler.
        package init(literalCapacity: Int, interpolationCount: Int) { sql.text.reserveCapacity(literalCapacity) }
        /// For the compiler.
        package mutating func appendLiteral(_ literal: String) { sql.text += literal.utf8 }
        /// A piece of a statement.
        package mutating func appendInterpolation(_ piece: SQL) { sql.append(piece) }
        /// A name, quoted.
        package mutating func appendInterpolation(_ name: Identifier) { sql.text += name.quoted.utf8 }
        /// A table, quoted with its database.
        package mutating func appendInterpolation(_ name: QualifiedName) { sql.text += name.quoted.utf8 }
        /// A value, bound or written as a literal.
        package mutating func appendInterpolation(_ value: SQLValue) { sql.append(value) }
        /// Names, quoted, with commas between.
        package mutating func appendInterpolation(_ names: [Identifier]) {
            for (index, name) in names.enumerated() {
                if index > 0 { sql.text += ", ".utf8 }
                sql.text += name.quoted.utf8
            }
        }
        /// Values with commas between: the inside of `IN (…)` or of one row of `VALUES`.
        package mutating func appendInterpolation(_ values: [SQLValue]) {
            for (index, value) in values.enumerated() {
                if index > 0 { sql.text += ", ".utf8 }
                sql.append(value)
            }
        }
    }
}

extension [SQL] {
    /// The pieces in order with a separator between: `.joined(separator: " AND ")`.
    package func joined(separator: SQL = ", ") -> SQL {
        var sum = SQL()
        for (index, piece) in enumerated() {
            if index > 0 { sum.append(separator) }
            sum.append(piece)
        }
        return sum
    }
}

extension SQL {
    /// The text with `?` for the values, and the values in order.
    ///
    /// The server takes bound text as utf8mb4, so text in another character set stands in the statement as a literal.
    func bound() throws(MySQLError) -> (text: [UInt8], values: [SQLValue]) {
        var writer = LiteralWriter(capacity: text.count + values.count)
        var bound: [SQLValue] = []
        var position = 0
        for placed in values {
            writer.bytes += text[position..<placed.offset]
            position = placed.offset
            if case .text(_, let charset) = placed.value, !charset.isUTF8 {
                try writer.write(placed.value)
            } else {
                writer.bytes.append(UInt8(ascii: "?"))
                bound.append(placed.value)
            }
        }
        writer.bytes += text[position...]
        return (writer.bytes, bound)
    }

    /// The whole statement with its values as literals.
    /// - Throws: what `LiteralWriter.write` throws: a value no literal can carry.
    package func literalText() throws(MySQLError) -> [UInt8] {
        if values.isEmpty { return text }
        var writer = LiteralWriter()
        var position = 0
        for placed in values {
            writer.bytes += text[position..<placed.offset]
            position = placed.offset
            try writer.write(placed.value)
        }
        writer.bytes += text[position...]
        return writer.bytes
    }
}

extension SQL: CustomStringConvertible {
    /// The text with `?` for each value: values do not leak into logs.
    package var description: String {
        var shown = ""
        var position = 0
        for placed in values {
            shown += String(decoding: text[position..<placed.offset], as: UTF8.self) + "?"
            position = placed.offset
        }
        return shown + String(decoding: text[position...], as: UTF8.self)
    }
}
