//! What other systems call the devices, and words that name no device but have a way of their own.

/// The device that is meant by a name of another system's, or of one of its parts.
const DEVICES: &[(&str, &[&str])] = &[
    (
        "console",
        &["print", "println", "screen", "serial", "stderr", "stdio", "stdout", "terminal", "tty", "uart", "vga"],
    ),
    ("clock", &["pit", "rtc", "sleep", "time", "timer", "tsc"]),
    (
        "net",
        &[
            "dhcp", "dns", "ethernet", "http", "icmp", "ip", "ipv4", "ipv6", "network", "nic", "ping", "socket", "tcp",
            "udp",
        ],
    ),
    ("block", &["blk", "blockdev", "disk", "drive", "nvme", "scsi", "storage", "volume"]),
    ("kv", &["embed", "fat", "file", "files", "filesystem", "folder", "fs"]),
    ("entropy", &["getrandom", "rand", "random", "rng"]),
    ("heap", &["alloc", "allocator", "malloc", "memory"]),
    ("log", &["logger", "logging", "trace", "tracing"]),
    ("shutdown", &["acpi", "power", "poweroff", "signal", "sigterm"]),
    ("args", &["arg", "argv", "arguments", "cmdline", "parameters"]),
];

/// What to do instead of declaring it.
const WAYS: &[(&[&str], &str)] = &[
    (
        &["async", "embassy", "executor", "tokio"],
        "nothing is to be declared for it: write `async fn main`, with the feature `async` of `unikernel-rt`",
    ),
    (
        &["libc", "posix", "threads"],
        "write `std`, and `std::thread` is there: the application is an ordinary program then",
    ),
    (
        &["panic", "panic_handler"],
        "nothing is to be declared for it: a panic is reported and ends the machine with status 101",
    ),
    (&["rest"], "write `args(..rest)`"),
];

/// The line that helps with an unknown device.
pub(super) fn help(name: &str) -> Option<String> {
    let is_meant = |names: &&[&str]| names.contains(&name);
    if let Some((device, _)) = DEVICES.iter().find(|(_, names)| is_meant(names)) {
        return Some(format!("help: write `{device}`"));
    }
    WAYS.iter().find(|(names, _)| is_meant(names)).map(|(_, way)| format!("help: {way}"))
}

#[cfg(test)]
mod tests {
    use super::{DEVICES, WAYS, help};

    #[test]
    fn each_is_the_name_of_something_else_once() {
        let kinds = || unikernel_vocabulary::DEVICES.iter().map(|spec| spec.kind).chain(["args"]);
        let mut names: Vec<&str> = DEVICES.iter().flat_map(|(_, names)| *names).copied().collect();
        names.extend(WAYS.iter().flat_map(|(names, _)| *names));
        for name in &names {
            assert!(kinds().all(|kind| kind != *name), "`{name}` is a device");
            assert_eq!(names.iter().filter(|other| *other == name).count(), 1, "{name}");
        }
        for (device, _) in DEVICES {
            assert!(kinds().any(|kind| kind == *device), "`{device}` is no device");
        }
    }

    #[test]
    fn helps() {
        assert_eq!(help("uart").as_deref(), Some("help: write `console`"));
        assert!(help("tokio").is_some_and(|help| help.contains("`async fn main`")));
        assert_eq!(help("frobnicate"), None);
    }
}
