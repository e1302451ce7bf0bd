//! Whether a card changed since it was last shown.

use data_encoding::HEXLOWER;
use sha2::{Digest, Sha256};

use super::Card;

impl Card {
    /// A digest of what people see.
    #[must_use]
    pub fn digest(&self) -> String {
        let mut hash = Sha256::new();
        hash.update(self.text.as_bytes());
        for button in &self.buttons {
            hash.update([0]);
            hash.update(button.label().as_bytes());
        }
        HEXLOWER.encode(&hash.finalize()[..8])
    }
}
