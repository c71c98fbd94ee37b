//! The printed invitation: all that a unit needs to find its hub, to know it for certain, and to be
//! known. It is copied by hand at worst, so it is short and says where it was miscopied.
//!
//! `version (1 character) | flags, unit, address, pin, secret | check (6 characters)`, in groups of five.

mod content;

use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Serialize};

use super::base32::{self, CHECK, bytes, character, is_gap, is_good, one_wrong, symbols, symbols_for};
use super::invite::InviteSecret;
use super::keys::SpkiHash;
use crate::model::lang::{Lang, Say};
use crate::model::party::Party;
use crate::say;

const VERSION: u8 = 1;
const GROUP: usize = 5;

/// The first half of the SHA-256 of an authority's key: what a unit pins before its first contact. Nobody
/// can make a second key that fits it.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct Pin(pub [u8; 16]);

/// What the printed code says.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct InviteCode {
    /// The unit that is invited.
    pub unit: Party,
    /// The hub's `host:port`.
    pub address: String,
    /// The key of the authority that will issue the certificate.
    pub pin: Pin,
    /// The proof that the unit was invited.
    pub secret: InviteSecret,
}

/// Why an address cannot be printed.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{0:?} is not an address: expected host:port such as 10.2.3.4:7443 or hub.example.cn:7443")]
pub struct NotAnAddress(pub String);

/// Why a text is no invitation.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum NotACode {
    /// A character that no code has.
    #[error("{found:?} in group {group} is not a character of an invitation")]
    Character {
        /// The character.
        found: char,
        /// In which group of five, from 1.
        group: usize,
    },
    /// Characters are missing or too many.
    #[error("an invitation has {expected} characters here, found {found}")]
    Length {
        /// How many characters there should be.
        expected: usize,
        /// How many there are.
        found: usize,
    },
    /// The check characters do not fit.
    #[error("the check characters do not fit{}", .group.map(|group| format!(": look at group {group}")).unwrap_or_default())]
    Check {
        /// The group that alone would explain it, from 1.
        group: Option<usize>,
    },
    /// Printed by a program of another version.
    #[error("the invitation is of version {0}, this program reads version 1")]
    Version(u8),
    /// Not the eight digits by which a hub is known.
    #[error("{0:?} are not the eight digits of the invitation")]
    Digits(String),
    /// Not an address.
    #[error("{0:?} is not host:port")]
    Address(String),
    /// The check fits but the content makes no sense.
    #[error("the invitation says nothing that makes sense")]
    Content,
}

impl Pin {
    /// The pin of a key.
    pub fn of(key: &SpkiHash) -> Self {
        let mut pin = [0; 16];
        pin.copy_from_slice(&key.0[..16]);
        Self(pin)
    }

    /// Whether `key` is the pinned one.
    pub fn fits(&self, key: &SpkiHash) -> bool {
        key.0[..16] == self.0
    }
}

impl fmt::Debug for Pin {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0[..4].iter().try_for_each(|byte| write!(f, "{byte:02x}"))
    }
}

impl InviteCode {
    /// A code to print.
    ///
    /// # Errors
    /// When `address` is not `host:port` with a plain DNS name or an IP address.
    pub fn new(
        unit: Party,
        address: &str,
        authority: &SpkiHash,
        secret: InviteSecret,
    ) -> Result<Self, NotAnAddress> {
        let address = address.trim().to_ascii_lowercase();
        content::write_address(&address).ok_or_else(|| NotAnAddress(address.clone()))?;
        Ok(Self { unit, address, pin: Pin::of(authority), secret })
    }
}

impl fmt::Display for InviteCode {
    /// The code in groups of five, parted by dashes.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut written = vec![VERSION];
        written.extend(symbols(&content::write(self)));
        written.extend(base32::check(&written));
        for (i, symbol) in written.into_iter().enumerate() {
            if i > 0 && i % GROUP == 0 {
                f.write_str("-")?;
            }
            write!(f, "{}", character(symbol))?;
        }
        Ok(())
    }
}

impl FromStr for InviteCode {
    type Err = NotACode;

