//! The logic of `template-name`, which needs no machine: `cargo test` runs its unit tests on the host.
#![no_std]
#![forbid(unsafe_code)]

use core::fmt;

/// A greeting to somebody.
#[derive(Clone, Copy, Debug)]
pub struct Greeting<'a>(pub &'a str);

impl fmt::Display for Greeting<'_> {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "Hello, {}!", self.0)
    }
}

#[cfg(test)]
mod tests {
    extern crate std;

    use super::Greeting;
    use std::string::ToString;

    #[test]
    fn somebody_is_greeted() {
        assert_eq!(Greeting("you").to_string(), "Hello, you!");
    }
}
