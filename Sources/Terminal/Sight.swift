internal import Glibc

/// Colours as eyes see them: contrast between two, and how far apart two look, also to colour-blind eyes.
enum Sight: String, CaseIterable, Sendable {
    case normal, protan, deutan, tritan

    /// A colour in linear light, each part from 0 to 1.
    struct Linear: Equatable, Sendable {
        let red: Double
        let green: Double
        let blue: Double

        init(red: Double, green: Double, blue: Double) {
            self.red = red
            self.green = green
            self.blue = blue
        }

        /// From 8-bit sRGB parts. Source: IEC 61966-2-1.
        init(sRGB parts: (Int, Int, Int)) {
            func linear(_ part: Int) -> Double {
                let value = Double(part) / 255
                return value <= 0.04045 ? value / 12.92 : pow((value + 0.055) / 1.055, 2.4)
            }
            self.init(red: linear(parts.0), green: linear(parts.1), blue: linear(parts.2))
        }

        /// Relative luminance. Source: WCAG 2.1.
        var luminance: Double { 0.2126 * red + 0.7152 * green + 0.0722 * blue }
    }

    /// A colour number of xterm's 256 as light, from 16 upwards; `nil` below, where the terminal's owner chooses.
    static func light(ofColour number: Int) -> Linear? {
        let steps = [0, 95, 135, 175, 215, 255]
        switch number {
        case 16...231:
            let index = number - 16
            return Linear(sRGB: (steps[index / 36], steps[index / 6 % 6], steps[index % 6]))
        case 232...255:
            let grey = 8 + 10 * (number - 232)
            return Linear(sRGB: (grey, grey, grey))
        default:
            return nil
        }
    }

    /// Contrast ratio, 1 to 21. Source: WCAG 2.1.
    static func contrast(_ one: Linear, _ other: Linear) -> Double {
        let (bright, dark) = (max(one.luminance, other.luminance), min(one.luminance, other.luminance))
        return (bright + 0.05) / (dark + 0.05)
    }

    /// CIE76 distance between two colours as this eye sees them; about 2 is just visible.
    func distance(_ one: Linear, _ other: Linear) -> Double {
        let (a, b) = (Sight.lab(seen(one)), Sight.lab(seen(other)))
        return ((a.0 - b.0) * (a.0 - b.0) + (a.1 - b.1) * (a.1 - b.1) + (a.2 - b.2) * (a.2 - b.2)).squareRoot()
    }

    /// What this eye makes of a colour. Source: Machado, Oliveira, Fernandes 2009, severity 1.0.
    private func seen(_ light: Linear) -> Linear {
        let rows: [[Double]]
        switch self {
        case .normal: return light
        case .protan:
            rows = [
                [0.152286, 1.052583, -0.204868], [0.114503, 0.786281, 0.099216], [-0.003882, -0.048116, 1.051998],
            ]
        case .deutan:
            rows = [
                [0.367322, 0.860646, -0.227968], [0.280085, 0.672501, 0.047413], [-0.011820, 0.042940, 0.968881],
            ]
        case .tritan:
            rows = [
                [1.255528, -0.076749, -0.178779], [-0.078411, 0.930809, 0.147602], [0.004733, 0.691367, 0.303900],
            ]
        }
        let parts = rows.map { min(1, max(0, $0[0] * light.red + $0[1] * light.green + $0[2] * light.blue)) }
        return Linear(red: parts[0], green: parts[1], blue: parts[2])
    }

    /// CIE L*a*b* under D65. Source: CIE 15, sRGB primaries of IEC 61966-2-1.
    private static func lab(_ light: Linear) -> (Double, Double, Double) {
        let x = (0.4124564 * light.red + 0.3575761 * light.green + 0.1804375 * light.blue) / 0.95047
        let y = 0.2126729 * light.red + 0.7151522 * light.green + 0.0721750 * light.blue
        let z = (0.0193339 * light.red + 0.1191920 * light.green + 0.9503041 * light.blue) / 1.08883
        func curve(_ value: Double) -> Double {
            value > 216.0 / 24389.0 ? cbrt(value) : (24389.0 / 27.0 * value + 16) / 116
        }
        return (116 * curve(y) - 16, 500 * (curve(x) - curve(y)), 200 * (curve(y) - curve(z)))
    }
}
