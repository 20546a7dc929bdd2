//! Sessions, cookies, throttling and the second factor.

use entity::enums::Role;
use sea_orm::EntityTrait;
use serde_json::{Value, json};
use warta::auth::actor::Actor;
use warta::db::Read;
use warta::domain::session;

use crate::support::person::{PASSWORD, email};
use crate::support::{Options, TestApp, codes, data, mutation, user_errors};

#[tokio::test]
async fn a_session_ends_when_it_is_not_used_and_after_its_time() {
    let app = TestApp::new().await;
    let secret = app.person("Ani", Role::Admin).await;
    for _ in 0..59 {
        app.clock.advance(11 * 3_600_000);
        assert!(app.is_in(&secret).await, "each use counts");
    }
    app.clock.advance(12 * 3_600_000);
    assert!(!app.is_in(&secret).await, "half a day without use");
    let secret = app.sign_in("Ani").await;
    for _ in 0..65 {
        app.clock.advance(11 * 3_600_000);
        app.is_in(&secret).await;
    }
    app.clock.advance(6 * 3_600_000);
    assert!(!app.is_in(&secret).await, "30 days whatever happens");
    warta::domain::session::tidy(&app.domain).await.unwrap();
    assert_eq!(entity::session::Entity::find().number(app.domain.db.write()).await.unwrap(), 0);
}

#[tokio::test]
async fn signing_in_is_throttled_and_tells_nothing_of_accounts() {
    let app = TestApp::new().await;
    app.account("Ani", Role::Admin).await;
    for name in ["Ani", "Tiada"] {
        let wrong = json!({"email": email(name), "password": "bukan sandi yang benar"});
        let first = app.try_sign_in(wrong.clone()).await;
        assert_eq!(user_errors(&first["data"]["sessionCreate"]), [("password".to_owned(), "WRONG_CREDENTIALS".to_owned())]);
        // All at once, so that none slips through between counting and trying.
        let more = futures_util::future::join_all((0..20).map(|_| app.try_sign_in(wrong.clone()))).await;
        let refused = more.iter().filter(|answer| codes(answer) == ["THROTTLED"]).count();
        assert_eq!(refused, 11, "ten tries in a quarter of an hour for {name}");
        assert!(more.iter().all(|answer| codes(answer) == ["THROTTLED"] || answer["data"] == first["data"]));
    }
    let right = json!({"email": email("Ani"), "password": PASSWORD});
    let locked = app.try_sign_in(right.clone()).await;
    assert_eq!(codes(&locked), ["THROTTLED"]);
    assert!(locked["errors"][0]["extensions"]["retryAfter"].as_u64().unwrap() <= 900);
    // Its owner comes in from elsewhere, all the same.
    let elsewhere = Actor { address: Some("10.0.0.9".to_owned()), ..Actor::public() };
    let credentials = session::Credentials { email: email("Ani"), password: PASSWORD.to_owned(), code: None };
    assert_eq!(session::create(&app.domain, &elsewhere, credentials).await.unwrap().user.name, "Ani");
    app.clock.advance(900_001);
    assert_eq!(app.try_sign_in(right).await["data"]["sessionCreate"]["user"]["name"], "Ani");
    let log = "{ auditLog(filter: {action: \"user.sign_in_failed\"}) { totalCount nodes { actorKind address } } }";
    let log = data(app.answer(Some(Role::Admin), log, json!({})).await)["auditLog"].clone();
    assert_eq!((&log["totalCount"], &log["nodes"][0]), (&json!(20), &json!({"actorKind": "public", "address": "127.0.0.1"})));
}

