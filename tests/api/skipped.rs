//! Says what this run leaves out.

use std::io::Write;

use crate::support::database::postgres_url;

#[test]
fn what_is_left_out_is_said() {
    let meilisearch = std::env::var("WARTA_TEST_MEILISEARCH_URL").is_ok_and(|url| !url.is_empty());
    let skipped = [
        (postgres_url().is_none(), "PostgreSQL: set WARTA_TEST_DATABASE_URL to run this suite on it"),
        (!meilisearch, "a live Meilisearch: set WARTA_TEST_MEILISEARCH_URL (and _KEY); recorded answers are replayed"),
    ];
    for (_, line) in skipped.iter().filter(|(is_skipped, _)| *is_skipped) {
        // Written past the capture of test output, so that it is seen when all goes well.
        writeln!(std::io::stderr(), "skipped: {line}").unwrap();
    }
}
