//! QEMU's disk images: <https://www.qemu.org/docs/master/interop/qcow2.html>, version 3.
//!
//! | clusters | contents |
//! |---|---|
//! | 1 | header |
//! | some | refcount table, refcount blocks: each cluster of the file is used once |
//! | some | L1 table, L2 tables: where each cluster of the disk is in the file |
//! | rest | the clusters of the disk that are not zero |
//!
//! A cluster that is not in the file is zeros.

use std::io::{self, Write};

const CLUSTER_BITS: u32 = 16;
const CLUSTER: usize = 1 << CLUSTER_BITS;
const MAGIC: u32 = 0x5146_49fb;
const VERSION: u32 = 3;
const HEADER_BYTES: u32 = 104;
/// Refcounts have 16 bits, entries of tables 64.
const REFCOUNT_ORDER: u32 = 4;
const REFCOUNT: usize = 2;
const ENTRY: usize = 8;
/// The entries of a table of one cluster.
const ENTRIES: usize = CLUSTER / ENTRY;
/// The cluster is used once, so that it can be written in place.
const COPIED: u64 = 1 << 63;

/// Where everything is in the file, in clusters.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Plan {
    refcount_table: usize,
    refcount_blocks: usize,
    l1_entries: usize,
    l1: usize,
    l2: usize,
    data: usize,
}

impl Plan {
    /// For a disk whose image has `data` clusters that are not zero, in L2 tables of the number `l2`.
    fn new(size_bytes: u64, l2: usize, data: usize) -> Self {
        let l1_entries = (size_bytes as usize).div_ceil(CLUSTER * ENTRIES);
        let l1 = l1_entries.div_ceil(ENTRIES);
        let mut plan = Self { refcount_table: 1, refcount_blocks: 1, l1_entries, l1, l2, data };
        // The refcounts count their own clusters, too.
        loop {
            let blocks = plan.clusters().div_ceil(CLUSTER / REFCOUNT);
            let table = blocks.div_ceil(ENTRIES);
            if (blocks, table) == (plan.refcount_blocks, plan.refcount_table) {
                return plan;
            }
            (plan.refcount_blocks, plan.refcount_table) = (blocks, table);
        }
    }

    const fn clusters(&self) -> usize {
        self.first_data() + self.data
    }

    const fn first_block(&self) -> usize {
        1 + self.refcount_table
    }

    const fn first_l1(&self) -> usize {
        self.first_block() + self.refcount_blocks
    }

    const fn first_l2(&self) -> usize {
        self.first_l1() + self.l1
    }

    const fn first_data(&self) -> usize {
        self.first_l2() + self.l2
    }
}

pub(super) fn write(file: &mut impl Write, image: &[u8], size_bytes: u64) -> io::Result<()> {
    let clusters: Vec<&[u8]> = image.chunks(CLUSTER).collect();
    let is_used = |cluster: &&[u8]| cluster.iter().any(|byte| *byte != 0);
    let l2: Vec<&[&[u8]]> = clusters.chunks(ENTRIES).collect();
    let plan = Plan::new(size_bytes, l2.len(), clusters.iter().filter(|cluster| is_used(cluster)).count());

    let offset = |cluster: usize| (cluster * CLUSTER) as u64;
    let table = |entries: &mut dyn Iterator<Item = u64>, clusters: usize| {
        let mut bytes: Vec<u8> = entries.flat_map(u64::to_be_bytes).collect();
        bytes.resize(clusters * CLUSTER, 0);
        bytes
    };
    file.write_all(&header(&plan, size_bytes))?;
    let blocks = plan.first_block()..plan.first_l1();
    file.write_all(&table(&mut blocks.map(offset), plan.refcount_table))?;
    let mut refcounts: Vec<u8> = (0..plan.clusters()).flat_map(|_| 1_u16.to_be_bytes()).collect();
    refcounts.resize(plan.refcount_blocks * CLUSTER, 0);
    file.write_all(&refcounts)?;
    let tables = plan.first_l2()..plan.first_data();
    file.write_all(&table(&mut tables.map(|cluster| offset(cluster) | COPIED), plan.l1))?;
    let mut next = plan.first_data();
    for clusters in &l2 {
        let mut entries = clusters.iter().map(|cluster| {
            let at = if is_used(cluster) { next } else { return 0 };
            next += 1;
            offset(at) | COPIED
        });
        file.write_all(&table(&mut entries, 1))?;
    }
    for cluster in clusters.iter().filter(|cluster| is_used(cluster)) {
        file.write_all(cluster)?;
        file.write_all(&vec![0; CLUSTER - cluster.len()])?;
    }
    Ok(())
}

fn header(plan: &Plan, size_bytes: u64) -> Vec<u8> {
    let offset = |cluster: usize| ((cluster * CLUSTER) as u64).to_be_bytes();
    let mut header = Vec::with_capacity(CLUSTER);
    let mut put = |bytes: &[u8]| header.extend_from_slice(bytes);
    put(&MAGIC.to_be_bytes());
    put(&VERSION.to_be_bytes());
    put(&[0; 12]); // no backing file
    put(&CLUSTER_BITS.to_be_bytes());
    put(&size_bytes.to_be_bytes());
    put(&[0; 4]); // not encrypted
    put(&(plan.l1_entries as u32).to_be_bytes());
    put(&offset(plan.first_l1()));
    put(&offset(1));
    put(&(plan.refcount_table as u32).to_be_bytes());
    put(&[0; 12]); // no snapshots
    put(&[0; 24]); // no features
    put(&REFCOUNT_ORDER.to_be_bytes());
    put(&HEADER_BYTES.to_be_bytes());
    header.resize(CLUSTER, 0); // no header extensions
    header
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn refcounts_count_themselves() {
        let plan = Plan::new(1 << 30, 1, 3);
        let all = Plan { refcount_table: 1, refcount_blocks: 1, l1_entries: 2, l1: 1, l2: 1, data: 3 };
        assert_eq!((plan, plan.clusters()), (all, 8));
        // A block has the counts of 32,768 clusters: these fill one, with the five before them.
        assert_eq!(Plan::new(8 << 30, 1, 32_763).refcount_blocks, 1);
        assert_eq!(Plan::new(8 << 30, 1, 32_764).refcount_blocks, 2);
    }
}
