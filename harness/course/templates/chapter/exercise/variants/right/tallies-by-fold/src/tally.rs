//! Step 2: count each word.

use std::collections::BTreeMap;

/// How often each of `words` is there.
pub fn tally(words: &[String]) -> BTreeMap<String, u32> {
    words.iter().fold(BTreeMap::new(), |mut tally, word| {
        *tally.entry(word.clone()).or_insert(0) += 1;
        tally
    })
}
