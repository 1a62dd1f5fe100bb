internal import Core
internal import Glibc

/// Who gives the orders: the user this program runs as, on this machine.
enum Person {
    static var current: OperatorIdentity {
        let user = getpwuid(geteuid()).map { String(cString: $0.pointee.pw_name) } ?? "uid-\(geteuid())"
        var name = [CChar](repeating: 0, count: 256)
        let host =
            gethostname(&name, name.count - 1) == 0
            ? name.withUnsafeBufferPointer { String(cString: $0.baseAddress!) } : "localhost"
        return OperatorIdentity(user: user, host: host)
    }
}
