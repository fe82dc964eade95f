//! The checks, and the code without each.

use std::fmt;

/// A check that is taken away.
pub(crate) struct Mutation {
    /// The file in the runtime's sources.
    pub(crate) file: &'static str,
    /// The check.
    pub(crate) check: &'static str,
    /// What stands there instead.
    pub(crate) without: &'static str,
    /// The tests that are run, by a part of their names.
    pub(crate) tests: &'static str,
}

impl fmt::Display for Mutation {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}: `{}` for `{}`", self.file, self.without, self.check)
    }
}

const fn mutation(file: &'static str, tests: &'static str, check: &'static str, without: &'static str) -> Mutation {
    Mutation { file, check, without, tests }
}

/// What devices return, what they say of themselves, and what firmware and loaders say.
#[rustfmt::skip]
pub(crate) const MUTATIONS: &[Mutation] = &[
    // Used rings: an index in range, descriptors that the device has, a length within the buffer.
    mutation("drivers/virtio/queue.rs", "virtio::net", "if returned > self.size {", "if false {"),
    mutation("drivers/virtio/queue.rs", "virtio::console", "if returned > self.size {", "if false {"),
    mutation("drivers/virtio/queue.rs", "virtio::net", ".filter(|&head| self.is_first(head))", ""),
    mutation("drivers/virtio/queue.rs", "virtio::block", ".filter(|&head| self.is_first(head))", ""),
    mutation("drivers/virtio/queue.rs", "virtio::entropy", ".filter(|&head| self.is_first(head))", ""),
    mutation("drivers/virtio/queue.rs", "virtio::console", ".filter(|&head| self.is_first(head))", ""),
    mutation("drivers/virtio/queue.rs", "virtio::net", "run != OURS && run != FOLLOWS", "run != OURS"),
    mutation("drivers/virtio/queue.rs", "virtio::net", "run != OURS && run != FOLLOWS", "run != FOLLOWS"),
    mutation("drivers/virtio/queue.rs", "virtio::block", "run != OURS && run != FOLLOWS", "run != OURS"),
    mutation("drivers/virtio/queue.rs", "virtio::net", "u16::try_from(head).ok().filter", "Some(head as u16).filter"),
    mutation("drivers/virtio/queue/buffers.rs", "virtio::net", "(length as usize).min(self.buffer_bytes)", "length as usize"),
    mutation("drivers/virtio/queue/buffers.rs", "virtio::console", "(length as usize).min(self.buffer_bytes)", "length as usize"),
    mutation("drivers/virtio/net/receiver.rs", "virtio::net", "self.bytes().get_mut(HEADER_BYTES..).unwrap_or_default()", "&mut self.bytes()[HEADER_BYTES..]"),
    // Frames in several buffers: no more of them than there are, and no more bytes than are agreed on.
    mutation("drivers/virtio/queue.rs", "virtio::net", ".filter(|_| first + run <= usize::from(self.size))", ""),
    mutation("drivers/virtio/queue/buffers.rs", "virtio::net", "run > usize::from(LONGEST_RUN) || ", ""),
    mutation("drivers/virtio/net/transmitter.rs", "virtio::net", "if bytes <= self.most { self.queue.free(bytes) } else { None }", "self.queue.free(bytes)"),
    mutation("drivers/virtio/net/transmitter.rs", "virtio::net", "bytes > self.queue.buffer_bytes() || ", ""),
    mutation("drivers/virtio/net/transmitter.rs", "virtio::net", " || bytes + rest.len() > self.most", ""),
    mutation("drivers/virtio/queue/buffers.rs", "virtio::net", "bytes > self.buffer_bytes || self.flags & WRITE", "self.flags & WRITE"),
    mutation("drivers/virtio/queue/buffers.rs", "virtio::net", "self.flags & WRITE != 0 || !self.queue.is_ours(buffer.into(), CHAIN)", "!self.queue.is_ours(buffer.into(), CHAIN)"),
    mutation("drivers/virtio/queue/buffers.rs", "virtio::net", "self.flags & WRITE != 0 || !self.queue.is_ours(buffer.into(), CHAIN)", "self.flags & WRITE != 0"),
    mutation("drivers/virtio/queue/buffers.rs", "virtio::net", "self.queue.lend(buffer, CHAIN);", "self.queue.lend(buffer, 1);"),
    // Frames that the device has merged: in as many buffers as it has returned, in one piece, and no longer than there is room for.
    mutation("drivers/virtio/queue/buffers/merged.rs", "virtio::net", "if count == 0 {", "if false {"),
    mutation("drivers/virtio/queue/buffers/merged.rs", "virtio::net", "let (buffer, bytes) = self.take()?.ok_or(Broken)?;", "let Some((buffer, bytes)) = self.take()? else { break };"),
    mutation("drivers/virtio/queue/buffers/merged.rs", "virtio::net", "if place != end {", "if false {"),
    mutation("drivers/virtio/queue/buffers/merged.rs", "virtio::net", "if end < end_of_buffers {", "if false {"),
    mutation("drivers/virtio/queue/buffers/merged.rs", "virtio::net", " || to + bytes > end + self.spill_bytes", ""),
    mutation("drivers/virtio/queue/buffers/merged.rs", "virtio::net", "!is_ours || last > ", "last > "),
    mutation("drivers/virtio/queue/buffers/merged.rs", "virtio::net", "!is_ours || last > self.end_of_buffers() + self.spill_bytes", "!is_ours"),
    mutation("drivers/virtio/net/agreement.rs", "virtio::net", "features & feature::LARGE == feature::LARGE", "features & feature::LARGE != 0"),
    mutation("drivers/virtio/net.rs", "virtio::net", "gather(&mut self.receiver.queue, &mut frame) == Err(Broken)", "gather(&mut self.receiver.queue, &mut frame).is_err() && false"),
    // Requests and what they have of other memory: tied together until the device has finished.
    mutation("drivers/virtio/queue/requests.rs", "virtio::queue", "fits && is_allowed && ", "is_allowed && "),
    mutation("drivers/virtio/queue/requests.rs", "virtio::queue", "fits && is_allowed && ", "fits && "),
    mutation("drivers/virtio/queue/requests.rs", "virtio::queue", " && self.queue.is_ours(head, PARTS))", ")"),
    mutation("drivers/virtio/queue/requests.rs", "virtio::queue", "loan.queue == self.frames as usize && (is_later", "(is_later"),
    mutation("drivers/virtio/queue/requests.rs", "virtio::queue", "if self.is_over(&loan) { Ok", "if true { Ok"),
    mutation("drivers/virtio/queue/requests.rs", "virtio::queue", "*slot.abandoned = Some(ManuallyDrop::into_inner(loan.memory));", "drop(ManuallyDrop::into_inner(loan.memory)); slot.generation += 0;"),
    mutation("drivers/virtio/queue/requests.rs", "virtio::block", "if is_abandoned || !is_to_repeat", "if !is_to_repeat"),

    // SCSI: sizes that the host says, answers that are whole, commands that are not repeated for ever.
    mutation("drivers/virtio/block/scsi.rs", "virtio::block::scsi", "(Some(SENSE_BYTES), Some(COMMAND_BYTES))) = (limits", "(Some(0..=u32::MAX), Some(COMMAND_BYTES))) = (limits"),
    mutation("drivers/virtio/block/scsi.rs", "virtio::block::scsi", "if is_short && operation != Operation::Identify", "if false"),
    mutation("drivers/virtio/block/scsi.rs", "virtio::block::scsi", "if response == NOT_WRITTEN", "if false"),
    mutation("drivers/virtio/block.rs", "virtio::block::scsi", "*repetitions < REPETITIONS_MOST", "*repetitions < u8::MAX"),
    mutation("drivers/virtio/block/scsi/disks.rs", "virtio::block::scsi", "host.taken >> place & 1 == 0", "place < 99"),
    mutation("drivers/virtio/block/scsi/disks.rs", "virtio::block::scsi", " || !kinds.contains(&inquiry[0])", ""),
    mutation("drivers/virtio/dma.rs", "virtio::dma", "returned.start == start && returned.length == length", "true"),
    mutation("drivers/virtio/dma.rs", "virtio::dma", "let unwinding = Unwinding;", "let unwinding = ();"),
    mutation("drivers/virtio/dma/buffer.rs", "virtio::dma", " && memory.is_writable;", ";"),
    mutation("drivers/virtio/block.rs", "virtio::block", "operation == Operation::Read && written_bytes > size_bytes + 1 || status", "status"),
    mutation("drivers/virtio/block.rs", "virtio::block", " || status == NOT_WRITTEN {", " {"),
    mutation("drivers/virtio/block.rs", "virtio::block", "status == OK && is_whole", "status == OK"),
    mutation("drivers/virtio/block.rs", "virtio::block", "status == OK && is_whole", "is_whole"),
    mutation("drivers/virtio/block.rs", "virtio::block", "        self.queue.stop();\n        self.is_broken = true;", "        self.is_broken = true;"),
    mutation("drivers/virtio/queue/buffers.rs", "virtio::entropy", "if length as usize <= most_bytes =>", "if true =>"),
    mutation("drivers/virtio/entropy.rs", "virtio::entropy", "(buffer, bytes @ 1..)", "(buffer, bytes)"),
    mutation("drivers/virtio/entropy.rs", "virtio::entropy", "others.iter().any(|word| *word != first)", "!others.is_empty() || first == 0"),
    mutation("drivers/virtio/console.rs", "virtio::console", "Ok(Some((buffer, 0))) => self.give_back(buffer),\n", ""),
    // Configurations.
    mutation("drivers/virtio/net/agreement.rs", "virtio::net", "features & feature::MAC == 0", "false"),
    mutation("drivers/virtio/net/agreement.rs", "virtio::net", "first & 0xfc | LOCAL", "first | LOCAL"),
    mutation("drivers/virtio/net/agreement.rs", "virtio::net", "mac[0] & MULTICAST != 0 || mac == [0; 6]", "mac == [0; 6]"),
    mutation("drivers/virtio/net/agreement.rs", "virtio::net", "mac[0] & MULTICAST != 0 || mac == [0; 6]", "mac[0] & MULTICAST != 0"),
    mutation("drivers/virtio/net/agreement.rs", "virtio::net", ".filter(|&mtu| mtu >= LEAST_MTU)", ""),
    mutation("drivers/virtio/block/geometry.rs", "virtio::block", "!sector_bytes.is_power_of_two() ||", ""),
    mutation("drivers/virtio/block/geometry.rs", "virtio::block", "!(SECTOR_BYTES as u32..=SECTOR_BYTES_MOST).contains(&sector_bytes)", "false"),
    mutation("drivers/virtio/block/geometry.rs", "virtio::block", "(request_bytes_most != 0).then_some", "Some"),
    mutation("drivers/virtio/mmio.rs", "virtio::mmio", "Some(address).filter(|address| address.is_multiple_of(4))?", "address"),
    mutation("drivers/virtio/mmio.rs", "virtio::mmio", ".filter(|size| (u64::from(CONFIG)..=MOST_BYTES).contains(size))?", "?"),
    mutation("drivers/virtio/mmio.rs", "virtio::mmio", "size.checked_mul(1 << shift)", "Some(size.wrapping_mul(1 << shift))"),
    mutation("drivers/virtio/pci.rs", "virtio::pci", "(aligned && size_bytes != 0)", "(size_bytes != 0)"),
    mutation("drivers/virtio/pci.rs", "virtio::pci", "(aligned && size_bytes != 0)", "(aligned)"),
    mutation("drivers/virtio/pci.rs", "virtio::pci", "?.checked_add(u64::from(offset))?", "?.wrapping_add(u64::from(offset))"),
    mutation("drivers/virtio/pci.rs", "virtio::pci", "size_bytes: size_bytes.min(MOST_BYTES) }", "size_bytes }"),
    mutation("drivers/virtio/pci.rs", "virtio::pci", "capability.offset.checked_add(offset).map_or(0, |offset| space.read(function, offset))", "space.read(function, capability.offset.wrapping_add(offset))"),
    mutation("pci.rs", "pci::tests", "links.take(MOST)", "links.take(1 << 20)"),
    mutation("pci.rs", "pci::tests", "if offset < FIRST {", "if offset == 0 {"),
    mutation("pci.rs", "pci::tests", "if index > LAST_BASE_ADDRESS {", "if index > 9 {"),
    mutation("pci.rs", "pci::tests", "TYPE_64_BITS if index == LAST_BASE_ADDRESS => return None,\n", ""),
    mutation("pci.rs", "pci::tests", "pin != 0 && line != UNKNOWN", "pin != 0"),
    mutation("pci.rs", "pci::tests", "pin != 0 && line != UNKNOWN", "line != UNKNOWN"),
    mutation("pci/express.rs", "pci::express", "first >= free.start && last < free.end", "first >= free.start"),
    mutation("pci/express.rs", "pci::express", "first >= free.start && last < free.end", "last < free.end"),
    mutation("pci/express.rs", "pci::express", "free.end = 0;", ""),
    mutation("pci/express.rs", "pci::express", "window::read::<u32>(CONFIGURATION) == HOST_BRIDGE", "window::read::<u32>(CONFIGURATION) != u32::MAX"),
    mutation("drivers/virtio/registers.rs", "virtio::registers", "(inside && place.is_multiple_of(size_of::<T>()))", "(inside)"),
    mutation("drivers/virtio/registers.rs", "virtio::registers", "(inside && place.is_multiple_of(size_of::<T>()))", "(place.is_multiple_of(size_of::<T>()))"),
    mutation("drivers/virtio/registers.rs", "virtio::registers", ".filter(|end| *end <= END)", ""),
    mutation("drivers/virtio/registers.rs", "virtio::registers", "&& !memory.into_iter().any(overlaps)", "&& (memory.into_iter().any(overlaps) || true)"),
    mutation("drivers/virtio/registers.rs", "virtio::registers", "address != 0 &&", ""),
    // Memory map and ACPI.
    mutation("memory.rs", "memory::tests", "entry.address.max(start).min(MAPPABLE_END)", "start.min(MAPPABLE_END)"),
    mutation("memory.rs", "memory::tests", "entry.address.max(start).min(MAPPABLE_END)", "entry.address.min(MAPPABLE_END)"),
    mutation("memory.rs", "memory::tests", "entry.address.saturating_add(entry.size_bytes).min(MAPPABLE_END)", "entry.address.wrapping_add(entry.size_bytes).min(MAPPABLE_END)"),
    mutation("memory.rs", "memory::tests", "entry.address.saturating_add(entry.size_bytes).min(MAPPABLE_END)", "entry.address.saturating_add(entry.size_bytes)"),
    mutation("memory.rs", "memory::tests", "start.max(window::ADDRESSES.end)..end", "start..end"),
    mutation("firmware/acpi.rs", "firmware::acpi", "(plausible && checksum(address, length) == 0)", "(plausible)"),
    mutation("firmware/acpi.rs", "firmware::acpi", "(plausible && checksum(address, length) == 0)", "(checksum(address, length) == 0)"),
    mutation("firmware/acpi.rs", "firmware::acpi", "is_named && checksum(*address, 20) == 0", "is_named"),
    mutation("firmware/acpi.rs", "firmware::acpi", "(offset + size_of::<T>() as u64 <= u64::from(self.length))", "(offset < 1 << 20)"),
    mutation("firmware/acpi.rs", "firmware::acpi", "        if address >= ADDRESSES_END {", "        if false {"),
    mutation("firmware/acpi.rs", "firmware::acpi", " && suits(address) {", " {"),
    mutation("firmware/vm_generation.rs", "firmware::acpi", "(page != 0).then_some", "Some"),
    mutation("firmware/vm_generation.rs", "firmware::acpi", " && high == ZERO && low != 0)", " && low != 0)"),
    mutation("firmware/vm_generation.rs", "firmware::acpi", "elements == COUNT_AND_PREFIX && ", ""),
    // SMBIOS and fw_cfg.
    mutation("firmware/smbios.rs", "firmware::smbios", "(at < self.length).then(", "(at < 1 << 18).then("),
    mutation("firmware/smbios.rs", "firmware::smbios", "kind == OEM_STRINGS && ", ""),
    mutation("firmware/smbios.rs", "firmware::smbios", "is_ours && words <= end", "is_ours"),
    mutation("firmware/smbios.rs", "firmware::smbios", " && is_whole(0, byte(6).into())", ""),
    mutation("firmware/smbios.rs", "firmware::smbios", " && is_whole(0, byte(5).into())", ""),
    mutation("firmware/smbios.rs", "firmware::smbios", " && is_whole(16, 31)", ""),
    mutation("firmware/smbios.rs", "firmware::smbios", "table.length.min(MAX_TABLE_BYTES)", "table.length"),
    mutation("firmware/smbios.rs", "firmware::smbios", ".filter(|table| table.address < ADDRESSES_END)", ""),
    mutation("firmware/fw_cfg.rs", "firmware::fw_cfg", ".min(MOST_FILES)", ""),
    mutation("firmware/fw_cfg.rs", "firmware::fw_cfg", ".is_some_and(|end| end.starts_with(&[0]))", ".is_some()"),

    // Disks: which one is for whom, and what it says of itself.
    mutation("devices/block/choice.rs", "block::choice", "Some(wanted) => serial == wanted.as_bytes(),", "Some(_) => true,"),
    mutation("devices/block/choice.rs", "block::choice", "None => !all.any(|other| serial == other.as_bytes()),", "None => true,"),
    mutation("drivers/virtio/block/identity.rs", "virtio::block::identity", "number(0) == Some(pvh::START_INFO_MAGIC) && ", ""),
    mutation("drivers/virtio/block/identity.rs", "virtio::block::identity", " && number(stub::IDENTITY) == Some(identity)", ""),
    mutation("drivers/virtio/block/scsi/disks.rs", "virtio::block::scsi", "rest.split_at_checked((*length).into()) else", "Some(rest.split_at((*length).into())) else"),
    mutation("drivers/virtio/block/scsi/disks.rs", "virtio::block::scsi", "kind & 0x3f", "kind & 0xf"),
    // Volumes with values: their labels, their files, and CDs.
    mutation("kv/values.rs", "kv::fat::tests::values", "if !is_ours(&label) {", "if false {"),
    mutation("kv/values.rs", "kv::iso9660", ".filter(|volume| is_ours(volume.label()))", ""),
    mutation("kv/values.rs", "kv::iso9660", "piece.iter().take(self.room)", "piece.iter()"),
    mutation("kv/values.rs", "kv::fat::tests::values", "unwrap_or_default();\n            if offset == 0 && !piece.starts_with(beginning)", "unwrap_or_default();\n            if false"),
    mutation("kv/values.rs", "kv::iso9660", "read(&mut block, file, offset).await?;\n            if offset == 0 && !piece.starts_with(beginning)", "read(&mut block, file, offset).await?;\n            if false"),
    mutation("kv/iso9660.rs", "kv::iso9660", "if first + SECTORS > disk.sectors() {", "if false {"),
    mutation("kv/iso9660.rs", "kv::iso9660", "if !rest.starts_with(&IDENTIFIER) {", "if false {"),
    mutation("kv/iso9660.rs", "kv::iso9660", " if descriptor.get(BLOCK_SIZE..)?.starts_with(&(BLOCK_BYTES as u16).to_le_bytes()) =>", " =>"),
    mutation("kv/iso9660.rs", "kv::iso9660", " if JOLIET.contains(descriptor.get(ESCAPE_SEQUENCE..)?.first_chunk()?) =>", " =>"),
    mutation("kv/iso9660.rs", "kv::iso9660", "records.split_at_checked(length.into()) else", "Some(records.split_at(length.into())) else"),
    mutation("kv/iso9660.rs", "kv::iso9660", ".filter(|length| *length != 0)", ""),
    mutation("kv/iso9660.rs", "kv::iso9660", "Ok(bytes.get(..rest).unwrap_or(bytes))", "Ok(bytes)"),
    mutation("kv/iso9660.rs", "kv::iso9660", "rest.split_at_checked((*length).into()));", "Some(rest.split_at((*length).into())));"),
    mutation("kv/iso9660.rs", "kv::iso9660", "flags & (DIRECTORY | ASSOCIATED) == kind", "true"),
    mutation("kv/iso9660.rs", "kv::iso9660", "entries.split_at_checked((*length).into())?", "entries.split_at((*length).into())"),
    mutation("kv/iso9660.rs", "kv::iso9660", "let [_, _, _, _, content @ ..] = entry else { return None };", "let content = entry.get(4..).unwrap_or_default();"),
    // Jitter of the clock: health tests.
    mutation("entropy/jitter.rs", "entropy::jitter", "self.repetitions < REPETITIONS && ", ""),
    mutation("entropy/jitter.rs", "entropy::jitter", " && most < PROPORTION", ""),
    mutation("entropy/jitter.rs", "entropy::jitter", "const LAGS: usize = 8;", "const LAGS: usize = 1;"),
    mutation("entropy/jitter.rs", "entropy::jitter", "health.accepts(duration.wrapping_sub(duration_before))", "health.accepts(duration)"),
];
