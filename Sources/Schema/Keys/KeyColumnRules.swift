/// Which columns can be part of the key, and which changes to them keep rows apart.
enum KeyColumnRules {
    /// What speaks against walking a table by this column, as ends of sentences.
    static func unwalkable(_ column: ColumnModel, isNullable: Bool) -> [String] {
        let name = SQLName.quoted(column.name)
        var reasons: [String] = []
        if column.isGenerated { reasons.append("column \(name) is generated, so events need not carry it") }
        if isNullable { reasons.append("column \(name) may be NULL, and NULLs are not unique") }
        let type = column.type.base.uppercased()
        switch column.type.family {
        case .integer, .decimal, .text, .binary, .temporal: break
        case .float: reasons.append("column \(name) is \(type): approximate values are not found again by equality")
        case .enumeration:
            reasons.append(
                "column \(name) is \(type): it is ordered by member number but compared as text, so a range would miss rows"
            )
        case .bit: reasons.append("column \(name) is BIT: it is sent as bytes but compared as a number")
        case .longText, .blob: reasons.append("column \(name) is \(type): only part of it can be indexed in order")
        case .json, .spatial: reasons.append("column \(name) is \(type): it has no order to walk")
        case .other:
            reasons.append("column \(name) is \(type): how its values compare with what is sent back is not known")
        }
        return reasons
    }

    /// Why rows that differ in `original` might not differ in `altered`, or a value might not be found again; `nil`
    /// when identity is kept.
    static func lostIdentity(_ original: ColumnModel, _ altered: ColumnModel) -> String? {
        let name = SQLName.quoted(original.name)
        if altered.isGenerated, !original.isGenerated { return "column \(name) becomes generated" }
        if let reason = typeReason(original.type, altered.type) {
            return "column \(name) changes from \(original.type.canonical) to \(altered.type.canonical): \(reason)"
        }
        guard let oldSet = original.characterSet, let newSet = altered.characterSet,
            let oldCollation = original.collation, let newCollation = altered.collation
        else { return nil }
        return textReason(
            name, CanonicalSQL.characterSet(oldSet), CanonicalSQL.characterSet(newSet),
            CanonicalSQL.characterSet(oldCollation), CanonicalSQL.characterSet(newCollation))
    }

    private static func typeReason(_ old: ColumnType, _ new: ColumnType) -> String? {
        if old.canonical == new.canonical { return nil }
        switch (old.family, new.family) {
        case (.integer, .integer): return ValueConversion.integerLoss(old, new)
        case (.decimal, .decimal): return ValueConversion.decimalLoss(old, new)
        case (.temporal, .temporal) where old.base == new.base:
            return new.fractionDigits < old.fractionDigits
                ? "values that differ in a fraction of a second become equal" : nil
        case (.text, .text):
            if old.base == "varchar", new.base == "char" {
                return "values that differ in trailing spaces may become equal"
            }
            return (new.length ?? 0) < (old.length ?? 0) ? "values that differ behind the new end do not fit" : nil
        case (.binary, .binary):
            if old.base == "varbinary", new.base == "varbinary" {
                return (new.length ?? 0) < (old.length ?? 0) ? "values that differ behind the new end do not fit" : nil
            }
            return old.base == new.base && old.length == new.length
                ? nil : "values padded with zero bytes differ from those without"
        default: return "values of the two types do not compare alike"
        }
    }

    private static func textReason(
        _ name: String, _ oldSet: String, _ newSet: String, _ oldCollation: String, _ newCollation: String
    ) -> String? {
        if !CharacterSets.holds(newSet, everyValueOf: oldSet) {
            return "column \(name) changes from \(oldSet) to \(newSet), which does not hold every character of it"
        }
        if !CharacterSets.keepsApart(from: oldCollation, to: newCollation) {
            return "column \(name) changes from collation \(oldCollation) to \(newCollation),"
                + " under which values that differ now may be equal"
        }
        return nil
    }

    /// A rough size in bytes, to prefer short keys.
    static func width(_ column: ColumnModel) -> Int {
        let type = column.type
        switch type.family {
        case .integer: return type.integerBytes
        case .decimal: return type.precision / 2 + 1
        case .temporal: return 8
        case .text, .binary, .longText, .blob:
            return (type.length ?? 255) * (column.characterSet == nil || column.characterSet == "latin1" ? 1 : 4)
        case .float, .bit, .enumeration, .json, .spatial, .other: return 8
        }
    }
}
