//! Templates: real files below `templates`, with the name of the project as the one thing that is replaced in most of them.

use std::path::PathBuf;

use super::source::{Package, Source};

/// What a project begins with.
#[derive(Clone, Copy, Debug, PartialEq, Eq, clap::ValueEnum)]
pub(super) enum Template {
    /// Prints a greeting; an argument
    Hello,
    /// Two tasks, a timer and a channel; embassy
    Async,
    /// An HTTP server for files in the image; one task for each connection
    Http,
    /// Answers UDP datagrams, without `async`
    Udp,
    /// Keeps a record on a disk
    Block,
    /// Reads the files of a FAT volume
    Kv,
    /// An ordinary program of the standard library: threads and files
    Std,
    /// A JSON service by axum and tokio, with the standard library
    Axum,
}

/// A file of a project.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct File {
    /// Its path in the project.
    pub(super) path: PathBuf,
    pub(super) contents: String,
}

/// Files by their paths in the project, from those of a template.
macro_rules! files {
    ($template:literal: $($path:literal $(from $file:literal)?),* $(,)?) => {
        &[$(($path, files!(@text $template, $path $(, $file)?))),*]
    };
    (@text $template:literal, $path:literal) => {
        include_str!(concat!("../../../templates/", $template, "/", $path))
    };
    (@text $template:literal, $path:literal, $file:literal) => {
        include_str!(concat!("../../../templates/", $template, "/", $file))
    };
}

type Files = &'static [(&'static str, &'static str)];

/// Those of every project.
const COMMON: Files = files!("common":
    "Cargo.toml" from "Cargo.toml.txt", // a package in this package would not be packaged with it
    ".gitignore" from "gitignore.txt",
    ".github/workflows/ci.yml" from "ci.yml",
);

/// Those of a kernel, which `cargo run` boots.
const KERNEL: Files = files!("kernel": "build.rs", "README.md", ".cargo/config.toml" from "config.toml");

/// Those of a program of `std`, which `cargo run` runs on the host.
const PROGRAM: Files = files!("program": "build.rs", "README.md");

/// How a template differs from others.
struct Content {
    summary: &'static str,
    /// Of the runtime.
    features: &'static [&'static str],
    /// Lines of Cargo.toml, before that of the runtime.
    dependencies: &'static [&'static str],
    /// The same, of tests.
    dev_dependencies: &'static [&'static str],
    files: Files,
}

impl Template {
    /// The word of the command line.
    pub(super) fn name(self) -> String {
        use clap::ValueEnum as _;
        self.to_possible_value().map(|value| value.get_name().to_owned()).unwrap_or_default()
    }

    /// All files of a project.
    pub(super) fn files(self, name: &str, source: &Source, in_workspace: bool) -> Vec<File> {
        let content = self.content();
        let mut dependencies = content.dependencies.to_vec();
        let runtime = source.dependency(Package::Runtime, content.features);
        dependencies.push(&runtime);
        let mut dev_dependencies = content.dev_dependencies.to_vec();
        let test = source.dependency(Package::Test, &[]);
        dev_dependencies.push(&test);
        let (kind, files) = if content.features.contains(&"std") { ("program", PROGRAM) } else { ("kernel", KERNEL) };
        let replaced = [
            ("TEMPLATE_KIND", kind.to_owned()),
            ("TEMPLATE_SUMMARY", content.summary.to_owned()),
            ("TEMPLATE_INSTALL", source.install()),
            ("TEMPLATE_DEPENDENCIES", dependencies.join("\n")),
            ("TEMPLATE_BUILD_DEPENDENCIES", source.dependency(Package::Build, &[])),
            ("TEMPLATE_DEV_DEPENDENCIES", dev_dependencies.join("\n")),
            ("template-name", name.to_owned()),
            ("template_name", name.replace('-', "_")),
        ];
        let fill = |text: &str| replaced.iter().fold(text.to_owned(), |text, (word, by)| text.replace(word, by));
        let files = COMMON.iter().chain(files).chain(content.files);
        let mut files: Vec<_> =
            files.map(|(path, text)| File { path: fill(path).into(), contents: fill(text) }).collect();
        if in_workspace && let Some(manifest) = files.iter_mut().find(|file| file.path.as_os_str() == "Cargo.toml") {
            manifest.contents.push_str("\n# Not a member of the workspace that this folder is in.\n[workspace]\n");
        }
        files
    }

