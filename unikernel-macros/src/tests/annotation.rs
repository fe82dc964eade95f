//! Faults of the annotation's grammar.

use super::{faults, none, one};

#[test]
fn an_unknown_device_suggests_the_nearest() {
    one(
        "#[unikernel(consol)]\n\
         fn main(console: Console) {}",
        "1:13-1:19 unknown device `consol`\n\
         expected one of `console`, `clock`, `net`, `block`, `kv`, `entropy`, `heap`, `log`, `shutdown`, `stack`, `std`, `tmp`, `values`, `args`, `env`\n\
         help: write `console`",
    );
}

#[test]
fn an_unknown_device_that_is_near_to_none() {
    one(
        "#[unikernel(frobnicate)]\n\
         fn main() {}",
        "1:13-1:23 unknown device `frobnicate`\n\
         expected one of `console`, `clock`, `net`, `block`, `kv`, `entropy`, `heap`, `log`, `shutdown`, `stack`, `std`, `tmp`, `values`, `args`, `env`",
    );
}

#[test]
fn an_unknown_device_with_a_name_is_one_mistake() {
    one(
        "#[unikernel(nett(name = \"lan\", ip = \"10.0.0.2\"))]\nfn main(lan: Net) {}",
        "1:13-1:17 unknown device `nett`\n\
         expected one of `console`, `clock`, `net`, `block`, `kv`, `entropy`, `heap`, `log`, `shutdown`, `stack`, `std`, `tmp`, `values`, `args`, `env`\n\
         help: write `net`",
    );
}

#[test]
fn an_unknown_device_with_options_is_one_mistake() {
    one(
        "#[unikernel(heep(size = \"1MiB\"))]\n\
         fn main() {}",
        "1:13-1:17 unknown device `heep`\n\
         expected one of `console`, `clock`, `net`, `block`, `kv`, `entropy`, `heap`, `log`, `shutdown`, `stack`, `std`, `tmp`, `values`, `args`, `env`\n\
         help: write `heap`",
    );
}

#[test]
fn two_commas() {
    one(
        "#[unikernel(console,, clock)]\n\
         fn main() {}",
        "1:21-1:22 expected a device, such as `console`, and found `,`",
    );
}

#[test]
fn a_comma_alone() {
    one(
        "#[unikernel(,)]\n\
         fn main() {}",
        "1:13-1:14 expected a device, such as `console`, and found `,`",
    );
}

#[test]
fn a_missing_comma() {
    one(
        "#[unikernel(console clock)]\n\
         fn main(clock: Clock) {}",
        "1:21-1:26 expected a comma between `console` and `clock`",
    );
}

#[test]
fn a_value_for_a_device() {
    one(
        "#[unikernel(console = 5)]\n\
         fn main() {}",
        "1:21-1:22 `console` does not take a value\n\
         help: options go in parentheses: `console(option = ...)`",
    );
}

#[test]
fn a_literal_for_a_device() {
    one(
        "#[unikernel(\"console\")]\n\
         fn main() {}",
        "1:13-1:22 expected a device, such as `console`, and found `\"console\"`",
    );
}

#[test]
fn a_path_for_a_device() {
    one(
        "#[unikernel(rt::console)]\n\
         fn main() {}",
        "1:15-1:16 unexpected `:` after `rt`\n\
         help: separate declarations by commas",
    );
}

#[test]
fn brackets_for_parentheses() {
    one(
        "#[unikernel(heap[size = 3])]\n\
         fn main() {}",
        "1:17-1:27 unexpected `[size = 3]` after `heap`\n\
         help: separate declarations by commas",
    );
}

#[test]
fn a_missing_value() {
    one(
        "#[unikernel(args(port =))]\n\
         fn main(port: u16) {}",
        "1:23-1:24 `port =` lacks a value",
    );
}

#[test]
fn two_values() {
    one(
        "#[unikernel(args(port = 80 81))]\n\
         fn main(port: u16) {}",
        "1:25-1:30 the value of `port` must be a literal, such as `80`, `\"text\"` or `true`, or the name of a constant",
    );
}

#[test]
fn an_expression_for_a_value() {
    one(
        "#[unikernel(args(port = 40 + 40))]\n\
         fn main(port: u16) {}",
        "1:25-1:32 the value of `port` must be a literal, such as `80`, `\"text\"` or `true`, or the name of a constant\n\
         help: define `const PORT: ... = 40 + 40;` and write `port = PORT`",
    );
}

#[test]
fn a_constant_for_a_value() {
    for constant in ["PORT", "config::PORT", "u16::MAX", "env!(\"PORT\")"] {
        none(&format!("#[unikernel(args(port = {constant}))]\nfn main(port: u16) {{}}"));
    }
}

#[test]
fn a_constant_for_an_option_of_a_device() {
    one(
        "#[unikernel(heap(size = SIZE))]\n\
         fn main() {}",
        "1:25-1:29 `size` takes a literal: an option of a device cannot be a constant\n\
         help: write `heap(size = \"1MiB\")`",
    );
    one(
        "#[unikernel(net(mtu = MTU, dhcp))]\n\
         fn main(net: Net) {}",
        "1:23-1:26 `mtu` takes a literal: an option of a device cannot be a constant\n\
         help: write `net(mtu = 1500)`",
    );
    one(
        "#[unikernel(net(name = NAME, dhcp))]\n\
         fn main(net: Net) {}",
        "1:24-1:28 `name` takes a literal, not a constant\n\
         help: write `net(name = \"lan\")`",
    );
}

