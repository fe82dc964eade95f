// Prints what the loader handed over, line by line, to COM1; ends by isa-debug-exit, by Bochs' port, else by halting.

.set COM1, {COM1}
.set DEBUG_EXIT, {DEBUG_EXIT}
.set BOCHS_SHUTDOWN, 0x8900

.pushsection .note.pvh, "a", @note
    .long 4, 4, {PVH_NOTE_TYPE}, {PVH_NOTE_OWNER}
    .long pvh_entry
.popsection

.section .text
.code32
.globl pvh_entry
pvh_entry:
    // The state, before anything changes it: flags, selectors' effect, control registers.
    mov esp, offset stack_top
    pushfd
    pop ebp
    mov dx, COM1 + 3                    // 115200 8N1, by the divisor latch
    mov al, 0x83
    out dx, al
    mov dx, COM1
    mov ax, 1
    out dx, ax
    mov dx, COM1 + 3
    mov al, 3
    out dx, al
    mov esi, offset text_state
    call print
    mov eax, cr0
    call print_number
    mov eax, cr4
    call print_number
    mov eax, ebp
    and eax, 0x20200                    // VM, IF
    call print_number
    mov ax, ss
    movzx eax, ax
    call print_number
    mov eax, [ebx]                      // start info: magic, version
    call print_number
    mov eax, [ebx + 4]
    call print_number
    mov esi, offset text_start_info
    call print
    mov eax, ebx
    call print_number
    mov eax, [ebx + 24]                 // command line
    call print_number
    mov eax, [ebx + 40]                 // memory map
    call print_number

    mov esi, offset text_a20            // without A20 both are the same memory
    call print
    mov eax, [0x101000]
    not dword ptr [0x001000]
    xor eax, [0x101000]
    call print_number

    mov esi, offset text_pattern        // the number of words that are not what they should be
    call print
    mov edi, offset pattern_start
    xor ecx, ecx
    xor edx, edx
1:  imul eax, ecx, 0x9e3779b1
    cmp eax, [edi + ecx * 4]
    je 2f
    inc edx
2:  inc ecx
    lea eax, [edi + ecx * 4]
    cmp eax, offset pattern_end
    jb 1b
    mov eax, edx
    call print_number
    mov esi, offset text_initialised
    call print
    mov esi, offset initialised
    call print

    mov ebp, [ebx + 48]
    mov edi, [ebx + 40]
3:  test ebp, ebp
    jz 4f
    mov esi, offset text_memory
    call print
    mov eax, [edi + 4]
    call print_number
    mov eax, [edi]
    call print_number
    mov eax, [edi + 12]
    call print_number
    mov eax, [edi + 8]
    call print_number
    mov eax, [edi + 16]
    call print_number
    mov eax, [edi + 20]
    call print_number
    add edi, 24
    dec ebp
    jmp 3b
4:
    mov esi, offset text_command_line
    call print
    mov esi, [ebx + 24]
    call print
    mov esi, offset text_end
    call print
    mov dx, COM1 + 5                    // until all of it is on the wire
5:  in al, dx
    test al, 0x40
    jz 5b
    mov dx, DEBUG_EXIT
    xor eax, eax
    out dx, eax
    mov esi, offset text_shutdown
    mov ecx, 8
    mov dx, BOCHS_SHUTDOWN
    rep outsb
6:  hlt
    jmp 6b

// Prints the text at esi.
print:
    lodsb
    test al, al
    jz 1f
    call print_letter
    jmp print
1:  ret

// Prints a space and eax in hexadecimal.
print_number:
    push eax
    mov al, ' '
    call print_letter
    pop eax
    mov ecx, 8
1:  rol eax, 4
    push eax
    and eax, 15
    mov al, [digits + eax]
    call print_letter
    pop eax
    loop 1b
    ret

// Prints al.
print_letter:
    push edx
    push eax
    mov dx, COM1 + 5
1:  in al, dx
    test al, 0x20
    jz 1b
    pop eax
    mov dx, COM1
    out dx, al
    pop edx
    ret

.section .rodata
digits: .ascii "0123456789abcdef"
text_state: .asciz "cr0, cr4, flags, ss, magic, version:"
text_start_info: .asciz "\nstart info, command line, memory map:"
text_a20: .asciz "\na20:"
text_pattern: .asciz "\nwrong words:"
text_initialised: .asciz "\ninitialised: "
text_memory: .asciz "\nmemory:"
text_command_line: .asciz "\ncommand line: <"
text_end: .asciz ">\nend\n"
text_shutdown: .asciz "Shutdown"

.data
initialised: .asciz "yes"

.bss
.skip 4096
stack_top:

.section .far, "aw", @nobits
.skip 0x400000
.text
.code64
