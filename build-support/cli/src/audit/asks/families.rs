//! The functions of C that a program may ask for, by family, and the files of the runtime's `posix` that have them.
//!
//! A test checks that every function that the runtime has is in one family, or [`ORDINARY`].

/// The functions of one family, from one file: texts, with a blank between names.
pub(in crate::audit) struct Part {
    pub(in crate::audit) family: &'static str,
    /// Below `unikernel-rt/src/posix`; empty where an application defines them, which `without` leaves out.
    pub(in crate::audit) file: &'static str,
    names: &'static str,
}

impl Part {
    pub(in crate::audit) fn names(&self) -> impl Iterator<Item = &'static str> {
        self.names.split_whitespace()
    }
}

const fn part(family: &'static str, file: &'static str, names: &'static str) -> Part {
    Part { family, file, names }
}

/// The families, in the order that they are shown in.
pub(in crate::audit) const FAMILIES: &[Part] = &[
    part(
        "processes",
        "",
        "execv execve execvp fork pidfd_open pidfd_send_signal posix_spawn posix_spawn_file_actions_addclose \
         posix_spawn_file_actions_adddup2 posix_spawn_file_actions_addopen posix_spawn_file_actions_destroy \
         posix_spawn_file_actions_init posix_spawnattr_destroy posix_spawnattr_init posix_spawnattr_setflags \
         posix_spawnattr_setpgroup posix_spawnattr_setsigdefault posix_spawnattr_setsigmask posix_spawnp setgid \
         setgroups setpgid setsid setuid vfork wait wait4 waitid waitpid",
    ),
    part("processes", "environment", "getpwuid_r"),
    part("processes", "processes", "getegid geteuid getgid getpid getppid getuid kill"),
    part(
        "threads",
        "keys",
        "__cxa_thread_atexit_impl pthread_getspecific pthread_key_create pthread_key_delete pthread_setspecific",
    ),
    part(
        "threads",
        "pthread",
        "gettid pthread_atfork pthread_attr_destroy pthread_attr_getguardsize pthread_attr_getstack \
         pthread_attr_init pthread_attr_setdetachstate pthread_attr_setstacksize pthread_create pthread_detach \
         pthread_equal pthread_exit pthread_getattr_np pthread_join pthread_self pthread_setname_np sched_getaffinity \
         sched_yield",
    ),
    part(
        "threads",
        "pthread_mutex",
        "pthread_mutex_destroy pthread_mutex_init pthread_mutex_lock pthread_mutex_trylock pthread_mutex_unlock \
         pthread_mutexattr_destroy pthread_mutexattr_init pthread_mutexattr_settype",
    ),
    part("threads", "pthread_once", "pthread_once"),
    part(
        "threads",
        "pthread_rwlock",
        "pthread_rwlock_destroy pthread_rwlock_init pthread_rwlock_rdlock pthread_rwlock_tryrdlock \
         pthread_rwlock_trywrlock pthread_rwlock_unlock pthread_rwlock_wrlock",
    ),
    part("sockets", "", "recvmmsg sendmmsg"),
    part("sockets", "local", "recv send shutdown socketpair"),
    part("sockets", "sockets/calls", "accept accept4 bind connect getpeername getsockname listen socket"),
    part("sockets", "sockets/messages", "recvfrom recvmsg sendmsg sendto"),
    part("sockets", "sockets/options", "getsockopt setsockopt"),
    part("names", "environment", "gethostname"),
    part("names", "sockets/names", "__res_init freeaddrinfo gai_strerror getaddrinfo"),
    part("readiness", "epoll", "epoll_create1 epoll_ctl epoll_pwait epoll_wait"),
    part("readiness", "eventfd", "eventfd"),
    part("readiness", "pipe", "pipe pipe2"),
    part("readiness", "poll", "poll"),
    part("readiness", "refused", "timerfd_create timerfd_settime"),
    part("files", "descriptors", "fdatasync fsync ftruncate64 lseek64 pread64 pwrite64"),
    part("files", "locks", "flock"),
    part(
        "files",
        "files/change",
        "chmod chown chroot copy_file_range fchmod fchown futimens lchown linkat mkdir mkfifo rename rmdir \
         sendfile64 splice symlink unlink unlinkat utimensat utimes",
    ),
    part("files", "files/directory", "closedir dirfd fdopendir opendir readdir64"),
    part("files", "files/open", "access open open64 openat64"),
    part("files", "files/path", "chdir getcwd realpath"),
    part("files", "files/status", "fstat fstat64 fstatat64 lstat64 readlink stat stat64"),
    part("files", "vectors", "preadv pwritev"),
    part("descriptors", "descriptors", "close dup dup2 fcntl ioctl isatty read write"),
    part("descriptors", "locks", "fcntl64"),
    part("descriptors", "printing", "__fprintf_chk __vfprintf_chk fprintf vfprintf"),
    part("descriptors", "streams", "fflush fputc fputs fwrite perror"),
    part("descriptors", "vectors", "readv writev"),
    part("time", "calendar", "gmtime_r localtime_r tzset"),
    part("time", "clocks", "clock_gettime clock_nanosleep gettimeofday nanosleep time"),
    part("random", "random", "getrandom"),
    part(
        "environment",
        "environment",
        "getauxval getenv getpagesize gnu_get_libc_version setenv sysconf uname unsetenv",
    ),
    part(
        "signals",
        "signals",
        "__libc_current_sigrtmax __libc_current_sigrtmin pause pthread_sigmask raise sigaction sigaddset \
         sigaltstack sigemptyset signal",
    ),
    part("memory", "heap", "aligned_alloc calloc free malloc malloc_usable_size posix_memalign realloc"),
    part("memory", "pages", "madvise mmap mmap64 mprotect mremap munmap"),
    part("end", "printing", "__assert_fail"),
    part("end", "processes", "__stack_chk_fail _exit abort exit"),
    part("end", "start", "atexit"),
    part("by number", "syscall", "syscall"),
    part("libraries", "", "dlclose dlerror dlopen"),
    part("libraries", "libraries", "dlsym"),
    part("libraries", "unwind", "dl_iterate_phdr"),
];

/// Functions that ask for nothing: they compute, or tell of the last error.
#[cfg(test)]
pub(in crate::audit) const ORDINARY: &[&str] = &[
    "__errno_location",
    "__memcpy_chk",
    "__memmove_chk",
    "__memset_chk",
    "__vsnprintf_chk",
    "__xpg_strerror_r",
    "bsearch",
    "ldexp",
    "ldexpf",
    "lgamma_r",
    "lgammaf_r",
    "memchr",
    "qsort",
    "strchr",
    "strcmp",
    "strcspn",
    "strlen",
    "strncmp",
    "strnlen",
    "strrchr",
    "strspn",
    "vsnprintf",
];
