/// What happens to the values of a column whose type changes.
package enum ValueConversion: Codable, Equatable, Sendable {
    /// The type is the same: values stay as they are.
    case none
    /// The new type holds every value of the old one.
    case lossless
    /// Some values may not fit or may change; the reason as the end of a sentence. A strict server refuses such a row.
    case lossy(String)

    /// Compares two columns' types, character sets and signs; collations and nullability play no part.
    package static func between(_ original: ColumnModel, _ altered: ColumnModel) -> ValueConversion {
        let (old, new) = (original.type, altered.type)
        let sets = (
            original.characterSet.map(CanonicalSQL.characterSet), altered.characterSet.map(CanonicalSQL.characterSet)
        )
        if old.canonical == new.canonical, sets.0 == sets.1 { return .none }
        if let reason = loss(old, new) ?? characterLoss(sets.0, sets.1) { return .lossy(reason) }
        return .lossless
    }

    private static func loss(_ old: ColumnType, _ new: ColumnType) -> String? {
        switch (old.family, new.family) {
        case (.integer, .integer): integerLoss(old, new)
        case (.decimal, .decimal): decimalLoss(old, new)
        case (.text, .text), (.text, .longText), (.longText, .longText), (.binary, .blob), (.blob, .blob):
            lengthLoss(old, new)
        case (.binary, .binary):
            old.base == "binary" && new.base == "binary" && old.length != new.length
                ? "values are padded or cut to the new length" : lengthLoss(old, new)
        case (.temporal, .temporal): temporalLoss(old, new)
        case (.enumeration, .enumeration): memberLoss(old, new)
        case (.float, .float):
            old.base == "double" && new.base == "float" ? "float keeps fewer digits than double" : nil
        case (.bit, .bit):
            (old.arguments.first ?? 1) > (new.arguments.first ?? 1) ? "the new type has fewer bits" : nil
        default: old.canonical == new.canonical ? nil : "values are converted from \(old.canonical) to \(new.canonical)"
        }
    }

    static func integerLoss(_ old: ColumnType, _ new: ColumnType) -> String? {
        if !old.isUnsigned, new.isUnsigned { return "negative values do not fit" }
        let fits =
            old.isUnsigned && !new.isUnsigned
            ? new.integerBytes > old.integerBytes : new.integerBytes >= old.integerBytes
        return fits ? nil : "values beyond the range of \(new.canonical) do not fit"
    }

    static func decimalLoss(_ old: ColumnType, _ new: ColumnType) -> String? {
        if !old.isUnsigned, new.isUnsigned { return "negative values do not fit" }
        if new.scale < old.scale { return "digits behind the point are rounded away" }
        return new.precision - new.scale < old.precision - old.scale ? "values with more digits do not fit" : nil
    }

    private static func lengthLoss(_ old: ColumnType, _ new: ColumnType) -> String? {
        guard let from = old.length, let to = new.length else { return nil }
        if old.base == "varchar", new.base == "char" { return "spaces at the end of a value are lost" }
        if old.base == "varbinary", new.base == "binary" { return "values are padded to the new length" }
        // A varchar counts characters, a text bytes: four bytes a character hold anything.
        let needed = old.family == .text && new.family == .longText ? from * 4 : from
        return to < needed ? "values longer than \(new.canonical) holds do not fit" : nil
    }

    private static func temporalLoss(_ old: ColumnType, _ new: ColumnType) -> String? {
        if old.base == "date", new.base == "datetime" { return nil }
        if old.base != new.base { return "values are converted from \(old.canonical) to \(new.canonical)" }
        return new.fractionDigits < old.fractionDigits ? "fractions of a second are rounded" : nil
    }

    private static func memberLoss(_ old: ColumnType, _ new: ColumnType) -> String? {
        if old.base != new.base { return "values are converted from \(old.base) to \(new.base)" }
        let missing = old.members.filter { !new.members.contains($0) }
        return missing.isEmpty ? nil : "the member \(missing.map { "'\($0)'" }.joined(separator: ", ")) is gone"
    }

    private static func characterLoss(_ old: String?, _ new: String?) -> String? {
        guard let old, let new, !CharacterSets.holds(new, everyValueOf: old) else { return nil }
        return "characters of \(old) that \(new) lacks do not fit"
    }
}
