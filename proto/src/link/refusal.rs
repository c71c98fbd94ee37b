//! Why a parent does not talk to a party. The code travels in a header; each side words it for its own
//! people.

use tonic::{Code, Status};

use super::conversation::TalkError;
use crate::model::lang::{Lang, Say};
use crate::say;

const HEADER: &str = "guixue-refusal";

/// Why a party is turned away, or a conversation ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, thiserror::Error)]
pub enum Refusal {
    /// No certificate was shown.
    #[error("no certificate was shown")]
    NoCertificate,
    /// The certificate is good, but this parent does not know the party.
    #[error("the party is not known here")]
    Unknown,
    /// The party's certificate is not the one that is registered.
    #[error("another certificate is registered for the party")]
    OtherKey,
    /// The certificate was revoked.
    #[error("the party's certificate was revoked")]
    Revoked,
    /// The party was closed, merged or moved: what it says no longer counts there.
    #[error("the party was closed")]
    Closed,
    /// The certificate expired beyond the grace.
    #[error("the party's certificate expired too long ago")]
    Expired,
    /// The party does not hang on this hub.
    #[error("the party does not hang on this hub")]
    NotBelow,
    /// No common protocol version.
    #[error("no common protocol version")]
    Version,
    /// Something was said that the protocol does not allow.
    #[error("something was said that the protocol does not allow")]
    Protocol,
    /// The parent cannot write now: its disk is full or it is stopping.
    #[error("the parent cannot write now")]
    CannotWrite,
}

impl Refusal {
    const ALL: [(Self, &'static str, Code); 10] = [
        (Self::NoCertificate, "no-certificate", Code::Unauthenticated),
        (Self::Unknown, "unknown", Code::PermissionDenied),
        (Self::OtherKey, "other-key", Code::PermissionDenied),
        (Self::Revoked, "revoked", Code::PermissionDenied),
        (Self::Closed, "closed", Code::PermissionDenied),
        (Self::Expired, "expired", Code::PermissionDenied),
        (Self::NotBelow, "not-below", Code::PermissionDenied),
        (Self::Version, "version", Code::FailedPrecondition),
        (Self::Protocol, "protocol", Code::InvalidArgument),
        (Self::CannotWrite, "cannot-write", Code::Unavailable),
    ];

    /// The code in headers and metrics.
    pub fn code(self) -> &'static str {
        Self::ALL.iter().find(|(refusal, ..)| *refusal == self).map_or("protocol", |(_, code, _)| code)
    }

    /// Whether it rests on what the parent has on record of the party, or has not.
    pub const fn is_of_the_register(self) -> bool {
        matches!(self, Self::Unknown | Self::OtherKey | Self::Revoked | Self::Closed)
    }

    /// The refusal that a status carries.
    pub fn of(status: &Status) -> Option<Self> {
        Self::from_code(status.metadata().get(HEADER)?.to_str().ok()?)
    }

    /// The refusal of a code.
    pub fn from_code(shown: &str) -> Option<Self> {
        Self::ALL.iter().find(|(_, code, _)| *code == shown).map(|(refusal, ..)| *refusal)
    }
}

impl From<Refusal> for Status {
    fn from(refusal: Refusal) -> Self {
        let code =
            Refusal::ALL.iter().find(|(r, ..)| *r == refusal).map_or(Code::InvalidArgument, |(.., c)| *c);
        let mut status = Self::new(code, refusal.to_string());
        status.metadata_mut().insert(HEADER, refusal.code().parse().expect("refusal codes are plain ASCII"));
        status
    }
}

impl From<&TalkError> for Refusal {
    fn from(error: &TalkError) -> Self {
        match error {
            TalkError::Store(_) => Self::CannotWrite,
            TalkError::Version { .. } => Self::Version,
            TalkError::Malformed(_) | TalkError::NotYours(_) | TalkError::Order(_) => Self::Protocol,
        }
    }
}

impl Say for Refusal {
    fn say(&self, lang: Lang) -> String {
        match self {
            Self::NoCertificate => {
                say!(lang, "没有出示证书，请先加入上级", "no certificate was shown: join first")
            }
            Self::Unknown => say!(
                lang,
                "上级没有登记本单位。如刚刚加入，乡镇要到下次与县联系后才知道，稍后自动重试；否则请上级重新邀请或恢复登记（units readmit）",
                "the parent has no record of this party. Right after joining a town learns of it at its next contact with the county, and it is tried again; else ask for a new invitation, or for units readmit"
            ),
            Self::OtherKey => say!(
                lang,
                "上级登记的是另一张证书：可能另一台电脑用同一单位名义加入过，请上级核实",
                "the parent has another certificate on record: another machine may have joined in this name"
            ),
            Self::Revoked => {
                say!(
                    lang,
                    "本单位的证书已被上级停用，请向上级索取新的邀请码后重新加入",
                    "this party's certificate was revoked by the parent: ask for a new invitation and join again"
                )
            }
            Self::Closed => say!(
                lang,
                "上级已将本单位撤销登记，本单位的数据不再计入；如已划归他处，请索取新的邀请码，修改 config.toml 中的 under 后重新加入",
                "this party was closed by the parent and no longer counts: if it moved, get a new invitation, change under in config.toml and join again"
            ),
            Self::Expired => say!(
                lang,
                "证书过期已超过宽限期，请上级重新邀请",
                "the certificate expired beyond the grace: ask the parent for a new invitation"
            ),
            Self::NotBelow => say!(
                lang,
                "本单位不归该上级管理，请核对上级地址",
                "this party does not hang on that hub: check the parent's address"
            ),
            Self::Version => say!(
                lang,
                "双方程序版本相差太多，请升级较旧的一方",
                "the programs are too many versions apart: upgrade the older one"
            ),
            Self::Protocol => say!(
                lang,
                "上级不接受所发内容，请运行 doctor 并联系上级",
                "the parent does not accept what was said: run doctor and call the parent"
            ),
            Self::CannotWrite => {
                say!(lang, "上级暂时无法写入，稍后自动重试", "the parent cannot write now: tried again later")
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_refusal_travels_and_is_worded_twice() {
        for (refusal, ..) in Refusal::ALL {
            assert_eq!(Refusal::of(&Status::from(refusal)), Some(refusal));
            assert_ne!(refusal.say(Lang::Zh), refusal.say(Lang::En));
        }
        assert_eq!(Refusal::of(&Status::internal("other")), None);
    }
}
