//! Step 2: count each word.

use std::collections::BTreeMap;

/// How often each of `words` is there.
pub fn tally(words: &[String]) -> BTreeMap<String, u32> {
    words.iter().map(|word| (word.clone(), 1)).collect()
}
