//! Faults of boot arguments and their defaults.

use super::{faults, none, one};

#[test]
fn a_duplicate_argument() {
    one(
        "#[unikernel(args(port = 80, greeting, port = 81))]\n\
         fn main(port: u16, greeting: &str) {}",
        "1:18-1:43 duplicate argument `port`\n\
         help: remove one of them",
    );
}

#[test]
fn args_twice() {
    one(
        "#[unikernel(args(port = 80), console, args(name))]\n\
         fn main(port: u16, name: &str) {}",
        "1:13-1:43 duplicate `args`\n\
         help: put all arguments into one `args(...)`",
    );
}

#[test]
fn an_argument_named_like_a_device() {
    one(
        "#[unikernel(args(clock = 80))]\n\
         fn main(clock: u16) {}",
        "1:18-1:23 argument `clock` has the name of a device\n\
         help: give it another name, or write `#[unikernel(clock)]`",
    );
}

#[test]
fn reserved_names() {
    let source = "#[unikernel(args(spawner, machine = 1))]\n\
                  fn main() {}";
    let expected = [
        "1:18-1:25 `spawner` is reserved: it cannot name an argument\n\
         help: give it another name",
        "1:27-1:34 `machine` is reserved: it cannot name an argument\n\
         help: give it another name",
    ];
    assert_eq!(faults(source), expected);
}

#[test]
fn the_name_of_a_later_device() {
    one(
        "#[unikernel(args(machine = 1))]\n\
         fn main(machine: u8) {}",
        "1:18-1:25 `machine` is reserved: it cannot name an argument\n\
         help: give it another name",
    );
}

#[test]
fn an_argument_named_args() {
    one(
        "#[unikernel(args(args = 1))]\n\
         fn main(args: u8) {}",
        "1:18-1:22 `args` is reserved: it cannot name an argument\n\
         help: give it another name",
    );
}

#[test]
fn a_keyword_for_an_argument() {
    one(
        "#[unikernel(args(type = \"a\"))]\n\
         fn main(r#type: &str) {}",
        "1:18-1:22 `type` is a keyword: it cannot name a parameter\n\
         help: write `r#type` here and at the parameter",
    );
}

#[test]
fn a_name_that_no_command_line_can_hold() {
    one(
        "#[unikernel(args(größe = 1))]\n\
         fn main(größe: u8) {}",
        "1:18-1:23 `größe` cannot be used on a command line\n\
         help: give it a name of ASCII letters, digits and `_`",
    );
}

#[test]
fn a_text_for_an_integer() {
    one(
        "#[unikernel(args(port = \"eighty\"))]\n\
         fn main(port: u16) {}",
        "1:25-1:33 `port` takes an integer from 0 to 65535, not `\"eighty\"`",
    );
}

#[test]
fn a_number_in_quotes_for_an_integer() {
    one(
        "#[unikernel(args(port = \"8080\"))]\n\
         fn main(port: u16) {}",
        "1:25-1:31 `port` takes an integer from 0 to 65535, not `\"8080\"`\n\
         help: write `port = 8080`",
    );
}

#[test]
fn an_integer_that_is_too_large() {
    one(
        "#[unikernel(args(port = 70000))]\n\
         fn main(port: u16) {}",
        "1:25-1:30 wrong value of `port`: `70000` is more than 65535\n\
         help: `port` takes an integer from 0 to 65535",
    );
}

#[test]
fn an_integer_that_is_too_small() {
    one(
        "#[unikernel(args(port = -1))]\n\
         fn main(port: u16) {}",
        "1:25-1:27 wrong value of `port`: `-1` is less than 0\n\
         help: `port` takes an integer from 0 to 65535",
    );
}

#[test]
fn an_integer_below_a_signed_type() {
    one(
        "#[unikernel(args(offset = -129))]\n\
         fn main(offset: i8) {}",
        "1:27-1:31 wrong value of `offset`: `-129` is less than -128\n\
         help: `offset` takes an integer from -128 to 127",
    );
}

#[test]
fn a_suffix_even_of_the_right_type() {
    one(
        "#[unikernel(args(offset = -128, hex = 0xff_u8))]\n\
         fn main(offset: i8, hex: u8) {}",
        "1:39-1:46 `hex` takes an integer from 0 to 255, not `0xff_u8`\n\
         help: write `hex = 255`",
    );
}

#[test]
fn an_integer_of_more_than_128_bits() {
    one(
        "#[unikernel(args(big = 99999999999999999999999999999999999999999999))]\n\
         fn main(big: u64) {}",
        "1:24-1:68 wrong value of `big`: `99999999999999999999999999999999999999999999` is more than 18446744073709551615\n\
         help: `big` takes an integer from 0 to 18446744073709551615",
    );
}

#[test]
fn a_suffix_on_an_integer() {
    one(
        "#[unikernel(args(port = 80u8))]\n\
         fn main(port: u16) {}",
        "1:25-1:29 `port` takes an integer from 0 to 65535, not `80u8`\n\
         help: write `port = 80`",
    );
}

#[test]
fn a_float_for_an_integer() {
    one(
        "#[unikernel(args(port = 5.5))]\n\
         fn main(port: u16) {}",
        "1:25-1:28 `port` takes an integer from 0 to 65535, not `5.5`",
    );
}

#[test]
fn an_integer_for_a_bool() {
    one(
        "#[unikernel(args(verbose = 1))]\n\
         fn main(verbose: bool) {}",
        "1:28-1:29 `verbose` takes `true` or `false`, not `1`\n\
         help: write `verbose = true`",
    );
}

