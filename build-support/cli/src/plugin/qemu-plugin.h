/* What plugins use of QEMU's TCG plugin API, version 1 (QEMU 4.2 to 8.2): the declarations of <qemu/qemu-plugin.h>, which
 * Debian does not ship. */
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define EXPORT __attribute__((visibility("default")))
enum { ADD = 0, NO_REGISTERS = 0, READS_AND_WRITES = 3 };

typedef uint64_t plugin_id;
typedef uint32_t mem_access;
typedef void (*on_execution)(unsigned int cpu, void *user);
typedef void (*on_access)(unsigned int cpu, mem_access, uint64_t address, void *user);
struct block;
struct instruction;
struct place;
struct information {
    const char *target_name;
    struct { int min, cur; } version;
    bool system_emulation;
    struct { int smp_vcpus, max_vcpus; } system;
};
void qemu_plugin_register_vcpu_tb_trans_cb(plugin_id, void (*)(plugin_id, struct block *));
void qemu_plugin_register_vcpu_tb_exec_cb(struct block *, on_execution, int registers, void *user);
void qemu_plugin_register_vcpu_insn_exec_inline(struct instruction *, int operation, void *counter, uint64_t value);
void qemu_plugin_register_vcpu_insn_exec_cb(struct instruction *, on_execution, int registers, void *user);
void qemu_plugin_register_vcpu_mem_cb(struct instruction *, on_access, int registers, int which, void *user);
void qemu_plugin_register_vcpu_idle_cb(plugin_id, void (*)(plugin_id, unsigned int cpu));
void qemu_plugin_register_vcpu_resume_cb(plugin_id, void (*)(plugin_id, unsigned int cpu));
void qemu_plugin_register_atexit_cb(plugin_id, void (*)(plugin_id, void *), void *);
bool qemu_plugin_mem_is_store(mem_access);
struct place *qemu_plugin_get_hwaddr(mem_access, uint64_t address);
bool qemu_plugin_hwaddr_is_io(const struct place *);
uint64_t qemu_plugin_hwaddr_phys_addr(const struct place *);
const char *qemu_plugin_hwaddr_device_name(const struct place *);
size_t qemu_plugin_tb_n_insns(const struct block *);
uint64_t qemu_plugin_tb_vaddr(const struct block *);
struct instruction *qemu_plugin_tb_get_insn(const struct block *, size_t index);
const void *qemu_plugin_insn_data(const struct instruction *);
size_t qemu_plugin_insn_size(const struct instruction *);
uint64_t qemu_plugin_insn_vaddr(const struct instruction *);

EXPORT int qemu_plugin_version = 1;

/* Where the opcode stands, behind the prefixes for operand size, repetition, segment and REX. */
static inline size_t opcode_at(const uint8_t *bytes, size_t size) {
    size_t at = 0;
    while (at + 1 < size && (bytes[at] == 0x66 || bytes[at] == 0xf2 || bytes[at] == 0xf3 || bytes[at] == 0x3e ||
                             bytes[at] == 0x2e || (bytes[at] & 0xf0) == 0x40)) {
        at++;
    }
    return at;
}

/* in and out with immediate port, with dx, and the string forms. */
static inline bool is_port_io(uint8_t code) {
    return (code >= 0xe4 && code <= 0xe7) || (code >= 0xec && code <= 0xef) || (code >= 0x6c && code <= 0x6f);
}
