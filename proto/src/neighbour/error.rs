//! Why a province is not taken for a neighbour.

use crate::convert::Malformed;
use crate::identity::fingerprint::{Fingerprint, NotAFingerprint};
use crate::model::lang::{Lang, Say};
use crate::model::party::Party;
use crate::say;
use crate::store::StoreError;

/// Why a province is not taken for a neighbour. Nothing was changed.
#[derive(Debug, thiserror::Error)]
pub enum NeighbourError {
    /// Some other file.
    #[error("the file is no introduction")]
    NotAnIntroduction,
    /// What the file says is not what it must.
    #[error("the introduction makes no sense: {0}")]
    Malformed(#[from] Malformed),
    /// Who signed it is no root of a province.
    #[error("{0} is no root of a province")]
    NoRoot(Party),
    /// Not as it was signed.
    #[error("the introduction was changed after it was signed")]
    Changed,
    /// It names a unit that is not the root's.
    #[error("the introduction of {root} names {unit}, which is not right below it")]
    NotIts {
        /// Whose introduction.
        root: Party,
        /// The unit that it names.
        unit: Party,
    },
    /// It is this party's own province.
    #[error("{0} is this province itself")]
    Oneself(Party),
    /// A province does this, no hub below it.
    #[error("{0} is no root of a province: its province knows the neighbours")]
    NotARoot(Party),
    /// What was typed is no fingerprint.
    #[error(transparent)]
    NotAFingerprint(#[from] NotAFingerprint),
    /// The fingerprint has to be compared first.
    #[error("the fingerprint {found} of {party} was not compared yet")]
    Compare {
        /// Who introduces itself.
        party: Party,
        /// The fingerprint of the file.
        found: Fingerprint,
    },
    /// The file is another root's than the fingerprint that was typed.
    #[error("the introduction of {party} has the fingerprint {found}, not the one that was typed")]
    OtherFingerprint {
        /// Who introduces itself.
        party: Party,
        /// The fingerprint of the file.
        found: Fingerprint,
    },
    /// A known neighbour shows another key.
    #[error("{0} has another key than the one known so far")]
    OtherKey(Party),
    /// No such neighbour.
    #[error("{0} is no neighbour")]
    Unknown(String),
    /// The store failed.
    #[error(transparent)]
    Store(#[from] StoreError),
}

impl Say for NeighbourError {
    fn say(&self, lang: Lang) -> String {
        match self {
            Self::NotAnIntroduction | Self::Malformed(_) => say!(
                lang,
                "这不是邻省的介绍文件（{self}）。请向对方索取由 neighbour introduce 生成的文件。",
                "This is no introduction of another province ({self}). Ask the other office for the file that neighbour introduce writes."
            ),
            Self::NoRoot(party) | Self::NotIts { root: party, .. } => say!(
                lang,
                "{party} 的介绍文件不合规（{self}），不予采用。请向对方省级节点核实后重新索取。",
                "The introduction of {party} does not hold ({self}) and is not used. Ask the other province's own office for another one."
            ),
            Self::Changed => say!(
                lang,
                "介绍文件在签名之后被改动，不予采用。请向对方重新索取，并电话核实。",
                "The introduction was changed after it was signed and is not used. Ask the other office for it again, and call them."
            ),
            Self::Oneself(party) => say!(
                lang,
                "{party} 就是本省，不能登记为邻省。请选择对方省的介绍文件。",
                "{party} is this very province. Choose the introduction of the other one."
            ),
            Self::NotARoot(party) => say!(
                lang,
                "{party} 不是省级节点。邻省由省级节点登记，本单位会自动得知。",
                "{party} is no province's hub. The province registers its neighbours; this hub learns of them by itself."
            ),
            Self::NotAFingerprint(error) => error.say(lang),
            Self::Compare { party, found } => say!(
                lang,
                "尚未登记。{party} 介绍文件的指纹是：\n\n{found}\n\n请与对方省级教育行政部门电话或函件中的指纹逐组核对；一致的，加上 --fingerprint 指纹 再运行一次。",
                "Nothing was registered yet. The fingerprint of {party} in this file is:\n\n{found}\n\nCompare it, group by group, with the one that the other province's office tells by telephone or letter; if they agree, run this again with --fingerprint and the one that was told."
            ),
            Self::OtherFingerprint { party, found } => say!(
                lang,
                "介绍文件的指纹是 {found}，与输入的不一致，没有登记 {party}。文件可能被人调换：请电话核实，不要使用这份文件。",
                "The file's fingerprint is {found}, not the one that was typed; {party} was not registered. The file may have been swapped: call the other office and do not use it."
            ),
            Self::OtherKey(party) => say!(
                lang,
                "{party} 的密钥与已登记的不同，不予采用。请先电话核实；确认对方更换密钥的，先 neighbour remove 再重新登记。",
                "{party} shows another key than the one registered; it is not used. Call the other office first; if the change is confirmed, run neighbour remove and add it again."
            ),
            Self::Unknown(name) => say!(
                lang,
                "“{name}”不是已登记的邻省。请用 neighbour list 查看。",
                "{name:?} is no registered neighbour. See neighbour list."
            ),
            Self::Store(error) => error.say(lang),
        }
    }
}
