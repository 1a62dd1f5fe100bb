import Schema
import Testing

@Suite("Schema fingerprint and drift")
struct SchemaFingerprintTests {
    private var orders: TableModel {
        var orders = table(
            [
                column("id", "bigint(20) unsigned", extra: "auto_increment"),
                column("email", "varchar(100)", null: true, set: "utf8mb3", collate: "utf8mb3_general_ci"),
                column(
                    "at", "timestamp", default: .expression("current_timestamp()"),
                    extra: "on update current_timestamp()"),
                column("flag", "tinyint(1)", default: .literal("0")),
            ], [primary("id"), unique("email", "email")])
        orders.autoIncrement = 17
        return orders
    }

    @Test("The canonical text is one line a property")
    func text() {
        #expect(
            SchemaFingerprint.canonicalText(of: orders) == """
                column id: bigint unsigned not null auto_increment
                column email: varchar(100) character set utf8mb3 collate utf8mb3_general_ci null default null
                column at: timestamp not null default current_timestamp on update current_timestamp
                column flag: tinyint(1) not null default '0'
                column order: id, email, at, flag
                index PRIMARY: unique btree (id)
                index email: unique btree (email)
                triggers: none
                engine: innodb
                character set: utf8mb4
                collation: utf8mb4_general_ci
                options: none
                partitioned: no

                """)
    }

    @Test("Name, counter, widths, spelling and index order of another server do not change the fingerprint")
    func noise() {
        var other = orders
        other.name = "orders_2"
        other.autoIncrement = nil
        other.columns[0].columnType = "bigint unsigned"
        other.columns[1].characterSet = "utf8"
        other.columns[1].collation = "utf8_general_ci"
        other.columns[2].defaultValue = .expression("CURRENT_TIMESTAMP")
        other.columns[2].extra = "DEFAULT_GENERATED on update CURRENT_TIMESTAMP"
        other.indexes.reverse()
        other.columns.reverse()
        other.createOptions = "partitioned"
        #expect(SchemaFingerprint(of: other) == SchemaFingerprint(of: orders))
        #expect(SchemaDifference.diff(orders, other) == [])
    }

    @Test("The value is a hash and a length, the same for ever")
    func pinned() {
        #expect(StableHash.hex64("") == "cbf29ce484222325")
        #expect(StableHash.hex64("a") == "af63dc4c8601ec8c")
        #expect(StableHash.hex64("foobar") == "85944171f73967e8")
        let text = SchemaFingerprint.canonicalText(of: orders)
        #expect(
            SchemaFingerprint(of: orders).value == StableHash.hex64(text) + "-" + String(text.utf8.count, radix: 16))
    }

    private static let changes: [(String, @Sendable (inout TableModel) -> Void)] = [
        ("column email", { $0.columns[1].columnType = "varchar(120)" }),
        ("column email", { $0.columns[1].isNullable = false }),
        ("column email", { $0.columns[1].collation = "utf8mb3_bin" }),
        ("column flag", { $0.columns[3].defaultValue = .literal("1") }),
        ("column flag", { $0.columns[3].columnType = "tinyint(4)" }),
        ("column flag", { $0.columns[3].isInvisible = true }),
        ("column flag", { $0.columns[3].generation = .virtual(expression: "1") }),
        ("column order", { $0.columns[0].ordinal = 9 }),
        ("index email", { $0.indexes[1].isUnique = false }),
        ("index email", { $0.indexes[1].parts[0].prefixLength = 10 }),
        ("index email", { $0.indexes[1].parts[0].isDescending = true }),
        ("index email", { $0.indexes[1].isVisible = false }),
        ("index more", { $0.indexes.append(unique("more", "at")) }),
        ("check c", { $0.checks = [CheckModel(name: "c", expression: "id > 0")] }),
        ("triggers", { $0.triggers = ["t"] }),
        ("engine", { $0.engine = "MyISAM" }),
        ("character set", { $0.characterSet = "latin1" }),
        ("collation", { $0.collation = "utf8mb4_bin" }),
        ("options", { $0.createOptions = "row_format=COMPRESSED" }),
        ("partitioned", { $0.isPartitioned = true }),
        (
            "foreign key f",
            {
                $0.outgoingForeignKeys = [
                    ForeignKeyModel(
                        name: "f", table: "shop.orders", columns: ["id"], referencedTable: "shop.a",
                        referencedColumns: ["id"])
                ]
            }
        ),
    ]

    @Test("Every real change alters the fingerprint and is named as the one difference", arguments: changes.indices)
    func sensitivity(index: Int) {
        let (subject, change) = Self.changes[index]
        var other = orders
        change(&other)
        #expect(SchemaFingerprint(of: other) != SchemaFingerprint(of: orders))
        #expect(SchemaDifference.diff(orders, other).map(\.subject) == [subject])
        #expect(SchemaDifference.diff(other, orders).map(\.subject) == [subject])
    }

    @Test("A difference reads as a sentence with both sides named")
    func words() {
        var other = orders
        other.columns[1].columnType = "varchar(120)"
        other.columns.removeLast()
        let kept = " character set utf8mb3 collate utf8mb3_general_ci null default null"
        #expect(
            SchemaDifference.diff(orders, other).map { $0.words("-80", "80-") } == [
                "column email: varchar(100)\(kept) on -80, varchar(120)\(kept) on 80-",
                "column flag: tinyint(1) not null default '0' on -80, missing on 80-",
            ])
        #expect(
            SchemaDifference.diff(other, orders).last?.words("80-", "-80")
                == "column flag: missing on 80-, tinyint(1) not null default '0' on -80")
    }

    private static let defaults: [(String?, String, Bool, String, ServerFamily, ColumnDefault)] = [
        (nil, "", true, "int", .mysql, .null), (nil, "", false, "int", .mysql, .none),
        ("it's", "", false, "varchar", .mysql, .literal("it's")), ("NULL", "", true, "int", .mariadb, .null),
        ("'it\\'s'", "", false, "varchar", .mariadb, .literal("it's")),
        ("-5", "", false, "int", .mariadb, .literal("-5")),
        ("NULL", "", true, "varchar", .mysql, .literal("NULL")),
        ("CURRENT_TIMESTAMP", "DEFAULT_GENERATED", false, "timestamp", .mysql, .expression("CURRENT_TIMESTAMP")),
        ("CURRENT_TIMESTAMP(6)", "", false, "datetime", .mysql, .expression("CURRENT_TIMESTAMP(6)")),
        ("current_timestamp()", "", false, "timestamp", .mariadb, .expression("current_timestamp()")),
        ("uuid()", "DEFAULT_GENERATED", false, "char", .mysql, .expression("uuid()")),
        ("'a' 'b'", "", false, "char", .mariadb, .expression("'a' 'b'")),
    ]

    @Test("Both families' catalogs give the same default", arguments: defaults.indices)
    func defaultValues(index: Int) {
        let (text, extra, isNullable, type, family, expected) = Self.defaults[index]
        let read = ColumnDefault.fromCatalog(
            text, extra: extra, isNullable: isNullable, isGenerated: false, dataType: type, family: family)
        #expect(read == expected)
        #expect(
            ColumnDefault.fromCatalog(
                text, extra: extra, isNullable: isNullable, isGenerated: true, dataType: type, family: family) == .none)
    }

    private static let types: [(String, String)] = [
        ("INTEGER(11)", "int"), ("int(5) unsigned zerofill", "int(5) unsigned zerofill"), ("tinyint(4)", "tinyint"),
        ("tinyint(1)", "tinyint(1)"), ("year(4)", "year"), ("datetime", "datetime"), ("timestamp(6)", "timestamp(6)"),
        ("decimal", "decimal(10,0)"), ("enum('a','it''s')", "enum('a','it''s')"), ("double", "double"),
        ("float(7,4)", "float(7,4)"), ("bit(1)", "bit(1)"), ("longtext", "longtext"), ("char", "char(1)"),
    ]

    @Test("A type has one canonical spelling", arguments: types)
    func canonical(type: String, expected: String) {
        #expect(ColumnType(type).canonical == expected)
    }
}
