//! A bill of materials as a CycloneDX 1.6 document (ECMA-424), in JSON.
//!
//! The specification is at <https://cyclonedx.org/docs/1.6/json/>; these types are the part of it that a kernel needs. The
//! crates that have all of it take a minute to build.

use serde::Serialize;

use super::files::File;
use super::linked::Linked;
use super::sha256;
use crate::cargo::{Origin, Package};
use crate::date::rfc3339;
use crate::elf::Kernel;
use crate::json;

/// A bill of materials.
#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Document {
    #[serde(rename = "$schema")]
    schema: &'static str,
    bom_format: &'static str,
    spec_version: &'static str,
    serial_number: String,
    version: u32,
    metadata: Metadata,
    components: Vec<Component>,
    dependencies: Vec<Dependency>,
}

#[derive(Debug, Serialize)]
struct Metadata {
    #[serde(skip_serializing_if = "Option::is_none")]
    timestamp: Option<String>,
    lifecycles: [Lifecycle; 1],
    tools: Tools,
    component: Component,
}

#[derive(Debug, Serialize)]
struct Lifecycle {
    phase: &'static str,
}

#[derive(Debug, Serialize)]
struct Tools {
    components: Vec<Component>,
}

#[derive(Debug, Default, Serialize)]
#[serde(rename_all = "camelCase")]
struct Component {
    r#type: &'static str,
    #[serde(rename = "bom-ref", skip_serializing_if = "String::is_empty")]
    bom_ref: String,
    name: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    version: Option<String>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    hashes: Vec<Hash>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    licenses: Vec<License>,
    #[serde(skip_serializing_if = "Option::is_none")]
    cpe: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    purl: Option<String>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    external_references: Vec<Reference>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    components: Vec<Self>,
}

#[derive(Debug, Serialize)]
struct Hash {
    alg: &'static str,
    content: String,
}

/// An SPDX expression.
#[derive(Debug, Serialize)]
struct License {
    expression: String,
}

#[derive(Debug, Serialize)]
struct Reference {
    r#type: &'static str,
    url: String,
}

#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
struct Dependency {
    r#ref: String,
    depends_on: Vec<String>,
}

