internal import MySQLClient

extension TableShape {
    /// The demo's table: orders of a shop, with the columns, indexes and row size (about 200 bytes) such a table has.
    package static let orders = TableShape(
        slug: "orders", table: "orders",
        columns: [
            "id", "customer_id", "customer", "email", "status", "amount", "currency", "note", "created", "updated",
        ],
        key: ["id"],
        definition: """
            (
              id BIGINT UNSIGNED NOT NULL AUTO_INCREMENT,
              customer_id BIGINT UNSIGNED NOT NULL,
              customer VARCHAR(80) NOT NULL,
              email VARCHAR(120) NOT NULL,
              status ENUM('new','paid','packed','shipped','returned') NOT NULL DEFAULT 'new',
              amount DECIMAL(12,2) NOT NULL,
              currency CHAR(3) NOT NULL DEFAULT 'EUR',
              note VARCHAR(500) NULL,
              created DATETIME(6) NOT NULL,
              updated DATETIME(6) NOT NULL,
              PRIMARY KEY (id),
              KEY by_customer (customer_id, created),
              KEY by_status (status)
            ) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4
            """,
        alteration: Alteration(
            clause: """
                ADD COLUMN tracking_code VARCHAR(40) NULL, MODIFY COLUMN amount DECIMAL(14,4) NOT NULL, \
                ADD INDEX by_created (created)
                """,
            columns: [
                "id", "customer_id", "customer", "email", "status", "amount", "currency", "note", "created", "updated",
                "tracking_code",
            ]
        ) { row in
            var row = row
            if case .decimal(let amount) = row[5] { row[5] = .decimal(amount + "00") }
            return row + [.null]
        }
    ) { writer, number, random in
        let name = RowContent.person(&random)
        let customer = random.int(1..<200_000)
        let created = RowContent.randomMoment(&random)
        return [
            .uint(UInt64(RowContent.identity(writer, number))), .uint(UInt64(customer)), .string(name),
            .string("customer\(customer)@shop.example"),
            .string(random.pick(["new", "paid", "packed", "shipped"])),
            RowContent.decimal(units: random.int(100..<5_000_000), digits: 2),
            .string(random.pick(["EUR", "EUR", "USD", "GBP", "SEK"])), RowContent.sentence(&random), created, created,
        ]
    } mutate: { row, random in
        row[4] = .string(random.pick(["paid", "packed", "shipped", "returned"]))
        row[9] = RowContent.randomMoment(&random)
        if random.once(in: 3) { row[7] = RowContent.sentence(&random) }
        if random.once(in: 4) { row[5] = RowContent.decimal(units: random.int(100..<5_000_000), digits: 2) }
    }
}
