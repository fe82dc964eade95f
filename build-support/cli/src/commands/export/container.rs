//! An image of a container with the machine in it, and what starts it on Kubernetes.

use std::ffi::OsString;
use std::fs;
use std::io;
use std::path::{Path, PathBuf};

use unikernel_vocabulary::Decoded;
use unikernel_vocabulary::command_line::{self, Word};

use super::super::interrupts::Interrupts;
use super::super::path::shown;
use super::super::{failure::Failure, hardware, iso, output, product, sbom};
use super::Arguments;
use crate::cargo::{Application, Workspace};
use crate::json;
use crate::machine::export::{self, Deployment, Exported, Workload};
use crate::machine::ports;
use crate::oci::{About, Contents, KERNEL_PATH, Layout, Monitor, Reference, SBOM};
use crate::sbom::File;

/// The extension of a layout; the files beside it do without.
const EXTENSION: &str = "oci";

/// Where everything goes.
struct Places {
    layout: PathBuf,
    archive: PathBuf,
    /// The layout's path without its extension.
    stem: PathBuf,
}

impl Places {
    fn new(layout: PathBuf) -> Result<Self, Failure> {
        if layout.file_name().is_none() {
            return Err(Failure::Text(format!(
                "`{0}` has no name\nhelp: write the path of the layout: `-o {0}/web.oci`",
                layout.display()
            )));
        }
        // Without a slash at its end, behind which a name would go.
        let layout: PathBuf = layout.components().collect();
        let is_ours = layout.extension().is_some_and(|extension| extension == EXTENSION);
        let stem = if is_ours { layout.with_extension("") } else { layout.clone() };
        Ok(Self { archive: behind(&layout, ".tar"), layout, stem })
    }

    fn workload(&self, workload: Workload) -> PathBuf {
        behind(&self.stem, &format!(".{}.yaml", workload.name()))
    }

    /// Checks that all of them can be written, without writing them.
    fn check(&self) -> Result<(), Failure> {
        Layout::begin(&self.layout).map_err(|error| self.failure(error))?;
        iso::writable(&self.archive)?;
        Workload::ALL.iter().try_for_each(|workload| iso::writable(&self.workload(*workload)))
    }

    fn failure(&self, error: io::Error) -> Failure {
        if error.kind() == io::ErrorKind::AlreadyExists && self.layout.symlink_metadata().is_ok() {
            return Failure::Text(format!(
                "`{}` exists, and is no OCI image layout: nothing is overwritten\nhelp: choose another path, or remove it",
                shown(&self.layout).display()
            ));
        }
        Failure::file("write", &self.layout, error)
    }
}

/// A path with more behind its name.
fn behind(path: &Path, more: &str) -> PathBuf {
    let mut path = OsString::from(path);
    path.push(more);
    path.into()
}

