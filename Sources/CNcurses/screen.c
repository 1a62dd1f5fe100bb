// ncurses, drawing into memory: what doupdate() writes is taken from a memfd and sent by the caller in one write.
#define _GNU_SOURCE 1
#define NCURSES_WIDECHAR 1
#define NCURSES_OPAQUE 1
#include <curses.h>
#include <errno.h>
#include <locale.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <sys/mman.h>
#include <unistd.h>
#include <wchar.h>
#include <fcntl.h>
#include "shim.h"

// <term.h> defines hundreds of lower-case macros; this is all that is needed of it.
extern char *tigetstr(const char *);

static SCREEN *screen;
static FILE *output, *input;
static WINDOW *keys;
static uint8_t *bytes;
static size_t capacity;
static char enter_string[512], leave_string[512];

enum { PASTE_BEGIN = KEY_MAX + 1000, PASTE_END, FOCUS_IN, FOCUS_OUT };

// Adds a terminfo string without its padding marks `$<..>`.
static void append(char *to, size_t size, const char *from) {
    if (from == NULL || from == (const char *)-1) return;
    size_t used = strlen(to);
    while (*from != 0 && used + 1 < size) {
        if (from[0] == '$' && from[1] == '<') {
            const char *end = strchr(from, '>');
            if (end == NULL) break;
            from = end + 1;
        } else {
            to[used++] = *from++;
        }
    }
    to[used] = 0;
}

static void take_locale(void) {
    if (setlocale(LC_CTYPE, "") != NULL) return;
    // The named locale is not installed here, as is common over SSH. UTF-8 is UTF-8 under any name.
    const char *names[] = {"LC_ALL", "LC_CTYPE", "LANG"};
    for (size_t i = 0; i < 3; i++) {
        const char *value = getenv(names[i]);
        if (value == NULL || *value == 0) continue;
        if (strcasestr(value, "utf-8") != NULL || strcasestr(value, "utf8") != NULL) setlocale(LC_CTYPE, "C.UTF-8");
        return;
    }
}

static int fail(int error) {
    cn_screen_close();
    return error == 0 ? EIO : error;
}

int cn_screen_open(const char *term, int tty, int rows, int columns) {
    if (screen != NULL) return EBUSY;
    take_locale();
    int memory = memfd_create("frame", MFD_CLOEXEC);
    if (memory < 0) return errno;
    output = fdopen(memory, "w+");
    if (output == NULL) {
        int error = errno;
        close(memory);
        return error;
    }
    int in = fcntl(tty, F_DUPFD_CLOEXEC, 3);
    if (in < 0) return fail(errno);
    input = fdopen(in, "r");
    if (input == NULL) {
        int error = errno;
        close(in);
        return fail(error);
    }
    screen = newterm(term, output, input);
    if (screen == NULL) return fail(ENOTTY);
    set_escdelay(25);
    raw();
    noecho();
    nonl();
    if (has_colors()) {
        start_color();
        use_default_colors();
    }
    keys = newpad(1, 1);
    if (keys == NULL) return fail(ENOMEM);
    keypad(keys, TRUE);
    nodelay(keys, TRUE);
    define_key("\033[200~", PASTE_BEGIN);
    define_key("\033[201~", PASTE_END);
    define_key("\033[I", FOCUS_IN);
    define_key("\033[O", FOCUS_OUT);
    const char *arrows[] = {"\033[A", "\033OA", "\033[B", "\033OB", "\033[C", "\033OC", "\033[D", "\033OD"};
    const int codes[] = {KEY_UP, KEY_UP, KEY_DOWN, KEY_DOWN, KEY_RIGHT, KEY_RIGHT, KEY_LEFT, KEY_LEFT};
    for (size_t i = 0; i < 8; i++) define_key(arrows[i], codes[i]);
    define_key("\033[H", KEY_HOME);
    define_key("\033OH", KEY_HOME);
    define_key("\033[F", KEY_END);
    define_key("\033OF", KEY_END);

    enter_string[0] = leave_string[0] = 0;
    append(enter_string, sizeof enter_string, tigetstr("smcup"));
    append(enter_string, sizeof enter_string, tigetstr("smkx"));
    append(enter_string, sizeof enter_string, "\033[?2004h");
    // CAN ends a sequence that was cut off; then the end of a frame that never came to its own.
    append(leave_string, sizeof leave_string, "\030\033[?2026l\033[?2004l");
    append(leave_string, sizeof leave_string, tigetstr("sgr0"));
    append(leave_string, sizeof leave_string, tigetstr("op"));
    append(leave_string, sizeof leave_string, tigetstr("rmkx"));
    append(leave_string, sizeof leave_string, tigetstr("cnorm"));
    append(leave_string, sizeof leave_string, tigetstr("rmcup"));

    cn_screen_resize(rows, columns);
    // What ncurses wanted to say so far is in `enter_string`.
    if (ftruncate(fileno(output), 0) != 0 || lseek(fileno(output), 0, SEEK_SET) != 0) return fail(errno);
    return 0;
}

