/* Counts what a process changes below one folder, and lets one of these calls fail, or be the last thing it does.
 *
 * Preloaded into the zygote; a child calls faults_begin() and is then watched. Calls on other paths pass untouched.
 */
#define _GNU_SOURCE
#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <signal.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/types.h>
#include <unistd.h>

#define MOST_FILES 4096

static char folder[PATH_MAX];
static size_t length;
static long count, chosen;
static int failure; /* an errno, or 0 for a kill */
static pid_t watched;
static char below[MOST_FILES]; /* which descriptors are of files in the folder */

#define REAL(name, type, ...) \
    static type (*real)(__VA_ARGS__); \
    if (!real) real = (type (*)(__VA_ARGS__))dlsym(RTLD_NEXT, #name)

/* Watch this process from now on: call number `when` below `path` fails with `error`, or kills it if that is 0. */
void faults_begin(const char *path, long when, int error) {
    strncpy(folder, path, sizeof folder - 1);
    length = strlen(folder);
    count = 0, chosen = when, failure = error, watched = getpid();
}

long faults_count(void) { return count; }

static int inside(const char *path) {
    char whole[PATH_MAX], here[PATH_MAX];
    if (!length || getpid() != watched || !path) return 0;
    if (path[0] == '/') return !strncmp(path, folder, length);
    if (!getcwd(here, sizeof here)) return 0;
    snprintf(whole, sizeof whole, "%s/%s", here, path);
    return !strncmp(whole, folder, length);
}

static int open_inside(int file) { return file >= 0 && file < MOST_FILES && below[file] && getpid() == watched; }

/* Whether this call is to fail. */
static int fails(void) {
    if (++count != chosen) return 0;
    if (!failure) kill(getpid(), SIGKILL);
    errno = failure;
    return 1;
}

static int opened(const char *path, int file) {
    if (file >= 0 && file < MOST_FILES) below[file] = inside(path);
    return file;
}

#define OPEN(name) \
    int name(const char *path, int flags, ...) { \
        mode_t mode = 0; \
        if (flags & (O_CREAT | __O_TMPFILE)) { va_list rest; va_start(rest, flags); mode = va_arg(rest, mode_t); va_end(rest); } \
        REAL(name, int, const char *, int, ...); \
        if ((flags & O_CREAT) && inside(path) && fails()) return -1; \
        return opened(path, real(path, flags, mode)); \
    }
OPEN(open)
OPEN(open64)

#define OPENAT(name) \
    int name(int base, const char *path, int flags, ...) { \
        mode_t mode = 0; \
        if (flags & (O_CREAT | __O_TMPFILE)) { va_list rest; va_start(rest, flags); mode = va_arg(rest, mode_t); va_end(rest); } \
        REAL(name, int, int, const char *, int, ...); \
        if ((flags & O_CREAT) && base == AT_FDCWD && inside(path) && fails()) return -1; \
        return base == AT_FDCWD ? opened(path, real(base, path, flags, mode)) : real(base, path, flags, mode); \
    }
OPENAT(openat)
OPENAT(openat64)

int close(int file) {
    REAL(close, int, int);
    if (file >= 0 && file < MOST_FILES) below[file] = 0;
    return real(file);
}

ssize_t write(int file, const void *bytes, size_t size) {
    REAL(write, ssize_t, int, const void *, size_t);
    if (open_inside(file) && fails()) return -1;
    return real(file, bytes, size);
}

ssize_t pwrite64(int file, const void *bytes, size_t size, off64_t place) {
    REAL(pwrite64, ssize_t, int, const void *, size_t, off64_t);
    if (open_inside(file) && fails()) return -1;
    return real(file, bytes, size, place);
}

int fsync(int file) {
    REAL(fsync, int, int);
    if (open_inside(file) && fails()) return -1;
    return real(file);
}

int rename(const char *from, const char *to) {
    REAL(rename, int, const char *, const char *);
    if ((inside(from) || inside(to)) && fails()) return -1;
    return real(from, to);
}

int mkdir(const char *path, mode_t mode) {
    REAL(mkdir, int, const char *, mode_t);
    if (inside(path) && fails()) return -1;
    return real(path, mode);
}

int link(const char *from, const char *to) {
    REAL(link, int, const char *, const char *);
    if (inside(to) && fails()) return -1;
    return real(from, to);
}

int unlink(const char *path) {
    REAL(unlink, int, const char *);
    if (inside(path) && fails()) return -1;
    return real(path);
}

int rmdir(const char *path) {
    REAL(rmdir, int, const char *);
    if (inside(path) && fails()) return -1;
    return real(path);
}

/* What is removed by a path relative to an open folder, as shutil.rmtree does. */
int unlinkat(int base, const char *path, int flags) {
    REAL(unlinkat, int, int, const char *, int);
    if ((base == AT_FDCWD ? inside(path) : open_inside(base)) && fails()) return -1;
    return real(base, path, flags);
}

int truncate64(const char *path, off64_t size) {
    REAL(truncate64, int, const char *, off64_t);
    if (inside(path) && fails()) return -1;
    return real(path, size);
}
