/// A value that many hold and nobody changes: a copy is one reference. Equal by what it holds; the same one is equal at once.
package final class Shared<Value: Equatable & Sendable>: Equatable, Sendable {
    package let value: Value
    package init(_ value: Value) { self.value = value }

    package static func == (left: Shared, right: Shared) -> Bool { left === right || left.value == right.value }
}

/// A value that is known, or is worked out each time somebody asks: most shards of a large fleet are on no screen.
///
/// Coded and compared as the value itself.
@propertyWrapper
package struct Told<Value: Codable & Equatable & Sendable>: Codable, Equatable, Sendable {
    private enum Source: Sendable {
        case known(Value)
        case asked(@Sendable () -> Value)
    }
    private var source: Source

    package init(wrappedValue: Value) { source = .known(wrappedValue) }
    /// - Parameter tell: pure: it gives the same answer whenever it is asked.
    package init(asking tell: @escaping @Sendable () -> Value) { source = .asked(tell) }

    package var wrappedValue: Value {
        get {
            switch source {
            case .known(let value): value
            case .asked(let tell): tell()
            }
        }
        set { source = .known(newValue) }
    }

    package var projectedValue: Told {
        get { self }
        set { self = newValue }
    }

    package init(from decoder: any Decoder) throws { self.init(wrappedValue: try Value(from: decoder)) }
    package func encode(to encoder: any Encoder) throws { try wrappedValue.encode(to: encoder) }

    package static func == (left: Told, right: Told) -> Bool { left.wrappedValue == right.wrappedValue }
}

// What is `nil` has no key, as with any other optional.
extension KeyedEncodingContainer {
    mutating func encode<Value>(_ told: Told<Value?>, forKey key: Key) throws {
        try encodeIfPresent(told.wrappedValue, forKey: key)
    }
}

extension KeyedDecodingContainer {
    func decode<Value>(_ type: Told<Value?>.Type, forKey key: Key) throws -> Told<Value?> {
        Told(wrappedValue: try decodeIfPresent(Value.self, forKey: key))
    }
}
