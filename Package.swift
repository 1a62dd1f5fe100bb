// swift-tools-version: 6.2
import PackageDescription

/// Every target of ours: strict concurrency, explicit existentials, internal imports, and no warning survives.
let house: [SwiftSetting] = [
    .enableUpcomingFeature("ExistentialAny"),
    .enableUpcomingFeature("InternalImportsByDefault"),
    .enableUpcomingFeature("MemberImportVisibility"),
    .enableUpcomingFeature("NonisolatedNonsendingByDefault"),
    .treatAllWarnings(as: .error),
]

/// Pure targets: values in, values out; no clock, randomness, file, socket or `async` body.
let pure: [SwiftSetting] = house + [.strictMemorySafety()]

let package = Package(
    name: "lockstep",
    platforms: [.macOS(.v15)],
    dependencies: [.package(url: "https://github.com/jpsim/Yams", from: "6.2.2")],
    targets: [
        .target(name: "CNcurses", linkerSettings: [.linkedLibrary("ncursesw"), .linkedLibrary("tinfo")]),
        .target(name: "Schema", swiftSettings: pure),
        .target(name: "Core", dependencies: ["Schema"], swiftSettings: pure),
        .target(name: "Terminal", dependencies: ["CNcurses", .product(name: "Yams", package: "Yams")], swiftSettings: house),
        .target(name: "Console", dependencies: ["Core", "Terminal"], swiftSettings: house),
        .testTarget(name: "ConsoleTests", dependencies: ["Console", "Core", "Terminal"], swiftSettings: house),
    ],
    swiftLanguageModes: [.v6]
)
