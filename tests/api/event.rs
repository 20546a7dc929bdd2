//! Events: when, where, agenda and who took part.

use serde_json::json;

use crate::support::{TestApp, user_errors};

#[tokio::test]
async fn participants_show_the_office_held_on_the_day_of_the_event() {
    let app = TestApp::new().await;
    let official = app
        .publish(
            "official",
            json!({"name": "Rahman", "honorificBefore": "Ir.", "honorificAfter": "M.Si.", "terms": [
                {"office": "Camat Eremerasa", "from": "2009-01-05", "until": "2012-12-31"},
                {"office": "Penjabat Camat Uluere", "from": "2011-01-01", "until": "2011-12-31", "isActing": true},
                {"office": "Camat Uluere", "from": "2013-01-02"}]}),
        )
        .await;
    let event = |title: &str, at: &str| {
        json!({"title": title, "startsAt": at, "timeZone": "Asia/Makassar",
               "participants": [{"role": "OPENED", "officialId": official}, {"role": "SPOKE", "guestName": "Petani", "guestOffice": "Kelompok"}]})
    };
    let query = "query($id: ID!) { event(by: {id: $id}) { when participants { role name office official { id } } } }";
    let office = async |title: &str, at: &str| {
        let id = app.publish("event", event(title, at)).await;
        let event = app.public(query, json!({"id": id})).await["event"].clone();
        assert_eq!(event["participants"][1], json!({"role": "SPOKE", "name": "Petani", "office": "Kelompok", "official": null}));
        assert_eq!(event["participants"][0]["name"], "Ir. Rahman, M.Si.");
        event["participants"][0]["office"].clone()
    };
    assert_eq!(office("A", "2011-07-06T09:00:00+08:00").await, "Camat Eremerasa", "a full holder comes before an acting one");
    assert_eq!(office("B", "2012-12-31T23:30:00+08:00").await, "Camat Eremerasa", "the day is the local one");
    assert_eq!(office("C", "2013-01-01T09:00:00+08:00").await, json!(null));
    assert_eq!(office("D", "2014-05-05T09:00:00+08:00").await, "Camat Uluere");
}

#[tokio::test]
async fn the_public_sees_no_participant_who_is_not_published() {
    let app = TestApp::new().await;
    let shown = app.publish("official", json!({"name": "Rahman"})).await;
    let draft = app.create("official", json!({"name": "Draf"})).await;
    let trashed = app.publish("official", json!({"name": "Buangan"})).await;
    let event = |title: &str| {
        json!({"title": title, "startsAt": "2011-07-06T09:00:00+08:00", "participants": [
            {"role": "OPENED", "officialId": draft}, {"role": "HOSTED", "officialId": shown},
            {"role": "SPOKE", "guestName": "Petani"}, {"role": "ATTENDED", "officialId": trashed}]})
    };
    app.publish("event", event("A")).await;
    app.publish("event", event("B")).await;
    app.mutate("officialTrash", "official { id }", json!({"id": trashed})).await;
    let query = "{ events(first: 10) { nodes { participants { name official { id } } } } }";
    let [guest, rahman] = [json!({"name": "Petani", "official": null}), json!({"name": "Rahman", "official": {"id": shown}})];
    let [draft, trashed] = [("Draf", draft), ("Buangan", trashed)].map(|(name, id)| json!({"name": name, "official": {"id": id}}));
    let of_each =
        |participants: serde_json::Value| json!({"events": {"nodes": [{"participants": participants}, {"participants": participants}]}});
    assert_eq!(app.public(query, json!({})).await, of_each(json!([rahman, guest])));
    assert_eq!(app.editor(query, json!({})).await, of_each(json!([draft, rahman, guest, trashed])));
}

#[tokio::test]
async fn times_are_told_in_the_zone_of_the_place() {
    let app = TestApp::new().await;
    let when = async |input: serde_json::Value| {
        let id = app.publish("event", input).await;
        let event = app.public("query($id: ID!) { event(by: {id: $id}) { when startsAt } }", json!({"id": id})).await["event"].clone();
        (event["when"].as_str().unwrap().to_owned(), event["startsAt"].as_str().unwrap().to_owned())
    };
    let at = "2011-07-06T01:00:00Z";
    let timed = json!({"title": "A", "startsAt": at, "endsAt": "2011-07-06T04:30:00Z", "timeZone": "Asia/Makassar"});
    assert_eq!(when(timed).await, ("Rabu, 6 Juli 2011, 09.00–12.30 WITA".to_owned(), at.to_owned()));
    let jakarta = json!({"title": "B", "startsAt": at, "timeZone": "Asia/Jakarta"});
    assert_eq!(when(jakarta).await.0, "Rabu, 6 Juli 2011, 08.00 WIB");
    let days = json!({"title": "C", "startsAt": "2012-10-05T00:00:00+09:00", "endsAt": "2012-10-07T00:00:00+09:00", "allDay": true, "timeZone": "Asia/Jayapura"});
    assert_eq!(when(days).await.0, "5 Oktober 2012 – 7 Oktober 2012");
}

