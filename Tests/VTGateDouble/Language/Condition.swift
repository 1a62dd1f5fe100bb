/// A WHERE clause over one migration row, as the tablet's MySQL would judge it: comparisons without letter case.
indirect enum Condition {
    enum Comparison: String {
        case equal = "=", notEqual = "!=", less = "<", lessOrEqual = "<=", more = ">", moreOrEqual = ">="
    }

    enum Operand {
        case column(String)
        case text(String)
        case number(Double)
        case null
        /// `now()` plus so many seconds.
        case now(Double)
    }

    case compare(Operand, Comparison, Operand)
    case like(Operand, Operand, isNegated: Bool)
    case oneOf(Operand, [Operand], isNegated: Bool)
    case isNull(Operand, isNegated: Bool)
    case both(Condition, Condition)
    case either(Condition, Condition)
    case not(Condition)

    /// The columns it names.
    var columns: [String] {
        switch self {
        case .compare(let left, _, let right), .like(let left, let right, _): left.column + right.column
        case .oneOf(let left, let list, _): left.column + list.flatMap(\.column)
        case .isNull(let operand, _): operand.column
        case .both(let left, let right), .either(let left, let right): left.columns + right.columns
        case .not(let inner): inner.columns
        }
    }

    /// `nil` is SQL's unknown.
    func holds(now: Double, _ value: (String) -> String?) -> Bool? {
        switch self {
        case .compare(let left, let comparison, let right):
            guard let order = Self.order(left, right, now, value) else { return nil }
            switch comparison {
            case .equal: return order == 0
            case .notEqual: return order != 0
            case .less: return order < 0
            case .lessOrEqual: return order <= 0
            case .more: return order > 0
            case .moreOrEqual: return order >= 0
            }
        case .like(let left, let right, let isNegated):
            guard let text = left.text(now, value), let pattern = right.text(now, value) else { return nil }
            return Like.matches(text, pattern) != isNegated
        case .oneOf(let left, let list, let isNegated):
            let orders = list.map { Self.order(left, $0, now, value) }
            if orders.contains(0) { return !isNegated }
            return orders.contains(nil) ? nil : isNegated
        case .isNull(let operand, let isNegated): return (operand.text(now, value) == nil) != isNegated
        case .both(let left, let right):
            let (first, second) = (left.holds(now: now, value), right.holds(now: now, value))
            if first == false || second == false { return false }
            return first == nil || second == nil ? nil : true
        case .either(let left, let right):
            let (first, second) = (left.holds(now: now, value), right.holds(now: now, value))
            if first == true || second == true { return true }
            return first == nil || second == nil ? nil : false
        case .not(let inner): return inner.holds(now: now, value).map { !$0 }
        }
    }

    private static func order(
        _ left: Operand, _ right: Operand, _ now: Double, _ value: (String) -> String?
    ) -> Int? {
        guard let first = left.text(now, value), let second = right.text(now, value) else { return nil }
        if left.isNumber || right.isNumber || (Double(first) != nil && Double(second) != nil) {
            let (one, other) = (Double(first) ?? 0, Double(second) ?? 0)
            return one < other ? -1 : one > other ? 1 : 0
        }
        let (one, other) = (first.lowercased(), second.lowercased())
        return one < other ? -1 : one > other ? 1 : 0
    }
}

extension Condition.Operand {
    fileprivate var isNumber: Bool {
        if case .number = self { return true }
        return false
    }

    fileprivate var column: [String] {
        if case .column(let name) = self { return [name] }
        return []
    }

    fileprivate func text(_ now: Double, _ value: (String) -> String?) -> String? {
        switch self {
        case .column(let name): value(name)
        case .text(let text): text
        case .number(let number): FloatText.text(number)
        case .null: nil
        case .now(let offset): Clock.text(now + offset)
        }
    }
}

