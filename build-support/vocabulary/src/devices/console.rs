//! `console`: text in and out, on one device or several; plain `console` is the first serial port.

use super::{DeviceSpec, Hardware, OptionSpec};
use crate::kind::Kind;

pub(super) const CONSOLE: DeviceSpec = DeviceSpec {
    kind: "console",
    type_name: Some("Console"),
    // In the order in which boot initialises them: those that need least come first, so that they tell of the others.
    options: &[
        OptionSpec::fixed("serial", Kind::BOOL, "the first serial port").on(Hardware::SerialPort),
        OptionSpec::fixed("screen", Kind::BOOL, "the text screen of a boot by BIOS").on(Hardware::Screen),
        OptionSpec::fixed("virtio", Kind::BOOL, "port 0 of a virtio console").on(Hardware::VirtioConsole),
        OptionSpec::fixed("crlf", Kind::BOOL, "whether a line feed is sent as carriage return and line feed")
            .or("true"),
    ],
    hardware: &[Hardware::SerialPort],
    example: "console",
    ..DeviceSpec::PLAIN
};
