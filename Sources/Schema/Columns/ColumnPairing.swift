/// Which column of the altered table holds the values of which original one.
///
/// Equal names are the same column, unless the statement renamed either: after `CHANGE a b …, ADD a …` the new `a` is
/// another column, and after `DROP b, CHANGE a b …` the old `b` is gone.
struct ColumnPairing {
    private let altered: TableModel
    private let targets: [String: String]
    private let taken: Set<String>

    init(altered: TableModel, renames: [String: String]) {
        self.altered = altered
        targets = Dictionary(renames.map { (SQLName.folded($0), $1) }, uniquingKeysWith: { $1 })
        taken = Set(renames.values.map(SQLName.folded))
    }

    /// The altered column with the values of `original`; `nil` when it was dropped.
    func altered(of original: String) -> ColumnModel? {
        if let target = targets[SQLName.folded(original)] { return altered.column(target) }
        return taken.contains(SQLName.folded(original)) ? nil : altered.column(original)
    }
}
