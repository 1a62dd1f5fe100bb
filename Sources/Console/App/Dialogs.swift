internal import Core
internal import Terminal

/// The box between a write key and its command.
///
/// It is built from a plan the engine made when it opened and made again each second since. Nothing runs unless the plan on
/// the screen is fresh, admitted, and confirmed as its tier demands; whatever changes the plan takes the confirmation away.
struct ConfirmDialog: Equatable, Sendable {
    enum Stage: Equatable, Sendable {
        /// The plan is shown, or awaited.
        case open
        /// Sent; no answer yet.
        case running(since: Timestamp)
        /// It ended here: what happened, in lines. Nothing changed.
        case refused([String])
        /// Sent, and nobody knows whether it arrived.
        case unknown([String])
    }
    enum Field: Equatable, Sendable { case reason, typed }

    let request: CommandRequest
    /// Which rows are meant, and why those: the dialog's first line.
    let target: String
    let openedAt: Timestamp
    /// Attempts made when it opened.
    let attemptsBefore: Int
    /// What must be typed before `y` counts, on a large production fleet.
    let countToType: String?

    var stage: Stage = .open
    var plan: CommandPlan?
    var planArrivedAt: Timestamp?
    /// Why there is no newer plan.
    var planError: String?
    /// Lines of the plan that changed while the dialog was open.
    var changedLines: Set<Int> = []
    var ticket: Int
    var isAsking = true
    var askedAt: Timestamp
    /// Keys before this are somebody's typing ahead.
    var guardedUntil: Timestamp
    var reason = ""
    var typed = ""
    var field: Field = .reason
    var scroll = 0
    /// Its value can be stepped: Vitess takes shares, times and thresholds.
    var adjustable = false

    init(
        request: CommandRequest, target: String, openedAt: Timestamp, attemptsBefore: Int, countToType: String?,
        ticket: Int
    ) {
        self.request = request
        self.target = target
        self.openedAt = openedAt
        self.attemptsBefore = attemptsBefore
        self.countToType = countToType
        self.ticket = ticket
        askedAt = openedAt
        guardedUntil = openedAt + Pace.dialogGuard
    }

    /// What stands in the way of running it now; `nil` when the last key may be pressed.
    func objection(at now: Timestamp) -> String? {
        guard stage == .open else { return "it was sent already" }
        guard let plan, let planArrivedAt else { return planError ?? "checking" }
        if let refusal = plan.refusal { return refusal.reason }
        if planArrivedAt.age(at: now) > Pace.planLimit { return planError ?? "the check is too old" }
        switch plan.tier {
        case .brake: return nil
        case .noticeable:
            guard let countToType, typed != countToType else { return nil }
            return "type \(countToType) first"
        case .destructive:
            if !reason.contains(where: { $0 != " " }) { return "a reason is needed" }
            guard let confirmation = plan.confirmation, typed == confirmation else {
                return "type \(plan.confirmation ?? "the confirmation")"
            }
            return nil
        }
    }

    /// Takes a newer plan. What changed is marked, and what was typed for the plan before no longer counts.
    mutating func take(_ new: CommandPlan, at now: Timestamp) {
        if let old = plan, old.hash != new.hash {
            changedLines = Set(new.lines.indices.filter { !old.lines.contains(new.lines[$0]) })
            typed = ""
            guardedUntil = now + Pace.dialogGuard
        } else if plan == nil {
            guardedUntil = max(guardedUntil, now + Pace.dialogGuard)
        }
        plan = new
        planArrivedAt = now
        planError = nil
        isAsking = false
    }

    enum Step { case value, expiry }

    private static let thresholds: [Int64] = [5, 10, 15, 20, 25, 30]
    private static let ratios = [0.25, 0.5, 0.75, 0.9, 1]
    private static let expiries: [Int64] = [600, 1800, 3600, 7200, 21_600, 86_400]

    /// What a verb's dialog opens with.
    static func firstOptions(of verb: Verb, _ fleet: FleetKind) -> CommandOptions {
        guard fleet == .vitess else { return CommandOptions() }
        return switch verb {
        case .threshold: CommandOptions(threshold: .seconds(10))
        case .throttle: CommandOptions(ratio: 1, expiry: .seconds(3600))
        case .launch, .postpone, .complete, .cancel, .retry, .forceCutOver, .unthrottle, .revert, .cleanup: CommandOptions()
        }
    }

    var hasExpiry: Bool { adjustable && request.verb == .throttle }
    var hasValue: Bool { adjustable && (request.verb == .throttle || request.verb == .threshold) }

    /// The request with its value one step further; `nil` where there is none, or no further one.
    func stepped(_ step: Int, _ what: Step) -> CommandRequest? {
        guard hasValue, stage == .open else { return nil }
        var options = request.options
        switch (request.verb, what) {
        case (.threshold, .value):
            guard let next = Self.next(Self.thresholds, after: options.threshold?.components.seconds, step) else { return nil }
            options.threshold = .seconds(next)
        case (.throttle, .value):
            guard let next = Self.next(Self.ratios, after: options.ratio, step) else { return nil }
            options.ratio = next
        case (.throttle, .expiry):
            guard let next = Self.next(Self.expiries, after: options.expiry?.components.seconds, step) else { return nil }
            options.expiry = .seconds(next)
        default: return nil
        }
        return CommandRequest(verb: request.verb, migration: request.migration, shards: request.shards, options: options)
    }

    private static func next<Value: Equatable>(_ values: [Value], after value: Value?, _ step: Int) -> Value? {
        let index = (value.flatMap { value in values.firstIndex { $0 == value } } ?? 0) + step
        return values.indices.contains(index) ? values[index] : nil
    }

    var takesText: Bool { plan?.tier == .destructive || countToType != nil }
}

/// The box that asks for the environment's name.
struct WriteModeDialog: Equatable, Sendable {
    let environment: String
    var typed = ""
    var guardedUntil: Timestamp

    var matches: Bool { typed == environment }
}

enum TextField {
    /// A field takes this many characters and no more.
    static let longest = 120

    /// What a key does to a field's text; `nil` when it is no key for a field.
    static func edit(_ text: String, _ key: Key) -> String? {
        switch key {
        case .character(let character): text.count < longest ? text + String(character) : text
        case .backspace: String(text.dropLast())
        case .control("u"): ""
        default: nil
        }
    }
}
