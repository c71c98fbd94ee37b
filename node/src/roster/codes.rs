//! Code lists of the collection form. Sheets carry the name, the code, or both ("1-男"), so all
//! three are read; what is stored is an enum of ours, mapped here and nowhere else.

use crate::pupil::{Attend, Disability, IdKind, LeftBehind, Sex};

/// One line of a list: the code, the names seen in sheets (the form's own first), the meaning.
struct Line<T> {
    code: &'static str,
    names: &'static [&'static str],
    means: T,
}

/// A list of choices.
pub(super) struct List<T: 'static> {
    lines: &'static [Line<T>],
}

/// Why a cell is none of the choices.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum NotCoded {
    /// Neither a code nor a name of the list.
    Unknown,
    /// A code and a name that do not belong together, as in "1-女".
    Differ,
}

impl<T: Copy + PartialEq> List<T> {
    /// Reads "1", "01", "男", "1-男", "1男" or "男(1)"; `text` is normalised already.
    pub(super) fn read(&self, text: &str) -> Result<T, NotCoded> {
        if let Some(whole) = self.one(text) {
            return Ok(whole);
        }
        let edge = |c: char| c.is_ascii_alphanumeric();
        let head = text.trim_start_matches(edge);
        let tail = text.trim_end_matches(|c| edge(c) || c == ')').trim_end_matches(edge);
        let (code, name) = if head.len() < text.len() {
            (&text[..text.len() - head.len()], head)
        } else {
            (text[tail.len()..].trim_end_matches(')'), tail)
        };
        let name = name.trim_matches(|c: char| c.is_whitespace() || SEPARATORS.contains(c));
        match (self.one(code), self.one(name)) {
            (Some(code), Some(name)) if code == name => Ok(code),
            (Some(_), Some(_)) => Err(NotCoded::Differ),
            _ => Err(NotCoded::Unknown),
        }
    }

    fn one(&self, text: &str) -> Option<T> {
        let short = text.trim_start_matches('0');
        let same_code = |code: &str| {
            code.eq_ignore_ascii_case(text)
                || (text.bytes().all(|b| b.is_ascii_digit()) && !short.is_empty() && code == short)
        };
        let line = self.lines.iter().find(|line| same_code(line.code) || line.names.contains(&text))?;
        Some(line.means)
    }

    /// The choices as a teacher reads them: `1-男 2-女`.
    pub(super) fn choices(&self) -> String {
        let shown: Vec<String> =
            self.lines.iter().map(|line| format!("{}-{}", line.code, line.names[0])).collect();
        shown.join(" ")
    }
}

const SEPARATORS: &str = "-－—–_:.、,()/";

macro_rules! list {
    ($($code:literal $($name:literal)|+ => $means:expr),+ $(,)?) => {
        List { lines: &[$(Line { code: $code, names: &[$($name),+], means: $means }),+] }
    };
}

/// 性别 (GB/T 2261.1); 0 and 9 are not on the form.
pub(super) const SEX: List<Sex> = list! { "1" "男" | "男性" => Sex::Male, "2" "女" | "女性" => Sex::Female };

/// 身份证件类型
pub(super) const ID_KIND: List<IdKind> = list! {
    "1" "居民身份证" | "身份证" | "二代身份证" => IdKind::Citizen,
    "2" "户口簿" | "户口本" => IdKind::HouseholdBook,
    "6" "香港特区护照/身份证明" => IdKind::HongKong,
    "7" "澳门特区护照/身份证明" => IdKind::Macau,
    "8" "台湾居民来往大陆通行证" => IdKind::Taiwan,
    "9" "境外永久居住证" => IdKind::Residence,
    "A" "护照" => IdKind::Passport,
    "Z" "其他" | "无" | "其它" => IdKind::Other,
};

/// 就读方式
pub(super) const ATTEND: List<Attend> = list! {
    "1" "走读" | "走读生" => Attend::Day,
    "2" "住校" | "住校生" | "寄宿" | "寄宿生" | "住宿" | "住宿生" => Attend::Boarding,
};

/// 是否留守儿童. A bare 是 does not say which of the two, so it is no choice.
pub(super) const LEFT_BEHIND: List<LeftBehind> = list! {
    "0" "非留守儿童" | "非留守" | "否" => LeftBehind::No,
    "1" "单亲留守儿童" | "单亲留守" => LeftBehind::OneParentAway,
    "2" "双亲留守儿童" | "双亲留守" => LeftBehind::BothParentsAway,
};

/// 是 or 否
pub(super) const YES_NO: List<bool> = list! { "1" "是" | "有" => true, "0" "否" | "无" | "不是" => false };

/// 残疾人类型; the sheet carries names, the codes are those of GB/T 24433 with 0 for none.
pub(super) const DISABILITY: List<Disability> = list! {
    "0" "无残疾" | "无" | "否" | "非残疾" => Disability::None,
    "1" "视力残疾" | "视力" => Disability::Sight,
    "2" "听力残疾" | "听力" => Disability::Hearing,
    "3" "言语残疾" | "言语" => Disability::Speech,
    "4" "肢体残疾" | "肢体" => Disability::Limbs,
    "5" "智力残疾" | "智力" => Disability::Intellect,
    "6" "精神残疾" | "精神" => Disability::Mental,
    "7" "多重残疾" | "多重" => Disability::Multiple,
    "9" "其他残疾" | "其他" | "其它" => Disability::Other,
};

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_codes_and_mixes_are_read() {
        for text in ["1", "01", "男", "1-男", "1男", "1 男", "1:男", "1、男", "男-1", "男(1)", "1.男"]
        {
            assert_eq!(SEX.read(text), Ok(Sex::Male), "{text}");
        }
        for text in ["a", "A", "护照", "A-护照"] {
            assert_eq!(ID_KIND.read(text), Ok(IdKind::Passport), "{text}");
        }
        assert_eq!(ID_KIND.read("6-香港特区护照/身份证明"), Ok(IdKind::HongKong));
        assert_eq!(LEFT_BEHIND.read("2-双亲留守儿童"), Ok(LeftBehind::BothParentsAway));
        assert_eq!(LEFT_BEHIND.read("0"), Ok(LeftBehind::No));
        assert_eq!(DISABILITY.read("无残疾"), Ok(Disability::None));
        assert_eq!(ATTEND.read("寄宿生"), Ok(Attend::Boarding));
    }

    #[test]
    fn what_is_no_choice_is_refused() {
        for text in ["3", "0", "未知", "1-", "-男", "11", ""] {
            assert_eq!(SEX.read(text), Err(NotCoded::Unknown), "{text}");
        }
        assert_eq!(SEX.read("1-女"), Err(NotCoded::Differ));
        assert_eq!(LEFT_BEHIND.read("是"), Err(NotCoded::Unknown));
        assert_eq!(SEX.choices(), "1-男 2-女");
    }
}
