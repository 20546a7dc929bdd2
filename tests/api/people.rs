//! Users, passwords, sessions, second factors and API tokens.

use std::sync::Arc;

use entity::enums::Role;
use sea_orm::{EntityTrait, PaginatorTrait};
use serde_json::{Value, json};
use warta::auth::actor::Actor;
use warta::domain::session;

use crate::support::person::{Mailbox, PASSWORD, email, link_in};
use crate::support::{Options, TestApp, codes, data, mutation, user_errors};

const ME: &str = "{ me { name role hasSecondFactor sessions { id isCurrent } } }";

async fn is_in(app: &TestApp, secret: &str) -> bool {
    app.send_with(Some(secret), "{ me { name } }", json!({})).await.status() == 200
}

async fn call(app: &TestApp, secret: &str, name: &str, selection: &str, input: Value) -> Value {
    data(app.answer_with(secret, &mutation(name, selection), json!({"input": input})).await)[name].clone()
}

async fn set_password(app: &TestApp, token: &str, password: &str) -> Value {
    let input = json!({"input": {"token": token, "password": password}});
    data(app.answer(None, &mutation("passwordSet", "user { email hasPassword }"), input).await)["passwordSet"].clone()
}

#[tokio::test]
async fn who_is_invited_sets_a_password_signs_in_and_out() {
    let mailbox = Arc::new(Mailbox::default());
    let app = TestApp::with(Options { mailer: Some(Arc::clone(&mailbox) as _), ..Options::default() }).await;
    let admin = app.person("Ani", Role::Admin).await;
    let invite = json!({"name": "Siti Aminah", "email": "Siti@Contoh.id", "role": "AUTHOR"});
    let invited = call(&app, &admin, "userInvite", "token expiresAt user { name email role status hasPassword }", invite.clone()).await;
    let user = json!({"name": "Siti Aminah", "email": "siti@contoh.id", "role": "AUTHOR", "status": "ACTIVE", "hasPassword": false});
    assert_eq!((&invited["user"], &invited["expiresAt"]), (&user, &json!("2015-01-08T01:00:00Z")));
    let again = call(&app, &admin, "userInvite", "token", invite).await;
    assert_eq!(user_errors(&again), [("email".to_owned(), "TAKEN".to_owned())]);

    app.deliver().await;
    let mails = mailbox.take();
    assert_eq!((mails.len(), mails[0].address.as_str()), (1, "siti@contoh.id"));
    let returned = invited["token"].as_str().unwrap();
    assert_ne!(link_in(&mails[0]), returned, "the mail carries a link of its own");
    let set = set_password(&app, &link_in(&mails[0]), PASSWORD).await;
    assert_eq!(set["user"], json!({"email": "siti@contoh.id", "hasPassword": true}));
    for used in [returned, &link_in(&mails[0])] {
        let again = set_password(&app, used, "sembilan ular naik becak").await;
        assert_eq!(user_errors(&again), [("token".to_owned(), "INVALID".to_owned())], "every link ends with the first that is used");
    }
    let secret = app.try_sign_in(json!({"email": " SITI@contoh.id", "password": PASSWORD})).await;
    let secret = secret["data"]["sessionCreate"]["token"].as_str().unwrap().to_owned();
    let me = data(app.answer_with(&secret, ME, json!({})).await)["me"].clone();
    assert_eq!((&me["name"], &me["role"], &me["sessions"][0]["isCurrent"]), (&json!("Siti Aminah"), &json!("AUTHOR"), &json!(true)));
    assert_eq!(call(&app, &secret, "sessionRevoke", "isRevoked", json!({})).await["isRevoked"], true);
    assert!(!is_in(&app, &secret).await);
}

