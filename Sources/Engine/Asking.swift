/// Runs one question with a time limit. - Returns: `nil` when the limit passed; the question was cancelled then.
func answer<Value: Sendable>(
    within limit: Duration, _ clock: any Clock<Duration>, _ question: @escaping @Sendable () async -> Value
) async -> Value? {
    await withTaskGroup(of: Value?.self) { group in
        group.addTask { await question() }
        group.addTask {
            do { try await clock.sleep(for: limit) } catch { return nil }
            return nil
        }
        let first = await group.next() ?? nil
        group.cancelAll()
        return first
    }
}

/// Asks about each item, at most 64 at a time. - Returns: the answers in the items' order.
func askAll<Item: Sendable, Value: Sendable>(
    _ items: [Item], _ question: @escaping @Sendable (Item) async -> Value
) async -> [Value] {
    await withTaskGroup(of: (Int, Value).self) { group in
        var answers = [Value?](repeating: nil, count: items.count)
        var waiting = items.indices.makeIterator()
        for index in items.indices.prefix(64) {
            _ = waiting.next()
            group.addTask { (index, await question(items[index])) }
        }
        while let (index, value) = await group.next() {
            answers[index] = value
            guard let next = waiting.next() else { continue }
            group.addTask { (next, await question(items[next])) }
        }
        return answers.compactMap(\.self)
    }
}
