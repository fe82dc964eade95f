// Loads the kernel from a BIOS and enters it by PVH: the first 2 KiB of an image, and the header behind them.
//
// The BIOS loads the first sector (of an El Torito image the first four) at 0x7c00 and jumps to it in real mode with
// dl = boot drive. From CD and from disk it is the same sector of the same file, so the code there keeps to the 440 bytes
// that an MBR leaves to code; it loads the rest of this file to where a longer sector would have put it. The writer of
// the image (build-support/cli/src/iso/) appends the load table and the command line. ISO 9660 is of no concern here.
//
// State on entry to the kernel (https://xenbits.xen.org/docs/unstable/misc/pvh.html): 32-bit protected mode, flat
// segments, paging and interrupts off, A20 on, ebx = start info. Start info, command line and memory map lie
// between 0x8400 and 0xa800. The header adds to it what stub.rs of the vocabulary's contract describes.
//
// On a failure one line goes to the screen and to COM1. Then the machine ends: by QEMU's isa-debug-exit, which carries the status
// of a fault; else, after ten seconds to read the line in, by APM's power-off, which SeaBIOS, Bochs and VirtualBox have; else by a reset.
//
// The section that carries these bytes in the ELF is not loaded and has no address. Every address is therefore a
// constant, 0x7c00 + (label - start); jumps and calls are relative. All names begin with `.L`, to stay out of the
// kernel's symbol table.

// ---- Where things lie in the image; in memory at 0x7c00 + that.
.set .LLOADED_AT, {BIOS_LOADED_AT}
.set .LMBR_CODE_SIZE, {BIOS_MBR_CODE_BYTES} // then disk signature, partition table and 0xaa55, all of them the writer's
.set .LREST, {BIOS_SECOND_STAGE}
.set .LHEADER, {BIOS_HEADER}
.set .LCOMMAND_LINE, {BIOS_COMMAND_LINE}
.set .LEND, {BIOS_END}

// ---- Other memory below 1 MiB.
.set .LSTACK_TOP, .LLOADED_AT
.set .LMEMORY_MAP, .LLOADED_AT + .LEND
.set .LMEMORY_MAP_END, 0xa800       // 128 entries
.set .LPARAMETERS, 0x7000           // result of INT 13h AH=48h, below the stack
.set .LBOUNCE, 0x10000              // 32 KiB within one 64 KiB bank, which the DMA of old controllers cannot leave

// ---- struct hvm_start_info, version 1, and what the header has behind it.
.set .LSTART_INFO, .LLOADED_AT + .LHEADER
.set .LSTART_INFO_MAGIC, {START_INFO_MAGIC}
.set .LFLAGS, .LSTART_INFO + {START_INFO_FLAGS}
.set .LMEMORY_MAP_ENTRIES, .LSTART_INFO + {START_INFO_MEMORY_MAP_ENTRIES}
.set .LENTRY, .LSTART_INFO + {BIOS_ENTRY} // far pointer to the kernel's PVH entry
.set .LTABLE, .LSTART_INFO + {BIOS_LOAD_TABLE} // load entries, up to one of size 0

// ---- A load entry.
.set .LFROM, {LOAD_FROM}            // byte offset in the image
.set .LLENGTH, {LOAD_LENGTH}        // bytes to load
.set .LTO, {LOAD_TO}                // physical address
.set .LMEMORY_SIZE, {LOAD_MEMORY_SIZE} // bytes that must be usable there
.set .LLOAD_ENTRY, {LOAD_ENTRY_BYTES}

// ---- An entry of the memory map: e820's 20 bytes, then 4 that PVH reserves.
.set .LMAP_ENTRY, {MEMORY_MAP_ENTRY_BYTES}
.set .LMAP_TYPE, {MEMORY_MAP_ENTRY_KIND}
.set .LMAP_RESERVED, 20
.set .LE820_SIZE, 20
.set .LE820_MAGIC, 0x534d4150       // `SMAP`
.set .LUSABLE, {MEMORY_USABLE}

// ---- INT 13h extensions.
.set .LPACKET_SIZE, 16
.set .LPARAMETERS_SIZE, 30
.set .LSECTOR_SIZE, .LPARAMETERS + 24
.set .LCHUNK, 0x7000                // bytes a read; with the rest of its first and last sector at most 32 KiB
.set .LTRIES, 5

