internal import Schema

/// `SHOW CREATE TABLE` taken apart, to see what `CREATE TABLE … LIKE` did not carry over.
///
/// What is measured on MariaDB 10.11 and MySQL 9.7: foreign keys, DATA DIRECTORY and the AUTO_INCREMENT counter are left out, and
/// MySQL renames CHECK constraints (their names are unique in a database). Everything else came over. Comparing the two
/// texts does not depend on that list: whatever a server leaves out shows itself.
enum DefinitionText {
    /// Lines of the original that the copy lacks, and lines it has instead. Empty when nothing is lost.
    ///
    /// Not counted: the name, AUTO_INCREMENT, and names of CHECK constraints.
    static func losses(original: String, copy: String) -> [String] {
        let (old, new) = (lines(of: original), lines(of: copy))
        let missing = old.filter { !new.contains($0) }.map { "without \($0)" }
        let extra = new.filter { !old.contains($0) }.map { "with \($0)" }
        return missing + extra
    }

    /// The words behind the name, cut at the commas of the column list, each in one spelling.
    private static func lines(of statement: String) -> [String] {
        let tokens: [SQLToken]
        do { tokens = try SQLLexer.tokens(of: statement) } catch { return [statement] }
        guard let start = tokens.firstIndex(where: { $0.isSymbol("(") }) else { return [statement] }
        var lines: [String] = []
        var words: [SQLToken] = []
        var depth = 0
        for token in tokens[start...] {
            if token.isSymbol("(") { depth += 1 }
            if token.isSymbol(")") { depth -= 1 }
            let isEdge =
                (depth == 1 && (token.isSymbol("(") || token.isSymbol(","))) || (depth == 0 && token.isSymbol(")"))
            if isEdge, lines.isEmpty || !words.isEmpty {
                lines.append(line(words))
                words = []
            } else {
                words.append(token)
            }
        }
        lines.append(line(words))
        return lines.filter { !$0.isEmpty }
    }

    private static func line(_ tokens: [SQLToken]) -> String {
        var words = tokens
        if let at = words.firstIndex(where: { $0.isWord("AUTO_INCREMENT") }), words.indices.contains(at + 1),
            words[at + 1].isSymbol("=")
        {
            words.removeSubrange(at..<min(at + 3, words.count))
        }
        if words.count > 2, words[0].isWord("CONSTRAINT"), words[2].isWord("CHECK") { words.remove(at: 1) }
        return words.map(\.text).joined(separator: " ")
    }
}
