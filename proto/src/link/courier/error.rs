//! Why a file is not written or not taken.

use crate::convert::Malformed;
use crate::identity::certificate::NotACertificate;
use crate::link::conversation::TalkError;
use crate::link::refusal::Refusal;
use crate::link::tls::PeerError;
use crate::model::lang::{Lang, Say};
use crate::model::party::Party;
use crate::model::reason;
use crate::say;

/// Why a file is not written or not taken. Unless it says otherwise, nothing was changed.
#[derive(Debug, thiserror::Error)]
pub enum CourierError {
    /// Some other file.
    #[error("the file is no bundle")]
    NotABundle,
    /// Written by a later release.
    #[error("the bundle has format {found}, this release reads up to {known}")]
    Newer {
        /// Its format.
        found: u16,
        /// The newest format that is read.
        known: u16,
    },
    /// Not whole: the stick was pulled out too early.
    #[error("the bundle is cut off: {have} of {want} bytes")]
    Cut {
        /// Bytes that are there.
        have: u64,
        /// Bytes that it says it has.
        want: u64,
    },
    /// Over the limit, packed or unpacked.
    #[error("the bundle is larger than its limit")]
    TooLarge,
    /// Sealed for another unit, or for a key that this one had before.
    #[error("the bundle is sealed for another key")]
    OtherKey,
    /// Not as it was sealed.
    #[error("the bundle was changed after it was sealed")]
    Changed,
    /// Sealed for this unit by somebody who meant another.
    #[error("the bundle is for {to}, this is {me}")]
    OtherReceiver {
        /// For whom.
        to: Party,
        /// This party.
        me: Party,
    },
    /// What was sealed does not say what it must.
    #[error("the bundle makes no sense: {0}")]
    Malformed(Malformed),
    /// The sender's certificate was not issued by an authority that counts here.
    #[error("no authority that counts here vouches for the sender")]
    Unvouched(Option<Party>),
    /// The sender's certificate is no certificate of this system.
    #[error("the sender's certificate is refused: {0}")]
    Certificate(#[from] NotACertificate),
    /// The sender's certificate does not hold now.
    #[error(transparent)]
    Peer(#[from] PeerError),
    /// The signature is not the sender's.
    #[error("the signature of {0} does not fit")]
    Signature(Party),
    /// The sender is neither this party's parent nor one of its units.
    #[error("{0} is neither the parent nor a unit of this party")]
    Stranger(Party),
    /// The sender is the root of a province that this one does not know.
    #[error("{0} is no neighbour of this province")]
    NoNeighbour(Party),
    /// The sender is the root of a province that was removed from the neighbours.
    #[error("{0} is no neighbour of this province any more")]
    RemovedNeighbour(Party),
    /// The sender is turned away, as on a line.
    #[error("{from} is turned away: {why}")]
    Refused {
        /// Who.
        from: Party,
        /// Why.
        why: Refusal,
    },
    /// The neighbour has not shown its sealing key.
    #[error("the sealing key of {0} is not known")]
    NoKey(Party),
    /// There is no certificate or no parent yet.
    #[error("not joined yet")]
    NotJoined,
    /// What is said cannot be taken, or the store failed. What was taken before stands.
    #[error(transparent)]
    Talk(#[from] TalkError),
    /// A file cannot be read or written.
    #[error("{path}: {why}")]
    File {
        /// Which.
        path: String,
        /// Why.
        why: std::io::Error,
    },
}

impl From<Malformed> for CourierError {
    fn from(malformed: Malformed) -> Self {
        match malformed {
            Malformed::TooLarge(_) => Self::TooLarge,
            other => Self::Malformed(other),
        }
    }
}

impl Say for CourierError {
    fn say(&self, lang: Lang) -> String {
        match self {
            Self::NotABundle => say!(
                lang,
                "这不是本系统的传递文件。请选择扩展名为 .guixue、由 courier export 生成的文件。",
                "This is no courier file of this system. Choose a .guixue file that courier export has written."
            ),
            Self::Newer { found, known } => say!(
                lang,
                "文件格式为第 {found} 版，本程序只认到第 {known} 版，没有导入任何内容。请先升级本程序，再导入一次。",
                "The file has format {found}; this program reads up to {known}. Nothing was taken. Upgrade this program, then import it again."
            ),
            Self::Cut { have, want } => say!(
                lang,
                "文件不完整：应有 {want} 字节，只有 {have} 字节，没有导入任何内容。可能 U 盘拔得太早，请让对方重新导出。",
                "The file is cut off: {have} of {want} bytes. Nothing was taken. The stick may have been pulled out too early; let the sender export again."
            ),
            Self::TooLarge => say!(
                lang,
                "文件超过大小上限，没有导入任何内容。请让对方用 --size 分成较小的文件重新导出。",
                "The file is larger than the limit. Nothing was taken. Let the sender export again with a smaller --size."
            ),
            Self::OtherKey => say!(
                lang,
                "这份文件不是加密给本单位的（或者本单位的密钥已经更换），打不开，没有导入任何内容。请核对是否拿错了文件；没有拿错的，请让对方与本单位同步一次后重新导出。",
                "The file is sealed for another unit, or for a key that this one no longer has. Nothing was taken. Check that it is the right file; if it is, let the sender get in touch once and export again."
            ),
            Self::Changed => say!(
                lang,
                "文件在导出之后被改动或损坏，没有导入任何内容。请让对方重新导出，并换一个 U 盘再试。",
                "The file was changed or damaged after it was exported. Nothing was taken. Let the sender export again, on another stick."
            ),
            Self::OtherReceiver { to, me } => say!(
                lang,
                "这份文件是给 {to} 的，本单位是 {me}，没有导入任何内容。请转交该单位。",
                "The file is for {to}, this is {me}. Nothing was taken. Hand it to that unit."
            ),
            Self::Refused { from, why } => {
                let why = why.say(lang);
                say!(
                    lang,
                    "来自 {from} 的文件不予接收，没有导入任何内容：{why}。",
                    "The file from {from} is not taken, nothing was changed: {why}."
                )
            }
            other => other.say_rest(lang),
        }
    }
}

impl CourierError {
    fn say_rest(&self, lang: Lang) -> String {
        match self {
            Self::Signature(from) => say!(
                lang,
                "文件上 {from} 的签名不符，内容可能被人改过，没有导入任何内容。请向该单位核实，让其重新导出。",
                "The signature of {from} on the file does not fit; it may have been tampered with. Nothing was taken. Ask that unit, and let it export again."
            ),
            Self::Unvouched(from) => {
                let from = from.as_ref().map(Party::to_string).unwrap_or_default();
                say!(
                    lang,
                    "发送单位 {from} 的证书不是本单位承认的上级签发的，没有导入任何内容。请核对文件来源。",
                    "The certificate of the sender {from} was not issued by an authority that counts here. Nothing was taken. Check where the file comes from."
                )
            }
            Self::Certificate(error) => error.say(lang),
            Self::Peer(error) => error.say(lang),
            Self::Stranger(from) => say!(
                lang,
                "{from} 既不是本单位的上级，也不是本单位登记的下级，没有导入任何内容。请核对是否拿错了文件。",
                "{from} is neither the parent nor a registered unit of this one. Nothing was taken. Check that it is the right file."
            ),
            Self::NoNeighbour(from) => say!(
                lang,
                "{from} 不是本省登记的邻省，没有导入任何内容。请先核对指纹，用 neighbour add 登记对方的介绍文件，再导入一次。",
                "{from} is no registered neighbour of this province. Nothing was taken. Compare fingerprints and register its introduction with neighbour add, then import again."
            ),
            Self::RemovedNeighbour(from) => say!(
                lang,
                "{from} 已从邻省名单中移除，没有导入任何内容。确需恢复往来的，请核对指纹后用 neighbour add 重新登记。",
                "{from} was removed from the neighbours of this province. Nothing was taken. To go on with it, compare fingerprints and register it again with neighbour add."
            ),
            Self::NoKey(peer) => say!(
                lang,
                "还没有 {peer} 的加密密钥，无法给它导出文件。请先联网同步一次（sync），或先导入它给的文件，之后就可以离线传递。",
                "The sealing key of {peer} is not known yet, so no file can be written for it. Sync once on a line, or import a file from it first; after that, files will do."
            ),
            Self::NotJoined => say!(
                lang,
                "本单位还没有加入上级，不能传递文件。请先运行 join 邀请码。",
                "This unit has not joined its parent yet. Run join CODE first."
            ),
            Self::Talk(TalkError::Store(error)) => error.say(lang),
            Self::Talk(TalkError::Version { .. }) => say!(
                lang,
                "对方程序的协议版本与本程序没有交集，没有导入任何内容。请把较旧的一方升级。",
                "The sender's program and this one share no protocol version. Nothing was taken. Upgrade the older of the two."
            ),
            Self::File { path, why } if why.kind() == std::io::ErrorKind::NotFound => say!(
                lang,
                "{path} 不存在。请核对文件名，U 盘是否插好。",
                "{path} does not exist. Check the name, and that the stick is in."
            ),
            Self::File { path, why } => {
                say!(lang, "无法读写 {path}：{}。", "Cannot use {path}: {}.", reason::io(why, lang))
            }
            // a signed file that makes no sense: a fault of the sender's program
            other => say!(
                lang,
                "文件内容不合规（{other}）。已导入的部分有效，其余没有导入。请把文件交给技术人员。",
                "What the file says does not fit ({other}). What was taken before stands, the rest was left. Give the file to the technicians."
            ),
        }
    }
}
