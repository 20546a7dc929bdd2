//! Officials and the offices they held.

use serde_json::json;

use crate::support::{TestApp, codes, user_errors};

#[tokio::test]
async fn who_held_an_office_on_a_day_has_an_answer() {
    let app = TestApp::with_sample().await;
    let query = "query($day: Date!, $org: String!) {
        officials(filter: {organization: {slug: $org}, on: $day}) { nodes { name officeOn(date: $day) { office isActing from until } } } }";
    let on = async |day: &str| {
        let found = app.public(query, json!({"day": day, "org": "bappeda-bantaeng"})).await["officials"]["nodes"].clone();
        found
            .as_array()
            .unwrap()
            .iter()
            .map(|node| format!("{} {}", node["name"].as_str().unwrap(), node["officeOn"]["isActing"]))
            .collect::<Vec<_>>()
    };
    assert_eq!(on("2011-07-06").await, ["Arifuddin Tompo false", "Syamsul Rijal Mappa false"]);
    assert_eq!(on("2014-09-01").await, ["Arifuddin Tompo true"]);
    assert_eq!(on("2005-01-01").await, Vec::<String>::new());
    let today = app.public("{ official(by: {slug: \"nurdin-abdullah\"}) { officeOn { office } terms { from until } } }", json!({})).await;
    assert_eq!(today["official"]["officeOn"]["office"], "Bupati Bantaeng");
    assert_eq!(today["official"]["terms"][0], json!({"from": "2008-08-06", "until": "2013-08-06"}));
}

#[tokio::test]
async fn officials_are_found_by_region_with_all_its_parts() {
    let app = TestApp::with_sample().await;
    let query = "query($code: String!) { officials(filter: {region: {code: $code}, on: \"2011-07-06\"}) { totalCount } }";
    let count = async |code: &str| app.public(query, json!({"code": code})).await["officials"]["totalCount"].as_i64().unwrap();
    let (district, regency, province) = (count("73.03.05").await, count("73.03").await, count("73").await);
    assert!(0 < district && district < regency && regency < province, "{district} {regency} {province}");
}

#[tokio::test]
async fn a_term_that_ends_before_it_begins_is_refused_and_nothing_changes() {
    let app = TestApp::new().await;
    let good = json!([{"office": "Camat", "from": "2010-01-01", "until": "2011-01-01"}]);
    let id = app.publish("official", json!({"name": "Rahman", "terms": good})).await;
    let bad = json!({"id": id, "terms": [{"office": "", "from": "2012-01-01", "until": "2011-01-01"}]});
    let payload = app.mutate("officialUpdate", "official { id }", bad).await;
    assert_eq!(
        user_errors(&payload),
        [("terms.0.office".to_owned(), "REQUIRED".to_owned()), ("terms.0.until".to_owned(), "INVALID".to_owned())]
    );
    let kept = app.editor("query($id: ID!) { official(by: {id: $id}) { revision terms { office } } }", json!({"id": id})).await;
    assert_eq!(kept["official"], json!({"revision": 1, "terms": [{"office": "Camat"}]}));
}

#[tokio::test]
async fn a_date_that_is_none_is_refused_with_what_would_be_right() {
    let app = TestApp::new().await;
    let answer = app.answer(None, "query($day: Date!) { officials(filter: {on: $day}) { totalCount } }", json!({"day": "6 Juli"})).await;
    assert_eq!(codes(&answer), ["BAD_USER_INPUT"]);
    assert!(answer["errors"][0]["message"].as_str().unwrap().contains("2011-07-06"), "{answer}");
}
