use std::marker::PhantomData;

use super::stamp::{last_number, next};
use crate::memory::Within;
use crate::part::{PartReader, PartWriter, part};
use crate::{Arity, Class, Construction, Memory, Progress, Read, Sizes, Value, Write};

/// `N` components, each with its own writer, of which a read returns all at one instant: an atomic snapshot.
///
/// The i-th writer writes component i and nothing else: of a value that it writes, `value[i]` counts. A writer beyond
/// the last component writes nothing. So it is no register of `N` words, and the verdicts for registers do not fit it
/// once there are two writers: it is judged as an object of its own.
///
/// **It stores** in an atomic register `R` for each component its value, a number, and a *view*: what all components
/// were at some instant of the write that stored it.
///
/// A read *scans*: it collects all components, twice. If no number has changed, what it has collected stood there all
/// at once, between the two. If some have, it collects once more. A component that has changed twice was written by a
/// write that began within this scan; and that write has scanned, too, before it stored anything, and left what it saw
/// in its view. The scan takes over that view.
///
/// **In a picture**, with ten values, so that the word 1210 is number 1 with value 2 and the view 1|0: what the scan
/// has collected first, 0 of one component and 2 of the other, was never there at once. The second collect shows that,
/// and the third one agrees with it.
///
/// ```
/// # use registers::{atomic::{OneWord, Snapshot}, worlds::conducted::replay};
/// let picture = "
/// init: 0
/// Thread 1:      ww2w3w4w5w6ww(1)
/// Thread 2:                   ww7w8w9w10w11wwwww(2)
/// Thread 3:  rr1rrrrrrrrrrrrrrrrrrrrrrrrrrrr12rrr13r14r15r16rr(1|2)
///      1  T3  component[0].word -> 0
///      2  T1  component[0].word -> 0
///      3  T1  component[1].word -> 0
///      4  T1  component[0].word -> 0
///      5  T1  component[1].word -> 0
///      6  T1  component[0].word := 1100
///      7  T2  component[0].word -> 1100
///      8  T2  component[1].word -> 0
///      9  T2  component[0].word -> 1100
///     10  T2  component[1].word -> 0
///     11  T2  component[1].word := 1210
///     12  T3  component[1].word -> 1210
///     13  T3  component[0].word -> 1100
///     14  T3  component[1].word -> 1210
///     15  T3  component[0].word -> 1100
///     16  T3  component[1].word -> 1210
/// ";
/// replay::<Snapshot<OneWord, 10>, 2>(&picture.parse()?)?;
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
///
/// **It is atomic:** a scan whose two collects agree takes effect between them; one that takes over a view, at the
/// instant of that view, which lies within it. It is wait-free, since after `N` collects that differ some component has
/// changed twice or the next collects agree: a scan collects at most `N + 2` times.
///
/// **What breaks it:** to collect once only. And weak memory: its registers must be of one time. With release and
/// acquire alone, each register is atomic by itself, and still one scan sees the first of two writes and not the
/// second, and another scan the second and not the first (the litmus test IRIW). So it takes registers with SeqCst
/// accesses, as [`OneWord`](super::OneWord) is. And the end of the numbers: a word of `R` has room for `N + 1` values
/// below `VALUES`, and the number; with two components of a byte there are 2^40 numbers. After that many writes of one
/// component a write may go unnoticed.
///
/// **It comes from** Afek, Attiya, Dolev, Gafni, Merritt and Shavit (*Atomic snapshots of shared memory*, Journal of
/// the ACM, 1993), the version with unbounded numbers.
#[derive(Clone, Copy, Debug)]
pub struct Snapshot<R, const VALUES: u64 = 256>(PhantomData<R>);

/// What a component holds.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Component<const N: usize> {
    number: u64,
    value: u64,
    view: Value<N>,
}

/// Writes a component of a [`Snapshot`].
#[derive(Debug)]
pub struct Writer<W, R, const VALUES: u64, const N: usize> {
    scanner: Reader<R, VALUES>,
    /// The number of the component; none, if there are more writers than components.
    component: Option<(usize, W)>,
    /// The number of the last write.
    number: u64,
    /// The last number there is.
    last: u64,
}

/// Reads a [`Snapshot`].
#[derive(Debug)]
pub struct Reader<R, const VALUES: u64> {
    components: Vec<R>,
}

impl<const N: usize> Component<N> {
    const fn initial(values: Value<N>, at: usize) -> Self {
        Self {
            number: 0,
            value: values[at],
            view: values,
        }
    }

    /// The number, the value and the view, digit by digit.
    fn word(self, values: u64) -> u64 {
        let digits = [self.value].into_iter().chain(self.view);
        digits.fold(self.number, |word, digit| word * values + digit)
    }

    fn of(mut word: u64, values: u64) -> Self {
        let mut digit = || {
            let digit = word % values;
            word /= values;
            digit
        };
        let mut view = [0; N];
        view.iter_mut().rev().for_each(|value| *value = digit());
        let value = digit();
        Self {
            number: word,
            value,
            view,
        }
    }
}

