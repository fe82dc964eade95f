use super::{Reader, Stop, end_of_value, letters_and_dashes};
use crate::request::{FIELDS, parse};
use crate::set::TOKEN;
use httparse::{EMPTY_HEADER, Status};

#[test]
fn values_end_at_any_control_character_but_a_tab() {
    for byte in 0..=u8::MAX {
        for place in 0..20 {
            for behind in 0..9 {
                let mut value = vec![b'a'; place];
                value.push(byte);
                value.extend(std::iter::repeat_n(b'b', behind));
                let expected = (byte.is_ascii_control() && byte != b'\t').then_some(place);
                assert_eq!(end_of_value(&value), expected, "{value:?}");
            }
        }
    }
}

#[test]
fn tokens_end_at_any_other_byte() {
    for byte in 0..=u8::MAX {
        for others in [b'a', b'-', b'{', 0, 0xff] {
            for place in 0..8 {
                let mut word = [others; 8];
                word[place] = byte;
                let found = letters_and_dashes(u64::from_le_bytes(word)) >> (8 * place + 7) & 1 == 1;
                assert_eq!(found, byte.is_ascii_alphabetic() || byte == b'-', "{word:?}");
            }
        }
        for place in 1..20 {
            for behind in 0..9 {
                let mut name = vec![b'x'; place];
                name.push(byte);
                name.extend(std::iter::repeat_n(b'9', behind));
                name.push(b':');
                let mut reader = Reader { rest: &name };
                let token = reader.token(b':');
                match byte {
                    b':' => assert_eq!((token, reader.rest.len()), (Ok(&name[..place]), behind + 1)),
                    _ if TOKEN.has(byte) => assert_eq!(token, Ok(&name[..name.len() - 1])),
                    _ => assert!(matches!(token, Err(Stop::Refused(_))), "{name:?}"),
                }
            }
        }
    }
}

#[test]
fn versions_are_refused_as_soon_as_they_are_wrong() {
    let version = |text: &str| Reader { rest: text.as_bytes() }.version();
    for text in ["", "H", "HTTP/", "HTTP/1", "HTTP/1.", "HTTP/1.1", "HTTP/1.1\r"] {
        assert_eq!(version(text), Err(Stop::Partial), "{text}");
    }
    for text in [
        "h",
        "HTTP1",
        "HTTP/x",
        "HTTP/1x",
        "HTTP/11",
        "HTTP/1.x",
        "HTTP/1.1 ",
        "HTTP/1.10",
        "HTTP/1.1\rx",
        "b HTTP/1.1\r\n",
    ] {
        assert!(matches!(version(text), Err(Stop::Refused(crate::status::Status::BadRequest))), "{text}");
    }
    for (text, minor) in [("HTTP/1.0\r\n", 0), ("HTTP/1.1\n", 1), ("HTTP/1.2\r\n", 1), ("HTTP/1.9\r\n", 1)] {
        assert_eq!(version(text), Ok(minor), "{text}");
    }
}

/// What a browser sends, in lines of every kind.
const HEAD: &str = "\r\nGET /a?b%20c HTTP/1.1\r\nHost: h:80\r\nUser-Agent: Mozilla/5.0 (X11; Linux x86_64)\r\nX:\r\nY: \t \r\n\
    Accept:text/html,*/*;q=0.8 \t\nAccept-Language: de-DE, \u{e4}\r\n\r\n";

/// A parser of others agrees on every head that was changed in a few bytes, but for what we take differently on purpose.
#[test]
fn another_parser_cuts_as_this_one_does() {
    let words = [
        "\r", "\n", " ", "\t", ":", "\0", "\x7f", "\u{e4}", "HTTP/1.1", "HTTP/1.", "1", "0", "\r\n ", "x", "/",
        "X: y\r\n",
    ];
    let mut random = fastrand::Rng::with_seed(16);
    let (mut whole, mut partial, mut wrong) = (0, 0, 0);
    for _ in 0..200_000 {
        let mut head = HEAD.as_bytes().to_vec();
        for _ in 0..random.usize(0..3) {
            let at = random.usize(0..head.len());
            let end = (at + random.usize(0..3)).min(head.len());
            head.splice(at..end, words[random.usize(0..words.len())].bytes());
        }
        head.truncate(random.usize(0..head.len() * 2));
        let ours = parse(&head);
        let mut fields = [EMPTY_HEADER; FIELDS];
        let mut theirs = httparse::Request::new(&mut fields);
        match (theirs.parse(&head), &ours) {
            (Ok(Status::Complete(length)), Ok(Some((request, ours)))) => {
                assert_eq!((length, theirs.path.map(str::as_bytes)), (*ours, Some(request.target)));
                whole += 1;
            }
            // They are cut alike, but no field or not this one is meant: `request` has tests of that.
            (Ok(Status::Complete(_)), Err(_)) => wrong += 1,
            (Ok(Status::Partial), Ok(None)) => partial += 1,
            // What is wrong with a field or a version is said before the end of the head.
            (Ok(Status::Partial), Err(_)) => wrong += 1,
            (Err(_), Err(_)) => wrong += 1,
            // Theirs knows no version but 1.0 and 1.1, and no target that is not UTF-8.
            (Err(httparse::Error::Version), _) if has_other_version(&head) => {}
            (Err(httparse::Error::Token), _) if str::from_utf8(&head).is_err() => {}
            // Neither looks at the end of what has not come.
            (theirs, ours) => panic!("{theirs:?}, {ours:?}: {:?}", String::from_utf8_lossy(&head)),
        }
    }
    assert!(whole > 10_000 && partial > 10_000 && wrong > 10_000, "{whole}, {partial}, {wrong}");
}

fn has_other_version(head: &[u8]) -> bool {
    head.windows(5).any(|bytes| bytes == b"HTTP/")
}
