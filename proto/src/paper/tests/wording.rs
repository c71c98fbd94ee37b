//! What the documents say, and what they are not written without.

use super::xml::{main_part, texts};
use crate::model::case::ChildRecord;
use crate::model::lang::{Lang, Say};
use crate::model::personal::Personal;
use crate::paper::words::is_han;
use crate::paper::{Child, Finding, Kind, Paper, PaperError, Replaced, Standing, samples};

fn paragraphs(paper: &Paper) -> Vec<String> {
    texts(&main_part(paper)).unwrap()
}

#[test]
fn beside_han_there_is_full_width_punctuation_only() {
    for paper in samples::all() {
        for text in paragraphs(&paper) {
            let chars: Vec<char> = text.chars().collect();
            for pair in chars.windows(2) {
                let bare = |c: char| c.is_ascii_punctuation() || c == ' ';
                let beside = is_han(pair[0]) && bare(pair[1]) || bare(pair[0]) && is_han(pair[1]);
                assert!(!beside, "{:?}: {pair:?} in {text}", paper.kind());
            }
        }
    }
}

#[test]
fn brackets_quotes_and_full_stops_come_as_they_should() {
    for paper in samples::all() {
        for text in paragraphs(&paper) {
            for (open, close) in [('（', '）'), ('《', '》'), ('〔', '〕'), ('“', '”')] {
                assert_eq!(text.matches(open).count(), text.matches(close).count(), "{text}");
            }
            for doubled in ["。。", "，，", "，。", "。，", "：：", "\n"] {
                assert!(!text.contains(doubled), "{:?}: {doubled:?} in {text}", paper.kind());
            }
        }
    }
}

#[test]
fn every_document_has_its_number_its_issuer_its_date_and_whom_to_ask() {
    for paper in samples::all() {
        let texts = paragraphs(&paper);
        let head = paper.head();
        let day = head.day.date();
        let date = format!("{}年{}月{}日", day.year(), day.month(), day.day());
        for needed in [head.number.to_string(), head.issuer.clone(), date] {
            assert!(texts.contains(&needed), "{:?}: {needed}", paper.kind());
        }
        assert!(texts.iter().any(|text| text.starts_with("（联系人：")), "{:?}", paper.kind());
    }
}

#[test]
fn a_reply_counts_each_result_and_gives_one_row_to_each_child() {
    let mut reply = samples::reply_letter();
    let said = paragraphs(&Paper::ReplyLetter(reply.clone())).concat();
    let counts = "已找到并安排就学2人；按所附线索未找到1人；已找到，正在劝学1人；已在当地就读并建有学籍1人；已离开本地1人。";
    assert!(said.contains(counts), "{said}");
    reply.results.truncate(1);
    reply.results[0].finding = Finding::NotFound;
    let said = paragraphs(&Paper::ReplyLetter(reply)).concat();
    assert!(said.contains("结果为：按所附线索未找到1人。"), "{said}");
    assert!(said.contains("请贵局补充线索") && !said.contains("办理学籍转接"), "{said}");
}

#[test]
fn a_reply_asks_for_nothing_where_nothing_is_left_to_do() {
    let mut reply = samples::reply_letter();
    reply.results.truncate(1);
    reply.results[0].finding = Finding::Completed;
    let said = paragraphs(&Paper::ReplyLetter(reply)).concat();
    assert!(said.contains("已完成义务教育1人") && !said.contains("请贵局"), "{said}");
}

#[test]
fn what_a_school_has_not_issued_is_not_told_to_a_government() {
    for noticed in [true, false] {
        let (mut told, mut report) = (samples::notification(2), samples::government_report(2));
        told.children[1].noticed = noticed;
        report.children[1].noticed = noticed;
        for paper in [Paper::Notification(told), Paper::GovernmentReport(report)] {
            let said = paragraphs(&paper);
            let body = said.iter().take_while(|text| *text != "附件").cloned().collect::<String>();
            assert_eq!(body.contains("发出劝返通知书"), noticed, "{body}");
        }
    }
}

