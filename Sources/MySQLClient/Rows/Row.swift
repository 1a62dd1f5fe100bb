/// A column of a row, by name or by position from 0.
package protocol ColumnKey: Sendable {
    /// Where it is among the columns, `nil` when it is not there.
    func position(in columns: Columns) -> Int?
}

extension String: ColumnKey {
    /// By name.
    package func position(in columns: Columns) -> Int? { columns.position(of: self) }
}

extension Int: ColumnKey {
    /// By position.
    package func position(in columns: Columns) -> Int? { columns.indices.contains(self) ? self : nil }
}

/// One row of a result.
///
/// Accessors throw an error that names the column and what was found; they never convert with loss. The `optional…` forms give
/// `nil` for NULL, the others refuse NULL.
package struct Row: Sendable, Equatable {
    /// What the values are.
    package let columns: Columns
    /// In the order of the columns.
    package let values: [SQLValue]

    /// Values compare; column metadata does not.
    package static func == (left: Row, right: Row) -> Bool { left.values == right.values }

    /// The value as it came.
    package func value(_ key: some ColumnKey) throws(MySQLError) -> SQLValue {
        guard let position = key.position(in: columns) else {
            let names = columns.map(\.name).joined(separator: ", ")
            throw .unusableAnswer("the result has no column \(key); it has \(names)")
        }
        return values[position]
    }

    /// A whole number.
    package func int(_ key: some ColumnKey) throws(MySQLError) -> Int64 {
        try convert(key, "a whole number within 64 bits") { $0.int64 }
    }

    /// A whole number or NULL.
    package func optionalInt(_ key: some ColumnKey) throws(MySQLError) -> Int64? {
        try isNull(key) ? nil : int(key)
    }

    /// A whole number from 0.
    package func uint(_ key: some ColumnKey) throws(MySQLError) -> UInt64 {
        try convert(key, "a whole number from 0") { $0.uint64 }
    }

    /// A whole number from 0, or NULL.
    package func optionalUInt(_ key: some ColumnKey) throws(MySQLError) -> UInt64? {
        try isNull(key) ? nil : uint(key)
    }

    /// A number; digits beyond 53 bits are rounded.
    package func double(_ key: some ColumnKey) throws(MySQLError) -> Double {
        try convert(key, "a number") { $0.double }
    }

    /// A number or NULL.
    package func optionalDouble(_ key: some ColumnKey) throws(MySQLError) -> Double? {
        try isNull(key) ? nil : double(key)
    }

    /// Text. Bytes that are valid UTF-8 pass: some servers declare names as binary.
    package func string(_ key: some ColumnKey) throws(MySQLError) -> String {
        try convert(key, "text") { $0.string }
    }

    /// Text or NULL.
    package func optionalString(_ key: some ColumnKey) throws(MySQLError) -> String? {
        try isNull(key) ? nil : string(key)
    }

    /// The bytes of text, bytes, JSON or geometry.
    package func bytes(_ key: some ColumnKey) throws(MySQLError) -> [UInt8] {
        try convert(key, "text or bytes") { $0.rawBytes }
    }

    /// The bytes, or NULL.
    package func optionalBytes(_ key: some ColumnKey) throws(MySQLError) -> [UInt8]? {
        try isNull(key) ? nil : bytes(key)
    }

    /// 1, ON, YES, TRUE, Y against 0, OFF, NO, FALSE, N: the ways servers write a truth.
    package func bool(_ key: some ColumnKey) throws(MySQLError) -> Bool {
        try convert(key, "a truth value") { value in
            if let number = value.int64 { return number == 0 ? false : number == 1 ? true : nil }
            switch value.string?.uppercased() {
            case "ON", "YES", "TRUE", "Y", "1": return true
            case "OFF", "NO", "FALSE", "N", "0": return false
            default: return nil
            }
        }
    }

    /// Whether the value is NULL.
    package func isNull(_ key: some ColumnKey) throws(MySQLError) -> Bool { try value(key).isNull }

    private func convert<T>(_ key: some ColumnKey, _ wanted: String, _ read: (SQLValue) -> T?) throws(MySQLError) -> T {
        let value = try value(key)
        guard let result = read(value) else {
            throw .unusableAnswer("column \(key) holds \(value), wanted \(wanted)")
        }
        return result
    }
}
