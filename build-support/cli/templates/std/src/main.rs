//! Prints the most frequent words of the files in the folder `texts`, which are part of the image; a thread reads each.
#![forbid(unsafe_code)]

use std::collections::BTreeMap;
use std::sync::mpsc;
use std::{fs, io, thread};

use unikernel_rt::unikernel;

use template_name::{count, most_frequent};

#[unikernel(std, console, clock, kv(dir = "texts"), args(most = 3))]
fn main(most: u8) -> io::Result<()> {
    let (sender, counts) = mpsc::channel();
    for entry in fs::read_dir("texts")? {
        let (path, sender) = (entry?.path(), sender.clone());
        thread::spawn(move || sender.send(fs::read_to_string(path).map(|text| count(&text))));
    }
    drop(sender);
    let mut total = BTreeMap::new();
    for counts in counts {
        for (word, count) in counts? {
            *total.entry(word).or_default() += count;
        }
    }
    for (word, count) in most_frequent(&total, most.into()) {
        println!("{count} {word}");
    }
    Ok(())
}
