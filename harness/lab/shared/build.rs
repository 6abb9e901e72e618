//! The shared library's references to its own symbols are bound when it is linked.
//!
//! Otherwise the dynamic loader looks up some 40,000 names each time a process starts, 50 ms of processor time, and the
//! tests of an exercise start dozens of processes. Nothing interposes a symbol of a Rust library, so nothing is lost.

fn main() {
    println!("cargo::rerun-if-changed=build.rs");
    if std::env::var("CARGO_CFG_TARGET_OS").as_deref() == Ok("linux") {
        println!("cargo::rustc-link-arg=-Wl,-Bsymbolic");
    }
}
