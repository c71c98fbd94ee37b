/* Notes in order everything that a process does to the files below RECORD_ROOT, with its data, in
 * RECORD_LOG. A lock around each call and its note keeps the order true. What it cannot note, it forbids.
 *
 * A note: kind (1 byte), path below the root (length u32, bytes), offset u64, data (length u64, bytes).
 * C create  W write  T truncate to offset  R rename to data  U unlink  D mkdir  X rmdir  S sync  A acknowledge
 */
#define _GNU_SOURCE
#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <pthread.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/types.h>
#include <sys/uio.h>
#include <unistd.h>

static pthread_mutex_t turn = PTHREAD_MUTEX_INITIALIZER;
static char root[PATH_MAX];
static size_t root_len;
static int log_fd = -1;

#define REAL(name) ((__typeof__(&name))real(#name))

static void *real(const char *name) {
    void *found = dlsym(RTLD_NEXT, name);
    if (!found) abort();
    return found;
}

static void put(const void *data, size_t len) {
    const char *at = data;
    while (len > 0) {
        ssize_t n = REAL(write)(log_fd, at, len);
        if (n <= 0) abort();
        at += n;
        len -= (size_t)n;
    }
}

static void note(char kind, const char *path, uint64_t offset, const void *data, uint64_t len) {
    uint32_t path_len = (uint32_t)strlen(path);
    put(&kind, 1);
    put(&path_len, 4);
    put(path, path_len);
    put(&offset, 8);
    put(&len, 8);
    put(data, len);
}

static void forbid(const char *call) {
    fprintf(stderr, "recorder: %s is not recorded\n", call);
    abort();
}

__attribute__((constructor)) static void start(void) {
    const char *where = getenv("RECORD_ROOT"), *to = getenv("RECORD_LOG");
    if (!where || !to || !realpath(where, root)) return;
    root_len = strlen(root);
    log_fd = REAL(open)(to, O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0600);
    if (log_fd < 0) abort();
}

/* The part of an absolute path below the root, or null. */
static const char *below(const char *path) {
    if (log_fd < 0 || strncmp(path, root, root_len) != 0) return NULL;
    if (path[root_len] == 0) return path + root_len;
    return path[root_len] == '/' ? path + root_len + 1 : NULL;
}

/* The name a descriptor goes by at this moment. */
static const char *of_fd(int fd, char *buf) {
    char link[64];
    if (log_fd < 0 || fd == log_fd) return NULL;
    snprintf(link, sizeof link, "/proc/self/fd/%d", fd);
    ssize_t n = readlink(link, buf, PATH_MAX - 1);
    if (n < 0) return NULL;
    buf[n] = 0;
    if (n > 10 && strcmp(buf + n - 10, " (deleted)") == 0) return NULL;
    return below(buf);
}

static const char *of_at(int dir, const char *path, char *buf) {
    if (log_fd < 0) return NULL;
    if (path[0] == '/') return below(path);
    char base[PATH_MAX];
    if (dir == AT_FDCWD) {
        if (!getcwd(base, sizeof base)) return NULL;
    } else if (of_fd(dir, base) == NULL) {
        return NULL;
    }
    if (snprintf(buf, PATH_MAX, "%s/%s", base, path) >= PATH_MAX) return NULL;
    return below(buf);
}

static int do_open(int dir, const char *path, int flags, mode_t mode) {
    char buf[PATH_MAX];
    const char *at = of_at(dir, path, buf);
    if (!at || !(flags & (O_CREAT | O_TRUNC))) return REAL(openat)(dir, path, flags, mode);
    pthread_mutex_lock(&turn);
    int there = REAL(faccessat)(dir, path, F_OK, 0) == 0;
    int fd = REAL(openat)(dir, path, flags, mode);
    int error = errno;
    if (fd >= 0 && !there) note('C', at, 0, NULL, 0);
    if (fd >= 0 && there && (flags & O_TRUNC)) note('T', at, 0, NULL, 0);
    pthread_mutex_unlock(&turn);
    errno = error;
    return fd;
}

#define OPEN(name, args, dir)                                   \
    int name args {                                             \
        mode_t mode = 0;                                        \
        if (flags & (O_CREAT | O_TMPFILE)) {                    \
            va_list rest;                                       \
            va_start(rest, flags);                              \
            mode = va_arg(rest, mode_t);                        \
            va_end(rest);                                       \
        }                                                       \
        return do_open(dir, path, flags, mode);                 \
    }
OPEN(open, (const char *path, int flags, ...), AT_FDCWD)
OPEN(open64, (const char *path, int flags, ...), AT_FDCWD)
OPEN(openat, (int dir, const char *path, int flags, ...), dir)
OPEN(openat64, (int dir, const char *path, int flags, ...), dir)

