/// The themes inside the program, each the exact text of its file in `themes/`; a test compares them, and rewrites this
/// file when it runs with `UPDATE_GOLDEN=1`.
enum BuiltInThemes {
    static let texts: [(name: String, text: String)] = [
        ("dark", dark),
        ("light", light),
        ("ansi8", ansi8),
        ("monochrome", monochrome),
    ]

    private static let dark = #"""
        # For a dark background.
        #
        # A role has a look for terminals of 256 colours, of 8 (16 too), and of none. A colour is a number of the 256 (0 to 255),
        # a name of the 8, or `default`. What is not written is the terminal's own. See the comment in Theme.swift for the checks.
        theme: dark
        ground: dark
        roles:
          plain:
            colours256: {}
            colours8: {}
            monochrome: {}
          dim:
            colours256: {foreground: 245}
            colours8: {attributes: [dim]}
            monochrome: {attributes: [dim]}
          header:
            colours256: {attributes: [bold]}
            colours8: {attributes: [bold]}
            monochrome: {attributes: [bold]}
          badgeProduction:
            colours256: {foreground: 197, attributes: [bold, reverse]}
            colours8: {foreground: red, attributes: [bold, reverse]}
            monochrome: {attributes: [bold, reverse]}
          badgeTest:
            colours256: {foreground: 84, attributes: [reverse]}
            colours8: {foreground: green, attributes: [reverse]}
            monochrome: {attributes: [reverse]}
          badgeSimulated:
            colours256: {foreground: 171, attributes: [bold, reverse]}
            colours8: {foreground: magenta, attributes: [reverse]}
            monochrome: {attributes: [reverse, underline]}
          modeSafe:
            colours256: {}
            colours8: {}
            monochrome: {}
          modeWrite:
            colours256: {foreground: 220, attributes: [bold, reverse]}
            colours8: {foreground: yellow, attributes: [bold, reverse]}
            monochrome: {attributes: [bold, reverse]}
          idle:
            colours256: {foreground: 248}
            colours8: {foreground: white}
            monochrome: {attributes: [dim]}
          work:
            colours256: {foreground: 67}
            colours8: {foreground: blue}
            monochrome: {}
          wait:
            colours256: {foreground: 195}
            colours8: {foreground: cyan}
            monochrome: {}
          act:
            colours256: {foreground: 220}
            colours8: {foreground: yellow}
            monochrome: {attributes: [bold]}
          warn:
            colours256: {foreground: 172}
            colours8: {foreground: yellow, attributes: [bold]}
            monochrome: {attributes: [bold, underline]}
          bad:
            colours256: {foreground: 197, attributes: [bold]}
            colours8: {foreground: red, attributes: [bold, reverse]}
            monochrome: {attributes: [bold, reverse]}
          good:
            colours256: {foreground: 84}
            colours8: {foreground: green}
            monochrome: {attributes: [dim]}
          undo:
            colours256: {foreground: 171}
            colours8: {foreground: magenta}
            monochrome: {attributes: [underline]}
          stale:
            colours256: {foreground: 245}
            colours8: {attributes: [dim]}
            monochrome: {attributes: [dim]}
          selection:
            colours256: {attributes: [reverse]}
            colours8: {attributes: [reverse]}
            monochrome: {attributes: [reverse]}
          mark:
            colours256: {foreground: 220, attributes: [bold]}
            colours8: {foreground: yellow, attributes: [bold]}
            monochrome: {attributes: [bold]}
          key:
            colours256: {foreground: 195, attributes: [bold]}
            colours8: {foreground: cyan, attributes: [bold]}
            monochrome: {attributes: [bold]}
          border:
            colours256: {foreground: 245}
            colours8: {attributes: [dim]}
            monochrome: {attributes: [dim]}
          dialog:
            colours256: {}
            colours8: {}
            monochrome: {}
          input:
            colours256: {attributes: [underline]}
            colours8: {attributes: [underline]}
            monochrome: {attributes: [underline]}
          match:
            colours256: {foreground: 195, attributes: [bold, underline]}
            colours8: {foreground: cyan, attributes: [bold, underline]}
            monochrome: {attributes: [bold, underline]}