#[tokio::test]
async fn passwords_are_judged_by_how_soon_they_are_guessed() {
    let app = TestApp::new().await;
    let secret = app.person("Budi Santoso", Role::Editor).await;
    let change = async |current: &str, new: &str| {
        user_errors(&call(&app, &secret, "passwordChange", "user { id }", json!({"currentPassword": current, "newPassword": new})).await)
    };
    for weak in ["Password1!", "budi.santoso@contoh.id", "budisantosowarta1", "qwertyuiop123"] {
        assert_eq!(change(PASSWORD, weak).await, [("newPassword".to_owned(), "WEAK".to_owned())], "{weak}");
    }
    assert_eq!(change(PASSWORD, &"x".repeat(257)).await, [("newPassword".to_owned(), "TOO_LONG".to_owned())]);
    assert_eq!(change(PASSWORD, "").await, [("newPassword".to_owned(), "REQUIRED".to_owned())]);
    assert_eq!(change("bukan ini", "sembilan ular naik becak").await, [("currentPassword".to_owned(), "INVALID".to_owned())]);
    app.sign_in("Budi Santoso").await;
    assert_eq!(change(PASSWORD, "sembilan ular naik becak").await, []);
    let old = app.try_sign_in(json!({"email": email("Budi Santoso"), "password": PASSWORD})).await;
    assert_eq!(user_errors(&old["data"]["sessionCreate"]), [("password".to_owned(), "WRONG_CREDENTIALS".to_owned())]);
}

#[tokio::test]
async fn log_out_password_change_suspension_and_a_new_role_hold_from_the_next_request_on() {
    let app = TestApp::new().await;
    let admin = app.person("Ani", Role::Admin).await;
    let id = app.account("Joko", Role::Editor).await;
    let (one, two) = (app.sign_in("Joko").await, app.sign_in("Joko").await);
    let new = json!({"currentPassword": PASSWORD, "newPassword": "sembilan ular naik becak"});
    call(&app, &one, "passwordChange", "user { id }", new).await;
    assert_eq!((is_in(&app, &one).await, is_in(&app, &two).await), (true, false), "the others end");

    call(&app, &admin, "userUpdate", "user { role }", json!({"id": id, "role": "MODERATOR"})).await;
    let create = app.answer_with(&one, &mutation("articleCreate", "article { id }"), json!({"input": {"title": "Baru"}})).await;
    assert_eq!(codes(&create), ["FORBIDDEN"]);
    call(&app, &admin, "userSuspend", "user { status }", json!({"id": id})).await;
    assert!(!is_in(&app, &one).await);
    let kept_out = app.try_sign_in(json!({"email": email("Joko"), "password": "sembilan ular naik becak"})).await;
    assert_eq!(user_errors(&kept_out["data"]["sessionCreate"]), [("password".to_owned(), "WRONG_CREDENTIALS".to_owned())]);
    call(&app, &admin, "userActivate", "user { status }", json!({"id": id})).await;
    assert!(!is_in(&app, &one).await, "old sessions stay ended");
    let back = app.try_sign_in(json!({"email": email("Joko"), "password": "sembilan ular naik becak"})).await;
    let back = back["data"]["sessionCreate"]["token"].as_str().unwrap().to_owned();

    let others = [app.person("Wati", Role::Author).await, back];
    let foreign = data(app.answer_with(&others[0], ME, json!({})).await)["me"]["sessions"][0]["id"].clone();
    let refused = call(&app, &others[1], "sessionRevoke", "isRevoked", json!({"id": foreign})).await;
    assert_eq!(user_errors(&refused), [("id".to_owned(), "NOT_FOUND".to_owned())], "nobody ends somebody else's session");
    assert!(is_in(&app, &others[0]).await);
    let all = data(app.answer_with(&others[0], "mutation { sessionRevokeAll { count } }", json!({})).await);
    assert_eq!(all["sessionRevokeAll"]["count"], 1);
    assert!(!is_in(&app, &others[0]).await);
}