    fn content(self) -> Content {
        match self {
            Template::Hello => Content {
                summary: "A unikernel that prints a greeting.",
                features: &[],
                dependencies: &[],
                dev_dependencies: &[],
                files: files!("hello": "src/lib.rs", "src/main.rs", "tests/boot.rs", "manifests/template-name.toml"),
            },
            Template::Async => Content {
                summary: "A unikernel with two tasks: one measures how late its timer fires, the other prints it.",
                features: &["async"],
                dependencies: &["embassy-sync = \"0.8\""],
                dev_dependencies: &[],
                files: files!("async": "src/lib.rs", "src/main.rs", "tests/boot.rs", "manifests/template-name.toml"),
            },
            Template::Http => Content {
                summary: "A unikernel that serves the files of the folder `site` over HTTP.",
                features: &["async", "tcp"],
                dependencies: &["heapless = \"0.9\"", "httparse = { version = \"1.10\", default-features = false }"],
                dev_dependencies: &[],
                files: files!("http":
                    "src/lib.rs", "src/main.rs", "tests/boot.rs", "manifests/template-name.toml",
                    "site/index.html", "site/style.css",
                ),
            },
            Template::Udp => Content {
                summary: "A unikernel that answers every UDP datagram with its text in capitals.",
                features: &["udp"],
                dependencies: &[],
                dev_dependencies: &[],
                files: files!("udp": "src/lib.rs", "src/main.rs", "tests/boot.rs", "manifests/template-name.toml"),
            },
            Template::Block => Content {
                summary: "A unikernel that counts its boots on a disk.",
                features: &[],
                dependencies: &[],
                dev_dependencies: &[],
                files: files!("block": "src/lib.rs", "src/main.rs", "tests/boot.rs", "manifests/template-name.toml"),
            },
            Template::Kv => Content {
                summary: "A unikernel that counts the lines, words and bytes of the files on a FAT volume.",
                features: &["kv-fat"],
                dependencies: &[],
                dev_dependencies: &[],
                files: files!("kv":
                    "src/lib.rs", "src/main.rs", "tests/boot.rs", "manifests/template-name.toml",
                    "files/readme.txt", "files/texts/note.txt",
                ),
            },
            Template::Std => Content {
                summary: "A unikernel that counts the words of the files in the folder `texts`, with a thread for each file.",
                features: &["std"],
                dependencies: &[],
                dev_dependencies: &[],
                files: files!("std":
                    "src/lib.rs", "src/main.rs", "tests/boot.rs", "manifests/template-name.toml",
                    "texts/one.txt", "texts/two.txt",
                ),
            },
            Template::Axum => Content {
                summary: "A unikernel that serves notes as JSON, by axum and tokio.",
                features: &["std", "tcp"],
                dependencies: &[
                    "axum = { version = \"0.8\", default-features = false, features = [\"http1\", \"json\", \"tokio\"] }",
                    "serde = { version = \"1.0\", features = [\"derive\"] }",
                    "tokio = { version = \"1\", features = [\"macros\", \"net\", \"rt\", \"signal\"] }",
                ],
                dev_dependencies: &["tower = { version = \"0.5\", features = [\"util\"] }"],
                files: files!("axum": "src/lib.rs", "src/main.rs", "tests/boot.rs", "manifests/template-name.toml"),
            },
        }
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;
    use std::fs;
    use std::path::Path;

    use clap::ValueEnum as _;

    use super::*;

    /// The files of a folder, with those below it.
    fn on_disk(folder: &Path, below: &str, found: &mut BTreeSet<String>) {
        for entry in fs::read_dir(folder).unwrap().flatten() {
            let name = format!("{below}{}", entry.file_name().to_str().unwrap());
            if entry.path().is_dir() {
                on_disk(&entry.path(), &format!("{name}/"), found);
            } else {
                found.insert(name);
            }
        }
    }

    #[test]
    fn every_file_of_a_template_is_part_of_the_project() {
        for template in Template::value_variants() {
            let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("templates").join(template.name());
            let mut wanted = BTreeSet::new();
            on_disk(&folder, "", &mut wanted);
            let found = template.content().files.iter().map(|(path, _)| (*path).to_owned()).collect();
            assert_eq!(wanted, found, "{}", template.name());
        }
        for (folder, files) in [("common", COMMON), ("kernel", KERNEL), ("program", PROGRAM)] {
            let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("templates").join(folder);
            assert_eq!(fs::read_dir(&folder).unwrap().count(), files.len(), "{}", folder.display());
        }
    }

    #[test]
    fn nothing_of_the_template_is_left() {
        let source = Source::Registry("1.2.3".to_owned());
        for template in Template::value_variants() {
            for in_workspace in [false, true] {
                let files = template.files("my-app", &source, in_workspace);
                for File { path, contents } in &files {
                    for word in ["template-name", "template_name", "TEMPLATE_"] {
                        assert!(
                            !contents.contains(word) && !path.to_str().unwrap().contains(word),
                            "{}",
                            path.display()
                        );
                    }
                    assert!(contents.ends_with('\n') && !contents.ends_with("\n\n"), "{}", path.display());
                    if path.extension().is_some_and(|extension| extension == "toml") {
                        assert!(contents.parse::<toml::Table>().is_ok(), "{contents}");
                    }
                }
                let contents = |name: &str| &files.iter().find(|file| file.path.as_os_str() == name).unwrap().contents;
                assert!(contents("src/main.rs").contains("use my_app::"));
                assert!(contents("manifests/my-app.toml").contains("app = \"my-app\""));
                assert!(contents("Cargo.toml").contains("unikernel-build = \"1.2.3\""));
                assert_eq!(contents("Cargo.toml").contains("\n[workspace]\n"), in_workspace);
                let is_program = template.content().features.contains(&"std");
                assert_eq!(contents("Cargo.toml").contains("\n# The kernel. "), !is_program);
                assert_eq!(contents("Cargo.toml").contains("\n# The program. "), is_program);
            }
        }
    }
}
