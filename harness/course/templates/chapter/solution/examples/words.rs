//! Two greetings and a tally.

use solution_@NUMBER@::{greeting::greeting, tally::tally};

// ANCHOR: book
fn main() {
    println!("{}", greeting("Ada"));
    println!("{}", greeting("Grace"));
    let words = ["one", "two", "two"].map(String::from);
    for (word, number) in tally(&words) {
        println!("{word}: {number}");
    }
}
// ANCHOR_END: book