pub(super) fn run(arguments: &Arguments) -> Result<(), Failure> {
    let (workspace, deployment) = arguments.selection.one()?;
    let name = &deployment.name;
    let layout = arguments.output.clone();
    let places =
        Places::new(layout.unwrap_or_else(|| iso::destination(None, workspace.root(), &deployment, EXTENSION)))?;
    places.check()?; // before the build, which takes long
    let reference = match &arguments.image {
        Some(reference) => reference.clone(),
        None => export::container_image(name).parse().map_err(|error| Failure::Text(format!("{error}")))?,
    };
    let product = product::make(&workspace, &deployment, "")?;
    let line = &product.settings.command_line;
    let declaration = product.kernel.declaration();
    let place = hardware::place(name, workspace.root().join("build"));
    let mut hardware = arguments.networks.plan(&product.kernel, line, &product.settings.machine, &place, false)?;
    ports::settle(&mut hardware);

    let (kernel, iso) = (product.kernel.stripped(), iso::make(&product, "", arguments.firmware)?);
    let mut notes = Vec::new();
    let sbom = sbom::of(&workspace, &deployment.application, &product, &[File::new(format!("{name}.iso"), &iso)])?;
    let contents = Contents {
        name,
        kernel: &kernel,
        iso: &iso,
        words: &words(line, &declaration, &mut notes),
        monitor: arguments.monitor.map_or(Monitor::default(), Into::into),
        sbom: sbom.as_bytes(),
        about: &about(&workspace, &deployment.application, &product)?,
    };
    let layout = contents.layout(&reference).map_err(|error| Failure::Text(error.to_string()))?;

    let exported = Deployment {
        name,
        iso: &places.stem.with_added_extension("iso"),
        kernel: Path::new(KERNEL_PATH),
        disk: Path::new(""),
        image: &reference.to_string(),
        command_line: line,
        hardware: &hardware,
        has_kvm: true,
        takes_linux: declaration.has_values_of("linux"),
    };
    let exported = Workload::ALL.map(|workload| (workload, workload.write(&exported, KERNEL_PATH)));
    let written = write(&places, &layout, &exported, &mut notes)?;
    notes.extend(how_to_push(&places.layout, &reference));
    for note in &notes {
        output::progress("Note", note);
    }
    if !arguments.json {
        return Ok(());
    }
    let mut document = arguments.document(product.kernel.declaration().application(), places.layout);
    document.digest = Some(layout.digest().to_owned());
    document.files.extend(written);
    document.notes = notes;
    output::result(&json::pretty(&document))
}

/// Writes everything; returns the files beside the layout. A signal in the meantime is held back: no half of a folder stays.
fn write(
    places: &Places,
    layout: &Layout,
    exported: &[(Workload, Result<Exported, export::Unsuitable>)],
    notes: &mut Vec<String>,
) -> Result<Vec<PathBuf>, Failure> {
    let interrupts = Interrupts::hold().map_err(|error| Failure::Text(format!("cannot wait for signals: {error}")))?;
    let mut write = || {
        let folder = Layout::begin(&places.layout).map_err(|error| places.failure(error))?;
        layout.write(folder).map_err(|error| places.failure(error))?;
        output::progress("Wrote", shown(&places.layout).display());
        let mut written = vec![places.archive.clone()];
        iso::write(&places.archive, &layout.archive())?;
        for (workload, exported) in exported {
            let path = places.workload(*workload);
            match exported {
                Ok(Exported { text, remarks }) => {
                    iso::write(&path, text.as_bytes())?;
                    written.push(path);
                    notes.extend(remarks.iter().filter(|remark| !notes.contains(remark)).cloned().collect::<Vec<_>>());
                }
                Err(why) => {
                    // One of before would be of another machine.
                    let _ = fs::remove_file(&path);
                    output::warning(format_args!("no `{}`: {why}", shown(&path).display()));
                }
            }
        }
        for path in &written {
            output::progress("Wrote", shown(path).display());
        }
        Ok(written)
    };
    let written = write();
    interrupts.deliver();
    written
}

fn about(workspace: &Workspace, application: &Application, product: &product::Product) -> Result<About, Failure> {
    let declaration = product.kernel.declaration();
    let inventory = workspace.inventory()?;
    let package = inventory.package_of(application);
    Ok(About {
        title: declaration.application().into(),
        version: declaration.version().into(),
        licenses: package.and_then(|package| package.license.clone()),
        source: package.and_then(|package| package.repository.clone()),
    })
}

/// The image first: its bill of materials refers to it.
fn how_to_push(layout: &Path, reference: &Reference) -> [String; 2] {
    let (layout, tag) = (shown(layout).display().to_string(), reference.tag());
    let copy = |more: &str| format!("`skopeo copy oci:{layout}:{tag}{more} docker://{reference}{more}`");
    [format!("Push the image: {}.", copy("")), format!("Push its bill of materials: {}.", copy(SBOM))]
}

