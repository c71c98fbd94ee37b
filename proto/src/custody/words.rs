//! What the reducers' answers say to people.

use super::registrar::Refusal;
use super::side::{CannotMove, Stance};
use crate::model::lang::{Lang, Say};
use crate::say;

impl Say for Refusal {
    fn say(&self, lang: Lang) -> String {
        let words = match self {
            Self::NotMine => (
                "收件的上级不是双方最近的共同上级，不予登记。请核对双方所属",
                "the hub asked is not the lowest above both places; nothing was recorded. Check who manages both",
            ),
            Self::Locked => (
                "登记机关正在恢复，等待双方上报后自动重办，无需操作",
                "the registrar was restored and waits for both places to report; it is done again by itself",
            ),
            Self::Fenced => (
                "这一步由恢复前的系统签发，已作废。请核对现状后重新办理",
                "this step was signed before a restore and is void. Look at where the case stands and decide again",
            ),
            Self::Frozen => (
                "该程因登记冲突已冻结，请等待上级处理",
                "this leg is frozen because two records conflict; wait for the office above",
            ),
            Self::Lost => (
                "另一方先办理了一步，本次未登记。请查看最新状态后决定",
                "the other side was first and this step was not recorded. Look at where the case stands now",
            ),
            Self::Ahead => (
                "登记机关缺少此前的记录，可能由旧备份恢复，已向其告警。请稍后重办",
                "the registrar lacks what came before and may run on an old copy; it has been alarmed. Try again later",
            ),
            Self::Unlawful => (
                "当前状态不允许这一步，未登记。请查看个案状态",
                "such a step is not allowed now and was not recorded. Look at where the case stands",
            ),
            Self::Revoked => (
                "签发单位的证书已被停用，未登记。请向发证的上级申请重新加入，再重新办理",
                "the signer's certificate was revoked and nothing was recorded. Ask the hub that issued it for a new \
                 invitation, join again, then decide again",
            ),
        };
        lang.pick(words.0, words.1).to_owned()
    }
}

impl Say for Stance {
    fn say(&self, lang: Lang) -> String {
        let words = match self {
            Self::Acting => ("由本单位负责", "this place answers for the child"),
            Self::HandingOver => (
                "划转中，在对方接收登记前仍由本单位负责",
                "being handed over; this place answers until it is confirmed",
            ),
            Self::Accepted => (
                "已签收，等待登记，自签收起由本单位负责",
                "accepted, not yet confirmed; this place answers already",
            ),
            Self::NotMine => ("由其他单位负责", "another place answers"),
            Self::Blocked => (
                "本机由备份恢复，正在向登记机关核对，核对前请按仍由本单位负责处理",
                "restored from a backup and asking the registrar; treat the child as yours until it answers",
            ),
            Self::Frozen => (
                "登记冲突，已冻结；处理前由双方共同负责",
                "two records conflict; both places answer until people decide",
            ),
        };
        lang.pick(words.0, words.1).to_owned()
    }
}

impl Say for CannotMove {
    fn say(&self, lang: Lang) -> String {
        match self {
            Self::Blocked(registrar) => say!(
                lang,
                "本机由备份恢复，须等 {registrar} 核对后才能办理。请保持联网，核对后重试",
                "this hub was restored and must hear from {registrar} first. Keep the link up and try again"
            ),
            Self::Frozen => say!(
                lang,
                "该程登记冲突，已冻结。请电话联系登记机关处理",
                "this leg is frozen because two records conflict. Call the registrar's office"
            ),
            Self::Pending => say!(
                lang,
                "上一步已发出，尚未登记。请等登记机关答复后再办理",
                "the step before is on its way. Wait for the registrar's answer"
            ),
            Self::State(state) => {
                let state = state.say(lang);
                say!(
                    lang,
                    "当前状态（{state}）不能办理这一步。请查看个案状态",
                    "not possible now ({state}). Look at where the case stands"
                )
            }
            Self::Receiver(party) => say!(
                lang,
                "{party} 不能作为本程的接收方。请核对流入地；如须改送他处，请另起一程",
                "{party} cannot receive in this leg. Check the inflow place; for another place begin a new leg"
            ),
        }
    }
}
