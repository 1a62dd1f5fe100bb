// The terminal always comes back: after close, suspend, a crash, and a death no handler sees.
//
// The guard, for SIGKILL and the like, is forked when the screen opens, not in a constructor: a constructor would run in
// every command of the program, and would have to guess from the arguments whether a screen is going to open. The price is a
// fork in a program with threads, which POSIX allows if the child keeps to async-signal-safe calls, as this one does. Forked
// twice, it belongs to nobody and need not be waited for. It closes every descriptor but its two, since a copy of a database
// connection would keep the server's locks alive beyond the program. It has a session of its own, so that no signal of the
// terminal reaches it and it may set modes from the background. It reads a pipe: a byte means the program left in order, its
// end without one means it died. Modes are put back only if they are still the program's own: a shell may have been faster
// and set what it needs. The screen is always put back, since no shell does that.
#define _GNU_SOURCE 1
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdatomic.h>
#include <string.h>
#include <sys/eventfd.h>
#include <sys/ioctl.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <termios.h>
#include <unistd.h>
#include "shim.h"

static int tty = -1, log_file = -1, log_start_known, guard_pipe = -1, guard_process;
static int real_out = -1, real_err = -1;
static off_t log_start;
static struct termios saved_modes, raw_modes;
static char leave[512];
static size_t leave_length;
static bool armed;
static atomic_bool on_screen;

static const int crashes[] = {SIGSEGV, SIGBUS, SIGILL, SIGFPE, SIGABRT, SIGTRAP, SIGSYS};
enum { CRASHES = sizeof crashes / sizeof crashes[0], PATIENCE_MS = 250 };
static struct sigaction before[CRASHES];

int cn_eventfd(void) {
    int fd = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
    return fd < 0 ? -errno : fd;
}

void cn_thread_name(const char *name) { prctl(PR_SET_NAME, name, 0, 0, 0); }

int cn_guard_pid(void) { return guard_process; }

int cn_tty_open(const char *path) {
    int fd = open(path, O_RDWR | O_NONBLOCK | O_NOCTTY | O_CLOEXEC);
    if (fd < 0) return -errno;
    if (!isatty(fd)) {
        close(fd);
        return -ENOTTY;
    }
    return fd;
}

int cn_tty_size(int fd, int *rows, int *columns) {
    struct winsize size;
    if (ioctl(fd, TIOCGWINSZ, &size) != 0) return errno;
    // 0x0 is a terminal that was never told, such as a serial line.
    *rows = size.ws_row == 0 ? 24 : size.ws_row;
    *columns = size.ws_col == 0 ? 80 : size.ws_col;
    return 0;
}

// Writes all of it, or as much as a terminal takes that may have stopped reading.
static void say(int fd, const char *text, size_t length) {
    int patience = 5;
    while (length > 0 && patience > 0) {
        ssize_t count = write(fd, text, length);
        if (count > 0) {
            text += count;
            length -= (size_t)count;
        } else if (count < 0 && errno == EAGAIN) {
            struct pollfd wait = {fd, POLLOUT, 0};
            poll(&wait, 1, PATIENCE_MS / 5);
            patience--;
        } else if (count < 0 && errno == EINTR) {
            continue;
        } else {
            return;
        }
    }
}

// From the background, setting modes would stop the process with SIGTTOU unless it is blocked.
static int set_modes(const struct termios *modes) {
    sigset_t set, old;
    sigemptyset(&set);
    sigaddset(&set, SIGTTOU);
    pthread_sigmask(SIG_BLOCK, &set, &old);
    int result;
    do { result = tcsetattr(tty, TCSANOW, modes); } while (result != 0 && errno == EINTR);
    int error = result == 0 ? 0 : errno;
    // Keys typed at the console are not commands for the shell.
    tcflush(tty, TCIFLUSH);
    pthread_sigmask(SIG_SETMASK, &old, NULL);
    return error;
}

void cn_tty_restore(void) {
    if (!atomic_exchange(&on_screen, false)) return;
    int saved = errno;
    say(tty, leave, leave_length);
    set_modes(&saved_modes);
    if (real_out >= 0) dup2(real_out, 1);
    if (real_err >= 0) dup2(real_err, 2);
    errno = saved;
}

