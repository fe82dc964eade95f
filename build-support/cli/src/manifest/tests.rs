//! Manifests that fit, and the exact message and place of everything that does not.
//!
//! The faulty ones are the files `tests/*.toml`; what is said about each stands beside it. After a change that is meant,
//! `UPDATE_GOLDEN=1 cargo test -p unikernel-cli manifest` writes it anew, for a reviewer to read.

use std::{env, fs};

use fastrand::Rng;
use unikernel_vocabulary::{Argument, Declaration, Device, Kind, command_line, note::FORMAT};

use super::*;

const WEB: Declaration<'static> = Declaration {
    application: "web",
    version: "0.1.0",
    is_async: false,
    devices: &[
        Device { kind: "console", name: "console", fixed: &[] },
        Device { kind: "heap", name: "heap", fixed: &[("size", "1MiB")] },
        Device { kind: "net", name: "lan", fixed: &[] },
        Device { kind: "block", name: "data", fixed: &[] },
    ],
    arguments: &[
        Argument { name: "lan.ip", kind: Kind::ADDRESS_PREFIX_V4, default: Some("10.0.0.2/24") },
        Argument { name: "name", kind: Kind::text(5000), default: Some("web") },
        Argument { name: "port", kind: Kind::integer(1, 65535), default: Some("80") },
        Argument { name: "offset", kind: Kind::integer(i64::MIN as i128, i64::MAX as i128), default: Some("0") },
        Argument { name: "loud", kind: Kind::BOOL, default: Some("false") },
        Argument { name: "wait", kind: Kind::DURATION, default: Some("0s") },
        Argument { name: "cache", kind: Kind::SIZE.optional(), default: None },
        Argument { name: "colour", kind: Kind::words("red|green|blue").optional(), default: None },
        Argument { name: "lan.gateway", kind: Kind::ADDRESS_V4.optional(), default: None },
    ],
    rest: None,
};

/// An application that cannot do without a manifest.
const PROBE: Declaration<'static> = Declaration {
    application: "probe",
    version: "0.1.0",
    is_async: false,
    devices: &[Device { kind: "net", name: "net", fixed: &[] }],
    arguments: &[
        Argument { name: "target", kind: Kind::ADDRESS, default: None },
        Argument { name: "net.ip", kind: Kind::ADDRESS_PREFIX, default: None },
        Argument { name: "title", kind: Kind::text(40), default: None },
        Argument { name: "count", kind: Kind::integer(1, 100), default: Some("5") },
    ],
    rest: None,
};

/// An application with several interfaces and disks.
const ROUTER: Declaration<'static> = Declaration {
    application: "router",
    version: "0.1.0",
    is_async: true,
    devices: &[
        Device { kind: "net", name: "lan", fixed: &[] },
        Device { kind: "net", name: "wan", fixed: &[] },
        Device { kind: "net", name: "guest", fixed: &[] },
        Device { kind: "block", name: "a", fixed: &[] },
        Device { kind: "block", name: "b", fixed: &[] },
    ],
    arguments: &[
        Argument { name: "lan.ip", kind: Kind::ADDRESS_PREFIX_V4.optional(), default: Some("10.0.0.2/24") },
        Argument { name: "lan.dhcp", kind: Kind::BOOL, default: Some("false") },
        Argument { name: "wan.ip", kind: Kind::ADDRESS_PREFIX_V4.optional(), default: Some("10.1.0.2/24") },
        Argument { name: "wan.gateway", kind: Kind::ADDRESS_V4.optional(), default: Some("10.1.0.1") },
        Argument { name: "wan.dhcp", kind: Kind::BOOL, default: Some("false") },
        Argument { name: "guest.ip", kind: Kind::ADDRESS_PREFIX_V4.optional(), default: None },
        Argument { name: "guest.dhcp", kind: Kind::BOOL, default: Some("true") },
    ],
    rest: None,
};

/// An application that takes any words.
const SHELL: Declaration<'static> = Declaration {
    application: "shell",
    version: "0.1.0",
    is_async: false,
    devices: &[],
    arguments: &[Argument { name: "port", kind: Kind::integer(1, 65535), default: Some("80") }],
    rest: Some("words"),
};

/// An application that takes values of its machine.
const INSTANCE: Declaration<'static> = Declaration {
    application: "instance",
    version: "0.1.0",
    is_async: false,
    devices: &[Device { kind: "values", name: "values", fixed: &[("smbios", "true")] }],
    arguments: &[
        Argument { name: "name", kind: Kind::text(40), default: None },
        Argument { name: "port", kind: Kind::integer(1, 65535), default: Some("80") },
    ],
    rest: None,
};

