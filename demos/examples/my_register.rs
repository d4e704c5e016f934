//! Your own register on the bench. Change it, and run it again: `cargo run --release -p demos --example my_register`.

use workbench::prelude::*;

struct MyRegister<M: Memory> {
    words: [M::Word; 2],
}

impl<M: Memory> Shared<M, 2> for MyRegister<M> {
    fn build(memory: &M, init: [u64; 2]) -> Self {
        let words = memory.words(format_args!("word"), init);
        Self { words }
    }

    fn read(&self) -> [u64; 2] {
        [self.words[0].load(Relaxed), self.words[1].load(Relaxed)]
    }

    fn write(&self, value: [u64; 2]) {
        self.words[0].store(value[0], Relaxed);
        self.words[1].store(value[1], Relaxed);
    }
}

bench!(MyRegister, 2 words, claims Safe);
