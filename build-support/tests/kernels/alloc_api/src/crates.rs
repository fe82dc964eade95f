//! Crates that need `core` and `alloc` alone.

use alloc::string::{String, ToString};
use alloc::vec::Vec;
use alloc::{format, vec};
use core::hint::black_box;

use hashbrown::{HashMap, HashSet};
use num_bigint::BigUint;
use serde::{Deserialize, Serialize};
use serde_json::json;

pub(crate) fn check() {
    documents();
    tables();
    dates();
    numbers();
}

#[derive(Serialize, Deserialize, Debug, PartialEq, Clone)]
enum Shape {
    Circle { radius: f64 },
    Polygon(Vec<(i32, i32)>),
    Named(String, Option<u128>),
}

fn documents() {
    let shapes = vec![
        Shape::Circle { radius: black_box(0.1) },
        Shape::Polygon(vec![(1, -2), (3, 4)]),
        Shape::Named("a \u{e9}\n".to_string(), Some(7)),
    ];
    let text = serde_json::to_string_pretty(&shapes).expect("is a document");
    assert_eq!(serde_json::from_str::<Vec<Shape>>(&text).expect("is a document"), shapes);
    let value: serde_json::Value =
        serde_json::from_str(black_box(r#"{"a":[1,2.5e3,null,true,"\u00e9"]}"#)).expect("valid");
    assert_eq!(value, json!({"a": [1, 2500.0, null, true, "\u{e9}"]}));
    let error = serde_json::from_str::<Vec<u8>>(black_box("[1,\n300]")).unwrap_err().to_string();
    assert!(error.starts_with("invalid value: integer `300`, expected u8"), "{error}");
    let bytes = postcard::to_allocvec(&shapes).expect("is a document");
    assert_eq!(postcard::from_bytes::<Vec<Shape>>(&bytes).expect("is a document"), shapes);
    assert!(postcard::from_bytes::<Vec<Shape>>(&bytes[..5]).is_err());
}

fn tables() {
    let mut map: HashMap<String, usize> = HashMap::new();
    for word in black_box("a b a c b a").split(' ') {
        *map.entry(word.to_string()).or_insert(0) += 1;
    }
    let mut counts: Vec<_> = map.into_iter().collect();
    counts.sort();
    assert_eq!(format!("{counts:?}"), r#"[("a", 3), ("b", 2), ("c", 1)]"#);
    let set: HashSet<u64> = (0..black_box(1000)).map(|number| number % 37).collect();
    assert_eq!(set.len(), 37);
}

#[cfg(not(feature = "patterns"))]
pub(crate) fn check_patterns(_: bool) {}

#[cfg(feature = "patterns")]
pub(crate) fn check_patterns(call: bool) {
    use regex::Regex;

    if !call {
        return;
    }
    let pattern = Regex::new(black_box(r"(?<year>\d{4})-(?<month>\d{2})")).expect("is a pattern");
    let found = pattern.captures(black_box("on 2024-07-09")).expect("is there");
    assert_eq!((&found["year"], &found["month"]), ("2024", "07"));
    assert_eq!(pattern.replace_all("2024-07, 2025-08", "$month/$year"), "07/2024, 08/2025");
    assert!(Regex::new(black_box("(")).is_err());
}

fn dates() {
    let date = jiff::civil::date(2024, 2, black_box(28)).checked_add(jiff::Span::new().days(2)).expect("is in range");
    assert_eq!(date.to_string(), "2024-03-01");
    assert_eq!(
        jiff::Timestamp::from_second(black_box(1_700_000_000)).expect("is in range").to_string(),
        "2023-11-14T22:13:20Z"
    );
    assert!(black_box("2024-13-01").parse::<jiff::civil::Date>().is_err());
    let time = chrono::DateTime::from_timestamp(black_box(1_700_000_000), 0).expect("is in range");
    assert_eq!(time.format("%a %Y-%m-%d %H:%M").to_string(), "Tue 2023-11-14 22:13");
    assert!(chrono::NaiveDate::parse_from_str(black_box("2024-02-30"), "%Y-%m-%d").is_err());
}

fn numbers() {
    let product: BigUint = (1_u32..=black_box(30)).map(BigUint::from).product();
    assert_eq!(product.to_string(), "265252859812191058636308480000000");
    assert_eq!((product % 1_000_000_007_u32).to_string(), "109361473");
}
