//! The whole description of an ELF and of an ISO.

use unikernel_vocabulary::{Declaration, Device, Kind, note};

use super::*;
use crate::elf::fixture::Fixture;
use crate::iso::Firmware;

const GREET: Declaration<'static> = Declaration {
    application: "greet",
    version: "0.2.0",
    is_async: false,
    devices: &[
        Device { kind: "console", name: "console", fixed: &[] },
        Device { kind: "net", name: "lan", fixed: &[("mtu", "1500"), ("sockets", "8")] },
    ],
    arguments: &[
        Argument { name: "port", kind: Kind::integer(0, 65_535), default: Some("80") },
        Argument { name: "name", kind: Kind::text(64), default: None },
        Argument { name: "from", kind: Kind::ADDRESS.optional(), default: None },
        Argument { name: "lan.ip", kind: Kind::ADDRESS_PREFIX_V4, default: Some("10.0.0.2/24") },
    ],
    rest: None,
};

fn kernel(declaration: Vec<u8>) -> Kernel {
    let mut fixture = Fixture::new();
    fixture.notes[1] = (note::OWNER.to_vec(), note::FORMAT, declaration);
    Kernel::parse(fixture.bytes()).expect("the fixture is in order")
}

fn greet() -> Kernel {
    const ENCODED: [u8; GREET.encoded_len()] = GREET.encode();
    kernel(ENCODED.to_vec())
}

#[test]
fn an_iso_shows_the_values_in_force() {
    let kernel = greet();
    let iso = IsoSizes { image_bytes: 49_152, kernel_bytes: 1_000, firmware: Firmware::BiosAndUefi };
    let line = r#"port=81 name="J. \"D\" Doe" port=8080 root=/dev/sda"#;
    assert_eq!(
        Image { kernel: &kernel, command_line: Some(line), asks: Some(&[]), iso: Some(iso) }.to_string(),
        r#"application  greet 0.2.0
boots with   port=81 name="J. \"D\" Doe" port=8080 root=/dev/sda
firmware     BIOS, UEFI

devices
  console
  lan      net  mtu = 1500, sockets = 8

arguments
  port    8080            given     an integer from 0 to 65535
  name    "J. \"D\" Doe"  given     a string of at most 64 bytes
  from    -               optional  an IP address such as `10.0.0.2`
  lan.ip  10.0.0.2/24     default   an IPv4 address with a prefix such as `10.0.0.2/24`

memory
  addresses               access     in the file  in memory
  0x00101000..0x00101123  r-x                291        291
  0x00102000..0x00102009  r--                  9          9
  0x00103000..0x00106000  rw-                 11     12,288
  0x00101000..0x00106000  all                311     20,480
  0x00101010              PVH entry

sizes
  ISO           49,152 bytes
  KERNEL.ELF     1,000 bytes
  loaded image     311 bytes
"#
    );
}

#[test]
fn an_elf_has_no_values_but_its_defaults() {
    let kernel = greet();
    let text = Image { kernel: &kernel, command_line: None, asks: Some(&[]), iso: None }.to_string();
    assert!(!text.contains("boots with"), "{text}");
    assert!(text.contains("  name    -            required  a string of at most 64 bytes\n"), "{text}");
    assert!(text.contains(&format!("  ELF           {:>5} bytes\n", grouped(kernel.bytes().len() as u64))), "{text}");
}

#[test]
fn nothing_declared_is_said() {
    const BARE: Declaration<'static> = Declaration {
        application: "bare",
        version: "1.0.0",
        is_async: false,
        devices: &[],
        arguments: &[],
        rest: None,
    };
    const ENCODED: [u8; BARE.encoded_len()] = BARE.encode();
    let text =
        Image { kernel: &kernel(ENCODED.to_vec()), command_line: Some(""), asks: Some(&[]), iso: None }.to_string();
    assert!(text.contains("boots with   nothing\n\ndevices\n  none\n\narguments\n  none\n"), "{text}");
}