#[tokio::test]
async fn an_agenda_keeps_its_order_and_participants_their_session() {
    let app = TestApp::new().await;
    let input = json!({"title": "Lokakarya", "startsAt": "2011-07-06T09:00:00+08:00", "timeZone": "Asia/Makassar",
        "sessions": [{"title": "Pembukaan", "startsAt": "2011-07-06T09:00:00+08:00", "endsAt": "2011-07-06T09:45:00+08:00"}, {"title": "Diskusi"}],
        "participants": [{"role": "MODERATED", "guestName": "Moderator", "session": 2}]});
    let id = app.publish("event", input).await;
    let query = "query($id: ID!) { event(by: {id: $id}) { agenda { title when } participants { session { title } } } }";
    let event = app.public(query, json!({"id": id})).await["event"].clone();
    assert_eq!(
        event["agenda"],
        json!([{"title": "Pembukaan", "when": "Rabu, 6 Juli 2011, 09.00–09.45 WITA"}, {"title": "Diskusi", "when": null}])
    );
    assert_eq!(event["participants"], json!([{"session": {"title": "Diskusi"}}]));
    let fewer = json!({"id": id, "sessions": [{"title": "Satu"}]});
    let payload = app.mutate("eventUpdate", "event { id }", fewer).await;
    assert_eq!(user_errors(&payload), [("participants.0.session".to_owned(), "INVALID".to_owned())]);
}

#[tokio::test]
async fn problems_of_an_event_name_their_place_in_the_input() {
    let app = TestApp::new().await;
    let input = json!({"title": "Acara", "startsAt": "2011-07-06T09:00:00Z", "endsAt": "2011-07-05T09:00:00Z", "timeZone": "Asia/Bantaeng",
        "sessions": [{"title": ""}], "participants": [{"role": "SPOKE"}, {"role": "SPOKE", "guestName": "A", "session": 3}]});
    let payload = app.mutate("eventCreate", "event { id }", input).await;
    let fields: Vec<String> = user_errors(&payload).into_iter().map(|(field, _)| field).collect();
    assert_eq!(fields, ["endsAt", "timeZone", "sessions.0.title", "participants.0", "participants.1.session"]);
    let missing = app.mutate("eventCreate", "event { id }", json!({"title": "Acara"})).await;
    assert_eq!(user_errors(&missing), [("startsAt".to_owned(), "REQUIRED".to_owned())]);
}

#[tokio::test]
async fn events_are_upcoming_until_they_end_all_day_ones_until_their_last_day_does() {
    let app = TestApp::new().await;
    // It is 1 January 2015, 08:00 in Jakarta and 09:00 in Makassar.
    for (title, starts, ends, all_day) in [
        ("berlangsung", "2014-12-31T09:00:00+07:00", Some("2015-01-01T12:00:00+07:00"), false),
        ("lampau", "2014-12-31T09:00:00+07:00", None, false),
        ("seharian", "2014-12-30T00:00:00+07:00", Some("2015-01-01T00:00:00+07:00"), true),
        ("kemarin", "2014-12-31T00:00:00+07:00", None, true),
        ("nanti", "2015-02-01T09:00:00+07:00", None, false),
    ] {
        app.publish("event", json!({"title": title, "startsAt": starts, "endsAt": ends, "allDay": all_day})).await;
    }
    let query = "{ upcoming: events(filter: {time: UPCOMING}, orderBy: START_EARLIEST) { nodes { title } }
                   past: events(filter: {time: PAST}, orderBy: START_LATEST) { totalCount nodes { title } } }";
    let events = app.public(query, json!({})).await;
    assert_eq!(events["upcoming"]["nodes"], json!([{"title": "seharian"}, {"title": "berlangsung"}, {"title": "nanti"}]));
    assert_eq!(events["past"], json!({"totalCount": 2, "nodes": [{"title": "lampau"}, {"title": "kemarin"}]}));
}

#[tokio::test]
async fn events_are_listed_by_place_program_official_kind_and_year() {
    let app = TestApp::with_sample().await;
    let count = async |filter: &str| {
        let query = format!("{{ events(filter: {{{filter}}}) {{ totalCount }} }}");
        app.public(&query, json!({})).await["events"]["totalCount"].as_i64().unwrap()
    };
    assert_eq!(count("").await, 12);
    assert_eq!(count("region: {code: \"73.03\"}").await, 10);
    assert_eq!(count("program: {slug: \"siaga-desa\"}").await, 2);
    assert_eq!(count("official: {slug: \"nurdin-abdullah\"}").await, 2);
    assert_eq!(count("kind: TRAINING").await, 3);
    assert_eq!(count("year: 2011").await, 3);
    assert_eq!(count("time: UPCOMING").await, 1);
}
