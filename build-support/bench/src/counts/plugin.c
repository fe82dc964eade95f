/* Counts what a guest executes, exactly: a plugin for QEMU's TCG.
 *
 *   qemu-system-x86_64 -plugin counts.so,NAME=ADDRESS,...[,counters=FILE][,devices=on] ...
 *
 * When an address is first executed, and at the end, one line goes to standard error:
 *
 *   counts NAME instructions=N port_io=N halts=N interrupts=N device_io=N notifications=N
 *
 * Each iteration of a repeated string instruction counts as an instruction. What is returned from with `iret` is counted as an
 * interrupt: exceptions are, too. `devices=on` counts accesses to the registers of devices in memory, and those among them
 * that notify a virtio device; the point `first_frame` is the first notification of a network card's transmit queue. It looks
 * at every access to memory, which makes the guest several times slower.
 *
 * FILE, at least a page, is mapped and holds the counters as they are, in the order of `struct counters`: whoever started the
 * machine reads them whenever he likes.
 */
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "qemu-plugin.h"

enum { MOST_POINTS = 64, NAME_BYTES = 48, TRANSMIT_QUEUE = 1, NOTIFY_STRIDE = 4, PAGE = 4096 };

struct counters {
    uint64_t instructions, port_io, halts, interrupts, device_io, notifications;
    uint64_t idle;  /* whether the processor waits for an interrupt */
    uint64_t idles; /* how often it began to */
};

static struct counters own, *counters = &own;
static bool counts_devices, saw_frame;
static struct point {
    uint64_t address;
    char name[NAME_BYTES];
    bool reached;
} points[MOST_POINTS];
static size_t point_count;

static void report(const char *name) {
    fprintf(stderr, "counts %s instructions=%llu port_io=%llu halts=%llu interrupts=%llu device_io=%llu notifications=%llu\n",
            name, (unsigned long long)counters->instructions, (unsigned long long)counters->port_io,
            (unsigned long long)counters->halts, (unsigned long long)counters->interrupts,
            (unsigned long long)counters->device_io, (unsigned long long)counters->notifications);
}

static void reach(unsigned int cpu, void *user) {
    struct point *point = user;
    (void)cpu;
    if (!point->reached) {
        point->reached = true;
        report(point->name);
    }
}

static void look(unsigned int cpu, mem_access access, uint64_t address, void *user) {
    (void)cpu, (void)user;
    struct place *place = qemu_plugin_get_hwaddr(access, address);
    if (!place || !qemu_plugin_hwaddr_is_io(place)) {
        return;
    }
    counters->device_io++;
    const char *name = qemu_plugin_hwaddr_device_name(place);
    if (qemu_plugin_mem_is_store(access) && name && strncmp(name, "virtio-pci-notify", 17) == 0) {
        counters->notifications++;
        if (!saw_frame && strcmp(name, "virtio-pci-notify-virtio-net") == 0 &&
            qemu_plugin_hwaddr_phys_addr(place) % PAGE == TRANSMIT_QUEUE * NOTIFY_STRIDE) {
            saw_frame = true;
            report("first_frame");
        }
    }
}

static void translate(plugin_id id, struct block *block) {
    (void)id;
    for (size_t i = 0; i < qemu_plugin_tb_n_insns(block); i++) {
        struct instruction *instruction = qemu_plugin_tb_get_insn(block, i);
        for (size_t p = 0; p < point_count; p++) {
            if (points[p].address == qemu_plugin_insn_vaddr(instruction)) {
                qemu_plugin_register_vcpu_insn_exec_cb(instruction, reach, NO_REGISTERS, &points[p]);
            }
        }
        const uint8_t *bytes = qemu_plugin_insn_data(instruction);
        uint8_t code = bytes[opcode_at(bytes, qemu_plugin_insn_size(instruction))];
        qemu_plugin_register_vcpu_insn_exec_inline(instruction, ADD, &counters->instructions, 1);
        if (is_port_io(code)) {
            qemu_plugin_register_vcpu_insn_exec_inline(instruction, ADD, &counters->port_io, 1);
        } else if (code == 0xf4) {
            qemu_plugin_register_vcpu_insn_exec_inline(instruction, ADD, &counters->halts, 1);
        } else if (code == 0xcf) {
            qemu_plugin_register_vcpu_insn_exec_inline(instruction, ADD, &counters->interrupts, 1);
        }
        if (counts_devices) {
            qemu_plugin_register_vcpu_mem_cb(instruction, look, NO_REGISTERS, READS_AND_WRITES, NULL);
        }
    }
}

static void idle(plugin_id id, unsigned int cpu) {
    (void)id, (void)cpu;
    __atomic_fetch_add(&counters->idles, 1, __ATOMIC_SEQ_CST);
    __atomic_store_n(&counters->idle, 1, __ATOMIC_SEQ_CST);
}

static void resume(plugin_id id, unsigned int cpu) {
    (void)id, (void)cpu;
    __atomic_store_n(&counters->idle, 0, __ATOMIC_SEQ_CST);
}

static void end(plugin_id id, void *user) {
    (void)id, (void)user;
    report("end");
}

static int map(const char *path) {
    int file = open(path, O_RDWR | O_CLOEXEC);
    void *mapped = file < 0 ? MAP_FAILED : mmap(NULL, sizeof *counters, PROT_READ | PROT_WRITE, MAP_SHARED, file, 0);
    if (mapped == MAP_FAILED) {
        perror(path);
        return 1;
    }
    close(file);
    counters = mapped;
    return 0;
}

EXPORT int qemu_plugin_install(plugin_id id, const struct information *information, int argc, char **argv) {
    (void)information;
    for (int i = 0; i < argc; i++) {
        char *equals = strchr(argv[i], '=');
        if (strncmp(argv[i], "counters=", 9) == 0) {
            if (map(equals + 1)) {
                return 1;
            }
            continue;
        }
        if (strncmp(argv[i], "devices=", 8) == 0) {
            counts_devices = strcmp(equals, "=on") == 0;
            continue;
        }
        if (!equals || equals - argv[i] >= NAME_BYTES || point_count == MOST_POINTS) {
            fprintf(stderr, "counts: `%s` is not NAME=ADDRESS, or one too many\n", argv[i]);
            return 1;
        }
        memcpy(points[point_count].name, argv[i], (size_t)(equals - argv[i]));
        points[point_count++].address = strtoull(equals + 1, NULL, 0);
    }
    qemu_plugin_register_vcpu_tb_trans_cb(id, translate);
    qemu_plugin_register_vcpu_idle_cb(id, idle);
    qemu_plugin_register_vcpu_resume_cb(id, resume);
    qemu_plugin_register_atexit_cb(id, end, NULL);
    return 0;
}
