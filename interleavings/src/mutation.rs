//! One thing changed at one site of a register: is it needed?
//!
//! An access is data, with its ordering and its line. So whatever stands there can be changed without touching the
//! register's code: the [`Atlas`](crate::Atlas) does it on the way. A register that is still what it was has something
//! there that it does not need, as far as was explored; one that is not tells what it is for.
//!
//! **Orderings** are weakened by a *notch*, the next weaker ordering, of which an access that both acquires and releases
//! has two:
//!
//! | access | from | to |
//! |---|---|---|
//! | load | SeqCst, Acquire | Acquire, Relaxed |
//! | store | SeqCst, Release | Release, Relaxed |
//! | read-modify-write | SeqCst; AcqRel; Acquire, Release | AcqRel; Acquire, Release; Relaxed |
//! | exchange that fails | SeqCst, Acquire | Acquire, Relaxed |
//! | fence | SeqCst; AcqRel; Acquire, Release | AcqRel; Acquire, Release; none |
//!
//! **Values** are one more than the register has it: a number that is stored, or one that is read, which makes an even
//! counter odd, an index that of the next slot, and a check come out otherwise. **Stores** are left out.
//!
//! The other way round, strengthened orderings are tried to find what mends a register.
//!
//! Every memory can do it: loom's gives a register the same changes.

use std::fmt;

use registers::memory::Ordering::{self, AcqRel, Acquire, Relaxed, Release, SeqCst};
use registers::memory::{Access, Found, Site, What};

use crate::atlas::Request;

/// What is changed, and where.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Mutation {
    /// The line and column.
    pub site: Site,
    /// The access that stands there.
    pub name: &'static str,
    /// What becomes of it.
    pub change: Change,
}

/// What becomes of an access.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Change {
    /// Its ordering is another one; none, if it is a fence that is left out.
    Order {
        /// What the register says.
        from: Ordering,
        /// What is tried.
        to: Option<Ordering>,
    },
    /// The ordering of an exchange that fails is another one.
    Failure {
        /// What the register says.
        from: Ordering,
        /// What is tried.
        to: Ordering,
    },
    /// What it stores is one more.
    StoresOneMore,
    /// What it reads is one more.
    ReadsOneMore,
    /// It is left out.
    LeftOut,
    /// A fence comes before it.
    FenceBefore(Ordering),
    /// A fence comes behind it.
    FenceBehind(Ordering),
}

impl Mutation {
    /// Everything that stands at this request, weakened by one notch.
    pub(crate) fn weakened(request: &Request) -> Vec<Self> {
        Self::orders(
            request,
            &|what, order| notches(what, order).to_vec(),
            &|order| match order {
                SeqCst => vec![Some(AcqRel)],
                AcqRel => vec![Some(Acquire), Some(Release)],
                _ => vec![None],
            },
        )
    }

    /// Everything that stands at this request, strengthened: each stronger ordering.
    pub(crate) fn strengthened(request: &Request) -> Vec<Self> {
        let stronger = |what: What, order| {
            let all: &[Ordering] = match (what.reads(), what.writes()) {
                (true, true) => &[Acquire, Release, AcqRel, SeqCst],
                (true, false) => &[Acquire, SeqCst],
                _ => &[Release, SeqCst],
            };
            let above = |other: &&Ordering| implies(**other, order) && **other != order;
            all.iter().filter(above).copied().collect()
        };
        let fences = |order| {
            let all = [Acquire, Release, AcqRel, SeqCst].into_iter();
            let above = |&other: &Ordering| implies(other, order) && other != order;
            all.filter(above).map(Some).collect()
        };
        Self::orders(request, &stronger, &fences)
    }

    /// A fence of each kind before and behind what stands at this request.
    pub(crate) fn fenced(request: &Request) -> Vec<Self> {
        let Request::Access { access, .. } = request else {
            return Vec::new();
        };
        let mutation = |change| Self {
            site: access.site,
            name: access.what.name(),
            change,
        };
        let before = [Release, SeqCst].map(Change::FenceBefore);
        let behind = [Acquire, SeqCst].map(Change::FenceBehind);
        let more = [Change::FenceBehind(Release), Change::FenceBefore(Acquire)];
        let all = before.into_iter().chain(behind).chain(more);
        all.map(mutation).collect()
    }

    /// How much it costs to have this in place of what the register says: an ordering less than a fence, and what is
    /// sequentially consistent most.
    pub fn cost(&self) -> usize {
        let order = |order: Ordering| match order {
            Relaxed => 0,
            Acquire | Release => 1,
            AcqRel => 2,
            _ => 3,
        };
        match self.change {
            Change::Order { to: Some(to), .. } if self.name == "fence" => 4 + order(to),
            Change::Order { to: Some(to), .. } => order(to),
            Change::Failure { to, .. } => order(to),
            Change::FenceBefore(to) | Change::FenceBehind(to) => 8 + order(to),
            _ => 0,
        }
    }

    /// The fences before and behind an access, if they come there.
    pub fn fences(&self, access: &Access) -> (Option<Ordering>, Option<Ordering>) {
        match self.change {
            Change::FenceBefore(order) if self.is_at(access) => (Some(order), None),
            Change::FenceBehind(order) if self.is_at(access) => (None, Some(order)),
            _ => (None, None),
        }
    }

