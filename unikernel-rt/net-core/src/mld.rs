//! Reports of the groups that a card is in (MLDv2, RFC 3810): switches that listen send it the frames of those alone. Where somebody asks by
//! MLDv1 (RFC 2710), they are told by that for a while (RFC 3810, section 8).
//!
//! Neighbours are asked for in groups (RFC 4861, section 7.2.1), so that without reports such a switch makes a host unreachable. No
//! sources are chosen: every report is of the kind "all but none".

use crate::address::{IpAddr, Ipv6Addr};
use crate::bytes::{array_at, u16_at};
use crate::card::Card;
use crate::families::Families;
use crate::hash::{Key, Purpose};
use crate::list::List;
use crate::packet::{ICMPV6, Packet};
use crate::pool::Pool;
use crate::report::Report;
use crate::time::Instant;
use crate::transport::{Context, Transport, sealed};
use core::time::Duration;

/// The most groups of a card: those of all addresses that it has, and that it is about to have.
pub(crate) const MOST_GROUPS: usize = 2 * crate::address::MOST_ADDRESSES;

const QUERY: u8 = 130;
/// The least bytes of a query.
const QUERY_BYTES: usize = 28;
/// Those of one of the first version.
const QUERY_BYTES_V1: usize = 24;
/// For how long who has asked by the first version is taken to be there (RFC 3810, section 9.12, with the values of 9.1 to 9.3).
const OLDER_QUERIER_PRESENT: Duration = Duration::from_secs(2 * 125 + 10);
/// Between the two reports of a change (RFC 3810, section 9.11), at most.
const UNSOLICITED_REPORT_INTERVAL: Duration = Duration::from_secs(1);

/// What a record says of a group (section 5.2.12).
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) enum Record {
    /// It is heard.
    IsExclude = 2,
    /// It is no longer heard.
    ToInclude = 3,
    /// It is heard from now on.
    ToExclude = 4,
}

pub(crate) type Records = List<(Record, Ipv6Addr), MOST_GROUPS>;

const NO_RECORDS: Records = List::new((Record::IsExclude, Ipv6Addr::UNSPECIFIED));

/// The reports of one card. It is a protocol of the stack.
pub struct Mld {
    card: usize,
    /// The state of the card's addresses when they were last looked at.
    seen: u32,
    groups: List<Ipv6Addr, MOST_GROUPS>,
    /// What is told once more, and when.
    changes: Records,
    repeat_at: Instant,
    /// The group that was asked about, or all (the unspecified one), and when that is answered.
    asked: Ipv6Addr,
    answer_at: Instant,
    /// Until when the first version is spoken.
    v1_until: Instant,
    draws: u64,
}

impl Mld {
    /// The reports of a card.
    pub const fn new(card: usize) -> Self {
        Mld {
            card,
            seen: 0,
            groups: List::new(Ipv6Addr::UNSPECIFIED),
            changes: NO_RECORDS,
            repeat_at: Instant::NEVER,
            asked: Ipv6Addr::UNSPECIFIED,
            answer_at: Instant::NEVER,
            v1_until: Instant::START,
            draws: 0,
        }
    }

    /// Tells records by the version that is understood.
    fn tell<F: Families, C: Card>(&self, context: &mut Context<'_, '_, F, C>, records: &Records) {
        if context.now >= self.v1_until {
            return context.link.send_mld(context.cards, self.card, records);
        }
        for (record, group) in records.as_slice() {
            context.link.send_mld_v1(context.cards, self.card, *group, *record == Record::ToInclude);
        }
    }

    /// A moment before the time is over: so that not all hosts of a link speak at once.
    fn draw<F: Families, C: Card>(&mut self, context: &Context<'_, '_, F, C>, time: Duration) -> Instant {
        let card = IpAddr::V6(Ipv6Addr::from(self.card as u128));
        let drawn = context.draw(&mut self.draws, Purpose::Mld, &[card]);
        context.now + Duration::from_micros(drawn % (time.as_micros() as u64).max(1))
    }

