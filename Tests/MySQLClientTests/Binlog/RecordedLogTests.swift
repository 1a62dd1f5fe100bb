internal import Foundation
internal import MySQLClient
import Testing

/// Two transactions as servers sent them, from the artificial ROTATE on: an INSERT of `(1, 'abab…', -1.05, X'0100',
/// '2024-02-29 12:34:56.789')` and an UPDATE to `(2, NULL, …)`. Events in base64, an empty line between them.
@Suite struct RecordedLogTests {
    /// MariaDB 10.11 with `log_bin_compress`: rows events compressed with zlib.
    private static let mariadb = """
        AAAAAAQBAAAALAAAAAAAAAAgAJ4CAAAAAAAAYmlubG9nLjAwMDAwMSEjZRw=

        NgYBaw8BAAAA/AAAAAAAAAAAAAQAMTAuMTEuMTktTWFyaWFEQi0wK2RlYjEydTEtbG9nAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAEzgNAAgA
        EgAEBAQEEgAA5AAEGggAAAAICAgCAAAACgoKAAAAAAAACgoKAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA
        AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAEEwQADQgI
        CAoKCgGdMHjz

        NgYBa6IBAAAAKgAAAMgCAAAIAAMAAAAAAAAAAAAAAAwAAAAAAABBk5zD

        NgYBaxMBAAAANwAAAHADAAAAABIAAAAAAAEABGxzX2QAAXQABQMP9v4SB5ABCgL+BAMesUkvbQ==

        NgYBa6YBAAAARQAAALUDAAAAABIAAAAAAAEABR+BPXice8DIwMCgwZCYRBys////3y9Gxpmbdp3YIXcJAJMuGTJaEKjz

        NgYBaxABAAAAHwAAANQDAAAAABIAAAAAAAAAbcX0fA==

        NgYBa6IBAAAAKgAAAP4DAAAIAAQAAAAAAAAAAAAAAAwAAAAAAAA5eGWL

        NgYBaxMBAAAANwAAAG4EAAAAABIAAAAAAAEABGxzX2QAAXQABQMP9v4SB5ABCgL+BAMeWykewA==

        NgYBa6cBAAAATAAAALoEAAAAABIAAAAAAAEABR8fgVB4nHvAyMDAoMGQmEQcrP///98vRsaZm3ad2CF36RETUDOqEADJ1yMCELluuQ==

        NgYBaxABAAAAHwAAANkEAAAAABMAAAAAAAAA8LPXeg==
        """

    /// MySQL 9.7: tagged GTIDs; the second transaction is one payload, compressed with zstd.
    private static let mysql = """
        AAAAAAQBAAAALAAAAAAAAAAgAF8CAAAAAAAAYmlubG9nLjAwMDAwMe1w7UU=

        OQYBaw8BAAAAewAAAAAAAAAAAAQAOS43LjQtMgAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAEwANAAgA
        AAAABAAEAAAAYwAEGggAAAAAAAACAAAACgoKKioAEjQACigAAAGD/SrC

        OgYBayoBAAAAUwAAALICAAAAAAJ4AAAAAnkDnt0DKQOVA6oixQM5Ai4E8QMAAAACBAQGDm5pZ2h0bHkICAoMDH+7ykxhwGAGEIUFEoMSC90Y
        SGY=

        OgYBawIBAAAATwAAAAEDAAAIAAoAAAAAAAAAAAAAJQAAAAAAAAEAAEhCAAAAAAYDc3RkBP8A/wD/AAUGKzAwOjAwEv8AAEJFR0lOf48WuQ==

        OgYBaxMBAAAAQAAAAEEDAAAAAG0AAAAAAAEABGxzX2QAAXQABQMP9v4SB5ABCgL+BAMeAQEAAwT8/wA/mI+O7A==

        OgYBax4BAAAAYAAAAKEDAAAAAG0AAAAAABEAAgAF/wABAAAAKABhYmFiYWJhYmFiYWJhYmFiYWJhYmFiYWJhYmFiYWJhYmFiYWJhYmFif///
        /voBAZmyusi4HtLNJGXH

        OgYBaxABAAAAHwAAAMADAAAAABMAAAAAAAAAS8uDbA==

        OgYBayoBAAAAUwAAABMEAAAAAAJ4AAAAAnkDnt0DKQOVA6oixQM5Ai4E8QMAAAACBAgGDm5pZ2h0bHkIDAoQDH+jUk1hwGAGEIkEEoMSCzpP
        ZDg=

        OgYBaygBAAAAzwAAAOIEAAAAAAIBAAMD/BMBAQGsACi1L/1gEwAVBQDCBx0ngE0aA0unKBItGjAZIDEkDlfYgdCQ2/Y6rtVSKF9ZBhCX/7jJ
        3lKm//8BQfhVRdYnBPJ0Mklxd2OpvHh3Wi9kEo239NyZlntRqeQAqjgauGlNnlG2y8PMMGgJr0nk4cB+K8H7Ms3mIAb5XDF1YMmfqiW8AhMA
        oATi5hCENuUw/3cwwYJmwES+sg8yDoHYnKEgIKu4ueAsocHFoJABeAGJsBwY
        """

