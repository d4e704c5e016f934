//! A register that makes a new word for each write.

use std::sync::Mutex;

use crate::prelude::*;

struct Growing<M: Memory> {
    memory: M,
    latest: M::Word,
    words: Mutex<Vec<M::Word>>,
}

impl<M: Memory> Shared<M, 1> for Growing<M> {
    fn build(memory: &M, [init]: [u64; 1]) -> Self {
        Self {
            memory: memory.clone(),
            latest: memory.word(format_args!("latest"), 0),
            words: Mutex::new(vec![memory.word(format_args!("word[0]"), init)]),
        }
    }

    fn write(&self, [value]: [u64; 1]) {
        let mut words = self.words.lock().expect("nobody panics with it");
        let nth = words.len();
        words.push(self.memory.word(format_args!("word[{nth}]"), value));
        drop(words);
        self.latest.store(nth as u64, Release);
    }

    fn read(&self) -> [u64; 1] {
        let nth = self.latest.load(Acquire) as usize;
        [self.words.lock().expect("nobody panics with it")[nth].load(Acquire)]
    }
}

pub(crate) const EXHIBITS: &[Exhibit] = &[Exhibit {
    name: "allocates",
    title: "A register that makes a new word for each write",
    source: "what becomes of a register that allocates, in a model checker",
    url: None,
    about: "Words have to be there when the register is built: which one a process would make next depends on what the \
            others have made. A pool of cells that are allocated and retired stands in for an allocator.",
    subject: subject!(Allocates<M> = Growing<M>, 1 words, 1 writer, many readers, claims Atomic),
    truth: Truth::Unknowable { why: "word" },
    twin: None,
    file: include_str!("allocates.rs"),
}];