    fn orders(
        request: &Request,
        of_access: &dyn Fn(What, Ordering) -> Vec<Ordering>,
        of_fence: &dyn Fn(Ordering) -> Vec<Option<Ordering>>,
    ) -> Vec<Self> {
        match *request {
            Request::Fence(from, site) => {
                let mutation = |to| Self {
                    site,
                    name: "fence",
                    change: Change::Order { from, to },
                };
                of_fence(from).into_iter().map(mutation).collect()
            }
            Request::Access { access, .. } if !access.what.is_plain() => {
                let Access {
                    what,
                    order,
                    failure,
                    site,
                    ..
                } = access;
                let mutation = |change| Self {
                    site,
                    name: what.name(),
                    change,
                };
                let orders = of_access(what, order).into_iter().map(|to| {
                    mutation(Change::Order {
                        from: order,
                        to: Some(to),
                    })
                });
                let mut all: Vec<Self> = orders.collect();
                if what.expects().is_some() {
                    let orders = of_access(What::Load, failure).into_iter();
                    all.extend(orders.map(|to| mutation(Change::Failure { from: failure, to })));
                }
                all
            }
            _ => Vec::new(),
        }
    }

    /// Everything else that can be changed at this request.
    pub(crate) fn changed(request: &Request) -> Vec<Self> {
        let Request::Access { access, .. } = request else {
            return Vec::new();
        };
        let mutation = |change| Self {
            site: access.site,
            name: access.what.name(),
            change,
        };
        let mut all = Vec::new();
        if stored(access.what, 0).is_some() {
            all.push(mutation(Change::StoresOneMore));
        }
        if access.what.reads() {
            all.push(mutation(Change::ReadsOneMore));
        }
        if access.what.writes() && !access.what.reads() {
            all.push(mutation(Change::LeftOut));
        }
        all
    }

    /// Whether it is an ordering.
    pub fn is_order(&self) -> bool {
        matches!(self.change, Change::Order { .. } | Change::Failure { .. })
    }

    fn is_at(&self, access: &Access) -> bool {
        access.site == self.site && access.what.name() == self.name
    }

    /// The access, changed if it stands there; `None` if it is left out.
    pub fn of_access(&self, mut access: Access) -> Option<Access> {
        if !self.is_at(&access) {
            return Some(access);
        }
        match self.change {
            Change::Order { from, to: Some(to) } if access.order == from => access.order = to,
            Change::Failure { from, to } if access.failure == from => access.failure = to,
            Change::StoresOneMore => {
                if let Some(what) = stored(access.what, 1) {
                    access.what = what;
                }
            }
            Change::LeftOut => return None,
            _ => {}
        }
        Some(access)
    }

    /// What an access found, changed if it stands there.
    pub fn of_found(&self, access: &Access, found: Found) -> Found {
        if self.change == Change::ReadsOneMore && self.is_at(access) {
            Found {
                value: found.value.wrapping_add(1),
                ..found
            }
        } else {
            found
        }
    }

    /// The ordering of a fence, changed if it stands there; `None` if it is left out.
    pub fn of_fence(&self, order: Ordering, site: Site) -> Option<Ordering> {
        match self.change {
            Change::Order { from, to }
                if self.name == "fence" && self.site == site && from == order =>
            {
                to
            }
            _ => Some(order),
        }
    }
}

/// The same access, but it stores so much more; `None` if it stores no number of its own.
fn stored(what: What, more: u64) -> Option<What> {
    let value = |value: u64| value.wrapping_add(more);
    Some(match what {
        What::Store(it) => What::Store(value(it)),
        What::Swap(it) => What::Swap(value(it)),
        What::Add(it) => What::Add(value(it)),
        What::Sub(it) => What::Sub(value(it)),
        What::Write(it) => What::Write(value(it)),
        What::Exchange { current, new } => What::Exchange {
            current,
            new: value(new),
        },
        What::WeakExchange { current, new } => What::WeakExchange {
            current,
            new: value(new),
        },
        _ => return None,
    })
}

/// Whether an ordering promises all that another does.
fn implies(one: Ordering, other: Ordering) -> bool {
    match other {
        Relaxed => true,
        Acquire => matches!(one, Acquire | AcqRel | SeqCst),
        Release => matches!(one, Release | AcqRel | SeqCst),
        AcqRel => matches!(one, AcqRel | SeqCst),
        _ => one == SeqCst,
    }
}

/// The next weaker orderings of an access.
fn notches(what: What, order: Ordering) -> &'static [Ordering] {
    match (what.reads(), what.writes(), order) {
        (true, true, SeqCst) => &[AcqRel],
        (true, true, AcqRel) => &[Acquire, Release],
        (true, false, SeqCst) => &[Acquire],
        (false, true, SeqCst) => &[Release],
        (_, _, Acquire | Release) => &[Relaxed],
        _ => &[],
    }
}

impl fmt::Display for Mutation {
    /// `sequence_lock.rs:117  load: Acquire -> Relaxed`
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { site, name, change } = self;
        write!(f, "{site}  {name}")?;
        match change {
            Change::Order { from, to: Some(to) } => write!(f, ": {from:?} -> {to:?}"),
            Change::Order { from, to: None } => write!(f, ": {from:?} -> left out"),
            Change::Failure { from, to } => write!(f, ", if it fails: {from:?} -> {to:?}"),
            Change::StoresOneMore => f.write_str(": stores one more"),
            Change::ReadsOneMore => f.write_str(": reads one more"),
            Change::LeftOut => f.write_str(": left out"),
            Change::FenceBefore(order) => write!(f, ": fence({order:?}) before it"),
            Change::FenceBehind(order) => write!(f, ": fence({order:?}) behind it"),
        }
    }
}
