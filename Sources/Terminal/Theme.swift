/// How each role looks on terminals of 256 colours, of 8, and of none. Read from a file of `themes/`, see `ThemeFile`.
///
/// The terminal's palette is never redefined. A theme for a dark or a light background must pass `ThemeCheck` to load.
package struct Theme: Hashable, Sendable {
    /// The background a theme is made for.
    package enum Ground: String, CaseIterable, Hashable, Sendable {
        /// Dark, checked against #1c1c1c.
        case dark
        /// Light, checked against white.
        case light
        /// Either; such a theme may not name colours of the 256, since nobody could say whether they can be read.
        case any
    }

    /// How many colours a terminal shows.
    package enum Depth: String, CaseIterable, Hashable, Sendable {
        /// 256 or more.
        case colours256
        /// 8 to 255, of which the first 8 are used.
        case colours8
        /// None, or fewer than 8, or the operator wants none (`NO_COLOR`).
        case monochrome

        /// What a terminal of that many colours can show; 0 and less is monochrome.
        package init(colours: Int) {
            self = colours >= 256 ? .colours256 : colours >= 8 ? .colours8 : .monochrome
        }
    }

    /// A colour number (0 to 255) or `nil` for the terminal's own, for each side, and what is added to the letters.
    package struct Style: Hashable, Sendable {
        /// The letters' colour; `nil` is the terminal's own.
        package let foreground: Int?
        /// The ground's colour; `nil` is the terminal's own.
        package let background: Int?
        /// What is added to the letters.
        package let attributes: Attributes

        /// A style; colours are numbers from 0 to 255.
        package init(foreground: Int? = nil, background: Int? = nil, attributes: Attributes = []) {
            self.foreground = foreground
            self.background = background
            self.attributes = attributes
        }

        /// The terminal's own look.
        package static let none = Style()
    }

    /// The name an operator chooses it by.
    package let name: String
    /// The background it is made for.
    package let ground: Ground
    private let styles: [Depth: [Role: Style]]

    /// A theme from tables; a role that a table leaves out has the terminal's own look there.
    package init(name: String, ground: Ground, styles: [Depth: [Role: Style]]) {
        self.name = name
        self.ground = ground
        self.styles = styles
    }

    /// How a role looks. A depth the theme has no table for uses the next poorer one.
    package func style(_ role: Role, depth: Depth) -> Style {
        let order = Depth.allCases
        let poorer = order.drop { $0 != depth }
        return poorer.lazy.compactMap { styles[$0] }.first?[role] ?? .none
    }

    /// Whether the theme has a table of its own for that depth.
    package func isMade(for depth: Depth) -> Bool { styles[depth] != nil }

    /// The depth to draw at: what the terminal shows, or none under `NO_COLOR` (set and not empty).
    ///
    /// Source: no-color.org.
    package static func depth(colours: Int, environment: [String: String]) -> Depth {
        if let wish = environment["NO_COLOR"], !wish.isEmpty { return .monochrome }
        return Depth(colours: colours)
    }
}
