//! What a DHCP client tells of itself (RFC 2132, sections 3.14 and 9.14).

/// A text that a client tells: the option that gives it, and what it can be.
#[derive(Clone, Copy, Debug)]
pub struct ClientText {
    /// The option of `net`.
    pub option: &'static str,
    /// What a text is not, where it is wrong.
    pub what: &'static str,
    /// What it can be, for messages.
    pub rule: &'static str,
    /// One that is right.
    pub example: &'static str,
    /// Whether a text can be it.
    pub is_valid: fn(&str) -> bool,
}

/// Most bytes of a host name: of one label (RFC 1035, section 2.3.4).
pub const HOST_NAME_BYTES: u16 = 63;
/// Most bytes of a client identifier.
pub const CLIENT_ID_BYTES: u16 = 64;

/// The host's name.
pub const HOST_NAME: ClientText = ClientText {
    option: "hostname",
    what: "a host name",
    rule: "a host name is 1 to 63 letters, digits and `-`, which is neither the first nor the last of them",
    example: "web-1",
    is_valid: is_host_name,
};

/// What the server knows the client by.
pub const CLIENT_ID: ClientText = ClientText {
    option: "client_id",
    what: "a client identifier",
    rule: "a client identifier is 2 to 64 bytes",
    example: "web-1",
    is_valid: is_client_id,
};

fn is_host_name(text: &str) -> bool {
    let bytes = text.as_bytes();
    let is_length = (1..=usize::from(HOST_NAME_BYTES)).contains(&bytes.len());
    let is_plain = bytes.iter().all(|byte| byte.is_ascii_alphanumeric() || *byte == b'-');
    is_length && is_plain && bytes.first() != Some(&b'-') && bytes.last() != Some(&b'-')
}

fn is_client_id(text: &str) -> bool {
    (2..=usize::from(CLIENT_ID_BYTES)).contains(&text.len())
}

#[cfg(test)]
mod tests {
    use super::{CLIENT_ID, HOST_NAME};

    #[test]
    fn host_names_are_labels() {
        let longest = &"x".repeat(63);
        for text in ["a", "web-1", "7", longest] {
            assert!((HOST_NAME.is_valid)(text), "{text}");
        }
        let longer = &"x".repeat(64);
        for text in ["", "-a", "a-", "a.b", "a b", "a_b", "b\u{fc}ro", longer] {
            assert!(!(HOST_NAME.is_valid)(text), "{text}");
        }
    }

    #[test]
    fn client_identifiers_have_a_length() {
        for (text, is_valid) in [("ab", true), ("a b=c", true), ("a", false), ("", false), (&*"x".repeat(65), false)] {
            assert_eq!((CLIENT_ID.is_valid)(text), is_valid, "{text}");
        }
    }
}
