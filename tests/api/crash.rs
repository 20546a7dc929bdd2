//! The process is killed for real, and comes back whole.

use std::time::{Duration, Instant};

use serde_json::json;

use crate::support::database::{Database, Template};
use crate::support::process::{Client, Server, run, stdout, warta};

#[tokio::test]
async fn after_kills_during_writes_nothing_acknowledged_is_lost_and_the_index_equals_the_database() {
    let folder = tempfile::tempdir().unwrap();
    let database = Database::create(Template::Empty, folder.path()).await;
    let mut acknowledged = Vec::new();
    for round in 0..4 {
        let server = Server::start(&mut warta(folder.path(), &database.url));
        let client = Client::new(&server);
        // Killed after a different number of writes each round, in the midst of the next one.
        for number in 0..(3 + 4 * round) {
            acknowledged.extend(client.publish(number).await);
        }
        let in_flight = async {
            for number in 0..50 {
                acknowledged.extend(client.publish(1_000 + number).await);
            }
        };
        let _ = tokio::time::timeout(Duration::from_millis(40 + 35 * round as u64), in_flight).await;
        server.kill();
    }
    let server = Server::start(&mut warta(folder.path(), &database.url));
    let client = Client::new(&server);
    client.settle().await;
    assert!(acknowledged.len() > 30, "only {} writes were acknowledged", acknowledged.len());
    client.assert_published(&acknowledged).await;
    let doctor = run(warta(folder.path(), &database.url).arg("doctor"));
    assert!(doctor.status.success(), "{}", stdout(&doctor));
}

#[tokio::test]
async fn what_was_scheduled_before_a_kill_is_published_after_it_and_once() {
    let folder = tempfile::tempdir().unwrap();
    let database = Database::create(Template::Empty, folder.path()).await;
    let server = Server::start(&mut warta(folder.path(), &database.url));
    let client = Client::new(&server);
    let create = "mutation($input: ArticleCreateInput!) { articleCreate(input: $input) { article { id } } }";
    let created = client.ask(create, json!({"input": {"title": "Terjadwal"}})).await.unwrap();
    let id = created["data"]["articleCreate"]["article"]["id"].clone();
    let soon = time::OffsetDateTime::now_utc() + Duration::from_millis(1_500);
    let soon = soon.format(&time::format_description::well_known::Rfc3339).unwrap();
    let schedule = "mutation($input: ScheduleInput!) { articleSchedule(input: $input) { article { scheduledAt } userErrors { code } } }";
    let scheduled = client.ask(schedule, json!({"input": {"id": id, "at": soon}})).await.unwrap();
    assert!(scheduled["data"]["articleSchedule"]["article"]["scheduledAt"].is_string(), "{scheduled}");
    server.kill();
    let server = Server::start(&mut warta(folder.path(), &database.url));
    let client = Client::new(&server);
    let look = "query($id: ID!) { article(by: {id: $id}) { status scheduledAt revisions { nodes { number publishedAt } } } }";
    let deadline = Instant::now() + Duration::from_secs(30);
    let article = loop {
        let article = client.ask(look, json!({"id": id})).await.unwrap()["data"]["article"].clone();
        if article["status"] == "PUBLISHED" {
            break article;
        }
        assert!(Instant::now() < deadline, "it is not published: {article}");
        tokio::time::sleep(Duration::from_millis(50)).await;
    };
    assert!(article["scheduledAt"].is_null() && article["revisions"]["nodes"][0]["publishedAt"].is_string(), "{article}");
}

#[cfg(unix)]
#[tokio::test]
async fn a_polite_end_lets_a_request_in_flight_finish_and_exits_with_zero() {
    use tokio::io::{AsyncReadExt, AsyncWriteExt};
    use tokio::net::TcpStream;

    let folder = tempfile::tempdir().unwrap();
    let database = Database::create(Template::Sample, folder.path()).await;
    let mut server = Server::start(&mut warta(folder.path(), &database.url));
    let address = server.address.strip_prefix("http://").unwrap().to_owned();
    let body = json!({"query": "{ articles { totalCount } }"}).to_string();
    let mut connection = TcpStream::connect(&address).await.unwrap();
    let head = "POST /graphql HTTP/1.1\r\nhost: warta\r\ncontent-type: application/json\r\nexpect: 100-continue\r\nconnection: close\r\n";
    connection.write_all(format!("{head}content-length: {}\r\n\r\n", body.len()).as_bytes()).await.unwrap();
    let mut buffer = [0; 1_024];
    let read = connection.read(&mut buffer).await.unwrap();
    assert!(buffer[..read].starts_with(b"HTTP/1.1 100"), "the handler is waiting for the body");

    assert!(std::process::Command::new("kill").args(["-TERM", &server.child.id().to_string()]).status().unwrap().success());
    let deadline = Instant::now() + Duration::from_secs(10);
    while TcpStream::connect(&address).await.is_ok() {
        assert!(Instant::now() < deadline, "new connections are still taken");
        tokio::time::sleep(Duration::from_millis(10)).await;
    }
    connection.write_all(body.as_bytes()).await.unwrap();
    let mut answer = String::new();
    connection.read_to_string(&mut answer).await.unwrap();
    assert!(answer.starts_with("HTTP/1.1 200") && answer.contains("\"totalCount\":41"), "{answer}");
    let status = tokio::task::spawn_blocking(move || server.child.wait()).await.unwrap().unwrap();
    assert_eq!(status.code(), Some(0));
}
