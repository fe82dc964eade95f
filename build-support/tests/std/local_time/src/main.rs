//! Local time, which the crate time asks C for, and chrono the file of the machine's time zone.

use chrono::{Local, TimeZone as _};
use time::{OffsetDateTime, UtcOffset};
use unikernel_rt::unikernel;

#[unikernel(std, console, clock)]
fn main() -> Result<(), Box<dyn std::error::Error>> {
    // SAFETY: there is one thread.
    unsafe { time::util::refresh_tz_unchecked() };
    for second in [0, -1, 951_825_599, 1_735_689_599, 4_107_542_400, -5_000_000_000] {
        let offset = UtcOffset::local_offset_at(OffsetDateTime::from_unix_timestamp(second)?)?;
        println!("{offset} {}", Local.timestamp_opt(second, 0).single().ok_or("no such time")?);
    }
    println!("{} {}", OffsetDateTime::now_local()?.offset(), Local::now().offset());
    println!("done");
    Ok(())
}
