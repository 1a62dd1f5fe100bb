internal import CMariaDB

/// The thread of one connection, as the executor of its actor: libmariadb blocks here, and only here.
///
/// The thread holds its executor, so a job can always finish; `stop` ends it after the jobs already handed over.
final class ConnectionThread: SerialExecutor, @unchecked Sendable {
    private let monitor = Monitor()
    private enum Work {
        case job(UnownedJob)
        case call(@Sendable () -> Void)
    }

    private var work: [Work] = []
    private var ending: (@Sendable () -> Void)?

    /// - Throws: a refusal when the system gives no more threads.
    func start() throws(MySQLError) {
        try startThread(named: "mysql") { [self] in run() }
    }

    func enqueue(_ job: consuming ExecutorJob) {
        hand(.job(UnownedJob(job)))
    }

    /// Runs a function on the thread, after what was handed over before.
    func perform(_ call: @escaping @Sendable () -> Void) { hand(.call(call)) }

    private func hand(_ item: Work) {
        monitor.withLock {
            work.append(item)
            monitor.signal()
        }
    }

    func asUnownedSerialExecutor() -> UnownedSerialExecutor { UnownedSerialExecutor(ordinary: self) }

    /// Ends the thread: `last` is the last thing it runs.
    func stop(_ last: @escaping @Sendable () -> Void) {
        monitor.withLock {
            ending = last
            monitor.signal()
        }
    }

    private func run() {
        mysql_thread_init()
        defer { mysql_thread_end() }
        let executor = asUnownedSerialExecutor()
        while true {
            let (batch, last): ([Work], (@Sendable () -> Void)?) = monitor.withLock {
                while work.isEmpty && ending == nil { monitor.wait() }
                defer { work.removeAll() }
                return (work, work.isEmpty ? ending : nil)
            }
            for item in batch {
                switch item {
                case .job(let job): job.runSynchronously(on: executor)
                case .call(let call): call()
                }
            }
            if let last { return last() }
        }
    }
}