#[tokio::test]
async fn a_session_ends_when_it_is_not_used_and_after_its_time() {
    let app = TestApp::new().await;
    let secret = app.person("Ani", Role::Admin).await;
    for _ in 0..59 {
        app.clock.advance(11 * 3_600_000);
        assert!(is_in(&app, &secret).await, "each use counts");
    }
    app.clock.advance(12 * 3_600_000);
    assert!(!is_in(&app, &secret).await, "half a day without use");
    let secret = app.sign_in("Ani").await;
    for _ in 0..65 {
        app.clock.advance(11 * 3_600_000);
        is_in(&app, &secret).await;
    }
    app.clock.advance(6 * 3_600_000);
    assert!(!is_in(&app, &secret).await, "30 days whatever happens");
    warta::domain::session::tidy(&app.domain).await.unwrap();
    assert_eq!(entity::session::Entity::find().count(app.domain.db.read()).await.unwrap(), 0);
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
    let elsewhere = ask("mutation { sessionRevoke { isRevoked } }", &[("cookie", &pair), ("host", "redaksi.contoh.id")]).await;
    let cleared = elsewhere.headers()["set-cookie"].to_str().unwrap().to_owned();
    assert!(cleared.starts_with("warta_session=;") && cleared.contains("Max-Age=0") && cleared.contains("Secure"), "{cleared}");
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
    let stolen = call(&app, &secret, "secondFactorBegin", "secret", json!({"password": "bukan"})).await;
    assert_eq!(user_errors(&stolen), [("password".to_owned(), "INVALID".to_owned())], "a session alone keeps nobody out");
    let begin = call(&app, &secret, "secondFactorBegin", "secret address", json!({"password": PASSWORD})).await;
    let shared = begin["secret"].as_str().unwrap().to_owned();
    assert!(begin["address"].as_str().unwrap().starts_with("otpauth://totp/Warta"), "{begin}");
    assert!(app.sign_in("Joko").await.starts_with("warta_session_"), "not asked for before it is confirmed");

    let code = |at: i64| authenticator(&shared, at);
    let wrong = call(&app, &secret, "secondFactorConfirm", "recoveryCodes", json!({"code": "000000"})).await;
    assert_eq!(user_errors(&wrong), [("code".to_owned(), "INVALID".to_owned())]);
    let confirmed = call(&app, &secret, "secondFactorConfirm", "recoveryCodes", json!({"code": code(0)})).await;
    let recovery: Vec<&str> = confirmed["recoveryCodes"].as_array().unwrap().iter().map(|code| code.as_str().unwrap()).collect();
    assert_eq!(recovery.len(), 10);
    assert_eq!((is_in(&app, &secret).await, is_in(&app, &other).await), (true, false), "who came with the password alone comes again");

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

    let refused = call(&app, &secret, "secondFactorRemove", "user { id }", json!({"password": "bukan"})).await;
    assert_eq!(user_errors(&refused), [("password".to_owned(), "INVALID".to_owned())]);
    call(&app, &admin, "userRemoveSecondFactor", "user { hasSecondFactor }", json!({"id": id})).await;
    assert_eq!(sign_in(json!(null)).await, "IN");
}

/// The code that an authenticator shows so many milliseconds after the tests' moment.
fn authenticator(shared: &str, after: i64) -> String {
    let secret = totp_rs::Secret::try_from_base32(shared).unwrap();
    let totp = totp_rs::Builder::new().with_secret(secret).with_account_name("siapa").build().unwrap();
    totp.generate(u64::try_from((crate::support::NOW + after) / 1_000).unwrap()).to_string()
}

#[tokio::test]
async fn somebody_stays_who_is_an_admin() {
    let app = TestApp::new().await;
    let secret = app.person("Ani", Role::Admin).await;
    let me = data(app.answer_with(&secret, "{ users { totalCount nodes { id } } }", json!({})).await)["users"].clone();
    assert_eq!(me["totalCount"], 1);
    let id = me["nodes"][0]["id"].clone();
    let before = app.written().await;
    for (name, input) in [("userSuspend", json!({"id": id})), ("userUpdate", json!({"id": id, "role": "EDITOR"}))] {
        let payload = call(&app, &secret, name, "user { id }", input).await;
        assert_eq!(user_errors(&payload), [("id".to_owned(), "NOT_ALLOWED".to_owned())], "{name}");
    }
    assert_eq!(app.written().await, before);
    let other = app.account("Budi", Role::Admin).await;
    // Both at once must not leave nobody.
    let suspend = mutation("userSuspend", "user { id }");
    let both = tokio::join!(
        app.answer_with(&secret, &suspend, json!({"input": {"id": id}})),
        app.answer(Some(Role::Admin), &suspend, json!({"input": {"id": other}}))
    );
    let errors = [&both.0, &both.1].map(|answer| user_errors(&answer["data"]["userSuspend"]).len());
    assert_eq!(errors.iter().sum::<usize>(), 1, "{both:?}");
}

