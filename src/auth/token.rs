//! Secrets that let their bearer in: 256 random bits, known to the server by their hash alone.

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use sha2::{Digest, Sha256};

/// What every secret begins with, so that leaked ones can be recognised.
pub const PREFIX: &str = "warta_";
/// What the secret of a session begins with.
pub const SESSION_PREFIX: &str = "warta_session_";
/// What the secret of a one-time link begins with.
pub const LINK_PREFIX: &str = "warta_link_";
/// What the receipt of a comment begins with.
pub const RECEIPT_PREFIX: &str = "warta_receipt_";

/// Makes a new secret. Fails when the system has no randomness to give.
pub fn generate(prefix: &str) -> Result<String, getrandom::Error> {
    let mut bytes = [0_u8; 32];
    getrandom::fill(&mut bytes)?;
    Ok(format!("{prefix}{}", URL_SAFE_NO_PAD.encode(bytes)))
}

/// The SHA-256 of a secret in hexadecimal: what the database keeps. The secret is random, so a slow hash would add nothing.
pub fn hash(secret: &str) -> String {
    Sha256::digest(secret.as_bytes()).iter().map(|byte| format!("{byte:02x}")).collect()
}

#[cfg(test)]
mod tests {
    use super::{PREFIX, generate, hash};

    #[test]
    fn secrets_differ_and_hash_to_hexadecimal() {
        let (one, two) = (generate(PREFIX).unwrap(), generate(PREFIX).unwrap());
        assert_ne!(one, two);
        assert!(one.starts_with(PREFIX) && one.len() > 40);
        assert_eq!(hash("warta").len(), 64);
    }
}
