internal import MySQLClient

/// The statements of the traffic on one table.
struct Statements: Sendable {
    let shape: TableShape
    let table: QualifiedName
    private let names: [Identifier]

    init(shape: TableShape, database: String) throws(MySQLError) {
        self.shape = shape
        table = try shape.name(in: database)
        var names: [Identifier] = []
        for column in shape.columns { names.append(try Identifier(column.name)) }
        self.names = names
    }

    func statement(_ change: Change) -> SQL {
        switch change {
        case .insert(_, let new):
            return insert([new])
        case .delete(_, let old):
            return "DELETE FROM \(table) WHERE \(key(of: old))"
        case .update(_, let old, let new), .rekey(_, _, let old, let new):
            let pieces = shape.writtenPlaces.filter { old[$0] != new[$0] }.map { place -> SQL in
                "\(names[place]) = \(new[place])"
            }
            return "UPDATE \(table) SET \(pieces.joined()) WHERE \(key(of: old))"
        }
    }

    /// One INSERT for many rows.
    func insert(_ rows: [[SQLValue]]) -> SQL {
        let places = shape.writtenPlaces
        let tuples = rows.map { row -> SQL in "(\(places.map { row[$0] }))" }
        if shape.insertsByPosition { return "INSERT INTO \(table) VALUES \(tuples.joined())" }
        return "INSERT INTO \(table) (\(places.map { names[$0] })) VALUES \(tuples.joined())"
    }

    /// A read by key that names key columns only, so that it means the same before and after the schema change.
    func read(_ row: [SQLValue]) -> SQL {
        "SELECT \(shape.keyPlaces.map { names[$0] }) FROM \(table) WHERE \(key(of: row))"
    }

    /// `a = … AND b = …`
    func key(of row: [SQLValue]) -> SQL {
        shape.keyPlaces.map { place -> SQL in "\(names[place]) = \(row[place])" }.joined(separator: " AND ")
    }
}

extension SQLValue {
    /// The same for values that mean the same but travel differently: signed and unsigned, text and JSON, BINARY and bytes.
    var comparable: SQLValue {
        switch self {
        case .uint(let number): Int64(exactly: number).map { .int($0) } ?? self
        case .text(let bytes, _): .bytes(bytes)
        case .json(let text): .bytes([UInt8](text.utf8))
        case .null, .int, .float, .double, .decimal, .bytes, .date, .dateTime, .time, .year, .bit, .geometry: self
        }
    }
}
