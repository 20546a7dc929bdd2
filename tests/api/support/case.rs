//! Every mutation, with an input that fits and with who may.

use entity::enums::Role;
use serde_json::{Value, json};

use super::{TestApp, id_of, mutation};

/// Who may, besides the admin, who may do everything.
pub struct Case {
    pub mutation: String,
    pub selection: String,
    pub input: Value,
    pub allowed: &'static [Role],
}

const NOBODY: &[Role] = &[];
const EDITOR: &[Role] = &[Role::Editor];
const WRITERS: &[Role] = &[Role::Editor, Role::Author];
const MODERATORS: &[Role] = &[Role::Editor, Role::Moderator];

fn case(mutation: impl Into<String>, selection: impl Into<String>, input: Value, allowed: &'static [Role]) -> Case {
    Case { mutation: mutation.into(), selection: selection.into(), input, allowed }
}

/// What an entry of a noun needs at least.
fn least(noun: &str, name: &str) -> Value {
    match noun {
        "article" => json!({"title": name}),
        "event" => json!({"title": name, "startsAt": "2011-07-06T09:00:00Z"}),
        _ => json!({"name": name}),
    }
}

/// Every mutation of a noun with a workflow, each on an entry that it fits.
async fn workflow(app: &TestApp, noun: &str) -> Vec<Case> {
    let draft = async |name: &str| app.create(noun, least(noun, name)).await;
    let published = app.publish(noun, least(noun, "Terbit")).await;
    let selection = format!("{noun} {{ id }}");
    let change = async |verb: &str, id: &str| {
        app.mutate(&format!("{noun}{verb}"), &selection, json!({"id": id})).await;
    };
    let (submitted, returned) = (draft("Diserahkan").await, draft("Dikembalikan").await);
    change("Submit", &submitted).await;
    change("Submit", &returned).await;
    let (trashed, purged) = (draft("Dibuang").await, draft("Dihapus").await);
    change("Trash", &trashed).await;
    change("Trash", &purged).await;
    let case = |verb: &str, input: Value, allowed| case(format!("{noun}{verb}"), selection.clone(), input, allowed);
    let id = |id: &str| json!({"id": id});
    let creators = if matches!(noun, "article" | "event") { WRITERS } else { EDITOR };
    vec![
        case("Create", least(noun, "Baru"), creators),
        case("Update", json!({"id": published, "basedOnRevision": 1, "note": "Lain"}), EDITOR),
        case("Revert", json!({"id": published, "revision": 1, "basedOnRevision": 1}), EDITOR),
        case("Submit", id(&draft("Draf").await), EDITOR),
        case("Approve", json!({"id": submitted, "revision": 1}), EDITOR),
        case("Return", json!({"id": returned, "note": "Perbaiki"}), EDITOR),
        case("Schedule", json!({"id": published, "at": "2020-01-01T00:00:00Z"}), EDITOR),
        case("Unschedule", id(&published), EDITOR),
        case("Publish", id(&published), EDITOR),
        case("Archive", id(&published), EDITOR),
        case("Unpublish", id(&published), EDITOR),
        case("Trash", id(&published), EDITOR),
        case("Restore", id(&trashed), EDITOR),
        Case { selection: "deletedId".to_owned(), ..case("Purge", id(&purged), NOBODY) },
    ]
}

