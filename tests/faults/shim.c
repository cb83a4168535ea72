/* Counts what a process changes below one folder, and lets one of these calls fail, or be the last thing it does.
 *
 * Preloaded into the zygote; a child calls faults_begin() and is then watched. Calls on other paths pass untouched.
 * After faults_record() each call that has changed something is also written to a file, with its bytes (`power.py`).
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
#include <sys/syscall.h>
#include <sys/types.h>
#include <unistd.h>

#define MOST_FILES 4096

static char folder[PATH_MAX];
static size_t length;
static long count, chosen;
static int failure; /* an errno, or 0 for a kill */
static pid_t watched;
static char below[MOST_FILES]; /* which descriptors are of files in the folder */
static int journal = -1;

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

/* ------------------------------------------------------------------------------------------------ the journal */

/* Write to the file at `path` what changes below the folder that faults_begin() was given. */
void faults_record(const char *path) { journal = open(path, O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0666); }

/* One change: a line of fields between tabs, and `size` bytes behind it. */
static void note(const char *what, ino_t node, off_t place, size_t size, const void *bytes, const char *path, const char *to) {
    char line[2 * PATH_MAX + 128];
    int kept = errno;
    int n = snprintf(line, sizeof line, "%s\t%lu\t%ld\t%zu\t%s\t%s\n", what, (unsigned long)node, (long)place, size, path, to);
    syscall(SYS_write, journal, line, (size_t)n);
    for (size_t done = 0; done < size;) {
        ssize_t more = syscall(SYS_write, journal, (const char *)bytes + done, size - done);
        if (more <= 0) abort();
        done += (size_t)more;
    }
    errno = kept;
}

/* A mark of the program's own among the changes. */
void faults_mark(const char *what) { note("mark", 0, 0, 0, "", what, ""); }

static int recording(void) { return journal >= 0 && getpid() == watched; }

/* The whole path of one that is relative to a folder. */
static const char *whole(int base, const char *path, char *into) {
    char link[64], folder_of[PATH_MAX];
    if (path[0] == '/') return path;
    if (base == AT_FDCWD) {
        if (!getcwd(folder_of, sizeof folder_of)) return path;
    } else {
        snprintf(link, sizeof link, "/proc/self/fd/%d", base);
        ssize_t n = readlink(link, folder_of, sizeof folder_of - 1);
        folder_of[n > 0 ? n : 0] = 0;
    }
    snprintf(into, PATH_MAX, "%s/%s", folder_of, path);
    return into;
}

static ino_t node_of(const char *path) {
    struct stat about;
    return lstat(path, &about) ? 0 : about.st_ino;
}

/* Journal a change of names; the node is that of `path` afterwards, or was before where it is gone. */
static void note_name(const char *what, int base, const char *path, const char *to, ino_t node) {
    char one[PATH_MAX], other[PATH_MAX];
    if (!recording()) return;
    const char *from = whole(base, path, one), *target = to ? whole(AT_FDCWD, to, other) : "";
    if (!inside(from) && !(to && inside(target))) return;
    note(what, node ? node : node_of(to ? target : from), 0, 0, "", from, target);
}

/* Journal a change of the file behind a descriptor. */
static void note_file(const char *what, int file, off_t place, size_t size, const void *bytes) {
    struct stat about;
    char path[PATH_MAX], link[64];
    if (!recording() || file == journal) return;
    snprintf(link, sizeof link, "/proc/self/fd/%d", file);
    ssize_t n = readlink(link, path, sizeof path - 1);
    path[n > 0 ? n : 0] = 0;
    if (path[0] != '/' || !inside(path) || fstat(file, &about)) return;
    note(what, about.st_ino, place, size, bytes, path, "");
}

/* Journal an open that has made a file or emptied one; `node` was there before. */
static int note_open(int base, const char *path, int flags, ino_t node, int file) {
    if (file >= 0 && recording() && (flags & O_CREAT) && !node) note_name("create", base, path, NULL, 0);
    if (file >= 0 && recording() && (flags & O_TRUNC) && node) note_file("truncate", file, 0, 0, "");
    return file;
}

static ino_t before(int base, const char *path) {
    char one[PATH_MAX];
    return recording() ? node_of(whole(base, path, one)) : 0;
}

/* ------------------------------------------------------------------------------------------------ the calls */

#define OPEN(name) \
    int name(const char *path, int flags, ...) { \
        mode_t mode = 0; \
        if (flags & (O_CREAT | __O_TMPFILE)) { va_list rest; va_start(rest, flags); mode = va_arg(rest, mode_t); va_end(rest); } \
        REAL(name, int, const char *, int, ...); \
        if ((flags & O_CREAT) && inside(path) && fails()) return -1; \
        ino_t node = before(AT_FDCWD, path); \
        return note_open(AT_FDCWD, path, flags, node, opened(path, real(path, flags, mode))); \
    }
