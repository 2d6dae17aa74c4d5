//! Which addresses notices may go to (R10). No I/O: a name's addresses are judged by [`is_public`] when a connection is made.

use core::net::{IpAddr, Ipv4Addr, Ipv6Addr};

use url::{Host, ParseError, Url};

/// Why no notice goes to an address, and what to do about it.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Refused {
    /// It does not parse, or it names no host.
    #[error("the webhook is not a URL ({0}); write it like https://hooks.example.com/uplift")]
    NotAUrl(#[source] ParseError),
    /// A scheme other than https; plain http is for listed hosts.
    #[error("the webhook's scheme is {0}; use https, or have the operator's configuration list the host for http")]
    Scheme(String),
    /// A user name or a password stands in it.
    #[error("the webhook holds a user name or a password; remove it: receivers verify the signature instead")]
    UserInfo,
    /// Its host is this machine, a private network, a metadata service or the like.
    #[error("the webhook points inwards ({0}); use a public address, or have the operator's configuration list the host")]
    Inward(String),
}

/// An entry of the hosts that may be private or speak plain http is not `host` or `host:port`.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{entry:?} is no host ({source}); write hooks.example.com, hooks.example.com:8080, 10.0.0.7:8080 or [fd00::7]:8080")]
pub struct InvalidHost {
    entry: String,
    source: ParseError,
}

/// Judges what can be judged without name resolution: scheme, user info, literal addresses in every notation, localhost.
///
/// An entry of `allow_hosts` is `host` (every port) or `host:port`; a host that it lists may be private and speak plain http.
/// Entries that do not parse list nothing; [`check_hosts`] finds them.
pub fn check(url: &str, allow_hosts: &[String]) -> Result<(), Refused> {
    if is_plain(url) {
        return Ok(());
    }
    parse_and_check(url, allow_hosts)
}

/// Whether it is https with a name that can be nothing else, as nearly all are: judged without parsing, since the rules ask for
/// each contact of each tenant every time. What is less plain is judged in full.
fn is_plain(url: &str) -> bool {
    let Some(rest) = url.strip_prefix("https://") else { return false };
    let host = rest.split_once('/').map_or(rest, |(host, _)| host);
    let label = |label: &str| {
        label.starts_with(|c: char| c.is_ascii_lowercase())
            && label.bytes().all(|b| b.is_ascii_lowercase() || b.is_ascii_digit() || b == b'-')
            && !label.starts_with("xn--")
    };
    host.contains('.') && host.split('.').all(label) && !host.ends_with(".localhost")
}

fn parse_and_check(url: &str, allow_hosts: &[String]) -> Result<(), Refused> {
    let url = Url::parse(url).map_err(Refused::NotAUrl)?;
    let listed = is_listed(&url, allow_hosts);
    if url.scheme() != "https" && !(listed && url.scheme() == "http") {
        return Err(Refused::Scheme(url.scheme().into()));
    }
    if !url.username().is_empty() || url.password().is_some() {
        return Err(Refused::UserInfo);
    }
    let host = url.host().ok_or(Refused::NotAUrl(ParseError::EmptyHost))?;
    if listed || !is_inward(&host) { Ok(()) } else { Err(Refused::Inward(host.to_string())) }
}

/// Whether the URL's host, with its port where the entry names one, is in the list.
pub fn is_listed(url: &Url, allow_hosts: &[String]) -> bool {
    let Some(host) = url.host() else { return false };
    let (host, port) = (canonical(&host), url.port_or_known_default());
    allow_hosts
        .iter()
        .filter_map(|entry| parse(entry).ok())
        .any(|(listed, at)| canonical(&listed) == host && at.is_none_or(|at| Some(at) == port))
}

/// Finds the first entry that is neither `host` nor `host:port`.
pub fn check_hosts(allow_hosts: &[String]) -> Result<(), InvalidHost> {
    let invalid = |entry: &String| parse(entry).err().map(|source| InvalidHost { entry: entry.clone(), source });
    allow_hosts.iter().find_map(invalid).map_or(Ok(()), Err)
}

