//! One document of each kind, with people who do not exist.

use super::{
    Absence, Answered, AssistanceLetter, Attempt, Channel, Child, Contact, Earlier, Finding,
    GovernmentReport, Guardian, HandedOver, Head, LedgerHandover, Missing, Moved, Notification, Number,
    Numbered, Paper, PersuasionNotice, ReplyLetter, ReturnOrder, SchoolReport, Served, Standing, Year,
};
use crate::model::case::{Unwilling, Unwillingness};
use crate::model::day::Day;
use crate::model::personal::Personal;

pub(super) fn all() -> [Paper; 8] {
    [
        Paper::PersuasionNotice(persuasion_notice()),
        Paper::SchoolReport(school_report()),
        Paper::Notification(notification(3)),
        Paper::GovernmentReport(government_report(3)),
        Paper::ReturnOrder(return_order()),
        Paper::LedgerHandover(ledger_handover(4)),
        Paper::AssistanceLetter(assistance_letter(5)),
        Paper::ReplyLetter(reply_letter()),
    ]
}

pub(super) fn person(text: &str) -> Personal<String> {
    Personal::new(text.to_owned())
}

pub(super) fn day(text: &str) -> Day {
    text.parse().unwrap()
}

fn head(issuer: &str, prefix: &str, serial: u32, on: &str) -> Head {
    let number = Number { prefix: prefix.parse().unwrap(), year: Year::of(day(on)), serial };
    Head { issuer: issuer.to_owned(), number, day: day(on) }
}

fn contact(name: &str, phone: &str) -> Contact {
    Contact { name: person(name), phone: person(phone) }
}

pub(super) fn child(i: usize) -> Child {
    let names = ["阿依", "罗小满", "欧阳春晓", "买买提江·吐尔逊", "𠮷田"];
    Child {
        name: person(names[i % names.len()]),
        sex: person(if i.is_multiple_of(2) { "女" } else { "男" }),
        born: Personal::new(day("2013-05-06").plus(i32::try_from(i).unwrap() * 17)),
        roll_number: (i % 7 != 6).then(|| person(&format!("G52240120130506{i:04}"))),
        id_number: (i % 7 != 5).then(|| person(&format!("52240120130506{i:03}X"))),
        school: "鸭池镇初级中学".to_owned(),
        class: "七年级(2)班".to_owned(),
        is_pupil: true,
        guardian: Guardian {
            name: person("罗安"),
            relation: "父亲".to_owned(),
            phone: Some(person("13800000000")),
            address: Some(person("七星关区鸭池镇石桥村三组")),
        },
    }
}

fn absence() -> Absence {
    Absence { since: day("2026-10-12"), until: day("2026-11-06"), days: 20 }
}

pub(super) fn persuasion_notice() -> PersuasionNotice {
    PersuasionNotice {
        head: head("七星关区鸭池镇初级中学", "鸭中劝返", 3, "2026-11-06"),
        child: child(0),
        absence: absence(),
        attempts: 3,
        return_by: day("2026-11-13"),
        department: "七星关区教育科技局".to_owned(),
        township: "鸭池镇人民政府".to_owned(),
        contact: contact("周敏", "0857-8000001"),
    }
}

fn notice() -> Earlier {
    Earlier { number: persuasion_notice().head.number, day: day("2026-11-06") }
}

pub(super) fn school_report() -> SchoolReport {
    let attempt = |on, channel, outcome| Attempt {
        day: day(on),
        by: person("周敏"),
        channel,
        outcome: person(outcome),
    };
    SchoolReport {
        head: head("七星关区鸭池镇初级中学", "鸭中报", 2, "2026-11-16"),
        replaces: None,
        signed_by: person("陈立"),
        to: "七星关区教育科技局".to_owned(),
        copy_to: "鸭池镇人民政府".to_owned(),
        child: child(0),
        absence: Absence { until: day("2026-11-13"), days: 25, ..absence() },
        attempts: vec![
            attempt("2026-10-14", Channel::Phone, "联系到父亲，答复孩子在亲戚家，下周一返校."),
            attempt("2026-10-20", Channel::Visit, "家中只有祖母,称孩子随母亲外出。"),
            attempt("2026-11-02", Channel::Message, "监护人未回复。"),
        ],
        notice: Some(Served { notice: notice(), how: person("祖母当面签收。") }),
        standing: Standing::Refuses,
        whereabouts: Some(person("可能随母亲在广东省东莞市务工，尚未核实。")),
        contact: contact("周敏", "0857-8000001"),
    }
}

