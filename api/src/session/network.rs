//! The address of a client: the peer's, or, behind trusted proxies, the address that the nearest proxy names.

use std::net::{IpAddr, Ipv6Addr};
use std::str::FromStr;

/// An address, or a network of addresses with the same first bits.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Network {
    address: IpAddr,
    bits: u32,
}

impl FromStr for Network {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let wrong = || format!("`{text}` is no address and no network such as 10.0.0.0/8");
        let (address, bits) = text.trim().split_once('/').map_or((text.trim(), None), |(a, b)| (a, Some(b)));
        let address: IpAddr = address.parse().map_err(|_| wrong())?;
        let most = if address.is_ipv4() { 32 } else { 128 };
        let bits = bits.map_or(Ok(most), str::parse).ok().filter(|bits| *bits <= most).ok_or_else(wrong)?;
        Ok(Self { address, bits })
    }
}

impl Network {
    fn holds(self, address: IpAddr) -> bool {
        match (self.address, address) {
            (IpAddr::V4(ours), IpAddr::V4(theirs)) => {
                (ours.to_bits() ^ theirs.to_bits()).checked_shr(32 - self.bits).unwrap_or(0) == 0
            }
            (IpAddr::V6(ours), IpAddr::V6(theirs)) => {
                (ours.to_bits() ^ theirs.to_bits()).checked_shr(128 - self.bits).unwrap_or(0) == 0
            }
            _ => false,
        }
    }
}

/// The address of the client: the right-most one that is no trusted proxy's. Anybody may have written the entries left
/// of it. An entry that is no address ends the search.
pub fn client<'a>(
    peer: IpAddr,
    forwarded: impl DoubleEndedIterator<Item = &'a str>,
    trusted: &[Network],
) -> IpAddr {
    let is_trusted = |address| trusted.iter().any(|network| network.holds(address));
    let mut client = peer.to_canonical();
    let mut named = forwarded.flat_map(|line| line.split(',')).rev();
    while is_trusted(client) {
        let Some(Ok(next)) = named.next().map(|text| text.trim().parse::<IpAddr>()) else { break };
        client = next.to_canonical();
    }
    client
}

/// Key under which guesses from an address are counted. For IPv6 it is the /64 network, since one client has very many
/// addresses.
pub fn counted(address: IpAddr) -> String {
    match address {
        IpAddr::V4(address) => address.to_string(),
        IpAddr::V6(address) => format!("{}/64", Ipv6Addr::from_bits(address.to_bits() >> 64 << 64)),
    }
}

/// Key under which the networks of one IPv6 site are counted together: a site has up to 65 536 of them.
pub fn site(address: IpAddr) -> Option<String> {
    match address {
        IpAddr::V4(_) => None,
        IpAddr::V6(address) => Some(format!("{}/48", Ipv6Addr::from_bits(address.to_bits() >> 80 << 80))),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn told(peer: &str, forwarded: &[&str], trusted: &[&str]) -> String {
        let trusted: Vec<Network> = trusted.iter().map(|text| text.parse().unwrap()).collect();
        client(peer.parse().unwrap(), forwarded.iter().copied(), &trusted).to_string()
    }

    #[test]
    fn a_proxy_is_believed_only_where_it_is_trusted() {
        assert_eq!(told("9.9.9.9", &["1.1.1.1"], &[]), "9.9.9.9");
        assert_eq!(told("9.9.9.9", &["1.1.1.1"], &["10.0.0.0/8"]), "9.9.9.9");
        assert_eq!(told("10.1.2.3", &["1.1.1.1, 2.2.2.2"], &["10.0.0.0/8"]), "2.2.2.2");
        assert_eq!(told("10.1.2.3", &["1.1.1.1", "2.2.2.2, 10.7.7.7"], &["10.0.0.0/8"]), "2.2.2.2");
        assert_eq!(told("10.1.2.3", &["1.1.1.1, nonsense"], &["10.0.0.0/8"]), "10.1.2.3");
        assert_eq!(told("10.1.2.3", &[], &["10.0.0.0/8"]), "10.1.2.3");
        assert_eq!(told("::ffff:10.1.2.3", &["2.2.2.2"], &["10.1.2.3"]), "2.2.2.2");
        assert_eq!(told("fd00::1", &["2001:db8::5"], &["fd00::/8"]), "2001:db8::5");
        assert_eq!(told("9.9.9.9", &["1.1.1.1"], &["0.0.0.0/0"]), "1.1.1.1");
    }

    #[test]
    fn a_network_reads_or_is_refused() {
        for text in ["", "ten", "10.0.0.0/33", "10.0.0.0/x", "::/129"] {
            assert!(text.parse::<Network>().is_err(), "{text}");
        }
        assert_eq!(counted("1.2.3.4".parse().unwrap()), "1.2.3.4");
        assert_eq!(counted("2001:db8:1:2:3:4:5:6".parse().unwrap()), "2001:db8:1:2::/64");
        assert_eq!(site("2001:db8:1:2:3:4:5:6".parse().unwrap()).unwrap(), "2001:db8:1::/48");
        assert_eq!(site("1.2.3.4".parse().unwrap()), None);
    }
}
