//! Small libraries that many programs use: numbers, texts, collections, files in memory.

use std::fs;
use std::io::{Read as _, Seek as _, Write as _};
use std::sync::Arc;
use std::thread;

use anyhow::Context as _;
use nom::Parser as _;
use rand::{Rng as _, SeedableRng as _};
use redb::ReadableDatabase as _;
use unikernel_rt::unikernel;

#[unikernel(std, console, clock, entropy, tmp(size = "8MiB"), env(RUST_LOG = "info"))]
fn main() -> anyhow::Result<()> {
    random()?;
    collections();
    texts()?;
    files()?;
    codecs()?;
    database()?;
    logging()?;
    println!("done");
    Ok(())
}

fn random() -> anyhow::Result<()> {
    let (one, other) = (uuid::Uuid::new_v4(), uuid::Uuid::now_v7());
    println!("uuid {} {} {}", one.get_version_num(), other.get_version_num(), one != uuid::Uuid::new_v4());
    println!("{}", uuid::Uuid::parse_str("67e55044-10b1-426f-9247-bb680e5fe0c8")?);
    let numbers: Vec<u32> = (0..1000).map(|_| rand::rng().random_range(1..=6)).collect();
    println!("dice {}", (1..=6).all(|number| numbers.contains(&number)));
    println!("seeded {}", rand::rngs::StdRng::seed_from_u64(7).random::<u64>());
    Ok(())
}

fn collections() {
    static CELL: once_cell::sync::Lazy<String> = once_cell::sync::Lazy::new(|| "made once".into());
    println!("{} {}", *CELL, CELL.len());
    let map = Arc::new(dashmap::DashMap::new());
    let (sender, receiver) = flume::bounded(3);
    let threads: Vec<_> = (0..4_u64)
        .map(|number| {
            let (map, sender) = (map.clone(), sender.clone());
            thread::spawn(move || {
                for key in 0..100 {
                    *map.entry(key).or_insert(0) += number;
                    thread::yield_now();
                }
                sender.send(number).expect("is received");
            })
        })
        .collect();
    drop(sender);
    println!("flume {}", receiver.iter().sum::<u64>());
    threads.into_iter().for_each(|thread| thread.join().expect("it does not panic"));
    println!("dashmap {} {}", map.len(), map.iter().map(|entry| *entry.value()).sum::<u64>());
    println!("processors {}", num_cpus::get() >= 1 && num_cpus::get_physical() >= 1);
    println!("name of the host {}", !gethostname::gethostname().is_empty());
}

fn texts() -> anyhow::Result<()> {
    let url = url::Url::parse("https://us%20er@ex\u{e4}mple.org:8443/a/../b?q=1&r=%C3%BC#f")?;
    println!("{url} {:?}", url.query_pairs().collect::<Vec<_>>());
    let table: toml::Table = toml::from_str("[package]\nname = \"x\"\nnumbers = [1, 2.5]\nat = 2024-02-29T01:02:03Z")?;
    print!("{}", toml::to_string(&table)?);
    println!("{}", toml::from_str::<toml::Table>("x = = 1").expect_err("no value").message());
    let bytes = bincode::encode_to_vec((1_u64, "text", Some(-3_i8)), bincode::config::standard())?;
    let (back, count): ((u64, String, Option<i8>), usize) =
        bincode::decode_from_slice(&bytes, bincode::config::standard())?;
    println!("{bytes:?} {back:?} {count}");
    let mut sum = nom::multi::separated_list1(nom::character::complete::char('+'), nom::character::complete::u32);
    println!("{:?}", sum.parse("1+2+39 rest").map_err(|error: nom::Err<nom::error::Error<&str>>| error.to_string()));
    Ok(())
}

