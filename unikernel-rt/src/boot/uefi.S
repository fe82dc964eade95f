// Loads the kernel from UEFI and enters it by PVH: the code of the application that the firmware starts.
//
// The writer of the image (build-support/cli/src/iso/) makes a PE file of this code and the kernel's ELF behind it, appends the load
// table and the command line, and leaves all of it out of an image that is not asked to boot from UEFI. The firmware loads the
// file anywhere: the code is position independent, and copies the kernel's segments to where they were linked. That this
// memory may be somebody's is its own affair to tell; an image with a fixed base would be refused without a word.
//
// State on entry (UEFI 2.10, section 2.3.4): 64-bit mode, paging one to one, rcx = image handle, rdx = system table, the calling
// convention of Microsoft's compilers. State on entry to the kernel: 32-bit protected mode, flat segments, paging and interrupts
// off, ebx = start info. Start info, command line and memory map lie below 640 KiB in memory that the map calls reserved. What
// was the firmware's for boot services alone, this code included, is usable in that map: nothing of it is needed any more. ACPI
// tables and runtime services keep their memory.
//
// On a failure one line goes to the firmware's console. Then the machine ends as with bios.S: by isa-debug-exit, else after ten seconds
// by the firmware's power-off. To return to the firmware would leave most machines at a boot menu that nobody sees.
//
// As in bios.S, the section that carries these bytes is not loaded with the kernel, and all names begin with `.L`.

// ---- Where things lie from the first byte on; the writer knows these.
.set .LUEFI_HEADER, {UEFI_HEADER}   // copied to low memory, all of its HEADER_BYTES
.set .LUEFI_KERNEL, {UEFI_KERNEL}   // where the load table's offsets count from

// ---- The header. Start info, then what entering the kernel needs.
.set .LUEFI_START_INFO_COMMAND_LINE, {START_INFO_COMMAND_LINE}
.set .LUEFI_START_INFO_RSDP, {START_INFO_RSDP}
.set .LUEFI_START_INFO_SMBIOS, {START_INFO_MODULES} // there are no modules
.set .LUEFI_START_INFO_MEMORY_MAP, {START_INFO_MEMORY_MAP}
.set .LUEFI_START_INFO_ENTRIES, {START_INFO_MEMORY_MAP_ENTRIES}
.set .LUEFI_ENTRY, {UEFI_ENTRY}
.set .LUEFI_GDT, 64
.set .LUEFI_LEAVE, 96
.set .LUEFI_TABLE, {UEFI_LOAD_TABLE} // load entries, up to one without memory
.set .LUEFI_COMMAND_LINE, {UEFI_COMMAND_LINE}
.set .LUEFI_HEADER_BYTES, {UEFI_HEADER_BYTES}

// ---- Low memory: a copy of the header, then the memory map.
.set .LUEFI_MAP, .LUEFI_HEADER_BYTES
.set .LUEFI_MAP_BYTES, 0x10000
.set .LUEFI_LOW_PAGES, (.LUEFI_MAP + .LUEFI_MAP_BYTES + 4095) / 4096
.set .LUEFI_LOW_LAST, 0x9ffff

// ---- A load entry: as in bios.S.
.set .LUEFI_FROM, {LOAD_FROM}
.set .LUEFI_LENGTH, {LOAD_LENGTH}
.set .LUEFI_TO, {LOAD_TO}
.set .LUEFI_MEMORY_SIZE, {LOAD_MEMORY_SIZE}
.set .LUEFI_LOAD_ENTRY, {LOAD_ENTRY_BYTES}

// ---- An entry of the memory map of PVH.
.set .LUEFI_RANGE, {MEMORY_MAP_ENTRY_BYTES}
.set .LUEFI_RANGE_KIND, {MEMORY_MAP_ENTRY_KIND}
// Kinds of ranges (ACPI 6.5, section 15) by UEFI's memory types, 4 bits each, from type 0 on: reserved, loader code and data,
// boot services' code and data, runtime services' code and data, free, unusable, ACPI tables, ACPI NVS, I/O, I/O ports, PAL,
// persistent, not accepted.
.set .LUEFI_KINDS, 0x2722243512211112
.set .LUEFI_KNOWN_TYPES, 16
.set .LUEFI_RESERVED, {MEMORY_RESERVED}