        """#

    private static let light = #"""
        # For a light background.
        #
        # A role has a look for terminals of 256 colours, of 8 (16 too), and of none. A colour is a number of the 256 (0 to 255),
        # a name of the 8, or `default`. What is not written is the terminal's own. See the comment in Theme.swift for the checks.
        theme: light
        ground: light
        roles:
          plain:
            colours256: {}
            colours8: {}
            monochrome: {}
          dim:
            colours256: {foreground: 243}
            colours8: {attributes: [dim]}
            monochrome: {attributes: [dim]}
          header:
            colours256: {attributes: [bold]}
            colours8: {attributes: [bold]}
            monochrome: {attributes: [bold]}
          badgeProduction:
            colours256: {foreground: 52, attributes: [bold, reverse]}
            colours8: {foreground: red, attributes: [bold, reverse]}
            monochrome: {attributes: [bold, reverse]}
          badgeTest:
            colours256: {foreground: 29, attributes: [reverse]}
            colours8: {foreground: green, attributes: [reverse]}
            monochrome: {attributes: [reverse]}
          badgeSimulated:
            colours256: {foreground: 163, attributes: [bold, reverse]}
            colours8: {foreground: magenta, attributes: [reverse]}
            monochrome: {attributes: [reverse, underline]}
          modeSafe:
            colours256: {}
            colours8: {}
            monochrome: {}
          modeWrite:
            colours256: {foreground: 58, attributes: [bold, reverse]}
            colours8: {foreground: yellow, attributes: [bold, reverse]}
            monochrome: {attributes: [bold, reverse]}
          idle:
            colours256: {foreground: 238}
            colours8: {attributes: [dim]}
            monochrome: {attributes: [dim]}
          work:
            colours256: {foreground: 27}
            colours8: {foreground: blue}
            monochrome: {}
          wait:
            colours256: {foreground: 24}
            colours8: {foreground: cyan}
            monochrome: {}
          act:
            colours256: {foreground: 58}
            colours8: {foreground: yellow}
            monochrome: {attributes: [bold]}
          warn:
            colours256: {foreground: 166}
            colours8: {foreground: yellow, attributes: [bold]}
            monochrome: {attributes: [bold, underline]}
          bad:
            colours256: {foreground: 52, attributes: [bold]}
            colours8: {foreground: red, attributes: [bold, reverse]}
            monochrome: {attributes: [bold, reverse]}
          good:
            colours256: {foreground: 29}
            colours8: {foreground: green}
            monochrome: {attributes: [dim]}
          undo:
            colours256: {foreground: 163}
            colours8: {foreground: magenta}
            monochrome: {attributes: [underline]}
          stale:
            colours256: {foreground: 243}
            colours8: {attributes: [dim]}
            monochrome: {attributes: [dim]}
          selection:
            colours256: {attributes: [reverse]}
            colours8: {attributes: [reverse]}
            monochrome: {attributes: [reverse]}
          mark:
            colours256: {foreground: 58, attributes: [bold]}
            colours8: {foreground: yellow, attributes: [bold]}
            monochrome: {attributes: [bold]}
          key:
            colours256: {foreground: 24, attributes: [bold]}
            colours8: {foreground: cyan, attributes: [bold]}
            monochrome: {attributes: [bold]}
          border:
            colours256: {foreground: 243}
            colours8: {attributes: [dim]}
            monochrome: {attributes: [dim]}
          dialog:
            colours256: {}
            colours8: {}
            monochrome: {}
          input:
            colours256: {attributes: [underline]}
            colours8: {attributes: [underline]}
            monochrome: {attributes: [underline]}
          match:
            colours256: {foreground: 24, attributes: [bold, underline]}
            colours8: {foreground: cyan, attributes: [bold, underline]}
            monochrome: {attributes: [bold, underline]}

