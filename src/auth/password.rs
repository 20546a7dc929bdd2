//! Passwords: hashed with argon2id, and judged by how soon they would be guessed.

use std::sync::{Arc, LazyLock};

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
static HASHING: LazyLock<Arc<Semaphore>> = LazyLock::new(|| Arc::new(Semaphore::new(4)));
/// Passwords that may wait for their turn.
static WAITING: Semaphore = Semaphore::const_new(100);
/// Stands in for the password of an account that does not exist, so that looking for it takes as long.
static NOBODY: LazyLock<Option<String>> = LazyLock::new(|| hash_now("nobody").ok());

/// Why a password could not be looked at.
#[derive(Debug)]
pub enum PasswordError {
    /// Too many wait for their turn.
    Busy,
    Failed(anyhow::Error),
}

/// Does what takes long on a thread of its own, when it is its turn. It keeps its place until it is done, even when whoever
/// asked has gone.
async fn in_turn<T: Send + 'static>(work: impl FnOnce() -> anyhow::Result<T> + Send + 'static) -> Result<T, PasswordError> {
    let waiting = WAITING.try_acquire().map_err(|_| PasswordError::Busy)?;
    let permit = Arc::clone(&HASHING).acquire_owned().await.map_err(|error| PasswordError::Failed(error.into()))?;
    drop(waiting);
    let done = tokio::task::spawn_blocking(move || {
        let _permit = permit;
        work()
    });
    done.await.map_err(anyhow::Error::from).flatten().map_err(PasswordError::Failed)
}

/// The hash of a password in PHC form, with a fresh salt.
pub async fn hash(password: String) -> Result<String, PasswordError> {
    in_turn(move || hash_now(&password)).await
}

fn hash_now(password: &str) -> anyhow::Result<String> {
    let hash = Argon2::default().hash_password(password.as_bytes());
    Ok(hash.map_err(|error| anyhow::anyhow!("a password could not be hashed: {error}"))?.to_string())
}

/// Whether `password` has the hash `hash`. Without a hash it takes as long and is false.
pub async fn verify(password: String, hash: Option<String>) -> Result<bool, PasswordError> {
    in_turn(move || {
        let parsed = hash.as_ref().or(NOBODY.as_ref()).and_then(|hash| PasswordHash::new(hash).ok());
        let is_right = parsed.is_some_and(|parsed| Argon2::default().verify_password(password.as_bytes(), &parsed).is_ok());
        Ok(is_right && hash.is_some())
    })
    .await
}

/// Whether a password takes more than about a hundred million guesses (score 3 of zxcvbn), by somebody who knows `words`
/// that its owner is likely to use. What is left without those words must take a million by itself: zxcvbn holds a row of
/// known words for better than it is.
pub async fn is_strong(password: String, words: Vec<String>) -> Result<bool, PasswordError> {
    in_turn(move || {
        let start: String = password.chars().take(JUDGED).collect();
        let known: Vec<&str> = words.iter().map(String::as_str).collect();
        if zxcvbn(&start, &known).score() < Score::Three {
            return Ok(false);
        }
        let mut rest = start.to_lowercase();
        for word in &known {
            rest = rest.replace(word, "");
        }
        Ok(zxcvbn(&rest, &[]).guesses_log10() >= 6.0)
    })
    .await
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
