/// What can go wrong when real servers are started, steered or asked.
///
/// Whoever gets one of these may assume that nothing outside the sandbox's own directory was touched.
package enum SandboxError: Error, Equatable, Sendable, CustomStringConvertible {
    /// No program of this family was found; `searched` lists the places, in order.
    case programMissing(ServerFamily, searched: [String])
    /// A helper program could not be started or ended with a status other than 0; `output` is the tail of what it said.
    case programFailed(program: String, status: Int32, output: String)
    /// The server did not answer before its deadline, or ended instead; `log` is the tail of its error log.
    case notReady(server: String, reason: String, log: String)
    /// Something was asked of a server that is not running.
    case notRunning(server: String)
    /// A file or directory could not be made, read or removed.
    case files(path: String, reason: String)
    /// A server answered, but not with what the sandbox needs.
    case unexpected(String)

    /// One paragraph for a person, with the log's tail where there is one.
    package var description: String {
        switch self {
        case .programMissing(let family, let searched):
            "no \(family.rawValue) server program; searched \(searched.joined(separator: ", "))"
        case .programFailed(let program, let status, let output):
            "\(program) ended with status \(status): \(output)"
        case .notReady(let server, let reason, let log):
            "server \(server) is not ready: \(reason)\n\(log)"
        case .notRunning(let server):
            "server \(server) is not running"
        case .files(let path, let reason):
            "\(path): \(reason)"
        case .unexpected(let what):
            what
        }
    }
}