void cn_screen_close(void) {
    if (keys != NULL) delwin(keys);
    keys = NULL;
    if (screen != NULL) {
        endwin();
        delscreen(screen);
    }
    screen = NULL;
    if (output != NULL) fclose(output);
    if (input != NULL) fclose(input);
    output = input = NULL;
    free(bytes);
    bytes = NULL;
    capacity = 0;
}

int cn_screen_colours(void) { return screen != NULL && has_colors() ? COLORS : 0; }

int cn_screen_pair(int foreground, int background) {
    if (!has_colors() || foreground >= COLORS || background >= COLORS) return 0;
    if (foreground < 0 && background < 0) return 0;
    int pair = alloc_pair(foreground, background);
    return pair < 0 ? 0 : pair;
}

int cn_screen_width(uint32_t scalar) { return wcwidth((wchar_t)scalar); }

void cn_screen_put(int row, int column, const uint32_t *scalars, int count, int attributes, int pair) {
    wchar_t text[CCHARW_MAX + 1];
    int used = 0;
    for (; used < count && used < CCHARW_MAX; used++) text[used] = (wchar_t)scalars[used];
    text[used] = 0;
    attr_t look = A_NORMAL;
    if (attributes & CN_BOLD) look |= A_BOLD;
    if (attributes & CN_REVERSE) look |= A_REVERSE;
    if (attributes & CN_UNDERLINE) look |= A_UNDERLINE;
    if (attributes & CN_DIM) look |= A_DIM;
    cchar_t cell;
    if (setcchar(&cell, text, look, 0, &pair) != OK) return;
    mvwadd_wchnstr(stdscr, row, column, &cell, 1);
}

void cn_screen_cursor(int row, int column) {
    if (row < 0 || row >= getmaxy(stdscr) || column < 0 || column >= getmaxx(stdscr)) {
        curs_set(0);
        return;
    }
    wmove(stdscr, row, column);
    curs_set(1);
}

void cn_screen_resize(int rows, int columns) {
    resize_term(rows, columns);
    werase(stdscr);
    clearok(curscr, TRUE);
}

void cn_screen_forget(void) { clearok(curscr, TRUE); }

long cn_screen_flush(uint8_t **out, size_t room_before, size_t room_after) {
    wnoutrefresh(stdscr);
    doupdate();
    int memory = fileno(output);
    off_t length = lseek(memory, 0, SEEK_CUR);
    if (length < 0) return -1;
    size_t needed = (size_t)length + room_before + room_after;
    if (needed > capacity) {
        uint8_t *larger = realloc(bytes, needed);
        if (larger == NULL) return -1;
        bytes = larger;
        capacity = needed;
    }
    ssize_t count = pread(memory, bytes + room_before, (size_t)length, 0);
    if (count != (ssize_t)length) return -1;
    if (ftruncate(memory, 0) != 0 || lseek(memory, 0, SEEK_SET) != 0) return -1;
    *out = bytes;
    return (long)length;
}

const char *cn_screen_enter(void) { return enter_string; }
const char *cn_screen_leave(void) { return leave_string; }

static int named(int code) {
    if (code >= KEY_F(1) && code <= KEY_F(24)) return CN_KEY_FUNCTION + (code - KEY_F0);
    switch (code) {
    case KEY_UP: return CN_KEY_UP;
    case KEY_DOWN: return CN_KEY_DOWN;
    case KEY_LEFT: return CN_KEY_LEFT;
    case KEY_RIGHT: return CN_KEY_RIGHT;
    case KEY_HOME: case KEY_A1: return CN_KEY_HOME;
    case KEY_END: case KEY_C1: case KEY_LL: return CN_KEY_END;
    case KEY_PPAGE: case KEY_A3: return CN_KEY_PAGE_UP;
    case KEY_NPAGE: case KEY_C3: return CN_KEY_PAGE_DOWN;
    case KEY_IC: return CN_KEY_INSERT;
    case KEY_DC: return CN_KEY_DELETE;
    case KEY_ENTER: return CN_KEY_ENTER;
    case KEY_BACKSPACE: return CN_KEY_BACKSPACE;
    case KEY_BTAB: return CN_KEY_BACK_TAB;
    case PASTE_BEGIN: return CN_KEY_PASTE_BEGIN;
    case PASTE_END: return CN_KEY_PASTE_END;
    case FOCUS_IN: return CN_KEY_FOCUS_IN;
    case FOCUS_OUT: return CN_KEY_FOCUS_OUT;
    default: return CN_KEY_UNKNOWN;
    }
}

cn_key cn_read_key(void) {
    wint_t value = 0;
    switch (wget_wch(keys, &value)) {
    case OK: return (cn_key){CN_SCALAR, (int)value};
    case KEY_CODE_YES: return (cn_key){CN_KEY, named((int)value)};
    default: return (cn_key){CN_NONE, 0};
    }
}
