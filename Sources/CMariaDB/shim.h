// What Swift cannot import from libmariadb by itself, as flat functions; nothing else.
#pragma once
#include <stddef.h>
#include <stdint.h>
#include <mysql.h>
#include <errmsg.h>
#include <ma_pvio.h>
#include <sys/prctl.h>

/// `mysql_library_init` is a macro.
static inline int cm_library_init(void) { return mysql_server_init(0, NULL, NULL); }

/// Sends one command packet and reads no answer. 0 when it was handed to the socket.
static inline int cm_send_command(MYSQL *mysql, uint8_t command, const uint8_t *payload, size_t length) {
    return mysql->methods->db_command(mysql, (enum enum_server_command)command, (const char *)payload, length, 1, NULL);
}

/// Length of the next packet (its bytes are at `cm_packet`), or -1: the error is in `mysql_errno`.
/// The library's error value is a 32-bit all-ones in an unsigned long.
static inline int64_t cm_read_packet(MYSQL *mysql) {
    unsigned long length = mysql_net_read_packet(mysql);
    return length == (unsigned long)packet_error ? -1 : (int64_t)length;
}

/// The bytes of the packet read last; valid until the next read.
static inline const uint8_t *cm_packet(const MYSQL *mysql) { return mysql->net.read_pos; }

/// Whether bytes of a next packet have already arrived. Bytes still inside the TLS library are not seen: then the answer
/// is no and the next read returns at once.
static inline int cm_has_arrived(const MYSQL *mysql) {
    MARIADB_PVIO *pvio = mysql->net.pvio;
    if (pvio == NULL) return 0;
    if (pvio->cache != NULL && pvio->cache + pvio->cache_size > pvio->cache_pos) return 1;
    ssize_t waiting = 0;
    if (pvio->methods->has_data != NULL && pvio->methods->has_data(pvio, &waiting)) return waiting > 0;
    return 0;
}

/// Whether the library still has a socket. It drops it by itself after a fatal error.
static inline int cm_has_socket(const MYSQL *mysql) { return mysql->net.pvio != NULL; }

/// First row of a stored prepared-statement result: each row's `data` is the raw binary row packet.
static inline const MYSQL_ROWS *cm_stmt_rows(const MYSQL_STMT *stmt) { return stmt->result.data; }

/// Reads one raw binary row of an unbuffered prepared-statement result. 0: a row, 1: an error, 100: no more rows.
static inline int cm_stmt_fetch_raw(MYSQL_STMT *stmt, const uint8_t **row, unsigned long *length) {
    unsigned char *bytes = NULL;
    int answer = stmt->mysql->methods->db_stmt_fetch(stmt, &bytes, length);
    *row = bytes;
    return answer;
}

/// Names the calling thread for debuggers and `ps -L`; `pthread_setname_np` is hidden without _GNU_SOURCE.
static inline void cm_name_thread(const char *name) { prctl(PR_SET_NAME, name, 0, 0, 0); }
