package import Core
package import Terminal

/// What the terminal should show now. Pure: the same model, size and moment give the same cells.
package func render(_ model: ConsoleModel, size: Size, now: Timestamp) -> Screen {
    var screen = Screen(size: size)
    guard size.isUsable else {
        TooSmall(model: model, now: now).draw(on: &screen)
        return screen
    }
    TopBar(model: model, now: now).draw(on: &screen)
    let body = Rect(column: 0, row: 1, columns: size.columns, rows: size.rows - 3)
    if model.fleet == nil {
        WaitingScreen(model: model, now: now).draw(in: body, on: &screen)
    } else {
        switch model.view {
        case .fleet: FleetScreen(model: model, now: now).draw(in: body, on: &screen)
        case .grid: GridScreen(model: model, now: now).draw(in: body, on: &screen)
        case .detail: DetailScreen(model: model, now: now).draw(in: body, on: &screen)
        }
    }
    BottomBar(model: model, now: now).draw(on: &screen)
    switch model.overlay {
    case .help(let scroll): HelpScreen(model: model, now: now).draw(scroll, on: &screen)
    case .menu(let index): ActionMenu(model: model, now: now).draw(index, on: &screen)
    case .confirm(let dialog): ConfirmBox(model: model, dialog: dialog, now: now).draw(on: &screen)
    case .writeMode(let dialog): WriteModeBox(model: model, dialog: dialog, now: now).draw(on: &screen)
    case .filter, nil: break
    }
    return screen
}

/// Shown until the first snapshot: the console paints at once and says what it waits for.
struct WaitingScreen {
    let model: ConsoleModel
    let now: Timestamp

    func draw(in area: Rect, on screen: inout Screen) {
        var text = "waiting for \(model.options.source)'s first snapshot"
        if case .lost(let since, let why) = model.link {
            text = "\(model.options.source) does not answer for \(Figures.duration(since.age(at: now))): \(why); asking again"
        }
        for (row, line) in wrapped(text, columns: area.size.columns - 4).enumerated() {
            screen.put(line, at: Point(2, area.origin.row + 2 + row))
        }
    }
}

/// Too small for any screen: the worst problem, and the size that is needed.
struct TooSmall {
    let model: ConsoleModel
    let now: Timestamp

    func draw(on screen: inout Screen) {
        let columns = screen.size.columns
        let environment = model.fleet?.environment
        let badge =
            environment.map { "\($0.isProduction ? "PROD" : "TEST") \($0.name) \(model.mode.word)" } ?? "connecting"
        var lines = [Line(badge, environment?.isProduction == true ? .badgeProduction : .badgeTest, .reverse)]
        if let worst = model.problems(at: now).first {
            lines += wrapped("! \(worst.text)", columns: columns).map { Line($0, worst.level.role, .bold) }
        } else if let migration = model.current {
            let moment = Moment(of: migration, at: model.engineTime(at: now))
            lines += wrapped(moment.text, columns: columns).map { Line($0, moment.role) }
        }
        let need = Line("needs \(Size.smallestUsable), is \(screen.size)", .dim)
        for (row, line) in lines.prefix(max(1, screen.size.rows - 1)).enumerated() {
            screen.put(line, at: Point(0, row), limit: columns)
        }
        if screen.size.rows > 1 { screen.put(need, at: Point(0, screen.size.rows - 1), limit: columns) }
    }
}
