//! An ordering that is weaker than a register has it: is it needed?
//!
//! Orderings are data at the sites of accesses. So any of them can be weakened without touching the register's code:
//! the [`Atlas`](crate::Atlas) replaces it on the way. A *notch* is the next weaker ordering, of which an access that
//! both acquires and releases has two.
//!
//! | access | from | to |
//! |---|---|---|
//! | load | SeqCst, Acquire | Acquire, Relaxed |
//! | store | SeqCst, Release | Release, Relaxed |
//! | read-modify-write | SeqCst; AcqRel; Acquire, Release | AcqRel; Acquire, Release; Relaxed |
//! | exchange that fails | SeqCst, Acquire | Acquire, Relaxed |
//! | fence | SeqCst; AcqRel; Acquire, Release | AcqRel; Acquire, Release; none |

use std::fmt;

use registers::memory::Ordering::{self, AcqRel, Acquire, Relaxed, Release, SeqCst};
use registers::memory::{Access, Site, What};

use crate::atlas::Request;

/// One ordering at one site, and what it is replaced by.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Weakening {
    /// Where.
    pub site: Site,
    /// Which ordering of the access.
    pub of: Of,
    /// What the register says.
    pub from: Ordering,
    /// What is tried instead; none, if it is a fence that is left out.
    pub to: Option<Ordering>,
}

/// Which ordering of an access.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Of {
    /// That of a load, a store, a read-modify-write, or a successful exchange; with its name.
    Access(&'static str),
    /// That of an exchange that fails; with its name.
    Failure(&'static str),
    /// That of a fence.
    Fence,
}

impl Weakening {
    /// Everything that can be weakened in this request by one notch.
    pub(crate) fn all_of(request: &Request) -> Vec<Self> {
        let mut all = Vec::new();
        match *request {
            Request::Fence(from, site) => {
                let to: &[Option<Ordering>] = match from {
                    SeqCst => &[Some(AcqRel)],
                    AcqRel => &[Some(Acquire), Some(Release)],
                    _ => &[None],
                };
                let of = Of::Fence;
                all.extend(to.iter().map(|&to| Self { site, of, from, to }));
            }
            Request::Access { access, .. } if !access.what.is_plain() => {
                let Access {
                    what,
                    order,
                    failure,
                    site,
                    ..
                } = access;
                let mut add = |of, from, notches: &[Ordering]| {
                    let to = |&to: &Ordering| Self {
                        site,
                        of,
                        from,
                        to: Some(to),
                    };
                    all.extend(notches.iter().map(to));
                };
                add(Of::Access(what.name()), order, notches(what, order));
                if what.expects().is_some() {
                    add(
                        Of::Failure(what.name()),
                        failure,
                        notches(What::Load, failure),
                    );
                }
            }
            _ => {}
        }
        all
    }

    /// The access, weakened if it is this one.
    pub(crate) fn of_access(&self, mut access: Access) -> Access {
        if access.site != self.site || access.what.is_plain() {
            return access;
        }
        let Some(to) = self.to else { return access };
        match self.of {
            Of::Access(name) if name == access.what.name() && access.order == self.from => {
                access.order = to;
            }
            Of::Failure(name) if name == access.what.name() && access.failure == self.from => {
                access.failure = to;
            }
            _ => {}
        }
        access
    }

    /// The ordering of a fence, weakened if it is this one; `None` if it is left out.
    pub(crate) fn of_fence(&self, order: Ordering, site: Site) -> Option<Ordering> {
        if self.of == Of::Fence && self.site == site && self.from == order {
            self.to
        } else {
            Some(order)
        }
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

impl fmt::Display for Weakening {
    /// `sequence_lock.rs:117  load: Acquire -> Relaxed`
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { site, of, from, to } = self;
        let of = match of {
            Of::Access(name) => (*name).to_owned(),
            Of::Failure(name) => format!("{name}, if it fails"),
            Of::Fence => "fence".to_owned(),
        };
        match to {
            Some(to) => write!(f, "{site}  {of}: {from:?} -> {to:?}"),
            None => write!(f, "{site}  {of}: {from:?} -> left out"),
        }
    }
}
