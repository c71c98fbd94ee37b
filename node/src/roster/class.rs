//! Grade and class, from the many ways in which schools write them.

use super::value::compact;
use crate::pupil::Class;

/// Why a cell names no grade or class.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum NotAClass {
    /// "2019级" names the year of entry, which does not say the grade of today.
    Cohort,
    /// No grade from 1 to 9 is named, here or in the grade column.
    Grade,
    /// No class number from 1 to 99 is named.
    Number,
    /// The class names another grade than the grade column.
    Differ,
}

/// A grade from 1 to 9: 3, 三, 三年级, 3年级, 小学三年级, 初一, 初中一年级, 七年级.
pub(super) fn grade(text: &str) -> Result<u8, NotAClass> {
    let text = compact(text);
    if text.contains('级') && text.chars().filter(char::is_ascii_digit).count() == 4 {
        return Err(NotAClass::Cohort);
    }
    match split_grade(&text) {
        (Some(grade), "") => Ok(grade),
        (None, rest) => in_grades(rest).ok_or(NotAClass::Grade),
        _ => Err(NotAClass::Grade),
    }
}

/// A class: 1, 01, 1班, (1)班, 三年级1班, 三(1)班, 3.1班, 初一(2)班; and 301 or 0301 where 3 is the
/// grade. `grade` is what the grade column says.
pub(super) fn class(text: &str, grade: Option<u8>) -> Result<Class, NotAClass> {
    let text = compact(text);
    if text.contains('级') && text.chars().filter(char::is_ascii_digit).count() >= 4 {
        return Err(NotAClass::Cohort);
    }
    let bare = text.trim_end_matches("班级").trim_end_matches('班');
    let (named, rest) = split_class(bare);
    let grade = match (named, grade) {
        (Some(named), Some(column)) if named != column => return Err(NotAClass::Differ),
        (Some(grade), _) | (None, Some(grade)) => grade,
        (None, None) => return Err(NotAClass::Grade),
    };
    let rest = rest.trim_matches(|c: char| "()[]【】-_.·、第".contains(c));
    let number = match count(rest).ok_or(NotAClass::Number)? {
        number @ 1..=99 => number,
        joined if joined / 100 == u16::from(grade) && joined % 100 != 0 => joined % 100,
        _ => return Err(NotAClass::Number),
    };
    Ok(Class { grade, number })
}

/// The grade in front of a class and what is left: 三年级1 -> (3, 1), 三(1) -> (3, (1)).
fn split_class(text: &str) -> (Option<u8>, &str) {
    if let (Some(grade), rest) = split_grade(text) {
        return (Some(grade), rest);
    }
    let Some(at) = text.find(['(', '.', '-', '[', '·', '、', '_']).filter(|at| *at > 0) else {
        return (None, text);
    };
    match in_grades(&text[..at]) {
        Some(grade) => (Some(grade), &text[at..]),
        None => (None, text),
    }
}

/// A grade that is called one (年级, 初).
fn split_grade(text: &str) -> (Option<u8>, &str) {
    let (stage, rest) = match text {
        t if t.starts_with("初中") => (6, &t["初中".len()..]),
        t if t.starts_with('初') => (6, &t["初".len()..]),
        t => (0, t.strip_prefix("小学").unwrap_or(t)),
    };
    let (digits, after) = match rest.split_once("年级") {
        Some(parts) => parts,
        None if stage == 6 => rest.split_at(rest.chars().next().map_or(0, char::len_utf8)),
        None => return (None, text),
    };
    match in_grades(digits) {
        Some(year) if stage == 6 && year <= 3 => (Some(stage + year), after),
        Some(year) if stage == 0 || year > stage => (Some(year), after),
        _ => (None, text),
    }
}

fn in_grades(text: &str) -> Option<u8> {
    count(text).and_then(|grade| u8::try_from(grade).ok()).filter(|grade| (1..=9).contains(grade))
}

/// 7, 07, 七, 十, 十二, 二十, 二十一.
fn count(text: &str) -> Option<u16> {
    if !text.is_empty() && text.len() <= 4 && text.bytes().all(|b| b.is_ascii_digit()) {
        return text.parse().ok();
    }
    let digit = |text: &str| -> Option<u16> {
        let mut chars = text.chars();
        let place = DIGITS.chars().position(|c| Some(c) == chars.clone().next())?;
        chars.next();
        chars.next().is_none().then_some(u16::try_from(place).ok()? + 1)
    };
    match text.split_once('十') {
        None => digit(text),
        Some((tens, ones)) => {
            let tens = if tens.is_empty() { 1 } else { digit(tens)? };
            let ones = if ones.is_empty() { 0 } else { digit(ones)? };
            Some(tens * 10 + ones)
        }
    }
}

const DIGITS: &str = "一二三四五六七八九";

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn grades_are_read_in_every_form() {
        for (text, read) in [
            ("1", 1),
            ("１", 1),
            ("03", 3),
            ("三", 3),
            ("一年级", 1),
            ("3年级", 3),
            ("小学三年级", 3),
            ("七年级", 7),
            ("初一", 7),
            ("初三", 9),
            ("初中二年级", 8),
            ("初一年级", 7),
            ("九 年级", 9),
        ] {
            assert_eq!(grade(text), Ok(read), "{text}");
        }
        for (text, why) in [
            ("2019级", NotAClass::Cohort),
            ("2019 级", NotAClass::Cohort),
            ("10", NotAClass::Grade),
            ("0", NotAClass::Grade),
            ("高一", NotAClass::Grade),
            ("初四", NotAClass::Grade),
            ("学前班", NotAClass::Grade),
            ("一年级1班", NotAClass::Grade),
            ("", NotAClass::Grade),
        ] {
            assert_eq!(grade(text), Err(why), "{text}");
        }
    }

    #[test]
    fn classes_are_read_in_every_form() {
        for (text, column, number) in [
            ("1", Some(3), 1),
            ("01", Some(3), 1),
            ("1班", Some(3), 1),
            ("(1)班", Some(3), 1),
            ("（1）班", Some(3), 1),
            ("一班", Some(3), 1),
            ("十二班", Some(3), 12),
            ("二十班", Some(3), 20),
            ("三年级1班", None, 1),
            ("三年级(1)班", Some(3), 1),
            ("三(1)班", None, 1),
            ("3.1班", None, 1),
            ("3-1", None, 1),
            ("301", Some(3), 1),
            ("0312", Some(3), 12),
        ] {
            assert_eq!(class(text, column), Ok(Class { grade: 3, number }), "{text}");
        }
        assert_eq!(class("初一（2）班", None), Ok(Class { grade: 7, number: 2 }));
        assert_eq!(class("七年级三班", Some(7)), Ok(Class { grade: 7, number: 3 }));
        for (text, column, why) in [
            ("1班", None, NotAClass::Grade),
            ("四年级1班", Some(3), NotAClass::Differ),
            ("2019级1班", Some(3), NotAClass::Cohort),
            ("401", Some(3), NotAClass::Number),
            ("0", Some(3), NotAClass::Number),
            ("实验班", Some(3), NotAClass::Number),
            ("", Some(3), NotAClass::Number),
        ] {
            assert_eq!(class(text, column), Err(why), "{text}");
        }
    }
}
