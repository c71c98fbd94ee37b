//! Why a handshake failed, in words that tell a person what to do.

use std::error::Error as StdError;
use std::io;

use rustls::pki_types::UnixTime;
use rustls::{AlertDescription, CertificateError, Error};

use super::PeerError;
use super::verify::Misfit;
use crate::identity::certificate::NotACertificate;
use crate::model::day::Moment;
use crate::model::lang::{Lang, Say};
use crate::model::party::Party;
use crate::model::reason;
use crate::say;

/// Why two ends did not come together.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum TlsFault {
    /// The other end's certificate begins in the future, by this machine's clock.
    #[error("the peer's certificate is not valid before {from}, and the clock here shows {now}")]
    NotYetValid {
        /// When it begins.
        from: Moment,
        /// What this machine's clock shows.
        now: Moment,
    },
    /// The other end's certificate, or that of its authority, has ended.
    #[error("the peer's certificate expired at {since}, and the clock here shows {now}")]
    Expired {
        /// When it ended.
        since: Moment,
        /// What this machine's clock shows.
        now: Moment,
    },
    /// The other end's certificate is not one of ours.
    #[error("the peer's certificate is refused: {0}")]
    Form(NotACertificate),
    /// The party is not in the jurisdiction that is accepted here.
    #[error("{0} is outside the jurisdiction accepted here")]
    Outside(Party),
    /// Somebody else answers at the parent's address.
    #[error("expected {expected}, found {found}")]
    OtherParty {
        /// Who should have answered.
        expected: Party,
        /// Who did.
        found: Party,
    },
    /// The hub's authority is not the one of the invitation.
    #[error("the hub's authority does not fit the invitation")]
    Pin,
    /// Its certificate comes from an authority that is not known here.
    #[error("the peer's certificate comes from an authority that is not known here")]
    ForeignAuthority,
    /// The other end says that our certificate has expired or is not valid yet.
    #[error("the peer finds our certificate outside its dates")]
    OurDates,
    /// The other end does not know our authority.
    #[error("the peer does not know our authority")]
    OurAuthority,
    /// The other end refuses our certificate for another reason.
    #[error("the peer refuses our certificate")]
    OurCertificate,
    /// The session was resumed, but the other end's certificate does not hold any more.
    #[error(transparent)]
    Peer(PeerError),
    /// The other end does not speak this protocol.
    #[error("the other end does not speak tls 1.3 as we do: {0}")]
    Language(String),
}

