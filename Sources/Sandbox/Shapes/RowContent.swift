internal import MySQLClient

/// Pieces that rows are made of.
enum RowContent {
    static let firstNames = [
        "Ada", "Bela", "Chloë", "Dilan", "Emeka", "Freya", "Gökçe", "Hanna", "Ines", "Jörg", "Kasia", "Léo",
    ]
    static let lastNames = [
        "Abbott", "Brandt", "Çelik", "Dvořák", "Eriksson", "Fournier", "García", "Horváth", "Ito", "Jansen",
    ]
    static let words = [
        "blue", "fragile", "gift", "express", "call first", "leave at door", "second floor", "no rush", "signed",
    ]

    static func person(_ random: inout SeededRandom) -> String {
        "\(random.pick(firstNames)) \(random.pick(lastNames))"
    }

    static func sentence(_ random: inout SeededRandom) -> SQLValue {
        if random.once(in: 6) { return .null }
        return .string((0..<random.int(1..<5)).map { _ in random.pick(words) }.joined(separator: ", "))
    }

    static func number(_ random: inout SeededRandom) -> SQLValue { .int(Int64(random.int(-1_000_000..<1_000_000))) }

    /// Digits with that many behind the point, as the server prints them.
    static func decimal(units: Int, digits: Int) -> SQLValue {
        var scale = 1
        for _ in 0..<digits { scale *= 10 }
        let fraction = String(units.magnitude % UInt(scale))
        let padding = String(repeating: "0", count: digits - fraction.count)
        return .decimal("\(units < 0 ? "-" : "")\(units.magnitude / UInt(scale)).\(padding)\(fraction)")
    }

    /// A moment within some years of 2024, by its microsecond.
    static func moment(microseconds: Int) -> SQLDateTime {
        let seconds = microseconds / 1_000_000
        let days = seconds / 86_400
        return SQLDateTime(
            date: SQLDate(
                year: UInt16(2024 + days / 336), month: UInt8(days / 28 % 12 + 1), day: UInt8(days % 28 + 1)),
            hour: UInt8(seconds / 3600 % 24), minute: UInt8(seconds / 60 % 60), second: UInt8(seconds % 60),
            microsecond: UInt32(microseconds % 1_000_000))
    }

    static func randomMoment(_ random: inout SeededRandom) -> SQLValue {
        .dateTime(moment(microseconds: random.int(0..<40_000_000) * 1_000_000 + random.int(0..<1_000_000)))
    }

    /// Unique for each (writer, number), with the writers' numbers interleaved as clients of one table would.
    static func identity(_ writer: Int, _ number: Int) -> Int { number * 1024 + writer + 1 }
}
