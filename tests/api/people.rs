//! Users, their passwords, what they may hand on, and API tokens.

use std::sync::Arc;

use entity::enums::{JobKind, Role};
use serde_json::{Value, json};
use warta::domain::{mail, outbox};

use crate::support::person::{Mailbox, PASSWORD, email, link_in};
use crate::support::{Options, TestApp, codes, data, mutation, user_errors};

const ME: &str = "{ me { name role hasSecondFactor sessions { id isCurrent } } }";

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
    let invited = app.call(&admin, "userInvite", "token expiresAt user { name email role status hasPassword }", invite.clone()).await;
    let user = json!({"name": "Siti Aminah", "email": "siti@contoh.id", "role": "AUTHOR", "status": "ACTIVE", "hasPassword": false});
    assert_eq!((&invited["user"], &invited["expiresAt"]), (&user, &json!("2015-01-08T01:00:00Z")));
    let again = app.call(&admin, "userInvite", "token", invite).await;
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
    assert_eq!(app.call(&secret, "sessionRevoke", "isRevoked", json!({})).await["isRevoked"], true);
    assert!(!app.is_in(&secret).await);
}

#[tokio::test]
async fn passwords_are_judged_by_how_soon_they_are_guessed() {
    let app = TestApp::new().await;
    let secret = app.person("Budi Santoso", Role::Editor).await;
    let change = async |current: &str, new: &str| {
        user_errors(&app.call(&secret, "passwordChange", "user { id }", json!({"currentPassword": current, "newPassword": new})).await)
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
    app.call(&one, "passwordChange", "user { id }", new).await;
    assert_eq!((app.is_in(&one).await, app.is_in(&two).await), (true, false), "the others end");

    app.call(&admin, "userUpdate", "user { role }", json!({"id": id, "role": "MODERATOR"})).await;
    let create = app.answer_with(&one, &mutation("articleCreate", "article { id }"), json!({"input": {"title": "Baru"}})).await;
    assert_eq!(codes(&create), ["FORBIDDEN"]);
    app.call(&admin, "userSuspend", "user { status }", json!({"id": id})).await;
    assert!(!app.is_in(&one).await);
    let kept_out = app.try_sign_in(json!({"email": email("Joko"), "password": "sembilan ular naik becak"})).await;
    assert_eq!(user_errors(&kept_out["data"]["sessionCreate"]), [("password".to_owned(), "WRONG_CREDENTIALS".to_owned())]);
    app.call(&admin, "userActivate", "user { status }", json!({"id": id})).await;
    assert!(!app.is_in(&one).await, "old sessions stay ended");
    let back = app.try_sign_in(json!({"email": email("Joko"), "password": "sembilan ular naik becak"})).await;
    let back = back["data"]["sessionCreate"]["token"].as_str().unwrap().to_owned();

    let others = [app.person("Wati", Role::Author).await, back];
    let foreign = data(app.answer_with(&others[0], ME, json!({})).await)["me"]["sessions"][0]["id"].clone();
    let refused = app.call(&others[1], "sessionRevoke", "isRevoked", json!({"id": foreign})).await;
    assert_eq!(user_errors(&refused), [("id".to_owned(), "NOT_FOUND".to_owned())], "nobody ends somebody else's session");
    assert!(app.is_in(&others[0]).await);
    let all = data(app.answer_with(&others[0], "mutation { sessionRevokeAll { count } }", json!({})).await);
    assert_eq!(all["sessionRevokeAll"]["count"], 1);
    assert!(!app.is_in(&others[0]).await);
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
        let payload = app.call(&secret, name, "user { id }", input).await;
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
    let make = async |secret: &str, input: Value| app.call(secret, "apiTokenCreate", "secret", input).await;
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
    let invited = app.call(&admin, "userInvite", "token user { id }", invite).await;
    app.deliver().await;
    let stranger = link_in(&mailbox.take()[0]);
    app.call(&admin, "userUpdate", "user { id }", json!({"id": invited["user"]["id"], "email": "siti@contoh.id"})).await;
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
    app.call(&admin, "userRenewLink", "user { id }", json!({"id": invited["user"]["id"]})).await;
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
    assert!(app.is_in(&secret).await);
    assert_eq!(user_errors(&set_password(&app, &link, "sembilan ular naik becak").await), []);
    assert!(!app.is_in(&secret).await, "all sessions end");
    for bad in ["", "ani", "ani@"] {
        assert_eq!(user_errors(&ask(bad).await["data"]["passwordRequestReset"]), [("email".to_owned(), "INVALID".to_owned())]);
    }
    for _ in 0..10 {
        ask("tiada@contoh.id").await;
    }
    assert_eq!(codes(&ask("tiada@contoh.id").await), ["THROTTLED"]);
}

#[tokio::test]
async fn a_mail_whose_sender_was_killed_goes_out_again_as_the_same_mail() {
    let mailbox = Arc::new(Mailbox::default());
    let app = TestApp::with(Options { mailer: Some(Arc::clone(&mailbox) as _), ..Options::default() }).await;
    app.account("Ani", Role::Admin).await;
    app.answer(None, &mutation("passwordRequestReset", "isRequested"), json!({"input": {"email": email("Ani")}})).await;
    // A worker that has sent the mail, and ends before it notes that.
    let jobs = outbox::claim(&app.domain, app.domain.clock.new_id(), &[JobKind::MailReset], 1).await.unwrap();
    mail::run(&app.domain, &jobs[0]).await.unwrap();
    app.deliver().await;
    app.clock.advance(outbox::LEASE_MS);
    app.deliver().await;
    let mails = mailbox.take();
    assert_eq!(mails.iter().map(|mail| mail.id).collect::<Vec<_>>(), [jobs[0].id, jobs[0].id], "who gets both can tell");
    app.deliver().await;
    assert!(mailbox.take().is_empty());
    // Whichever of the two is shown, its link is good.
    assert_eq!(user_errors(&set_password(&app, &link_in(&mails[0]), "sembilan ular naik becak").await), []);
    let late = set_password(&app, &link_in(&mails[1]), "sepuluh ular naik becak").await;
    assert_eq!(user_errors(&late), [("token".to_owned(), "INVALID".to_owned())], "once");
}

#[tokio::test]
async fn tokens_are_narrowed_by_their_scopes_and_by_their_user() {
    let app = TestApp::new().await;
    let admin = app.person("Ani", Role::Admin).await;
    let user = app.account("Joko", Role::Author).await;
    let make = async |input: Value| app.call(&admin, "apiTokenCreate", "secret apiToken { id scopes }", input).await;
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
    app.call(&admin, "userSuspend", "user { id }", json!({"id": user})).await;
    assert!(!app.is_in(&bound).await);

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
    app.call(&admin, "apiTokenRevoke", "deletedId", json!({"id": made["apiToken"]["id"]})).await;
    assert!(!app.is_in(&secret).await);
}

#[tokio::test]
async fn an_invitation_and_a_token_that_are_asked_for_again_are_made_once() {
    let mailbox = Arc::new(Mailbox::default());
    let app = TestApp::with(Options { mailer: Some(Arc::clone(&mailbox) as _), ..Options::default() }).await;
    let admin = app.person("Ani", Role::Admin).await;
    let invite = json!({"name": "Siti", "email": "siti@contoh.id", "role": "AUTHOR", "idempotencyKey": "undangan-1"});
    let invited = async || app.call(&admin, "userInvite", "token user { id }", invite.clone()).await;
    let (one, two) = tokio::join!(invited(), invited());
    assert_eq!((&one["user"]["id"], user_errors(&two)), (&two["user"]["id"], vec![]));
    assert_eq!(user_errors(&set_password(&app, two["token"].as_str().unwrap(), PASSWORD).await), [], "each answer has a link that works");
    app.deliver().await;
    assert!(mailbox.take().len() <= 1, "and there is at most one mail");
    let token = json!({"name": "situs", "role": "AUTHOR", "idempotencyKey": "tanda-masuk-1"});
    let made = async || app.call(&admin, "apiTokenCreate", "secret apiToken { id }", token.clone()).await;
    let (one, two) = tokio::join!(made(), made());
    assert_eq!(one["apiToken"]["id"], two["apiToken"]["id"]);
    assert_eq!([&one, &two].iter().filter(|made| made["secret"].is_string()).count(), 1, "the secret is told once");
    let count = data(app.answer_with(&admin, "{ apiTokens { totalCount } users { totalCount } }", json!({})).await);
    assert_eq!(count, json!({"apiTokens": {"totalCount": 1}, "users": {"totalCount": 2}}));
}