impl TlsFault {
    /// The fault inside an error, however deep; `None` when TLS is not to blame (the line was cut).
    pub fn of(error: &(dyn StdError + 'static)) -> Option<Self> {
        let mut next = Some(error);
        while let Some(error) = next {
            if let Some(tls) = error.downcast_ref::<Error>() {
                return Some(Self::from(tls));
            }
            if let Some(peer) = error.downcast_ref::<PeerError>() {
                return Some(Self::Peer(peer.clone()));
            }
            next = match error.downcast_ref::<io::Error>() {
                // an io::Error's own source skips the error that it wraps
                Some(wrapper) => wrapper.get_ref().map(|inner| inner as &(dyn StdError + 'static)),
                None => error.source(),
            };
        }
        None
    }
}

impl From<&Error> for TlsFault {
    fn from(error: &Error) -> Self {
        match error {
            Error::InvalidCertificate(certificate) => refused_here(certificate),
            Error::AlertReceived(alert) => refused_there(*alert),
            other => Self::Language(other.to_string()),
        }
    }
}

fn refused_here(error: &CertificateError) -> TlsFault {
    let moment = |time: &UnixTime| Moment(i64::try_from(time.as_secs()).map_or(i64::MAX, |s| s * 1_000));
    match error {
        CertificateError::NotValidYetContext { time, not_before } => {
            TlsFault::NotYetValid { from: moment(not_before), now: moment(time) }
        }
        CertificateError::ExpiredContext { time, not_after } => {
            TlsFault::Expired { since: moment(not_after), now: moment(time) }
        }
        CertificateError::Other(other) => match other.0.downcast_ref::<Misfit>() {
            Some(Misfit::Form(form)) => TlsFault::Form(form.clone()),
            Some(Misfit::Outside(party)) => TlsFault::Outside(party.clone()),
            Some(Misfit::OtherParty { expected, found }) => {
                TlsFault::OtherParty { expected: expected.clone(), found: found.clone() }
            }
            Some(Misfit::Pin) => TlsFault::Pin,
            // webpki: a name or a path outside what the authority was limited to
            None => TlsFault::ForeignAuthority,
        },
        _ => TlsFault::ForeignAuthority,
    }
}

fn refused_there(alert: AlertDescription) -> TlsFault {
    match alert {
        AlertDescription::CertificateExpired => TlsFault::OurDates,
        AlertDescription::UnknownCA | AlertDescription::DecryptError => TlsFault::OurAuthority,
        AlertDescription::BadCertificate
        | AlertDescription::UnsupportedCertificate
        | AlertDescription::CertificateRevoked
        | AlertDescription::CertificateUnknown
        | AlertDescription::AccessDenied
        | AlertDescription::CertificateRequired => TlsFault::OurCertificate,
        other => TlsFault::Language(format!("{other:?}")),
    }
}

impl Say for TlsFault {
    fn say(&self, lang: Lang) -> String {
        match self {
            Self::NotYetValid { from, now } => say!(
                lang,
                "对方证书自 {from} 起才有效，而本机时间是 {now}：请先核对本机的日期和时间，再请对方核对",
                "the other side's certificate is valid only from {from}, and this machine's clock shows {now}: check the date and time here first, then there"
            ),
            Self::Expired { since, now } => say!(
                lang,
                "对方证书已于 {since} 到期，而本机时间是 {now}：请核对本机的日期和时间；如时间无误，请通知对方续期",
                "the other side's certificate expired at {since}, and this machine's clock shows {now}: check the date and time here; if they are right, tell the other side to renew"
            ),
            Self::Form(form) => form.say(lang),
            Self::Peer(peer) => peer.say(lang),
            Self::OurDates => say!(
                lang,
                "对方认为本单位的证书不在有效期内：请核对本机的日期和时间；如时间无误，请联系上级办理续期",
                "the other side finds our certificate outside its dates: check this machine's date and time; if they are right, ask the office above to renew it"
            ),
            Self::Language(technical) => say!(
                lang,
                "对方不是归学系统的端口，或握手没有完成（{}）。请核对上级的地址和端口，或检查中间的网络设备",
                "the other end is no port of this system, or the handshake was not finished ({}). Check the parent's address and port, and any device in between",
                reason::told(technical, lang)
            ),
            identity => say_identity(identity, lang),
        }
    }
}

/// Who is who went wrong: never to be waved through.
fn say_identity(fault: &TlsFault, lang: Lang) -> String {
    match fault {
        TlsFault::Outside(party) => say!(
            lang,
            "{party} 不在可接受的辖区内，连接已拒绝。请核对该单位应连接哪个上级",
            "{party} is outside the jurisdiction accepted here; the connection is refused. Check which parent that unit belongs to"
        ),
        TlsFault::OtherParty { expected, found } => say!(
            lang,
            "该地址应是 {expected}，应答的却是 {found}。请核对上级的地址和端口",
            "{expected} should answer at this address, but it is {found}. Check the parent's address and port"
        ),
        TlsFault::Pin => say!(
            lang,
            "应答的服务器与邀请码不符，可能连错了地址，也可能有人冒充。请勿继续，电话向上级核实地址后再试",
            "the server does not fit the invitation: the address is wrong, or somebody poses as the hub. Do not go on; call the office above, check the address, then try again"
        ),
        TlsFault::OurAuthority => say!(
            lang,
            "对方不认识签发本单位证书的机构。请核对上级的地址；如上级重建过，请索取新的邀请码重新入网",
            "the other side does not know the authority that issued our certificate. Check the parent's address; if the parent was set up anew, ask for a new invitation"
        ),
        TlsFault::OurCertificate => say!(
            lang,
            "对方不接受本单位的证书，可能已停用。请联系上级",
            "the other side refuses our certificate; it may be revoked. Ask the office above"
        ),
        _ => say!(
            lang,
            "对方的证书不是本系统认可的机构签发的，连接已拒绝。请核对地址，或检查中间的网络设备",
            "the other side's certificate comes from an authority that is not known here; the connection is refused. Check the address, and any device in between"
        ),
    }
}
