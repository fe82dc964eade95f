// From the PVH entry to the first Rust instruction.
//
// On entry (Xen, "x86/HVM direct boot ABI"): 32-bit protected mode, paging off, flat segments, interrupts off,
// ebx = physical address of `struct hvm_start_info`. There is no stack, and no memory that a loader is trusted to have zeroed.
//
// On exit: 64-bit mode with the final page tables, write protection and no-execute on, SSE usable, and AVX and AVX-512 where the
// build uses them, rsp = top of the boot stack, rdi = start info, in `start`. Mapped, one to one: the image by its sections, and the pages of the start info
// and of its command line, read-only.
//
// Throughout: esi = start info, ebp = the no-execute bit of the upper half of a page table entry, 0 on a processor without.

    .code32
    .globl __unikernel_entry
__unikernel_entry:
    cld
    cli
    mov esi, ebx

    mov eax, {CPUID_EXTENDED}
    cpuid
    cmp eax, {CPUID_EXTENDED}
    jbe .Lno_long_mode
    mov eax, {CPUID_EXTENDED} + 1
    cpuid
    bt edx, {CPUID_LONG_MODE_BIT}
    jnc .Lno_long_mode
    lea ebp, [edx * 8]
    shl ebp, 31 - 3 - {CPUID_NO_EXECUTE_BIT}
    and ebp, {NO_EXECUTE_HIGH}

    // The image must lie in usable memory. Ranges may follow each other: edx moves from the end of one to the next.
    mov edx, offset __image_start
.Lcover:
    mov ebx, [esi + {START_INFO_MEMORY_MAP}]
    mov ecx, [esi + {START_INFO_MEMORY_MAP_ENTRIES}]
    test ecx, ecx
    jz .Lno_memory
.Lrange:
    cmp dword ptr [ebx + {MEMORY_MAP_ENTRY_KIND}], {MEMORY_USABLE}
    jne .Lnext_range
    cmp dword ptr [ebx + 4], 0          // it begins above 4 GiB
    jne .Lnext_range
    mov eax, [ebx]
    cmp eax, edx
    ja .Lnext_range
    mov edi, [ebx + 12]
    add eax, [ebx + 8]
    adc edi, 0
    jnz .Lcovered                       // it ends above 4 GiB
    cmp eax, edx
    ja .Ladvance
.Lnext_range:
    add ebx, {MEMORY_MAP_ENTRY_BYTES}
    loop .Lrange
    jmp .Lno_memory
.Ladvance:
    mov edx, eax
    cmp edx, offset __image_end
    jb .Lcover
.Lcovered:
    mov esp, offset __stack_top

    // What the compiler was told that every processor has; edi = an entry of the table.
    .if {REQUIRED_BYTES}
    mov edi, offset {required}
.Lfeature:
    mov eax, [edi]
    and eax, {CPUID_EXTENDED}
    cpuid
    cmp eax, [edi]                      // the last leaf of this kind
    jb .Lno_feature
    mov eax, [edi]
    mov ecx, [edi + {FEATURE_SUBLEAF}]
    cpuid
    push edx
    push ecx
    push ebx
    push eax
    mov eax, [edi + {FEATURE_REGISTER}]
    mov eax, [esp + eax]
    add esp, 16
    not eax
    test eax, [edi + {FEATURE_MASK}]
    jnz .Lno_feature
    add edi, {FEATURE_BYTES}
    cmp edi, offset {required} + {REQUIRED_BYTES}
    jb .Lfeature
    .endif

    // SSE first: it zeroes fastest, and the prebuilt `core` uses it from its first instruction on.
    mov eax, cr4
    or eax, {CR4_PAE_OSFXSR_OSXMMEXCPT}
    .if {XCR0}
    or eax, {CR4_OSXSAVE}
    .endif
    mov cr4, eax
    .if {XCR0}
    xor ecx, ecx
    xor edx, edx
    mov eax, {XCR0}
    xsetbv
    .endif
    mov eax, cr0
    and eax, ~{CR0_EM_TS}
    or eax, {CR0_MP_NE}
    mov cr0, eax

    mov eax, offset __zeroed_start
    xorps xmm0, xmm0