fn missing(i: usize) -> Missing {
    let efforts = person("电话联系2次，上门走访1次，劝返通知书已签收，仍不愿返校");
    Missing { child: child(i), since: day("2026-10-12"), noticed: true, efforts }
}

pub(super) fn notification(children: usize) -> Notification {
    Notification {
        head: head("毕节市七星关区教育科技局", "七教通", 5, "2026-11-18"),
        to: "鸭池镇人民政府".to_owned(),
        children: (0..children).map(missing).collect(),
        reply_by: day("2026-12-02"),
        contact: contact("王强", "0857-8000002"),
    }
}

pub(super) fn government_report(children: usize) -> GovernmentReport {
    GovernmentReport {
        head: head("毕节市七星关区教育科技局", "七教报", 9, "2026-11-18"),
        signed_by: person("赵宏"),
        to: "七星关区人民政府".to_owned(),
        told: vec!["鸭池镇人民政府".to_owned(), "海子街镇人民政府".to_owned()],
        children: (0..children).map(missing).collect(),
        contact: contact("王强", "0857-8000002"),
    }
}

pub(super) fn return_order() -> ReturnOrder {
    ReturnOrder {
        head: head("鸭池镇人民政府", "鸭府限返", 1, "2026-12-03"),
        child: child(0),
        absence: Absence { until: day("2026-12-02"), days: 38, ..absence() },
        notice: Some(notice()),
        return_by: day("2026-12-10"),
        contact: contact("李华", "0857-8000003"),
    }
}

pub(super) fn moved(i: usize) -> Moved {
    Moved {
        child: child(i),
        whereabouts: person("广东省东莞市长安镇乌沙社区"),
        evidence: person("监护人陈述"),
        unwilling: None,
    }
}

/// Whose school has recorded that it does not come back.
fn unwilling(i: usize) -> Moved {
    let kind = Unwillingness::ALL[i % Unwillingness::ALL.len()];
    Moved { unwilling: Some(Unwilling { kind, on: day("2026-11-12") }), ..moved(i) }
}

pub(super) fn ledger_handover(children: usize) -> LedgerHandover {
    LedgerHandover {
        head: head("毕节市教育局", "毕教划转", 7, "2026-11-20"),
        from: "七星关区教育科技局".to_owned(),
        to: "大方县教育科技局".to_owned(),
        children: HandedOver::Named((0..children).map(moved).collect()),
        reply_by: day("2026-12-04"),
        contact: contact("杨帆", "0857-8000004"),
    }
}

/// The mover's own: by number.
pub(super) fn batch(cases: usize) -> LedgerHandover {
    let row = |i: usize| Numbered {
        case: format!("0123456789abcdef0123456789abc{i:03}/1"),
        proposed: day("2026-11-18"),
        digest: format!("9f86d081884c7{i:03}"),
    };
    LedgerHandover { children: HandedOver::Numbered((0..cases).map(row).collect()), ..ledger_handover(0) }
}

pub(super) fn assistance_letter(children: usize) -> AssistanceLetter {
    AssistanceLetter {
        head: head("毕节市教育局", "毕教函", 12, "2026-11-20"),
        to: "东莞市教育局".to_owned(),
        children: (0..children).map(unwilling).collect(),
        reply_by: day("2026-12-18"),
        contact: contact("杨帆", "0857-8000004"),
    }
}

pub(super) fn reply_letter() -> ReplyLetter {
    let school = || "东莞市长安镇乌沙小学".to_owned();
    let findings = [
        Finding::Placed { school: school(), since: day("2026-12-07") },
        Finding::NotFound,
        Finding::Persuading,
        Finding::AlreadyEnrolled { school: school() },
        Finding::MovedOn { whereabouts: person("深圳市宝安区,具体不详") },
        Finding::Placed { school: school(), since: day("2026-12-08") },
    ];
    let answered =
        |(i, finding)| Answered { child: child(i), finding, checked: day("2026-12-09"), note: None };
    ReplyLetter {
        head: head("东莞市教育局", "东教函", 88, "2026-12-11"),
        to: "毕节市教育局".to_owned(),
        letter: assistance_letter(5).head.number.to_string(),
        results: findings.into_iter().enumerate().map(answered).collect(),
        contact: contact("何敏", "0769-20000001"),
    }
}
