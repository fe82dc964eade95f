//! Content types by the extension of a key, for servers.

/// What is unknown: bytes.
const UNKNOWN: &str = "application/octet-stream";

/// Extensions and their types, sorted.
const TYPES: [(&str, &str); 34] = [
    ("avif", "image/avif"),
    ("css", "text/css; charset=utf-8"),
    ("csv", "text/csv; charset=utf-8"),
    ("gif", "image/gif"),
    ("gz", "application/gzip"),
    ("htm", "text/html; charset=utf-8"),
    ("html", "text/html; charset=utf-8"),
    ("ico", "image/x-icon"),
    ("jpeg", "image/jpeg"),
    ("jpg", "image/jpeg"),
    ("js", "text/javascript; charset=utf-8"),
    ("json", "application/json"),
    ("map", "application/json"),
    ("md", "text/markdown; charset=utf-8"),
    ("mjs", "text/javascript; charset=utf-8"),
    ("mp3", "audio/mpeg"),
    ("mp4", "video/mp4"),
    ("ogg", "audio/ogg"),
    ("otf", "font/otf"),
    ("pdf", "application/pdf"),
    ("png", "image/png"),
    ("svg", "image/svg+xml"),
    ("tar", "application/x-tar"),
    ("toml", "application/toml"),
    ("ttf", "font/ttf"),
    ("txt", "text/plain; charset=utf-8"),
    ("wasm", "application/wasm"),
    ("wav", "audio/wav"),
    ("webm", "video/webm"),
    ("webmanifest", "application/manifest+json"),
    ("webp", "image/webp"),
    ("woff2", "font/woff2"),
    ("xml", "application/xml"),
    ("zip", "application/zip"),
];

/// The content type of a value, by the extension of its key; `application/octet-stream` where that is unknown.
///
/// ```
/// use unikernel_rt::devices::kv::content_type;
/// assert_eq!(content_type("img/Logo.PNG"), "image/png");
/// assert_eq!(content_type("LICENSE"), "application/octet-stream");
/// ```
#[must_use]
pub fn content_type(key: &str) -> &'static str {
    let key = key.as_bytes();
    let name = key.rsplit(|byte| *byte == b'/').next().unwrap_or_default();
    let Some(dot) = name.iter().rposition(|byte| *byte == b'.') else { return UNKNOWN };
    let extension = name.get(dot + 1..).unwrap_or_default();
    let known = TYPES.iter().find(|(known, _)| known.as_bytes().eq_ignore_ascii_case(extension));
    known.map_or(UNKNOWN, |(_, content_type)| content_type)
}

#[cfg(test)]
mod tests {
    use super::{TYPES, UNKNOWN, content_type};

    #[test]
    fn the_last_extension_decides() {
        assert_eq!(content_type("index.html"), "text/html; charset=utf-8");
        assert_eq!(content_type("app.min.JS"), "text/javascript; charset=utf-8");
        assert_eq!(content_type("a.html/b.css"), "text/css; charset=utf-8");
    }

    #[test]
    fn what_has_no_known_extension_is_bytes() {
        for key in ["", ".", "html", "a.html/b", "a.", "a.unknown", "a.html.", "ä.ö"] {
            assert_eq!(content_type(key), UNKNOWN, "{key}");
        }
    }

    #[test]
    fn extensions_are_sorted_and_lower_case() {
        assert!(TYPES.is_sorted_by(|(one, _), (other, _)| one < other));
        assert!(TYPES.iter().all(|(extension, _)| !extension.bytes().any(|byte| byte.is_ascii_uppercase())));
    }
}
