//! Faults of declared devices and their options.

use super::{none, one};

#[test]
fn a_duplicate_device_marks_both_places() {
    one(
        "#[unikernel(console, clock, console)]\n\
         fn main() {}",
        "1:13-1:36 duplicate device `console`\n\
         help: remove one of them",
    );
}

#[test]
fn a_duplicate_device_on_several_lines() {
    one(
        "#[unikernel(\n\
         \x20   console,\n\
         \x20   clock,\n\
         \x20   console,\n\
         )]\n\
         fn main() {}",
        "2:5-4:12 duplicate device `console`\n\
         help: remove one of them",
    );
}

#[test]
fn an_option_where_there_are_none() {
    one(
        "#[unikernel(clock(baud = 9600))]\n\
         fn main() {}",
        "1:19-1:23 `clock` has no options\n\
         help: write `clock`",
    );
}

#[test]
fn an_unknown_option_suggests_the_nearest() {
    one(
        "#[unikernel(heap(sise = \"1MiB\"))]\n\
         fn main() {}",
        "1:18-1:22 `heap` has no option `sise`\n\
         expected `size`\n\
         help: write `size`",
    );
}

#[test]
fn an_unknown_option_that_is_near_to_none() {
    one(
        "#[unikernel(heap(frobnicate = \"1MiB\"))]\n\
         fn main() {}",
        "1:18-1:28 `heap` has no option `frobnicate`\n\
         expected `size`\n\
         help: write `heap(size = \"1MiB\")`",
    );
}

#[test]
fn a_duplicate_option() {
    one(
        "#[unikernel(heap(size = \"1MiB\", size = \"2MiB\"))]\n\
         fn main() {}",
        "1:18-1:37 duplicate option `size`\n\
         help: remove one of them",
    );
}

#[test]
fn a_float_for_a_size() {
    one(
        "#[unikernel(heap(size = 5.5))]\n\
         fn main() {}",
        "1:25-1:28 `size` takes a size from 4KiB to 960MiB, such as `16MiB`, not `5.5`\n\
         help: write `heap(size = \"1MiB\")`",
    );
}

#[test]
fn a_negative_size() {
    one(
        "#[unikernel(heap(size = -1))]\n\
         fn main() {}",
        "1:25-1:27 wrong value of `size`: `-1` is not a size from 4KiB to 960MiB, such as `16MiB`\n\
         help: write `heap(size = \"1MiB\")`",
    );
}

#[test]
fn a_wrong_unit_of_a_size() {
    one(
        "#[unikernel(heap(size = \"1Mib\"))]\n\
         fn main() {}",
        "1:25-1:31 wrong value of `size`: `1Mib` has an unknown unit: the known ones are `KiB`, `MiB`, `GiB`, `TiB`\n\
         help: write `heap(size = \"1MiB\")`",
    );
}

#[test]
fn a_wrong_word_suggests_the_nearest() {
    one(
        "#[unikernel(log(level = \"inof\"))]\n\
         fn main() {}",
        "1:25-1:31 wrong value of `level`: `inof` is not one of `off`, `error`, `warn`, `info`, `debug`, `trace`\n\
         help: write `log(level = \"info\")`",
    );
}

#[test]
fn an_integer_for_a_word() {
    one(
        "#[unikernel(log(level = 3))]\n\
         fn main() {}",
        "1:25-1:26 `level` takes one of `off`, `error`, `warn`, `info`, `debug`, `trace`, not `3`\n\
         help: write `log(level = \"info\")`",
    );
}

#[test]
fn an_option_without_a_value() {
    one(
        "#[unikernel(log(level))]\n\
         fn main() {}",
        "1:17-1:22 `level` lacks a value: it takes one of `off`, `error`, `warn`, `info`, `debug`, `trace`\n\
         help: write `log(level = \"info\")`",
    );
}

#[test]
fn a_name_where_there_is_one_of_a_kind() {
    one(
        "#[unikernel(clock(name = \"tty\"))]\n\
         fn main() {}",
        "1:19-1:23 `clock` has no options\n\
         help: write `clock`",
    );
}

#[test]
fn a_suffix_on_a_size() {
    one(
        "#[unikernel(heap(size = 4096u32))]\n\
         fn main() {}",
        "1:25-1:32 `size` takes a size from 4KiB to 960MiB, such as `16MiB`, not `4096u32`\n\
         help: write `heap(size = \"4096\")`",
    );
}

#[test]
fn no_fault() {
    none(
        "#[unikernel(heap(size = 4096))]\n\
         fn main() {}",
    );
    none(
        "#[unikernel(console())]\n\
         fn main() {}",
    );
}

#[test]
fn a_log_without_a_console() {
    one(
        "#[unikernel(log(level = \"debug\"), clock)]\nfn main() {}",
        "1:13-1:16 `log` needs a `console`, and none is declared\n\
         help: write `#[unikernel(console, log(level = \"debug\"), clock)]`",
    );
    none("#[unikernel(log, console)]\nfn main() {}");
    // What was meant to be it is the fault.
    one(
        "#[unikernel(log, consol)]\nfn main() {}",
        "1:18-1:24 unknown device `consol`\n\
         expected one of `console`, `clock`, `net`, `block`, `kv`, `entropy`, `heap`, `log`, `shutdown`, `stack`, `std`, `tmp`, `values`, `args`, `env`\n\
         help: write `console`",
    );
}

#[test]
fn an_unknown_device_of_the_console() {
    one(
        "#[unikernel(console(serail))]\nfn main() {}",
        "1:21-1:27 `console` has no option `serail`\nexpected one of `serial`, `screen`, `virtio`, `crlf`\nhelp: write `serial`",
    );
}

