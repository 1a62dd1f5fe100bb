import MySQLClient
import Schema
import Testing

@testable import OnlineSchemaChange

@Suite("Changes as statements")
struct ChangeStatementsTests {
    private func pair(newUniqueKeys: [String] = []) throws -> TablePair {
        let models = [
            ColumnModel(ordinal: 1, name: "id", dataType: "int", columnType: "int(11)"),
            ColumnModel(ordinal: 2, name: "email", dataType: "varchar", columnType: "varchar(40)"),
        ]
        let columns = try models.map { model in
            TablePair.Column(
                ordinal: model.ordinal - 1, original: try Identifier(model.name), shadow: try Identifier(model.name),
                originalModel: model, shadowModel: model)
        }
        return TablePair(
            database: try Identifier("d"), original: try QualifiedName(database: "d", table: "t"),
            shadow: try QualifiedName(database: "d", table: "t_new"), old: try QualifiedName(database: "d", table: "t_old"),
            keyIndex: try Identifier("PRIMARY"), shadowKeyIndex: try Identifier("PRIMARY"), key: [columns[0]],
            columns: columns, originalColumnCount: 2, newUniqueKeys: newUniqueKeys)
    }

    private func texts(_ statements: [SQL]) throws -> [String] {
        try statements.map { String(decoding: try $0.literalText(), as: UTF8.self) }
    }

    @Test("While the copy runs a row takes the place of whatever has its key")
    func replaces() throws {
        var batch = RowBatch()
        batch.delete([.int(1)])
        batch.insert([.int(2)], [.int(2), .int(7)])
        let statements = try texts(ChangeStatements(try pair()).statements(batch))
        #expect(statements.count == 2)
        #expect(statements[0] == "DELETE FROM `d`.`t_new` WHERE (`id` = 1)")
        #expect(statements[1].hasPrefix("REPLACE INTO `d`.`t_new` (`id`, `email`) VALUES (2,"))
    }

    @Test("Where duplicates are refused, only the row's own key makes room for it")
    func refusesDuplicates() throws {
        var batch = RowBatch()
        batch.delete([.int(1)])
        batch.insert([.int(2)], [.int(2), .int(7)])
        let statements = try texts(ChangeStatements(try pair()).statements(batch, refusesDuplicates: true))
        #expect(statements.count == 2)
        #expect(statements[0] == "DELETE FROM `d`.`t_new` WHERE (`id` = 1) OR (`id` = 2)")
        #expect(statements[1].hasPrefix("INSERT INTO `d`.`t_new` (`id`, `email`) VALUES (2,"))
    }

    @Test("However large the rows are, a packet holds little more than its limit, and all are one transaction")
    func packets() throws {
        var batch = RowBatch()
        let wide = SQLValue.text([UInt8](repeating: 97, count: 20_000), .utf8mb4)
        for id in 0..<200 { batch.insert([.int(Int64(id))], [.int(Int64(id)), wide]) }
        let packets = try ChangeStatements.packets(try ChangeStatements(try pair()).statements(batch))
        #expect(packets.count > 5)
        #expect(packets.allSatisfy { $0.bytes <= ChangeStatements.bytesPerPacket })
        let all = try texts(packets.flatMap(\.statements))
        #expect(all.first == "START TRANSACTION")
        #expect(all.last == "COMMIT")
        #expect(all.count { $0 == "COMMIT" || $0 == "START TRANSACTION" } == 2)
        #expect(try packets.flatMap(\.statements).map { try $0.literalText().count }.reduce(0, +) > 200 * 40_000)
    }

    @Test(
        "What a literal would carry differently from the server's own conversion is refused",
        arguments: [
            ("enum('10','20')", "int(11)"), ("set('a','b')", "bigint(20)"), ("bit(8)", "varbinary(8)"),
            ("float", "varchar(20)"), ("int(5) unsigned zerofill", "varchar(10)"), ("datetime(3)", "varchar(30)"),
            ("year(4)", "char(4)"),
        ])
    func refused(_ from: String, _ to: String) {
        #expect(LiteralConversion.refusal(from: ColumnType(from), to: ColumnType(to)) != nil)
    }

    @Test(
        "What a literal carries alike is not",
        arguments: [
            ("enum('a','b')", "enum('b','a')"), ("enum('a')", "varchar(10)"), ("bit(8)", "int(11)"),
            ("float", "double"), ("int(11)", "varchar(12)"), ("datetime", "varchar(30)"), ("datetime(3)", "datetime(6)"),
            ("float", "float"), ("set('a')", "set('a')"),
        ])
    func carried(_ from: String, _ to: String) {
        #expect(LiteralConversion.refusal(from: ColumnType(from), to: ColumnType(to)) == nil)
    }
}
