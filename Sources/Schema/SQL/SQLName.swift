/// How names of columns and indexes compare, and how a name is written for a person or a server.
package enum SQLName {
    /// The form in which two column or index names are equal: both server families compare them without letter case.
    package static func folded(_ name: String) -> String { name.lowercased() }

    /// Whether two column or index names mean the same thing.
    package static func same(_ a: String, _ b: String) -> Bool { folded(a) == folded(b) }

    /// The name in backquotes, inner backquotes doubled.
    package static func quoted(_ name: String) -> String {
        "`" + name.split(separator: "`", omittingEmptySubsequences: false).joined(separator: "``") + "`"
    }
}