impl Document {
    pub(super) fn new(
        kernel: &Kernel,
        linked: &Linked<'_>,
        rust: &str,
        embedded: &[File],
        made: &[File],
        seconds: Option<u32>,
    ) -> Self {
        let declaration = kernel.declaration();
        let root = linked.application;
        let application = Component {
            r#type: "application",
            name: declaration.application().into(),
            version: Some(declaration.version().into()),
            components: made.iter().map(|made| file("image", made)).collect(),
            ..package(root)
        };
        let library = linked.library.iter().map(|(name, version)| library(name, version, rust));
        let library: Vec<_> = library.collect();
        let embedded: Vec<_> = embedded.iter().map(|embedded| file("embedded", embedded)).collect();

        let reference = |id: &str| {
            let known = linked.packages.iter().find(|package| package.id == id);
            known.map_or_else(String::new, |package| bom_ref(package))
        };
        let depends_on = |package: &Package| {
            let ids = linked.dependencies.get(package.id.as_str()).into_iter().flatten();
            let mut references: Vec<_> = ids.map(|id| reference(id)).collect();
            references.sort();
            references
        };
        let mut all = depends_on(root);
        all.extend(library.iter().chain(&embedded).map(|component| component.bom_ref.clone()));
        let mut dependencies = vec![Dependency { r#ref: application.bom_ref.clone(), depends_on: all }];
        dependencies.extend(
            linked
                .packages
                .iter()
                .map(|package| Dependency { r#ref: bom_ref(package), depends_on: depends_on(package) }),
        );

        let mut components: Vec<_> = linked.packages.iter().map(|each| package(each)).collect();
        components.extend(library);
        components.extend(embedded);
        let tool = Component {
            r#type: "application",
            name: "unikernel".into(),
            version: Some(env!("CARGO_PKG_VERSION").into()),
            ..Component::default()
        };
        let mut document = Self {
            schema: "http://cyclonedx.org/schema/bom-1.6.schema.json",
            bom_format: "CycloneDX",
            spec_version: "1.6",
            serial_number: String::new(),
            version: 1,
            metadata: Metadata {
                timestamp: seconds.map(rfc3339),
                lifecycles: [Lifecycle { phase: "build" }],
                tools: Tools { components: vec![tool] },
                component: application,
            },
            components,
            dependencies,
        };
        document.serial_number = serial_number(&sha256(&json::bytes(&document)));
        document
    }
}

fn package(package: &Package) -> Component {
    let checksum = package.checksum.clone();
    let purl = purl(package);
    Component {
        r#type: "library",
        bom_ref: bom_ref(package),
        name: package.name.clone(),
        version: Some(package.version.clone()),
        hashes: checksum.map(|content| Hash { alg: "SHA-256", content }).into_iter().collect(),
        licenses: package.license.clone().map(|expression| License { expression }).into_iter().collect(),
        external_references: package
            .repository
            .clone()
            .map(|url| Reference { r#type: "vcs", url })
            .into_iter()
            .collect(),
        purl,
        ..Component::default()
    }
}

/// A library of the compiler, or, with another version, what one of them is made of.
fn library(name: &str, version: &str, rust: &str) -> Component {
    let is_own = version == rust;
    Component {
        r#type: "library",
        bom_ref: format!("rust:{name}@{version}"),
        name: name.into(),
        version: Some(version.into()),
        licenses: if is_own { vec![License { expression: "MIT OR Apache-2.0".into() }] } else { Vec::new() },
        // Vulnerabilities of the libraries are listed as those of the language.
        cpe: is_own.then(|| format!("cpe:2.3:a:rust-lang:rust:{version}:*:*:*:*:*:*:*")),
        purl: (!is_own).then(|| format!("pkg:cargo/{name}@{}", escaped(version))),
        external_references: vec![Reference { r#type: "vcs", url: "https://github.com/rust-lang/rust".into() }],
        ..Component::default()
    }
}

fn file(kind: &str, file: &File) -> Component {
    Component {
        r#type: "file",
        bom_ref: format!("{kind}:{}", file.name),
        name: file.name.clone(),
        hashes: vec![Hash { alg: "SHA-256", content: file.sha256.clone() }],
        ..Component::default()
    }
}

/// The package URL (<https://github.com/package-url/purl-spec>); a folder of this machine has none.
fn purl(package: &Package) -> Option<String> {
    let (name, version) = (&package.name, escaped(&package.version));
    let qualifier = match &package.origin {
        Origin::Path => return None,
        Origin::CratesIo => String::new(),
        Origin::Registry(index) => format!("?repository_url={}", escaped(index.trim_start_matches("sparse+"))),
        Origin::Git(url, commit) => format!("?vcs_url={}", escaped(&format!("git+{url}@{commit}"))),
    };
    Some(format!("pkg:cargo/{name}@{version}{qualifier}"))
}

fn bom_ref(package: &Package) -> String {
    purl(package).unwrap_or_else(|| format!("path:{}@{}", package.name, package.version))
}

/// Text in a URL: all but letters, digits and `-._~` as `%XX`.
fn escaped(text: &str) -> String {
    let mut escaped = String::new();
    for byte in text.bytes() {
        if byte.is_ascii_alphanumeric() || b"-._~".contains(&byte) {
            escaped.push(char::from(byte));
        } else {
            escaped += &format!("%{byte:02X}");
        }
    }
    escaped
}

/// A UUID of version 8 (RFC 9562), from a hash in hexadecimal: equal documents have equal numbers.
fn serial_number(hash: &str) -> String {
    let variant = match hash.as_bytes()[16] {
        b'0' | b'4' | b'8' | b'c' => '8',
        b'1' | b'5' | b'9' | b'd' => '9',
        b'2' | b'6' | b'a' | b'e' => 'a',
        _ => 'b',
    };
    format!("urn:uuid:{}-{}-8{}-{variant}{}-{}", &hash[..8], &hash[8..12], &hash[13..16], &hash[17..20], &hash[20..32])
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_serial_number_is_a_uuid() {
        let hash = "0123456789abcdef".repeat(4);
        assert_eq!(serial_number(&hash), "urn:uuid:01234567-89ab-8def-8123-456789abcdef");
        assert_eq!(&serial_number(&"f".repeat(64))[22..33], "-8fff-bfff-");
    }

    #[test]
    fn addresses_are_escaped() {
        assert_eq!(escaped("git+https://example.org/a@12"), "git%2Bhttps%3A%2F%2Fexample.org%2Fa%4012");
        assert_eq!(escaped("1.2.3-rc.1+build"), "1.2.3-rc.1%2Bbuild");
    }
}
