// Calls functions of C that libraries call, and writes what they do to `stderr`. Compiled as it is, and fortified; NAME says which.

#include <assert.h>
#include <errno.h>
#include <limits.h>
#include <pthread.h>
#include <sched.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>

static pthread_once_t once = PTHREAD_ONCE_INIT;
static pthread_rwlock_t lock = PTHREAD_RWLOCK_INITIALIZER;
static int begun, ended;
static long written;

static void begin(void) {
    begun++;
    sched_yield(); // others come meanwhile
    ended++;
}

static void *run(void *argument) {
    pthread_once(&once, begin);
    if (ended != 1) {
        fputs("it was not done\n", stderr);
    }
    for (int round = 0; round < 99; round++) {
        if ((round + *(int *)argument) % 3 == 0) {
            pthread_rwlock_wrlock(&lock);
            long before = written;
            sched_yield();
            written = before + 1;
        } else {
            pthread_rwlock_rdlock(&lock);
            long before = written;
            sched_yield();
            if (written != before) {
                fputs("it was written while it was read\n", stderr);
            }
        }
        pthread_rwlock_unlock(&lock);
    }
    return NULL;
}

static void threads(void) {
    pthread_t all[4];
    int numbers[4];
    for (int index = 0; index < 4; index++) {
        numbers[index] = index;
        pthread_create(&all[index], NULL, run, &numbers[index]);
    }
    for (int index = 0; index < 4; index++) {
        pthread_join(all[index], NULL);
    }
    fprintf(stderr, "begun %d, written %ld\n", begun, written);
    int read = pthread_rwlock_tryrdlock(&lock);
    int write = pthread_rwlock_trywrlock(&lock);
    pthread_rwlock_unlock(&lock);
    fprintf(stderr, "%d %d %d\n", read, write == EBUSY, pthread_rwlock_destroy(&lock));
}

static int compare(const void *one, const void *other) {
    return *(const int *)one - *(const int *)other;
}

// More arguments than there are registers, by way of a `va_list` of the compiler's own.
static void report(const char *pattern, ...) {
    char text[200];
    va_list arguments, again;
    va_start(arguments, pattern);
    va_copy(again, arguments);
    int count = vsnprintf(text, 10, pattern, arguments);
    fprintf(stderr, "%d %s\n", count, text);
    vsnprintf(text, sizeof text, pattern, again);
    fputs(text, stderr);
    fputc('\n', stderr);
    va_end(again);
    va_end(arguments);
}

static void texts(void) {
    report("%d%%|%-5s|%5.2s|%#x|%08lx|%+lld|%c|%zu|%p", -7, "ab", "cde", 255u, 0xdeadbeefUL, 9LL, 'x', sizeof(int), NULL);
    uint64_t value = 0;
    int count = sscanf("  0x12ab rest", "%lx", (unsigned long *)&value);
    fprintf(stderr, "%d %lu\n", count, (unsigned long)value);
    char *end;
    errno = 0;
    long number = strtol("99999999999999999999!", &end, 10);
    fprintf(stderr, "%d %d %s\n", number == LONG_MAX, errno == ERANGE, end);
    int items[] = {2, 3, 5, 7, 11}, key = 7;
    int *found = bsearch(&key, items, 5, sizeof(int), compare);
    fprintf(stderr, "%td\n", found - items);
    fwrite("written\n", 2, 4, stderr);
    fflush(stderr);
}

static void memory(void) {
    struct stat status;
    fprintf(stderr, "%d\n", stat("/nowhere", &status));
    perror("stat");
    stat("/tmp", &status);
    char *page = mmap(NULL, 4096, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    fprintf(stderr, "%d %d %d\n", S_ISDIR(status.st_mode), page != MAP_FAILED, page[4095]);
    fprintf(stderr, "%d %d\n", madvise(page, 4096, -1), madvise(page, 4096, MADV_WIPEONFORK));
    munmap(page, 4096);
}

void NAME(int fails) {
    threads();
    texts();
    memory();
    assert(!fails && "it fails");
}
