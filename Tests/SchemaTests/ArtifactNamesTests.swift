import Schema
import Testing

@Suite("Artifact names")
struct ArtifactNamesTests {
    private let id = "7f3a91c2-0000-4000-8000-000000000000"

    /// What the servers compare: the name's bytes and the zero behind them.
    private func isBehind(_ name: String, _ original: String) -> Bool {
        (Array(original.utf8) + [0]).lexicographicallyPrecedes(Array(name.utf8) + [0])
    }

    /// The file name's length, counted as servers do at worst: five bytes for what is no letter, digit or underscore.
    private func fileNameLength(_ name: String) -> Int {
        let plain = Set("abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_".unicodeScalars)
        return name.unicodeScalars.reduce(4) { $0 + (plain.contains($1) ? 1 : 5) }
    }

    private func check(_ table: String) throws {
        let names = try ArtifactNames(table: table, migrationID: id)
        #expect(names.shadow != names.old)
        for kind in ArtifactNames.Kind.allCases {
            let name = names[kind]
            #expect(name.unicodeScalars.count <= 64, "\(name)")
            #expect(fileNameLength(name) <= 255, "\(name)")
            #expect(isBehind(name, table), "\(name) must sort behind \(table)")
            #expect(ArtifactNames.isArtifact(name, of: table), "\(name)")
            #expect(ArtifactNames.parse(name)?.migration == "7f3a91c2")
            #expect(ArtifactNames.parse(name)?.kind == kind)
        }
        #expect(try ArtifactNames(table: table, migrationID: id) == names)
        #expect(try ArtifactNames(table: table, migrationID: "7f3a91c3" + id.dropFirst(8)).shadow != names.shadow)
    }

    @Test("A short name gets a readable suffix")
    func short() throws {
        let names = try ArtifactNames(table: "orders", migrationID: id)
        #expect(names.shadow == "orders_ls_7f3a91c2_new")
        #expect(names.old == "orders_ls_7f3a91c2_old")
        try check("orders")
    }

    @Test(
        "A name of any length and alphabet gets names that fit and sort behind it, or is refused when all is too large",
        arguments: ["a", "Z", "0", "z", "~", "_", "$", "中", "é", " x", "z~", "~z", "_a", "Ab9", "～a", "～", "\u{FFFD}"])
    func alphabets(unit: String) throws {
        for length in [1, 20, 38, 39, 40, 41, 47, 48, 49, 60, 63, 64] {
            let scalars = Array(String(repeating: unit, count: length).unicodeScalars.prefix(length))
            let table = String(String.UnicodeScalarView(scalars))
            let isLarge = scalars.allSatisfy { $0.value >= 0xFF5E }
            if isLarge && (length > 48 || fileNameLength(table + String(repeating: "_", count: 16)) > 255) {
                #expect(throws: ArtifactNames.Refusal.unsortable(table)) {
                    try ArtifactNames(table: table, migrationID: id)
                }
            } else {
                try check(table)
            }
        }
    }

    @Test("Random names of mixed alphabets get names that fit and sort behind", arguments: UInt64(0)..<100)
    func random(seed: UInt64) throws {
        var generator = SeededGenerator(seed: seed)
        let alphabet = Array("azAZ09_$~ -é中文日～".unicodeScalars)
        let length = Int.random(in: 1...64, using: &generator)
        var scalars = (0..<length).map { _ in alphabet.randomElement(using: &generator) ?? "a" }
        scalars[0] = "t"
        try check(String(String.UnicodeScalarView(scalars)))
    }

    @Test("Two long names with one beginning get different names")
    func distinct() throws {
        let stem = String(repeating: "a", count: 63)
        let first = try ArtifactNames(table: stem + "x", migrationID: id)
        let second = try ArtifactNames(table: stem + "y", migrationID: id)
        #expect(first.shadow != second.shadow)
        #expect(first.old != second.old)
        #expect(!ArtifactNames.isArtifact(first.old, of: stem + "y"))
    }

    @Test(
        "The character at the cut is larger than the one that stood there",
        arguments: [("9", "_"), ("Z", "_"), ("_", "~"), ("z", "~"), ("~", "～"), ("é", "～")])
    func separators(unit: String, separator: String) throws {
        let name = try ArtifactNames(table: String(repeating: unit, count: 64), migrationID: id).old
        #expect(name.hasPrefix(String(repeating: unit, count: 39) + separator))
    }

    @Test(
        "A name that only looks like an artifact is none",
        arguments: [
            "orders_old", "orders_ls_7f3a_old", "orders_ls_7F3A91C2_old", "orders_ls_7f3a91c2_del", "_ls_7f3a91c2_old",
            "orders_ls_7f3a91c2_old2", "orders_ls_7f3a91cg_new", "ordersls_7f3a91c2_new", "", "orders_ls_7f3a91c2_OLD",
            "orders_ls_7f3a91c２_old",
        ])
    func foreign(name: String) {
        #expect(!ArtifactNames.isArtifact(name))
        #expect(!ArtifactNames.isArtifact(name, of: "orders"))
    }

    @Test("An artifact of one table is none of another")
    func otherTable() {
        #expect(ArtifactNames.isArtifact("orders_ls_7f3a91c2_new", of: "orders"))
        #expect(!ArtifactNames.isArtifact("orders_ls_7f3a91c2_new", of: "order"))
    }

    @Test("Without a name, eight digits or room behind it there are no names")
    func refusals() {
        let empty = #expect(throws: ArtifactNames.Refusal.self) { try ArtifactNames(table: "", migrationID: id) }
        #expect(empty?.message == "A table without a name has no artifacts.")
        let short = #expect(throws: ArtifactNames.Refusal.self) { try ArtifactNames(table: "t", migrationID: "7f3a") }
        #expect(
            short?.message
                == "The migration identifier 7f3a does not start with the 8 hexadecimal digits that name its tables.")
        let table = String(repeating: "\u{FFFD}", count: 49)
        let large = #expect(throws: ArtifactNames.Refusal.self) { try ArtifactNames(table: table, migrationID: id) }
        #expect(
            large?.message
                == "Table `\(table)` cannot be migrated: no name of at most 64 characters sorts behind it, and the cut-over"
                + " needs one to lock the tables in a safe order. Give the table a shorter name first.")
    }
}
