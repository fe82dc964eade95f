/* Profiles a guest, exactly and with call stacks: a plugin for QEMU's TCG.
 *
 *   qemu-system-x86_64 -plugin profile.so,out=FILE ...
 *
 * Nothing is sampled, and no frame pointers are needed: every block of instructions is seen when it is executed, and the calls
 * and returns among them keep a stack of return addresses beside the guest's own. At the end FILE has two kinds of lines:
 *
 *   stack ID PARENT RETURN-ADDRESS                    what was called from where; 0 is the outermost
 *   at ID ADDRESS INSTRUCTIONS DEVICE-ACCESSES        what was executed at an address with that stack
 *
 * Device accesses are those to I/O ports and to registers in memory. An interrupt is taken for a part of what it interrupts.
 * One processor, one stack: that of a unikernel.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "qemu-plugin.h"

enum { DEEPEST = 512 };
enum leaves { ELSEWHERE, BY_CALL, BY_RETURN };

/* How often something happened with one stack. */
struct count {
    struct count *next;
    uint32_t stack;
    uint64_t times;
};
struct step {
    uint64_t address;
    struct count *accesses;
    bool is_port_io;
};
struct translated {
    struct translated *next;
    struct count *executions;
    uint64_t address, behind; /* of the first instruction, and behind the last one */
    enum leaves leaves;
    size_t step_count;
    struct step steps[];
};

static struct stack {
    uint64_t return_address;
    uint32_t parent, first_child, next_sibling;
} *stacks;
static uint32_t stack_count, stack_room;
static uint32_t deep[DEEPEST];
static size_t depth; /* deep[depth] is the stack in force */

static struct translated *all, *last;
static const char *out;

static void *some(void *memory) {
    if (!memory) {
        fputs("profile: out of memory\n", stderr);
        exit(1);
    }
    return memory;
}

static uint32_t new_stack(uint32_t parent, uint64_t return_address) {
    if (stack_count == stack_room) {
        stack_room = stack_room ? 2 * stack_room : 1024;
        stacks = some(realloc(stacks, stack_room * sizeof *stacks));
    }
    stacks[stack_count] = (struct stack){ .return_address = return_address, .parent = parent };
    return stack_count++;
}

static uint32_t below(uint32_t parent, uint64_t return_address) {
    for (uint32_t child = stacks[parent].first_child; child; child = stacks[child].next_sibling) {
        if (stacks[child].return_address == return_address) {
            return child;
        }
    }
    uint32_t child = new_stack(parent, return_address);
    stacks[child].next_sibling = stacks[parent].first_child;
    stacks[parent].first_child = child;
    return child;
}

static void count(struct count **list) {
    uint32_t stack = deep[depth];
    for (struct count **at = list; *at; at = &(*at)->next) {
        struct count *found = *at;
        if (found->stack == stack) {
            found->times++;
            *at = found->next; /* the latest first */
            found->next = *list;
            *list = found;
            return;
        }
    }
    struct count *new = some(malloc(sizeof *new));
    *new = (struct count){ .next = *list, .stack = stack, .times = 1 };
    *list = new;
}

/* Follows the last block into this one. */
static void execute(unsigned int cpu, void *user) {
    (void)cpu;
    struct translated *block = user;
    if (last && last->leaves == BY_CALL && block->address != last->behind) {
        if (depth + 1 < DEEPEST) {
            deep[depth + 1] = below(deep[depth], last->behind);
            depth++;
        }
    } else if (last && last->leaves == BY_RETURN) {
        /* To whom it is returned: frames that were left in another way are dropped on the way. */
        for (size_t at = depth; at > 0; at--) {
            if (stacks[deep[at]].return_address == block->address) {
                depth = at - 1;
                break;
            }
        }
    }
    last = block;
    count(&block->executions);
}

static void look(unsigned int cpu, mem_access access, uint64_t address, void *user) {
    (void)cpu;
    struct place *place = qemu_plugin_get_hwaddr(access, address);
    if (place && qemu_plugin_hwaddr_is_io(place)) {
        struct step *step = user;
        count(&step->accesses);
    }
}

/* The instruction behind which another function begins or goes on: near call and return, direct and indirect. */
static enum leaves leaves_by(const uint8_t *bytes, size_t size) {
    size_t at = opcode_at(bytes, size);
    switch (bytes[at]) {
    case 0xe8:
        return BY_CALL;
    case 0xff:
        return at + 1 < size && (bytes[at + 1] & 0x38) == 0x10 ? BY_CALL : ELSEWHERE;
    case 0xc2:
    case 0xc3:
        return BY_RETURN;
    default:
        return ELSEWHERE;
    }
}

static void translate(plugin_id id, struct block *block) {
    (void)id;
    size_t size = qemu_plugin_tb_n_insns(block);
    struct translated *translated = some(calloc(1, sizeof *translated + size * sizeof(struct step)));
    translated->address = qemu_plugin_tb_vaddr(block);
    translated->step_count = size;
    for (size_t i = 0; i < size; i++) {
        struct instruction *instruction = qemu_plugin_tb_get_insn(block, i);
        const uint8_t *bytes = qemu_plugin_insn_data(instruction);
        size_t length = qemu_plugin_insn_size(instruction);
        struct step *step = &translated->steps[i];
        step->address = qemu_plugin_insn_vaddr(instruction);
        step->is_port_io = is_port_io(bytes[opcode_at(bytes, length)]);
        translated->behind = step->address + length;
        translated->leaves = leaves_by(bytes, length);
        qemu_plugin_register_vcpu_mem_cb(instruction, look, NO_REGISTERS, READS_AND_WRITES, step);
    }
    qemu_plugin_register_vcpu_tb_exec_cb(block, execute, NO_REGISTERS, translated);
    translated->next = all;
    all = translated;
}

static uint64_t with(const struct count *list, uint32_t stack) {
    for (; list; list = list->next) {
        if (list->stack == stack) {
            return list->times;
        }
    }
    return 0;
}

static void end(plugin_id id, void *user) {
    (void)id, (void)user;
    FILE *file = fopen(out, "w");
    if (!file) {
        perror(out);
        return;
    }
    for (uint32_t stack = 1; stack < stack_count; stack++) {
        fprintf(file, "stack %u %u %llu\n", stack, stacks[stack].parent, (unsigned long long)stacks[stack].return_address);
    }
    for (const struct translated *block = all; block; block = block->next) {
        for (const struct count *count = block->executions; count; count = count->next) {
            for (size_t i = 0; i < block->step_count; i++) {
                const struct step *step = &block->steps[i];
                uint64_t accesses = step->is_port_io ? count->times : with(step->accesses, count->stack);
                fprintf(file, "at %u %llu %llu %llu\n", count->stack, (unsigned long long)step->address,
                        (unsigned long long)count->times, (unsigned long long)accesses);
            }
        }
    }
    if (fclose(file)) {
        perror(out);
    }
}

EXPORT int qemu_plugin_install(plugin_id id, const struct information *information, int argc, char **argv) {
    if (argc != 1 || strncmp(argv[0], "out=", 4) != 0 || information->system.smp_vcpus != 1) {
        fputs("profile: wants out=FILE, and a machine with one processor\n", stderr);
        return 1;
    }
    out = strdup(argv[0] + 4);
    new_stack(0, 0);
    qemu_plugin_register_vcpu_tb_trans_cb(id, translate);
    qemu_plugin_register_atexit_cb(id, end, NULL);
    return 0;
}