#[test]
fn the_mover_s_list_has_numbers_and_no_names() {
    let said = paragraphs(&Paper::LedgerHandover(samples::batch(2)));
    assert!(said.contains(&"0123456789abcdef0123456789abc001/1".to_owned()), "{said:?}");
    assert!(said.iter().any(|text| text.contains("附件所列2名学生")), "{said:?}");
    assert!(said.iter().any(|text| text.contains("加密移交你单位，本单不载")), "{said:?}");
    assert!(!said.concat().contains("名单涉及未成年人个人信息"));
    let nobody = Paper::LedgerHandover(samples::batch(0)).docx();
    assert_eq!(nobody, Err(PaperError::NoChild));
}

#[test]
fn a_corrected_report_names_the_one_that_it_replaces() {
    let mut report = samples::school_report();
    report.replaces =
        Some(Replaced { number: "鸭中报〔2026〕1号".to_owned(), day: samples::day("2026-11-14") });
    let said = paragraphs(&Paper::SchoolReport(report)).concat();
    assert!(said.contains("关于1名学生劝返未果情况的更正报告"), "{said}");
    assert!(said.contains("本报告更正我校2026年11月14日的报告（鸭中报〔2026〕1号）。"), "{said}");
    assert!(!paragraphs(&Paper::SchoolReport(samples::school_report())).concat().contains("更正"));
}

#[test]
fn a_report_says_when_it_is_not_known_where_a_child_is() {
    let mut report = samples::school_report();
    report.whereabouts = None;
    report.standing = Standing::Unreachable;
    let said = paragraphs(&Paper::SchoolReport(report.clone())).concat();
    assert!(said.contains("该生现去向不明。") && !said.contains("据了解"), "{said}");
    // who was met at home is not nowhere
    report.standing = Standing::Promised;
    let said = paragraphs(&Paper::SchoolReport(report)).concat();
    assert!(said.contains("该生监护人答应送返，至今仍未返校。") && !said.contains("去向"), "{said}");
}

#[test]
fn a_case_that_the_clock_moved_up_has_documents_that_name_no_notice() {
    let mut report = samples::school_report();
    (report.notice, report.standing) = (None, Standing::Untried);
    report.attempts.clear();
    let said = paragraphs(&Paper::SchoolReport(report)).concat();
    assert!(said.contains("截至本报告之日，我校尚未发出劝返通知书。"), "{said}");
    let mut order = samples::return_order();
    order.notice = None;
    let said = paragraphs(&Paper::ReturnOrder(order)).concat();
    assert!(said.contains("经劝返至今仍未到校") && !said.contains("劝返通知书"), "{said}");
}

/// The record is what a sealed case carries; an empty text there means not known.
#[test]
fn a_document_is_written_from_what_a_case_knows() {
    let person = samples::person;
    let record = ChildRecord {
        name: person("阿依"),
        sex: person("女"),
        birth: Personal::new(samples::day("2013-05-06")),
        id_number: person(""),
        roll_number: person("G522401201305060000"),
        guardian: person("罗安"),
        phone: person(""),
        address: person("石桥村三组"),
        school: "鸭池镇初级中学".to_owned(),
        evidence: person("监护人陈述"),
        summary: person(""),
        needs: person(""),
        reached: None,
        unwilling: None,
    };
    let mut letter = samples::assistance_letter(1);
    letter.children[0].child = Child::from(&record);
    let said = paragraphs(&Paper::AssistanceLetter(letter));
    let row = [
        "阿依",
        "女",
        "2013-05-06",
        "G522401201305060000",
        "证件号不详",
        "鸭池镇初级中学",
        "罗安（监护人）",
        "电话未提供",
    ];
    let first = said.iter().position(|text| text == "1").unwrap() + 1;
    assert_eq!(said[first..first + row.len()], row);
}