    private static func events(_ text: String) -> [[UInt8]] {
        text.components(separatedBy: "\n\n").compactMap { Data(base64Encoded: $0, options: .ignoreUnknownCharacters) }
            .map { [UInt8]($0) }
    }

    private static let columns: [ColumnInfo] = [
        ColumnInfo(name: "id", dataType: "int", columnType: "int(11)", charset: nil, octetLength: nil),
        ColumnInfo(name: "v", dataType: "varchar", columnType: "varchar(100)", charset: .utf8mb4, octetLength: 400),
        ColumnInfo(name: "d", dataType: "decimal", columnType: "decimal(10,2)", charset: nil, octetLength: nil),
        ColumnInfo(name: "b", dataType: "binary", columnType: "binary(4)", charset: nil, octetLength: 4),
        ColumnInfo(name: "s", dataType: "datetime", columnType: "datetime(3)", charset: nil, octetLength: nil),
    ]

    private func assemble(
        _ events: [[UInt8]], start: BinlogPosition, columns: [ColumnInfo] = columns
    ) throws -> (items: [BinlogItem], end: BinlogPosition) {
        let table = try QualifiedName(database: "ls_d", table: "t")
        var decoder = EventDecoder(hasChecksums: true)
        var assembler = TransactionAssembler(start: start, tables: [table: columns])
        var items: [BinlogItem] = []
        for bytes in events {
            let event = try decoder.decode(bytes)
            try assembler.consume(event)
            while let item = try assembler.next() { items.append(item) }
            guard case .transactionPayload(let payload) = event.body else { continue }
            let reader = payload.events()
            while let inner = try reader.next() {
                try assembler.consume(try decoder.decodeInner(inner), in: event.header)
                while let item = try assembler.next() { items.append(item) }
            }
        }
        return (items, assembler.border)
    }

    private static let before: [SQLValue] = [
        .int(1), .string(String(repeating: "ab", count: 20)), .decimal("-1.05"), .bytes([1, 0, 0, 0]),
        .dateTime(
            SQLDateTime(
                date: SQLDate(year: 2024, month: 2, day: 29), hour: 12, minute: 34, second: 56, microsecond: 789_000)),
    ]

    static let logs: [(log: [[UInt8]], start: UInt64, end: UInt64, names: [String])] = [
        (events(mariadb), 670, 1241, ["0-1-3", "0-1-4"]),
        (
            events(mysql), 607, 1250,
            ["de4ff7ca-e555-11f1-8e17-02fc00000001:nightly:1", "de4ff7ca-e555-11f1-8e17-02fc00000001:nightly:2"]
        ),
    ]

    @Test("A recorded log becomes its two transactions", arguments: 0..<2)
    func recorded(which: Int) throws {
        let (log, offset, end, names) = Self.logs[which]
        let start = BinlogPosition(file: "binlog.000001", offset: offset)
        let (items, border) = try assemble(log, start: start)
        let found = items.transactions
        var after = Self.before
        after[0] = .int(2)
        after[1] = .null
        #expect(
            found.map { $0.changes.map(\.row) } == [
                [.insert(Self.before)], [.update(before: Self.before, after: after)],
            ])
        #expect(found.map { $0.gtid?.description } == names)
        #expect(found.first?.start == start && found.first?.end == found.last?.start)
        #expect(found.last?.end == border && border.offset == end)
    }

    @Test("Any single bit turned in any event is refused", arguments: 0..<2)
    func damaged(which: Int) throws {
        let (log, offset, _, _) = Self.logs[which]
        let start = BinlogPosition(file: "binlog.000001", offset: offset)
        for (number, event) in log.enumerated() {
            for index in event.indices {
                // Byte 17 of a format description carries the "in use" flag, which the checksum leaves out.
                let bit: UInt8 = 1 << UInt8((index + number) % 7 + 1)
                var damaged = log
                damaged[number][index] ^= bit
                #expect(throws: BinlogRefusal.self, "event \(number), byte \(index)") {
                    try assemble(damaged, start: start)
                }
            }
        }
    }

    @Test("Columns that do not fit the log are refused by name", arguments: 0..<2)
    func columns(which: Int) throws {
        let (log, offset, _, _) = Self.logs[which]
        let start = BinlogPosition(file: "binlog.000001", offset: offset)
        let wrong = [
            ("id", "bigint", "bigint(20)"), ("v", "varchar", "varchar(99)"), ("d", "decimal", "decimal(10,3)"),
            ("b", "binary", "binary(5)"), ("s", "datetime", "datetime(6)"), ("s", "timestamp", "timestamp(3)"),
        ]
        for (name, dataType, columnType) in wrong {
            let columns = Self.columns.map { column in
                column.name == name
                    ? ColumnInfo(
                        name: name, dataType: dataType, columnType: columnType, charset: column.charset,
                        octetLength: column.octetLength.map { $0 + 1 }) : column
            }
            let refusal = #expect(throws: BinlogRefusal.self) { try assemble(log, start: start, columns: columns) }
            guard case .columnMismatch(_, column: name, _, _)? = refusal?.reason else {
                Issue.record("\(columnType): \(String(describing: refusal))")
                continue
            }
        }
        for count in [4, 6] {
            let columns = Array((Self.columns + Self.columns).prefix(count))
            #expect(throws: BinlogRefusal.self) { try assemble(log, start: start, columns: columns) }
        }
    }
}