/// The words of a boot command line as arguments of a container, without the address of the first network, which urunc knows. urunc puts
/// a word with a space into single quotes, and takes all others as they are.
fn words(line: &str, declaration: &Decoded<'_>, notes: &mut Vec<String>) -> Vec<String> {
    let network = declaration.devices().find(|device| device.kind == "net").map(|device| device.name);
    let is_of_pod = |key: &str| {
        let option = network.and_then(|name| key.strip_prefix(name)?.strip_prefix('.'));
        matches!(option, Some("ip" | "gateway" | "dhcp"))
    };
    let mut arguments = Vec::new();
    for word in command_line::words(line).map_while(Result::ok) {
        if is_of_pod(word.key) {
            notes.push(format!(
                "`{}` of the manifest is for KubeVirt alone: urunc gives a guest the address of its pod.",
                word.key
            ));
            continue;
        }
        let mut plain = String::new();
        word.write_plain(&mut plain).expect("a text takes all letters");
        if !plain.contains(' ') {
            arguments.push(written(&word));
            continue;
        }
        if plain.contains("' ") {
            notes.push(format!("urunc cannot pass `{plain}`, which has a single quote before a space; KubeVirt can."));
        }
        arguments.push(plain);
    }
    arguments
}

/// A word as the command line has it.
fn written(word: &Word<'_>) -> String {
    let value = word.value.map(|value| if word.quoted { format!("\"{value}\"") } else { value.to_owned() });
    match (word.key, value) {
        (key, None) => key.to_owned(),
        ("", Some(value)) => value,
        (key, Some(value)) => format!("{key}={value}"),
    }
}

#[cfg(test)]
mod tests {
    use unikernel_vocabulary::{Declaration, Device, note::FORMAT};

    use super::*;

    #[test]
    fn words_are_arguments() {
        const DECLARATION: Declaration<'static> = Declaration {
            application: "web",
            version: "0.1.0",
            is_async: false,
            devices: &[
                Device { kind: "net", name: "wan", fixed: &[] },
                Device { kind: "net", name: "lan", fixed: &[] },
            ],
            arguments: &[],
            rest: None,
        };
        const ENCODED: [u8; DECLARATION.encoded_len()] = DECLARATION.encode();
        let declaration = Decoded::new(FORMAT, &ENCODED).unwrap();
        let mut notes = Vec::new();
        let line = r#"port=80 name="J. Doe" quote="a\"b" "a rest" "x=y" flag text="it's two" end="its' two" wan.ip=10.0.0.9/24 lan.ip=10.1.0.9/24 wan.dns=10.0.0.1"#;
        let expected = [
            "port=80",
            "name=J. Doe",
            r#"quote="a\"b""#,
            "a rest",
            "\"x=y\"",
            "flag",
            "text=it's two",
            "end=its' two",
            "lan.ip=10.1.0.9/24",
            "wan.dns=10.0.0.1",
        ];
        assert_eq!(words(line, &declaration, &mut notes), expected.map(str::to_owned));
        let expected = [
            "urunc cannot pass `end=its' two`, which has a single quote before a space; KubeVirt can.",
            "`wan.ip` of the manifest is for KubeVirt alone: urunc gives a guest the address of its pod.",
        ];
        assert_eq!(notes, expected);
        assert_eq!(words("", &declaration, &mut Vec::new()), [""; 0]);
    }

    #[test]
    fn files_are_beside_the_layout() {
        let places = |path: &str| {
            Places::new(path.into()).map(|places| {
                [places.archive.clone(), places.workload(Workload::Pod)].map(|path| path.display().to_string())
            })
        };
        let shown = |path| places(path).unwrap_or_else(|_| panic!("{path}"));
        assert_eq!(shown("build/web.oci"), ["build/web.oci.tar", "build/web.pod.yaml"]);
        assert_eq!(shown("a.b/"), ["a.b.tar", "a.b.pod.yaml"]);
        assert!([".", "..", "/", ""].into_iter().all(|path| places(path).is_err()));
    }
}
