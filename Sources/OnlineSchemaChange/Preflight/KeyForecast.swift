internal import Core
internal import Schema

/// Judges the key before the server has altered anything. Pure.
///
/// What drops and renames do is known from the statement; what a changed type or a new key does, only the server knows, and the
/// choice is made again when the altered table exists. So a refusal here is certain, and a key is likely.
enum KeyForecast {
    static func findings(_ model: TableModel, _ alter: AlterStatement) -> (UniqueKey?, Findings) {
        var findings = Findings()
        do {
            // A table that cannot be walked as it is cannot be walked at all: the copy reads the original.
            _ = try UniqueKeyChoice.chooseKey(original: model, altered: model, renames: [:])
        } catch {
            refuse(error, &findings)
            return (nil, findings)
        }
        do {
            let key = try UniqueKeyChoice.chooseKey(
                original: model, altered: altered(model, alter), renames: alter.columnRenames)
            return (key, findings)
        } catch {
            let mayAddKey = alter.clauses.contains { clause in
                switch clause.kind {
                case .addPrimaryKey, .addUnique, .addColumn, .modifyColumn, .changeColumn, .other: true
                default: false
                }
            }
            if mayAddKey {
                findings.warn(
                    "Whether a key of the table can still be used afterwards shows when the shadow table is made.")
            } else {
                refuse(error, &findings)
            }
            return (nil, findings)
        }
    }

    private static func refuse(_ refusal: KeyRefusal, _ findings: inout Findings) {
        let lines = refusal.message.split(separator: "\n").map(String.init)
        findings.refuse(
            lines.first ?? "The table has no usable unique key.",
            cause: lines.count > 2 ? lines.dropFirst().dropLast().map { $0.trimmed }.joined(separator: "; ") : nil,
            next: lines.count > 1 ? lines[lines.count - 1] : "add a primary key first")
    }

    /// The model after drops and renames alone.
    private static func altered(_ model: TableModel, _ alter: AlterStatement) -> TableModel {
        var altered = model
        for clause in alter.clauses {
            switch clause.kind {
            case .dropColumn(let name):
                altered.columns.removeAll { SQLName.same($0.name, name) }
                for index in altered.indexes.indices {
                    altered.indexes[index].parts.removeAll { $0.column.map { SQLName.same($0, name) } ?? false }
                }
                altered.indexes.removeAll { $0.parts.isEmpty }
            case .changeColumn(let old, let new), .renameColumn(let old, let new): rename(old, new, &altered)
            case .dropPrimaryKey: altered.indexes.removeAll(where: \.isPrimary)
            case .dropIndex(let name), .dropConstraint(let name):
                altered.indexes.removeAll { SQLName.same($0.name, name) }
            default: break
            }
        }
        return altered
    }

    private static func rename(_ old: String, _ new: String, _ model: inout TableModel) {
        for index in model.columns.indices where SQLName.same(model.columns[index].name, old) {
            model.columns[index].name = new
        }
        for index in model.indexes.indices {
            for part in model.indexes[index].parts.indices {
                if let column = model.indexes[index].parts[part].column, SQLName.same(column, old) {
                    model.indexes[index].parts[part].column = new
                }
            }
        }
    }
}

extension String {
    /// Without blanks around it.
    fileprivate var trimmed: String {
        String(drop { $0 == " " }.reversed().drop { $0 == " " }.reversed())
    }
}
