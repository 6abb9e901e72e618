//! Fingerprints of a sequence of tokens by winnowing (Schleimer, Wilkerson, Aiken: Winnowing, SIGMOD 2003).

use std::collections::HashSet;

use super::tokens::Token;

/// Tokens that are hashed together: what is shorter than this is never found to be common (the noise threshold).
pub const GRAM: usize = 20;
/// Hashes of which the least is kept: what is at least [`GRAM`] + this − 1 tokens long and common is always found.
pub const WINDOW: usize = 8;

/// Hashes of `GRAM` tokens each; `hashes[n]` begins at token n.
pub fn grams(tokens: &[Token]) -> Vec<u64> {
    tokens.windows(GRAM).map(hash).collect()
}

/// The hashes that are kept, with where they begin: the least of every window, the rightmost of equals.
pub fn winnowed(grams: &[u64]) -> Vec<(u64, usize)> {
    let mut kept: Vec<(u64, usize)> = Vec::new();
    let windows = grams.len().saturating_sub(WINDOW - 1).max(usize::from(!grams.is_empty()));
    for start in 0..windows {
        let window = &grams[start..(start + WINDOW).min(grams.len())];
        let least = window
            .iter()
            .enumerate()
            .min_by(|(at, one), (other_at, other)| one.cmp(other).then(other_at.cmp(at)))
            .map(|(at, hash)| (*hash, start + at));
        if let Some(least) = least
            && kept.last() != Some(&least)
        {
            kept.push(least);
        }
    }
    kept
}

/// Every hash of `grams`: what is to be subtracted is subtracted whole.
pub fn all(grams: &[u64]) -> HashSet<u64> {
    grams.iter().copied().collect()
}

/// FNV-1a over the kinds.
fn hash(gram: &[Token]) -> u64 {
    gram.iter().flat_map(|token| token.kind.to_le_bytes()).fold(0xcbf2_9ce4_8422_2325, |hash, byte| {
        (hash ^ u64::from(byte)).wrapping_mul(0x0000_0100_0000_01b3)
    })
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn tokens(kinds: &[u16]) -> Vec<Token> {
        kinds.iter().map(|kind| Token { kind: *kind, line: 1 }).collect()
    }

    proptest! {
        #[test]
        fn what_is_long_enough_and_common_is_found(
            common in proptest::collection::vec(0_u16..50, GRAM + WINDOW - 1..80),
            before in proptest::collection::vec(0_u16..50, 0..60),
            after in proptest::collection::vec(0_u16..50, 0..60),
        ) {
            let whole = [before, common.clone(), after].concat();
            let kept = |kinds: &[u16]| -> HashSet<u64> {
                winnowed(&grams(&tokens(kinds))).into_iter().map(|(hash, _)| hash).collect()
            };
            prop_assert!(!kept(&whole).is_disjoint(&kept(&common)));
        }

        #[test]
        fn fewer_are_kept_than_there_are(kinds in proptest::collection::vec(any::<u16>(), 0..300)) {
            let grams = grams(&tokens(&kinds));
            let kept = winnowed(&grams);
            prop_assert!(kept.len() <= grams.len());
            prop_assert!(kept.iter().all(|(hash, at)| grams[*at] == *hash));
            prop_assert_eq!(kept.is_empty(), kinds.len() < GRAM);
        }
    }
}
