//! How things are written in an official Chinese text: dates, numbers in words, punctuation.

use crate::model::day::Day;
use crate::model::personal::{Personal, Purpose};

/// `2026年11月21日`: Arabic digits, no leading zeros (GB/T 9704 7.3.5.4).
pub(super) fn date(day: Day) -> String {
    let date = day.date();
    format!("{}年{}月{}日", date.year(), date.month(), date.day())
}

/// A Chinese character of the common planes, the names' rare ones included.
pub(super) const fn is_han(c: char) -> bool {
    matches!(c, '\u{3400}'..='\u{4dbf}' | '\u{4e00}'..='\u{9fff}' | '\u{f900}'..='\u{faff}' | '\u{20000}'..='\u{323af}')
}

/// The text with full-width punctuation where it stands beside a Chinese character: people type `七年级(2)班`
/// and `已搬走,联系不上.`, an official text has `七年级（2）班` and `已搬走，联系不上。`. Brackets change in pairs.
pub(super) fn widen(text: &str) -> String {
    let chars: Vec<char> = text.chars().collect();
    let any_han = chars.iter().copied().any(is_han);
    let beside = |i: usize| {
        let wide = |c: Option<&char>| c.is_some_and(|&c| is_han(c) || ('\u{ff00}'..='\u{ff5e}').contains(&c));
        wide(i.checked_sub(1).and_then(|i| chars.get(i))) || wide(chars.get(i + 1))
    };
    let ends = |i: usize| chars.get(i + 1).is_none_or(|c| !c.is_ascii_alphanumeric());
    let one = |(i, &c): (usize, &char)| match c {
        '(' if any_han => '（',
        ')' if any_han => '）',
        ',' | ';' | ':' | '?' | '!' if beside(i) => char::from_u32(u32::from(c) + 0xfee0).unwrap_or(c),
        '.' if beside(i) && ends(i) => '。',
        _ => c,
    };
    chars.iter().enumerate().map(one).collect()
}

/// How a letter addresses an office of equal rank: 贵局, 贵厅; 贵单位 where its name does not say what it is.
pub(super) fn yours(office: &str) -> &'static str {
    let ends = [("局", "贵局"), ("厅", "贵厅"), ("委", "贵委"), ("委员会", "贵委")];
    ends.into_iter().find(|(end, _)| office.trim_end().ends_with(end)).map_or("贵单位", |(_, yours)| yours)
}

/// What stands on a document of a person, for the document's duty.
pub(super) fn open(value: &Personal<String>) -> &str {
    value.open(Purpose::Document)
}

/// A person's value, or `blank` where it is not known.
pub(super) fn open_or<'v>(value: Option<&'v Personal<String>>, blank: &'v str) -> &'v str {
    value.map_or(blank, open)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_date_has_no_leading_zeros() {
        assert_eq!(date("2026-03-05".parse().unwrap()), "2026年3月5日");
    }

    #[test]
    fn an_office_is_addressed_as_what_it_is() {
        for (office, expected) in [
            ("东莞市教育局", "贵局"),
            ("贵州省教育厅", "贵厅"),
            ("上海市教育委员会", "贵委"),
            ("广东省东莞市教育行政部门", "贵单位"),
        ] {
            assert_eq!(yours(office), expected);
        }
    }

    #[test]
    fn punctuation_beside_han_is_wide_and_elsewhere_left_alone() {
        for (typed, written) in [
            ("七年级(2)班", "七年级（2）班"),
            ("(2)班", "（2）班"),
            ("已搬走,联系不上.", "已搬走，联系不上。"),
            ("家长:不愿返校;再访!", "家长：不愿返校；再访！"),
            ("阿依（小名）,女", "阿依（小名），女"),
            ("10:30 call, 3.5 (km)", "10:30 call, 3.5 (km)"),
            ("距校3.5公里", "距校3.5公里"),
            ("上午10:30到家", "上午10:30到家"),
            ("", ""),
        ] {
            assert_eq!(widen(typed), written);
        }
    }
}
