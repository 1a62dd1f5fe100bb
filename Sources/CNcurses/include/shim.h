// ncurses and what a full-screen program owes its terminal, as flat functions.
//
// No curses header is included here: its macros, globals and types stay in the .c files, and Swift sees numbers and bytes.
// All cn_screen_* and cn_read_key calls belong to one thread. There is one screen a process.
#pragma once

#include <stddef.h>
#include <stdint.h>
#include <stdbool.h>

// MARK: The screen (screen.c)

enum {
    CN_BOLD = 1,
    CN_REVERSE = 2,
    CN_UNDERLINE = 4,
    CN_DIM = 8,
};

// Starts ncurses for that terminal type; it draws into memory and reads from `tty`. 0, or an errno; ENOTTY where the
// type is unknown or cannot address its cursor.
int cn_screen_open(const char *term, int tty, int rows, int columns);
void cn_screen_close(void);

// How many colours the terminal shows; 0 for none.
int cn_screen_colours(void);
// A pair for these colours, -1 being the terminal's own. 0 where there is none to give.
int cn_screen_pair(int foreground, int background);
// The columns the C library's locale gives a scalar; -1 where it cannot be drawn.
int cn_screen_width(uint32_t scalar);
// Puts one character (a base and up to 4 marks) into a cell.
void cn_screen_put(int row, int column, const uint32_t *scalars, int count, int attributes, int pair);
// Where the cursor stands; a negative row hides it.
void cn_screen_cursor(int row, int column);
void cn_screen_resize(int rows, int columns);
// The next flush draws everything.
void cn_screen_forget(void);
// Works out the difference and gives its bytes, valid until the next call. `room` bytes before them are the caller's.
// Returns their number, or -1 with errno.
long cn_screen_flush(uint8_t **bytes, size_t room_before, size_t room_after);

// The strings that enter and leave the full screen, valid while the screen is open.
const char *cn_screen_enter(void);
const char *cn_screen_leave(void);

// MARK: Keys (screen.c)

enum {
    CN_NONE = 0,      // nothing to read now
    CN_SCALAR = 1,    // `value` is a Unicode scalar
    CN_KEY = 2,       // `value` is one of the keys below
};

enum {
    CN_KEY_UNKNOWN, CN_KEY_UP, CN_KEY_DOWN, CN_KEY_LEFT, CN_KEY_RIGHT, CN_KEY_HOME, CN_KEY_END, CN_KEY_PAGE_UP,
    CN_KEY_PAGE_DOWN, CN_KEY_INSERT, CN_KEY_DELETE, CN_KEY_ENTER, CN_KEY_BACKSPACE, CN_KEY_BACK_TAB,
    CN_KEY_PASTE_BEGIN, CN_KEY_PASTE_END, CN_KEY_FOCUS_IN, CN_KEY_FOCUS_OUT,
    CN_KEY_FUNCTION = 100,    // 100 + n is Fn
};

typedef struct { int kind; int value; } cn_key;
cn_key cn_read_key(void);

// MARK: The terminal device (tty.c)

// Opens a terminal, non-blocking and never as controlling terminal. A descriptor, or -errno.
int cn_tty_open(const char *path);
// 0, or an errno.
int cn_tty_size(int tty, int *rows, int *columns);

// Remembers how the terminal is now and how to put it back: modes, `leave` string, fds 1 and 2 (sent to `log` unless it
// is negative). Arms the guard and the crash handlers. 0, or an errno.
int cn_tty_arm(int tty, const char *leave, int log);
// Raw modes. With `wait_for_foreground`, a process in the background stops here until it is in front. 0, or an errno.
int cn_tty_raw(bool wait_for_foreground);
// Sends fds 1 and 2 to the log again, after a suspend.
void cn_tty_capture(void);
// Puts modes, screen and fds 1 and 2 back. Async-signal-safe, from any thread; does nothing when already done.
void cn_tty_restore(void);
// Restores, and ends guard and crash handlers. Safe to repeat.
void cn_tty_disarm(void);
// Stops the process as Ctrl-Z would; returns when it continues. 0, or an errno.
int cn_tty_stop(void);

// The calls Swift's Glibc does not offer.
int cn_eventfd(void);
void cn_thread_name(const char *name);

// MARK: Signals (signals.c)

// Catches WINCH, TERM, HUP, INT, QUIT, TSTP and CONT; their numbers arrive as bytes on the descriptor. Or -errno.
int cn_signals_open(void);
void cn_signals_close(void);

// MARK: For tests

// The guard's process id, 0 when there is none.
int cn_guard_pid(void);
