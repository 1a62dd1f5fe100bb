internal import CCompression

/// MariaDB's `log_bin_compress`: one head byte, the length opened (big-endian), a zlib stream.
enum MariaDBCompression {
    /// The most a compressed event may open to: the protocol's own bound on one event.
    static let limit = 1 << 30

    static func open(_ bytes: [UInt8]) throws(BinlogRefusal) -> [UInt8] {
        var cursor = ByteCursor(bytes)
        let head = try cursor.uint8()
        guard head & 0xF0 == 0x80, (1...4).contains(head & 7) else {
            throw BinlogRefusal(.malformed("compression head \(head)"))
        }
        let size = Int(try cursor.big(Int(head & 7)))
        guard size <= limit else { throw BinlogRefusal(.malformed("\(size) bytes in one compressed event")) }
        let packed = cursor.rest()
        var written = uLongf(size)
        var status: Int32 = Z_DATA_ERROR
        let opened = [UInt8](unsafeUninitializedCapacity: max(size, 1)) { buffer, count in
            status = uncompress(buffer.baseAddress, &written, packed, uLong(packed.count))
            count = status == Z_OK ? Int(written) : 0
        }
        guard status == Z_OK, opened.count == size else {
            throw BinlogRefusal(.malformed("zlib answered \(status) for a compressed event"))
        }
        return opened
    }
}

/// MySQL's TRANSACTION_PAYLOAD: the events of one transaction, compressed with zstd or not at all.
package struct TransactionPayload: Sendable {
    let bytes: [UInt8]
    let range: Range<Int>
    let isCompressed: Bool

    init(_ cursor: inout ByteCursor) throws(BinlogRefusal) {
        var compression = 255
        var size: Int?
        while true {
            let field = try cursor.packedLength()
            if field == 0 { break }
            let length = try cursor.packedLength()
            var value = ByteCursor(cursor.bytes, from: try cursor.range(length).lowerBound, to: cursor.offset)
            switch field {
            case 1: size = try value.packedLength()
            case 2: compression = try value.packedLength()
            default: continue
            }
        }
        guard compression == 0 || compression == 255 else {
            throw BinlogRefusal(.malformed("payload compression \(compression)"))
        }
        bytes = cursor.bytes
        range = try cursor.range(size ?? cursor.remaining)
        isCompressed = compression == 0
    }

    /// Opens the payload event by event.
    package func events() -> PayloadReader { PayloadReader(self) }
}

/// Opens a payload a piece at a time, so that a large transaction is never whole in memory.
package final class PayloadReader {
    private let payload: TransactionPayload
    private let stream: OpaquePointer?
    private var consumed: Int
    private var opened: [UInt8] = []
    private var start = 0

    init(_ payload: TransactionPayload) {
        self.payload = payload
        consumed = payload.range.lowerBound
        stream = payload.isCompressed ? ZSTD_createDStream() : nil
    }

    deinit { ZSTD_freeDStream(stream) }

    /// The next event's bytes, without checksum; `nil` behind the last.
    package func next() throws(BinlogRefusal) -> [UInt8]? {
        guard try fill(EventDecoder.headerSize) else {
            if opened.count > start { throw BinlogRefusal(.malformed("a payload ends inside an event")) }
            return nil
        }
        var cursor = ByteCursor(opened, from: start + 9)
        let size = Int(try cursor.uint32())
        guard size >= EventDecoder.headerSize, try fill(size) else {
            throw BinlogRefusal(.malformed("a payload ends inside an event"))
        }
        defer { start += size }
        return Array(opened[start..<(start + size)])
    }

    /// Makes `count` bytes available from `start`; `false` when the payload has fewer.
    private func fill(_ count: Int) throws(BinlogRefusal) -> Bool {
        while opened.count - start < count {
            if start > 0 {
                opened.removeFirst(start)
                start = 0
            }
            guard try openMore() else { return false }
        }
        return true
    }

    private func openMore() throws(BinlogRefusal) -> Bool {
        let end = payload.range.upperBound
        guard payload.isCompressed else {
            let next = min(consumed + 65_536, end)
            opened += payload.bytes[consumed..<next]
            defer { consumed = next }
            return next > consumed
        }
        guard let stream else { throw BinlogRefusal(.malformed("zstd has no memory")) }
        let chunk = 131_072
        var written = 0
        var failure: String?
        let piece = [UInt8](unsafeUninitializedCapacity: chunk) { buffer, count in
            payload.bytes.withUnsafeBufferPointer { source in
                var input = ZSTD_inBuffer(src: source.baseAddress, size: end, pos: consumed)
                var output = ZSTD_outBuffer(dst: buffer.baseAddress, size: chunk, pos: 0)
                var before = -1
                while output.pos == 0, input.pos != before {
                    before = input.pos
                    let code = ZSTD_decompressStream(stream, &output, &input)
                    if ZSTD_isError(code) != 0 {
                        failure = String(cString: ZSTD_getErrorName(code))
                        break
                    }
                }
                consumed = input.pos
                written = output.pos
            }
            count = written
        }
        if let failure { throw BinlogRefusal(.malformed("zstd: \(failure)")) }
        opened += piece
        return written > 0
    }
}
