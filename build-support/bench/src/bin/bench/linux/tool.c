/* What the Linux guest needs besides nginx, as fair as can be: a sink for TCP, and a program that does to a disk just what our
 * kernel `bench_disk` does, with direct I/O, synchronously and by the kernel's own asynchronous interface. */
#define _GNU_SOURCE
#include <arpa/inet.h>
#include <fcntl.h>
#include <linux/aio_abi.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mount.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>

enum { MOST_BYTES = 1 << 20, MOST_AT_ONCE = 16, SINK_BYTES = 256 << 10 };

static void check(long result, const char *what) {
    if (result < 0) {
        perror(what);
        exit(1);
    }
}

static int sink(int port) {
    static char buffer[SINK_BYTES];
    struct sockaddr_in address = { .sin_family = AF_INET, .sin_port = htons((uint16_t)port) };
    int listener = socket(AF_INET, SOCK_STREAM, 0), yes = 1;
    check(listener, "socket");
    check(setsockopt(listener, SOL_SOCKET, SO_REUSEADDR, &yes, sizeof yes), "setsockopt");
    check(bind(listener, (struct sockaddr *)&address, sizeof address), "bind");
    check(listen(listener, 8), "listen");
    for (;;) {
        int stream = accept(listener, NULL, NULL);
        if (stream >= 0) {
            while (read(stream, buffer, sizeof buffer) > 0) {
            }
            close(stream);
        }
    }
}

static uint64_t now_ns(void) {
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    return (uint64_t)now.tv_sec * 1000000000 + (uint64_t)now.tv_nsec;
}

/* `depth` requests are begun together and waited for together, `count` in all. */
static void transfer(int disk, uint64_t disk_bytes, char *buffers, size_t bytes, int depth, long count, int is_write) {
    static aio_context_t context;
    if (!context) {
        check(syscall(SYS_io_setup, MOST_AT_ONCE, &context), "io_setup");
    }
    uint64_t places = disk_bytes / bytes, next = 0;
    for (long left = count; left > 0; left -= depth) {
        if (depth == 1) {
            off_t at = (off_t)(next++ % places * bytes);
            check(is_write ? pwrite(disk, buffers, bytes, at) : pread(disk, buffers, bytes, at), "transfer");
            continue;
        }
        struct iocb requests[MOST_AT_ONCE], *all[MOST_AT_ONCE];
        struct io_event events[MOST_AT_ONCE];
        for (int i = 0; i < depth; i++) {
            requests[i] = (struct iocb){
                .aio_lio_opcode = is_write ? IOCB_CMD_PWRITE : IOCB_CMD_PREAD,
                .aio_fildes = (uint32_t)disk,
                .aio_buf = (uint64_t)(uintptr_t)(buffers + (size_t)i * MOST_BYTES),
                .aio_nbytes = bytes,
                .aio_offset = (int64_t)(next++ % places * bytes),
            };
            all[i] = &requests[i];
        }
        check(syscall(SYS_io_submit, context, depth, all), "io_submit");
        check(syscall(SYS_io_getevents, context, depth, depth, events, NULL), "io_getevents");
    }
}

static int measure(const char *path, long times) {
    static const struct { size_t bytes; long count; } sizes[] = { { 512, 4096 }, { 4096, 4096 }, { 64 << 10, 2048 }, { 1 << 20, 256 } };
    int disk = open(path, O_RDWR | O_DIRECT);
    check(disk, path);
    uint64_t disk_bytes;
    check(ioctl(disk, BLKGETSIZE64, &disk_bytes), "BLKGETSIZE64");
    char *buffers = aligned_alloc(4096, (size_t)MOST_BYTES * MOST_AT_ONCE);
    memset(buffers, 1, (size_t)MOST_BYTES * MOST_AT_ONCE); /* all of it is there before it is measured */
    for (size_t s = 0; s < sizeof sizes / sizeof *sizes; s++) {
        for (int depth = 1; depth <= MOST_AT_ONCE; depth += MOST_AT_ONCE - 1) {
            for (int is_write = 0; is_write <= 1; is_write++) {
                long count = sizes[s].count * times;
                uint64_t began = now_ns();
                transfer(disk, disk_bytes, buffers, sizes[s].bytes, depth, count, is_write);
                printf("disk %s %zu %d %ld %llu\n", is_write ? "write" : "read", sizes[s].bytes, depth, count,
                       (unsigned long long)(now_ns() - began));
                fflush(stdout);
            }
        }
    }
    puts("disk done");
    fflush(stdout);
    return 0;
}

int main(int argc, char **argv) {
    if (argc == 3 && strcmp(argv[1], "sink") == 0) {
        return sink(atoi(argv[2]));
    }
    if (argc == 4 && strcmp(argv[1], "disk") == 0) {
        return measure(argv[2], atol(argv[3]));
    }
    if (argc == 2 && strcmp(argv[1], "wait") == 0) {
        for (;;) {
            pause();
        }
    }
    return 2;
}
