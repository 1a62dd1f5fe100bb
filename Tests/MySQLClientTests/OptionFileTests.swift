import Foundation
internal import MySQLClient
import Testing

@Suite struct OptionFileTests {
    private func options(_ text: String) throws -> ConnectionOptions {
        var options = ConnectionOptions(address: .tcp(host: "db", port: 3306), user: "")
        try options.apply(try OptionFile(text: text, named: "my.cnf", groups: ConnectionOptions.optionGroups))
        return options
    }

    /// A folder of its own, removed afterwards.
    private func inFolder(_ body: (String) throws -> Void) throws {
        let folder = FileManager.default.temporaryDirectory.path + "/lockstep-options-\(UUID())"
        try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
        defer { #expect(throws: Never.self) { try FileManager.default.removeItem(atPath: folder) } }
        try body(folder)
    }

    private func write(_ text: String, to path: String, mode: Int = 0o600) throws {
        try text.write(toFile: path, atomically: false, encoding: .utf8)
        try FileManager.default.setAttributes([.posixPermissions: mode], ofItemAtPath: path)
    }

    @Test("Groups, comments, quotes and escapes are read as MySQL's own clients read them")
    func grammar() throws {
        let options = try options(
            #"""
            # a comment
            [mysqld]
            user = mysql
            port = nonsense
            [client]
            user=app   # with a comment behind
            ; another
            password = "p#ss \\ \"word\" "
            loose_connect_timeout = 7
            some-option-of-another-program
            [lockstep]
              host = 'db.example'
            port=3307
            """#)
        #expect(options.user == "app")
        #expect(options.password.revealed == #"p#ss \ "word" "#)
        #expect(options.connectTimeout == .seconds(7))
        #expect(options.address == .tcp(host: "db.example", port: 3307))
    }

    @Test(
        "The address is what the file says, and localhost is TCP",
        arguments: [
            ("host=localhost\nsocket=/s", ConnectionOptions.Address.tcp(host: "localhost", port: 3306)),
            ("socket=/s", .unixSocket(path: "/s")), ("host=h\nsocket=/s\nprotocol=socket", .unixSocket(path: "/s")),
            ("socket=/s\nprotocol=tcp\nport=1", .tcp(host: "db", port: 1)), ("user=x", .tcp(host: "db", port: 3306)),
        ])
    func addresses(text: String, address: ConnectionOptions.Address) throws {
        #expect(try options("[client]\n" + text).address == address)
    }

    @Test(
        "What is wrong is named with its line",
        arguments: [
            ("[client]\nport=70000", 2), ("[client]\n\nport", 3), ("user=x", 1), ("[client\nuser=x", 1),
            ("[client]\npassword='open", 2), ("[lockstep]\nusr=x", 2), ("[client]\nssl-mode=SOMETIMES", 2),
            ("[client]\nprotocol=socket", 2), ("!including x", 1), ("[client]\n=x", 2),
        ])
    func errors(text: String, line: Int) {
        #expect { try options(text) } throws: { error in
            guard let error = error as? OptionFileError else { return false }
            return error.file == "my.cnf" && error.line == line && "\(error)".hasPrefix("my.cnf:\(line): ")
        }
    }

    @Test("TLS options of MySQL and of MariaDB are understood")
    func tls() throws {
        #expect(
            try options("[client]\nssl-mode=VERIFY_IDENTITY\nssl-ca=/ca").tls
                == .init(mode: .verifyIdentity, caFile: "/ca"))
        #expect(try options("[client]\nssl-verify-server-cert").tls.mode == .verifyIdentity)
        #expect(try options("[client]\nskip-ssl").tls.mode == .disabled)
        #expect(try options("[client]\nssl=1").tls.mode == .required)
        #expect(try options("[client]\nssl-mode=VERIFY_CA\nssl").tls.mode == .verifyCA)
    }

    @Test("Included files and folders are read in place, in order")
    func includes() throws {
        try inFolder { folder in
            try FileManager.default.createDirectory(atPath: folder + "/d", withIntermediateDirectories: true)
            try write("[client]\nuser=first\n!include one.cnf\n!includedir d\n", to: folder + "/my.cnf")
            try write("[client]\nuser=second\nport=1\n", to: folder + "/one.cnf")
            try write("[client]\nuser=fourth\n", to: folder + "/d/b.cnf")
            try write("[client]\nuser=third\n", to: folder + "/d/a.cnf")
            try write("[client]\nuser=never\n", to: folder + "/d/c.txt")
            let options = try ConnectionOptions(optionFile: folder + "/my.cnf")
            #expect(options.user == "fourth")
            #expect(options.address == .tcp(host: "127.0.0.1", port: 1))
        }
    }

    @Test("A file that includes itself is an error, not a hang")
    func selfInclude() throws {
        try inFolder { folder in
            try write("!include my.cnf\n", to: folder + "/my.cnf")
            #expect(throws: OptionFileError.self) { try ConnectionOptions(optionFile: folder + "/my.cnf") }
        }
    }

    @Test("A password in a file that others may read is refused, and the error does not hold it")
    func openFile() throws {
        try inFolder { folder in
            let path = folder + "/my.cnf"
            try write("[client]\npassword=hunter2\n", to: path, mode: 0o644)
            #expect {
                try ConnectionOptions(optionFile: path)
            } throws: { error in
                "\(error)".contains("chmod 600") && !"\(error)".contains("hunter2")
                    && (error as? OptionFileError)?.line == 2
            }
            try write("[client]\nuser=x\n", to: path, mode: 0o644)
            #expect(try ConnectionOptions(optionFile: path).user == "x")
            try write("[client]\npassword=hunter2\n", to: path, mode: 0o640)
            #expect(try ConnectionOptions(optionFile: path).password.revealed == "hunter2")
        }
    }

    @Test("A missing file is named")
    func missing() {
        #expect { try ConnectionOptions(optionFile: "/nonexistent/my.cnf") } throws: {
            "\($0)" == "/nonexistent/my.cnf: cannot open it: No such file or directory"
        }
    }

    @Test("The environment wins over the file, except MYSQL_PWD")
    func environment() {
        var options = ConnectionOptions(address: .tcp(host: "h", port: 1), user: "file", password: Secret("file"))
        options.apply(environment: ["MYSQL_PWD": "weak"])
        #expect(options.password.revealed == "file")
        options.apply(environment: [
            "LOCKSTEP_MYSQL_USER": "env", "LOCKSTEP_MYSQL_PASSWORD": "env", "MYSQL_PWD": "weak",
        ])
        #expect(options.user == "env" && options.password.revealed == "env")
        options.password = Secret("")
        options.apply(environment: ["MYSQL_PWD": "weak"])
        #expect(options.password.revealed == "weak")
    }

    @Test("A password does not show, however it is printed")
    func secret() {
        let options = ConnectionOptions(address: .tcp(host: "h", port: 1), user: "u", password: Secret("hunter2"))
        var dumped = ""
        dump(options, to: &dumped)
        dump(options.password, to: &dumped)
        let shown = [
            "\(options)", String(reflecting: options), "\(options.password)", String(reflecting: options.password),
            dumped,
        ]
        for text in shown { #expect(!text.contains("hunter2") && !text.contains("104")) }
        #expect(Mirror(reflecting: options.password).children.isEmpty)
    }
}
