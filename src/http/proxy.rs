//! Where a request came from that a proxy passed on: proxies that are trusted are believed, and nobody else.

use std::net::{IpAddr, SocketAddr};

use axum::http::HeaderMap;
use ipnet::IpNet;

/// The header in which each proxy adds whom it had the request from.
const FORWARDED: &str = "x-forwarded-for";

/// Where a request came from that `peer` sent or passed on: the last address on the way that is no proxy of ours. What stands before
/// it anybody may have written.
pub fn origin(peer: IpAddr, headers: &HeaderMap, proxies: &[IpNet]) -> IpAddr {
    let is_ours = |address: &IpAddr| proxies.iter().any(|network| network.contains(address));
    if !is_ours(&peer.to_canonical()) {
        return peer;
    }
    let lines = headers.get_all(FORWARDED).iter().filter_map(|line| line.to_str().ok());
    let mut way: Vec<&str> = lines.flat_map(|line| line.split(',')).map(str::trim).collect();
    let mut nearest = peer;
    while let Some(address) = way.pop().and_then(parsed) {
        nearest = address;
        if !is_ours(&address) {
            break;
        }
    }
    nearest
}

/// An address, with a port or without.
fn parsed(text: &str) -> Option<IpAddr> {
    let bare = text.trim_start_matches('[').trim_end_matches(']');
    let address = bare.parse::<IpAddr>().ok().or_else(|| text.parse::<SocketAddr>().ok().map(|socket| socket.ip()))?;
    Some(address.to_canonical())
}

#[cfg(test)]
mod tests {
    use super::origin;
    use axum::http::{HeaderMap, HeaderValue};

    #[test]
    fn only_what_a_trusted_proxy_wrote_is_believed() {
        let proxies = ["127.0.0.1/32", "10.0.0.0/8", "2001:db8::/32"].map(|network| network.parse().unwrap());
        let found = |peer: &str, lines: &[&'static str]| {
            let mut headers = HeaderMap::new();
            for line in lines {
                headers.append("x-forwarded-for", HeaderValue::from_static(line));
            }
            origin(peer.parse().unwrap(), &headers, &proxies).to_string()
        };
        assert_eq!(found("203.0.113.9", &["198.51.100.1"]), "203.0.113.9", "a stranger may write what they like");
        assert_eq!(found("127.0.0.1", &["198.51.100.1"]), "198.51.100.1");
        assert_eq!(found("::ffff:127.0.0.1", &["1.1.1.1, 198.51.100.1, 10.2.3.4"]), "198.51.100.1", "the first is what the client wrote");
        assert_eq!(found("127.0.0.1", &["1.1.1.1", "[2400:cb00::7]:443"]), "2400:cb00::7");
        assert_eq!(found("127.0.0.1", &["198.51.100.1:5000"]), "198.51.100.1");
        assert_eq!(found("127.0.0.1", &["nonsense"]), "127.0.0.1");
        assert_eq!(found("127.0.0.1", &[]), "127.0.0.1");
    }
}