// ---- UEFI 2.10: the system table (section 4.3) and its services (4.4), the simple text output (12.4).
.set .LUEFI_CONSOLE_OUT, 64
.set .LUEFI_BOOT_SERVICES, 96
.set .LUEFI_TABLES_COUNT, 104
.set .LUEFI_TABLES, 112
.set .LUEFI_TABLES_ENTRY, 24        // a GUID and a pointer
.set .LUEFI_ALLOCATE_PAGES, 40
.set .LUEFI_GET_MEMORY_MAP, 56
.set .LUEFI_EXIT_BOOT_SERVICES, 232
.set .LUEFI_STALL, 248
.set .LUEFI_DELAY, 10 * 1000 * 1000 // microseconds
.set .LUEFI_RUNTIME_SERVICES, 88    // section 4.5
.set .LUEFI_RESET_SYSTEM, 104
.set .LUEFI_RESET_SHUTDOWN, 2
.set .LUEFI_OUTPUT_STRING, 8
.set .LUEFI_BELOW_ADDRESS, 1        // kinds of allocations
.set .LUEFI_AT_ADDRESS, 2
.set .LUEFI_LOADER_DATA, 2          // memory types
.set .LUEFI_RUNTIME_CODE, 5         // free afterwards; firmware that maps data as no-execute leaves this executable
.set .LUEFI_LOAD_ERROR, 1
.set .LUEFI_TRIES, 4

// ---- The stack: room for what a callee keeps of its arguments, the fifth of them, then variables.
.set .LUEFI_FIFTH, 32
.set .LUEFI_ADDRESS, 40             // also 10 bytes of a descriptor table's pointer
.set .LUEFI_MAP_SIZE, 56
.set .LUEFI_MAP_KEY, 64
.set .LUEFI_DESCRIPTOR_SIZE, 72
.set .LUEFI_DESCRIPTOR_VERSION, 80
.set .LUEFI_LETTER, 88
.set .LUEFI_FRAME, 104              // with the return address and 8 registers a multiple of 16

.set .LUEFI_CODE, 8                 // selectors
.set .LUEFI_DATA, 16
.set .LUEFI_CR4_PCIDE_CET, 1 << 17 | 1 << 23
.set .LUEFI_EFER, 0xc0000080

// Remembers the pointer rax in the start info, where xmm0 is its GUID; one that is older only where there is none.
.macro uefi_pointer guid, field, is_older
    movups xmm1, [rip + \guid]
    pcmpeqb xmm1, xmm0
    pmovmskb edx, xmm1
    cmp edx, 0xffff
    jne 7f
    .if \is_older
    cmp qword ptr [r14 + \field], 0
    jne 7f
    .endif
    mov [r14 + \field], rax
7:
.endm

// rbx = image handle, rbp = load entry, later tries, r12 = system table, r13 = boot services, r14 = low memory, r15 = header.
.code64
.Luefi_start:
    push rbx
    push rbp
    push rsi
    push rdi
    push r12
    push r13
    push r14
    push r15
    sub rsp, .LUEFI_FRAME
    cld
    mov rbx, rcx
    mov r12, rdx
    mov r13, [rdx + .LUEFI_BOOT_SERVICES]
    lea r15, [rip + .Luefi_header]

    // The kernel's memory, segment by segment.
    lea rbp, [r15 + .LUEFI_TABLE]
.Luefi_segment:
    mov edx, [rbp + .LUEFI_MEMORY_SIZE]
    test edx, edx
    jz .Luefi_segments_done
    mov eax, [rbp + .LUEFI_TO]
    lea r8, [rax + rdx + 4095]
    shr r8, 12
    shr eax, 12
    sub r8, rax                     // pages
    shl eax, 12
    mov [rsp + .LUEFI_ADDRESS], rax
    mov ecx, .LUEFI_AT_ADDRESS
    mov edx, .LUEFI_LOADER_DATA
    call .Luefi_allocate
    lea rsi, [rip + .Luefi_no_memory]
    jnz .Luefi_fail
    mov edi, [rbp + .LUEFI_TO]
    mov esi, [rbp + .LUEFI_FROM]
    lea rsi, [r15 + rsi + .LUEFI_KERNEL - .LUEFI_HEADER]
    mov ecx, [rbp + .LUEFI_LENGTH]
    rep movsb
    add rbp, .LUEFI_LOAD_ENTRY
    jmp .Luefi_segment
