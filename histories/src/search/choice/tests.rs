use super::*;
use crate::budget::Budget;

/// Random sets of options that must not be chosen together.
fn puzzle(seed: u64) -> (Vec<u32>, Vec<Vec<(u32, u32)>>) {
    let mut state = seed.wrapping_mul(0x9e37_79b9_7f4a_7c15) | 1;
    let mut below = |end: u64| {
        state ^= state << 13;
        state ^= state >> 7;
        state ^= state << 17;
        (state >> 8) % end
    };
    let variables = 2 + below(5);
    let options: Vec<u32> = (0..variables).map(|_| 1 + below(4) as u32).collect();
    let forbidden = (0..below(30)).map(|_| {
        let mut set: Vec<(u32, u32)> = (0..1 + below(3))
            .map(|_| {
                let variable = below(variables) as u32;
                (variable, below(options[variable as usize].into()) as u32)
            })
            .collect();
        set.sort_unstable();
        set.dedup_by_key(|pair| pair.0);
        set
    });
    let forbidden = forbidden.collect();
    (options, forbidden)
}

fn is_allowed(forbidden: &[Vec<(u32, u32)>], of: impl Fn(u32) -> Option<u32>) -> Said {
    let broken = forbidden.iter().find(|set| {
        set.iter()
            .all(|&(variable, option)| of(variable) == Some(option))
    });
    broken.map_or(Said::Fine, |set| {
        Said::Contradiction(set.iter().map(|&(variable, _)| variable).collect())
    })
}

#[test]
fn finds_an_answer_exactly_if_there_is_one() {
    let budget = Budget::default();
    let mut found = [0; 2];
    for seed in 0..4_000 {
        let (options, forbidden) = puzzle(seed);
        let ways: u32 = options.iter().product();
        let there_is_one = (0..ways).any(|mut way| {
            let chosen: Vec<u32> = options
                .iter()
                .map(|&count| {
                    let option = way % count;
                    way /= count;
                    option
                })
                .collect();
            is_allowed(&forbidden, |it| Some(chosen[it as usize])) == Said::Fine
        });
        for eager in [false, true] {
            let rank: Vec<u8> = (0..options.len()).map(|it| (it % 2) as u8).collect();
            let answer = choose(&options, &rank, eager, &budget.meter(), |chosen| {
                is_allowed(&forbidden, |it| chosen.of(it as usize))
            });
            match answer {
                Answer::Found(chosen) => {
                    let said = is_allowed(&forbidden, |it| Some(chosen[it as usize]));
                    assert!(said == Said::Fine && there_is_one, "seed {seed}");
                }
                Answer::None => assert!(!there_is_one, "seed {seed}"),
                Answer::Unknown => panic!("seed {seed}"),
            }
        }
        found[usize::from(there_is_one)] += 1;
    }
    assert!(found.iter().all(|&count| count > 400), "{found:?}");
}
