/// What a device has done since it opened, for measurements.
package struct DeviceCounters: Hashable, Sendable {
    /// Frames sent whole.
    package internal(set) var frames = 0
    /// `write` calls made for frames; more than `frames` where a terminal took one in pieces.
    package internal(set) var writes = 0
    /// Bytes sent, frames and their markers.
    package internal(set) var bytes = 0
    /// Frames given up because the terminal did not take them within 250 ms.
    package internal(set) var droppedFrames = 0
    /// Keys read.
    package internal(set) var keys = 0
    /// Keys lost because 4096 already waited.
    package internal(set) var lostKeys = 0
    /// From reading a key to the end of the `write` that answered it, newest last, 1024 at most.
    package internal(set) var keyToPaint: [Duration] = []

    /// Latencies kept.
    static let mostLatencies = 1024
}
