//! Status and doctor: what needs somebody's attention, most urgent first.

use std::fmt::Display;

use proto::link::post::Reason;
use proto::link::shelf::DocumentFault;
use proto::model::day::Moment;
use proto::model::lang::{Lang, Say};
use proto::wire::school as wire;
use proto::{platform, say};

use super::up::line_out;
use super::{Answer, Api, word};
use crate::desk::find::class_text;
use crate::desk::line::ParentView;
use crate::desk::view::Overview;
use crate::pupil::Class;

impl Api {
    pub(super) async fn status(&self, _: wire::StatusRequest, lang: Lang) -> Answer<wire::StatusReply> {
        let view = self.school.overview().await?;
        let statuses = view.statuses.iter().map(|(status, children)| wire::StatusCount {
            status: word(status),
            words: status.say(lang),
            children: *children,
        });
        let day = view.today.now.day();
        Ok(wire::StatusReply {
            name: self.school.name().to_owned(),
            party: self.school.party().to_string(),
            today: day.to_string(),
            children: view.children,
            classes: view.classes,
            statuses: statuses.collect(),
            last_closed: view.closed.map(|day| day.to_string()).unwrap_or_default(),
            rules: view.law.rules.label().to_owned(),
            calendar: view.law.calendar.label().to_owned(),
            provisional: view.law.calendar.provisional(day),
            notices: notices(&view, lang),
            sync: Some(line_out(&view.line, lang)),
        })
    }

    pub(super) async fn doctor(&self, _: wire::DoctorRequest, lang: Lang) -> Answer<wire::DoctorReply> {
        let view = self.school.overview().await?;
        let folder = self.school.folder();
        let mut checks = vec![
            check("store", true, say!(lang, "数据可以读取", "the store reads")),
            private(folder.key().as_path(), lang),
            space(folder.path(), lang),
            backups(&folder.backups(), lang),
        ];
        let clock = view.today.wrong.map_or_else(
            || say!(lang, "本机时间正常", "the clock agrees with what is known"),
            |wrong| wrong.say(lang),
        );
        checks.push(check("clock", view.today.wrong.is_none(), clock));
        let notices = notices(&view, lang).into_iter().filter(|notice| !notice.code.starts_with("clock"));
        checks.extend(notices.map(|notice| wire::Check {
            warning: !notice.urgent,
            ..check(&notice.code, !notice.urgent, notice.words)
        }));
        Ok(wire::DoctorReply { checks })
    }
}

fn check(name: &str, good: bool, words: String) -> wire::Check {
    wire::Check { name: name.to_owned(), good, words, warning: false }
}

fn private(key: &std::path::Path, lang: Lang) -> wire::Check {
    let good = std::fs::File::open(key).and_then(|file| platform::is_private(&file)).unwrap_or(false);
    let words = if good {
        say!(
            lang,
            "密钥文件只有本用户可读；它与数据在同一台电脑上，请另存一份到保险柜",
            "only this user can read the key file; it lies on the same machine as the data: keep a copy in a safe"
        )
    } else {
        say!(
            lang,
            "密钥文件 {} 可被他人读取，请把权限改为只有本用户可读写（600）",
            "others may read the key file {}: set its permissions to 600",
            key.display()
        )
    };
    check("key-file", good, words)
}

/// Below this a school's disk is as good as full: a term's data and a backup.
const ENOUGH: u64 = 256 << 20;

fn space(dir: &std::path::Path, lang: Lang) -> wire::Check {
    let free = platform::free_space(dir).unwrap_or(0);
    let words = say!(lang, "磁盘剩余 {} MB", "{} MB free on the disk", free >> 20);
    check("disk", free >= ENOUGH, words)
}

fn backups(dir: &std::path::Path, lang: Lang) -> wire::Check {
    let count = std::fs::read_dir(dir).map_or(0, |entries| entries.flatten().count());
    let words = match count {
        0 => say!(
            lang,
            "没有备份，请运行 backup，并拷贝到别处",
            "there is no backup: run backup and copy it elsewhere"
        ),
        n => say!(lang, "本机有 {} 份备份", "{} backups on this machine", n),
    };
    check("backup", count > 0, words)
}