.set .LCOM1, {COM1}
.set .LDEBUG_EXIT, {DEBUG_EXIT_PORT}
.set .LDELAY, 10 * 1000 * 1000 >> 16 // ten seconds, in 65,536 microseconds
.set .LVIDEO_MODE, 0x449            // in the BIOS data area
.set .LCODE, 8                      // selectors
.set .LDATA, 16

// ---- What the code addresses in its own bytes.
.set .LSTART, .LLOADED_AT + (.Lbios_stage1 - .Lbios_start)
.set .LDRIVE, .LLOADED_AT + (.Lbios_drive - .Lbios_start)
.set .LMAP_END, .LLOADED_AT + (.Lbios_map_end - .Lbios_start)
.set .LREST_ENTRY, .LLOADED_AT + (.Lbios_rest_entry - .Lbios_start)
.set .LGDT, .LLOADED_AT + (.Lbios_gdt - .Lbios_start)
.set .LNAME, .LLOADED_AT + (.Lbios_name - .Lbios_start)
.set .LEXTENSIONS_FAULT, .LLOADED_AT + (.Lbios_extensions_fault - .Lbios_start)
.set .LREAD_FAULT, .LLOADED_AT + (.Lbios_read_fault - .Lbios_start)
.set .LMEMORY_FAULT, .LLOADED_AT + (.Lbios_memory_fault - .Lbios_start)
.set .LLONG_MODE_FAULT, .LLOADED_AT + (.Lbios_long_mode_fault - .Lbios_start)

// A near call and its return in 16 bits: the assembler makes both of 32, which does not fit.
.macro bios_call target
    .byte 0xe8
    .word \target - . - 2
.endm
.macro bios_return
    .byte 0xc3
.endm

.code16
.Lbios_start:
    cli                             // for good: a BIOS service enables interrupts where it needs them
    cld
    .byte 0xea                      // jmp 0:START, as some BIOSes come in by 07c0:0000
    .word .LSTART, 0
.Lbios_stage1:
    xor ax, ax
    mov ds, ax
    mov es, ax
    mov ss, ax
    mov sp, .LSTACK_TOP
    mov byte ptr [.LDRIVE], dl

    mov ah, 0x41                    // are there extensions?
    mov bx, 0x55aa
    bios_call .Lbios_disk
    jc .Lbios_no_extensions
    cmp bx, 0xaa55
    jne .Lbios_no_extensions
    mov si, .LPARAMETERS            // the sector size: 2048 from CD, 512 from disk, and 512 where the BIOS knows none
    mov word ptr [si], .LPARAMETERS_SIZE
    mov word ptr [si + .LSECTOR_SIZE - .LPARAMETERS], 512
    mov ah, 0x48
    bios_call .Lbios_disk
    mov bx, offset .LREST_ENTRY
    bios_call .Lbios_load
    cmp dword ptr [.LSTART_INFO], .LSTART_INFO_MAGIC
    je .Lbios_stage2
.Lbios_no_read:
    mov si, offset .LREAD_FAULT
    jmp .Lbios_fail
.Lbios_no_extensions:
    mov si, offset .LEXTENSIONS_FAULT

// Prints the message at si and ends the machine. COM1 at 115200 8N1, like the kernel's own console.
.Lbios_fail:
    mov dx, .LCOM1 + 3              // line control: divisor latch, 8N1
    mov al, 0x83
    out dx, al
    mov dl, .LCOM1 & 0xff           // divisor, low and high byte
    mov ax, 1
    out dx, ax
    mov dl, (.LCOM1 + 3) & 0xff     // line control: 8N1
    mov al, 3
    out dx, al
    push si
    mov si, offset .LNAME
    bios_call .Lbios_print
    pop si
    bios_call .Lbios_print
    xor eax, eax                    // only a hypervisor has isa-debug-exit; elsewhere the port may be anything
    inc ax
    cpuid
    test ecx, ecx
    jns .Lbios_power_off
    mov dx, .LDEBUG_EXIT
    mov al, {STATUS_FAULT}
    out dx, al
.Lbios_power_off:
    mov ah, 0x86                    // wait cx * 65,536 + dx microseconds
    mov cx, .LDELAY
    int 0x15
    mov ax, 0x5307                  // APM: set the power state of all devices to off
    mov bx, 1
    mov cx, 3
    int 0x15
    .byte 0xea                      // jmp 0xffff:0, the reset vector
    .word 0, 0xffff

.Lbios_print_next:
    push ax
    mov ah, 0x0e                    // teletype, page 0
    mov bx, 7
    int 0x10
    mov dx, .LCOM1 + 5              // line status: wait until there is room, but not for ever
    xor cx, cx