#[test]
fn the_type_of_an_argument() {
    for (written, default, end) in [("dns: Option<Ipv4Addr>", "", 21), ("dns: Option<Ipv4Addr> = None", " = None", 21)]
    {
        one(
            &format!("#[unikernel(args({written}))]\nfn main(dns: Option<Ipv4Addr>) {{}}"),
            &format!(
                "1:{end}-1:22 the type of `dns` is that of the parameter, and does not belong here\n\
                 help: write `dns{default}`, and `dns: Option<Ipv4Addr>` as the parameter of `main`"
            ),
        );
    }
    one(
        "#[unikernel(args(map: Map<u8, fn(u8) -> u8>, port = 80))]\n\
         fn main(map: u8, port: u16) {}",
        "1:21-1:22 the type of `map` is that of the parameter, and does not belong here\n\
         help: write `map`, and `map: Map<u8, fn(u8) -> u8>` as the parameter of `main`",
    );
}

#[test]
fn a_hyphen_in_a_name() {
    one(
        "#[unikernel(args(listen-port))]\n\
         fn main(listen_port: u16) {}",
        "1:18-1:29 `listen-port` is not a name: a name has no `-`\n\
         help: write `listen_port`",
    );
    one(
        "#[unikernel(args(a-b-c = 5, d))]\n\
         fn main(a_b_c: u16, d: u8) {}",
        "1:18-1:23 `a-b-c` is not a name: a name has no `-`\n\
         help: write `a_b_c`",
    );
    one(
        "#[unikernel(net(dhcp, rx-buffers = 64))]\n\
         fn main(net: Net) {}",
        "1:23-1:33 `rx-buffers` is not a name: a name has no `-`\n\
         help: write `rx_buffers`",
    );
}

#[test]
fn what_is_written_after_a_name() {
    let wrong = |written: &str, expected: &str| {
        one(&format!("#[unikernel(args({written}))]\nfn main(port: u16) {{}}"), expected)
    };
    wrong("port 80", "1:23-1:25 expected `=` between `port` and `80`\nhelp: write `port = 80`");
    wrong("port(80)", "1:22-1:26 unexpected `(80)` after `port`\nhelp: write `port = 80`");
    wrong("port name", "1:23-1:27 expected a comma between `port` and `name`");
    wrong("port?", "1:22-1:23 unexpected `?` after `port`\nhelp: write `port = ...`");
    wrong("port: ", "1:22-1:23 unexpected `:` after `port`\nhelp: write `port = ...`");
}

#[test]
fn attributes_that_are_not_cfg() {
    one(
        "#[unikernel(#[inline] console)]\n\
         fn main() {}",
        "1:13-1:22 only `#[cfg(...)]` is allowed here",
    );
    one(
        "#[unikernel(args(\n\
         /// The port.\n\
         port = 80))]\n\
         fn main(port: u16) {}",
        "2:1-2:14 a doc comment is not allowed here\nhelp: write `//` for a comment",
    );
}

#[test]
fn a_colon_for_an_equals_sign() {
    one(
        "#[unikernel(args(port: 80))]\n\
         fn main(port: u16) {}",
        "1:22-1:23 unexpected `:` after `port`\n\
         help: write `port = 80`",
    );
}

#[test]
fn a_literal_for_an_argument() {
    one(
        "#[unikernel(args(80))]\n\
         fn main(port: u16) {}",
        "1:18-1:20 expected a name, such as `port` or `port = 80`, and found `80`",
    );
}

#[test]
fn a_keyword_for_a_device() {
    one(
        "#[unikernel(fn)]\n\
         fn main() {}",
        "1:13-1:15 unknown device `fn`\n\
         expected one of `console`, `clock`, `net`, `block`, `kv`, `entropy`, `heap`, `log`, `shutdown`, `stack`, `std`, `tmp`, `values`, `args`, `env`",
    );
}

#[test]
fn several_faults_are_all_reported() {
    let source = "#[unikernel(consol, heap(sise = \"1MiB\"), args(port = 70000, port = 1))]\n\
                  fn main(console: Console, port: u16, timer: Clock) -> u32 {}";
    let expected = [
        "1:13-1:19 unknown device `consol`\n\
         expected one of `console`, `clock`, `net`, `block`, `kv`, `entropy`, `heap`, `log`, `shutdown`, `stack`, `std`, `tmp`, `values`, `args`, `env`\n\
         help: write `console`",
        "1:26-1:30 `heap` has no option `sise`\n\
         expected `size`\n\
         help: write `size`",
        "1:47-1:65 duplicate argument `port`\n\
         help: remove one of them",
        "2:55-2:58 `main` cannot return `u32`: it returns nothing, `!`, `Result<(), E>` or `ExitCode`\n\
         help: write `fn main(port: u16) -> ExitCode`",
        "2:38-2:43 `timer` is not declared\n\
         help: write `#[unikernel(consol, heap(sise = \"1MiB\"), args(port = 70000, port = 1), clock)]` and `clock: Clock`",
        "1:54-1:59 wrong value of `port`: `70000` is more than 65535\n\
         help: `port` takes an integer from 0 to 65535",
    ];
    assert_eq!(faults(source), expected);
}

#[test]
fn no_fault() {
    none(
        "#[unikernel()]\n\
         fn main() {}",
    );
    none(
        "#[unikernel]\n\
         fn main() {}",
    );
    none(
        "#[unikernel(console, args(port = 80,),)]\n\
         fn main(port: u16) {}",
    );
}
