//! Mails over SMTP, as a server gets them.

use std::sync::Arc;

use entity::enums::Role;
use serde_json::json;
use tokio::io::{AsyncBufReadExt, AsyncWriteExt, BufReader};
use tokio::net::TcpListener;
use warta::config::Config;
use warta::mail::smtp::Smtp;

use crate::support::person::link_in;
use crate::support::{Options, TestApp, mutation};

/// Takes one mail and returns what was said.
async fn smtp_server(listener: TcpListener) -> String {
    let (socket, _) = listener.accept().await.unwrap();
    let (read, mut write) = socket.into_split();
    let mut lines = BufReader::new(read).lines();
    let mut said = String::new();
    write.write_all(b"220 surel.contoh.id siap\r\n").await.unwrap();
    let mut in_data = false;
    while let Some(line) = lines.next_line().await.unwrap() {
        said += &format!("{line}\n");
        let reply: &[u8] = match line.as_str() {
            "." => {
                in_data = false;
                b"250 diterima\r\n"
            }
            _ if in_data => continue,
            "DATA" => {
                in_data = true;
                b"354 silakan\r\n"
            }
            "QUIT" => break,
            _ => b"250 baik\r\n",
        };
        write.write_all(reply).await.unwrap();
        if line == "." {
            break;
        }
    }
    said
}

#[tokio::test]
async fn an_invitation_reaches_a_mail_server() {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let url = format!("smtp://{}", listener.local_addr().unwrap());
    let settings = [("mail.url".to_owned(), url), ("mail.from".to_owned(), "Redaksi Kabar Mitra <redaksi@contoh.id>".to_owned())];
    let config = Config::from_layers("", [], &settings).unwrap();
    let mailer = Arc::new(Smtp::new(&config.mail).unwrap());
    let app = TestApp::with(Options { mailer: Some(mailer), ..Options::default() }).await;
    let server = tokio::spawn(smtp_server(listener));
    let invite = json!({"input": {"name": "Siti Aminah", "email": "siti@contoh.id", "role": "AUTHOR"}});
    app.answer(Some(Role::Admin), &mutation("userInvite", "token"), invite).await;
    app.deliver().await;
    let said = server.await.unwrap();
    for part in [
        "MAIL FROM:<redaksi@contoh.id>",
        "RCPT TO:<siti@contoh.id>",
        "To: \"Siti Aminah\" <siti@contoh.id>",
        "Subject: Warta: undangan",
        "Message-ID: <",
        "@contoh.id>\n",
    ] {
        assert!(said.contains(part), "{part} is missing in {said}");
    }
    // Long lines are folded on their way (RFC 2045).
    let text = said.replace("=\n", "").replace("=3D", "=");
    let message = warta::mail::Message { id: uuid::Uuid::nil(), name: String::new(), address: String::new(), subject: String::new(), text };
    assert!(link_in(&message).starts_with("warta_link_"));
}

#[test]
fn a_mail_server_that_cannot_be_is_refused_at_the_start() {
    let settings = |url: &str, from: &str| [("mail.url".to_owned(), url.to_owned()), ("mail.from".to_owned(), from.to_owned())];
    let error = Config::from_layers("", [], &settings("http://surel.contoh.id", "redaksi")).unwrap_err().to_string();
    assert!(error.contains("mail.url") && error.contains("mail.from") && error.contains("2 problem(s)"), "{error}");
    let config = Config::from_layers("", [], &settings("smtp://surel.contoh.id", "<@>")).unwrap();
    let error = Smtp::new(&config.mail).err().unwrap().to_string();
    assert!(error.contains("mail.from"), "{error}");
}
