/// Names of the tables a migration makes beside the one it changes.
///
/// Two promises, and why they hold:
/// - **At most 64 characters**, MySQL's limit, and a file name of at most 255 bytes: servers store other characters than
///   `[0-9A-Za-z_]` as up to five bytes (`@4e2d`) and add `.ibd`. (Measured on MariaDB 10.11: 47 Chinese characters and
///   a 16-character suffix can be created, 48 cannot.)
/// - **Behind the original in byte order.** Servers take metadata locks in the order of `database\0table\0` as bytes, and
///   the cut-over's argument needs the original first. A suffix gives that for free, because `\0` is smaller than any
///   character. A name too long for a suffix is cut, and the character put at the cut is chosen larger than the one
///   that stood there: `_` is larger than digits and capitals, `~` than small letters, `～` (U+FF5E) than nearly all else.
///   Nothing behind the cut matters then.
///
/// The names follow from table, migration and kind alone, so that a restarted program finds what it made.
package struct ArtifactNames: Equatable, Sendable {
    /// What an artifact is for.
    package enum Kind: String, Codable, CaseIterable, Equatable, Sendable {
        /// The altered copy, until the cut-over.
        case shadow = "new"
        /// The original, after the cut-over. Where the cut-over needs a sentry table, the sentry holds this name until then.
        case old = "old"
    }

    /// Why no name can be made.
    package enum Refusal: Error, Equatable, Sendable {
        /// The table's name is empty.
        case emptyTable
        /// The migration's identifier does not start with eight hexadecimal digits, dashes aside.
        case shortIdentifier(String)
        /// No name of 64 characters sorts behind this one.
        case unsortable(String)

        /// What a person reads.
        package var message: String {
            switch self {
            case .emptyTable: "A table without a name has no artifacts."
            case .shortIdentifier(let text):
                "The migration identifier \(text) does not start with the 8 hexadecimal digits that name its tables."
            case .unsortable(let table):
                "Table \(SQLName.quoted(table)) cannot be migrated: no name of at most 64 characters sorts behind it, and the"
                    + " cut-over needs one to lock the tables in a safe order. Give the table a shorter name first."
            }
        }
    }

    /// The table being changed.
    package let table: String
    /// The first eight hexadecimal digits of the migration's identifier, in lower case.
    package let migration: String
    /// The name of the altered copy.
    package let shadow: String
    /// The name of the original after the cut-over, and of the sentry table before.
    package let old: String

    /// The names for a table and a migration's identifier: 32 hexadecimal digits or a UUID, of which eight are used.
    ///
    /// - Throws: `Refusal` when no safe name exists.
    package init(table: String, migrationID: String) throws(Refusal) {
        let digits = String(migrationID.lowercased().filter { $0 != "-" }.prefix(8))
        guard digits.count == 8, digits.allSatisfy(Self.hexDigits.contains) else { throw .shortIdentifier(migrationID) }
        guard !table.isEmpty else { throw .emptyTable }
        self.table = table
        migration = digits
        guard let stem = Self.stem(for: table) else { throw .unsortable(table) }
        shadow = Self.name(stem, digits, .shadow)
        old = Self.name(stem, digits, .old)
    }

    /// The artifact of one kind.
    package subscript(kind: Kind) -> String {
        switch kind {
        case .shadow: shadow
        case .old: old
        }
    }

    /// Whether a table of this name can only have been made by some migration of `table`: the exact name its migration
    /// number gives, not merely a similar one.
    package static func isArtifact(_ name: String, of table: String) -> Bool {
        guard let parsed = parse(name), let stem = stem(for: table) else { return false }
        return utf8Equal(Self.name(stem, parsed.migration, parsed.kind), name)
    }

    /// Whether a name has the exact form of an artifact. A person may still have given it: ask the journal before dropping.
    package static func isArtifact(_ name: String) -> Bool { parse(name) != nil }

    /// The migration's eight digits and the kind in a name of the exact form `…_ls_<8 hex>_new|old`; `nil` for others.
    package static func parse(_ name: String) -> (migration: String, kind: Kind)? {
        let scalars = Array(name.unicodeScalars)
        guard scalars.count > suffixLength, scalars.count <= longest, fitsFileName(name) else { return nil }
        let suffix = String(String.UnicodeScalarView(scalars.suffix(suffixLength)))
        let digits = String(suffix.dropFirst(mark.count).prefix(8))
        guard suffix.hasPrefix(mark), digits.allSatisfy(hexDigits.contains),
            let kind = Kind.allCases.first(where: { utf8Equal(Self.name("", digits, $0), suffix) })
        else { return nil }
        return (digits, kind)
    }

    // MARK: - Making names

    /// Longest table name, in characters. Source: MySQL 8.4 manual, "Identifier Length Limits"; MariaDB has the same.
    private static let longest = 64
    private static let longestFileName = 255 - ".ibd".count
    private static let mark = "_ls_"
    private static let suffixLength = 4 + 8 + 4
    private static let hexDigits = Set("0123456789abcdef")
    private static let separators: [Unicode.Scalar] = ["_", "~", "\u{FF5E}"]

    private static func name(_ stem: String, _ digits: String, _ kind: Kind) -> String {
        stem + mark + digits + "_" + kind.rawValue
    }

    /// What stands before the suffix: the table's name, or its start, a separator and a hash of the whole.
    private static func stem(for table: String) -> String? {
        let suffix = String(repeating: "0", count: suffixLength)
        if fits(table + suffix) { return table }
        let scalars = Array(table.unicodeScalars)
        let hash = StableHash.hex32(table)
        let room = longest - suffixLength - hash.count - 1
        for cut in stride(from: min(room, scalars.count - 1), through: 0, by: -1) {
            let start = String(String.UnicodeScalarView(scalars[..<cut]))
            for separator in separators where sortsBehind(separator, scalars[cut]) {
                let stem = start + String(separator) + hash
                if fits(stem + suffix) { return stem }
            }
        }
        return nil
    }

    /// UTF-8 keeps the order of code points, so comparing scalars compares bytes.
    private static func sortsBehind(_ separator: Unicode.Scalar, _ replaced: Unicode.Scalar) -> Bool {
        separator.value > replaced.value
    }

    private static func fits(_ name: String) -> Bool {
        name.unicodeScalars.count <= longest && fitsFileName(name)
    }

    /// An upper bound: some accented letters take three bytes instead of five.
    private static func fitsFileName(_ name: String) -> Bool {
        name.utf8.count(where: isPlain) + 5
            * name.unicodeScalars.count(where: { !$0.isASCII || !isPlain(UInt8($0.value)) })
            <= longestFileName
    }

    private static func isPlain(_ byte: UInt8) -> Bool {
        (0x30...0x39).contains(byte) || (0x41...0x5A).contains(byte) || (0x61...0x7A).contains(byte) || byte == 0x5F
    }

    /// Equality as servers see it: Swift's own would equate composed and decomposed accents.
    private static func utf8Equal(_ a: String, _ b: String) -> Bool { a.utf8.elementsEqual(b.utf8) }
}