.Lzero:
    .set line, 0
    .rept 8
    movaps [eax + line], xmm0
    .set line, line + 16
    .endr
    add eax, 128
    cmp eax, offset __zeroed_end
    jb .Lzero

    // Levels 4, 3 and 2 point down; level 1 is filled from the sections below.
    mov edi, offset __page_tables
    lea eax, [edi + 0x1000 + {PRESENT_WRITABLE}]
    mov [edi], eax
    add eax, 0x1000
    mov [edi + 0x1000], eax
    lea edx, [edi + 0x2000]
.Llevel2:
    add eax, 0x1000
    mov [edx], eax
    add edx, 8
    cmp eax, offset __zeroed_end - 0x1000
    jb .Llevel2

    // eax = page, edx = where the section ends, ecx:edi = its attributes.
    mov ebx, offset .Lsections
    mov eax, offset __image_start
.Lsection:
    mov edx, [ebx]
    mov edi, [ebx + 4]
    mov ecx, ebp
    and ecx, [ebx + 8]
    call .Lmap
    add ebx, 12
    cmp ebx, offset .Lsections_end
    jb .Lsection

    // What the loader hands over. A page of the image stays as it is; page 0 is never mapped, and the memory map, which QEMU's
    // loader has there, is read by a window.
    mov edi, {PRESENT}
    mov ecx, ebp
    mov eax, esi
    lea edx, [eax + {START_INFO_BYTES}]
    call .Lmap_pages_of
    mov eax, [esi + {START_INFO_COMMAND_LINE}]
    lea edx, [eax + {COMMAND_LINE_BYTES}]
    call .Lmap_pages_of

    mov eax, offset __page_tables
    mov cr3, eax
    mov ecx, {MSR_EFER}
    rdmsr
    or eax, {EFER_LONG_MODE}
    test ebp, ebp
    jz 7f
    or eax, {EFER_NO_EXECUTE}
7:  wrmsr
    mov eax, cr0
    or eax, {CR0_PG_WP}
    mov cr0, eax
    lgdt [.Lgdt_pointer]
    push {CODE_SELECTOR}
    mov eax, offset .Llong_mode
    push eax
    retf

// Maps [eax, edx) with the attributes ecx:edi, and leaves eax at the next page.
.Lmap_pages_of:
    and eax, ~0xfff
.Lmap:
    push ebx
    jmp 3f
7:  cmp eax, 0x1000
    jb 2f
    mov ebx, eax
    shr ebx, 9
    add ebx, offset __page_tables_level1
    cmp ebx, offset __zeroed_end
    jae 4f
    test dword ptr [ebx], {PRESENT}
    jnz 2f
    mov [ebx], eax
    or [ebx], edi
    mov [ebx + 4], ecx
2:  add eax, 0x1000
3:  cmp eax, edx
    jb 7b
4:  pop ebx
    ret

    .if {REQUIRED_BYTES}
.Lno_feature:
    mov ebp, [esi + {START_INFO_FLAGS}]
    mov esi, offset .Lno_feature_text
    lea ebx, [edi + {FEATURE_NAME}]
    jmp .Lrefuse
    .endif
.Lno_long_mode:
    mov esi, offset .Lno_long_mode_text
    jmp .Lrefuse_whole
.Lno_memory:
    mov esi, offset .Lno_memory_text
.Lrefuse_whole:
    .if {REQUIRED_BYTES}
    xor ebx, ebx
    xor ebp, ebp
    .endif
// Without paging there is no Rust yet: says why on the console, where one is declared, then ends the machine as a fault. esi = text,
// and where a build requires features, ebx = more text, or 0, and ebp = flags of the start info.
//
// The BIOS stub looks whether there is memory and a 64-bit mode, and shows what is missing; what the build requires of the
// processor is for this code to show on the screen.
.Lrefuse:
    .if {REQUIRED_BYTES}
    mov edi, {SCREEN}
    test ebp, {START_INFO_TEXT_SCREEN}
    jz .Lsay
    mov ecx, {SCREEN_CELLS}
    mov eax, {SCREEN_ATTRIBUTE} << 8 | 0x20
    rep stosw
    mov edi, {SCREEN}
    .endif
.Lsay:
    .if {CONSOLE_PORT} | {REQUIRED_BYTES}
    lodsb
    .if {CONSOLE_PORT}
    mov cl, al
    mov edx, {CONSOLE_PORT} + {UART_LINE_STATUS}
