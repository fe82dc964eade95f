//! The files of a folder, read once, and the answers to requests for them.

use std::collections::HashMap;
use std::hash::{DefaultHasher, Hasher as _};
use std::path::Path;
use std::{fs, io};

use http_body_util::Full;
use hyper::body::Bytes;
use hyper::header::{ALLOW, CACHE_CONTROL, CONTENT_TYPE, ETAG, IF_NONE_MATCH, LOCATION};
use hyper::{HeaderMap, Method, Response, StatusCode, Uri};
use percent_encoding::percent_decode_str;
use unikernel_rt::kv::content_type;

/// Files by their paths below the folder, with `/` between the parts.
pub(crate) struct Site(HashMap<String, File>);

struct File {
    bytes: Bytes,
    /// In quotes: it changes with the bytes.
    tag: String,
}

impl Site {
    /// Reads all files below a folder.
    ///
    /// # Errors
    /// A line for people.
    pub(crate) fn read(folder: &str) -> Result<Self, String> {
        let mut files = HashMap::new();
        collect(Path::new(folder), "", &mut files)
            .map_err(|error| format!("cannot read the site `{folder}`: {error}"))?;
        Ok(Self(files))
    }

    pub(crate) fn answer(&self, method: &Method, uri: &Uri, headers: &HeaderMap) -> Response<Full<Bytes>> {
        if !matches!(*method, Method::GET | Method::HEAD) {
            return with(reason(StatusCode::METHOD_NOT_ALLOWED), ALLOW, "GET, HEAD");
        }
        let Ok(path) = percent_decode_str(uri.path().trim_start_matches('/')).decode_utf8() else {
            return reason(StatusCode::BAD_REQUEST);
        };
        let is_folder = path.is_empty() || path.ends_with('/');
        let key = if is_folder { format!("{path}index.html") } else { path.into_owned() };
        let Some(file) = self.0.get(&key) else {
            if !is_folder && self.0.contains_key(&format!("{key}/index.html")) {
                // Otherwise relative links on the page would lead outside of the folder.
                let query = uri.query().map(|query| format!("?{query}")).unwrap_or_default();
                let path = uri.path().trim_start_matches('/');
                return with(reason(StatusCode::PERMANENT_REDIRECT), LOCATION, &format!("/{path}/{query}"));
            }
            return reason(StatusCode::NOT_FOUND);
        };
        let known = headers.get_all(IF_NONE_MATCH).iter().filter_map(|tags| tags.to_str().ok());
        let mut answer = Response::new(Full::new(file.bytes.clone()));
        if known.flat_map(|tags| tags.split(',')).any(|tag| matches!(tag.trim(), tag if tag == "*" || tag == file.tag))
        {
            answer = Response::default();
            *answer.status_mut() = StatusCode::NOT_MODIFIED;
        }
        let answer = with(with(answer, ETAG, &file.tag), CACHE_CONTROL, "no-cache");
        with(answer, CONTENT_TYPE, content_type(&key))
    }
}

fn collect(folder: &Path, prefix: &str, files: &mut HashMap<String, File>) -> io::Result<()> {
    for entry in fs::read_dir(folder)? {
        let entry = entry?;
        let name = format!("{prefix}{}", entry.file_name().to_string_lossy());
        if entry.file_type()?.is_dir() {
            collect(&entry.path(), &format!("{name}/"), files)?;
        } else {
            let bytes = fs::read(entry.path())?;
            let mut hasher = DefaultHasher::new(); // its keys are constant: the same bytes have the same tag after a restart
            hasher.write(&bytes);
            files.insert(name, File { bytes: bytes.into(), tag: format!("\"{:016x}\"", hasher.finish()) });
        }
    }
    Ok(())
}

/// A status, and its name as the text.
pub(crate) fn reason(status: StatusCode) -> Response<Full<Bytes>> {
    let text = format!("{}\n", status.canonical_reason().unwrap_or("error"));
    let mut answer = with(Response::new(text.into()), CONTENT_TYPE, "text/plain; charset=utf-8");
    *answer.status_mut() = status;
    answer
}

/// Adds a field, unless its value has characters that no field may have.
pub(crate) fn with<B>(mut answer: Response<B>, name: hyper::header::HeaderName, value: &str) -> Response<B> {
    if let Ok(value) = value.try_into() {
        answer.headers_mut().insert(name, value);
    }
    answer
}

#[cfg(test)]
mod tests {
    use super::*;

    fn ask(path: &str, tag: Option<&str>) -> Response<Full<Bytes>> {
        let site = Site::read("site").expect("the site");
        let mut headers = HeaderMap::new();
        headers.extend(tag.map(|tag| (IF_NONE_MATCH, tag.parse().expect("a value"))));
        site.answer(&Method::GET, &path.parse().expect("a path"), &headers)
    }

    #[test]
    fn files_are_found_by_their_paths_and_nothing_else_is() {
        let page = ask("/", None);
        assert_eq!(
            (page.status(), &page.headers()[CONTENT_TYPE]),
            (StatusCode::OK, &"text/html; charset=utf-8".parse().expect("a value"))
        );
        for path in ["/index.html", "/style.css?v=1", "/%73tyle.css", "//index.html"] {
            assert_eq!(ask(path, None).status(), StatusCode::OK, "{path}");
        }
        for path in ["/missing", "/../Cargo.toml", "/%2e%2e/Cargo.toml", "/style.css/", "/index.html%00"] {
            assert_eq!(ask(path, None).status(), StatusCode::NOT_FOUND, "{path}");
        }
        assert_eq!(ask("/%ff", None).status(), StatusCode::BAD_REQUEST);
    }

    #[test]
    fn who_has_it_is_told_so() {
        let tag = ask("/", None).headers()[ETAG].to_str().expect("text").to_owned();
        assert_eq!(ask("/", Some(&format!("\"other\", {tag}"))).status(), StatusCode::NOT_MODIFIED);
        assert_eq!(ask("/", Some("\"other\"")).status(), StatusCode::OK);
    }
}
