//! SQLite: databases in memory, in files, and read-only in the image.

mod values;

use std::error::Error;
use std::path::Path;
use std::sync::Barrier;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;
use std::{env, fs, process, thread};

use rusqlite::{Connection, ErrorCode, OpenFlags, TransactionBehavior, params};
use unikernel_rt::unikernel;

#[unikernel(std(without = "libraries"), console, clock, entropy, kv(dir = "site"), tmp(size = "4MiB"))]
fn main() -> Result<(), Box<dyn Error>> {
    values::all()?;
    in_memory()?;
    embedded()?;
    let folder = env::temp_dir().join(format!("std_sqlite-{}", process::id()));
    fs::create_dir_all(&folder)?;
    let outcome = in_a_file(&folder.join("notes.db"));
    fs::remove_dir_all(&folder)?;
    outcome?;
    println!("done");
    Ok(())
}

fn in_memory() -> rusqlite::Result<()> {
    let mut database = Connection::open(":memory:")?;
    database.execute_batch(
        "CREATE TABLE people (id INTEGER PRIMARY KEY, name TEXT NOT NULL UNIQUE, age INTEGER CHECK (age >= 0));
         CREATE TABLE pets (name TEXT, owner INTEGER REFERENCES people (id));",
    )?;
    let transaction = database.transaction()?;
    for (name, age) in [("Ada", 36), ("Grace", 85), ("Edsger", 72)] {
        transaction.execute("INSERT INTO people (name, age) VALUES (?1, ?2)", params![name, age])?;
    }
    transaction.commit()?;
    let mut transaction = database.transaction()?;
    transaction.execute("DELETE FROM people", [])?;
    let inner = transaction.savepoint()?;
    inner.execute("INSERT INTO people (name) VALUES ('Nobody')", [])?;
    inner.commit()?;
    transaction.rollback()?;
    let mut statement = database.prepare("SELECT name, age FROM people WHERE age > ?1 ORDER BY age DESC")?;
    let rows = statement.query_map([40], |row| Ok((row.get::<_, String>(0)?, row.get::<_, i64>(1)?)))?;
    println!("{:?}", rows.collect::<rusqlite::Result<Vec<_>>>()?);
    for statement in [
        "INSERT INTO people (name) VALUES ('Ada')",
        "INSERT INTO people (name, age) VALUES ('Alan', -1)",
        "INSERT INTO pets VALUES ('Rex', 7)",
        "INSERT INTO absent VALUES (1)",
        "SELEKT 1",
    ] {
        let error = database.execute(statement, []).expect_err("it is refused");
        println!("{:?}: {error}", error.sqlite_error_code());
    }
    // SAFETY: there is no such library, so that no code of one runs.
    let loaded = unsafe {
        database.load_extension_enable()?;
        database.load_extension("/tmp/no-such-library", None::<&str>)
    };
    println!("extension {}", loaded.is_err());
    Ok(())
}

/// A database that is a file of the image, which nobody can write.
fn embedded() -> rusqlite::Result<()> {
    let flags = OpenFlags::SQLITE_OPEN_READ_ONLY | OpenFlags::SQLITE_OPEN_URI;
    for name in ["site/words.db", "file:site/words.db?immutable=1"] {
        let database = Connection::open_with_flags(name, flags)?;
        let found: String =
            database
                .query_row("SELECT group_concat(word, ' ') FROM words WHERE word LIKE '%e'", [], |row| row.get(0))?;
        let error = database.execute("DELETE FROM words", []).expect_err("it is read-only");
        println!("{found}; {error}");
    }
    let error = Connection::open_with_flags("site/none.db", flags).map(drop).expect_err("there is none");
    println!("{:?}", error.sqlite_error_code());
    Ok(())
}

fn count(database: &Connection) -> rusqlite::Result<i64> {
    database.query_row("SELECT count(*) FROM notes", [], |row| row.get(0))
}

