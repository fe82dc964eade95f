//! The table of devices holds together.

use super::*;
use crate::declaration::is_name;

#[test]
fn kinds_and_options_are_names_and_unique() {
    for (index, spec) in DEVICES.iter().enumerate() {
        assert!(is_name(spec.kind), "{}", spec.kind);
        assert!(DEVICES[..index].iter().all(|other| other.kind != spec.kind), "{} is there twice", spec.kind);
        for (index, option) in spec.options.iter().enumerate() {
            assert!(is_name(option.name) && option.name != "name", "{}.{}", spec.kind, option.name);
            assert!(spec.options[..index].iter().all(|other| other.name != option.name), "{}", option.name);
        }
    }
}

#[test]
fn defaults_are_of_their_kind_and_no_option_is_required_without_reason() {
    for option in DEVICES.iter().flat_map(|spec| spec.options) {
        match option.default {
            Some(default) => assert_eq!(option.kind.check(default), Ok(()), "{}", option.name),
            None => assert!(option.kind.optional, "{}", option.name),
        }
    }
}

#[test]
fn parameters_have_a_type() {
    for spec in DEVICES {
        assert_eq!(spec.type_name.is_none(), spec.parameter == Parameter::Never, "{}", spec.kind);
        assert!(spec.example.starts_with(spec.kind), "{}", spec.example);
    }
}

#[test]
fn finds_by_name() {
    assert_eq!(device("log").and_then(|spec| spec.option("level")).map(|option| option.when), Some(When::Boot));
    assert_eq!(device("heap").and_then(|spec| spec.option("size")).map(|option| option.when), Some(When::Fixed));
    assert_eq!(device("disc"), None);
    assert_eq!(device("log").and_then(|spec| spec.option("size")), None);
}

#[test]
fn reserves_names() {
    assert!(["console", "heap", "args", "spawner", "shutdown", "net", "machine"].into_iter().all(is_reserved));
    assert!(!is_reserved("port"));
}

#[test]
fn a_device_needs_what_its_options_say_else_what_it_says() {
    let console = device("console").expect("is known");
    assert!(console.needs(Hardware::SerialPort, []));
    assert!(console.needs(Hardware::SerialPort, [("serial", "true")]));
    assert!(console.needs(Hardware::SerialPort, [("serial", "false")]), "as if nothing were given");
    assert!(!console.needs(Hardware::Disk, []));
    let net = device("net").expect("is known");
    assert!(net.needs(Hardware::NetworkCard, [("mtu", "9000")]) && net.needs(Hardware::RandomSource, []));
    assert_eq!(declaration_on(Hardware::SerialPort), Some(("console", "serial")));
    assert_eq!(declaration_on(Hardware::Disk), None, "no option asks for it");
}
