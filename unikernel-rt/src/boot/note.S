// The ELF note that PVH loaders look for: lengths of owner and address, type, owner, the address of the entry.

    .balign 4
    .long 4, 4, {PVH_NOTE_TYPE}, {PVH_NOTE_OWNER}
    .long {entry}
