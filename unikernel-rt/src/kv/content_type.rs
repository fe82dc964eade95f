//! Content types by the extension of a key, for servers.

/// The default: arbitrary bytes.
const UNKNOWN: &str = "application/octet-stream";

/// Extensions and their types, sorted.
const TYPES: [(Extension, &str); 34] = [
    (extension("avif"), "image/avif"),
    (extension("css"), "text/css; charset=utf-8"),
    (extension("csv"), "text/csv; charset=utf-8"),
    (extension("gif"), "image/gif"),
    (extension("gz"), "application/gzip"),
    (extension("htm"), "text/html; charset=utf-8"),
    (extension("html"), "text/html; charset=utf-8"),
    (extension("ico"), "image/x-icon"),
    (extension("jpeg"), "image/jpeg"),
    (extension("jpg"), "image/jpeg"),
    (extension("js"), "text/javascript; charset=utf-8"),
    (extension("json"), "application/json"),
    (extension("map"), "application/json"),
    (extension("md"), "text/markdown; charset=utf-8"),
    (extension("mjs"), "text/javascript; charset=utf-8"),
    (extension("mp3"), "audio/mpeg"),
    (extension("mp4"), "video/mp4"),
    (extension("ogg"), "audio/ogg"),
    (extension("otf"), "font/otf"),
    (extension("pdf"), "application/pdf"),
    (extension("png"), "image/png"),
    (extension("svg"), "image/svg+xml"),
    (extension("tar"), "application/x-tar"),
    (extension("toml"), "application/toml"),
    (extension("ttf"), "font/ttf"),
    (extension("txt"), "text/plain; charset=utf-8"),
    (extension("wasm"), "application/wasm"),
    (extension("wav"), "audio/wav"),
    (extension("webm"), "video/webm"),
    (extension("webmanifest"), "application/manifest+json"),
    (extension("webp"), "image/webp"),
    (extension("woff2"), "font/woff2"),
    (extension("xml"), "application/xml"),
    (extension("zip"), "application/zip"),
];

/// A lower-case extension as a number, for one comparison each.
type Extension = u128;

const fn extension(letters: &str) -> Extension {
    let mut rest = letters.as_bytes();
    let mut packed = 0;
    while let [letter, after @ ..] = rest {
        packed = packed << 8 | letter.to_ascii_lowercase() as Extension;
        rest = after;
    }
    packed
}

/// The content type of a value, by the extension of its key; `application/octet-stream` if it is unknown.
///
/// ```
/// use unikernel_rt::kv::content_type;
/// assert_eq!(content_type("img/Logo.PNG"), "image/png");
/// assert_eq!(content_type("LICENSE"), "application/octet-stream");
/// ```
#[must_use]
pub const fn content_type(key: &str) -> &'static str {
    let mut wanted: Extension = 0;
    let mut shift = 0;
    let mut rest = key.as_bytes();
    while let [before @ .., byte] = rest {
        if *byte == b'.' {
            return of(wanted);
        }
        // Longer than any known extension.
        if *byte == b'/' || shift == Extension::BITS {
            break;
        }
        wanted |= (byte.to_ascii_lowercase() as Extension) << shift;
        shift += 8;
        rest = before;
    }
    UNKNOWN
}

const fn of(wanted: Extension) -> &'static str {
    let mut rest: &[_] = &TYPES;
    while let [(extension, content_type), after @ ..] = rest {
        if *extension == wanted {
            return content_type;
        }
        rest = after;
    }
    UNKNOWN
}

#[cfg(test)]
mod tests {
    use super::{Extension, TYPES, UNKNOWN, content_type};

    #[test]
    fn the_last_extension_decides() {
        assert_eq!(content_type("index.html"), "text/html; charset=utf-8");
        assert_eq!(content_type("app.min.JS"), "text/javascript; charset=utf-8");
        assert_eq!(content_type("a.html/b.css"), "text/css; charset=utf-8");
    }

    #[test]
    fn what_has_no_known_extension_is_bytes() {
        for key in
            ["", ".", "html", "a.html/b", "a.", "a.unknown", "a.html.", "ä.ö", "a.xxxxxhtml", "a.0123456789abcdefhtml"]
        {
            assert_eq!(content_type(key), UNKNOWN, "{key}");
        }
    }

    #[test]
    fn extensions_are_sorted_and_in_small_letters() {
        let name = |packed: Extension| packed.to_be_bytes().into_iter().skip_while(|byte| *byte == 0);
        assert!(TYPES.is_sorted_by(|(one, _), (other, _)| name(*one).lt(name(*other))));
        assert!(TYPES.iter().all(|(extension, _)| !name(*extension).any(|byte| byte.is_ascii_uppercase())));
    }
}