static ssize_t do_write(int fd, const void *data, size_t len, off_t at, int here) {
    char buf[PATH_MAX];
    const char *path = of_fd(fd, buf);
    if (!path) return here ? REAL(write)(fd, data, len) : REAL(pwrite)(fd, data, len, at);
    pthread_mutex_lock(&turn);
    struct stat now;
    if (here) at = (fcntl(fd, F_GETFL) & O_APPEND) && fstat(fd, &now) == 0 ? now.st_size : lseek(fd, 0, SEEK_CUR);
    ssize_t n = here ? REAL(write)(fd, data, len) : REAL(pwrite)(fd, data, len, at);
    int error = errno;
    if (n > 0) note(strcmp(path, "acks") == 0 ? 'A' : 'W', path, (uint64_t)at, data, (uint64_t)n);
    pthread_mutex_unlock(&turn);
    errno = error;
    return n;
}

ssize_t write(int fd, const void *data, size_t len) { return do_write(fd, data, len, 0, 1); }
ssize_t pwrite(int fd, const void *data, size_t len, off_t at) { return do_write(fd, data, len, at, 0); }
ssize_t pwrite64(int fd, const void *data, size_t len, off_t at) { return do_write(fd, data, len, at, 0); }

static int do_sync(int fd, int (*call)(int)) {
    char buf[PATH_MAX];
    pthread_mutex_lock(&turn);
    const char *path = of_fd(fd, buf);
    int result = call(fd), error = errno;
    if (path && result == 0) note('S', path, 0, NULL, 0);
    pthread_mutex_unlock(&turn);
    errno = error;
    return result;
}

int fsync(int fd) { return do_sync(fd, REAL(fsync)); }
int fdatasync(int fd) { return do_sync(fd, REAL(fdatasync)); }

static int do_truncate(int fd, off_t len) {
    char buf[PATH_MAX];
    pthread_mutex_lock(&turn);
    const char *path = of_fd(fd, buf);
    int result = REAL(ftruncate)(fd, len), error = errno;
    if (path && result == 0) note('T', path, (uint64_t)len, NULL, 0);
    pthread_mutex_unlock(&turn);
    errno = error;
    return result;
}

int ftruncate(int fd, off_t len) { return do_truncate(fd, len); }
int ftruncate64(int fd, off_t len) { return do_truncate(fd, len); }

static int do_name(char kind, int dir, const char *path, int (*call)(int, const char *, int), int arg) {
    char buf[PATH_MAX];
    pthread_mutex_lock(&turn);
    const char *at = of_at(dir, path, buf);
    int result = call(dir, path, arg), error = errno;
    if (at && result == 0) note(kind, at, 0, NULL, 0);
    pthread_mutex_unlock(&turn);
    errno = error;
    return result;
}

static int call_unlink(int dir, const char *path, int flags) { return REAL(unlinkat)(dir, path, flags); }
static int call_mkdir(int dir, const char *path, int mode) { return REAL(mkdirat)(dir, path, (mode_t)mode); }

int unlinkat(int dir, const char *path, int flags) {
    return do_name(flags & AT_REMOVEDIR ? 'X' : 'U', dir, path, call_unlink, flags);
}
int unlink(const char *path) { return do_name('U', AT_FDCWD, path, call_unlink, 0); }
int rmdir(const char *path) { return do_name('X', AT_FDCWD, path, call_unlink, AT_REMOVEDIR); }
int mkdir(const char *path, mode_t mode) { return do_name('D', AT_FDCWD, path, call_mkdir, (int)mode); }

int rename(const char *from, const char *to) {
    pthread_mutex_lock(&turn);
    const char *old = below(from), *new = below(to);
    int result = REAL(rename)(from, to), error = errno;
    if (result == 0 && (old || new)) {
        if (!old || !new) forbid("rename across the root");
        note('R', old, 0, new, strlen(new));
    }
    pthread_mutex_unlock(&turn);
    errno = error;
    return result;
}

#define FORBIDDEN(type, name, params, args, fd)         \
    type name params {                                  \
        char buf[PATH_MAX];                             \
        if (of_fd(fd, buf)) forbid(#name);              \
        return REAL(name) args;                         \
    }
FORBIDDEN(ssize_t, writev, (int fd, const struct iovec *v, int n), (fd, v, n), fd)
FORBIDDEN(ssize_t, pwritev, (int fd, const struct iovec *v, int n, off_t at), (fd, v, n, at), fd)
FORBIDDEN(int, fallocate, (int fd, int mode, off_t at, off_t len), (fd, mode, at, len), fd)
FORBIDDEN(ssize_t, copy_file_range,
          (int in, off_t *at, int fd, off_t *to, size_t len, unsigned flags), (in, at, fd, to, len, flags), fd)
