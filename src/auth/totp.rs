//! The second factor: codes that change each half minute (RFC 6238), and recovery codes for when they are lost.

use totp_rs::{Builder, Secret, Totp};

/// Bytes of a shared secret, as RFC 4226 recommends.
const SECRET_BYTES: usize = 20;
/// Letters of recovery codes: none that is taken for another.
const LETTERS: &[u8; 31] = b"abcdefghjkmnpqrstuvwxyz23456789";
/// How many recovery codes somebody gets.
pub const RECOVERY_CODES: usize = 10;

/// Makes a shared secret.
pub fn new_secret() -> Result<Vec<u8>, getrandom::Error> {
    let mut bytes = vec![0; SECRET_BYTES];
    getrandom::fill(&mut bytes)?;
    Ok(bytes)
}

fn totp(secret: &[u8], site: &str, account: &str) -> Option<Totp> {
    let without_colon = |text: &str| text.replace(':', " ");
    let builder = Builder::new().with_secret(Secret::from(secret.to_vec()));
    builder.with_issuer(Some(without_colon(site))).with_account_name(without_colon(account)).build().ok()
}

/// The secret as people type it into an authenticator, and as its camera reads it (an `otpauth:` address).
pub fn shown(secret: &[u8], site: &str, account: &str) -> Option<(String, String)> {
    let totp = totp(secret, site, account)?;
    Some((totp.secret().to_base32(), totp.to_url().ok()?))
}

/// The time step that `code` belongs to, if it is right within one step of `now` in seconds.
pub fn step(secret: &[u8], code: &str, now: u64) -> Option<i64> {
    let digits: String = code.chars().filter(|c| !c.is_whitespace()).collect();
    i64::try_from(totp(secret, "Warta", "account")?.check(&digits, now)?).ok()
}

/// Makes a recovery code of 74 bits.
pub fn new_recovery_code() -> Result<String, getrandom::Error> {
    let mut bytes = [0_u8; 15];
    getrandom::fill(&mut bytes)?;
    let letters = bytes.iter().map(|byte| char::from(LETTERS[usize::from(*byte) % LETTERS.len()]));
    Ok(letters.enumerate().flat_map(|(at, letter)| (at % 5 == 0 && at > 0).then_some('-').into_iter().chain([letter])).collect())
}

/// A recovery code as it is compared: without what people add or leave out.
pub fn plain_recovery_code(code: &str) -> String {
    code.chars().filter(|c| c.is_ascii_alphanumeric()).map(|c| c.to_ascii_lowercase()).collect()
}

#[cfg(test)]
mod tests {
    use super::{new_recovery_code, new_secret, plain_recovery_code, shown, step, totp};

    #[test]
    fn codes_are_right_for_a_minute_and_a_half() {
        let secret = new_secret().unwrap();
        let code = totp(&secret, "a", "b").unwrap().generate(1_000_000_000).to_string();
        let own = step(&secret, &code, 1_000_000_000).unwrap();
        assert_eq!(step(&secret, &format!(" {} {}", &code[..3], &code[3..]), 1_000_000_029), Some(own));
        assert_eq!(step(&secret, &code, 1_000_000_100), None);
        for bad in ["", "12345", "abcdef", "1234567890123"] {
            assert_eq!(step(&secret, bad, 1_000_000_000), None, "{bad}");
        }
    }

    #[test]
    fn the_code_of_the_standard_is_right() {
        // RFC 6238, appendix B: its code has eight digits, ours the last six of them.
        assert!(step(b"12345678901234567890", "287082", 59).is_some());
        let (text, address) = shown(b"12345678901234567890", "Kabar: Mitra", "siti@contoh.id").unwrap();
        assert_eq!(text, "GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ");
        assert!(address.starts_with("otpauth://totp/") && address.contains("siti"), "{address}");
    }

    #[test]
    fn recovery_codes_are_read_as_people_write_them() {
        let code = new_recovery_code().unwrap();
        assert_eq!(code.len(), 17, "{code}");
        assert_eq!(plain_recovery_code(&format!(" {} ", code.to_uppercase())), code.replace('-', ""));
    }
}
