//! What surrounds a program: arguments, variables, random numbers, clocks, one processor.

use std::collections::HashMap;
use std::env;
use std::fs::{self, File};
use std::io::{self, BufRead, Read, Write};
use std::os::unix::fs::FileTypeExt;
use std::process::ExitCode;
use std::time::{Duration, Instant, SystemTime};

use unikernel_rt::unikernel;

#[unikernel(std, console, clock, entropy, tmp, args(times = 2, name = "nobody", ..rest), env(GREETING = "hello", LEVEL), values(linux))]
fn main(times: u8, name: &'static str) -> ExitCode {
    println!("{times} {name}");
    let words: Vec<String> = env::args().skip(1).filter(|word| !word.contains('=')).collect();
    println!("words {words:?}");
    println!("{:?} {:?} {:?}", env::var("GREETING"), env::var("LEVEL"), env::var("UNSET_VARIABLE"));
    // SAFETY: there is one thread.
    unsafe {
        env::set_var("GREETING", "changed");
        env::remove_var("LEVEL");
    }
    println!("{:?} {:?}", env::var("GREETING"), env::var("LEVEL"));
    let map: HashMap<u32, u32> = (0..100).map(|number| (number, number * number)).collect();
    println!("map {}", map[&9]);
    let mut random = [[0; 16]; 2];
    random.iter_mut().for_each(|bytes| getrandom::fill(bytes).expect("there is entropy"));
    println!("random {}", random[0] != random[1] && random[0] != [0; 16]);
    devices().expect("there are such devices");
    let began = Instant::now();
    std::thread::sleep(Duration::from_millis(3));
    println!("slept {}", began.elapsed() >= Duration::from_millis(3));
    let since_1970 = SystemTime::now().duration_since(SystemTime::UNIX_EPOCH).expect("it is later than that");
    println!("today {}", since_1970.as_secs() > 1_600_000_000);
    println!("temporary {}", env::temp_dir().display());
    print!("no line end");
    io::stdout().flush().expect("the console never fails");
    eprintln!(" and an error");
    let mut line = String::new();
    let count = io::stdin().lock().read_line(&mut line).expect("the console never fails");
    println!("input {count} {:?}", line.trim_end());
    ExitCode::from(7)
}

/// What programs open that look for nothing of their own in a file system.
fn devices() -> io::Result<()> {
    let mut random = [[0; 16]; 2];
    for (bytes, path) in random.iter_mut().zip(["/dev/urandom", "/dev/random"]) {
        File::open(path)?.read_exact(bytes)?;
    }
    println!("devices {}", random[0] != random[1] && random[0] != [0; 16]);
    let mut zeros = [7; 3];
    File::open("/dev/zero")?.read_exact(&mut zeros)?;
    println!("{zeros:?} {:?}", fs::read("/dev/null")?);
    File::create("/dev/null")?.write_all(b"nothing")?;
    fs::write("/dev/stdout", "written by its name\n")?;
    println!("{:?}", File::create_new("/dev/null").map_err(|error| error.kind()));
    for path in ["/dev/null", "/dev/urandom", "/dev/missing"] {
        println!("{path} {:?}", fs::metadata(path).map(|found| found.file_type().is_char_device()).ok());
    }
    Ok(())
}