#[test]
fn a_child_who_is_in_no_class_is_not_called_a_pupil() {
    let mut notice = samples::persuasion_notice();
    (notice.child.roll_number, notice.child.is_pupil) = (None, false);
    let mut order = samples::return_order();
    (order.child.roll_number, order.child.is_pupil) = (None, false);
    for (paper, area) in [
        (Paper::PersuasionNotice(notice), "我校服务区内的适龄儿童、少年"),
        (Paper::ReturnOrder(order), "鸭池镇初级中学服务区内的适龄儿童、少年"),
    ] {
        let said = paragraphs(&paper).concat();
        assert!(said.contains(area) && !said.contains("学籍号") && !said.contains("缺课"), "{said}");
    }
}

#[test]
fn a_roll_number_that_nobody_gave_is_no_word_about_the_roll() {
    let mut notice = samples::persuasion_notice();
    notice.child.roll_number = None;
    let said = paragraphs(&Paper::PersuasionNotice(notice)).concat();
    assert!(said.contains("阿依系我校七年级（2）班学生，自") && !said.contains("学籍号"), "{said}");
    let mut letter = samples::assistance_letter(1);
    letter.children[0].child.roll_number = None;
    let mut reply = samples::reply_letter();
    reply.results.iter_mut().for_each(|answered| answered.child.roll_number = None);
    for (paper, words) in
        [(Paper::AssistanceLetter(letter), "学籍号不详"), (Paper::ReplyLetter(reply), "来函未列")]
    {
        let said = paragraphs(&paper).concat();
        assert!(said.contains(words) && !said.contains("无学籍"), "{said}");
    }
}

#[test]
fn a_letter_says_who_does_not_come_back_as_it_was_recorded_and_else_nothing_of_it() {
    let said = |letter| paragraphs(&Paper::AssistanceLetter(letter)).concat();
    let all = said(samples::assistance_letter(4));
    for words in [
        "现居住在贵市，学生或者其监护人表示不愿返回原学校就学，或者经学校劝返未返回；",
        "2026-11-12学生不愿返回",
        "2026-11-12监护人不愿返回",
        "2026-11-12学生和监护人均不愿返回",
        "2026-11-12经劝返未返回",
    ] {
        assert!(all.contains(words), "{words}: {all}");
    }
    let mut letter = samples::assistance_letter(2);
    let said_so = said(letter.clone());
    assert!(said_so.contains("表示不愿返回原学校就学；") && !said_so.contains("未返回"), "{said_so}");
    letter.children[0].unwilling = None;
    letter.children[1].unwilling = None;
    let none = said(letter);
    assert!(!none.contains("不愿") && !none.contains("未返回"), "{none}");
}

#[test]
fn what_a_document_cannot_go_without() {
    let mut nobody = samples::notification(0);
    assert_eq!(Paper::Notification(nobody.clone()).docx(), Err(PaperError::NoChild));
    nobody.to = " ".to_owned();
    assert_eq!(Paper::Notification(nobody).docx(), Err(PaperError::Empty("主送机关")));

    let mut late = samples::return_order();
    late.return_by = late.head.day;
    let (day, issued) = (late.return_by, late.head.day);
    let refused = Paper::ReturnOrder(late).docx().unwrap_err();
    assert_eq!(refused, PaperError::Dates { what: "返校期限", day, issued });
    assert_eq!(
        refused.say(Lang::Zh),
        "“返校期限”（2026-12-03）与成文日期（2026-12-03）不符，公文没有生成。请核对日期。"
    );

    let mut ahead = samples::school_report();
    ahead.attempts[0].day = ahead.head.day.next();
    assert!(matches!(Paper::SchoolReport(ahead).docx(), Err(PaperError::Dates { what: "联系日期", .. })));

    let mut unsigned = samples::government_report(1);
    unsigned.signed_by = samples::person("");
    assert_eq!(Paper::GovernmentReport(unsigned).docx(), Err(PaperError::Empty("签发人")));
}

#[test]
fn every_kind_names_its_rule_and_itself_in_both_languages() {
    for kind in Kind::ALL {
        let rule = kind.rule();
        assert!(rule.starts_with(['D', 'E', 'P', 'X']) && rule[1..].parse::<u8>().is_ok(), "{kind:?}");
        assert!(kind.say(Lang::Zh).chars().all(is_han) && kind.say(Lang::En).is_ascii(), "{kind:?}");
    }
}