.Lbios_print_wait:
    in al, dx
    test al, 0x20
    loopz .Lbios_print_wait
    mov dl, .LCOM1 & 0xff
    pop ax
    out dx, al
.Lbios_print:
    lodsb al, byte ptr [si]
    test al, al
    jnz .Lbios_print_next
    bios_return

// Loads the entry at bx, chunk by chunk through the bounce buffer, as the BIOS reaches nothing above 1 MiB. Keeps bx,
// uses up the entry.
.Lbios_load_chunk:
    mov edx, .LCHUNK
    cmp ecx, edx
    jbe .Lbios_load_last
    mov ecx, edx
.Lbios_load_last:
    movzx ebp, word ptr [.LSECTOR_SIZE]
    mov eax, dword ptr [bx + .LFROM]
    xor edx, edx
    div ebp
    mov edi, eax                    // first sector
    mov esi, edx                    // bytes of it to skip
    lea eax, [esi + ecx - 1]
    xor edx, edx
    div ebp
    inc ax                          // sectors to read
    mov bp, .LTRIES
.Lbios_read:
    pushad
    xor edx, edx
    push edx                        // the disk address packet, from its end
    push edi
    push .LBOUNCE >> 4              // segment
    push dx                         // offset
    push ax
    push .LPACKET_SIZE
    mov si, sp
    mov ah, 0x42
    bios_call .Lbios_disk
    lea sp, [esp + .LPACKET_SIZE]   // keeps the carry
    popad
    jnc .Lbios_copy
    dec bp
    jz .Lbios_no_read
    pushad
    xor ax, ax                      // reset the drive and try again
    bios_call .Lbios_disk
    popad
    jmp .Lbios_read
.Lbios_copy:
    bios_call .Lbios_protect
    mov edi, dword ptr [bx + .LTO]
    add dword ptr [bx + .LFROM], ecx
    sub dword ptr [bx + .LLENGTH], ecx
    add dword ptr [bx + .LTO], ecx
    add esi, .LBOUNCE
    rep movsb byte ptr es:[edi], byte ptr [esi]
    mov eax, cr0
    dec ax
    mov cr0, eax
    xor ax, ax                      // real mode's segments again, for the BIOS
    mov ds, ax
    mov es, ax
.Lbios_load:
    mov ecx, dword ptr [bx + .LLENGTH]
    jecxz .Lbios_loaded
    jmp .Lbios_load_chunk
.Lbios_loaded:
    bios_return

// Calls the disk service ah for the boot drive.
.Lbios_disk:
    mov dl, byte ptr [.LDRIVE]
    int 0x13
    bios_return

// Protected mode with flat data segments; the code stays in the 16-bit segment of real mode. Leaves ax = DATA.
.Lbios_protect:
    lgdt [.LGDT]
    mov eax, cr0
    inc ax
    mov cr0, eax
    mov ax, .LDATA
    mov ds, ax
    mov es, ax
    bios_return

.Lbios_name:
    .asciz "unikernel: "
.Lbios_extensions_fault:
    .asciz "BIOS lacks LBA\r\n"
.Lbios_read_fault:
    .asciz "disk read error\r\n"

.Lbios_rest_entry:                  // a load entry without its last field
    .long .LREST, .LEND - .LREST, .LLOADED_AT + .LREST
.Lbios_gdt:                         // its pointer fills the null descriptor
    .word 3 * 8 - 1
    .long .LGDT
    .word 0
    .quad 0x00cf9a000000ffff        // CODE: 32-bit, 4 GiB from 0, executable and readable
    .quad 0x00cf92000000ffff        // DATA: 32-bit, 4 GiB from 0, writable
.Lbios_drive:
    .byte 0

// ---- `.org` fails the assembly where the code before it has grown too long.
.org .Lbios_start + .LMBR_CODE_SIZE
.org .Lbios_start + .LREST
.Lbios_stage2:
    mov eax, {CPUID_EXTENDED}       // the kernel looks again, but can only say so on a console
    cpuid
    cmp eax, {CPUID_EXTENDED}
    jbe .Lbios_no_long_mode
    mov eax, {CPUID_EXTENDED} + 1
    cpuid
    bt edx, {CPUID_LONG_MODE_BIT}
    jnc .Lbios_no_long_mode
    mov al, byte ptr [.LVIDEO_MODE]
    and al, 0xfe                    // modes 2 and 3 are text of 80 columns
    cmp al, 2
    jne .Lbios_no_text_screen
    or dword ptr [.LFLAGS], {START_INFO_TEXT_SCREEN}