#[tokio::test]
async fn a_subscriber_of_ipv6_is_one_address() {
    let app = TestApp::with(Options { configure: Some(|config| config.limits.sign_ins_per_address = 5), ..Options::default() }).await;
    let attempt = async |number: u32, network: &str| {
        let actor = Actor { address: Some(format!("{network}::{number:x}")), ..Actor::public() };
        let credentials = session::Credentials { email: format!("a{number}@b.id"), password: "x".to_owned(), code: None };
        matches!(session::create(&app.domain, &actor, credentials).await, Err(warta::domain::Error::Throttled { .. }))
    };
    for number in 1..=5 {
        assert!(!attempt(number, "2001:db8:1:2").await);
    }
    assert_eq!((attempt(6, "2001:db8:1:2").await, attempt(7, "2001:db8:1:3").await), (true, false));
}

#[tokio::test]
async fn one_address_may_not_try_many_accounts() {
    let app = TestApp::with(Options { configure: Some(|config| config.limits.sign_ins_per_address = 5), ..Options::default() }).await;
    for number in 0..5 {
        let answer = app.try_sign_in(json!({"email": format!("a{number}@b.id"), "password": "x"})).await;
        assert_eq!(codes(&answer), Vec::<&str>::new());
    }
    assert_eq!(codes(&app.try_sign_in(json!({"email": "a6@b.id", "password": "x"})).await), ["THROTTLED"]);
    for bad in [json!({"email": "", "password": "x"}), json!({"email": "a@b.id", "password": "x".repeat(10_000)})] {
        let answer = app.try_sign_in(bad).await;
        assert_eq!(user_errors(&answer["data"]["sessionCreate"]).len(), 1, "wrong forms are told before they count");
    }
}

