//! What copying costs, with nobody to share the words with.

use registers::{Arity, Class, Construction, Hardware, Progress, Read, Sizes, Value, Write};

/// The floor: words copied in and out as plain memory, each end with words of its own.
///
/// It is no register. Nobody sees what another one wrote, so nothing has to be atomic, and the compiler copies as fast
/// as the machine can. It takes part where one thread is alone.
#[derive(Clone, Copy, Debug)]
pub struct Plain;

impl Plain {
    /// How many words it may have.
    pub const WIDTHS: &'static [usize] = &[2, 8, 64, 512];
}

/// Words of its own.
#[derive(Debug)]
#[repr(align(64))]
pub struct Words<const N: usize>(Value<N>);

impl<const N: usize> Construction<Hardware, N> for Plain {
    const NAME: &'static str = "plain-memcpy";
    const CLASS: Class = Class::Safe;
    const PROGRESS: Progress = Progress::WAIT_FREE;
    const READERS: Arity = Arity::Many;
    type Writers = [Box<Words<N>>; 1];
    type Reader = Box<Words<N>>;

    fn build(_: &Hardware, init: Value<N>, sizes: Sizes) -> (Self::Writers, Vec<Self::Reader>) {
        let words = |_| Box::new(Words(init));
        ([words(0)], (0..sizes.readers).map(words).collect())
    }
}

impl<const N: usize> Write<N> for Box<Words<N>> {
    #[inline]
    fn write(&mut self, value: Value<N>) {
        self.0 = value;
        // Somebody might look.
        std::hint::black_box(&mut self.0);
    }
}

impl<const N: usize> Read<N> for Box<Words<N>> {
    #[inline]
    fn read(&mut self) -> Value<N> {
        // Somebody might have changed it.
        *std::hint::black_box(&self.0)
    }
}
