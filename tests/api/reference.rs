//! Organizations, topics, regions, programs and the glossary.

use serde_json::json;

use crate::support::{TestApp, user_errors};

#[tokio::test]
async fn what_others_refer_to_is_not_deleted() {
    let app = TestApp::new().await;
    let topic = app.create("topic", json!({"name": "Pertanian"})).await;
    let child = app.create("topic", json!({"name": "Jagung", "parentId": topic})).await;
    let organization = app.create("organization", json!({"name": "Dinas Pertanian", "kind": "AGENCY"})).await;
    let region = app.create("region", json!({"code": "73", "name": "Sulawesi Selatan", "level": "PROVINCE"})).await;
    app.publish(
        "program",
        json!({"name": "Klaster", "organizationId": organization, "sites": [{"regionId": region, "sector": "Tani", "status": "ACTIVE"}]}),
    )
    .await;
    for (noun, id) in [("topic", &topic), ("organization", &organization), ("region", &region)] {
        let payload = app.mutate(&format!("{noun}Delete"), "deletedId", json!({"id": id})).await;
        assert_eq!(user_errors(&payload), [("id".to_owned(), "IN_USE".to_owned())], "{noun}");
        assert_eq!(payload["deletedId"], json!(null));
    }
    let seen = app.public("query($ids: [ID!]!) { nodes(ids: $ids) { id } }", json!({"ids": [topic, organization, region]})).await;
    assert!(seen["nodes"].as_array().unwrap().iter().all(|node| !node.is_null()), "{seen}");
    let payload = app.mutate("topicDelete", "deletedId", json!({"id": child})).await;
    assert_eq!(payload["deletedId"], child);
    let payload = app.mutate("topicDelete", "deletedId", json!({"id": child})).await;
    assert_eq!(user_errors(&payload), [("id".to_owned(), "NOT_FOUND".to_owned())]);
}

#[tokio::test]
async fn a_region_lies_where_its_code_says() {
    let app = TestApp::new().await;
    let orphan = app.mutate("regionCreate", "region { id }", json!({"code": "73.03", "name": "Bantaeng", "level": "REGENCY"})).await;
    assert_eq!(user_errors(&orphan), [("code".to_owned(), "INVALID".to_owned())]);
    app.create("region", json!({"code": "73", "name": "Sulawesi Selatan", "level": "PROVINCE"})).await;
    app.create("region", json!({"code": "73.03", "name": "Bantaeng", "level": "REGENCY"})).await;
    app.create("region", json!({"code": "73.03.05", "name": "Pajukukang", "level": "DISTRICT"})).await;
    let twice = app.mutate("regionCreate", "region { id }", json!({"code": "73.03", "name": "Lagi", "level": "REGENCY"})).await;
    assert_eq!(user_errors(&twice), [("code".to_owned(), "TAKEN".to_owned())]);
    let query =
        "{ region(by: {code: \"73.03.05\"}) { slug parent { name } path { code } } regions(filter: {level: REGENCY}) { nodes { code } } }";
    let seen = app.public(query, json!({})).await;
    assert_eq!(seen["region"]["path"], json!([{"code": "73"}, {"code": "73.03"}, {"code": "73.03.05"}]));
    assert_eq!(seen["region"]["parent"]["name"], "Bantaeng");
    assert_eq!(seen["regions"]["nodes"], json!([{"code": "73.03"}]));
}

#[tokio::test]
async fn a_thing_is_not_its_own_parent() {
    let app = TestApp::new().await;
    let topic = app.create("topic", json!({"name": "Pertanian"})).await;
    let payload = app.mutate("topicUpdate", "topic { id }", json!({"id": topic, "parentId": topic})).await;
    assert_eq!(user_errors(&payload), [("parentId".to_owned(), "INVALID".to_owned())]);
    let organization = app.create("organization", json!({"name": "Pemkab"})).await;
    let payload = app.mutate("organizationUpdate", "organization { id }", json!({"id": organization, "parentId": organization})).await;
    assert_eq!(user_errors(&payload), [("parentId".to_owned(), "INVALID".to_owned())]);
}

