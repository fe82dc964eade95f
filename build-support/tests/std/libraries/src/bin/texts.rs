//! clap, serde_json, regex, chrono, jiff and tracing: what programs read and write.

use clap::Parser;
use regex::Regex;
use serde::{Deserialize, Serialize};
use tracing::{Level, debug, info, instrument, warn};
use tracing_subscriber::EnvFilter;
use unikernel_rt::unikernel;

/// Counts words.
#[derive(Parser, Debug)]
#[command(version, disable_help_flag = true)]
struct Words {
    /// The least length.
    #[arg(long, default_value_t = 3)]
    least: usize,
    /// How they are shown.
    #[arg(long, env = "STYLE")]
    style: Option<String>,
    /// The words.
    words: Vec<String>,
}

#[derive(Serialize, Deserialize, Debug, PartialEq)]
struct Document {
    name: String,
    #[serde(default)]
    numbers: Vec<f64>,
    kind: Kind,
}

#[derive(Serialize, Deserialize, Debug, PartialEq)]
#[serde(rename_all = "lowercase", tag = "type")]
enum Kind {
    Empty,
    Pair { left: i64, right: Option<Box<Document>> },
}

#[unikernel(std, console, clock, entropy, args(..rest), env(STYLE = "plain", RUST_LOG = "info,texts=debug"))]
fn main() -> Result<(), Box<dyn std::error::Error>> {
    let words = Words::parse();
    println!("{words:?}");
    println!("{}", Words::try_parse_from(["words", "--least", "many"]).expect_err("no number").to_string().trim_end());
    println!("{}", Words::try_parse_from(["words", "--leest", "1"]).expect_err("unknown").to_string().trim_end());

    let text = r#"{"name": "öuter", "numbers": [1, 2.5e-3, -0.1], "kind":
        {"type": "pair", "left": -9007199254740993, "right": {"name": "\u00fcber", "kind": {"type": "empty"}}}}"#;
    let document: Document = serde_json::from_str(text)?;
    println!("{}", serde_json::to_string_pretty(&document)?);
    println!("{}", serde_json::from_str::<Document>("{\"name\": 5}").expect_err("no text"));
    let mut value = serde_json::to_value(&document)?;
    value["kind"]["left"] = serde_json::json!([true, null]);
    println!("{value}");

    let date = Regex::new(r"(?<year>\d{4})-(?<month>\d{2})-(?<day>\d{2})")?;
    println!("{}", date.replace_all("from 2024-02-29 to 2024-03-01", "$day.$month.$year"));
    println!("{:?}", Regex::new(r"(?i)\bß\w+").map(|word| word.is_match("ein ẞtraßenwort"))?);
    println!("{}", Regex::new("(").expect_err("unclosed"));

    let leap = chrono::NaiveDate::from_ymd_opt(2024, 2, 29).ok_or("a date")?.and_hms_opt(23, 59, 58).ok_or("a time")?;
    let shown = leap.and_utc() + chrono::TimeDelta::days(366);
    println!("{} {}", shown.to_rfc2822(), shown.format("%A, week %V"));
    println!("{}", chrono::DateTime::parse_from_rfc3339("2024-01-01T00:00:00+05:30")?.to_utc());
    println!("{}", chrono::Utc::now().timestamp() > 1_600_000_000);
    let zoned: jiff::Timestamp = "2024-07-11T01:14:00Z".parse()?;
    println!("{} {}", zoned, zoned.checked_add(jiff::SignedDuration::from_hours(36))?);
    let span: jiff::Span = "P1Y2M3DT4H".parse()?;
    println!("{:#} {}", span, jiff::civil::date(2024, 1, 31).checked_add(jiff::Span::new().months(1))?);

    let filter = EnvFilter::from_default_env();
    tracing_subscriber::fmt()
        .with_env_filter(filter)
        .without_time()
        .with_ansi(false)
        .with_writer(std::io::stdout)
        .init();
    info!(answer = 42, "started");
    let span = tracing::span!(Level::INFO, "outer", id = 7);
    span.in_scope(|| debug!("inside"));
    work(3);
    println!("done");
    Ok(())
}

#[instrument]
fn work(steps: u32) {
    for step in 0..steps {
        debug!(step, "working");
    }
    warn!("worked");
    tracing::trace!("never shown");
}