.Luefi_segments_done:

    mov qword ptr [rsp + .LUEFI_ADDRESS], .LUEFI_LOW_LAST
    mov ecx, .LUEFI_BELOW_ADDRESS
    mov edx, .LUEFI_RUNTIME_CODE
    mov r8d, .LUEFI_LOW_PAGES
    call .Luefi_allocate
    lea rsi, [rip + .Luefi_no_low_memory]
    jnz .Luefi_fail
    mov r14, [rsp + .LUEFI_ADDRESS]
    mov rdi, r14
    mov rsi, r15
    mov ecx, .LUEFI_HEADER_BYTES
    rep movsb
    lea rax, [r14 + .LUEFI_COMMAND_LINE]
    mov [r14 + .LUEFI_START_INFO_COMMAND_LINE], rax
    lea rax, [r14 + .LUEFI_MAP]
    mov [r14 + .LUEFI_START_INFO_MEMORY_MAP], rax

    // The ACPI root pointer, that of ACPI 2.0, else that of 1.0; SMBIOS' entry point, the 64-bit one, else the other.
    mov rcx, [r12 + .LUEFI_TABLES_COUNT]
    mov rsi, [r12 + .LUEFI_TABLES]
.Luefi_table:
    sub rcx, 1
    jb .Luefi_tables_done
    movups xmm0, [rsi]
    mov rax, [rsi + 16]
    add rsi, .LUEFI_TABLES_ENTRY
    uefi_pointer .Luefi_acpi_1, .LUEFI_START_INFO_RSDP, 1
    uefi_pointer .Luefi_acpi_2, .LUEFI_START_INFO_RSDP, 0
    uefi_pointer .Luefi_smbios_2, .LUEFI_START_INFO_SMBIOS, 1
    uefi_pointer .Luefi_smbios_3, .LUEFI_START_INFO_SMBIOS, 0
    jmp .Luefi_table
.Luefi_tables_done:

    // The map's key is good until the next event in the firmware: once more, then, if it has gone stale.
    mov ebp, .LUEFI_TRIES
.Luefi_exit:
    mov qword ptr [rsp + .LUEFI_MAP_SIZE], .LUEFI_MAP_BYTES
    lea rcx, [rsp + .LUEFI_MAP_SIZE]
    lea rdx, [r14 + .LUEFI_MAP]
    lea r8, [rsp + .LUEFI_MAP_KEY]
    lea r9, [rsp + .LUEFI_DESCRIPTOR_SIZE]
    lea rax, [rsp + .LUEFI_DESCRIPTOR_VERSION]
    mov [rsp + .LUEFI_FIFTH], rax
    call [r13 + .LUEFI_GET_MEMORY_MAP]
    test rax, rax
    jnz .Luefi_stuck
    mov rcx, rbx
    mov rdx, [rsp + .LUEFI_MAP_KEY]
    call [r13 + .LUEFI_EXIT_BOOT_SERVICES]
    test rax, rax
    jz .Luefi_exited
    dec ebp
    jnz .Luefi_exit
.Luefi_stuck:
    lea rsi, [rip + .Luefi_no_exit]

// Prints the message at rsi, letter by letter, and ends the machine.
.Luefi_fail:
    mov rdi, rsi
    lea rsi, [rip + .Luefi_name]
    call .Luefi_print
    mov rsi, rdi
    call .Luefi_print
    mov eax, 1                      // only a hypervisor has isa-debug-exit; elsewhere the port may be anything
    cpuid
    test ecx, ecx
    jns .Luefi_power_off
    mov edx, {DEBUG_EXIT_PORT}
    mov eax, {STATUS_FAULT}
    out dx, eax