fn parse(entry: &str) -> Result<(Host, Option<u16>), ParseError> {
    match entry.parse() {
        Ok(IpAddr::V4(ip)) => return Ok((Host::Ipv4(ip), None)),
        Ok(IpAddr::V6(ip)) => return Ok((Host::Ipv6(ip), None)),
        Err(_) => {}
    }
    if entry.contains('*') {
        return Err(ParseError::InvalidDomainCharacter); // a pattern would be accepted and match nothing
    }
    match entry.rsplit_once(':') {
        Some((host, port)) if !entry.ends_with(']') => {
            Ok((Host::parse(host)?, Some(port.parse().map_err(|_| ParseError::InvalidPort)?)))
        }
        _ => Ok((Host::parse(entry)?, None)),
    }
}

/// A host without the dot at its end, which names the same one.
pub fn canonical<S: AsRef<str>>(host: &Host<S>) -> String {
    let text = host.to_string();
    text.strip_suffix('.').unwrap_or(&text).to_owned()
}

fn is_inward(host: &Host<&str>) -> bool {
    match host {
        Host::Ipv4(ip) => !is_public_v4(*ip),
        Host::Ipv6(ip) => !is_public_v6(*ip),
        Host::Domain(_) => {
            let name = canonical(host);
            name == "localhost" || name.ends_with(".localhost")
        }
    }
}

/// Whether an address is one of the public internet: not private, loopback, link-local, shared (CGNAT), multicast, unspecified,
/// reserved, for documentation, of a cloud's metadata service, nor an IPv4 address in an IPv6 disguise.
pub fn is_public(ip: IpAddr) -> bool {
    match ip {
        IpAddr::V4(ip) => is_public_v4(ip),
        IpAddr::V6(ip) => is_public_v6(ip),
    }
}

fn is_public_v4(ip: Ipv4Addr) -> bool {
    let inward = match ip.octets() {
        [172, b, ..] => (16..32).contains(&b), // private
        [100, b, ..] => (64..128).contains(&b), // shared by carriers
        // This network, private, loopback, link-local.
        [0 | 10 | 127, ..] | [169, 254, ..] | [192, 168, ..]
        // Protocol assignments, documentation, 6to4 relays, benchmarks.
        | [192, 0, 0 | 2, _] | [198, 51, 100, _] | [203, 0, 113, _] | [192, 88, 99, _] | [198, 18 | 19, ..]
        // Azure's metadata service, behind an address that looks public.
        | [168, 63, 129, 16] => true,
        [a, ..] => a >= 224, // multicast, reserved, broadcast
    };
    !inward
}

