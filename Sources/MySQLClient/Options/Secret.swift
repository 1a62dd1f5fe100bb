/// A password: it can be used, and it cannot be shown by printing, debugging or reflecting anything that holds it.
package struct Secret: Sendable, Hashable {
    private let content: [UInt8]

    /// Keeps the text.
    package init(_ text: String) { content = [UInt8](text.utf8) }

    /// The text itself, for the one call that sends it.
    package var revealed: String { String(decoding: content, as: UTF8.self) }
    /// Whether it is the empty password.
    package var isEmpty: Bool { content.isEmpty }
}

extension Secret: CustomStringConvertible, CustomDebugStringConvertible, CustomReflectable {
    /// Always the same dots.
    package var description: String { "••••" }
    /// Always the same dots.
    package var debugDescription: String { "••••" }
    /// No children.
    package var customMirror: Mirror { Mirror(self, children: [], displayStyle: .struct) }
}
