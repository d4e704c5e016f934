use crate::Exhibit;

pub(crate) const EXHIBITS: &[&[Exhibit]] = &[];