fn files() -> anyhow::Result<()> {
    let folder = tempfile::tempdir()?;
    fs::create_dir_all(folder.path().join("a/b"))?;
    for name in ["a/one", "a/b/two", "three"] {
        fs::write(folder.path().join(name), name)?;
    }
    for entry in walkdir::WalkDir::new(folder.path()).sort_by_file_name() {
        let entry = entry?;
        let length = if entry.file_type().is_file() { entry.metadata()?.len() } else { 0 };
        println!("{} {} {length}", entry.depth(), entry.path().strip_prefix(folder.path())?.display());
    }
    let mut named = tempfile::NamedTempFile::new_in(&folder)?;
    named.write_all(b"named")?;
    println!("{:?}", fs::read_to_string(named.path())?);
    let kept = folder.path().join("kept");
    named.persist(&kept)?;
    println!("{:?}", fs::read_to_string(kept)?);
    let mut nameless = tempfile::tempfile()?;
    nameless.write_all(b"nameless")?;
    nameless.rewind()?;
    let mut text = String::new();
    nameless.read_to_string(&mut text)?;
    println!("{text}");
    let path = folder.path().to_owned();
    folder.close()?;
    println!("gone {}", !path.exists());
    let error = fs::read(&path).context("reading what is gone").expect_err("it is gone");
    println!("{error:#}");
    let report = color_eyre::eyre::Report::new(fs::read(&path).expect_err("it is gone")).wrap_err("a report");
    println!("{report:#}");
    Ok(())
}

fn codecs() -> anyhow::Result<()> {
    let text = "again and again, ".repeat(1000);
    let mut encoder = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::default());
    encoder.write_all(text.as_bytes())?;
    let packed = encoder.finish()?;
    let mut back = String::new();
    flate2::read::GzDecoder::new(&packed[..]).read_to_string(&mut back)?;
    println!("gzip {} {}", packed.len() < 200, back == text);
    let picture = image::RgbImage::from_fn(64, 48, |x, y| image::Rgb([x as u8 * 4, y as u8 * 5, 128]));
    let mut bytes = std::io::Cursor::new(Vec::new());
    picture.write_to(&mut bytes, image::ImageFormat::Png)?;
    let read = image::load_from_memory(bytes.get_ref())?.to_rgb8();
    let small = image::imageops::resize(&read, 8, 6, image::imageops::FilterType::Triangle);
    println!("picture {} {:?} {:?}", read == picture, small.dimensions(), small.get_pixel(3, 3));
    Ok(())
}

fn database() -> anyhow::Result<()> {
    const NOTES: redb::TableDefinition<'_, u64, &str> = redb::TableDefinition::new("notes");
    let folder = tempfile::tempdir()?;
    let path = folder.path().join("notes.redb");
    let database = redb::Database::create(&path)?;
    let write = database.begin_write()?;
    {
        let mut table = write.open_table(NOTES)?;
        for number in 0..100 {
            table.insert(number, format!("note {number}").as_str())?;
        }
    }
    write.commit()?;
    let write = database.begin_write()?;
    write.open_table(NOTES)?.remove(7)?;
    write.abort()?;
    println!("twice {}", redb::Database::open(&path).is_err());
    drop(database);
    let read = redb::Database::open(&path)?.begin_read()?;
    let table = read.open_table(NOTES)?;
    let last: Vec<_> =
        table.range(98..)?.map(|entry| entry.map(|(_, text)| text.value().to_owned())).collect::<Result<_, _>>()?;
    println!("redb {:?} {last:?}", table.get(7)?.map(|text| text.value().to_owned()));
    Ok(())
}

fn logging() -> anyhow::Result<()> {
    env_logger::Builder::from_default_env().format_timestamp(None).target(env_logger::Target::Stdout).init();
    log::info!("told by env_logger");
    log::debug!("not told");
    let registry = prometheus::Registry::new();
    let counter = prometheus::IntCounterVec::new(prometheus::Opts::new("asked", "Questions."), &["kind"])?;
    registry.register(Box::new(counter.clone()))?;
    counter.with_label_values(&["one"]).inc_by(3);
    print!("{}", prometheus::TextEncoder::new().encode_to_string(&registry.gather())?);
    let recorder = metrics_exporter_prometheus::PrometheusBuilder::new().build_recorder();
    let handle = recorder.handle();
    metrics::with_local_recorder(&recorder, || {
        metrics::counter!("answered", "kind" => "two").increment(5);
        metrics::gauge!("waiting").set(1.5);
    });
    let mut lines: Vec<_> =
        handle.render().lines().filter(|line| !line.starts_with('#') && !line.is_empty()).map(str::to_owned).collect();
    lines.sort();
    println!("{lines:?}");
    Ok(())
}