#[tokio::test]
async fn nor_does_a_parent_lie_below_its_child() {
    let app = TestApp::new().await;
    for noun in ["topic", "organization"] {
        let top = app.create(noun, json!({"name": "Atas"})).await;
        let middle = app.create(noun, json!({"name": "Tengah", "parentId": top})).await;
        let bottom = app.create(noun, json!({"name": "Bawah", "parentId": middle})).await;
        let payload = app.mutate(&format!("{noun}Update"), &format!("{noun} {{ id }}"), json!({"id": top, "parentId": bottom})).await;
        assert_eq!(user_errors(&payload), [("parentId".to_owned(), "INVALID".to_owned())], "{noun}");
    }
}

#[tokio::test]
async fn old_slugs_of_topics_organizations_and_regions_lead_on_and_are_not_given_away() {
    let app = TestApp::new().await;
    for (noun, input) in [
        ("topic", json!({"name": "Air"})),
        ("organization", json!({"name": "Air"})),
        ("region", json!({"name": "Air", "code": "73", "level": "PROVINCE"})),
    ] {
        let id = app.create(noun, input).await;
        app.mutate(&format!("{noun}Update"), &format!("{noun} {{ id }}"), json!({"id": id, "slug": "air-bersih"})).await;
        let query = format!("{{ {noun}(by: {{slug: \"air\"}}) {{ id slug }} }}");
        assert_eq!(app.public(&query, json!({})).await[noun], json!({"id": id, "slug": "air-bersih"}));
        if noun != "region" {
            let other = app.create(noun, json!({"name": "Air"})).await;
            let slug = format!("query($id: ID!) {{ {noun}(by: {{id: $id}}) {{ slug }} }}");
            assert_eq!(app.public(&slug, json!({"id": other})).await[noun]["slug"], "air-2");
            let payload = app.mutate(&format!("{noun}Update"), &format!("{noun} {{ id }}"), json!({"id": other, "slug": "air"})).await;
            assert_eq!(user_errors(&payload), [("slug".to_owned(), "TAKEN".to_owned())]);
        }
    }
}

#[tokio::test]
async fn a_glossary_term_is_unique_and_listed_by_name() {
    let app = TestApp::new().await;
    app.create("glossaryTerm", json!({"term": "UMKM", "expansion": "usaha mikro kecil menengah"})).await;
    app.create("glossaryTerm", json!({"term": "Sulsel", "expansion": "Sulawesi Selatan"})).await;
    let twice = app.mutate("glossaryTermCreate", "glossaryTerm { id }", json!({"term": "Sulsel", "expansion": "lain"})).await;
    assert_eq!(user_errors(&twice), [("term".to_owned(), "TAKEN".to_owned())]);
    let seen = app.public("{ glossaryTerms { totalCount nodes { term expansion } } }", json!({})).await;
    assert_eq!(seen["glossaryTerms"]["totalCount"], 2);
    assert_eq!(seen["glossaryTerms"]["nodes"][0], json!({"term": "Sulsel", "expansion": "Sulawesi Selatan"}));
}

#[tokio::test]
async fn a_program_shows_its_sites_with_their_sectors() {
    let app = TestApp::with_sample().await;
    let query =
        "{ program(by: {slug: \"klaster-mandiri\"}) { stage startsOn organization { abbreviation } sites { sector region { name } } } }";
    let program = app.public(query, json!({})).await["program"].clone();
    assert_eq!(program["stage"], "GROUP_FORMING");
    assert_eq!(program["startsOn"], "2011-04-01");
    assert_eq!(program["sites"][2], json!({"sector": "Pertanian", "region": {"name": "Kecamatan Eremerasa"}}));
    let listed = app.public("{ programs(filter: {region: {code: \"52\"}}) { nodes { name } } }", json!({})).await;
    assert_eq!(listed["programs"]["nodes"], json!([{"name": "Rumah Gizi"}]));
}
