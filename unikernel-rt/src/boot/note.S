// The ELF note that PVH loaders look for: owner "Xen", type 18 (XEN_ELFNOTE_PHYS32_ENTRY), the address of the entry.

    .pushsection .note.unikernel.pvh, "a", @note
    .balign 4
    .long 4, 4, 18
    .asciz "Xen"
    .long {entry}
    .popsection