/// What needs attention.
fn notices(view: &Overview, lang: Lang) -> Vec<wire::Notice> {
    let mut out = Vec::new();
    let mut note = |code: &str, urgent: bool, words: String| {
        out.push(wire::Notice { code: code.to_owned(), words, urgent });
    };
    if let Some(wrong) = view.today.wrong {
        note(wrong.code(), true, wrong.say(lang));
    }
    let today = view.today.now.day();
    if view.law.calendar.provisional(today) {
        let words = say!(
            lang,
            "缺少本年国家放假安排：按周一至周五计算，所有天数和状态均为暂定。请升级程序或向上级索取校历",
            "this year's national days off are missing: Monday to Friday is counted, every count and status is provisional. Upgrade, or ask above for the calendar"
        );
        note("calendar-provisional", true, words);
    }
    for warning in view.law.calendar.warnings(today) {
        note("calendar", false, warning.say(lang));
    }
    people(view, lang, &mut note);
    machine(view, lang, &mut note);
    super::referrals::notices(&view.cases, lang, &mut note);
    documents(view, lang, &mut note);
    line(view, lang, &mut note);
    out.sort_by_key(|notice| !notice.urgent);
    out
}

fn people(view: &Overview, lang: Lang, note: &mut impl FnMut(&str, bool, String)) {
    if view.children == 0 {
        note(
            "no-roll",
            false,
            say!(lang, "尚未导入名册：roster import", "no roll was imported yet: roster import"),
        );
    }
    if view.alerted > 0 {
        let words = say!(
            lang,
            "{} 名学生连续缺课已达 {} 天，班主任当日上报（C02）",
            "{} children are in day {} of absence or later; the class teacher reports (C02)",
            view.alerted,
            view.law.rules.absence.report_on_day
        );
        note("alerted", true, words);
    }
    if view.uncalled > 0 {
        let words = say!(
            lang,
            "今天有 {} 个班未点名（C01）",
            "{} classes have not called the roll today (C01)",
            view.uncalled
        );
        note("uncalled", false, words);
    }
    if !view.left_out.is_empty() {
        let of = |(class, children): (&Class, &u64)| format!("{} ({children})", class_text(*class));
        let classes: Vec<String> = view.left_out.iter().map(of).collect();
        let words = say!(
            lang,
            "{} 名在籍学生不在最新名册文件中（A03、A06），点名时须逐名写明；请查明去向并登记（转学 start-transfer、毕业 complete 等），漏列的请补入名册后重新导入：{}",
            "{} children on the roll are not in the latest roster (A03, A06): roll calls must name them. Find out where they are and record it (start-transfer, complete and the like); put whom the file forgot back into it and import it again: {}",
            view.left_out.values().sum::<u64>(),
            list(&classes, lang)
        );
        note("left-out", false, words);
    }
    if view.slow_transfers > 0 {
        let words = say!(
            lang,
            "{} 名学生转学办理已超过 {} 个工作日（T14），其间不按缺课预警；请与对方学校核实：已办结的登记 transfer-out，未办成的登记 lapse-transfer（T15），学生未在对方就读的，按缺课处理",
            "{} children have been in transfer for more than {} workdays (T14), and no absence of theirs is warned about meanwhile: ask the other school how it stands, and record transfer-out or lapse-transfer (T15)",
            view.slow_transfers,
            view.law.rules.transfer.move_roll_within_days
        );
        note("slow-transfer", false, words);
    }
}