.Luefi_power_off:
    mov ecx, .LUEFI_DELAY
    call [r13 + .LUEFI_STALL]
    mov ecx, .LUEFI_RESET_SHUTDOWN
    mov edx, .LUEFI_LOAD_ERROR
    bts rdx, 63
    xor r8d, r8d
    xor r9d, r9d
    mov rax, [r12 + .LUEFI_RUNTIME_SERVICES]
    call [rax + .LUEFI_RESET_SYSTEM]
    mov rax, .LUEFI_LOAD_ERROR      // it does not return; firmware that does anyhow goes on
    bts rax, 63
    add rsp, .LUEFI_FRAME
    pop r15
    pop r14
    pop r13
    pop r12
    pop rdi
    pop rsi
    pop rbp
    pop rbx
    ret

// Called with the stack that its caller calls the firmware with: `call` and `push` keep it a multiple of 16.
.Luefi_print:
    push rdi
    sub rsp, 48
.Luefi_letter:
    movzx eax, byte ptr [rsi]
    inc rsi
    mov [rsp + 40], eax             // UTF-16, and its terminator
    test eax, eax
    jz .Luefi_printed
    mov rcx, [r12 + .LUEFI_CONSOLE_OUT]
    lea rdx, [rsp + 40]
    call [rcx + .LUEFI_OUTPUT_STRING]
    jmp .Luefi_letter
.Luefi_printed:
    add rsp, 48
    pop rdi
    ret

// Allocates r8 pages as rcx and rdx say, at the variable ADDRESS; clears ZF on a fault.
.Luefi_allocate:
    lea r9, [rsp + 8 + .LUEFI_ADDRESS]
    sub rsp, 40
    call [r13 + .LUEFI_ALLOCATE_PAGES]
    add rsp, 40
    test rax, rax
    ret

// ---- From here on there is no firmware.
.Luefi_exited:
    cli
    // Descriptors become ranges in place, as these are shorter, and each moves up to where it belongs by its address.
    lea r11, [r14 + .LUEFI_MAP]
    mov rsi, r11                    // the next descriptor
    mov rdi, r11                    // behind the last range
    mov rbp, [rsp + .LUEFI_MAP_SIZE]
.Luefi_descriptor:
    sub rbp, [rsp + .LUEFI_DESCRIPTOR_SIZE]
    jb .Luefi_descriptors_done
    mov eax, [rsi]
    mov r8, [rsi + 8]               // address
    mov r9, [rsi + 24]              // pages
    shl r9, 12
    add rsi, [rsp + .LUEFI_DESCRIPTOR_SIZE]
    mov r10d, .LUEFI_RESERVED
    cmp eax, .LUEFI_KNOWN_TYPES
    jae .Luefi_kind_known
    lea ecx, [rax * 4]
    movabs r10, .LUEFI_KINDS
    shr r10, cl
    and r10d, 15
.Luefi_kind_known:
    mov rdx, rdi
.Luefi_slide:
    cmp rdx, r11
    je .Luefi_place
    cmp [rdx - .LUEFI_RANGE], r8
    jbe .Luefi_place
    movups xmm0, [rdx - .LUEFI_RANGE]
    mov rax, [rdx - .LUEFI_RANGE + .LUEFI_RANGE_KIND]
    movups [rdx], xmm0
    mov [rdx + .LUEFI_RANGE_KIND], rax
    sub rdx, .LUEFI_RANGE
    jmp .Luefi_slide
.Luefi_place:
    mov [rdx], r8
    mov [rdx + 8], r9
    mov [rdx + .LUEFI_RANGE_KIND], r10
    add rdi, .LUEFI_RANGE
    jmp .Luefi_descriptor
.Luefi_descriptors_done:

    // Ranges of a kind that follow each other become one.
    mov rdx, r11                    // the last range that stays
    mov ecx, 1
    lea rsi, [r11 + .LUEFI_RANGE]
.Luefi_range:
    cmp rsi, rdi
    jae .Luefi_ranges_done
    movups xmm0, [rsi]
    mov r8, [rsi + .LUEFI_RANGE_KIND]
    add rsi, .LUEFI_RANGE
    mov rax, [rdx]
    add rax, [rdx + 8]
    cmp rax, [rsi - .LUEFI_RANGE]
    jne .Luefi_stays
    cmp r8, [rdx + .LUEFI_RANGE_KIND]
    jne .Luefi_stays
    mov rax, [rsi - .LUEFI_RANGE + 8]
    add [rdx + 8], rax
    jmp .Luefi_range
