/// Lets the traffic's connections pass between two operations, or holds all of them there.
actor TrafficGate {
    private var isClosed = false
    private var isFinished = false
    private var members = 0
    private var parked: [CheckedContinuation<Void, Never>] = []
    private var watchers: [CheckedContinuation<Void, Never>] = []

    /// Before a run: that many connections will pass.
    func begin(members: Int) {
        self.members = members
        isFinished = false
    }

    /// Between operations. Says whether to go on.
    func pass() async -> Bool {
        while isClosed && !isFinished {
            await withCheckedContinuation { continuation in
                parked.append(continuation)
                tellWatchers()
            }
        }
        return !isFinished
    }

    /// A connection that has ended no longer needs to be waited for.
    func leave() {
        members -= 1
        tellWatchers()
    }

    /// Returns when no operation is under way and none will start until `open`.
    func close() async {
        isClosed = true
        while parked.count < members {
            await withCheckedContinuation { watchers.append($0) }
        }
    }

    func open() {
        isClosed = false
        release()
    }

    /// Ends the run: every connection stops at its next pass.
    func finish() {
        isFinished = true
        release()
    }

    private func release() {
        let waiting = parked
        parked = []
        waiting.forEach { $0.resume() }
    }

    private func tellWatchers() {
        guard parked.count >= members else { return }
        let waiting = watchers
        watchers = []
        waiting.forEach { $0.resume() }
    }
}
