/* Counts what a guest executes, exactly: a plugin for QEMU's TCG, plugin API version 1 (QEMU 4.2 to 8.2).
 *
 *   qemu-system-x86_64 -plugin plugin.so,NAME=ADDRESS,... ...
 *
 * When an address is first executed, and at the end, one line goes to standard error:
 *
 *   counts NAME instructions=N port_io=N halts=N
 *
 * Each iteration of a repeated string instruction counts as an instruction. The declarations are those of
 * <qemu/qemu-plugin.h>, which Debian does not ship.
 */
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define EXPORT __attribute__((visibility("default")))
enum { ADD = 0, NO_REGISTERS = 0, MOST_POINTS = 64, NAME_BYTES = 48 };

typedef uint64_t plugin_id;
typedef void (*on_execution)(unsigned int cpu, void *point);
struct block;
struct instruction;
struct information {
    const char *target_name;
    struct { int min, cur; } version;
    bool system_emulation;
    struct { int smp_vcpus, max_vcpus; } system;
};
void qemu_plugin_register_vcpu_tb_trans_cb(plugin_id, void (*)(plugin_id, struct block *));
void qemu_plugin_register_vcpu_insn_exec_inline(struct instruction *, int operation, void *counter, uint64_t value);
void qemu_plugin_register_vcpu_insn_exec_cb(struct instruction *, on_execution, int registers, void *point);
void qemu_plugin_register_atexit_cb(plugin_id, void (*)(plugin_id, void *), void *);
size_t qemu_plugin_tb_n_insns(const struct block *);
struct instruction *qemu_plugin_tb_get_insn(const struct block *, size_t index);
const void *qemu_plugin_insn_data(const struct instruction *);
size_t qemu_plugin_insn_size(const struct instruction *);
uint64_t qemu_plugin_insn_vaddr(const struct instruction *);

EXPORT int qemu_plugin_version = 1;

static uint64_t instructions, port_io, halts;
static struct point {
    uint64_t address;
    char name[NAME_BYTES];
    bool reached;
} points[MOST_POINTS];
static size_t point_count;

static void report(const char *name) {
    fprintf(stderr, "counts %s instructions=%llu port_io=%llu halts=%llu\n", name, (unsigned long long)instructions,
            (unsigned long long)port_io, (unsigned long long)halts);
}

static void reach(unsigned int cpu, void *user) {
    struct point *point = user;
    (void)cpu;
    if (!point->reached) {
        point->reached = true;
        report(point->name);
    }
}

/* The opcode behind the prefixes for operand size, repetition and REX. */
static uint8_t opcode(const uint8_t *bytes, size_t size) {
    size_t at = 0;
    while (at + 1 < size &&
           (bytes[at] == 0x66 || bytes[at] == 0xf2 || bytes[at] == 0xf3 || (bytes[at] & 0xf0) == 0x40)) {
        at++;
    }
    return bytes[at];
}

/* in and out with immediate port, with dx, and the string forms. */
static bool is_port_io(uint8_t code) {
    return (code >= 0xe4 && code <= 0xe7) || (code >= 0xec && code <= 0xef) || (code >= 0x6c && code <= 0x6f);
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
        uint8_t code = opcode(qemu_plugin_insn_data(instruction), qemu_plugin_insn_size(instruction));
        qemu_plugin_register_vcpu_insn_exec_inline(instruction, ADD, &instructions, 1);
        if (is_port_io(code)) {
            qemu_plugin_register_vcpu_insn_exec_inline(instruction, ADD, &port_io, 1);
        }
        if (code == 0xf4) {
            qemu_plugin_register_vcpu_insn_exec_inline(instruction, ADD, &halts, 1);
        }
    }
}

static void end(plugin_id id, void *user) {
    (void)id, (void)user;
    report("end");
}

EXPORT int qemu_plugin_install(plugin_id id, const struct information *information, int argc, char **argv) {
    (void)information;
    for (int i = 0; i < argc; i++) {
        char *equals = strchr(argv[i], '=');
        if (!equals || equals - argv[i] >= NAME_BYTES || point_count == MOST_POINTS) {
            fprintf(stderr, "counts: `%s` is not NAME=ADDRESS, or one too many\n", argv[i]);
            return 1;
        }
        memcpy(points[point_count].name, argv[i], (size_t)(equals - argv[i]));
        points[point_count++].address = strtoull(equals + 1, NULL, 0);
    }
    qemu_plugin_register_vcpu_tb_trans_cb(id, translate);
    qemu_plugin_register_atexit_cb(id, end, NULL);
    return 0;
}
