//! Step 2: count each word.

use std::collections::BTreeMap;

/// How often each of `words` is there.
pub fn tally(words: &[String]) -> BTreeMap<String, u32> {
    let mut tally = BTreeMap::new();
    for word in words {
        *tally.entry(word.clone()).or_default() += 1;
    }
    tally
}
