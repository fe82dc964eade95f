//! The argument values of a kernel at boot.

use unikernel_vocabulary::{Decoded, command_line};

/// Values by the names of their arguments: what a command line gives, and the defaults of the declaration.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Values {
    pairs: Vec<(String, String)>,
}

impl Values {
    /// Collects the values. As at boot, the last of two words wins; words after a syntax error are ignored.
    #[must_use]
    pub fn in_force(declaration: &Decoded<'_>, line: &str) -> Self {
        let defaults = declaration.arguments().filter_map(|argument| Some((argument.name, argument.default?)));
        let pairs = defaults.map(|(name, value)| (name.into(), value.into())).collect();
        Self { pairs }.then([line])
    }

    /// The same, with further lines behind.
    #[must_use]
    pub fn then<'l>(mut self, lines: impl IntoIterator<Item = &'l str>) -> Self {
        for line in lines {
            let mut line = line.as_bytes().to_vec();
            for word in command_line::words_mut(&mut line).map_while(Result::ok) {
                let text = |bytes: &[u8]| String::from_utf8_lossy(bytes).into_owned();
                self.pairs.push((text(word.key), word.value.map(|value| text(value)).unwrap_or_default()));
            }
        }
        self
    }

    /// The value of an argument, if it has one.
    #[must_use]
    pub fn get(&self, name: &str) -> Option<&str> {
        let pair = self.pairs.iter().rev().find(|(of, _)| of == name);
        pair.map(|(_, value)| value.as_str()).filter(|value| !value.is_empty())
    }
}

#[cfg(test)]
mod tests {
    use unikernel_vocabulary::{Argument, Declaration, Kind, note::FORMAT};

    use super::*;

    #[test]
    fn the_last_word_wins_over_the_first_and_over_the_default() {
        const DECLARATION: Declaration<'static> = Declaration {
            application: "web",
            version: "0.1.0",
            is_async: false,
            devices: &[],
            arguments: &[
                Argument { name: "port", kind: Kind::integer(1, 65535), default: Some("80") },
                Argument { name: "name", kind: Kind::text(100).optional(), default: None },
            ],
            rest: None,
        };
        const ENCODED: [u8; DECLARATION.encoded_len()] = DECLARATION.encode();
        let declaration = Decoded::new(FORMAT, &ENCODED).unwrap();
        let values = |line| Values::in_force(&declaration, line);
        assert_eq!(values("").get("port"), Some("80"));
        assert_eq!(values("").get("name"), None);
        assert_eq!(values("port=81 port=82").get("port"), Some("82"));
        assert_eq!(values("port=81").then(["port=82", "port=83 name=a"]).get("port"), Some("83"));
        assert_eq!(values(r#"name="a \"b\"""#).get("name"), Some(r#"a "b""#));
    }
}