// What went to the log while the screen was up ends with the reason of the crash: show its last part.
static void replay_log(void) {
    if (log_file < 0 || !log_start_known) return;
    char part[4096];
    off_t end = lseek(log_file, 0, SEEK_END);
    off_t from = end - (off_t)sizeof part > log_start ? end - (off_t)sizeof part : log_start;
    ssize_t count = pread(log_file, part, sizeof part, from);
    if (count > 0) say(2, part, (size_t)count);
}

static void dismiss_guard(void) {
    int fd = guard_pipe;
    guard_pipe = -1;
    guard_process = 0;
    if (fd < 0) return;
    // A guard that is gone needs no dismissal; SIGPIPE is blocked for the caller's sake.
    sigset_t set, old, pending;
    sigemptyset(&set);
    sigaddset(&set, SIGPIPE);
    pthread_sigmask(SIG_BLOCK, &set, &old);
    if (write(fd, "q", 1) < 0 && errno == EPIPE) {
        sigpending(&pending);
        struct timespec none = {0, 0};
        if (sigismember(&pending, SIGPIPE)) sigtimedwait(&set, NULL, &none);
    }
    pthread_sigmask(SIG_SETMASK, &old, NULL);
    close(fd);
}

static void crashed(int signal, siginfo_t *info, void *context) {
    (void)context;
    bool shown = atomic_load(&on_screen);
    cn_tty_restore();
    if (shown) replay_log();
    dismiss_guard();
    for (int i = 0; i < CRASHES; i++) {
        if (crashes[i] == signal) sigaction(signal, &before[i], NULL);
    }
    // A fault happens again on return, now in the former handler. One that was sent has to be sent again.
    if (info == NULL || info->si_code <= 0 || signal == SIGABRT) raise(signal);
}

static void guard(int pipe_end) {
    for (int number = 1; number < NSIG; number++) signal(number, SIG_DFL);
    const int ignored[] = {SIGHUP, SIGINT, SIGQUIT, SIGTERM, SIGTSTP, SIGTTIN, SIGTTOU, SIGPIPE};
    for (size_t i = 0; i < sizeof ignored / sizeof ignored[0]; i++) signal(ignored[i], SIG_IGN);
    sigset_t none;
    sigemptyset(&none);
    sigprocmask(SIG_SETMASK, &none, NULL);
    setsid();
    if (chdir("/") != 0) errno = 0;    // else it would only keep a directory busy
    prctl(PR_SET_NAME, "terminal-guard", 0, 0, 0);
    dup2(pipe_end, 0);
    dup2(tty, 1);
    syscall(SYS_close_range, 2u, ~0u, 0u);
    char byte;
    ssize_t count;
    do { count = read(0, &byte, 1); } while (count < 0 && errno == EINTR);
    if (count == 0) {
        tty = 1;
        struct termios now;
        bool ours = tcgetattr(1, &now) == 0 && now.c_lflag == raw_modes.c_lflag && now.c_iflag == raw_modes.c_iflag
            && now.c_oflag == raw_modes.c_oflag;
        static const char word[] = "The console was ended from outside; the terminal is back.\r\n";
        say(1, leave, leave_length);
        say(1, word, sizeof word - 1);
        if (ours) set_modes(&saved_modes);
    }
    _exit(0);
}

