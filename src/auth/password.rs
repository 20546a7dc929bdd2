//! Passwords: hashed with argon2id, and judged by how soon they would be guessed.

use std::sync::LazyLock;

use argon2::Argon2;
use argon2::password_hash::phc::PasswordHash;
use argon2::password_hash::{PasswordHasher, PasswordVerifier};
use tokio::sync::Semaphore;
use zxcvbn::{Score, zxcvbn};

/// Longest password in characters.
pub const LONGEST: usize = 256;
/// Characters of a password that its strength is judged by: the time that takes grows with their square.
const JUDGED: usize = 72;
/// Passwords that are hashed at a time; each takes 19 MiB.
static HASHING: Semaphore = Semaphore::const_new(4);
/// Stands in for the password of an account that does not exist, so that looking for it takes as long.
static NOBODY: LazyLock<Option<String>> = LazyLock::new(|| hash_now("nobody").ok());

/// The hash of a password in PHC form, with a fresh salt.
pub async fn hash(password: String) -> anyhow::Result<String> {
    let _permit = HASHING.acquire().await?;
    tokio::task::spawn_blocking(move || hash_now(&password)).await?
}

fn hash_now(password: &str) -> anyhow::Result<String> {
    let hash = Argon2::default().hash_password(password.as_bytes());
    Ok(hash.map_err(|error| anyhow::anyhow!("a password could not be hashed: {error}"))?.to_string())
}

/// Whether `password` has the hash `hash`. Without a hash it takes as long and is false.
pub async fn verify(password: String, hash: Option<String>) -> anyhow::Result<bool> {
    let _permit = HASHING.acquire().await?;
    let is_known = hash.is_some();
    let verified = tokio::task::spawn_blocking(move || {
        let hash = hash.as_ref().or(NOBODY.as_ref());
        let parsed = hash.and_then(|hash| PasswordHash::new(hash).ok());
        parsed.is_some_and(|hash| Argon2::default().verify_password(password.as_bytes(), &hash).is_ok())
    });
    Ok(verified.await? && is_known)
}

/// Whether a password takes more than about a hundred million guesses (score 3 of zxcvbn), by somebody who knows `words`
/// that its owner is likely to use. What is left without those words must take a million by itself: zxcvbn holds a row of
/// known words for better than it is.
pub async fn is_strong(password: String, words: Vec<String>) -> anyhow::Result<bool> {
    let judged = tokio::task::spawn_blocking(move || {
        let start: String = password.chars().take(JUDGED).collect();
        let known: Vec<&str> = words.iter().map(String::as_str).collect();
        if zxcvbn(&start, &known).score() < Score::Three {
            return false;
        }
        let mut rest = start.to_lowercase();
        for word in &known {
            rest = rest.replace(word, "");
        }
        zxcvbn(&rest, &[]).guesses_log10() >= 6.0
    });
    Ok(judged.await?)
}

#[cfg(test)]
mod tests {
    use super::{hash, is_strong, verify};

    #[tokio::test]
    async fn a_password_fits_its_own_hash_alone() {
        let hashed = hash("tiga kuda minum kopi".into()).await.unwrap();
        assert!(hashed.starts_with("$argon2id$"));
        assert!(verify("tiga kuda minum kopi".into(), Some(hashed.clone())).await.unwrap());
        assert!(!verify("tiga kuda minum teh".into(), Some(hashed)).await.unwrap());
        assert!(!verify("nobody".into(), None).await.unwrap());
        assert!(!verify("nobody".into(), Some("no hash".into())).await.unwrap());
    }

    #[tokio::test]
    async fn weak_passwords_are_found_out() {
        for weak in ["", "password1!", "Admin123$", "qwertyuiop", "bantaeng2011"] {
            assert!(!is_strong(weak.into(), vec!["bantaeng".into()]).await.unwrap(), "{weak}");
        }
        assert!(is_strong("tiga kuda minum kopi".into(), vec![]).await.unwrap());
        assert!(!is_strong("sitiaminahkabarmitra1".into(), vec!["siti".into(), "aminah".into(), "kabarmitra".into()]).await.unwrap());
        assert!(is_strong("siti tiga kuda minum kopi".into(), vec!["siti".into()]).await.unwrap());
    }
}