.Luefi_stays:
    add rdx, .LUEFI_RANGE
    movups [rdx], xmm0
    mov [rdx + .LUEFI_RANGE_KIND], r8
    inc ecx
    jmp .Luefi_range
.Luefi_ranges_done:
    mov [r14 + .LUEFI_START_INFO_ENTRIES], ecx

    // Out of 64-bit mode, in low memory. What forbids to switch paging or write protection off goes first.
    mov rax, cr4
    and eax, ~(.LUEFI_CR4_PCIDE_CET)
    mov cr4, rax
    mov word ptr [rsp + .LUEFI_ADDRESS], 3 * 8 - 1
    lea rax, [r14 + .LUEFI_GDT]
    mov [rsp + .LUEFI_ADDRESS + 2], rax
    lgdt [rsp + .LUEFI_ADDRESS]
    mov ebx, r14d
    push .LUEFI_CODE
    lea rax, [r14 + .LUEFI_LEAVE]
    push rax
    retfq

.Luefi_name:
    .asciz "\r\nunikernel: "
.Luefi_no_memory:
    .asciz "the memory that the kernel is linked for is the firmware's: see `unikernel inspect`, or boot it from a BIOS\r\n"
.Luefi_no_low_memory:
    .asciz "the firmware has no memory free below 640 KiB\r\n"
.Luefi_no_exit:
    .asciz "ExitBootServices failed\r\n"
.Luefi_acpi_1:
    .long 0xeb9d2d30, 0x11d32d88
    .byte 0x9a, 0x16, 0x00, 0x90, 0x27, 0x3f, 0xc1, 0x4d
.Luefi_acpi_2:
    .long 0x8868e871, 0x11d3e4f1
    .byte 0xbc, 0x22, 0x00, 0x80, 0xc7, 0x3c, 0x88, 0x81
.Luefi_smbios_2:
    .long 0xeb9d2d31, 0x11d32d88
    .byte 0x9a, 0x16, 0x00, 0x90, 0x27, 0x3f, 0xc1, 0x4d
.Luefi_smbios_3:
    .long 0xf2fd1544, 0x4a2c9794
    .byte 0x99, 0x2e, 0xe5, 0xbb, 0xcf, 0x20, 0xe3, 0x94

// ---- `.org` fails the assembly where the code before it has grown too long.
.org .Luefi_start + .LUEFI_HEADER
.Luefi_header:
    .long {START_INFO_MAGIC}        // start info
    .long {START_INFO_VERSION}
    .long 0                         // flags
    .long 0                         // modules
    .quad 0                         // list of modules: SMBIOS' entry point, as there are none
    .quad 0, 0, 0                   // command line, RSDP, memory map: from here on the code above knows
    .long 0                         // entries of the memory map
    .long 0                         // identity of the image: the writer knows it
.org .Luefi_start + .LUEFI_HEADER + .LUEFI_ENTRY
    .long 0                         // entry: the writer knows it
    .word 0
.org .Luefi_start + .LUEFI_HEADER + {UEFI_LAYOUT_VERSION_AT}
    .word {UEFI_LAYOUT_VERSION}
.org .Luefi_start + .LUEFI_HEADER + .LUEFI_GDT
    .quad 0
    .quad 0x00cf9a000000ffff        // CODE: 32-bit, 4 GiB from 0, executable and readable
    .quad 0x00cf92000000ffff        // DATA: 32-bit, 4 GiB from 0, writable
.org .Luefi_start + .LUEFI_HEADER + .LUEFI_LEAVE
.code32
    mov eax, 1                      // protection alone
    mov cr0, eax
    mov ecx, .LUEFI_EFER
    xor eax, eax
    xor edx, edx
    wrmsr
    mov cr4, eax
    mov eax, .LUEFI_DATA
    mov ds, eax
    mov es, eax
    mov fs, eax
    mov gs, eax
    mov ss, eax
    jmp dword ptr [ebx + .LUEFI_ENTRY]
.code64
.org .Luefi_start + .LUEFI_HEADER + .LUEFI_TABLE
.purgem uefi_pointer
