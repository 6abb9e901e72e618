//! A stream that unpacks, with a bound on how much and on how many times its packed size.

use std::cell::Cell;
use std::io::{self, Read};
use std::rc::Rc;

use super::caps::Caps;
use super::refusal::Refusal;

/// Counts the packed bytes that go in.
pub struct Packed<R> {
    inner: R,
    count: Rc<Cell<u64>>,
}

/// Counts the unpacked bytes that come out, and stops where there are too many.
pub struct Unpacked<R> {
    inner: R,
    packed: Rc<Cell<u64>>,
    meter: Meter,
}

/// What was counted, to be asked after the stream has ended in an error.
#[derive(Clone)]
pub struct Meter {
    unpacked: Rc<Cell<u64>>,
    stopped: Rc<Cell<Stop>>,
    caps: Caps,
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Stop {
    Not,
    Bomb,
    TooMuch,
}

/// `inner`, counted.
pub fn packed<R>(inner: R) -> (Packed<R>, Rc<Cell<u64>>) {
    let count = Rc::new(Cell::new(0));
    (Packed { inner, count: Rc::clone(&count) }, count)
}

/// `inner`, which unpacks what `packed` counts, bounded by `caps`.
pub fn unpacked<R>(inner: R, packed: Rc<Cell<u64>>, caps: &Caps) -> (Unpacked<R>, Meter) {
    let meter =
        Meter { unpacked: Rc::new(Cell::new(0)), stopped: Rc::new(Cell::new(Stop::Not)), caps: *caps };
    (Unpacked { inner, packed, meter: meter.clone() }, meter)
}

impl<R: Read> Read for Packed<R> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let count = self.inner.read(buffer)?;
        self.count.set(self.count.get() + count as u64);
        Ok(count)
    }
}

impl<R: Read> Read for Unpacked<R> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let count = self.inner.read(buffer)?;
        let meter = &self.meter;
        let unpacked = meter.unpacked.get() + count as u64;
        meter.unpacked.set(unpacked);
        let caps = &meter.caps;
        if unpacked > caps.ratio_from_bytes && unpacked / caps.ratio > self.packed.get() {
            meter.stopped.set(Stop::Bomb);
        } else if unpacked > caps.unpacked_bytes {
            meter.stopped.set(Stop::TooMuch);
        }
        if meter.stopped.get() != Stop::Not {
            return Err(io::Error::other("too much was unpacked"));
        }
        Ok(count)
    }
}

impl Meter {
    /// Why the stream was stopped, if it was stopped by its bounds.
    pub fn refusal(&self) -> Option<Refusal> {
        match self.stopped.get() {
            Stop::Not => None,
            Stop::Bomb => Some(Refusal::Bomb { ratio: self.caps.ratio }),
            Stop::TooMuch => Some(Refusal::too_much(
                "unpacked bytes",
                &format_args!("{} MiB of", self.caps.unpacked_bytes >> 20),
            )),
        }
    }
}