fn in_a_file(path: &Path) -> rusqlite::Result<()> {
    const THREADS: i64 = 4;
    let database = Connection::open(path)?;
    database.execute_batch("CREATE TABLE notes (thread INTEGER, number INTEGER, text TEXT)")?;
    database.close().map_err(|(_, error)| error)?;

    let start = Barrier::new(THREADS as usize);
    thread::scope(|scope| {
        let threads: Vec<_> = (0..THREADS)
            .map(|thread| {
                let start = &start;
                scope.spawn(move || writes(path, thread, start))
            })
            .collect();
        threads.into_iter().try_for_each(|thread| thread.join().expect("it ends"))
    })?;
    let database = Connection::open(path)?;
    println!("{} notes, waited {}", count(&database)?, HAS_WAITED.load(Ordering::Relaxed));

    let mut other = Connection::open(path)?;
    other.busy_timeout(Duration::ZERO)?;
    database.execute_batch("BEGIN IMMEDIATE; INSERT INTO notes VALUES (9, 9, 'not yet')")?;
    let error = other.transaction_with_behavior(TransactionBehavior::Immediate).map(drop).expect_err("it is locked");
    println!(
        "{error} {}; {} for the other",
        error.sqlite_error_code() == Some(ErrorCode::DatabaseBusy),
        count(&other)?
    );
    database.execute_batch("ROLLBACK")?;

    // Journals, and files that it makes for itself.
    for journal in ["truncate", "persist", "memory", "delete"] {
        let kept: String = database.query_row(&format!("PRAGMA journal_mode = {journal}"), [], |row| row.get(0))?;
        database.execute("INSERT INTO notes VALUES (10, 10, ?1)", [&kept])?;
    }
    database.execute_batch(
        "PRAGMA temp_store = file; CREATE TEMP TABLE copy AS SELECT * FROM notes; DELETE FROM notes WHERE thread < 2; VACUUM",
    )?;
    let sound: String = database.query_row("PRAGMA integrity_check", [], |row| row.get(0))?;
    let copied: i64 = database.query_row("SELECT count(*) FROM copy", [], |row| row.get(0))?;
    println!("{} notes are left of {copied}: {sound}", count(&database)?);
    drop((database, other));

    // The index of a write-ahead log is a file that connections map together, which a unikernel does not; one alone has its own.
    let database = Connection::open(path)?;
    database.query_row("PRAGMA journal_mode = wal", [], |_| Ok(()))?;
    let written = database.execute("INSERT INTO notes VALUES (11, 11, 'in the log')", []);
    println!("{}", written.is_ok() != cfg!(unikernel));
    drop(database);
    let database = Connection::open(path)?;
    database.query_row("PRAGMA locking_mode = exclusive", [], |_| Ok(()))?;
    let journal: String = database.query_row("PRAGMA journal_mode = wal", [], |row| row.get(0))?;
    database.execute("DELETE FROM notes", [])?;
    let is_there = fs::exists(path.with_extension("db-wal")).is_ok_and(|is_there| is_there);
    println!("{journal} {is_there} {}", count(&database)?);
    Ok(())
}

/// Whether a thread found that another one was writing.
static HAS_WAITED: AtomicBool = AtomicBool::new(false);

fn writes(path: &Path, thread: i64, start: &Barrier) -> rusqlite::Result<()> {
    let mut database = Connection::open(path)?;
    database.busy_handler(Some(|_| {
        HAS_WAITED.store(true, Ordering::Relaxed);
        thread::sleep(Duration::from_millis(1));
        true
    }))?;
    start.wait();
    for number in 0..5 {
        let transaction = database.transaction_with_behavior(TransactionBehavior::Immediate)?;
        transaction.execute("INSERT INTO notes VALUES (?1, ?2, 'one')", [thread, number])?;
        thread::sleep(Duration::from_millis(2));
        transaction.execute("INSERT INTO notes VALUES (?1, ?2, 'two')", [thread, number])?;
        transaction.commit()?;
    }
    Ok(())
}