/// What became of this machine: put back, replaced, its date ahead.
fn machine(view: &Overview, lang: Lang, note: &mut impl FnMut(&str, bool, String)) {
    if view.line.asks_first {
        let words = say!(
            lang,
            "数据是从备份恢复的，尚未向上级核对缺了什么，暂不结账。请运行 sync",
            "the data came back from a backup and the parent was not asked yet what is missing; no day is closed. Run sync"
        );
        note("ask-first", true, words);
    }
    if view.earlier_machine {
        let words = say!(
            lang,
            "上级存有本校另一台机器以前的上报，本机没有那台机器的任何记录：原来的疑似辍学、辍学、休学、转学学生现在都按在读上报。请补录近期点名和学籍变动（fact），并向县级核对未结的劝返个案后重新立案（case open）；有备份的，请恢复备份",
            "the parent holds what another machine of this school reported, and nothing of that machine is here: children who were suspected, dropped out, on leave or in transfer are reported as enrolled. Enter the recent roll calls and the facts again, ask the county which cases are open and open them again (case open); restore the backup if there is one"
        );
        note("earlier-machine", true, words);
    }
    if !view.line.lost.is_empty() {
        let words = say!(
            lang,
            "恢复备份后有 {} 天的点名需要重新录入：{}",
            "after the restore the roll calls of {} days must be entered again: {}",
            view.line.lost.len(),
            list(&view.line.lost, lang)
        );
        note("lost-days", true, words);
    }
    for aside in view.aside.iter().filter(|aside| !aside.calls.is_empty()) {
        let calls: Vec<String> =
            aside.calls.iter().map(|call| format!("{} {}", class_text(call.class), call.day)).collect();
        let words = say!(
            lang,
            "本机日期曾经超前，记在未来日期上的 {} 次点名已撤出，请按实际日期重新录入：{}",
            "the date of this machine was ahead; {} roll calls of days that have not come were set aside, enter them on the days that they were for: {}",
            calls.len(),
            list(&calls, lang)
        );
        note("set-aside", false, words);
    }
    let facts: usize = view.aside.iter().map(|aside| aside.facts.len()).sum();
    if facts > 0 {
        let words = say!(
            lang,
            "本机日期曾经超前，记在未来日期上的 {} 项学籍变动已撤出，请按实际日期重新录入",
            "the date of this machine was ahead; {} facts of days that have not come were set aside, enter them on the right days",
            facts
        );
        note("set-aside-facts", false, words);
    }
}

fn documents(view: &Overview, lang: Lang, note: &mut impl FnMut(&str, bool, String)) {
    for refused in &view.refused {
        let words = say!(
            lang,
            "{} 下发的文件（{}，第 {} 版）未被采用：{}。可用 rulebook repair 重新获取",
            "a document of {} ({}, version {}) was not taken: {}. rulebook repair fetches it again",
            refused.issuer,
            word(&refused.topic),
            refused.version,
            fault_words(refused.why, lang)
        );
        note("document-refused", true, words);
    }
    for (document, words) in &view.law.faults {
        let [zh, en] = words;
        let words = say!(
            lang,
            "{} 下发的文件未生效：{}",
            "a document of {} is passed over: {}",
            document.issuer,
            lang.pick(zh, en)
        );
        note("document-faulty", true, words);
    }
}

const DAY: i64 = 86_400_000;

fn line(view: &Overview, lang: Lang, note: &mut impl FnMut(&str, bool, String)) {
    let (now, rules) = (view.today.now, &view.law.rules);
    let Some(until) = view.line.certificate_until else {
        note("not-joined", false, say!(lang, "尚未加入上级：join 邀请码", "not joined yet: join CODE"));
        return;
    };
    certificate(until, now, rules.certificates.warn_days, lang, note);
    for away in view.line.parents.iter().filter_map(|parent| parent.away.as_ref()) {
        note(away.code(), true, away.say(lang));
    }
    let silent = view.line.oldest_waiting.map_or(0, |oldest| now.since(oldest) / DAY);
    if silent >= i64::from(rules.reporting.silent_after_days) {
        let words = say!(
            lang,
            "日报已有 {} 天没有送达上级，共 {} 条等待。请检查网络并运行 sync",
            "no sheet has reached the parent for {} days, {} wait. Check the line and run sync",
            silent,
            view.line.written.saturating_sub(view.line.acked)
        );
        note("silent", true, words);
    }
    let failures = failing(&view.line.parents);
    if failures >= FAILURES {
        let words = say!(
            lang,
            "最近 {} 次同步都没有成功，请运行 sync 查看原因",
            "the last {} calls failed: run sync to see why",
            failures
        );
        note("calls-fail", true, words);
    }
    if view.line.open_answers > 0 {
        let words = say!(
            lang,
            "上级退回 {} 条，见 sync status",
            "the parent did not take {} entries: see sync status",
            view.line.open_answers
        );
        note("refused-entries", true, words);
    }
}

/// A line that is merely bad fails less often in a row.
const FAILURES: u32 = 3;

/// Calls in a row that failed; 0 while one parent answers.
fn failing(parents: &[ParentView]) -> u32 {
    let answers = |parent: &ParentView| parent.calls.failures == 0 && parent.calls.answered.is_some();
    if parents.iter().any(answers) {
        return 0;
    }
    parents.iter().map(|parent| parent.calls.failures).max().unwrap_or(0)
}