#[test]
fn a_console_of_no_device() {
    one(
        "#[unikernel(console(serial = false))]\nfn main() {}",
        "1:13-1:20 `console` names no device\nexpected one of `serial`, `screen`, `virtio`\nhelp: write `console(serial)`",
    );
    none("#[unikernel(console(serial))]\nfn main(console: Console) {}");
}

#[test]
fn sizes_say_their_limits() {
    let wrong = |written: &str, expected: &str| {
        one(&format!("#[unikernel({written})]\nfn main(_net: Net) {{}}"), expected);
    };
    for size in ["\"0\"", "0", "\"64TiB\"", "\"99999999TiB\"", "\"961MiB\""] {
        let end = 25 + size.len();
        let text = size.trim_matches('"');
        one(
            &format!("#[unikernel(heap(size = {size}))]\nfn main() {{}}"),
            &format!(
                "1:25-1:{end} wrong value of `size`: `{text}` is not a size from 4KiB to 960MiB, such as `16MiB`\n\
                 help: write `heap(size = \"1MiB\")`"
            ),
        );
    }
    wrong(
        "net(dhcp, receive_buffer = 100)",
        "1:40-1:43 wrong value of `receive_buffer`: `100` is not a size from 512 bytes to 512MiB, such as `16MiB`\n\
         help: write `net(receive_buffer = \"256KiB\")`",
    );
    wrong(
        "net(dhcp, send_buffer = \"1GiB\")",
        "1:37-1:43 wrong value of `send_buffer`: `1GiB` is not a size from 512 bytes to 512MiB, such as `16MiB`\n\
         help: write `net(send_buffer = \"256KiB\")`",
    );
}

#[test]
fn sizes_that_no_image_has_room_for_together() {
    one(
        "#[unikernel(net(dhcp, sockets = 65535, pool = \"512MiB\"), heap(size = \"500MiB\"))]\n\
         fn main(net: Net) {}",
        "1:13-1:16 the declared sizes need 1044 MiB of static memory, 544 MiB of it for `net`, and an image has at most 960 MiB\n\
         help: declare smaller sizes",
    );
    one(
        "#[unikernel(heap(size = \"960MiB\"), net(dhcp))]\n\
         fn main(net: Net) {}",
        "1:13-1:17 the declared sizes need 961 MiB of static memory, 960 MiB of it for `heap`, and an image has at most 960 MiB\n\
         help: declare smaller sizes",
    );
    none("#[unikernel(heap(size = \"960MiB\"))]\nfn main() {}");
}

#[test]
fn the_ends_of_lines_of_a_console() {
    none("#[unikernel(console(crlf = false))]\nfn main(console: Console) {}");
    none("#[unikernel(console(screen, virtio, crlf = false))]\nfn main(console: Console) {}");
    one(
        "#[unikernel(console(screen, crlf = false))]\nfn main() {}",
        "1:36-1:41 `crlf` has no effect on a screen, which shows lines and sends nothing\nhelp: remove `crlf`",
    );
    one(
        "#[unikernel(console(crlf = 1))]\nfn main() {}",
        "1:28-1:29 `crlf` takes `true` or `false`, not `1`\nhelp: write `console(crlf = true)`",
    );
}

#[test]
fn names_of_dhcp_clients() {
    none("#[unikernel(net(dhcp, hostname = \"web-1\", client_id = \"rack 7\"))]\nfn main(net: Net) {}");
    none("#[unikernel(net(dhcp, hostname, client_id))]\nfn main(net: Net) {}");
    for (name, columns) in [("a.b", "1:34-1:39"), ("-a", "1:34-1:38"), ("", "1:34-1:36")] {
        one(
            &format!("#[unikernel(net(dhcp, hostname = \"{name}\"))]\nfn main(net: Net) {{}}"),
            &format!(
                "{columns} `{name}` cannot be a host name: a host name is 1 to 63 letters, digits and `-`, which is neither the \
                 first nor the last of them\nhelp: write `hostname = \"web-1\"`"
            ),
        );
    }
    one(
        "#[unikernel(net(dhcp, client_id = \"a\"))]\nfn main(net: Net) {}",
        "1:35-1:38 `a` cannot be a client identifier: a client identifier is 2 to 64 bytes\nhelp: write `client_id = \"web-1\"`",
    );
}

#[test]
fn serials_of_disks() {
    const MAIN: &str = "fn main(a: Block, b: Block) {}";
    none(&format!("#[unikernel(block(name = \"a\", serial = \"WD-1_2.3+4\"), block(name = \"b\", serial))]\n{MAIN}"));
    none("#[unikernel(block(serial = \"01234567890123456789\"))]\nfn main(block: Block) {}");
    for (serial, columns) in [("a b", "1:28-1:33"), ("a,b", "1:28-1:33"), ("gr\u{fc}n", "1:28-1:34"), ("", "1:28-1:30")]
    {
        one(
            &format!("#[unikernel(block(serial = \"{serial}\"))]\nfn main(block: Block) {{}}"),
            &format!(
                "{columns} `{serial}` cannot be the serial of a disk: a serial is 1 to 20 letters, digits, `_`, `-`, `.` and `+`\n\
                 help: write `serial = \"block\"`"
            ),
        );
    }
    one(
        "#[unikernel(block(serial = \"012345678901234567890\"))]\nfn main(block: Block) {}",
        "1:28-1:51 wrong value of `serial`: a string of 21 bytes is longer than 20 bytes\n\
         help: write `block(serial = \"text\")`",
    );
    one(
        &format!("#[unikernel(block(name = \"a\", serial = \"x\"), block(name = \"b\", serial = \"x\"))]\n{MAIN}"),
        "1:40-1:76 `a` and `b` want the disk with the same serial, `x`\nhelp: give each disk a serial of its own",
    );
}
