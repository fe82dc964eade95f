//! Compresses embedded files besides, for servers of clients that can decompress: `kv(dir = "site", precompress = "gzip, br")`.
//!
//! Only text, which others are compressed from already, and only where it is worth a field in the answer. What is made stands in the
//! folder of the package's build script, by a hash of the file, and is made once.

use std::io::{self, Write};
use std::path::{Path, PathBuf};
use std::{env, fs};

use flate2::{Compression, GzBuilder};
use unikernel_vocabulary::nearest;

use crate::check::literal::token;
use crate::faults::Faults;
use crate::plan::{Device, Encoding, File};

/// The folder below `OUT_DIR`.
const FOLDER: &str = "unikernel-precompressed";

/// Extensions of files that are text, or as compressible.
const TEXTS: [&str; 21] = [
    "atom",
    "css",
    "csv",
    "htm",
    "html",
    "ico",
    "js",
    "json",
    "map",
    "md",
    "mjs",
    "otf",
    "rss",
    "svg",
    "toml",
    "ttf",
    "txt",
    "wasm",
    "webmanifest",
    "xhtml",
    "xml",
];

/// What an encoded file must save at least: more than its field and its place in the table take.
const WORTH_BYTES: usize = 64;

/// Above this, the best quality of Brotli takes minutes without optimization.
const BEST_BYTES: usize = 1 << 20;

/// Compresses a file.
type Encoder = fn(&[u8]) -> io::Result<Vec<u8>>;

/// The content codings, the best first.
const CODINGS: [(&str, Encoder); 2] = [("br", brotli), ("gzip", gzip)];

/// Compresses the files of a device, in the order of the codings; says what is wrong with its option.
pub(super) fn encode(device: &mut Device, faults: &mut Faults) {
    let Some(option) = device.option("precompress") else { return };
    let place = token(option);
    let result = wanted(&option.text).and_then(|wanted| encode_all(device, &wanted));
    if let Err(message) = result {
        faults.at(place, message);
    }
}

/// The codings that are named.
fn wanted(text: &str) -> Result<Vec<&'static str>, String> {
    const HELP: &str = "help: write `precompress = \"gzip, br\"`";
    let mut wanted = Vec::new();
    for word in text.split(',').map(str::trim) {
        let names = || CODINGS.iter().map(|(name, _)| *name);
        let Some(name) = names().find(|name| *name == word) else {
            let known = match word {
                "brotli" => Some("br"),
                "gz" | "deflate" => Some("gzip"),
                _ => nearest(word, names()),
            };
            let help = known.map_or(HELP.to_owned(), |name| format!("help: write `{name}`"));
            return Err(format!("unknown content coding `{word}`: there are `br` and `gzip`\n{help}"));
        };
        if wanted.contains(&name) {
            return Err(format!("`{name}` is named twice\n{HELP}"));
        }
        wanted.push(name);
    }
    Ok(wanted)
}

fn encode_all(device: &mut Device, wanted: &[&str]) -> Result<(), String> {
    let package = env::var_os("CARGO_MANIFEST_DIR").map(PathBuf::from).unwrap_or_default();
    let folder = package.join(device.option("dir").map(|dir| &*dir.text).unwrap_or_default());
    let Some(output) = output() else {
        let help = "help: add a build.rs: `fn main() { unikernel_build::link(); }`";
        return Err(format!("compressed files need the folder of a build script, and the package has none\n{help}"));
    };
    for file in device.files.iter_mut().filter(|file| is_text(&file.key)) {
        let failed = |error: io::Error| format!("cannot compress `{}`: {error}", file.key);
        file.encodings = encodings(&folder, file, wanted, &output).map_err(failed)?;
    }
    Ok(())
}

/// What a file is compressed to.
fn encodings(folder: &Path, file: &File, wanted: &[&str], output: &Path) -> io::Result<Vec<Encoding>> {
    let bytes = fs::read(folder.join(&file.key))?;
    let hash = hash(&bytes);
    let mut encodings = Vec::new();
    for (coding, encode) in CODINGS.into_iter().filter(|(coding, _)| wanted.contains(coding)) {
        let path = format!("{FOLDER}/{hash:016x}-{}.{coding}", bytes.len());
        let size = match fs::metadata(output.join(&path)) {
            Ok(metadata) => metadata.len() as usize,
            Err(_) => {
                let encoded = encode(&bytes)?;
                write(&output.join(&path), &encoded)?;
                encoded.len()
            }
        };
        if size + WORTH_BYTES <= bytes.len() {
            encodings.push(Encoding { coding, path });
        }
    }
    Ok(encodings)
}