#[tokio::test]
async fn a_browser_keeps_its_session_in_a_cookie_that_other_sites_cannot_use() {
    let app = TestApp::new().await;
    app.account("Ani", Role::Admin).await;
    let input = json!({"input": {"email": email("Ani"), "password": PASSWORD, "inCookie": true}});
    let answer = app.send(None, &mutation("sessionCreate", "token user { name }"), input).await;
    let cookie = answer.headers()["set-cookie"].to_str().unwrap().to_owned();
    for part in ["HttpOnly", "SameSite=Strict", "Path=/", "Max-Age=2592000"] {
        assert!(cookie.contains(part), "{cookie}");
    }
    assert!(!cookie.contains("Secure"), "on this machine there is no TLS");
    assert!(answer.text().await.unwrap().contains("\"token\":null"));
    let pair = cookie.split(';').next().unwrap().to_owned();
    let ask = async |query: &str, headers: &[(&'static str, &str)]| {
        let mut request = app.client.post(format!("{}/graphql", app.address)).header("content-type", "application/json");
        for (name, value) in headers {
            request = request.header(*name, *value);
        }
        request.body(json!({"query": query}).to_string()).send().await.unwrap()
    };
    let me = ask("{ me { name } }", &[("cookie", &format!("lain=1; {pair}")), ("origin", &app.address)]).await;
    assert!(me.text().await.unwrap().contains("Ani"));
    let foreign = ask("{ me { name } }", &[("cookie", &pair), ("origin", "https://jahat.example")]).await;
    assert_eq!(foreign.status(), 403);
    for site in ["cross-site", "same-site"] {
        let foreign = ask("{ me { name } }", &[("cookie", &pair), ("sec-fetch-site", site)]).await;
        assert_eq!(foreign.status(), 403, "{site}");
    }
    let revoke = "mutation { sessionRevoke { isRevoked } }";
    let unprefixed = ask(revoke, &[("cookie", &pair), ("host", "redaksi.contoh.id")]).await.text().await.unwrap();
    assert!(unprefixed.contains("UNAUTHENTICATED"), "elsewhere a cookie counts only with its prefix: {unprefixed}");
    let elsewhere = ask(revoke, &[("cookie", &format!("__Host-{pair}")), ("host", "redaksi.contoh.id")]).await;
    let cleared = elsewhere.headers()["set-cookie"].to_str().unwrap().to_owned();
    assert!(cleared.starts_with("__Host-warta_session=;") && cleared.contains("Max-Age=0") && cleared.contains("Secure"), "{cleared}");
    let ended = ask("{ me { name } viewer { role } }", &[("cookie", &pair)]).await;
    assert_eq!(ended.status(), 200, "a browser whose session has ended must be able to sign in again");
    assert!(ended.text().await.unwrap().contains("\"me\":null"));
}

#[tokio::test]
async fn a_second_factor_is_asked_for_and_each_code_counts_once() {
    let app = TestApp::new().await;
    let admin = app.person("Ani", Role::Admin).await;
    let id = app.account("Joko", Role::Editor).await;
    let (secret, other) = (app.sign_in("Joko").await, app.sign_in("Joko").await);
    let stolen = app.call(&secret, "secondFactorBegin", "secret", json!({"password": "bukan"})).await;
    assert_eq!(user_errors(&stolen), [("password".to_owned(), "INVALID".to_owned())], "a session alone keeps nobody out");
    let begin = app.call(&secret, "secondFactorBegin", "secret address", json!({"password": PASSWORD})).await;
    let shared = begin["secret"].as_str().unwrap().to_owned();
    assert!(begin["address"].as_str().unwrap().starts_with("otpauth://totp/Warta"), "{begin}");
    assert!(app.sign_in("Joko").await.starts_with("warta_session_"), "not asked for before it is confirmed");

    let code = |at: i64| authenticator(&shared, at);
    let wrong = app.call(&secret, "secondFactorConfirm", "recoveryCodes", json!({"code": "000000"})).await;
    assert_eq!(user_errors(&wrong), [("code".to_owned(), "INVALID".to_owned())]);
    let confirmed = app.call(&secret, "secondFactorConfirm", "recoveryCodes", json!({"code": code(0)})).await;
    let recovery: Vec<&str> = confirmed["recoveryCodes"].as_array().unwrap().iter().map(|code| code.as_str().unwrap()).collect();
    assert_eq!(recovery.len(), 10);
    assert_eq!((app.is_in(&secret).await, app.is_in(&other).await), (true, false), "who came with the password alone comes again");

    let sign_in = async |code: Value| {
        let answer = app.try_sign_in(json!({"email": email("Joko"), "password": PASSWORD, "code": code})).await;
        let payload = answer["data"]["sessionCreate"].clone();
        user_errors(&payload).first().map_or_else(|| "IN".to_owned(), |(_, code)| code.clone())
    };
    assert_eq!(sign_in(json!(null)).await, "SECOND_FACTOR_REQUIRED");
    assert_eq!(sign_in(json!(code(0))).await, "WRONG_CREDENTIALS", "it was used to confirm");
    app.clock.advance(30_000);
    let next = code(30_000);
    assert_eq!((sign_in(json!(next)).await, sign_in(json!(next)).await), ("IN".to_owned(), "WRONG_CREDENTIALS".to_owned()));
    assert_eq!((sign_in(json!(recovery[3])).await, sign_in(json!(recovery[3])).await), ("IN".to_owned(), "WRONG_CREDENTIALS".to_owned()));
    assert_eq!(sign_in(json!(recovery[4].to_uppercase().replace('-', " "))).await, "IN");

    let refused = app.call(&secret, "secondFactorRemove", "user { id }", json!({"password": "bukan"})).await;
    assert_eq!(user_errors(&refused), [("password".to_owned(), "INVALID".to_owned())]);
    app.call(&admin, "userRemoveSecondFactor", "user { hasSecondFactor }", json!({"id": id})).await;
    assert_eq!(sign_in(json!(null)).await, "IN");
}

/// The code that an authenticator shows so many milliseconds after the tests' moment.
fn authenticator(shared: &str, after: i64) -> String {
    let secret = totp_rs::Secret::try_from_base32(shared).unwrap();
    let totp = totp_rs::Builder::new().with_secret(secret).with_account_name("siapa").build().unwrap();
    totp.generate(u64::try_from((crate::support::NOW + after) / 1_000).unwrap()).to_string()
}