/// Every mutation, each on something that it fits.
pub async fn cases(app: &TestApp) -> Vec<Case> {
    let mut cases = Vec::new();
    for noun in ["article", "event", "official", "program"] {
        cases.extend(workflow(app, noun).await);
    }
    let article = app.publish("article", json!({"title": "Berita"})).await;
    let organization = app.create("organization", json!({"name": "Dinas"})).await;
    let topic = app.create("topic", json!({"name": "Air"})).await;
    let region = app.create("region", json!({"code": "73", "name": "Sulsel", "level": "PROVINCE"})).await;
    let term = app.create("glossaryTerm", json!({"term": "DD", "expansion": "Dompet Dhuafa"})).await;
    let comment = json!({"subjectId": article, "authorName": "A", "authorEmail": "a@b.id", "body": "Halo", "consent": true});
    let comment = app.answer(None, &mutation("commentSubmit", "comment { id }"), json!({"input": comment})).await;
    let comment = id_of(&comment["data"]["commentSubmit"]["comment"]);
    let blocked = app.create("blocklistEntry", json!({"kind": "DOMAIN", "value": "sampah.example"})).await;
    let user = app.account("Joko", Role::Author).await;
    let token = json!({"input": {"name": "situs", "role": "AUTHOR"}});
    let token = app.answer(Some(Role::Admin), &mutation("apiTokenCreate", "apiToken { id }"), token).await;
    let token = id_of(&token["data"]["apiTokenCreate"]["apiToken"]);
    let id = |id: &str| json!({"id": id});
    let referring = |noun: &str, create: Value, change: Value, id: &str| {
        let mut update = change;
        update["id"] = json!(id);
        [
            case(format!("{noun}Create"), format!("{noun} {{ id }}"), create, EDITOR),
            case(format!("{noun}Update"), format!("{noun} {{ id }}"), update, EDITOR),
            case(format!("{noun}Delete"), "deletedId", json!({"id": id}), EDITOR),
        ]
    };
    cases.extend(referring("organization", json!({"name": "Baru"}), json!({"name": "Lain"}), &organization));
    cases.extend(referring("topic", json!({"name": "Baru"}), json!({"name": "Lain"}), &topic));
    cases.extend(referring("region", json!({"code": "74", "name": "Baru", "level": "PROVINCE"}), json!({"name": "Lain"}), &region));
    let rule = app.create("searchRule", json!({"query": "air bersih", "targetId": article})).await;
    let new_rule = json!({"query": "air minum", "targetId": article});
    cases.extend(referring("searchRule", new_rule, json!({"query": "air hujan"}), &rule));
    cases.extend(referring("glossaryTerm", json!({"term": "A", "expansion": "B"}), json!({"expansion": "C"}), &term));
    cases.extend([
        case("commentApprove", "comment { id }", id(&comment), MODERATORS),
        case("commentReject", "comment { id }", id(&comment), MODERATORS),
        case("commentRestore", "comment { id }", id(&comment), MODERATORS),
        case("commentsModerate", "comments { id }", json!({"ids": [comment], "decision": "APPROVE"}), MODERATORS),
        case("commentUpdate", "comment { id }", json!({"id": comment, "body": "Lain"}), MODERATORS),
        case("commentReply", "comment { id }", json!({"parentId": comment, "body": "Terima kasih"}), MODERATORS),
        case("commentPolicyUpdate", "subject { id }", json!({"subjectId": article, "policy": "CLOSED"}), MODERATORS),
        case("blocklistEntryCreate", "blocklistEntry { id }", json!({"kind": "WORD", "value": "obat"}), MODERATORS),
        case("blocklistEntryDelete", "deletedId", id(&blocked), MODERATORS),
        case("privacyNoticePublish", "privacyNotice { version }", json!({"indonesian": "A", "english": "B"}), NOBODY),
        case("personalDataExport", "json", json!({"email": "lain@b.id"}), NOBODY),
        case("personalDataErase", "report { found }", json!({"email": "lain@b.id"}), NOBODY),
        case("entriesSetTopics", "results { id }", json!({"ids": [article], "topicIds": []}), EDITOR),
        case("entriesPublish", "results { id }", json!({"ids": [article]}), EDITOR),
        case("entriesTrash", "results { id }", json!({"ids": [article]}), EDITOR),
        case("previewCreate", "token", id(&app.create("article", json!({"title": "Intip"})).await), WRITERS),
        case("userInvite", "user { id }", json!({"name": "Siti", "email": "siti@contoh.id", "role": "AUTHOR"}), NOBODY),
        case("userRenewLink", "user { id }", id(&user), NOBODY),
        case("userUpdate", "user { id }", json!({"id": user, "role": "ADMIN"}), NOBODY),
        case("userRemoveSecondFactor", "user { id }", id(&user), NOBODY),
        case("userSuspend", "user { id }", id(&user), NOBODY),
        case("userActivate", "user { id }", id(&user), NOBODY),
        case("apiTokenCreate", "apiToken { id }", json!({"name": "lain", "role": "ADMIN"}), NOBODY),
        case("apiTokenRevoke", "deletedId", id(&token), NOBODY),
    ]);
    cases
}