7:  in al, dx
    test al, {UART_TRANSMITTER_READY}
    jz 7b
    mov edx, {CONSOLE_PORT}
    mov al, cl
    out dx, al
    .endif
    .if {REQUIRED_BYTES}
    test ebp, {START_INFO_TEXT_SCREEN}
    jz 7f
    cmp al, 0x20                        // not the end of the line
    jb 7f
    mov ah, {SCREEN_ATTRIBUTE}
    stosw
7:
    .endif
    cmp byte ptr [esi], 0
    jne .Lsay
    .if {REQUIRED_BYTES}
    mov esi, ebx
    xor ebx, ebx
    test esi, esi
    jnz .Lsay
    .endif
    .endif
    mov edx, {DEBUG_EXIT_PORT}
    mov eax, {STATUS_FAULT}
    out dx, eax
    mov edx, {PVPANIC_PORT}
    mov eax, {PVPANIC_EAX}
    out dx, al
    .if {REQUIRED_BYTES}
    test ebp, {START_INFO_TEXT_SCREEN}
    jz 7f
    mov ecx, 20000000                   // some seconds to read it in
2:  in al, 0x80
    loop 2b
7:
    .endif

    // No such device: power off by the chipset that QEMU imitates, as firmware/power.rs does. ebx = where it is, ebp = who it is.
    mov ebx, {PIIX4}
    mov ebp, {PIIX4_IDENTITY}
.Lchipset:
    mov edx, {PCI_ADDRESS}
    mov eax, ebx
    out dx, eax
    mov edx, {PCI_DATA}
    in eax, dx
    cmp eax, ebp
    jne .Lanother_chipset
    mov edx, {PCI_ADDRESS}
    lea eax, [ebx + {POWER_MANAGEMENT_BASE}]
    out dx, eax
    mov edx, {PCI_DATA}
    in eax, dx
    and eax, {POWER_MANAGEMENT_PORT}
    lea edx, [eax + 4]
    mov eax, {SLEEP_S5_QEMU}
    out dx, ax
    mov ecx, 100000                     // a hypervisor takes its time
7:  in al, 0x80
    loop 7b
.Lanother_chipset:
    cmp ebx, {ICH9}
    mov ebx, {ICH9}
    mov ebp, {ICH9_IDENTITY}
    jne .Lchipset

    // Nor that: reset by the keyboard controller, else by a triple fault.
    mov al, 0xfe
    out 0x64, al
    lidt [.Lno_interrupts]
    ud2

    .code64
.Llong_mode:
    xor eax, eax
    mov ds, eax
    mov es, eax
    mov fs, eax
    mov gs, eax
    mov ss, eax
    mov esp, offset __stack_top
    mov edi, esi
    xor ebp, ebp
    .cfi_startproc
    .cfi_undefined rip                  // this has no caller
    call {start}
    .cfi_endproc

    .pushsection .rodata.unikernel.entry, "a", @progbits
    .balign 4
// End of a section, attributes of its pages, and whether they are no-execute.
.Lsections:
    .long __text_end, {PRESENT}, 0
    .long __rodata_end, {PRESENT}, -1
    .long __zeroed_end, {PRESENT_WRITABLE}, -1
    .long __stack_bottom, 0, 0
    .long __stack_top, {PRESENT_WRITABLE}, -1
    .long __fault_stack_bottom, 0, 0
    .long __image_end, {PRESENT_WRITABLE}, -1
.Lsections_end:
.Lno_interrupts:
    .word 0
    .long 0
.Lgdt_pointer:
    .word {GDT_BYTES} - 1
    .long {gdt}
    .if {CONSOLE_PORT} | {REQUIRED_BYTES}
.Lno_long_mode_text:
    .asciz "unikernel: this processor has no 64-bit mode\r\n"
.Lno_memory_text:
    .asciz "unikernel: the image does not lie in usable memory; give the machine more\r\n"
    .if {REQUIRED_BYTES}
.Lno_feature_text:
    .asciz "unikernel: the image was compiled for processors with a feature that this one lacks: "
    .endif
    .else
    .set .Lno_long_mode_text, 0
    .set .Lno_memory_text, 0
    .set .Lno_feature_text, 0
    .endif
    .popsection
