/// Chooses the key to walk a table by.
///
/// The copier walks the ORIGINAL table in ranges of this key, and each row event finds its row in the SHADOW table by key
/// equality. Both are right only if
/// 1. the key tells all original rows apart and never is NULL: a unique index over whole NOT NULL columns;
/// 2. boundary values read from the server compare, when sent back, exactly as the index orders them: no type whose
///    comparison differs from its order or whose values are approximate;
/// 3. two keys that differ in the original differ in the shadow table, and a key's value survives the conversion: the
///    altered columns tell apart at least what the original ones do;
/// 4. the shadow table has a unique index over exactly these columns, so that copy and apply meet in one row. One over
///    fewer would make different rows collide, one over more would let one row live twice.
///
/// A shadow key that tells *more* apart is allowed: each event removes exactly the value its row had before.
package enum UniqueKeyChoice {
    /// The primary key if it can be used, else the usable unique index with the fewest columns, then the fewest bytes,
    /// then the first name. `renames` is `AlterStatement.columnRenames`.
    ///
    /// - Throws: `KeyRefusal` with each unique index and what speaks against it.
    package static func chooseKey(
        original: TableModel, altered: TableModel, renames: [String: String]
    ) throws(KeyRefusal) -> UniqueKey {
        let pairing = ColumnPairing(altered: altered, renames: renames)
        var findings: [KeyRefusal.Finding] = []
        for index in candidates(original) {
            var reasons = shapeReasons(index)
            let named = index.parts.compactMap { part in
                part.column.flatMap(original.column).map { (part: part, column: $0) }
            }
            let columns = named.map(\.column)
            reasons += named.flatMap { part, column in
                KeyColumnRules.unwalkable(column, isNullable: part.isNullable || column.isNullable)
            }
            reasons += columns.compactMap { column in
                guard let target = pairing.altered(of: column.name) else {
                    return "column \(SQLName.quoted(column.name)) is dropped"
                }
                return KeyColumnRules.lostIdentity(column, target)
            }
            let pairs = columns.compactMap { column in
                pairing.altered(of: column.name).map { UniqueKey.Column(original: column, altered: $0) }
            }
            guard reasons.isEmpty, pairs.count == index.parts.count else {
                findings.append(
                    .init(index: index.name, reasons: reasons.isEmpty ? ["it names an unknown column"] : reasons))
                continue
            }
            guard let match = partner(of: pairs.map(\.altered.name), in: altered) else {
                let list = pairs.map { SQLName.quoted($0.altered.name) }.joined(separator: ", ")
                findings.append(
                    .init(
                        index: index.name,
                        reasons: ["the altered table has no unique key over exactly \(list), NOT NULL and whole"]))
                continue
            }
            return UniqueKey(
                name: index.name, alteredName: match.name, columns: pairs,
                isDescending: index.parts.allSatisfy(\.isDescending))
        }
        throw KeyRefusal(table: original.name, findings: findings)
    }

    /// Unique indexes of the altered table that no unique index of the original implies, by name: rows of the original may
    /// break them, and the copy then stops, or a row is missing and the checksum says so.
    package static func newUniqueIndexes(
        original: TableModel, altered: TableModel, renames: [String: String]
    ) -> [String] {
        let pairing = ColumnPairing(altered: altered, renames: renames)
        return altered.indexes.filter { index in
            index.isUnique && !original.indexes.contains { implies($0, index, original, pairing) }
        }.map(\.name).sorted()
    }

    // MARK: - Indexes

    /// Unique indexes, best first.
    private static func candidates(_ table: TableModel) -> [IndexModel] {
        func rank(_ index: IndexModel) -> (Int, Int, Int, String) {
            let bytes = index.parts.compactMap { $0.column.flatMap(table.column) }.map(KeyColumnRules.width).reduce(
                0, +)
            return (index.isPrimary ? 0 : 1, index.parts.count, bytes, index.name)
        }
        return table.indexes.filter(\.isUnique).sorted { rank($0) < rank($1) }
    }

    /// What speaks against an index whatever the types of its columns.
    private static func shapeReasons(_ index: IndexModel) -> [String] {
        var reasons: [String] = []
        if index.type.uppercased() != "BTREE" {
            reasons.append("it is a \(index.type) index, which has no order to walk")
        }
        if !index.isVisible {
            reasons.append("the optimizer may not use it, so every range would read the whole table")
        }
        for part in index.parts {
            guard let column = part.column else {
                reasons.append("the part (\(part.expression ?? "")) is an expression")
                continue
            }
            let name = SQLName.quoted(column)
            if let length = part.prefixLength {
                reasons.append("only the first \(length) of column \(name) are indexed")
            }
        }
        if Set(index.parts.map(\.isDescending)).count > 1 {
            reasons.append("its parts are ascending and descending, so every range would be sorted anew")
        }
        return reasons
    }

    /// The unique index of `altered` over exactly these whole NOT NULL columns, in any order: the primary key first, then
    /// the first name.
    private static func partner(of names: [String], in altered: TableModel) -> IndexModel? {
        let wanted = Set(names.map(SQLName.folded))
        return altered.indexes.filter { index in
            let columns = index.parts.compactMap(\.column).map(SQLName.folded)
            return index.isUnique && index.isVisible && index.type.uppercased() == "BTREE"
                && columns.count == index.parts.count && columns.count == names.count && Set(columns) == wanted
                && index.parts.allSatisfy { $0.prefixLength == nil && !$0.isNullable }
                && columns.allSatisfy { altered.column($0)?.isNullable == false }
        }.min { ($0.isPrimary ? 0 : 1, $0.name) < ($1.isPrimary ? 0 : 1, $1.name) }
    }

    /// Whether uniqueness under `old` makes rows unique under `new` too: each part of `old` is in `new`, as long and as
    /// distinctive.
    private static func implies(
        _ old: IndexModel, _ new: IndexModel, _ original: TableModel, _ pairing: ColumnPairing
    ) -> Bool {
        guard old.isUnique else { return false }
        return old.parts.allSatisfy { part in
            guard let name = part.column, let column = original.column(name), let target = pairing.altered(of: name),
                KeyColumnRules.lostIdentity(column, target) == nil,
                !(part.isNullable && !target.isNullable)
            else { return false }
            return new.parts.contains { other in
                guard let otherName = other.column, SQLName.same(otherName, target.name) else { return false }
                guard let length = other.prefixLength else { return true }
                return part.prefixLength.map { $0 <= length } ?? false
            }
        }
    }
}
