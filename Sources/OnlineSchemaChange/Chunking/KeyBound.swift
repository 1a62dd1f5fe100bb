internal import MySQLClient

/// One row's key, as SQL literals in key order: a border between chunks that survives in a checkpoint.
struct KeyBound: Hashable, Codable, Sendable {
    /// Written by `LiteralWriter`, so that comparing with them means the same in every session.
    let literals: [String]

    init(_ values: some Sequence<SQLValue>) throws(MySQLError) {
        var literals: [String] = []
        for value in values {
            var writer = LiteralWriter()
            try writer.write(value)
            literals.append(String(decoding: writer.bytes, as: UTF8.self))
        }
        self.literals = literals
    }
}

/// The rows whose key is above `lower` and not above `upper`; `nil` means the table's end on that side.
struct KeyRange: Hashable, Sendable {
    let lower: KeyBound?
    let upper: KeyBound?

    /// The condition on columns with these names, in key order: the original's or the shadow's.
    func condition(_ names: [Identifier]) -> SQL {
        var conditions: [SQL] = []
        if let lower { conditions.append(Self.compare(names, with: lower, strictly: ">", lastly: ">")) }
        if let upper { conditions.append(Self.compare(names, with: upper, strictly: "<", lastly: "<=")) }
        return conditions.isEmpty ? "TRUE" : conditions.joined(separator: " AND ")
    }

    /// `(a > 1)`, or for several columns `(a >= 1 AND (a > 1 OR a = 1 AND (b > 2)))`: neither server walks an index by a row
    /// comparison `(a, b) > (1, 2)`, and the leading `a >= 1` gives the optimizer its range.
    private static func compare(
        _ names: [Identifier], with bound: KeyBound, strictly: SQL, lastly: SQL
    ) -> SQL {
        let last = names.count - 1
        var nested: SQL = "\(names[last]) " + lastly + " " + SQL(verbatim: bound.literals[last])
        for index in stride(from: last - 1, through: 0, by: -1) {
            let literal = SQL(verbatim: bound.literals[index])
            nested =
                "\(names[index]) " + strictly + " " + literal + " OR \(names[index]) = " + literal + " AND (" + nested + ")"
        }
        guard last > 0 else { return "(" + nested + ")" }
        return "(\(names[0]) " + strictly + "= " + SQL(verbatim: bound.literals[0]) + " AND (" + nested + "))"
    }
}

extension KeyBound {
    /// For a checkpoint: the literals, each with its length in front, so that nothing in them can be taken for a border.
    var encoded: String { literals.map { "\($0.utf8.count):\($0)" }.joined() }

    /// Reads `encoded` back; `nil` when it is not such a text.
    init?(encoded: String) {
        var literals: [String] = []
        var rest = Array(encoded.utf8)[...]
        while !rest.isEmpty {
            guard let colon = rest.firstIndex(of: UInt8(ascii: ":")),
                let count = Int(String(decoding: rest[..<colon], as: UTF8.self)), count >= 0,
                rest.index(after: colon) + count <= rest.endIndex
            else { return nil }
            let start = rest.index(after: colon)
            literals.append(String(decoding: rest[start..<start + count], as: UTF8.self))
            rest = rest[(start + count)...]
        }
        guard !literals.isEmpty else { return nil }
        self.init(literals: literals)
    }

    private init(literals: [String]) { self.literals = literals }
}
