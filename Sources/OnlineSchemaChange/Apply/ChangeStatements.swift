internal import MySQLClient
internal import Schema

/// Writes a batch as statements against the shadow table: at most two kinds, deletions first, then `REPLACE`.
struct ChangeStatements: Sendable {
    /// Rows in one statement: enough that the round trip does not matter, few enough for any `max_allowed_packet`.
    static let rowsPerStatement = 500
    static let bytesPerStatement = 1 << 18
    /// Bytes in one packet, unless a single row has more: below the smallest `max_allowed_packet` that servers come with.
    static let bytesPerPacket = 3 << 18

    let pair: TablePair
    private let replaceHead: [UInt8]
    private let insertHead: [UInt8]
    private let deleteHead: [UInt8]
    private let keyNames: [[UInt8]]
    /// For ENUM and SET columns whose labels the ALTER changed: the original's labels, so that images are written by name.
    private let labels: [Int: [String]]
    private let isSet: Set<Int>

    init(_ pair: TablePair) {
        self.pair = pair
        let target = "INTO \(pair.shadow) (\(pair.columns.map(\.shadow.quoted).joined(separator: ", "))) VALUES "
        replaceHead = Array("REPLACE \(target)".utf8)
        insertHead = Array("INSERT \(target)".utf8)
        deleteHead = Array("DELETE FROM \(pair.shadow) WHERE ".utf8)
        keyNames = pair.key.map { Array($0.shadow.quoted.utf8) }
        var labels: [Int: [String]] = [:]
        var sets: Set<Int> = []
        for column in pair.columns where ["enum", "set"].contains(column.originalModel.type.base) {
            guard column.originalModel.columnType != column.shadowModel.columnType else { continue }
            labels[column.ordinal] = column.originalModel.type.members
            if column.originalModel.type.base == "set" { sets.insert(column.ordinal) }
        }
        self.labels = labels
        isSet = sets
    }

    /// - Parameter refusesDuplicates: no other row may go for one that is written: a duplicate is an error of the server. Right only
    ///   while the shadow holds exactly what the original held at some position.
    /// - Throws: a refusal for a value that no literal carries; nothing was sent then.
    func statements(_ batch: RowBatch, refusesDuplicates: Bool = false) throws(MySQLError) -> [SQL] {
        guard refusesDuplicates else {
            return try deletions(batch.deletions) + rows(batch.images, replaceHead)
        }
        let own = batch.images.map { image in pair.key.map { image[$0.ordinal] } }
        return try deletions(batch.deletions + own) + rows(batch.images, insertHead)
    }

    /// The statements as packets of one transaction, in order.
    static func packets(_ statements: [SQL]) throws(MySQLError) -> [(statements: [SQL], bytes: Int)] {
        var packets: [(statements: [SQL], bytes: Int)] = [(["START TRANSACTION"], 0)]
        for statement in statements {
            let bytes = try statement.literalText().count
            if packets[packets.count - 1].bytes + bytes > bytesPerPacket, packets[packets.count - 1].bytes > 0 {
                packets.append(([], 0))
            }
            packets[packets.count - 1].statements.append(statement)
            packets[packets.count - 1].bytes += bytes
        }
        packets[packets.count - 1].statements.append("COMMIT")
        return packets
    }

    private func deletions(_ keys: [RowBatch.Key]) throws(MySQLError) -> [SQL] {
        var statements: [SQL] = []
        var writer = LiteralWriter()
        var count = 0
        for key in keys {
            writer.bytes += count == 0 ? deleteHead[...] : Array(" OR ".utf8)[...]
            writer.write("(")
            for (index, value) in key.enumerated() {
                if index > 0 { writer.write(" AND ") }
                writer.bytes += keyNames[index]
                writer.write(" = ")
                try writer.write(written(value, pair.key[index].ordinal))
            }
            writer.write(")")
            count += 1
            if count == Self.rowsPerStatement || writer.bytes.count >= Self.bytesPerStatement {
                statements.append(SQL(verbatim: writer.bytes))
                writer = LiteralWriter()
                count = 0
            }
        }
        if count > 0 { statements.append(SQL(verbatim: writer.bytes)) }
        return statements
    }

    private func rows(_ images: [[SQLValue]], _ head: [UInt8]) throws(MySQLError) -> [SQL] {
        var statements: [SQL] = []
        var writer = LiteralWriter()
        var count = 0
        for image in images {
            writer.bytes += count == 0 ? head[...] : Array(",".utf8)[...]
            writer.write("(")
            for (index, column) in pair.columns.enumerated() {
                if index > 0 { writer.write(",") }
                try writer.write(written(image[column.ordinal], column.ordinal))
            }
            writer.write(")")
            count += 1
            if count == Self.rowsPerStatement || writer.bytes.count >= Self.bytesPerStatement {
                statements.append(SQL(verbatim: writer.bytes))
                writer = LiteralWriter()
                count = 0
            }
        }
        if count > 0 { statements.append(SQL(verbatim: writer.bytes)) }
        return statements
    }

    /// An ENUM arrives as its place and a SET as its bits; where the labels changed, the label is what is meant.
    private func written(_ value: SQLValue, _ ordinal: Int) -> SQLValue {
        guard !labels.isEmpty, let labels = labels[ordinal], let number = value.uint64 else { return value }
        if isSet.contains(ordinal) {
            let chosen = labels.indices.filter { number & (1 << UInt64($0)) != 0 }.map { labels[$0] }
            return .string(chosen.joined(separator: ","))
        }
        return labels.indices.contains(Int(number) - 1) ? .string(labels[Int(number) - 1]) : value
    }
}
