internal import MySQLClient
import Testing

@Suite struct MySQLErrorTests {
    private func error(_ code: UInt32) -> MySQLError { MySQLError(code: code, message: "m", outcome: .notExecuted) }

    @Test("Error numbers have the meaning a caller asks for")
    func meanings() {
        #expect(error(1205).isLockWaitTimeout && error(1213).isDeadlock && error(1317).isInterrupted)
        #expect(error(1969).isInterrupted && error(2013).isConnectionLost && error(2006).isConnectionLost)
        #expect(error(1045).isAccessDenied && error(1062).isDuplicateKey && error(1146).isUnknownTable)
        #expect(!error(1205).isConnectionLost && !error(2000).isConnectionLost && !error(1205).isDeadlock)
    }

    @Test("A full disk is told by the number, or by the operating system's error 28 in the text")
    func fullDisk() {
        func error(_ code: UInt32, _ message: String) -> MySQLError {
            MySQLError(code: code, message: message, outcome: .notExecuted)
        }
        #expect(error(1114, "The table 's' is full").isDiskFull && error(1021, "Disk got full writing").isDiskFull)
        #expect(error(1026, "Error writing file (Errcode: 28 \"No space left on device\")").isDiskFull)
        #expect(!error(1026, "Error writing file (Errcode: 5 \"Input/output error\")").isDiskFull)
    }

    @Test("A commit that waits is known by its state, on either family")
    func commitWaits() {
        for state in ["Commit", "waiting for handler commit", "Waiting for someone to free space"] {
            #expect(CommitWait.isCommitting(state))
        }
        for state in [
            "", "Waiting for table metadata lock", "Waiting for preceding transaction to commit", "executing",
        ] {
            #expect(!CommitWait.isCommitting(state))
        }
    }

    @Test("An unknown outcome is said in words")
    func description() {
        #expect("\(error(1205))" == "1205 (HY000): m")
        #expect("\(error(2013).with(outcome: .unknown))".contains("not known whether"))
    }

    @Test(
        "A version is read from what servers say and compares by its numbers",
        arguments: [
            ("8.0.36", ServerInfo.Version(8, 0, 36)),
            ("10.11.19-MariaDB-0+deb12u1-log", ServerInfo.Version(10, 11, 19)),
            ("5.5.5-10.6.1-MariaDB", ServerInfo.Version(10, 6, 1)), ("9.7", ServerInfo.Version(9, 7)),
        ])
    func versions(text: String, version: ServerInfo.Version) {
        #expect(ServerInfo.Version(parsing: text) == version)
        #expect(ServerInfo.Version(8, 0, 9) < ServerInfo.Version(8, 0, 13))
        #expect(ServerInfo.Version(parsing: "Vitess") == nil)
    }
}