fn certificate(
    until: Moment,
    now: Moment,
    warn_days: u32,
    lang: Lang,
    note: &mut impl FnMut(&str, bool, String),
) {
    let left = until.since(now).div_euclid(DAY);
    if left < 0 {
        let words = say!(
            lang,
            "证书已于 {} 过期，请尽快运行 sync 自动换发",
            "the certificate expired on {}: run sync soon, it is renewed there",
            until.day()
        );
        note("certificate-expired", true, words);
    } else if left < i64::from(warn_days) {
        let words = say!(
            lang,
            "证书将在 {} 天后过期，同步时自动换发",
            "the certificate expires in {} days; a sync renews it",
            left
        );
        note("certificate", false, words);
    }
}

/// A line of words shows so many things and says how many there are besides.
const SHOWN: usize = 10;

fn list(things: &[impl Display], lang: Lang) -> String {
    let shown: Vec<String> = things.iter().take(SHOWN).map(ToString::to_string).collect();
    let shown = shown.join(lang.pick("、", ", "));
    match things.len().saturating_sub(SHOWN) {
        0 => shown,
        more => say!(lang, "{shown} 等，另有 {more} 项", "{shown} and {more} more"),
    }
}

/// Why a document was not taken, in words.
pub(super) fn fault_words(fault: DocumentFault, lang: Lang) -> String {
    match fault {
        DocumentFault::Older => say!(lang, "比现用版本旧", "older than the one in force"),
        DocumentFault::Forked => say!(lang, "与现用版本不衔接", "does not follow from the one in force"),
        DocumentFault::Signature => say!(lang, "签名不符", "the signature is not the issuer's"),
        DocumentFault::NotAbove => say!(lang, "签发单位不是本校上级", "the issuer is not above this school"),
        DocumentFault::Unreadable => say!(lang, "内容无法读取", "the text cannot be read"),
    }
}

/// Why an entry was not taken, in words.
pub(super) fn reason(reason: Reason) -> impl Say {
    Refused(reason)
}

struct Refused(Reason);

impl Say for Refused {
    fn say(&self, lang: Lang) -> String {
        match self.0 {
            Reason::Unreadable => say!(
                lang,
                "内容无法读取，请双方核对程序版本",
                "the body cannot be read: compare both programs' versions"
            ),
            Reason::UnknownKind => say!(
                lang,
                "上级程序较旧，尚不认识这类数据，已代为保存",
                "the parent's program is older and keeps what it does not know yet"
            ),
            Reason::Inconsistent => say!(lang, "数字互相矛盾", "the counts contradict each other"),
            Reason::Day => say!(
                lang,
                "日期在未来或过早，请核对本机日期",
                "the day lies in the future or too far back: check this machine's date"
            ),
            Reason::NotYours => say!(lang, "不属于本校", "the entry is not this school's to write"),
            Reason::Forged => say!(lang, "签名无效", "its signature does not hold"),
            Reason::Nowhere => say!(lang, "收件单位不在本系统内", "the addressee has no hub here"),
            Reason::Early => say!(
                lang,
                "上级刚恢复备份，尚未找回相关个案，会自动重试",
                "the hub above was restored and has not heard of the case again; it tries by itself"
            ),
        }
    }
}

#[cfg(test)]
mod tests {
    use proto::link::caller::Parent;
    use proto::link::schedule::Calls;

    use super::*;

    fn parent(failures: u32, answered: bool) -> ParentView {
        ParentView {
            parent: Parent { party: "p52/c5205/d520502".parse().unwrap(), address: "10.0.0.1:1".to_owned() },
            calls: Calls { failures, answered: answered.then_some(Moment(1)), ..Calls::default() },
            former: Vec::new(),
            acked: 0,
            clock_offset: None,
            away: None,
        }
    }

    #[test]
    fn calls_fail_when_no_parent_answers() {
        for (parents, failures) in [
            (vec![], 0),
            (vec![parent(0, true)], 0),
            (vec![parent(4, true)], 4),
            (vec![parent(4, true), parent(0, false)], 4),
            (vec![parent(4, true), parent(0, true)], 0),
        ] {
            assert_eq!(failing(&parents), failures, "{parents:?}");
        }
    }
}
