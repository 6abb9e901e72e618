//! Step 5: a place in a board that a client can keep, and can't change.

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use hmac::{Hmac, KeyInit as _, Mac as _};
use sha2::Sha256;

/// How long a seal is, in bytes: SHA-256's.
pub const SEAL_BYTES: usize = 32;

/// Seals cursors with a secret that no client knows.
#[derive(Clone)]
pub struct Sealer {
    secret: Vec<u8>,
}

/// This is no cursor that we gave out for this board.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("the cursor is not one of this board's")]
pub struct BadCursor;

impl Sealer {
    /// A sealer with this secret. Given.
    pub fn new(secret: impl Into<Vec<u8>>) -> Self {
        Self { secret: secret.into() }
    }

    /// The cursor of the place behind the card with this sort key: letters, digits, `-` and `_`, fit for a URL.
    ///
    /// It holds the sort key, and a seal that depends on the secret, on the board and on the sort key. Board and sort key
    /// are two texts and not one: `b1` and `7`, or `b` and `17`, have different seals, whatever a board is called.
    pub fn seal(&self, board: &str, sort_key: &str) -> String {
        let seal = self.mac(board, sort_key.as_bytes()).finalize().into_bytes();
        URL_SAFE_NO_PAD.encode([&seal[..], sort_key.as_bytes()].concat())
    }

    /// The sort key in a cursor, if this sealer sealed it for this board, and nobody has changed it since.
    ///
    /// A cursor comes from outside. Whatever it is, this is an answer and not a panic; and how long the comparison of
    /// two seals takes says nothing about how much of them is the same.
    pub fn open(&self, board: &str, cursor: &str) -> Result<String, BadCursor> {
        let bytes = URL_SAFE_NO_PAD.decode(cursor).map_err(|_| BadCursor)?;
        let (seal, sort_key) = bytes.split_at_checked(SEAL_BYTES).ok_or(BadCursor)?;
        self.mac(board, sort_key).verify_slice(seal).map_err(|_| BadCursor)?;
        String::from_utf8(sort_key.to_vec()).map_err(|_| BadCursor)
    }

    /// Over both texts, so that neither can take a letter from the other: the first one's length goes before it.
    fn mac(&self, board: &str, sort_key: &[u8]) -> Hmac<Sha256> {
        let mut mac = Hmac::<Sha256>::new_from_slice(&self.secret).expect("HMAC takes a key of any length");
        mac.update(&(board.len() as u64).to_be_bytes());
        mac.update(board.as_bytes());
        mac.update(sort_key);
        mac
    }
}