/// An application that takes nothing.
const BARE: Declaration<'static> =
    Declaration { application: "bare", version: "0.1.0", is_async: false, devices: &[], arguments: &[], rest: None };

/// Checks against the declaration of `app`, or of `web` where there is no such application.
fn check(text: &str, path: &str) -> Result<Settings, Report> {
    const ENCODED_WEB: [u8; WEB.encoded_len()] = WEB.encode();
    const ENCODED_PROBE: [u8; PROBE.encoded_len()] = PROBE.encode();
    const ENCODED_ROUTER: [u8; ROUTER.encoded_len()] = ROUTER.encode();
    const ENCODED_SHELL: [u8; SHELL.encoded_len()] = SHELL.encode();
    const ENCODED_INSTANCE: [u8; INSTANCE.encoded_len()] = INSTANCE.encode();
    const ENCODED_BARE: [u8; BARE.encoded_len()] = BARE.encode();
    let manifest = Manifest::parse(text, path, None)?;
    let encoded: &[u8] = match manifest.application() {
        "probe" => &ENCODED_PROBE,
        "bare" => &ENCODED_BARE,
        "shell" => &ENCODED_SHELL,
        "instance" => &ENCODED_INSTANCE,
        "router" => &ENCODED_ROUTER,
        _ => &ENCODED_WEB,
    };
    manifest.check(&Decoded::new(FORMAT, encoded).unwrap())
}

fn without_manifest<const N: usize>(declaration: &Declaration<'_>) -> Result<Settings, Report> {
    let encoded: [u8; N] = declaration.encode();
    Manifest::none(declaration.application).check(&Decoded::new(FORMAT, &encoded).unwrap())
}

#[test]
fn a_required_argument_may_come_behind_the_manifest() {
    const ENCODED: [u8; PROBE.encoded_len()] = PROBE.encode();
    let declaration = Decoded::new(FORMAT, &ENCODED).unwrap();
    let behind = "target=10.0.0.1 net.ip=10.0.0.2 title=\"a b\"";
    let settings = Manifest::none("probe").before(behind).check(&declaration).unwrap();
    assert_eq!(settings.command_line, "");
    let report = Manifest::none("probe").before("target=10.0.0.1 title=a").check(&declaration).unwrap_err();
    assert!(report.render(false).contains("required argument `net.ip` has no value"), "{}", report.render(false));
}

#[test]
fn a_required_argument_may_come_from_the_machine() {
    let text = "app = 'instance'\n[machine]\nsmbios = ['unikernel:name=\"J. Doe\" quiet', 'unikernel:port=81']";
    let settings = check(text, "m.toml").unwrap();
    assert_eq!(settings.command_line, "");
    assert_eq!(settings.machine.smbios, ["unikernel:name=\"J. Doe\" quiet", "unikernel:port=81"]);
    assert_eq!(settings.machine.smbios_words().collect::<Vec<_>>(), ["name=\"J. Doe\" quiet", "port=81"]);
    // Before each string, the kernel has a space.
    let long =
        |spaces| format!("app = 'instance'\nmachine.smbios = ['unikernel:name=a', 'unikernel:{}']", " ".repeat(spaces));
    assert!(check(&long(4087), "m.toml").is_ok());
    let said = check(&long(4088), "m.toml").unwrap_err().to_string();
    assert!(said.contains("`smbios` of the machine has words of 4096 bytes, and at most 4095 fit"), "{said}");
}

