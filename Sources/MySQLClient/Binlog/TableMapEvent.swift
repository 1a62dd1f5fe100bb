extension TableMap {
    init(_ cursor: inout ByteCursor) throws(BinlogRefusal) {
        tableID = try cursor.little(6)
        try cursor.skip(2)
        database = try cursor.string(Int(try cursor.uint8()))
        try cursor.skip(1)
        table = try cursor.string(Int(try cursor.uint8()))
        try cursor.skip(1)
        let types = try cursor.data(try cursor.packedLength())
        let metadataLength = try cursor.packedLength()
        var metadata = ByteCursor(cursor.bytes, from: try cursor.range(metadataLength).lowerBound, to: cursor.offset)
        columns = []
        columns.reserveCapacity(types.count)
        for type in types {
            let size = Self.metadataSize(type)
            columns.append(Column(type: type, metadata: UInt16(truncatingIfNeeded: try metadata.little(size))))
        }
        guard metadata.isAtEnd else {
            throw BinlogRefusal(.malformed("metadata of an unknown column type in \(table)"))
        }
        try cursor.skip((types.count + 7) / 8)
        try readOptional(&cursor)
    }

    private static func metadataSize(_ type: UInt8) -> Int {
        switch type {
        case 4, 5, 17, 18, 19, 140, 242, 245, 249, 250, 251, 252, 255: 1
        case 15, 16, 141, 246, 247, 248, 253, 254: 2
        default: 0
        }
    }

    /// Signedness and names, where the server wrote them; other fields are skipped.
    private mutating func readOptional(_ cursor: inout ByteCursor) throws(BinlogRefusal) {
        while cursor.remaining >= 2 {
            let field = try cursor.uint8()
            let length = try cursor.packedLength()
            var value = ByteCursor(cursor.bytes, from: try cursor.range(length).lowerBound, to: cursor.offset)
            switch field {
            // Whether YEAR has a bit here differs between versions: with one in the table nothing is known.
            case 1 where !columns.contains { $0.type == 13 }:
                let bits = value.rest()
                let numeric = columns.indices.filter { [1, 2, 3, 4, 5, 8, 9, 246].contains(columns[$0].type) }
                for (order, index) in numeric.enumerated() where order / 8 < bits.count {
                    columns[index].isUnsigned = bits[order / 8] & (0x80 >> UInt8(order % 8)) != 0
                }
            case 4:
                var index = 0
                while !value.isAtEnd, index < columns.count {
                    columns[index].name = try value.string(try value.packedLength())
                    index += 1
                }
            default: continue
            }
        }
    }
}

extension RowsEvent {
    init(_ cursor: inout ByteCursor, kind: Kind, version: Int, isCompressed: Bool) throws(BinlogRefusal) {
        self.kind = kind
        self.isCompressed = isCompressed
        tableID = try cursor.little(6)
        flags = try cursor.uint16()
        if version == 2 { try cursor.skip(Int(try cursor.uint16()) - 2) }
        bytes = cursor.bytes
        bodyStart = cursor.offset
        bodyEnd = cursor.end
    }
}