.Lbios_no_text_screen:

    mov ax, 0x2401                  // A20 by the BIOS, then by the chip set for a BIOS without
    int 0x15
    in al, 0x92
    or al, 2
    and al, 0xfe                    // bit 0 would reset the machine
    out 0x92, al

    mov di, .LMEMORY_MAP
    xor ebx, ebx                    // the BIOS' cursor
    xor bp, bp                      // entries
.Lbios_next_range:
    mov eax, 0xe820
    mov edx, .LE820_MAGIC
    mov ecx, .LE820_SIZE
    mov dword ptr [di + .LMAP_RESERVED], 0
    int 0x15
    jc .Lbios_map_done              // no such service, or past the last entry
    cmp eax, .LE820_MAGIC
    jne .Lbios_map_done
    inc bp
    add di, .LMAP_ENTRY
    test ebx, ebx
    jz .Lbios_map_done
    cmp di, offset .LMEMORY_MAP_END
    jb .Lbios_next_range
.Lbios_map_done:
    mov word ptr [.LMAP_END], di
    mov word ptr [.LMEMORY_MAP_ENTRIES], bp

    mov bx, .LTABLE
.Lbios_next_segment:
    cmp dword ptr [bx + .LMEMORY_SIZE], 0
    je .Lbios_enter
    mov edi, dword ptr [bx + .LTO]      // up to here the segment is known to lie in usable memory
    mov ebp, edi
    add ebp, dword ptr [bx + .LMEMORY_SIZE]
.Lbios_cover:                           // ranges may follow each other: from the end of one look for the next
    mov si, offset .LMEMORY_MAP - .LMAP_ENTRY
.Lbios_next_place:
    add si, .LMAP_ENTRY
    cmp si, word ptr [.LMAP_END]
    jae .Lbios_no_place
    cmp dword ptr [si + .LMAP_TYPE], .LUSABLE
    jne .Lbios_next_place
    cmp dword ptr [si + 4], 0           // it begins above 4 GiB
    jne .Lbios_next_place
    mov eax, dword ptr [si]
    cmp eax, edi
    ja .Lbios_next_place
    mov edx, dword ptr [si + 12]
    add eax, dword ptr [si + 8]
    adc edx, 0
    jnz .Lbios_covered                  // it ends above 4 GiB
    cmp eax, edi
    jbe .Lbios_next_place
    mov edi, eax
    cmp edi, ebp
    jb .Lbios_cover
.Lbios_covered:
    bios_call .Lbios_load
    add bx, .LLOAD_ENTRY
    jmp .Lbios_next_segment
.Lbios_no_place:
    mov si, offset .LMEMORY_FAULT
    jmp .Lbios_fail
.Lbios_no_long_mode:
    mov si, offset .LLONG_MODE_FAULT
    jmp .Lbios_fail

.Lbios_enter:
    bios_call .Lbios_protect
    mov ss, ax
    mov ebx, .LSTART_INFO
    jmp fword ptr [.LENTRY]

.Lbios_memory_fault:
    .asciz "the kernel does not fit into this machine's usable memory; give the machine more\r\n"
.Lbios_long_mode_fault:
    .asciz "this processor has no 64-bit mode\r\n"
.Lbios_map_end:
    .word 0

.org .Lbios_start + .LHEADER
    .long .LSTART_INFO_MAGIC
    .long {START_INFO_VERSION}
    .long 0                         // flags
    .long 0                         // modules
    .quad 0                         // list of modules
.org .Lbios_start + .LHEADER + {START_INFO_COMMAND_LINE}
    .quad .LLOADED_AT + .LCOMMAND_LINE
    .quad 0                         // RSDP: the kernel searches where a BIOS puts it
.org .Lbios_start + .LHEADER + {START_INFO_MEMORY_MAP}
    .quad .LMEMORY_MAP
    .long 0                         // entries of the memory map
    .long 0                         // identity of the image: the writer knows it
.org .Lbios_start + .LHEADER + {BIOS_ENTRY}
    .long 0                         // entry: the writer knows it
    .word .LCODE
.org .Lbios_start + .LHEADER + {BIOS_LAYOUT_VERSION_AT}
    .word {BIOS_LAYOUT_VERSION}
.org .Lbios_start + .LHEADER + {BIOS_LOAD_TABLE}
.purgem bios_call
.purgem bios_return
.code64
