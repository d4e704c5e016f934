use std::thread;
use std::time::Duration;

use super::*;
use registers::stress::{Stress, stress, to_the_end};
use registers::{Arity, Class, Construction, Hardware, Writers};

/// Alone, a read returns what was written last, by whichever writer.
fn returns_the_last_write<C: Construction<Hardware, N>, const N: usize>() {
    let many = |arity| if arity == Arity::Many { 2 } else { 1 };
    let sizes = Sizes {
        writers: many(<C::Writers as Writers<N>>::ARITY),
        readers: many(C::READERS),
    };
    let (writers, mut readers) = C::build(&Hardware, [7; N], sizes);
    let mut writers = writers.into_vec();
    assert_eq!(
        (writers.len(), readers.len()),
        (sizes.writers, sizes.readers)
    );
    for reader in &mut readers {
        assert_eq!(reader.read(), [7; N], "{}", C::NAME);
    }
    let mut last = [7; N];
    for round in 0..6 {
        for (by, writer) in writers.iter_mut().enumerate() {
            let value = std::array::from_fn(|at| u64::MAX - (round + 10 * at + 100 * by) as u64);
            writer.write(value);
            last = value;
            for reader in &mut readers {
                assert_eq!(reader.read(), value, "{}", C::NAME);
                assert_eq!(reader.read(), value, "{}", C::NAME);
                assert_eq!(*reader.read_ref(&mut [0; N]), value, "{}", C::NAME);
            }
        }
    }
    // The value outlives those who wrote it.
    drop(writers);
    for reader in &mut readers {
        assert_eq!(reader.read(), last, "{}", C::NAME);
    }
}

/// Stress finds nothing that the register does not claim.
fn keeps_its_claim_under_stress<C: Construction<Hardware, N>, const N: usize>() {
    let readers = if C::READERS == Arity::Many { 2 } else { 1 };
    let settings = Stress::of_readers(readers, Duration::from_millis(100));
    let counts = stress::<C, N>(&settings, to_the_end).unwrap();
    assert_eq!(counts.strongest_class(), Some(Class::Atomic), "{counts:?}");
    assert!(counts.writes > 0 && counts.reads > 0, "{counts:?}");
}

/// Several writers at once, each with values of its own: no read mixes them, and none of one writer goes back.
fn keeps_writers_apart<C: Construction<Hardware, N>, const N: usize>() {
    const WRITES: u64 = 2_000;
    let sizes = Sizes {
        writers: 2,
        readers: 1,
    };
    let (writers, mut readers) = C::build(&Hardware, [0; N], sizes);
    let (writers, mut reader) = (writers.into_vec(), readers.remove(0));
    thread::scope(|scope| {
        for (by, mut writer) in (0..).zip(writers) {
            scope.spawn(move || {
                for nth in 1..=WRITES {
                    writer.write([nth << 1 | by; N]);
                }
            });
        }
        let mut newest = [0; 2];
        while newest.iter().all(|&nth| nth < WRITES) {
            let value = reader.read();
            assert_eq!(value, [value[0]; N], "{}", C::NAME);
            let (by, nth) = (value[0] as usize & 1, value[0] >> 1);
            assert!(nth >= newest[by], "{}", C::NAME);
            newest[by] = nth;
        }
    });
}

macro_rules! foreign {
    ($($name:ident: $register:ty, $words:literal, $($check:ident),+;)+) => {
        $(mod $name {
            use super::*;

            $(#[test]
            fn $check() {
                super::$check::<$register, $words>();
            })+
        })+
    };
}

foreign! {
    atomic_cell: AtomicCell, 8, returns_the_last_write, keeps_its_claim_under_stress, keeps_writers_apart;
    seqlock: SeqLock, 8, returns_the_last_write, keeps_its_claim_under_stress, keeps_writers_apart;
    sharded_lock: ShardedLock, 8, returns_the_last_write, keeps_its_claim_under_stress, keeps_writers_apart;
    std_mutex: StdMutex, 8, returns_the_last_write, keeps_its_claim_under_stress, keeps_writers_apart;
    std_rw_lock: StdRwLock, 8, returns_the_last_write, keeps_its_claim_under_stress, keeps_writers_apart;
    parking_lot_mutex: ParkingLotMutex, 8, returns_the_last_write, keeps_its_claim_under_stress, keeps_writers_apart;
    parking_lot_rw_lock: ParkingLotRwLock, 8, returns_the_last_write, keeps_its_claim_under_stress, keeps_writers_apart;
    arc_swap: ArcSwap, 8, returns_the_last_write, keeps_its_claim_under_stress, keeps_writers_apart;
    arc_swap_full: ArcSwapFull, 8, returns_the_last_write, keeps_its_claim_under_stress, keeps_writers_apart;
    arc_swap_cache: ArcSwapCache, 8, returns_the_last_write, keeps_its_claim_under_stress, keeps_writers_apart;
    sdd: Sdd, 8, returns_the_last_write, keeps_its_claim_under_stress, keeps_writers_apart;
    atomic_u128: AtomicU128, 2, returns_the_last_write, keeps_its_claim_under_stress, keeps_writers_apart;
    left_right: LeftRight, 8, returns_the_last_write, keeps_its_claim_under_stress;
    triple_buffer: TripleBuffer, 8, returns_the_last_write, keeps_its_claim_under_stress;
}
