/// What VTGate answers to one statement.
package enum Answer: Sendable {
    /// `Query OK`.
    case ok(affected: Int)
    /// A result set.
    case rows(ResultTable)
    /// An error packet.
    case error(ErrorAnswer)
    /// The connection is gone without an answer: the client reports 2013.
    case dropped

    /// The error, when it is one.
    package var error: ErrorAnswer? {
        if case .error(let error) = self { return error }
        return nil
    }

    /// The rows, when there are any.
    package var table: ResultTable? {
        if case .rows(let table) = self { return table }
        return nil
    }

    /// `n rows affected`; `nil` for anything but OK.
    package var affected: Int? {
        if case .ok(let affected) = self { return affected }
        return nil
    }

    static func fail(_ code: UInt16 = 1105, _ state: String = "HY000", _ message: String) -> Answer {
        .error(ErrorAnswer(code: code, state: state, message: message))
    }
}

/// An error as the client sees it.
package struct ErrorAnswer: Error, Equatable, Sendable {
    /// 1105 for almost everything.
    package let code: UInt16
    /// Five characters.
    package let state: String
    /// Whole: only the client library cuts it.
    package let message: String

    /// From its parts.
    package init(code: UInt16 = 1105, state: String = "HY000", message: String) {
        self.code = code
        self.state = state
        self.message = message
    }

    static func syntax(_ position: Int, near: String?) -> ErrorAnswer {
        ErrorAnswer(message: "syntax error at position \(position)" + (near.map { " near '\($0)'" } ?? ""))
    }
}

/// A text result set; rows are kept as they go over the wire.
package struct ResultTable: Sendable {
    /// The columns of the first shard that answered (transcript 3): rows of others may hold more or fewer values.
    package let columns: [WireColumn]
    let payloads: [[UInt8]]

    init(_ columns: [WireColumn], payloads: [[UInt8]]) {
        self.columns = columns
        self.payloads = payloads
    }

    init(_ columns: [WireColumn], rows: [[String?]]) {
        self.columns = columns
        payloads = rows.map { row in
            var payload: [UInt8] = []
            for value in row { payload.appendText(value) }
            return payload
        }
    }

    /// The values of every row, in the row's own order and number.
    package var values: [[String?]] {
        payloads.map { payload in
            var reader = ByteReader(payload)
            var row: [String?] = []
            while !reader.isAtEnd { row.append(reader.text()) }
            return row
        }
    }

    /// Every row by the names of `columns`; a name maps to `nil` for NULL.
    package var dictionaries: [[String: String?]] {
        values.map { row in Dictionary(zip(columns.map(\.name), row), uniquingKeysWith: { first, _ in first }) }
    }
}