fn is_public_v6(ip: Ipv6Addr) -> bool {
    match ip.segments() {
        // NAT64: how a network without IPv4 reaches the IPv4 internet.
        [0x64, 0xff9b, 0, 0, 0, 0, high, low] => is_public_v4(Ipv4Addr::from((u32::from(high) << 16) | u32::from(low))),
        [0x2001, b, ..] => b >= 0x200 && b != 0xdb8, // protocol assignments (Teredo), documentation
        [0x2002, ..] => false,                       // 6to4: an IPv4 address inside
        [0x3fff, b, ..] => b >= 0x1000,              // documentation
        [a, ..] => a & 0xe000 == 0x2000,             // all that is given out; loopback, mapped, local, multicast lie elsewhere
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn list(entries: &[&str]) -> Vec<String> {
        entries.iter().map(ToString::to_string).collect()
    }

    #[test]
    fn a_public_https_address_on_any_port_is_allowed() {
        for url in
            ["https://hooks.example.com/x?y=z", "https://hooks.example.com:8443/", "https://8.8.8.8/", "https://[2606:4700::1]/"]
        {
            assert_eq!(check(url, &[]), Ok(()), "{url}");
        }
    }

    #[test]
    fn literal_inward_addresses_are_refused_in_every_notation() {
        let hosts = [
            "127.0.0.1",
            "0x7f.1",
            "0177.0.0.1",
            "2130706433",
            "127.1",
            "127.0.0.1.",
            "%31%32%37.0.0.1",
            "１２７.0.0.1",
            "0.0.0.0",
            "10.1.2.3",
            "172.16.0.1",
            "172.31.255.255",
            "192.168.1.1",
            "169.254.169.254",
            "100.64.0.1",
            "100.100.100.200",
            "168.63.129.16",
            "192.0.2.1",
            "198.51.100.1",
            "203.0.113.1",
            "198.18.0.1",
            "224.0.0.1",
            "240.0.0.1",
            "255.255.255.255",
            "[::]",
            "[::1]",
            "[::ffff:8.8.8.8]",
            "[::ffff:7f00:1]",
            "[64:ff9b::7f00:1]",
            "[fd00:ec2::254]",
            "[fe80::1]",
            "[fec0::1]",
            "[ff02::1]",
            "[2001:db8::1]",
            "[2001::1]",
            "[2002:7f00:1::]",
            "[3fff::1]",
            "[100::1]",
            "localhost",
            "LOCALHOST.",
            "a.localhost",
            "a.localhost.",
        ];
        for host in hosts {
            let verdict = check(&format!("https://{host}:8443/hook"), &[]);
            assert!(matches!(verdict, Err(Refused::Inward(_))), "{host}: {verdict:?}");
        }
    }

    #[test]
    fn neighbours_of_inward_ranges_are_public() {
        for ip in [
            "172.15.0.1",
            "172.32.0.1",
            "100.63.0.1",
            "100.128.0.1",
            "192.0.1.1",
            "198.17.0.1",
            "64:ff9b::808:808",
            "2001:200::1",
        ] {
            assert!(is_public(ip.parse().unwrap()), "{ip}");
        }
    }

    #[test]
    fn what_is_no_https_url_is_refused() {
        assert_eq!(check("http://hooks.example.com/", &[]), Err(Refused::Scheme("http".into())));
        assert_eq!(check("ftp://hooks.example.com/", &list(&["hooks.example.com"])), Err(Refused::Scheme("ftp".into())));
        assert_eq!(check("mailto:it@example.com", &[]), Err(Refused::Scheme("mailto".into())));
        assert_eq!(check("https://me:secret@hooks.example.com/", &list(&["hooks.example.com"])), Err(Refused::UserInfo));
        assert!(matches!(check("hooks.example.com/x", &[]), Err(Refused::NotAUrl(_))));
        assert!(matches!(check("https://", &[]), Err(Refused::NotAUrl(_))));
        assert!(matches!(check("https://a:99999/", &[]), Err(Refused::NotAUrl(_))));
    }

    #[test]
    fn a_listed_host_may_be_private_and_speak_plain_http() {
        let listed = [
            ("http://hooks.internal:8080/x", "hooks.internal"),
            ("http://HOOKS.internal./x", "Hooks.Internal:80"),
            ("http://0x7f.1:8080/x", "127.0.0.1:8080"),
            ("https://[::1]:8443/x", "[::1]:8443"),
            ("http://[::1]/x", "::1"),
            ("http://localhost/x", "localhost"),
        ];
        for (url, entry) in listed {
            assert_eq!(check(url, &list(&[entry])), Ok(()), "{url} {entry}");
        }
    }

    #[test]
    fn an_entry_lists_neither_another_port_nor_another_host() {
        for (url, entry) in [
            ("https://127.0.0.1:8081/", "127.0.0.1:8080"),
            ("https://127.0.0.2/", "127.0.0.1"),
            ("https://a.localhost/", "localhost"),
        ] {
            assert!(check(url, &list(&[entry])).is_err(), "{url} {entry}");
        }
    }

    #[test]
    fn entries_that_are_no_hosts_are_found() {
        for entry in ["", "http://a", "a/b", "a:port", "*.example.com", "a b"] {
            let error = check_hosts(&list(&["good.example.com", entry])).unwrap_err();
            assert!(error.to_string().contains("write hooks.example.com"), "{error}");
        }
        assert_eq!(check_hosts(&list(&["a", "a:1", "1.2.3.4", "1.2.3.4:5", "[::1]", "[::1]:5", "::1"])), Ok(()));
    }
}
