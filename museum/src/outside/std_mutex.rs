//! A register on a mutex of the standard library.

use std::marker::PhantomData;
use std::sync::Mutex;

use crate::prelude::*;

struct Locked<M: Memory> {
    value: Mutex<[u64; 2]>,
    memory: PhantomData<M>,
}

impl<M: Memory> Shared<M, 2> for Locked<M> {
    fn build(_: &M, init: [u64; 2]) -> Self {
        Self {
            value: Mutex::new(init),
            memory: PhantomData,
        }
    }

    fn write(&self, value: [u64; 2]) {
        *self.value.lock().expect("nobody panics with it") = value;
    }

    fn read(&self) -> [u64; 2] {
        *self.value.lock().expect("nobody panics with it")
    }
}

pub(crate) const EXHIBITS: &[Exhibit] = &[Exhibit {
    name: "std-mutex",
    title: "A register on a mutex of the standard library",
    source: "what a newcomer writes first",
    url: None,
    about: "It is atomic, and cannot be seen: none of its accesses goes through the memory that is explored. Whoever \
            explored it all the same would take the processes for alone, and call it broken. `memory.lock` is a lock that \
            can be seen.",
    subject: subject!(StdMutex<M> = Locked<M>, 2 words, many writers, many readers, claims Atomic),
    truth: Truth::Unknowable { why: "memory" },
    twin: None,
    file: include_str!("std_mutex.rs"),
}];