/// How many different values and views there are.
const fn contents(values: u64, components: usize) -> u64 {
    match values.checked_pow(components as u32 + 1) {
        Some(contents) => contents,
        None => panic!("a word has no room for the values of so many components"),
    }
}

impl<M, R, const VALUES: u64, const N: usize> Construction<M, N> for Snapshot<R, VALUES>
where
    M: Memory,
    R: Construction<Within<M>, 1>,
{
    const NAME: &'static str = "snapshot";
    const CLASS: Class = Class::Atomic;
    const PROGRESS: Progress = R::PROGRESS;
    const READERS: Arity = Arity::Many;
    const BELOW: Option<u64> = Some(VALUES);
    type Writers = Vec<Writer<PartWriter<R, M, 1>, PartReader<R, M, 1>, VALUES, N>>;
    type Reader = Reader<PartReader<R, M, 1>, VALUES>;

    fn build(memory: &M, init: Value<N>, sizes: Sizes) -> (Self::Writers, Vec<Self::Reader>) {
        let all = sizes.writers + sizes.readers;
        let scanner = |_| Reader {
            components: Vec::new(),
        };
        let mut scanners: Vec<Reader<_, VALUES>> = (0..all).map(scanner).collect();
        let mut components = Vec::new();
        for at in 0..N {
            let place = format_args!("component[{at}]");
            let word = Component::initial(init, at).word(VALUES);
            let (writes, reads) = part::<R, M, 1>(memory, place, [word], all);
            components.push((at, writes));
            for (scanner, reads) in scanners.iter_mut().zip(reads) {
                scanner.components.push(reads);
            }
        }
        let readers = scanners.split_off(sizes.writers);
        let mut components = components.into_iter();
        let writer = |scanner| Writer {
            scanner,
            component: components.next(),
            number: 0,
            last: const { last_number(R::BELOW, contents(VALUES, N)) },
        };
        (scanners.into_iter().map(writer).collect(), readers)
    }
}

impl<W, R, const VALUES: u64, const N: usize> Write<N> for Writer<W, R, VALUES, N>
where
    W: Write<1>,
    R: Read<1>,
{
    #[inline]
    fn write(&mut self, value: Value<N>) {
        let Some((at, register)) = &mut self.component else {
            return;
        };
        self.number = next(self.number, self.last);
        let component = Component::<N> {
            number: self.number,
            value: value[*at],
            view: self.scanner.scan(),
        };
        register.write([component.word(VALUES)]);
    }
}

impl<R: Read<1>, const VALUES: u64, const N: usize> Read<N> for Reader<R, VALUES> {
    #[inline]
    fn read(&mut self) -> Value<N> {
        self.scan()
    }
}

impl<R: Read<1>, const VALUES: u64> Reader<R, VALUES> {
    /// The components at one instant.
    fn scan<const N: usize>(&mut self) -> Value<N> {
        let mut has_changed = [false; N];
        let mut before = self.collect::<N>();
        loop {
            let after = self.collect::<N>();
            let mut agree = true;
            for at in 0..N {
                if after[at].number != before[at].number {
                    if has_changed[at] {
                        return after[at].view;
                    }
                    has_changed[at] = true;
                    agree = false;
                }
            }
            if agree {
                return after.map(|component| component.value);
            }
            before = after;
        }
    }

    /// The components, one after the other.
    fn collect<const N: usize>(&mut self) -> [Component<N>; N] {
        std::array::from_fn(|at| {
            let [word] = self.components[at].read();
            Component::of(word, VALUES)
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::Hardware;
    use crate::atomic::OneWord;
    use crate::worlds::conducted::replay;

    #[test]
    fn a_word_is_a_number_a_value_and_a_view() {
        let component = Component {
            number: 7,
            value: 3,
            view: [1, 2],
        };
        assert_eq!(component.word(10), 7312);
        assert_eq!(Component::of(7312, 10), component);
    }

    #[test]
    fn a_scan_takes_over_the_view_of_a_component_that_changes_twice() {
        let picture = "
init: 0
Thread 1:       ww3w4w5w6w7ww(1)       ww10w11w12w13w14ww(3)
Thread 2:  rr1r2rrrrrrrrrrrrrrrr8rr9rrrrrrrrrrrrrrrrrrrrrrrrrr15rr16rr(1|0)
";
        replay::<Snapshot<OneWord, 10>, 2>(&picture.parse().unwrap()).unwrap();
    }

    #[test]
    fn a_writer_beyond_the_last_component_writes_nothing() {
        let sizes = Sizes {
            writers: 3,
            readers: 1,
        };
        let (mut writers, mut readers) = Snapshot::<OneWord>::build(&Hardware, [0; 2], sizes);
        for (value, writer) in [(1, 0), (2, 1), (3, 2)] {
            writers[writer].write([value; 2]);
        }
        assert_eq!(readers[0].read(), [1, 2]);
    }
}
