//! Messages signed with a key of the site: HMAC with SHA-256 (RFC 2104).

use hmac::{Hmac, KeyInit, Mac};
use sha2::Sha256;

fn mac(key: &[u8], message: &[u8]) -> Option<Hmac<Sha256>> {
    let mut mac = Hmac::<Sha256>::new_from_slice(key).ok()?;
    mac.update(message);
    Some(mac)
}

/// The signature of a message. HMAC takes keys of any length.
pub fn sign(key: &[u8], message: &[u8]) -> Vec<u8> {
    mac(key, message).map(|mac| mac.finalize().into_bytes().to_vec()).unwrap_or_default()
}

/// Whether `signature` is that of the message; takes the same time whatever is wrong with it.
pub fn is_signed(key: &[u8], message: &[u8], signature: &[u8]) -> bool {
    mac(key, message).is_some_and(|mac| mac.verify_slice(signature).is_ok())
}

#[cfg(test)]
mod tests {
    use super::{is_signed, sign};

    #[test]
    fn a_signature_fits_its_message_and_key_alone() {
        let signature = sign(b"key", b"message");
        assert!(is_signed(b"key", b"message", &signature));
        assert!(!is_signed(b"kez", b"message", &signature));
        assert!(!is_signed(b"key", b"massage", &signature));
        assert!(!is_signed(b"key", b"message", &signature[..31]) && !is_signed(b"key", b"message", b""));
    }
}
