//! The board in words: what is wrong and what to do.

use proto::model::lang::{Lang, Say};
use proto::say;

use super::{Line, Revoked, State, Trouble};

impl Say for State {
    fn say(&self, lang: Lang) -> String {
        let (zh, en) = match self {
            Self::Never => ("从未联系", "never called"),
            Self::Silent => ("失联", "silent"),
            Self::Late => ("迟报", "late"),
            Self::Fresh => ("正常", "fresh"),
        };
        lang.pick(zh, en).to_owned()
    }
}

impl Say for Line {
    fn say(&self, lang: Lang) -> String {
        let Self { name, school_days, backlog, .. } = self;
        if let Some(revoked) = &self.revoked {
            return revoked.of(name, *backlog, lang);
        }
        let last = self.last_contact.map_or_else(|| say!(lang, "无", "none"), |at| at.to_string());
        match self.state {
            State::Never => say!(
                lang,
                "{name}：登记后从未联系，已过 {school_days} 个上课日。请联系该单位，确认已安装程序并用邀请码加入。",
                "{name} has never called, {school_days} school days after it was registered. Ask whether the program is installed and has joined with its invitation."
            ),
            State::Silent | State::Late if *school_days == 0 => say!(
                lang,
                "{name}：照常联系（最近一次 {last}），但缺 {backlog} 个上课日的日报。请询问是否漏了结日，或日报被退回。",
                "{name} calls as it should (last {last}), but the sheets of {backlog} school days are missing. Ask whether the days were closed, or sheets refused."
            ),
            State::Silent => say!(
                lang,
                "{name}：已有 {school_days} 个上课日没有联系，最后一次是 {last}，估计积压 {backlog} 天的日报。请打电话询问电源、网络和值班情况。",
                "{name} has been silent for {school_days} school days, last call {last}; about {backlog} days of sheets wait there. Telephone: power, line, who is on duty?"
            ),
            State::Late => say!(
                lang,
                "{name}：已有 {school_days} 个上课日没有联系，最后一次是 {last}，估计积压 {backlog} 天的日报。今晚仍未联系时请询问。",
                "{name} has not called for {school_days} school days, last call {last}; about {backlog} days of sheets wait there. Ask when it stays silent tonight."
            ),
            State::Fresh => say!(lang, "{name}：最近一次联系 {last}。", "{name} last called {last}."),
        }
    }
}

impl Revoked {
    /// The sentence about the unit `name`, which owes the sheets of `backlog` school days.
    fn of(&self, name: &str, backlog: u32, lang: Lang) -> String {
        let Self { by, at, reason } = self;
        let reason = match reason.trim() {
            "" => say!(lang, "未写原因", "no reason given"),
            reason => say!(lang, "原因：{reason}", "reason: {reason}"),
        };
        say!(
            lang,
            "{name}：证书已于 {at} 由 {by} 停用（{reason}），不能上报，已缺 {backlog} 个上课日的日报。查明情况后请重新邀请（invite），让该单位重新加入；已撤并的，请用 units close 撤销登记。",
            "{name}: its certificate was revoked at {at} by {by} ({reason}), so it cannot report; the sheets of {backlog} school days are missing. When the matter is settled, invite it again and let it join; if it has closed, run units close."
        )
    }
}

impl Say for Trouble {
    fn say(&self, lang: Lang) -> String {
        match self {
            Self::Expired(end) => say!(
                lang,
                "证书已于 {end} 到期，目前处于宽限期。请让该单位尽快联网一次，证书会自动更新。",
                "Its certificate ended at {end} and is in its grace. Let it call once soon: the certificate renews by itself."
            ),
            Self::Expires(end) => say!(
                lang,
                "证书将于 {end} 到期。下次联系时会自动更新。",
                "Its certificate ends at {end}. It renews by itself at the next call."
            ),
            Self::Clock(millis) => {
                let hours = millis / 3_600_000;
                say!(
                    lang,
                    "该单位电脑时钟与本机相差 {hours} 小时，日期可能记错。请到该单位校正系统时间。",
                    "Its clock is {hours} hours off, so days may be closed under a wrong date. Have its system time set right."
                )
            }
            Self::Lives(lives) => say!(
                lang,
                "该单位先后有 {lives} 份程序数据与本机联系：近日恢复过备份、换过电脑或被复制。请确认只有一台电脑在用；一周后不再提示。",
                "It has spoken with {lives} lives: restored, replaced or copied within the last days. Make sure that only one machine is in use; this goes by itself after a week."
            ),
            Self::TwoMachines => say!(
                lang,
                "收到过互相矛盾的数据，可能有两台电脑以同一名义上报，或者整盘镜像被还原。请立即查明，只留一台；连续一周只有一台上报后不再提示。",
                "It has contradicted itself: two machines may run under one name, or an image of its whole disk was put back. Find out at once and leave one; this goes by itself after a week of one voice."
            ),
        }
    }
}