#[test]
fn a_bool_in_quotes() {
    one(
        "#[unikernel(args(verbose = \"true\"))]\n\
         fn main(verbose: bool) {}",
        "1:28-1:34 `verbose` takes `true` or `false`, not `\"true\"`\n\
         help: write `verbose = true`",
    );
}

#[test]
fn an_integer_for_a_text() {
    one(
        "#[unikernel(args(greeting = 5))]\n\
         fn main(greeting: &str) {}",
        "1:29-1:30 `greeting` takes a string of at most 4095 bytes, not `5`\n\
         help: write `greeting = \"5\"`",
    );
}

#[test]
fn an_integer_for_a_static_text() {
    one(
        "#[unikernel(args(greeting = 5))]\n\
         fn main(greeting: &'static str) {}",
        "1:29-1:30 `greeting` takes a string of at most 4095 bytes, not `5`\n\
         help: write `greeting = \"5\"`",
    );
}

#[test]
fn a_text_with_a_nul() {
    one(
        "#[unikernel(args(greeting = \"a\\0b\"))]\n\
         fn main(greeting: &str) {}",
        "1:29-1:35 wrong value of `greeting`: a string with a NUL byte cannot be part of a command line\n\
         help: write `greeting = \"text\"`",
    );
}

#[test]
fn an_integer_for_an_address() {
    one(
        "#[unikernel(args(host = 10))]\n\
         fn main(host: Ipv4Addr) {}",
        "1:25-1:27 `host` takes an IPv4 address such as `10.0.0.2`, not `10`\n\
         help: write `host = \"10.0.0.2\"`",
    );
}

#[test]
fn a_malformed_address() {
    one(
        "#[unikernel(args(host = \"10.0.0.256\"))]\n\
         fn main(host: core::net::Ipv4Addr) {}",
        "1:25-1:37 wrong value of `host`: `10.0.0.256` is not an IPv4 address such as `10.0.0.2`\n\
         help: write `host = \"10.0.0.2\"`",
    );
}

#[test]
fn an_address_of_the_other_family() {
    one(
        "#[unikernel(args(host = \"10.0.0.1\"))]\n\
         fn main(host: Ipv6Addr) {}",
        "1:25-1:35 wrong value of `host`: `10.0.0.1` is not an IPv6 address such as `fd00::2`\n\
         help: write `host = \"fd00::2\"`",
    );
}

#[test]
fn a_word_for_an_address() {
    one(
        "#[unikernel(args(host = \"ten\"))]\n\
         fn main(host: IpAddr) {}",
        "1:25-1:30 wrong value of `host`: `ten` is not an IP address such as `10.0.0.2`\n\
         help: write `host = \"10.0.0.2\"`",
    );
}

#[test]
fn an_integer_for_a_duration() {
    one(
        "#[unikernel(args(wait = 5))]\n\
         fn main(wait: Duration) {}",
        "1:25-1:26 `wait` takes a duration such as `250ms`, `1.5s` or `2m`, not `5`\n\
         help: write `wait = \"250ms\"`",
    );
}

#[test]
fn a_duration_without_a_unit() {
    one(
        "#[unikernel(args(wait = \"5\"))]\n\
         fn main(wait: core::time::Duration) {}",
        "1:25-1:28 wrong value of `wait`: `5` lacks a unit: one of `ns`, `us`, `ms`, `s`, `m`, `h`\n\
         help: write `wait = \"250ms\"`",
    );
}

#[test]
fn a_prefix_that_is_too_long() {
    one(
        "#[unikernel(args(net4 = \"10.0.0.2/33\"))]\n\
         fn main(net4: AddressPrefix) {}",
        "1:25-1:38 wrong value of `net4`: `10.0.0.2/33` has a prefix that is not from 0 to 32 (IPv4) or from 0 to 128 (IPv6)\n\
         help: write `net4 = \"10.0.0.2/24\"`",
    );
}

#[test]
fn the_default_of_an_option() {
    one(
        "#[unikernel(args(port = 70000))]\n\
         fn main(port: Option<u16>) {}",
        "1:25-1:30 wrong value of `port`: `70000` is more than 65535\n\
         help: `port` takes an integer from 0 to 65535",
    );
}

#[test]
fn a_byte_string() {
    one(
        "#[unikernel(args(color = b\"red\"))]\n\
         fn main(color: Color) {}",
        "1:26-1:32 `color` takes a number, a string, `true` or `false`, not `b\"red\"`\n\
         help: write `color = \"text\"`",
    );
}

#[test]
fn a_suffix_on_a_number_of_an_unknown_type() {
    one(
        "#[unikernel(args(n = 3u8))]\n\
         fn main(n: N) {}",
        "1:22-1:25 `n` takes a number, a string, `true` or `false`, not `3u8`\n\
         help: write `n = \"text\"`",
    );
}

#[test]
fn no_fault() {
    none(
        "#[unikernel(args(r#type = \"a\"))]\n\
         fn main(r#type: &str) {}",
    );
    none(
        "#[unikernel(args(offset = -128, hex = 0xff))]\n\
         fn main(offset: i8, hex: u8) {}",
    );
    none(
        "#[unikernel(args(hex = 0xff, big = 18_446_744_073_709_551_615))]\n\
         fn main(hex: u8, big: u64) {}",
    );
    none(
        "#[unikernel(args(port))]\n\
         fn main(port: Option<u16>) {}",
    );
    none(
        "#[unikernel(args(color = \"red\", ratio = 1.5, letter = 'x', on = true, n = -3))]\n\
         fn main(color: Color, ratio: R, letter: L, on: O, n: N) {}",
    );
    none(
        "#[unikernel(args)]\n\
         fn main() {}",
    );
}
