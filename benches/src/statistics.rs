//! Medians, quartiles and ratios. Pure.

use serde::Serialize;

use crate::topology::Topology;

/// A figure of one slice.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Sample {
    /// The round that the slice was taken in.
    pub round: usize,
    /// How far the threads were from each other.
    pub topology: Option<Topology>,
    /// The figure.
    pub value: f64,
}

/// The middle of some figures, and the middles of its halves.
#[derive(Clone, Copy, Debug, PartialEq, Serialize)]
pub struct Quartiles {
    /// A quarter of the figures are below.
    pub low: f64,
    /// Half of them are below.
    pub median: f64,
    /// Three quarters of them are below.
    pub high: f64,
    /// How many there are.
    pub count: usize,
}

/// The quartiles of some figures, interpolated between neighbours; `None` of none.
pub fn quartiles(figures: impl IntoIterator<Item = f64>) -> Option<Quartiles> {
    let mut sorted: Vec<f64> = figures.into_iter().collect();
    sorted.sort_by(f64::total_cmp);
    let last = sorted.len().checked_sub(1)?;
    let at = |part: f64| {
        let place = part * last as f64;
        let (below, above) = (
            sorted[place.floor() as usize],
            sorted[place.ceil() as usize],
        );
        below + (above - below) * place.fract()
    };
    Some(Quartiles {
        low: at(0.25),
        median: at(0.5),
        high: at(0.75),
        count: sorted.len(),
    })
}

/// The quartiles of the figures that were measured at this distance.
#[must_use]
pub fn at_distance(samples: &[Sample], topology: Option<Topology>) -> Option<Quartiles> {
    let near = samples.iter().filter(|it| it.topology == topology);
    quartiles(near.map(|sample| sample.value))
}

/// The quartiles of the ratios of `samples` to those of the same round at the same distance, this one, in `to`.
#[must_use]
pub fn ratios(samples: &[Sample], to: &[Sample], topology: Option<Topology>) -> Option<Quartiles> {
    let at = |samples: &'_ [Sample], round: usize| {
        let found = samples
            .iter()
            .find(|it| it.round == round && it.topology == topology);
        found.map(|sample| sample.value)
    };
    quartiles(samples.iter().filter_map(|sample| {
        let own = (sample.topology == topology).then_some(sample.value)?;
        let other = at(to, sample.round).filter(|&other| other > 0.0)?;
        Some(own / other)
    }))
}

/// The distance at which most of the slices were taken.
pub fn commonest<'a>(samples: impl IntoIterator<Item = &'a Sample>) -> Option<Topology> {
    let mut counts: Vec<(usize, Option<Topology>)> = Vec::new();
    for sample in samples {
        match counts.iter_mut().find(|(_, at)| *at == sample.topology) {
            Some((count, _)) => *count += 1,
            None => counts.push((1, sample.topology)),
        }
    }
    counts.into_iter().max().and_then(|(_, topology)| topology)
}

/// The mean; `None` of none.
pub fn mean(figures: impl IntoIterator<Item = f64>) -> Option<f64> {
    let figures: Vec<f64> = figures.into_iter().collect();
    (!figures.is_empty()).then(|| figures.iter().sum::<f64>() / figures.len() as f64)
}

/// The geometric mean; `None` of none. What is 0 makes it 0.
pub fn geometric_mean(figures: impl IntoIterator<Item = f64>) -> Option<f64> {
    mean(figures.into_iter().map(f64::ln)).map(f64::exp)
}

#[cfg(test)]
mod tests {
    use super::*;

    const NEAR: Option<Topology> = Some(Topology::Near);
    const FAR: Option<Topology> = Some(Topology::Far);

    fn samples(figures: &[(usize, Option<Topology>, f64)]) -> Vec<Sample> {
        let sample = |&(round, topology, value)| Sample {
            round,
            topology,
            value,
        };
        figures.iter().map(sample).collect()
    }

    #[test]
    fn quartiles_of_small_sets() {
        let cases = [
            (vec![], None),
            (vec![7.0], Some((7.0, 7.0, 7.0))),
            (vec![3.0, 1.0], Some((1.5, 2.0, 2.5))),
            (vec![5.0, 1.0, 3.0, 2.0, 4.0], Some((2.0, 3.0, 4.0))),
            (vec![4.0, 1.0, 3.0, 2.0], Some((1.75, 2.5, 3.25))),
        ];
        for (figures, expected) in cases {
            let found = quartiles(figures);
            let found = found.map(|it| (it.low, it.median, it.high));
            assert_eq!(found, expected);
        }
    }

    #[test]
    fn ratios_are_of_one_round_at_one_distance() {
        let own = samples(&[
            (1, NEAR, 2.0),
            (2, NEAR, 9.0),
            (3, FAR, 100.0),
            (4, NEAR, 50.0),
            (5, NEAR, 6.0),
        ]);
        let raw = samples(&[
            (1, NEAR, 1.0),
            (2, NEAR, 3.0),
            (3, FAR, 10.0),
            // In round 4 the cores moved; in round 5 there is no other slice.
            (4, FAR, 1.0),
        ]);
        let near = ratios(&own, &raw, NEAR).unwrap();
        assert_eq!((near.median, near.count), (2.5, 2));
        let far = ratios(&own, &raw, FAR).unwrap();
        assert_eq!((far.median, far.count), (10.0, 1));
        assert_eq!(ratios(&own, &raw, None), None);
    }

    #[test]
    fn a_ratio_to_nothing_is_none() {
        let own = samples(&[(1, NEAR, 2.0)]);
        let starved = samples(&[(1, NEAR, 0.0)]);
        assert_eq!(ratios(&own, &starved, NEAR), None);
        assert_eq!(ratios(&starved, &own, NEAR).unwrap().median, 0.0);
    }

    #[test]
    fn figures_at_another_distance_do_not_count() {
        let own = samples(&[(1, NEAR, 2.0), (2, FAR, 80.0), (3, NEAR, 4.0)]);
        assert_eq!(at_distance(&own, NEAR).unwrap().median, 3.0);
        assert_eq!(commonest(&own), NEAR);
        assert_eq!(commonest(&[]), None);
    }

    #[test]
    fn means() {
        assert_eq!(mean([]), None);
        assert_eq!(mean([1.0, 2.0, 6.0]), Some(3.0));
        assert_eq!(geometric_mean([]), None);
        assert_eq!(geometric_mean([1.0, 0.0]), Some(0.0));
        let mean = geometric_mean([2.0, 8.0]).unwrap();
        assert!((mean - 4.0).abs() < 1e-12, "{mean}");
    }
}
