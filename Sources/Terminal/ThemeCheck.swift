/// Whether a theme can be read and its colour classes told apart, by every eye: measured on its 256 colours.
///
/// Contrast is that of letters and ground, where one of the two is the theme's; colours 0 to 15 and the terminal's own
/// belong to its owner and are not measured, so a class may not use them at this depth.
package struct ThemeCheck: Sendable {
    /// The worst contrast of a role, and whose it is; 21 where no role names a colour.
    package let contrast: (ratio: Double, role: Role)
    /// The two classes that look most alike, to which eye, and how far apart they still are (CIE76).
    package let distance: (units: Double, roles: [Role], sight: String)
    /// What is wrong, as sentences; empty when the theme may load.
    package let faults: [String]

    /// The least a theme for that ground must reach. The light set has less room: dark letters differ less.
    package static func least(_ ground: Theme.Ground) -> (contrast: Double, distance: Double) {
        switch ground {
        case .dark: (4.4, 26)
        case .light: (3.8, 12)
        case .any: (0, 0)
        }
    }

    /// Measures a theme.
    package init(_ theme: Theme) {
        var faults: [String] = []
        var contrast = (ratio: 21.0, role: Role.plain)
        var distance = (units: Double.infinity, roles: [Role](), sight: Sight.normal.rawValue)
        if theme.isMade(for: .colours256), let ground = ThemeCheck.groundLight(theme.ground) {
            let least = ThemeCheck.least(theme.ground)
            var lights: [(role: Role, light: Sight.Linear)] = []
            for role in Role.allCases {
                let style = theme.style(role, depth: .colours256)
                let letters = style.foreground.flatMap(Sight.light)
                let under = style.background.flatMap(Sight.light) ?? ground
                if let letters {
                    let ratio = Sight.contrast(letters, under)
                    if ratio < contrast.ratio { contrast = (ratio, role) }
                    // The figures of the design are rounded to a tenth; so is this.
                    if (ratio * 10).rounded() / 10 < least.contrast {
                        faults.append(
                            "role \(role.rawValue) has a contrast of \(tenths(ratio)), at least \(least.contrast) is needed"
                        )
                    }
                }
                guard Role.classes.contains(role) else { continue }
                if let letters {
                    lights.append((role, letters))
                } else {
                    faults.append("role \(role.rawValue) needs a foreground from 16 to 255 in colours256")
                }
            }
            for sight in Sight.allCases {
                for (index, one) in lights.enumerated() {
                    for other in lights.dropFirst(index + 1) {
                        let units = sight.distance(one.light, other.light)
                        if units < distance.units { distance = (units, [one.role, other.role], sight.rawValue) }
                        if units < least.distance {
                            faults.append(
                                "roles \(one.role.rawValue) and \(other.role.rawValue) are \(tenths(units)) apart for "
                                    + "\(sight.rawValue) sight, at least \(Int(least.distance)) is needed")
                        }
                    }
                }
            }
        } else if theme.isMade(for: .colours256) {
            faults.append("ground `any` cannot have colours256: say `dark` or `light`")
        }
        self.contrast = contrast
        self.distance = distance
        self.faults = faults
    }

    private static func groundLight(_ ground: Theme.Ground) -> Sight.Linear? {
        switch ground {
        case .dark: Sight.Linear(sRGB: (0x1C, 0x1C, 0x1C))
        case .light: Sight.Linear(sRGB: (0xFF, 0xFF, 0xFF))
        case .any: nil
        }
    }
}

private func tenths(_ value: Double) -> String {
    let scaled = Int((value * 10).rounded())
    return "\(scaled / 10).\(scaled % 10)"
}