#[test]
fn the_rest_is_an_array_of_words_that_arrive_as_they_stand() {
    let line = |words: &str| {
        let text = format!("app = 'shell'\n[args]\nwords = {words}\nport = 81");
        check(&text, "m.toml").map(|settings| settings.command_line).unwrap_or_else(|report| report.to_string())
    };
    assert_eq!(line("[]"), "port=81");
    assert_eq!(
        line(r#"["a", "b=c", "d e", "quiet", "port=82", "", "=", "say \"hi\""]"#),
        r#"port=81 a b=c "d e" "quiet" "port=82" "" "=" "say \"hi\"""#
    );
    assert!(line(&format!("['{}']", "x".repeat(4088))).contains("`words` alone takes 4088 of them"));
    assert!(line(r#"["a\u0000b"]"#).contains("a string with a NUL byte cannot be part of a command line"));
}

#[test]
fn says_what_is_wrong_and_where() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("src/manifest/tests");
    let mut wrong = Vec::new();
    let mut cases = 0;
    for file in fs::read_dir(&folder).unwrap() {
        let file = file.unwrap().path();
        if file.extension().is_none_or(|extension| extension != "toml") {
            continue;
        }
        cases += 1;
        let name = file.file_name().unwrap().to_string_lossy();
        let said =
            check(&fs::read_to_string(&file).unwrap(), &format!("manifests/{name}")).unwrap_err().to_string() + "\n";
        let golden = file.with_extension("txt");
        if env::var_os("UPDATE_GOLDEN").is_some() {
            fs::write(&golden, &said).unwrap();
        } else if fs::read_to_string(&golden).unwrap_or_default() != said {
            wrong.push(format!("{name} is told to have:\n{said}"));
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
    assert!(cases > 15, "only {cases} cases in {}", folder.display());
}

#[test]
fn names_the_application_that_is_meant() {
    let said = Manifest::parse("", "manifests/night.toml", Some("router")).unwrap_err().to_string();
    assert!(said.ends_with("= help: write `app = \"router\"` in its first line"), "{said}");
}

#[test]
fn addresses_that_come_after_the_manifest_are_not_judged() {
    const ENCODED: [u8; ROUTER.encoded_len()] = ROUTER.encode();
    let declaration = Decoded::new(FORMAT, &ENCODED).unwrap();
    let manifest = || Manifest::parse("app = 'router'\nwan.ip = '192.168.1.2/24'", "m.toml", None).unwrap();
    assert!(manifest().check(&declaration).is_err(), "the default gateway is outside of this subnet");
    assert!(manifest().before("wan.gateway=192.168.1.1").check(&declaration).is_ok());
    let manifest =
        "app = 'router'\n[lan]\ndhcp = true\n[wan]\nip = '10.0.0.2/24'\ngateway = '10.0.0.1'\n[guest]\ndhcp = true";
    assert!(check(manifest, "m.toml").is_ok(), "DHCP takes the place of an address that is a default");
}

#[test]
fn says_what_to_write_when_there_is_no_manifest() {
    let report = without_manifest::<{ PROBE.encoded_len() }>(&PROBE).unwrap_err();
    let wanted = "\
error: required arguments `target`, `title`, `net.ip` have no value, and there is no manifest
 |
 = help: write `manifests/probe.toml`, with your own values:

app = \"probe\"

[args]
target = \"10.0.0.2\" # an IP address such as `10.0.0.2`
title = \"...\" # a string of at most 40 bytes

[net]
ip = \"10.0.0.2/24\" # an IP address with a prefix such as `10.0.0.2/24`";
    assert_eq!(report.to_string(), wanted);
    let (_, pasted) = wanted.split_once("values:\n\n").unwrap();
    let settings = check(pasted, "manifests/probe.toml").unwrap();
    assert_eq!(settings.command_line, "target=10.0.0.2 net.ip=10.0.0.2/24 title=...");
}

#[test]
fn needs_no_manifest_where_all_has_a_default() {
    assert_eq!(without_manifest::<{ WEB.encoded_len() }>(&WEB), Ok(Settings::default()));
    assert_eq!(without_manifest::<{ BARE.encoded_len() }>(&BARE), Ok(Settings::default()));
    assert_eq!(check("app = \"web\"", "m.toml"), Ok(Settings::default()));
}

#[test]
fn gives_values_in_the_order_of_the_declaration() {
    let settings = check(
        r#"
        app = "web"

        [machine]
        memory = "16MiB"
        cpus = 2
        type = "q35"
        forward = ["8080:80", "tcp:8443:443", "udp:5353:53"]

        [machine.net.lan]
        forward = ["8081:81"]

        [machine.disk.data]
        path = "disks/data.img"
        size = "64MiB"

        [args]
        loud = true
        port = 0x1F90
        offset = -1_000
        name = 'say "hi" to C:\ größer'
        cache = "64KiB"
        colour = "green"
        wait = "1.5s"

        [lan]
        gateway = "192.168.1.1"
        ip = "192.168.1.20/24"
        "#,
        "deployments/m.toml",
    )
    .unwrap();
    assert_eq!(
        settings.command_line,
        r#"lan.ip=192.168.1.20/24 name="say \"hi\" to C:\\ größer" port=8080 offset=-1000 loud=true wait=1.5s cache=64KiB colour=green lan.gateway=192.168.1.1"#
    );
    let forward = |protocol, host, guest| Forward { protocol, host, guest };
    let wanted = Machine {
        memory_bytes: Some(16 << 20),
        cpus: Some(2),
        machine_type: Some(MachineType::Q35),
        forward: vec![
            forward(Protocol::Tcp, 8080, 80),
            forward(Protocol::Tcp, 8443, 443),
            forward(Protocol::Udp, 5353, 53),
        ],
        smbios: Vec::new(),
        nets: vec![("lan".into(), Net { forward: vec![forward(Protocol::Tcp, 8081, 81)], tap: None })],
        disks: vec![(
            "data".into(),
            Disk { path: Some("deployments/disks/data.img".into()), size_bytes: Some(64 << 20), files: None },
        )],
    };
    assert_eq!(settings.machine, wanted);
}

#[test]
fn takes_a_section_in_every_way_that_toml_writes_it() {
    for text in [
        "app = 'web'\nargs.port = 8080",
        "args = { port = 8_080 }\napp = 'web'",
        "app = 'web'\n[args]\n\"port\" = 0b1111110010000",
    ] {
        assert_eq!(check(text, "m.toml").unwrap().command_line, "port=8080", "{text}");
    }
}

#[test]
fn refuses_a_command_line_that_is_a_byte_too_long() {
    let manifest = |bytes| format!("app = \"web\"\n[args]\nport = 80\nname = \"{}\"\n", "x".repeat(bytes));
    let line = check(&manifest(4082), "m.toml").unwrap().command_line; // 7 bytes for port, 1 in between, 5 for `name=`
    assert_eq!(line.len(), command_line::MAX_BYTES);
    let said = check(&manifest(4083), "manifests/web.toml").unwrap_err().to_string();
    assert!(
        said.starts_with(
            "error: the boot command line has 4096 bytes, and at most 4095 fit\n --> manifests/web.toml:4:8\n"
        ),
        "{said}"
    );
    assert!(said.contains("^ `name` alone takes 4088 of them\n"), "{said}");
    assert!(said.ends_with("= help: shorten the values: a boot command line is for settings, not for data"), "{said}");
}

#[test]
fn has_colours_for_terminals_alone() {
    let report = Manifest::parse("app = 1", "m.toml", None).unwrap_err();
    assert!(report.render(true).contains("\x1b["));
    assert!(!report.render(false).contains('\x1b'));
    assert_eq!(report.to_string(), report.render(false));
}

#[test]
fn random_texts_reach_an_application_unchanged() {
    let mut random = Rng::with_seed(1);
    for _ in 0..20_000 {
        let pieces = ["a", " ", "\"", "\\", "=", "\n", "\t", "é", "𝄞", "'", "\u{7f}", "\u{1b}"];
        let name: String = (0..random.usize(..10)).map(|_| pieces[random.usize(..pieces.len())]).collect();
        let text = format!("app = \"web\"\nargs.name = {}\nargs.port = 1", toml::Value::from(name.as_str()));
        let mut line = check(&text, "m.toml").unwrap().command_line.into_bytes();
        let words: Vec<_> = command_line::words_mut(&mut line).map(Result::unwrap).collect();
        assert_eq!(words.len(), 2);
        assert_eq!((words[0].key, words[0].value.as_deref()), (b"name".as_slice(), Some(name.as_bytes())));
    }
}

#[test]
fn random_manifests_never_panic() {
    let pieces = [
        "app",
        "web",
        "probe",
        "args",
        "lan",
        "heap",
        "console",
        "machine",
        "image",
        "firmware",
        "forward",
        "port",
        "name",
        "loud",
        "memory",
        " = ",
        "=",
        ".",
        "[",
        "]",
        "[[",
        "]]",
        "{",
        "}",
        ",",
        "\n",
        "\r\n",
        "\"",
        "'''",
        "#",
        "\\",
        "1",
        "0x",
        "-",
        "true",
        "1.5",
        "inf",
        "1979-05-27",
        "\"8080:80\"",
        "\"16MiB\"",
        "ip",
        "é",
        "\0",
        "\u{feff}",
        "\t",
    ];
    let heads =
        ["", "app = \"web\"\n", "app = 'probe'\n[args]\n", "app = \"web\"\n[machine]\n", "app = 'web'\n[lan]\nip = "];
    let mut random = Rng::with_seed(2);
    let (mut parsed, mut right) = (0, 0);
    for case in 0..crate::damage::cases() {
        let mut text = heads[random.usize(..heads.len())].to_owned();
        for _ in 0..random.usize(..8) {
            text.push_str(pieces[random.usize(..pieces.len())]);
        }
        match check(&text, "m.toml") {
            Ok(_) => right += 1,
            Err(report) => {
                parsed += usize::from(!format!("{report:?}").contains("is not TOML"));
                // Rendering takes most of the time, and has few ways to go.
                if case % 10 == 0 {
                    assert!(report.to_string().starts_with("error: "), "{text:?}");
                }
            }
        }
    }
    assert!(parsed > 5_000 && right > 1_000, "only {parsed} were TOML, and {right} were right");
}

#[test]
fn names_of_dhcp_clients_are_checked() {
    const TEXT: Kind<'static> = Kind::text(64).optional();
    const NETS: Declaration<'static> = Declaration {
        rest: None,
        application: "nets",
        version: "0.1.0",
        is_async: false,
        devices: &[Device { kind: "net", name: "lan", fixed: &[] }, Device { kind: "net", name: "wan", fixed: &[] }],
        arguments: &[
            Argument { name: "hostname", kind: TEXT, default: None },
            Argument { name: "lan.dhcp", kind: Kind::BOOL, default: Some("true") },
            Argument { name: "lan.hostname", kind: TEXT, default: Some("web") },
            Argument { name: "lan.client_id", kind: TEXT, default: None },
            Argument { name: "wan.dhcp", kind: Kind::BOOL, default: Some("true") },
        ],
    };
    const ENCODED: [u8; NETS.encoded_len()] = NETS.encode();
    let declaration = Decoded::new(FORMAT, &ENCODED).unwrap();
    let check = |text: &str| {
        let manifest = Manifest::parse(&format!("app = 'nets'\n{text}"), "m.toml", None).unwrap();
        manifest.check(&declaration).map(|settings| settings.command_line).map_err(|report| report.render(false))
    };
    assert_eq!(
        check("[lan]\nhostname = 'web-2'\nclient_id = 'rack 7'"),
        Ok("lan.hostname=web-2 lan.client_id=\"rack 7\"".into())
    );
    assert_eq!(check("[args]\nhostname = 'any.thing'"), Ok("hostname=any.thing".into()), "it is no card's");
    for (text, expected) in [
        ("[lan]\nhostname = 'web.example'", "`web.example` cannot be a host name: a host name is 1 to 63 letters"),
        ("[lan]\nclient_id = 'a'", "`a` cannot be a client identifier: a client identifier is 2 to 64 bytes"),
        ("[wan]\nhostname = 'web'", "help: write `net(name = \"wan\", hostname)` in the annotation"),
    ] {
        let said = check(text).unwrap_err();
        assert!(said.contains(expected) && said.matches("error").count() == 1, "{text}: {said}");
    }
}

#[test]
fn serials_of_disks_are_checked() {
    const SERIAL: Kind<'static> = Kind::text(20).optional();
    const DISKS: Declaration<'static> = Declaration {
        rest: None,
        application: "disks",
        version: "0.1.0",
        is_async: false,
        devices: &[
            Device { kind: "block", name: "data", fixed: &[] },
            Device { kind: "block", name: "logs", fixed: &[] },
            Device { kind: "block", name: "rest", fixed: &[] },
        ],
        arguments: &[
            Argument { name: "data.serial", kind: SERIAL, default: Some("WD-1") },
            Argument { name: "logs.serial", kind: SERIAL, default: None },
        ],
    };
    const ENCODED: [u8; DISKS.encoded_len()] = DISKS.encode();
    let declaration = Decoded::new(FORMAT, &ENCODED).unwrap();
    let check = |text: &str| {
        let manifest = Manifest::parse(&format!("app = 'disks'\n{text}"), "m.toml", None).unwrap();
        manifest.check(&declaration).map(|settings| settings.command_line).map_err(|report| report.render(false))
    };
    assert_eq!(check("[logs]\nserial = 'WD-2'"), Ok("logs.serial=WD-2".into()));
    assert_eq!(check("[data]\nserial = 'a'\n[logs]\nserial = 'WD-1'").as_deref(), Ok("data.serial=a logs.serial=WD-1"));
    for (text, expected) in [
        ("[logs]\nserial = 'a b'", "`a b` cannot be the serial of a disk: a serial is 1 to 20 letters, digits"),
        ("[logs]\nserial = ''", "`` cannot be the serial of a disk"),
        ("[logs]\nserial = '012345678901234567890'", "longer than 20 bytes"),
        ("[logs]\nserial = 'WD-1'", "`data` and `logs` want the disk with the same serial, `WD-1`"),
        ("[data]\nserial = 'x'\n[logs]\nserial = 'x'", "`data` and `logs` want the disk with the same serial, `x`"),
        ("[rest]\nserial = 'x'", "help: write `block(name = \"rest\", serial)` in the annotation"),
    ] {
        let said = check(text).unwrap_err();
        assert!(said.contains(expected) && said.matches("error").count() == 1, "{text}: {said}");
    }
}