#[test]
fn the_rest_of_the_words_is_shown() {
    const SHELL: Declaration<'static> = Declaration { rest: Some("words"), ..GREET };
    const ENCODED: [u8; SHELL.encoded_len()] = SHELL.encode();
    let kernel = kernel(ENCODED.to_vec());
    let image = |line| Image { kernel: &kernel, command_line: Some(line), asks: Some(&[]), iso: None };
    assert!(image("port=81 quiet").to_string().contains("\n  ..words  -            optional  any other words\n"));
    let given = image(r#"port=81 quiet a b="c d" "port=82""#);
    let text = given.to_string();
    assert!(text.contains("\n  ..words  a \"b=c d\" port=82  given     any other words\n"), "{text}");
    let document = crate::json::pretty(&given.document());
    assert!(document.contains("\"rest\": {\n    \"name\": \"words\",\n    \"words\": [\n      \"a\",\n"), "{document}");
}

#[test]
fn an_image_does_not_command_the_terminal() {
    let kernel = greet();
    let line = "name=\"a\x1b[31m\nb\"";
    let text = Image { kernel: &kernel, command_line: Some(line), asks: Some(&[]), iso: None }.to_string();
    assert!(!text.contains('\x1b'), "{text}");
    assert!(text.contains(r#"boots with   name="a\u{1b}[31m\nb""#), "{text}");
    assert!(text.contains(r#"  name    "a\u{1b}[31m\nb""#), "{text}");
}

#[test]
fn the_document_says_the_same_to_programs() {
    let kernel = greet();
    let iso = IsoSizes { image_bytes: 49_152, kernel_bytes: 1_000, firmware: Firmware::BiosAndUefi };
    let image = Image {
        kernel: &kernel,
        command_line: Some(r#"port=8080 name="J. \"D\" Doe""#),
        asks: Some(&[]),
        iso: Some(iso),
    };
    assert_eq!(
        crate::json::pretty(&image.document()),
        r#"{
  "format": 1,
  "application": "greet",
  "version": "0.2.0",
  "async": false,
  "command_line": "port=8080 name=\"J. \\\"D\\\" Doe\"",
  "firmware": [
    "bios",
    "uefi"
  ],
  "devices": [
    {
      "kind": "console",
      "name": "console",
      "options": {}
    },
    {
      "kind": "net",
      "name": "lan",
      "options": {
        "mtu": "1500",
        "sockets": "8"
      }
    }
  ],
  "arguments": [
    {
      "name": "port",
      "kind": "an integer from 0 to 65535",
      "value": "8080",
      "origin": "command-line"
    },
    {
      "name": "name",
      "kind": "a string of at most 64 bytes",
      "value": "J. \"D\" Doe",
      "origin": "command-line"
    },
    {
      "name": "from",
      "kind": "an IP address such as `10.0.0.2`",
      "value": null,
      "origin": "optional"
    },
    {
      "name": "lan.ip",
      "kind": "an IPv4 address with a prefix such as `10.0.0.2/24`",
      "value": "10.0.0.2/24",
      "origin": "default"
    }
  ],
  "rest": null,
  "asks": [],
  "memory": {
    "pvh_entry": 1052688,
    "image_end": 1073152,
    "segments": [
      {
        "address": 1052672,
        "file_bytes": 291,
        "memory_bytes": 291,
        "access": "r-x"
      },
      {
        "address": 1056768,
        "file_bytes": 9,
        "memory_bytes": 9,
        "access": "r--"
      },
      {
        "address": 1060864,
        "file_bytes": 11,
        "memory_bytes": 12288,
        "access": "rw-"
      }
    ]
  },
  "sizes": {
    "iso_bytes": 49152,
    "kernel_bytes": 1000,
    "loaded_bytes": 311
  }
}
"#
    );
}

#[test]
fn an_elf_has_no_command_line_and_no_iso() {
    let kernel = greet();
    let document = Image { kernel: &kernel, command_line: None, asks: Some(&[]), iso: None }.document();
    let read = serde_json::to_value(&document).expect("JSON");
    for missing in ["/command_line", "/firmware", "/sizes/iso_bytes"] {
        assert_eq!(read.pointer(missing), Some(&serde_json::Value::Null), "{missing}");
    }
    assert_eq!(read["sizes"]["kernel_bytes"], kernel.bytes().len());
    assert_eq!(read["arguments"][1]["origin"], "required");
}