    /// Tells which groups the card is in now and was not, and the reverse (section 6.1).
    fn tell_changes<F: Families, C: Card>(&mut self, context: &mut Context<'_, '_, F, C>) {
        let Some(interface) = context.link.interfaces().get(self.card) else { return };
        let mut groups = List::new(Ipv6Addr::UNSPECIFIED);
        for group in interface.groups() {
            if !groups.as_slice().contains(&group) {
                groups.extend([group]);
            }
        }
        let mut changes = NO_RECORDS;
        let is_new = |group: &&Ipv6Addr| !self.groups.as_slice().contains(group);
        changes.extend(groups.as_slice().iter().filter(is_new).map(|group| (Record::ToExclude, *group)));
        let is_left = |group: &&Ipv6Addr| !groups.as_slice().contains(group);
        changes.extend(self.groups.as_slice().iter().filter(is_left).map(|group| (Record::ToInclude, *group)));
        self.groups = groups;
        if changes.as_slice().is_empty() {
            return;
        }
        self.tell(context, &changes);
        // What was to be told once more of other groups still is.
        let earlier = self.changes;
        for record in earlier.as_slice() {
            if !changes.as_slice().iter().any(|(_, group)| *group == record.1) {
                changes.extend([*record]);
            }
        }
        self.changes = changes;
        self.repeat_at = self.draw(context, UNSOLICITED_REPORT_INTERVAL);
    }

    /// Tells the groups that were asked about (section 6.2).
    fn answer<F: Families, C: Card>(&mut self, context: &mut Context<'_, '_, F, C>) {
        let mut records = NO_RECORDS;
        let is_asked = |group: &&Ipv6Addr| self.asked.is_unspecified() || **group == self.asked;
        records.extend(self.groups.as_slice().iter().filter(is_asked).map(|group| (Record::IsExclude, *group)));
        if !records.as_slice().is_empty() {
            self.tell(context, &records);
        }
        self.answer_at = Instant::NEVER;
    }
}

/// A question.
struct Query {
    /// How long an answer may take.
    time: Duration,
    /// The group that it is about; the unspecified one for all.
    group: Ipv6Addr,
    is_v1: bool,
}

/// The query of a packet, or `None` where it is to be discarded (RFC 3810, sections 5.1.3, 6.2 and 8.1).
fn parse(frame: &[u8], packet: &Packet) -> Option<Query> {
    let query = packet.payload(frame);
    let IpAddr::V6(source) = packet.source else { return None };
    let is_v1 = query.len() == QUERY_BYTES_V1;
    if query.len() < QUERY_BYTES && !is_v1 || packet.hop_limit != 1 || !source.is_unicast_link_local() {
        return None;
    }
    let code = u64::from(u16_at(query, 4)?);
    let millis = if code < 0x8000 || is_v1 { code } else { (code & 0xFFF | 0x1000) << ((code >> 12 & 7) + 3) };
    Some(Query { time: Duration::from_millis(millis), group: Ipv6Addr::from(array_at::<16>(query, 8)?), is_v1 })
}

impl sealed::Sealed for Mld {}

impl<F: Families> Transport<F> for Mld {
    fn receive<C: Card>(
        &mut self,
        context: &mut Context<'_, '_, F, C>,
        card: usize,
        frame: &[u8],
        packet: &Packet,
    ) -> bool {
        let is_query = packet.protocol == ICMPV6 && packet.payload(frame).first() == Some(&QUERY);
        if card != self.card || !is_query {
            return false;
        }
        let Some(Query { time, group, is_v1 }) = parse(frame, packet) else {
            context.link.counters.malformed += 1;
            return true;
        };
        if is_v1 {
            self.v1_until = context.now + OLDER_QUERIER_PRESENT;
        }
        if group.is_unspecified() || self.groups.as_slice().contains(&group) {
            // An answer that waits already answers this query too, about all groups where the two are about different ones.
            let is_waiting = self.answer_at != Instant::NEVER;
            self.asked = if is_waiting && self.asked != group { Ipv6Addr::UNSPECIFIED } else { group };
            self.answer_at = self.draw(context, time).min(self.answer_at);
        }
        true
    }

    fn report(&mut self, _: &mut Pool<'_>, _: &Report, _: &Key) {}

    fn transmit<C: Card>(&mut self, context: &mut Context<'_, '_, F, C>) {
        let changes = context.link.interfaces().get(self.card).map_or(0, |interface| interface.changes);
        if F::IPV6 && changes != self.seen {
            self.seen = changes;
            self.tell_changes(context);
        }
        if context.now >= self.repeat_at {
            self.tell(context, &self.changes);
            (self.changes, self.repeat_at) = (NO_RECORDS, Instant::NEVER);
        }
        if context.now >= self.answer_at {
            self.answer(context);
        }
    }

    fn deadline(&self) -> Instant {
        self.repeat_at.min(self.answer_at)
    }
}
