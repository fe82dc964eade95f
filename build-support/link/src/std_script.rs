//! The linker script of a program of the standard library: that of a kernel, with thread-local storage and constructors.

use super::SCRIPT;

/// What LLD calls about an undefined symbol of such a program.
pub(crate) const UNDEFINED: &str = include_str!("undefined_std.sh");

/// What the lines of the script that begin with `std` are replaced by.
const PARTS: [(&str, &str); 2] = [
    ("/* std: headers */", "tls PT_TLS FLAGS(4);"),
    (
        "/* std: constants */",
        "/* What begins the thread-local variables of each thread, and room for those that begin as zeroes. The runtime copies it to \
         below a\n     * thread's control block, so that the size is a multiple of the alignment. */
    .tdata ALIGN(128) : { __thread_data_start = .; *(.tdata .tdata.*) __thread_data_end = .; } :rodata :tls
    .tbss : { *(.tbss .tbss.*) . = ALIGN(128); __thread_storage_end = .; } :rodata :tls
    /* Functions to call before `main`, those with a priority first. */
    .init_array ALIGN(8) : {
        __init_array_start = .;
        KEEP(*(SORT_BY_INIT_PRIORITY(.init_array.*)))
        KEEP(*(.init_array))
        __init_array_end = .;
    } :rodata",
    ),
];

/// What the script asserts besides.
const ASSERTIONS: &str = "\
/* Functions that `std` looks for, and does without where their address is 0. */
PROVIDE(statx = 0);
PROVIDE(pidfd_spawnp = 0);
PROVIDE(pidfd_getpid = 0);
PROVIDE(posix_spawn_file_actions_addchdir = 0);
PROVIDE(posix_spawn_file_actions_addchdir_np = 0);
PROVIDE(__pthread_get_minstack = 0);
/* Every call of it is replaced when the kernel is linked: there is one module. Without optimization, its name stays. */
PROVIDE(__tls_get_addr = 0);

ASSERT(ALIGNOF(.tdata) <= 128 && ALIGNOF(.tbss) <= 128, \"a thread-local variable is aligned to at most 128 bytes\")
ASSERT(__thread_storage_end % 128 == 0, \"thread-local storage is a multiple of 128 bytes\")
";

/// The script.
pub(crate) fn script() -> String {
    let script = PARTS.iter().fold(SCRIPT.to_owned(), |script, (place, part)| script.replace(place, part));
    script + ASSERTIONS
}

#[cfg(test)]
mod tests {
    use super::{PARTS, SCRIPT, script};

    #[test]
    fn every_part_has_its_place() {
        for (place, part) in PARTS {
            assert_eq!(SCRIPT.matches(place).count(), 1, "{place}");
            assert!(script().contains(part));
        }
        assert!(!script().contains("/* std:"));
    }
}
