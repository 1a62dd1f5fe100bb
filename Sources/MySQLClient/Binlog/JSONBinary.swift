/// MySQL's binary JSON as the text the server prints.
///
/// A value that JSON text cannot carry (DECIMAL, DATE, TIME, DATETIME, a BLOB inside a document) is refused: written back as
/// text it would become a string or a double.
/// Source: MySQL source, `sql-common/json_binary.h`.
enum JSONBinary {
    /// Documents nest at most this deep on the server.
    private static let maximumDepth = 100

    static func text(_ bytes: [UInt8], _ range: Range<Int>) throws(BinlogRefusal) -> String {
        // An empty value stands for the literal null (a NULL that was forced into NOT NULL).
        if range.isEmpty { return "null" }
        var output: [UInt8] = []
        var cursor = ByteCursor(bytes, from: range.lowerBound, to: range.upperBound)
        let type = try cursor.uint8()
        try write(type, bytes, (range.lowerBound + 1)..<range.upperBound, 0, &output)
        guard let text = String(validating: output, as: UTF8.self) else {
            throw BinlogRefusal(.malformed("a JSON document that is not UTF-8"))
        }
        return text
    }

    private static func write(
        _ type: UInt8, _ bytes: [UInt8], _ range: Range<Int>, _ depth: Int, _ output: inout [UInt8]
    ) throws(BinlogRefusal) {
        guard depth <= maximumDepth else { throw BinlogRefusal(.malformed("a JSON document nested too deep")) }
        var cursor = ByteCursor(bytes, from: range.lowerBound, to: range.upperBound)
        switch type {
        case 0...3: try writeContainer(type, bytes, range, depth, &output)
        case 4:
            switch try cursor.uint8() {
            case 0: output += "null".utf8
            case 1: output += "true".utf8
            case 2: output += "false".utf8
            case let other: throw BinlogRefusal(.malformed("JSON literal \(other)"))
            }
        case 5: output += String(try cursor.littleSigned(2)).utf8
        case 6: output += String(try cursor.little(2)).utf8
        case 7: output += String(try cursor.littleSigned(4)).utf8
        case 8: output += String(try cursor.little(4)).utf8
        case 9: output += String(try cursor.littleSigned(8)).utf8
        case 10: output += String(try cursor.little(8)).utf8
        case 11: output += Double(bitPattern: try cursor.little(8)).description.utf8
        case 12:
            let length = try variableLength(&cursor)
            writeString(bytes[try cursor.range(length)], &output)
        case 15: throw refusal(of: try cursor.uint8())
        default: throw BinlogRefusal(.malformed("JSON type \(type)"))
        }
    }

    /// Filled in with table and column by `TableLayout`.
    private static func refusal(of field: UInt8) -> BinlogRefusal {
        let names: [UInt8: String] = [246: "DECIMAL", 10: "DATE", 11: "TIME", 12: "DATETIME", 7: "TIMESTAMP"]
        let name = names[field] ?? "binary value (type \(field))"
        return BinlogRefusal(.columnType(table: "", column: "", type: "a JSON document with a \(name) inside"))
    }

    private static func writeContainer(
        _ type: UInt8, _ bytes: [UInt8], _ range: Range<Int>, _ depth: Int, _ output: inout [UInt8]
    ) throws(BinlogRefusal) {
        let isObject = type < 2
        let width = type % 2 == 0 ? 2 : 4
        var cursor = ByteCursor(bytes, from: range.lowerBound, to: range.upperBound)
        let count = Int(try cursor.little(width))
        let size = Int(try cursor.little(width))
        guard size <= range.count else { throw BinlogRefusal(.malformed("a JSON container beyond its document")) }
        let end = range.lowerBound + size
        var keys: [Range<Int>] = []
        if isObject {
            for _ in 0..<count {
                let start = range.lowerBound + Int(try cursor.little(width))
                let length = Int(try cursor.uint16())
                guard start + length <= end else { throw BinlogRefusal(.malformed("a JSON key beyond its object")) }
                keys.append(start..<(start + length))
            }
        }
        output.append(UInt8(ascii: isObject ? "{" : "["))
        for index in 0..<count {
            if index > 0 { output += ", ".utf8 }
            if isObject {
                writeString(bytes[keys[index]], &output)
                output += ": ".utf8
            }
            let type = try cursor.uint8()
            let slot = try cursor.range(width)
            let isInline = (4...6).contains(type) || width == 4 && (7...8).contains(type)
            if isInline {
                try write(type, bytes, slot, depth + 1, &output)
            } else {
                var offset = ByteCursor(bytes, from: slot.lowerBound, to: slot.upperBound)
                let start = range.lowerBound + Int(try offset.little(width))
                guard start < end else { throw BinlogRefusal(.malformed("a JSON value beyond its container")) }
                try write(type, bytes, start..<end, depth + 1, &output)
            }
        }
        output.append(UInt8(ascii: isObject ? "}" : "]"))
    }

    /// Seven bits a byte, least significant first; the top bit says that another follows.
    private static func variableLength(_ cursor: inout ByteCursor) throws(BinlogRefusal) -> Int {
        var length = 0
        for shift in stride(from: 0, to: 35, by: 7) {
            let byte = try cursor.uint8()
            length |= Int(byte & 0x7F) << shift
            if byte & 0x80 == 0 { return length }
        }
        throw BinlogRefusal(.malformed("a JSON length"))
    }

    private static func writeString(_ text: ArraySlice<UInt8>, _ output: inout [UInt8]) {
        output.append(UInt8(ascii: "\""))
        for byte in text {
            switch byte {
            case UInt8(ascii: "\""), UInt8(ascii: "\\"): output += [UInt8(ascii: "\\"), byte]
            case 8: output += "\\b".utf8
            case 9: output += "\\t".utf8
            case 10: output += "\\n".utf8
            case 12: output += "\\f".utf8
            case 13: output += "\\r".utf8
            case 0..<32: output += ((byte < 16 ? "\\u000" : "\\u00") + String(byte, radix: 16)).utf8
            default: output.append(byte)
            }
        }
        output.append(UInt8(ascii: "\""))
    }
}