    fn from_str(text: &str) -> Result<Self, NotACode> {
        let mut written = Vec::with_capacity(96);
        for found in text.chars().filter(|c| !is_gap(*c)) {
            let group = written.len() / GROUP + 1;
            written.push(base32::symbol(found).ok_or(NotACode::Character { found, group })?);
            // far longer than any code: not worth looking at
            if written.len() > 1_000 {
                return Err(NotACode::Content);
            }
        }
        if !is_good(&written) || written.len() <= 1 + CHECK {
            return Err(miscopied(&written));
        }
        if written[0] != VERSION {
            return Err(NotACode::Version(written[0]));
        }
        let written = &written[1..written.len() - CHECK];
        // one code, one text: whatever would print differently was not printed by us
        content::read(&bytes(written))
            .filter(|code| symbols(&content::write(code)) == written)
            .ok_or(NotACode::Content)
    }
}

/// What to say of a text whose check does not fit: its length, its version or one group.
fn miscopied(written: &[u8]) -> NotACode {
    if let Some(at) = one_wrong(written) {
        return NotACode::Check { group: Some(at / GROUP + 1) };
    }
    match written.first() {
        Some(&VERSION) => {}
        Some(&version) if written.len() > 1 + CHECK => return NotACode::Version(version),
        _ => return NotACode::Length { expected: SHORTEST, found: written.len() },
    }
    let expected = content::length(&bytes(&written[1..])).map_or(SHORTEST, |n| 1 + symbols_for(n) + CHECK);
    if expected == written.len() {
        NotACode::Check { group: None }
    } else {
        NotACode::Length { expected, found: written.len() }
    }
}

/// The characters of the code for a hub below a hub at an IPv4 address, which is what most begin as.
const SHORTEST: usize = 1 + symbols_for(1 + 4 + 6 + 32) + CHECK;

impl Say for NotAnAddress {
    fn say(&self, lang: Lang) -> String {
        let address = &self.0;
        say!(
            lang,
            "“{address}”不是可用的地址。请写成 主机:端口，例如 10.2.3.4:7443 或 hub.example.cn:7443",
            "{address:?} is no usable address. Write host:port, such as 10.2.3.4:7443 or hub.example.cn:7443"
        )
    }
}

impl Say for NotACode {
    fn say(&self, lang: Lang) -> String {
        match self {
            Self::Character { found, group } => say!(
                lang,
                "邀请码第 {group} 组里的“{found}”不是邀请码的字符（只有数字和字母，没有字母 U）。请对照原件重新输入",
                "{found:?} in group {group} is no character of an invitation (digits and letters, no U). Compare with the original and type it again"
            ),
            Self::Length { expected, found } => say!(
                lang,
                "邀请码应有 {expected} 个字符，现有 {found} 个，可能漏抄或多抄。请对照原件重新输入",
                "the invitation should have {expected} characters but has {found}: some are missing or too many. Compare with the original and type it again"
            ),
            Self::Check { group: Some(group) } => say!(
                lang,
                "邀请码有误，很可能在第 {group} 组。请对照原件核对该组",
                "the invitation is miscopied, most likely in group {group}. Compare that group with the original"
            ),
            Self::Check { group: None } => say!(
                lang,
                "邀请码有误，不止一处抄错。请对照原件重新输入",
                "the invitation is miscopied in more than one place. Compare with the original and type it again"
            ),
            Self::Version(version) => say!(
                lang,
                "邀请码是第 {version} 版，本程序只能读第 1 版。请先升级本程序；如已是最新，请核对第一个字符",
                "the invitation is of version {version}, this program reads version 1. Upgrade this program; if it is the newest, check the first character"
            ),
            Self::Digits(found) => say!(
                lang,
                "核对码“{found}”不对：应为 8 位数字，例如 1234-5678。请向上级再听一遍",
                "{found:?} are not the eight digits of the invitation, such as 1234-5678. Ask for them again"
            ),
            Self::Address(found) => NotAnAddress(found.clone()).say(lang),
            Self::Content => say!(
                lang,
                "这不是本系统的邀请码。请向上级索取新的邀请码",
                "this is no invitation of this system. Ask the office above for a new one"
            ),
        }
    }
}

#[cfg(test)]
mod tests;
