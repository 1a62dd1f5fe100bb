// Signals become bytes on a pipe, read by the thread that owns the screen.
#define _GNU_SOURCE 1
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <string.h>
#include <unistd.h>
#include "shim.h"

static const int caught[] = {SIGWINCH, SIGTERM, SIGHUP, SIGINT, SIGQUIT, SIGTSTP, SIGCONT};
enum { COUNT = sizeof caught / sizeof caught[0] };
static struct sigaction before[COUNT];
static int ends[2] = {-1, -1};
static volatile sig_atomic_t writing_end = -1;

static void note(int signal) {
    int saved = errno;
    uint8_t byte = (uint8_t)signal;
    // A full pipe already holds news nobody read; one byte more would say nothing new.
    if (writing_end >= 0 && write(writing_end, &byte, 1) < 0) errno = 0;
    errno = saved;
}

int cn_signals_open(void) {
    if (ends[0] >= 0) return -EBUSY;
    if (pipe2(ends, O_CLOEXEC | O_NONBLOCK) != 0) return -errno;
    writing_end = ends[1];
    struct sigaction action;
    memset(&action, 0, sizeof action);
    action.sa_handler = note;
    action.sa_flags = SA_RESTART;
    sigemptyset(&action.sa_mask);
    for (int i = 0; i < COUNT; i++) sigaction(caught[i], &action, &before[i]);
    return ends[0];
}

void cn_signals_close(void) {
    if (ends[0] < 0) return;
    for (int i = 0; i < COUNT; i++) sigaction(caught[i], &before[i], NULL);
    writing_end = -1;
    close(ends[0]);
    close(ends[1]);
    ends[0] = ends[1] = -1;
}
