/// What Vitess writes down about a change that could hurt its REVERT (seen on a cluster).
struct RevertRisks {
    var addedUniqueKeys = 0
    var removedUniqueKeys: [String] = []
    var droppedWithoutDefault: [String] = []
    var expanded: [String] = []
    private var lines: [String] = []

    init(from old: TableText, to new: TableText) {
        let isUnique = { (line: TableText.Line) in line.text.hasPrefix("  UNIQUE KEY") }
        addedUniqueKeys = new.keys.filter { key in isUnique(key) && !old.keys.contains { $0.name == key.name } }.count
        removedUniqueKeys = old.keys.filter { key in isUnique(key) && !new.keys.contains { $0.name == key.name } }
            .map(\.name)
        lines += removedUniqueKeys.map { "unique constraint removed: \($0)" }
        for column in old.columns {
            guard let other = new.columns.first(where: { $0.name == column.name }) else {
                if column.text.contains("NOT NULL"), !column.text.contains("DEFAULT") {
                    droppedWithoutDefault.append(column.name)
                    lines.append("column \(column.name) dropped, and had no default value")
                }
                continue
            }
            if let reason = Self.expansion(column.text, other.text) {
                expanded.append(column.name)
                lines.append("column \(column.name): \(reason)")
            }
        }
    }

    var notes: String { lines.joined(separator: "\n") }

    private static func expansion(_ old: String, _ new: String) -> String? {
        if old.contains("NOT NULL"), !new.contains("NOT NULL") { return "target is NULL-able, source is not" }
        guard let before = length(old), let after = length(new), after > before else { return nil }
        return "increased length"
    }

    private static func length(_ line: String) -> Int? {
        guard line.contains("char("), let open = line.firstIndex(of: "(") else { return nil }
        return Int(line[line.index(after: open)...].prefix { $0.isNumber })
    }
}

extension TableText {
    /// The ALTER that a declarative CREATE turns into, as `message` names it.
    func changes(to new: TableText) -> String {
        func only(_ lines: [Line], _ others: [Line]) -> [Line] {
            lines.filter { line in !others.contains { $0.name == line.name } }
        }
        var parts = only(keys, new.keys).map { "DROP KEY `\($0.name)`" }
        parts += only(columns, new.columns).map { "DROP COLUMN `\($0.name)`" }
        for line in new.columns where columns.contains(where: { $0.name == line.name && $0 != line }) {
            parts.append("MODIFY COLUMN " + Self.short(line.text))
        }
        parts += only(new.columns, columns).map { "ADD COLUMN " + Self.short($0.text) }
        parts += only(new.keys, keys).map { "ADD " + Self.short($0.text) }
        return parts.joined(separator: ", ")
    }

    private static func short(_ line: String) -> String {
        String(line.dropFirst(2)).replacing(" DEFAULT NULL", with: "")
    }
}
