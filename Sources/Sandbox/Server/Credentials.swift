/// A user of a sandbox server and its generated password.
package struct Credentials: Equatable, Sendable {
    /// The user's name, without a host part.
    package let user: String
    /// Letters and digits only; empty for root, who is let in over the socket alone.
    package let password: String

    /// Any user; the sandbox makes those of `ServerProcess` itself.
    package init(user: String, password: String) {
        self.user = user
        self.password = password
    }

    /// A password of 24 letters and digits, with one of each class so that any password policy takes it.
    static func generatedPassword() -> String {
        let letters = Array("abcdefghijkmnopqrstuvwxyzABCDEFGHJKLMNPQRSTUVWXYZ23456789")
        return "Ls1" + String((0..<21).map { _ in letters[Int.random(in: 0..<letters.count)] })
    }
}