/// SQL's LIKE, without letter case.
enum Like {
    static func matches(_ text: String, _ pattern: String) -> Bool {
        matches(Array(text.lowercased().utf8)[...], Array(pattern.lowercased().utf8)[...])
    }

    private static func matches(_ text: ArraySlice<UInt8>, _ pattern: ArraySlice<UInt8>) -> Bool {
        guard let head = pattern.first else { return text.isEmpty }
        let rest = pattern.dropFirst()
        switch head {
        case UInt8(ascii: "%"):
            if rest.isEmpty { return true }
            var tail = text
            while true {
                if matches(tail, rest) { return true }
                if tail.isEmpty { return false }
                tail = tail.dropFirst()
            }
        case UInt8(ascii: "_"): return !text.isEmpty && matches(text.dropFirst(), rest)
        case UInt8(ascii: "\\") where !rest.isEmpty:
            return text.first == rest.first && matches(text.dropFirst(), rest.dropFirst())
        default: return text.first == head && matches(text.dropFirst(), rest)
        }
    }
}

/// Reads a condition out of a parser's tokens.
struct ConditionReader {
    var parser: Parser

    mutating func condition() throws(ErrorAnswer) -> Condition {
        var left = try conjunction()
        while parser.accept("or") { left = .either(left, try conjunction()) }
        return left
    }

    private mutating func conjunction() throws(ErrorAnswer) -> Condition {
        var left = try negation()
        while parser.accept("and") { left = .both(left, try negation()) }
        return left
    }

    private mutating func negation() throws(ErrorAnswer) -> Condition {
        if parser.accept("not") { return .not(try negation()) }
        if parser.accept("(") {
            let inner = try condition()
            try parser.expect(")")
            return inner
        }
        return try comparison()
    }

    private mutating func comparison() throws(ErrorAnswer) -> Condition {
        let left = try operand()
        if parser.accept("is") {
            let isNegated = parser.accept("not")
            try parser.expect("null")
            return .isNull(left, isNegated: isNegated)
        }
        let isNegated = parser.accept("not")
        if parser.accept("like") { return .like(left, try operand(), isNegated: isNegated) }
        if parser.accept("in") {
            try parser.expect("(")
            var list = [try operand()]
            while parser.accept(",") { list.append(try operand()) }
            try parser.expect(")")
            return .oneOf(left, list, isNegated: isNegated)
        }
        guard let sign = parser.next, sign.kind == .symbol else { throw parser.unexpected() }
        guard let comparison = Condition.Comparison(rawValue: sign.text == "<>" ? "!=" : sign.text) else {
            throw parser.unexpected()
        }
        parser.at += 1
        return .compare(left, comparison, try operand())
    }

    private mutating func operand() throws(ErrorAnswer) -> Condition.Operand {
        guard let token = parser.next else { throw parser.unexpected() }
        parser.at += 1
        switch token.kind {
        case .string: return .text(token.text)
        case .number: return .number(Double(token.text) ?? 0)
        case .quotedName: return .column(token.text.lowercased())
        case .word:
            if token.keyword == "null" { return .null }
            if parser.accept("(") {
                try parser.expect(")")
                return .now(try interval())
            }
            return .column(token.keyword)
        case .symbol, .parameter:
            parser.at -= 1
            throw parser.unexpected()
        }
    }

    /// `- interval 7 day` behind `now()`, in seconds.
    private mutating func interval() throws(ErrorAnswer) -> Double {
        let sign: Double = parser.accept("-") ? -1 : parser.accept("+") ? 1 : 0
        if sign == 0 { return 0 }
        try parser.expect("interval")
        guard let count = parser.next.flatMap({ Double($0.text) }) else { throw parser.unexpected() }
        parser.at += 1
        let units: [(String, Double)] = [("second", 1), ("minute", 60), ("hour", 3600), ("day", 86_400)]
        for (unit, seconds) in units where parser.accept(unit) { return sign * count * seconds }
        throw parser.unexpected()
    }
}