/// FNV-1a: the same file has the same name, whatever compiles it.
fn hash(bytes: &[u8]) -> u64 {
    bytes.iter().fold(0xcbf2_9ce4_8422_2325, |hash, byte| (hash ^ u64::from(*byte)).wrapping_mul(0x100_0000_01b3))
}

/// Writes a file as a whole: another compiler may be at it, and may be killed.
fn write(path: &Path, bytes: &[u8]) -> io::Result<()> {
    let part = path.with_extension(format!("{}.part", std::process::id()));
    fs::create_dir_all(path.parent().unwrap_or(path))?;
    fs::write(&part, bytes)?;
    fs::rename(part, path)
}

/// The folder of the build script's output.
fn output() -> Option<PathBuf> {
    #[cfg(test)]
    return Some(Path::new(env!("CARGO_MANIFEST_DIR")).join("../target/precompressed"));
    #[cfg(not(test))]
    env::var_os("OUT_DIR").map(PathBuf::from)
}

fn is_text(key: &str) -> bool {
    let extension = Path::new(key).extension().and_then(|extension| extension.to_str());
    extension.is_some_and(|extension| TEXTS.contains(&&*extension.to_ascii_lowercase()))
}

/// RFC 1952, without a name or a time: the same file is the same image.
fn gzip(bytes: &[u8]) -> io::Result<Vec<u8>> {
    let mut encoder = GzBuilder::new().write(Vec::new(), Compression::best());
    encoder.write_all(bytes)?;
    encoder.finish()
}

/// RFC 7932.
fn brotli(bytes: &[u8]) -> io::Result<Vec<u8>> {
    let quality = if bytes.len() > BEST_BYTES { 9 } else { 11 };
    let parameters = brotli::enc::BrotliEncoderParams { quality, size_hint: bytes.len(), ..Default::default() };
    let mut encoded = Vec::new();
    brotli::BrotliCompress(&mut &bytes[..], &mut encoded, &parameters)?;
    Ok(encoded)
}

#[cfg(test)]
mod tests {
    use super::{CODINGS, brotli, gzip, is_text, wanted};
    use std::io::Read;

    #[test]
    fn what_is_compressed_is_what_it_was() {
        let text = include_bytes!("precompress.rs");
        let (mut one, mut other) = (Vec::new(), Vec::new());
        flate2::read::GzDecoder::new(&gzip(text).unwrap()[..]).read_to_end(&mut one).unwrap();
        brotli::BrotliDecompress(&mut &brotli(text).unwrap()[..], &mut other).unwrap();
        assert!(one == text && other == text);
        assert_eq!(gzip(text).unwrap()[4..8], [0; 4], "no time");
        for (coding, encode) in CODINGS {
            assert!(encode(text).unwrap().len() < text.len() / 2, "{coding}");
            assert_eq!(encode(text).unwrap(), encode(text).unwrap(), "{coding}");
        }
    }

    #[test]
    fn codings_are_named() {
        assert_eq!(wanted("gzip"), Ok(vec!["gzip"]));
        assert_eq!(wanted(" gzip ,br"), Ok(vec!["gzip", "br"]));
        for (text, help) in [
            ("", "help: write `precompress = \"gzip, br\"`"),
            ("gzip,", "help: write `precompress = \"gzip, br\"`"),
            ("zstd", "help: write `precompress = \"gzip, br\"`"),
            ("brotli", "help: write `br`"),
            ("gz", "help: write `gzip`"),
            ("gzp", "help: write `gzip`"),
            ("br, br", "help: write `precompress = \"gzip, br\"`"),
        ] {
            let message = wanted(text).unwrap_err();
            assert!(message.ends_with(&format!("\n{help}")), "{text}: {message}");
        }
    }

    #[test]
    fn text_is_known_by_its_extension() {
        assert!(["a.html", "a/b.min.JS", "logo.svg"].into_iter().all(is_text));
        assert!(!["a", "html", "a.png", "a.html/b", "a.gz", "a.woff2"].into_iter().any(is_text));
    }
}
