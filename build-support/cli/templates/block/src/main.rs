//! Counts its boots in the first sector of a disk.
#![no_std]
#![no_main]
#![forbid(unsafe_code)]

use unikernel_rt::block::Error;
use unikernel_rt::prelude::*;

use template_name::{Foreign, Record, SECTOR_BYTES};

/// Why a boot was not counted. What `main` returns is printed, and the exit status is 1.
#[derive(Debug)]
enum Failure {
    Disk(#[expect(dead_code, reason = "it is printed")] Error),
    ForeignDisk,
}

impl From<Error> for Failure {
    fn from(error: Error) -> Self {
        Failure::Disk(error)
    }
}

impl From<Foreign> for Failure {
    fn from(_: Foreign) -> Self {
        Failure::ForeignDisk
    }
}

#[unikernel(console, block(name = "disk"))]
fn main(disk: Block) -> Result<(), Failure> {
    println!("the disk has {} sectors", disk.sectors());
    let mut sector = [0; SECTOR_BYTES];
    disk.read(0, &mut sector)?;
    let record = Record {
        boots: Record::decode(&sector)?.boots + 1,
    };
    disk.write(0, &record.encode())?;
    disk.flush()?;
    println!("boot number {}", record.boots);
    Ok(())
}
