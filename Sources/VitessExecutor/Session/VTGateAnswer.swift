internal import MySQLClient
package import Vitess

/// What VTGate answered to one statement.
package struct VTGateAnswer: Sendable {
    /// By name, in the order they came, which is no order.
    package let rows: [AnswerRow]
    /// Shard rows changed, added up. No evidence of an effect: 0 may be one and 4 may be none.
    package let affectedRows: UInt64

    init(_ result: ResultSet) {
        let columns = AnswerColumns(result.columns.map(\.name))
        rows = result.rows.map { row in AnswerRow(columns, values: row.values.map(Self.text)) }
        affectedRows = result.status.affectedRows
    }

    /// A value as the text it came as; `nil` for NULL.
    static func text(_ value: SQLValue) -> String? {
        switch value {
        case .null: nil
        case .int(let number): "\(number)"
        case .uint(let number), .bit(let number): "\(number)"
        case .float(let number): "\(number)"
        case .double(let number): "\(number)"
        case .decimal(let text), .json(let text): text
        case .text(let bytes, _), .bytes(let bytes), .geometry(let bytes): String(decoding: bytes, as: UTF8.self)
        case .date(let date): date.description
        case .dateTime(let time): time.description
        case .time(let time): time.description
        case .year(let year): "\(year)"
        }
    }
}
