/// One column's metadata as it goes over the wire (transcript 1).
package struct WireColumn: Sendable, Equatable {
    /// MySQL's type numbers.
    enum Kind: UInt8, Sendable {
        case tiny = 1, long = 3, float = 4, double = 5, timestamp = 7, longlong = 8, newdecimal = 246, blob = 252
        case varString = 253
    }

    /// Its name.
    package let name: String
    let table: String
    let database: String
    let kind: Kind
    let charset: UInt16
    let length: UInt32
    let flags: UInt16
    let decimals: UInt8

    init(
        _ name: String, _ kind: Kind = .varString, charset: UInt16 = 0, length: UInt32 = 0, flags: UInt16 = 0,
        decimals: UInt8 = 0, table: String = "", database: String = ""
    ) {
        self.name = name
        self.kind = kind
        self.charset = charset
        self.length = length
        self.flags = flags
        self.decimals = decimals
        self.table = table
        self.database = database
    }

    var payload: [UInt8] {
        var bytes: [UInt8] = []
        bytes.appendText("def")
        bytes.appendText(database)
        bytes.appendText(table)
        bytes.appendText(table)
        bytes.appendText(name)
        bytes.appendText(table.isEmpty ? "" : name)
        bytes.append(0x0C)
        bytes.appendInteger(UInt64(charset), bytes: 2)
        bytes.appendInteger(UInt64(length), bytes: 4)
        bytes.append(kind.rawValue)
        bytes.appendInteger(UInt64(flags), bytes: 2)
        bytes.append(decimals)
        bytes.append(contentsOf: [0, 0])
        return bytes
    }
}
