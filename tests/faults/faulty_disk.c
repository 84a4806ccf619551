/* Library for LD_PRELOAD that interrupts a process at its n-th change of a folder, or makes the change fail.

   Changes are calls that create, write, flush, rename or remove a file or folder below the folder. Processes that the
   process starts are included. The settings are environment variables, read when the library is loaded and by
   faulty_disk_start():

   FAULTY_FOLDER   the folder, an absolute path without links
   FAULTY_COUNTER  file of 8 bytes, mapped by all processes: the number of changes so far
   FAULTY_AT       number of the change, counted from 0; -1: only count
   FAULTY_ERROR    0: write half of the bytes, then kill the process group; ENOSPC: this and all later changes that need
                   space fail, as on a full disk; another error number: this change fails

   Not counted are calls that the C library makes itself, such as those of fwrite(), and static programs. */
#define _GNU_SOURCE
#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <signal.h>
#include <stdarg.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/sendfile.h>
#include <sys/stat.h>
#include <sys/uio.h>
#include <unistd.h>

static char folder[PATH_MAX];
static atomic_long *counter;
static long at;
static int error;

static __typeof__(open) *real_open, *real_open64;
static __typeof__(openat) *real_openat, *real_openat64;
static __typeof__(write) *real_write;

__attribute__((constructor)) void faulty_disk_start(void) {
    real_open = dlsym(RTLD_NEXT, "open");
    real_open64 = dlsym(RTLD_NEXT, "open64");
    real_openat = dlsym(RTLD_NEXT, "openat");
    real_openat64 = dlsym(RTLD_NEXT, "openat64");
    real_write = dlsym(RTLD_NEXT, "write");
    counter = NULL;
    const char *path = getenv("FAULTY_FOLDER"), *count = getenv("FAULTY_COUNTER");
    if (!path || !count) return;
    snprintf(folder, sizeof folder, "%s", path);
    at = atol(getenv("FAULTY_AT"));
    error = atoi(getenv("FAULTY_ERROR"));
    int file = real_open(count, O_RDWR | O_CLOEXEC);
    void *mapped = file < 0 ? MAP_FAILED : mmap(NULL, 8, PROT_READ | PROT_WRITE, MAP_SHARED, file, 0);
    if (mapped == MAP_FAILED) abort();
    close(file);
    counter = mapped;
}

static int is_below(const char *path) {
    size_t length = strlen(folder);
    return !strncmp(path, folder, length) && (path[length] == '/' || !path[length]);
}

static int path_of(int file, char *path) {
    char link[40];
    snprintf(link, sizeof link, "/proc/self/fd/%d", file);
    ssize_t length = readlink(link, path, PATH_MAX - 1);
    path[length < 0 ? 0 : length] = 0;
    return length > 0;
}

static int file_is_below(int file) {
    char path[PATH_MAX];
    return path_of(file, path) && is_below(path);
}

static int path_is_below(int start, const char *path) {
    char whole[2 * PATH_MAX];
    if (path[0] == '/') return is_below(path);
    if (!(start == AT_FDCWD ? getcwd(whole, PATH_MAX) != NULL : path_of(start, whole))) return 0;
    strcat(strcat(whole, "/"), path);
    return is_below(whole);
}

/* Count a change. Returns 1 if it has to fail, with errno set; -1 if the process has to be killed in it. */
static int fails(int needs_space) {
    long number = atomic_fetch_add(counter, 1);
    if (at < 0 || number < at) return 0;
    if (error == 0) return number == at ? -1 : 0;
    if (error == ENOSPC ? !needs_space : number != at) return 0;
    errno = error;
    return 1;
}

static int interrupted(int needs_space) {
    int result = fails(needs_space);
    if (result < 0) kill(0, SIGKILL);
    return result;
}

#define OPEN(name, real, parameters, arguments, at_folder)                                            \
    int name parameters {                                                                             \
        mode_t mode = 0;                                                                              \
        if (flags & (O_CREAT | __O_TMPFILE)) {                                                        \
            va_list list;                                                                             \
            va_start(list, flags);                                                                    \
            mode = va_arg(list, mode_t);                                                              \
            va_end(list);                                                                             \
        }                                                                                             \
        if (counter && flags & (O_CREAT | O_TRUNC) && path_is_below(at_folder, path) && interrupted(1)) return -1; \
        return real arguments;                                                                        \
    }
OPEN(open, real_open, (const char *path, int flags, ...), (path, flags, mode), AT_FDCWD)
OPEN(open64, real_open64, (const char *path, int flags, ...), (path, flags, mode), AT_FDCWD)
OPEN(openat, real_openat, (int at_folder, const char *path, int flags, ...), (at_folder, path, flags, mode), at_folder)
OPEN(openat64, real_openat64, (int at_folder, const char *path, int flags, ...), (at_folder, path, flags, mode), at_folder)

ssize_t write(int file, const void *bytes, size_t length) {
    if (counter && file_is_below(file)) {
        int result = fails(1);
        if (result < 0) {
            real_write(file, bytes, length / 2);
            kill(0, SIGKILL);
        }
        if (result) return -1;
    }
    return real_write(file, bytes, length);
}

#define CALL(type, name, parameters, arguments, below, needs_space)           \
    type name parameters {                                                    \
        static __typeof__(name) *real;                                        \
        if (!real) real = dlsym(RTLD_NEXT, #name);                            \
        if (counter && (below) && interrupted(needs_space)) return -1;        \
        return real arguments;                                                \
    }
CALL(ssize_t, pwrite, (int file, const void *bytes, size_t n, off_t from), (file, bytes, n, from), file_is_below(file), 1)
CALL(ssize_t, writev, (int file, const struct iovec *parts, int n), (file, parts, n), file_is_below(file), 1)
CALL(ssize_t, sendfile, (int to, int from, off_t *start, size_t n), (to, from, start, n), file_is_below(to), 1)
CALL(ssize_t, sendfile64, (int to, int from, off64_t *start, size_t n), (to, from, start, n), file_is_below(to), 1)
CALL(int, fsync, (int file), (file), file_is_below(file), 1)
CALL(int, ftruncate, (int file, off_t length), (file, length), file_is_below(file), 0)
CALL(int, ftruncate64, (int file, off64_t length), (file, length), file_is_below(file), 0)
CALL(int, rename, (const char *old, const char *new), (old, new), path_is_below(AT_FDCWD, new), 1)
CALL(int, link, (const char *old, const char *new), (old, new), path_is_below(AT_FDCWD, new), 1)
CALL(int, symlink, (const char *old, const char *new), (old, new), path_is_below(AT_FDCWD, new), 1)
CALL(int, mkdir, (const char *path, mode_t mode), (path, mode), path_is_below(AT_FDCWD, path), 1)
CALL(int, unlink, (const char *path), (path), path_is_below(AT_FDCWD, path), 0)
CALL(int, rmdir, (const char *path), (path), path_is_below(AT_FDCWD, path), 0)
CALL(int, unlinkat, (int in, const char *path, int flags), (in, path, flags), path_is_below(in, path), 0)
