internal import CCompression

/// Turns the bytes of one event into a `BinlogEvent`. No I/O; the only state is what the last format description said.
///
/// Rows stay bytes until `TableLayout.decode`: an event of a table nobody asked for costs its header and its checksum.
/// Source of the formats: MySQL 9.x source documentation "Binlog Event", MariaDB "Replication Protocol"; checked against
/// MariaDB 10.11 and MySQL 9.7.
package struct EventDecoder: Sendable {
    /// Whether events end with a CRC32, as the last format description said.
    package private(set) var hasChecksums: Bool
    /// The writing server's version, once a format description was read.
    package private(set) var serverVersion = ""
    private var sawEncryption = false

    /// - Parameter hasChecksums: what was negotiated for the artificial ROTATE that comes before the format description.
    package init(hasChecksums: Bool) { self.hasChecksums = hasChecksums }

    /// Decodes one event.
    /// - Parameter bytes: header, body and checksum, without the packet's leading 0.
    /// - Throws: `.checksumMismatch`, `.malformed`, `.unknownEvent`, `.encrypted`; the decoder is unchanged.
    package mutating func decode(_ bytes: [UInt8]) throws(BinlogRefusal) -> BinlogEvent {
        do throws(BinlogRefusal) {
            return try decode(bytes, isInner: false)
        } catch {
            switch error.reason {
            case .checksumMismatch where sawEncryption, .unknownEvent where sawEncryption:
                throw BinlogRefusal(.encrypted)
            default: throw error
            }
        }
    }

    /// Decodes one event out of a transaction payload: these have no checksum of their own.
    package mutating func decodeInner(_ bytes: [UInt8]) throws(BinlogRefusal) -> BinlogEvent {
        try decode(bytes, isInner: true)
    }

    private mutating func decode(_ bytes: [UInt8], isInner: Bool) throws(BinlogRefusal) -> BinlogEvent {
        let header = try Self.header(bytes)
        var end = bytes.count
        if !isInner {
            let sums = header.type == EventType.formatDescription ? try Self.describesChecksums(bytes) : hasChecksums
            if sums {
                try Self.verifyChecksum(bytes, isFormat: header.type == EventType.formatDescription)
                end -= 4
            }
        }
        var cursor = ByteCursor(bytes, from: Self.headerSize, to: end)
        let body = try decodeBody(header, &cursor)
        return BinlogEvent(header: header, body: body)
    }

    private mutating func decodeBody(
        _ header: BinlogEventHeader, _ cursor: inout ByteCursor
    ) throws(BinlogRefusal) -> BinlogEvent.Body {
        switch header.type {
        case EventType.rotate:
            let offset = try cursor.uint64()
            return .rotate(BinlogPosition(file: cursor.restString(), offset: offset))
        case EventType.formatDescription: return try formatDescription(&cursor)
        case EventType.query: return try Self.query(&cursor, extraHeader: 0, isCompressed: false)
        case EventType.queryCompressed: return try Self.query(&cursor, extraHeader: 0, isCompressed: true)
        case EventType.executeLoadQuery: return try Self.query(&cursor, extraHeader: 13, isCompressed: false)
        case EventType.xid: return .commit
        case EventType.tableMap: return .tableMap(try TableMap(&cursor))
        case EventType.gtid, EventType.anonymousGTID: return .gtid(try Self.mysqlGTID(header, &cursor))
        case EventType.taggedGTID: return .gtid(try Self.taggedGTID(&cursor))
        case EventType.mariadbGTID: return .gtid(try Self.mariadbGTID(header, &cursor))
        case EventType.transactionPayload: return .transactionPayload(try TransactionPayload(&cursor))
        case EventType.heartbeat:
            return .heartbeat(BinlogPosition(file: cursor.restString(), offset: UInt64(header.nextOffset)))
        case EventType.heartbeat2: return .heartbeat(try Self.heartbeat2(&cursor))
        case EventType.rowsQuery:
            try cursor.skip(1)
            return .statementText(cursor.restString())
        case EventType.annotateRows: return .statementText(cursor.restString())
        case EventType.previousGTIDs: return .previousGTIDs(try MySQLGTIDSet(encoded: cursor.rest()))
        case EventType.gtidList: return .gtidList(try Self.gtidList(&cursor))
        case EventType.xaPrepare: return .xaPrepare(isOnePhase: try cursor.uint8() != 0)
        case EventType.incident:
            let number = try cursor.uint16()
            let length = cursor.isAtEnd ? 0 : Int(try cursor.uint8())
            return .incident("\(number) \(try cursor.string(min(length, cursor.remaining)))")
        case EventType.startEncryption:
            sawEncryption = true
            return .startEncryption
        case EventType.stop: return .stop
        default:
            if let (kind, version, isCompressed) = EventType.rows(header.type) {
                return .rows(try RowsEvent(&cursor, kind: kind, version: version, isCompressed: isCompressed))
            }
            if EventType.harmless.contains(header.type) || header.isIgnorable { return .ignored }
            throw BinlogRefusal(.unknownEvent(type: header.type))
        }
    }

    // MARK: Header and checksum

    static let headerSize = 19

    static func header(_ bytes: [UInt8]) throws(BinlogRefusal) -> BinlogEventHeader {
        var cursor = ByteCursor(bytes)
        let header = BinlogEventHeader(
            timestamp: try cursor.uint32(), type: try cursor.uint8(), serverID: try cursor.uint32(),
            size: try cursor.uint32(), nextOffset: try cursor.uint32(), flags: try cursor.uint16())
        guard Int(header.size) == bytes.count else {
            throw BinlogRefusal(.malformed("an event of \(header.size) bytes came as \(bytes.count)"))
        }
        return header
    }

    /// A format description says in its fifth byte from the end how it and its followers are summed.
    private static func describesChecksums(_ bytes: [UInt8]) throws(BinlogRefusal) -> Bool {
        guard bytes.count >= headerSize + 57 + 5 else { throw BinlogRefusal(.malformed("short format description")) }
        switch bytes[bytes.count - 5] {
        case 0: return false
        case 1: return true
        case let other: throw BinlogRefusal(.malformed("checksum algorithm \(other)"))
        }
    }

    private static func verifyChecksum(_ bytes: [UInt8], isFormat: Bool) throws(BinlogRefusal) {
        guard bytes.count >= headerSize + 4 else { throw BinlogRefusal(.checksumMismatch) }
        var tail = ByteCursor(bytes, from: bytes.count - 4)
        let stored = try tail.uint32()
        var summed = bytes
        // The "in use" flag of an open file is set after the sum was made.
        if isFormat { summed[17] &= 0xFE }
        let actual = summed.withUnsafeBufferPointer { crc32(0, $0.baseAddress, UInt32($0.count - 4)) }
        if UInt32(truncatingIfNeeded: actual) != stored { throw BinlogRefusal(.checksumMismatch) }
    }

    // MARK: Bodies

    private mutating func formatDescription(_ cursor: inout ByteCursor) throws(BinlogRefusal) -> BinlogEvent.Body {
        let version = try cursor.uint16()
        guard version == 4 else { throw BinlogRefusal(.malformed("binlog version \(version)")) }
        let name = try cursor.data(50)
        serverVersion = String(decoding: name.prefix { $0 != 0 }, as: UTF8.self)
        // The algorithm byte stands before the checksum; without one the four bytes are there all the same, zero.
        hasChecksums = cursor.bytes[cursor.bytes.count - 5] == 1
        sawEncryption = false
        return .formatDescription(serverVersion: serverVersion, hasChecksums: hasChecksums)
    }

    private static func query(
        _ cursor: inout ByteCursor, extraHeader: Int, isCompressed: Bool
    ) throws(BinlogRefusal) -> BinlogEvent.Body {
        try cursor.skip(8)
        let databaseLength = Int(try cursor.uint8())
        try cursor.skip(2)
        let statusLength = Int(try cursor.uint16())
        try cursor.skip(extraHeader + statusLength)
        let database = try cursor.string(databaseLength)
        try cursor.skip(1)
        let text = isCompressed ? try MariaDBCompression.open(cursor.rest()) : cursor.rest()
        return .query(database: database, text: String(decoding: text, as: UTF8.self))
    }

    private static func mysqlGTID(
        _ header: BinlogEventHeader, _ cursor: inout ByteCursor
    ) throws(BinlogRefusal) -> GTIDEvent {
        try cursor.skip(1)
        let uuid = MySQLGTIDSet.uuidText(try cursor.data(16))
        let number = try cursor.littleSigned(8)
        var committed: UInt64?
        // logical timestamps (type 2, two numbers), then the commit time: 55 bits, the top one says another follows.
        if cursor.remaining >= 24, try cursor.uint8() == 2 {
            try cursor.skip(16)
            committed = try cursor.little(7) & 0x7F_FFFF_FFFF_FFFF
        }
        let gtid: TransactionGTID =
            header.type == EventType.anonymousGTID ? .anonymous : .mysql(.init(uuid: uuid), number: number)
        return GTIDEvent(gtid: gtid, isStandalone: false, committedAtMicroseconds: committed)
    }

    /// MySQL 8.3's GTID_TAGGED: a self-describing message of numbered fields, read up to the tag and on to the commit time.
    private static func taggedGTID(_ cursor: inout ByteCursor) throws(BinlogRefusal) -> GTIDEvent {
        for _ in 0..<3 { _ = try cursor.serializedUnsigned() }  // version, size, last field that may not be skipped
        var uuid: [UInt8] = []
        var number: Int64 = 0
        var tag = ""
        var committed: UInt64?
        while !cursor.isAtEnd, committed == nil {
            switch try cursor.serializedUnsigned() {
            case 0: _ = try cursor.serializedUnsigned()
            case 1: for _ in 0..<16 { uuid.append(UInt8(truncatingIfNeeded: try cursor.serializedUnsigned())) }
            case 2: number = try cursor.serializedSigned()
            case 3:
                let length = try cursor.serializedUnsigned()
                guard length <= 32 else { throw BinlogRefusal(.malformed("GTID tag of \(length) bytes")) }
                tag = try cursor.string(Int(length))
            case 4, 5: _ = try cursor.serializedSigned()
            case 6: committed = try cursor.serializedUnsigned()
            case let field: throw BinlogRefusal(.malformed("GTID field \(field)"))
            }
        }
        guard uuid.count == 16, number > 0 else { throw BinlogRefusal(.malformed("a tagged GTID without its parts")) }
        return GTIDEvent(
            gtid: .mysql(.init(uuid: MySQLGTIDSet.uuidText(uuid), tag: tag), number: number), isStandalone: false,
            committedAtMicroseconds: committed)
    }

    private static func mariadbGTID(
        _ header: BinlogEventHeader, _ cursor: inout ByteCursor
    ) throws(BinlogRefusal) -> GTIDEvent {
        let sequence = try cursor.uint64()
        let domain = try cursor.uint32()
        let flags = try cursor.uint8()
        let gtid = MariaDBGTID(domain: domain, server: header.serverID, sequence: sequence)
        var event = GTIDEvent(gtid: .mariadb(gtid), isStandalone: flags & 1 != 0, committedAtMicroseconds: nil)
        if flags & 0x80 != 0 {
            event.xa = .completed
        } else if flags & 0x40 != 0 {
            if flags & 2 != 0 { try cursor.skip(8) }
            let format = try cursor.uint32()
            let (first, second) = (Int(try cursor.uint8()), Int(try cursor.uint8()))
            let names = [try cursor.data(first), try cursor.data(second)].map { bytes in
                "X'" + bytes.map { ($0 < 16 ? "0" : "") + String($0, radix: 16, uppercase: true) }.joined() + "'"
            }
            event.xa = .prepared("\(names[0]),\(names[1]),\(format)")
        }
        return event
    }

    private static func gtidList(_ cursor: inout ByteCursor) throws(BinlogRefusal) -> MariaDBGTIDList {
        var list = MariaDBGTIDList()
        let count = try cursor.uint32() & 0x0FFF_FFFF
        var read: UInt32 = 0
        while read < count {
            let domain = try cursor.uint32()
            let server = try cursor.uint32()
            // Within a domain the last entry is the newest.
            list.advance(to: MariaDBGTID(domain: domain, server: server, sequence: try cursor.uint64()))
            read += 1
        }
        return list
    }

    private static func heartbeat2(_ cursor: inout ByteCursor) throws(BinlogRefusal) -> BinlogPosition {
        var position = BinlogPosition(file: "", offset: 0)
        while !cursor.isAtEnd {
            let field = try cursor.packedLength()
            if field == 0 { break }
            let length = try cursor.packedLength()
            switch field {
            case 1: position.file = try cursor.string(length)
            case 2:
                var value = ByteCursor(cursor.bytes, from: try cursor.range(length).lowerBound, to: cursor.offset)
                position.offset = UInt64(try value.packedLength())
            default: try cursor.skip(length)
            }
        }
        return position
    }
}