static int start_guard(void) {
    int ends[2];
    if (pipe2(ends, O_CLOEXEC) != 0) return errno;
    int report[2];
    if (pipe2(report, O_CLOEXEC) != 0) {
        int error = errno;
        close(ends[0]);
        close(ends[1]);
        return error;
    }
    // No handler of ours may run in the children before they have put the defaults back.
    sigset_t all, old;
    sigfillset(&all);
    pthread_sigmask(SIG_SETMASK, &all, &old);
    pid_t child = _Fork();
    if (child == 0) {
        pid_t second = _Fork();
        if (second == 0) guard(ends[0]);
        ssize_t ignored = write(report[1], &second, sizeof second);
        (void)ignored;
        _exit(second < 0 ? 1 : 0);
    }
    int error = child < 0 ? errno : 0;
    pthread_sigmask(SIG_SETMASK, &old, NULL);
    close(ends[0]);
    close(report[1]);
    pid_t second = -1;
    if (child > 0) {
        ssize_t count;
        do { count = read(report[0], &second, sizeof second); } while (count < 0 && errno == EINTR);
        if (count != (ssize_t)sizeof second) second = -1;
        // Someone else may collect children of any kind; then there is nothing left to collect here.
        while (waitpid(child, NULL, 0) < 0 && errno == EINTR) {}
        if (second < 0) error = EAGAIN;
    }
    close(report[0]);
    if (error != 0) {
        close(ends[1]);
        return error;
    }
    guard_pipe = ends[1];
    guard_process = (int)second;
    return 0;
}

int cn_tty_arm(int fd, const char *leave_string, int log) {
    if (armed) return EBUSY;
    if (strlen(leave_string) >= sizeof leave) return E2BIG;
    tty = fd;
    if (tcgetattr(tty, &saved_modes) != 0) return errno;
    raw_modes = saved_modes;
    raw_modes.c_iflag &= ~(tcflag_t)(BRKINT | ICRNL | INLCR | IGNCR | INPCK | ISTRIP | IXON | IXOFF | PARMRK);
    raw_modes.c_oflag &= ~(tcflag_t)OPOST;
    raw_modes.c_lflag &= ~(tcflag_t)(ECHO | ECHONL | ICANON | IEXTEN | ISIG);
    raw_modes.c_cflag &= ~(tcflag_t)(CSIZE | PARENB);
    raw_modes.c_cflag |= CS8;
    raw_modes.c_cc[VMIN] = 1;
    raw_modes.c_cc[VTIME] = 0;
    leave_length = strlen(leave_string);
    memcpy(leave, leave_string, leave_length + 1);
    int error = start_guard();
    if (error != 0) return error;
    log_file = log;
    if (log_file >= 0) {
        log_start = lseek(log_file, 0, SEEK_END);
        log_start_known = log_start >= 0;
        real_out = fcntl(1, F_DUPFD_CLOEXEC, 3);
        real_err = fcntl(2, F_DUPFD_CLOEXEC, 3);
    }
    struct sigaction action;
    memset(&action, 0, sizeof action);
    action.sa_sigaction = crashed;
    action.sa_flags = SA_SIGINFO | SA_ONSTACK;
    sigfillset(&action.sa_mask);
    for (int i = 0; i < CRASHES; i++) sigaction(crashes[i], &action, &before[i]);
    armed = true;
    return 0;
}

int cn_tty_raw(bool wait_for_foreground) {
    if (wait_for_foreground) {
        int result;
        // In the background this raises SIGTTOU, which stops the process until it is brought in front.
        do { result = tcsetattr(tty, TCSANOW, &raw_modes); } while (result != 0 && errno == EINTR);
        if (result != 0) return errno;
    } else {
        int error = set_modes(&raw_modes);
        if (error != 0) return error;
    }
    atomic_store(&on_screen, true);
    return 0;
}

void cn_tty_capture(void) {
    if (log_file < 0) return;
    dup2(log_file, 1);
    dup2(log_file, 2);
}

void cn_tty_disarm(void) {
    cn_tty_restore();
    if (!armed) return;
    armed = false;
    dismiss_guard();
    for (int i = 0; i < CRASHES; i++) sigaction(crashes[i], &before[i], NULL);
    if (real_out >= 0) close(real_out);
    if (real_err >= 0) close(real_err);
    real_out = real_err = log_file = -1;
    log_start_known = 0;
    tty = -1;
}

int cn_tty_stop(void) {
    struct sigaction stop, old;
    memset(&stop, 0, sizeof stop);
    stop.sa_handler = SIG_DFL;
    sigemptyset(&stop.sa_mask);
    if (sigaction(SIGTSTP, &stop, &old) != 0) return errno;
    int error = raise(SIGTSTP) == 0 ? 0 : errno;
    sigaction(SIGTSTP, &old, NULL);
    return error;
}
