/// Answers as packets.
struct ResultWriter {
    let capabilities: Capabilities
    let status: ServerStatus

    func bytes(of answer: Answer, sequence: inout UInt8) -> [UInt8] {
        var bytes: [UInt8] = []
        switch answer {
        case .ok(let affected): bytes.appendPacket(ok(0x00, affected: affected), sequence: &sequence)
        case .error(let error): bytes.appendPacket(Self.payload(of: error), sequence: &sequence)
        case .rows(let table): append(table, to: &bytes, &sequence)
        case .dropped: break
        }
        return bytes
    }

    private func append(_ table: ResultTable, to bytes: inout [UInt8], _ sequence: inout UInt8) {
        bytes.reserveCapacity(table.payloads.reduce(0) { $0 + $1.count + 4 } + table.columns.count * 100 + 100)
        var count: [UInt8] = []
        count.appendLength(table.columns.count)
        bytes.appendPacket(count, sequence: &sequence)
        for column in table.columns { bytes.appendPacket(column.payload, sequence: &sequence) }
        let isShort = capabilities.contains(.deprecateEOF)
        if !isShort { bytes.appendPacket(endOfFile, sequence: &sequence) }
        for payload in table.payloads { bytes.appendPacket(payload, sequence: &sequence) }
        bytes.appendPacket(isShort ? ok(0xFE, affected: 0) : endOfFile, sequence: &sequence)
    }

    private var endOfFile: [UInt8] {
        var bytes: [UInt8] = [0xFE, 0, 0]
        bytes.appendInteger(status.value, bytes: 2)
        return bytes
    }

    private func ok(_ head: UInt8, affected: Int) -> [UInt8] {
        var bytes: [UInt8] = [head]
        bytes.appendLength(affected)
        bytes.appendLength(0)
        bytes.appendInteger(status.value, bytes: 2)
        bytes.appendInteger(0, bytes: 2)
        return bytes
    }

    static func payload(of error: ErrorAnswer) -> [UInt8] {
        var bytes: [UInt8] = [0xFF]
        bytes.appendInteger(UInt64(error.code), bytes: 2)
        bytes.append(UInt8(ascii: "#"))
        bytes.append(contentsOf: error.state.utf8)
        bytes.append(contentsOf: error.message.utf8)
        return bytes
    }
}