#[tokio::test]
async fn nobody_hands_on_what_they_do_not_have() {
    let app = TestApp::new().await;
    let ani = app.account("Ani", Role::Admin).await;
    let make = async |secret: &str, input: Value| call(&app, secret, "apiTokenCreate", "secret", input).await;
    let admin = app.token(Role::Admin).await;
    let scopes = json!(["MANAGE_TOKENS", "MANAGE_USERS", "MODERATE_COMMENTS"]);
    let narrow = make(&admin, json!({"name": "sempit", "role": "ADMIN", "scopes": scopes})).await["secret"].as_str().unwrap().to_owned();
    let before = app.written().await;
    for input in [json!({"name": "a", "role": "ADMIN"}), json!({"name": "a", "role": "ADMIN", "scopes": ["PURGE"]})] {
        assert_eq!(user_errors(&make(&narrow, input).await), [("scopes".to_owned(), "INVALID".to_owned())]);
    }
    let new = json!({"name": "Siti", "email": "siti@contoh.id", "role": "EDITOR"});
    for (name, input) in [
        ("userInvite", new),
        ("userRenewLink", json!({"id": ani})),
        ("userUpdate", json!({"id": ani, "email": "lain@contoh.id"})),
        ("userSuspend", json!({"id": ani})),
        ("userRemoveSecondFactor", json!({"id": ani})),
    ] {
        let answer = app.answer_with(&narrow, &mutation(name, "user { id }"), json!({"input": input})).await;
        assert_eq!(codes(&answer), ["FORBIDDEN"], "{name}");
    }
    assert_eq!(app.written().await, before);
    let less = make(&narrow, json!({"name": "moderator", "role": "MODERATOR"})).await;
    assert_eq!(user_errors(&less), [], "what they have they may hand on");
}

#[tokio::test]
async fn a_link_that_went_to_a_wrong_address_ends_when_the_address_is_mended() {
    let mailbox = Arc::new(Mailbox::default());
    let app = TestApp::with(Options { mailer: Some(Arc::clone(&mailbox) as _), ..Options::default() }).await;
    let admin = app.token(Role::Admin).await;
    let invite = json!({"name": "Siti Aminah", "email": "siti@contho.id", "role": "EDITOR"});
    let invited = call(&app, &admin, "userInvite", "token user { id }", invite).await;
    app.deliver().await;
    let stranger = link_in(&mailbox.take()[0]);
    call(&app, &admin, "userUpdate", "user { id }", json!({"id": invited["user"]["id"], "email": "siti@contoh.id"})).await;
    for link in [stranger.as_str(), invited["token"].as_str().unwrap()] {
        assert_eq!(user_errors(&set_password(&app, link, PASSWORD).await), [("token".to_owned(), "INVALID".to_owned())]);
    }
    app.deliver().await;
    let mails = mailbox.take();
    assert_eq!((mails.len(), mails[0].address.as_str()), (1, "siti@contoh.id"), "the right one gets another");
    assert_eq!(user_errors(&set_password(&app, &link_in(&mails[0]), PASSWORD).await), []);
    // A lost password: the mail that waits for its server is sent, though the account had a password before.
    *mailbox.is_down.lock().unwrap() = true;
    app.clock.advance(1_000);
    call(&app, &admin, "userRenewLink", "user { id }", json!({"id": invited["user"]["id"]})).await;
    for _ in 0..4 {
        app.deliver().await;
        app.clock.advance(60_000);
    }
    *mailbox.is_down.lock().unwrap() = false;
    app.deliver().await;
    assert_eq!(mailbox.take().len(), 1);
}

#[tokio::test]
async fn a_lost_password_is_mended_by_mail_and_strangers_learn_nothing() {
    let mailbox = Arc::new(Mailbox::default());
    let app = TestApp::with(Options { mailer: Some(Arc::clone(&mailbox) as _), ..Options::default() }).await;
    app.account("Ani", Role::Admin).await;
    let secret = app.sign_in("Ani").await;
    let ask =
        async |email: &str| app.answer(None, &mutation("passwordRequestReset", "isRequested"), json!({"input": {"email": email}})).await;
    assert_eq!(ask("tiada@contoh.id").await, ask(&email("Ani")).await);
    *mailbox.is_down.lock().unwrap() = true;
    app.deliver().await;
    assert!(mailbox.take().is_empty());
    *mailbox.is_down.lock().unwrap() = false;
    app.clock.advance(5_000);
    app.deliver().await;
    let mails = mailbox.take();
    assert_eq!((mails.len(), mails[0].address.as_str()), (1, "ani@contoh.id"), "it waits for the mail server");
    app.clock.advance(3_600_000);
    let late = set_password(&app, &link_in(&mails[0]), "sembilan ular naik becak").await;
    assert_eq!(user_errors(&late), [("token".to_owned(), "INVALID".to_owned())], "an hour is over");
    ask(&email("Ani")).await;
    app.deliver().await;
    let link = link_in(&mailbox.take()[0]);
    assert!(is_in(&app, &secret).await);
    assert_eq!(user_errors(&set_password(&app, &link, "sembilan ular naik becak").await), []);
    assert!(!is_in(&app, &secret).await, "all sessions end");
    for bad in ["", "ani", "ani@"] {
        assert_eq!(user_errors(&ask(bad).await["data"]["passwordRequestReset"]), [("email".to_owned(), "INVALID".to_owned())]);
    }
    for _ in 0..10 {
        ask("tiada@contoh.id").await;
    }
    assert_eq!(codes(&ask("tiada@contoh.id").await), ["THROTTLED"]);
}

