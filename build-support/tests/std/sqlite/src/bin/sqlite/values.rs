//! What SQLite computes, for which it asks a C library: texts, numbers, times.

use std::time::{Duration, SystemTime, UNIX_EPOCH};

use rusqlite::Connection;
use rusqlite::types::Value;

/// Expressions whose values are the same anywhere.
const EXPRESSIONS: &[&str] = &[
    "upper('abc') || lower('DEF') || trim('  x ') || substr('letters', 2, 3)",
    "'Letters' LIKE 'l%s', 'letters' GLOB '[k-m]?t*', instr('letters', 'tt'), replace('letters', 't', 'd')",
    "printf('%8.3f|%-6s|%06d|%x|%e|%g', 3.14159, 'ab', -42, 255, 12345.678, 0.0001)",
    "1e300 * 1e10, -1e300 * 1e10, 0.1 + 0.2, round(2.5), round(-1234.5678, 2), 9223372036854775807 + 1",
    "abs(-7), 7 / 2, 7 % 2, 7.0 / 2, CAST('12abc' AS INTEGER), CAST('1.5e3x' AS REAL), hex(zeroblob(3))",
    "sqlite_compileoption_used('THREADSAFE'), typeof(NULL), typeof(1), typeof(1.0), typeof('1'), typeof(x'01')",
    "json_extract('{\"a\": [1, {\"b\": \"text\"}]}', '$.a[1].b'), json_group_array(number) FROM numbers",
    "date('2024-02-29', '+1 year'), strftime('%Y-%m-%d %H:%M:%f %j %w', 1709210096.789, 'unixepoch')",
    "julianday('2000-01-01 12:00:00'), unixepoch('1969-12-31 23:59:59'), date('0000-03-01', '-1 day')",
    "datetime('2024-07-01 12:34:56', 'localtime'), datetime('1902-07-01 12:00', 'utc'), date('9999-12-31', 'localtime')",
    "group_concat(number || ':' || total, ' ') FROM (SELECT number, sum(number) OVER (ORDER BY number) AS total FROM numbers)",
    "group_concat(word, ' ') FROM (SELECT word FROM texts WHERE texts MATCH 'quick OR lazy' ORDER BY rank, word)",
];

pub(crate) fn all() -> rusqlite::Result<()> {
    // SAFETY: this is the first of the program, which has no other thread yet.
    unsafe { std::env::set_var("TZ", "UTC0") };
    let database = Connection::open_in_memory()?;
    database.execute_batch(
        "CREATE VIRTUAL TABLE texts USING fts5 (word);
         INSERT INTO texts VALUES ('the quick brown fox'), ('a lazy dog'), ('a quick and a lazy one'), ('others');
         CREATE VIRTUAL TABLE places USING rtree (id, left, right);
         INSERT INTO places VALUES (1, 0, 2), (2, 3, 5), (3, 1, 4);
         CREATE TABLE numbers AS
             WITH RECURSIVE counted (number) AS (VALUES (1) UNION ALL SELECT number + 1 FROM counted LIMIT 5)
             SELECT number FROM counted;",
    )?;
    for expression in EXPRESSIONS {
        let mut statement = database.prepare(&format!("SELECT {expression}"))?;
        let columns = statement.column_count();
        let row = statement.query_row([], |row| {
            (0..columns).map(|column| row.get::<_, Value>(column)).collect::<rusqlite::Result<Vec<_>>>()
        })?;
        println!("{row:?}");
    }
    let overlapping: i64 =
        database.query_row("SELECT count(*) FROM places WHERE left <= 2 AND right >= 2", [], |row| row.get(0))?;
    println!("{overlapping} places");
    let now: i64 = database.query_row("SELECT unixepoch('now')", [], |row| row.get(0))?;
    let before = SystemTime::now()
        .duration_since(UNIX_EPOCH)
        .expect("later")
        .saturating_sub(Duration::from_secs(now.unsigned_abs()));
    let days: i64 = database.query_row("SELECT julianday(date('now')) - julianday('2020-01-01')", [], |row| {
        row.get::<_, f64>(0).map(|days| days as i64)
    })?;
    println!("now {} {}", before < Duration::from_secs(60), days > 1000);
    Ok(())
}
