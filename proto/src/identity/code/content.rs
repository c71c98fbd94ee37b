//! The bytes inside a printed invitation: `flags (1) | unit | address | pin (16) | secret (16)`.

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr};

use super::{InviteCode, Pin};
use crate::identity::invite::InviteSecret;
use crate::model::party::{Party, SchoolCode};
use crate::model::region::{Level, Region};

const SCHOOL: u8 = 1 << 3;
const SPELLED: u8 = 1 << 4;
const HOST_V6: u8 = 1 << 5;
const HOST_NAME: u8 = 1 << 6;

/// The content of a code.
pub(super) fn write(code: &InviteCode) -> Vec<u8> {
    let (unit_flags, unit) = write_unit(&code.unit);
    let (host_flags, address) = write_address(&code.address).expect("checked when the code was made");
    [&[unit_flags | host_flags][..], &unit, &address, &code.pin.0, code.secret.bytes()].concat()
}

/// How many bytes the content has, as its beginning says.
pub(super) fn length(content: &[u8]) -> Option<usize> {
    let flags = *content.first()?;
    let unit = match (flags & SPELLED, flags & SCHOOL) {
        (0, 0) => 4,
        (0, _) => 9,
        _ => 1 + usize::from(*content.get(1)?),
    };
    let address = match flags & (HOST_NAME | HOST_V6) {
        0 => 6,
        HOST_V6 => 18,
        _ => 1 + packed_len(usize::from(*content.get(1 + unit)?)) + 2,
    };
    Some(1 + unit + address + 16 + 16)
}

/// Reads the content back; `None` when it makes no sense.
pub(super) fn read(content: &[u8]) -> Option<InviteCode> {
    let (flags, rest) = content.split_first()?;
    let (unit, rest) = read_unit(*flags, rest)?;
    let (address, rest) = read_address(*flags, rest)?;
    let (pin, secret) = rest.split_first_chunk::<16>()?;
    Some(InviteCode {
        unit,
        address,
        pin: Pin(*pin),
        secret: InviteSecret::from_bytes(secret.try_into().ok()?),
    })
}

/// Most paths follow from the last place's code and a mark for each level above that is in the path
/// (a county run by the province has no city above); the others are spelled out.
fn write_unit(unit: &Party) -> (u8, Vec<u8>) {
    let mut flags = unit.school_code().map_or(0, |_| SCHOOL);
    for above in unit.lineage().filter(|hub| !hub.is_school()).skip(1) {
        flags |= level_flag(above.region().level());
    }
    let mut out = unit.region().number().to_be_bytes().to_vec();
    if let Some(code) = unit.school_code() {
        out.extend_from_slice(&code.number().to_be_bytes()[3..]);
    }
    if read_unit(flags, &out).is_some_and(|(back, _)| back == *unit) {
        return (flags, out);
    }
    let path = unit.to_string();
    let len = u8::try_from(path.len()).expect("a path has four hubs and a school at most: 40 characters");
    (SPELLED, [&[len], path.as_bytes()].concat())
}

const fn level_flag(level: Level) -> u8 {
    match level {
        Level::Province => 1,
        Level::City => 2,
        Level::County => 4,
        Level::Town => 0,
    }
}

fn read_unit(flags: u8, bytes: &[u8]) -> Option<(Party, &[u8])> {
    if flags & SPELLED != 0 {
        let (len, rest) = bytes.split_first()?;
        let (path, rest) = rest.split_at_checked(usize::from(*len))?;
        return Some((std::str::from_utf8(path).ok()?.parse().ok()?, rest));
    }
    let (number, mut rest) = bytes.split_first_chunk::<4>()?;
    let last = Region::from_number(u32::from_be_bytes(*number)).ok()?;
    let mut path: Vec<Region> = std::iter::successors(last.parent(), |region| region.parent())
        .filter(|region| flags & level_flag(region.level()) != 0)
        .collect();
    path.insert(0, last);
    let top = Party::root(path.pop()?);
    let mut unit = path.into_iter().rev().try_fold(top, |unit, region| unit.hub(region))?;
    if flags & SCHOOL != 0 {
        let (code, after) = rest.split_first_chunk::<5>()?;
        let number = code.iter().fold(0_u64, |number, byte| number << 8 | u64::from(*byte));
        unit = unit.school(format!("{number:010}").parse::<SchoolCode>().ok()?)?;
        rest = after;
    }
    Some((unit, rest))
}

/// A `host:port`; `None` when it is none.
pub(super) fn write_address(address: &str) -> Option<(u8, Vec<u8>)> {
    if let Ok(socket) = address.parse::<SocketAddr>() {
        let (flags, mut out) = match socket.ip() {
            IpAddr::V4(ip) => (0, ip.octets().to_vec()),
            IpAddr::V6(ip) => (HOST_V6, ip.octets().to_vec()),
        };
        out.extend_from_slice(&socket.port().to_be_bytes());
        return (socket.to_string() == address).then_some((flags, out));
    }
    let (host, port) = address.rsplit_once(':')?;
    let (len, number) = (u8::try_from(host.len()).ok()?, port.parse::<u16>().ok()?);
    if host.is_empty() || number.to_string() != port {
        return None;
    }
    let mut out = vec![len];
    for three in host.as_bytes().chunks(3) {
        let packed = (0..3)
            .try_fold(0_u16, |sum, i| Some(sum * 40 + three.get(i).map_or(Some(0), |c| host_digit(*c))?))?;
        out.extend_from_slice(&packed.to_be_bytes());
    }
    out.extend_from_slice(&number.to_be_bytes());
    Some((HOST_NAME, out))
}

fn read_address(flags: u8, bytes: &[u8]) -> Option<(String, &[u8])> {
    let (host, rest) = match flags & (HOST_NAME | HOST_V6) {
        0 => bytes.split_first_chunk::<4>().map(|(ip, rest)| (Ipv4Addr::from(*ip).to_string(), rest))?,
        HOST_V6 => {
            bytes.split_first_chunk::<16>().map(|(ip, rest)| (format!("[{}]", Ipv6Addr::from(*ip)), rest))?
        }
        _ => {
            let (len, rest) = bytes.split_first()?;
            let (packed, rest) = rest.split_at_checked(packed_len(usize::from(*len)))?;
            (unpack_host(packed, usize::from(*len))?, rest)
        }
    };
    let (port, rest) = rest.split_first_chunk::<2>()?;
    Some((format!("{host}:{}", u16::from_be_bytes(*port)), rest))
}

/// Three characters of a host name fit into two bytes, because there are only 38 of them.
const HOST: &[u8; 38] = b"abcdefghijklmnopqrstuvwxyz0123456789-.";

fn host_digit(character: u8) -> Option<u16> {
    HOST.iter().position(|c| *c == character).and_then(|at| u16::try_from(at + 1).ok())
}

const fn packed_len(characters: usize) -> usize {
    characters.div_ceil(3) * 2
}

fn unpack_host(packed: &[u8], len: usize) -> Option<String> {
    let mut host = String::with_capacity(len);
    for two in packed.chunks_exact(2) {
        let sum = u16::from_be_bytes([two[0], two[1]]);
        for digit in [sum / 1_600, sum / 40 % 40, sum % 40].into_iter().take(len - host.len()) {
            host.push(char::from(*HOST.get(usize::from(digit.checked_sub(1)?))?));
        }
    }
    Some(host)
}