#[tokio::test]
async fn tokens_are_narrowed_by_their_scopes_and_by_their_user() {
    let app = TestApp::new().await;
    let admin = app.person("Ani", Role::Admin).await;
    let user = app.account("Joko", Role::Author).await;
    let make = async |input: Value| call(&app, &admin, "apiTokenCreate", "secret apiToken { id scopes }", input).await;
    let made = make(json!({"name": "situs", "role": "EDITOR", "scopes": ["READ_UNPUBLISHED"]})).await;
    let secret = made["secret"].as_str().unwrap().to_owned();
    assert_eq!(made["apiToken"]["scopes"], json!(["READ_UNPUBLISHED"]));
    let viewer = "{ viewer { role permissions viewerCanReadUnpublished viewerCanManageEntries } me { id } }";
    let seen = data(app.answer_with(&secret, viewer, json!({})).await);
    let expected = json!({
        "role": "EDITOR", "permissions": ["READ_UNPUBLISHED"], "viewerCanReadUnpublished": true, "viewerCanManageEntries": false
    });
    assert_eq!(seen, json!({"viewer": expected, "me": null}));
    let create = mutation("articleCreate", "article { id }");
    assert_eq!(codes(&app.answer_with(&secret, &create, json!({"input": {"title": "Baru"}})).await), ["FORBIDDEN"]);

    let bound = make(json!({"name": "joko", "role": "ADMIN", "userId": user})).await["secret"].as_str().unwrap().to_owned();
    let seen = data(app.answer_with(&bound, "{ viewer { permissions } }", json!({})).await);
    assert_eq!(seen["viewer"]["permissions"], json!(["READ_UNPUBLISHED", "WRITE_OWN_DRAFTS"]), "no more than the user may");
    call(&app, &admin, "userSuspend", "user { id }", json!({"id": user})).await;
    assert!(!is_in(&app, &bound).await);

    for (bad, field, code) in [
        (json!({"name": "a", "role": "AUTHOR", "scopes": ["PURGE"]}), "scopes", "INVALID"),
        (json!({"name": "a", "role": "AUTHOR", "scopes": []}), "scopes", "REQUIRED"),
        (json!({"name": " ", "role": "AUTHOR"}), "name", "REQUIRED"),
        (json!({"name": "a", "role": "AUTHOR", "expiresAt": "2014-01-01T00:00:00Z"}), "expiresAt", "INVALID"),
        (json!({"name": "a", "role": "AUTHOR", "userId": made["apiToken"]["id"]}), "userId", "NOT_FOUND"),
    ] {
        assert_eq!(user_errors(&make(bad.clone()).await), [(field.to_owned(), code.to_owned())], "{bad}");
    }
    let listed =
        data(app.answer_with(&admin, "{ apiTokens { totalCount nodes { name lastUsedAt revokedAt user { name } } } }", json!({})).await);
    let joko = json!({"name": "joko", "lastUsedAt": "2015-01-01T01:00:00Z", "revokedAt": null, "user": {"name": "Joko"}});
    assert_eq!((&listed["apiTokens"]["totalCount"], &listed["apiTokens"]["nodes"][0]), (&json!(2), &joko));
    call(&app, &admin, "apiTokenRevoke", "deletedId", json!({"id": made["apiToken"]["id"]})).await;
    assert!(!is_in(&app, &secret).await);
}