OPEN(open)
OPEN(open64)

#define OPENAT(name) \
    int name(int base, const char *path, int flags, ...) { \
        mode_t mode = 0; \
        if (flags & (O_CREAT | __O_TMPFILE)) { va_list rest; va_start(rest, flags); mode = va_arg(rest, mode_t); va_end(rest); } \
        REAL(name, int, int, const char *, int, ...); \
        if ((flags & O_CREAT) && base == AT_FDCWD && inside(path) && fails()) return -1; \
        ino_t node = before(base, path); \
        int file = real(base, path, flags, mode); \
        return note_open(base, path, flags, node, base == AT_FDCWD ? opened(path, file) : file); \
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
    ssize_t done = real(file, bytes, size);
    if (done > 0 && recording()) note_file("write", file, lseek(file, 0, SEEK_CUR) - done, (size_t)done, bytes);
    return done;
}

ssize_t pwrite64(int file, const void *bytes, size_t size, off_t place) {
    REAL(pwrite64, ssize_t, int, const void *, size_t, off_t);
    if (open_inside(file) && fails()) return -1;
    ssize_t done = real(file, bytes, size, place);
    if (done > 0) note_file("write", file, place, (size_t)done, bytes);
    return done;
}

int fsync(int file) {
    REAL(fsync, int, int);
    if (open_inside(file) && fails()) return -1;
    int failed = real(file);
    if (!failed) note_file("fsync", file, 0, 0, "");
    return failed;
}

int rename(const char *from, const char *to) {
    REAL(rename, int, const char *, const char *);
    if ((inside(from) || inside(to)) && fails()) return -1;
    int failed = real(from, to);
    if (!failed) note_name("rename", AT_FDCWD, from, to, 0);
    return failed;
}

int mkdir(const char *path, mode_t mode) {
    REAL(mkdir, int, const char *, mode_t);
    if (inside(path) && fails()) return -1;
    int failed = real(path, mode);
    if (!failed) note_name("mkdir", AT_FDCWD, path, NULL, 0);
    return failed;
}

int link(const char *from, const char *to) {
    REAL(link, int, const char *, const char *);
    if (inside(to) && fails()) return -1;
    int failed = real(from, to);
    if (!failed) note_name("link", AT_FDCWD, from, to, 0);
    return failed;
}

int unlink(const char *path) {
    REAL(unlink, int, const char *);
    if (inside(path) && fails()) return -1;
    ino_t node = before(AT_FDCWD, path);
    int failed = real(path);
    if (!failed) note_name("remove", AT_FDCWD, path, NULL, node);
    return failed;
}

int rmdir(const char *path) {
    REAL(rmdir, int, const char *);
    if (inside(path) && fails()) return -1;
    ino_t node = before(AT_FDCWD, path);
    int failed = real(path);
    if (!failed) note_name("remove", AT_FDCWD, path, NULL, node);
    return failed;
}

/* What is removed by a path relative to an open folder, as shutil.rmtree does. */
int unlinkat(int base, const char *path, int flags) {
    REAL(unlinkat, int, int, const char *, int);
    if ((base == AT_FDCWD ? inside(path) : open_inside(base)) && fails()) return -1;
    ino_t node = before(base, path);
    int failed = real(base, path, flags);
    if (!failed) note_name("remove", base, path, NULL, node);
    return failed;
}

int truncate64(const char *path, off_t size) {
    REAL(truncate64, int, const char *, off_t);
    if (inside(path) && fails()) return -1;
    int failed = real(path, size);
    char one[PATH_MAX];
    if (!failed && recording() && inside(path)) note("truncate", node_of(path), size, 0, "", whole(AT_FDCWD, path, one), "");
    return failed;
}

int ftruncate64(int file, off_t size) {
    REAL(ftruncate64, int, int, off_t);
    if (open_inside(file) && fails()) return -1;
    int failed = real(file, size);
    if (!failed) note_file("truncate", file, size, 0, "");
    return failed;
}

/* Changes nothing that a trial looks at, but tells where a file is that was renamed by a system call of its own, as
 * safetensors renames what it has written. */
int chmod(const char *path, mode_t mode) {
    REAL(chmod, int, const char *, mode_t);
    int failed = real(path, mode);
    if (!failed) note_name("seen", AT_FDCWD, path, NULL, 0);
    return failed;
}
