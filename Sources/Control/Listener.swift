internal import Dispatch
internal import Glibc

/// The listening end: gives out connected descriptors of peers that may speak to the engine.
final class Listener: @unchecked Sendable {
    /// Connections that may wait to be taken.
    private static let pendingLimit = 64

    let accepted: AsyncStream<Int32>
    private let queue = DispatchQueue(label: "lockstep.control.listener")
    private let source: any DispatchSourceRead

    init(path: String) throws(ControlError) {
        let file = try UnixSocket.listen(at: path)
        let (stream, continuation) = AsyncStream.makeStream(
            of: Int32.self, bufferingPolicy: .bufferingOldest(Self.pendingLimit))
        accepted = stream
        source = DispatchSource.makeReadSource(fileDescriptor: file, queue: queue)
        source.setEventHandler {
            while true {
                let peer = accept(file, nil, nil)
                guard peer >= 0 else { return }
                guard fcntl(peer, F_SETFL, O_NONBLOCK) == 0, fcntl(peer, F_SETFD, FD_CLOEXEC) == 0 else {
                    UnixSocket.close(peer)
                    continue
                }
                guard let user = UnixSocket.peer(of: peer), PeerPolicy.admits(user, owner: geteuid()) else {
                    UnixSocket.close(peer)
                    continue
                }
                if case .enqueued = continuation.yield(peer) { continue }
                UnixSocket.close(peer)
            }
        }
        source.setCancelHandler {
            // The name goes first: whoever comes now is told that nobody is there.
            unlink(path)
            UnixSocket.close(file)
            continuation.finish()
        }
        source.resume()
    }

    /// Takes the name away and ends `accepted`.
    func close() { source.cancel() }
}