        """#

    private static let ansi8 = #"""
        # The eight colours every colour terminal has, in the shades its owner gave them; for either background.
        theme: ansi8
        ground: any
        roles:
          plain:
            colours8: {}
            monochrome: {}
          dim:
            colours8: {attributes: [dim]}
            monochrome: {attributes: [dim]}
          header:
            colours8: {attributes: [bold]}
            monochrome: {attributes: [bold]}
          badgeProduction:
            colours8: {foreground: red, attributes: [bold, reverse]}
            monochrome: {attributes: [bold, reverse]}
          badgeTest:
            colours8: {foreground: green, attributes: [reverse]}
            monochrome: {attributes: [reverse]}
          badgeSimulated:
            colours8: {foreground: magenta, attributes: [reverse]}
            monochrome: {attributes: [reverse, underline]}
          modeSafe:
            colours8: {}
            monochrome: {}
          modeWrite:
            colours8: {foreground: yellow, attributes: [bold, reverse]}
            monochrome: {attributes: [bold, reverse]}
          idle:
            colours8: {foreground: white}
            monochrome: {attributes: [dim]}
          work:
            colours8: {foreground: blue}
            monochrome: {}
          wait:
            colours8: {foreground: cyan}
            monochrome: {}
          act:
            colours8: {foreground: yellow}
            monochrome: {attributes: [bold]}
          warn:
            colours8: {foreground: yellow, attributes: [bold]}
            monochrome: {attributes: [bold, underline]}
          bad:
            colours8: {foreground: red, attributes: [bold, reverse]}
            monochrome: {attributes: [bold, reverse]}
          good:
            colours8: {foreground: green}
            monochrome: {attributes: [dim]}
          undo:
            colours8: {foreground: magenta}
            monochrome: {attributes: [underline]}
          stale:
            colours8: {attributes: [dim]}
            monochrome: {attributes: [dim]}
          selection:
            colours8: {attributes: [reverse]}
            monochrome: {attributes: [reverse]}
          mark:
            colours8: {foreground: yellow, attributes: [bold]}
            monochrome: {attributes: [bold]}
          key:
            colours8: {foreground: cyan, attributes: [bold]}
            monochrome: {attributes: [bold]}
          border:
            colours8: {attributes: [dim]}
            monochrome: {attributes: [dim]}
          dialog:
            colours8: {}
            monochrome: {}
          input:
            colours8: {attributes: [underline]}
            monochrome: {attributes: [underline]}
          match:
            colours8: {foreground: cyan, attributes: [bold, underline]}
            monochrome: {attributes: [bold, underline]}

        """#

    private static let monochrome = #"""
        # No colour at all: weight, underline and reverse video alone. Also what every theme becomes under NO_COLOR.
        theme: monochrome
        ground: any
        roles:
          plain:
            monochrome: {}
          dim:
            monochrome: {attributes: [dim]}
          header:
            monochrome: {attributes: [bold]}
          badgeProduction:
            monochrome: {attributes: [bold, reverse]}
          badgeTest:
            monochrome: {attributes: [reverse]}
          badgeSimulated:
            monochrome: {attributes: [reverse, underline]}
          modeSafe:
            monochrome: {}
          modeWrite:
            monochrome: {attributes: [bold, reverse]}
          idle:
            monochrome: {attributes: [dim]}
          work:
            monochrome: {}
          wait:
            monochrome: {}
          act:
            monochrome: {attributes: [bold]}
          warn:
            monochrome: {attributes: [bold, underline]}
          bad:
            monochrome: {attributes: [bold, reverse]}
          good:
            monochrome: {attributes: [dim]}
          undo:
            monochrome: {attributes: [underline]}
          stale:
            monochrome: {attributes: [dim]}
          selection:
            monochrome: {attributes: [reverse]}
          mark:
            monochrome: {attributes: [bold]}
          key:
            monochrome: {attributes: [bold]}
          border:
            monochrome: {attributes: [dim]}
          dialog:
            monochrome: {}
          input:
            monochrome: {attributes: [underline]}
          match:
            monochrome: {attributes: [bold, underline]}

        """#
}
