//! Children who do not exist. Their ID numbers lie in areas 9900 to 9999, which nobody is given.

use std::collections::HashSet;

use proto::model::day::Day;

use crate::dice::Dice;

/// A child as the school's own papers have it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Pupil {
    /// As in the household register.
    pub name: String,
    /// 性别
    pub male: bool,
    /// Fits the grade.
    pub birth: Day,
    /// Passes GB 11643.
    pub id_number: String,
    /// 学籍号: `G` and the ID number.
    pub roll_number: String,
    /// 年级 and 班级
    pub class: Class,
    /// 住校
    pub boards: bool,
    /// 双亲, 单亲 or none.
    pub left_behind: &'static str,
    /// 联系电话
    pub phone: String,
    /// Who answers at home.
    pub family: Relative,
}

/// A family member.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Relative {
    /// 姓名
    pub name: String,
    /// 关系
    pub relation: &'static str,
}

/// A class of the school.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Class {
    /// 1 to 9.
    pub grade: u8,
    /// From 1.
    pub number: u8,
}

impl std::fmt::Display for Class {
    /// `3.2`, as the school's services have it.
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{}.{}", self.grade, self.number)
    }
}

/// How large a school is, and which grades it has.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Size {
    /// The lowest and the highest grade.
    pub grades: (u8, u8),
    /// Classes of each grade.
    pub classes: u8,
    /// Children of a class, about.
    pub children: u8,
}

/// The whole roll of school number `school` (below 10,000) in the school year that begins in autumn
/// `year`, class by class.
///
/// # Panics
/// When the school number or the year is out of range.
pub fn roll(seed: u64, school: usize, year: i16, size: Size) -> Vec<Pupil> {
    let mut office =
        Registry { dice: Dice::new(seed, &format!("pupils {school}")), school, given: HashSet::new() };
    let mut pupils = Vec::new();
    for grade in size.grades.0..=size.grades.1 {
        for number in 1..=size.classes {
            let count = usize::from(size.children);
            for _ in 0..office.dice.between(count.saturating_sub(3).max(1), count + 4) {
                pupils.push(office.register(Class { grade, number }, year));
            }
        }
    }
    pupils
}

struct Registry {
    dice: Dice,
    school: usize,
    given: HashSet<String>,
}

impl Registry {
    fn register(&mut self, class: Class, year: i16) -> Pupil {
        let male = self.dice.chance(0.52);
        let birth = self.birth(class.grade, year);
        let id_number = self.number(birth, male);
        Pupil {
            name: self.name(),
            male,
            birth,
            roll_number: format!("G{id_number}"),
            id_number,
            class,
            boards: class.grade > 6 && self.dice.chance(0.6),
            left_behind: self.dice.pick(&["非留守儿童", "非留守儿童", "单亲留守儿童", "双亲留守儿童"]),
            phone: format!("13{:09}", self.dice.below(1_000_000_000)),
            family: Relative { name: self.name(), relation: self.dice.pick(&["父亲", "母亲", "祖母"]) },
        }
    }

    /// Six years old by the first of September of the first grade.
    fn birth(&mut self, grade: u8, year: i16) -> Day {
        let eldest = Day::new(year - 6 - i16::from(grade), 9, 1).expect("a first of September");
        eldest.plus(i32::try_from(self.dice.below(365)).expect("a day of a year"))
    }

    /// A number that no other child of the tree has: the area is the school's.
    fn number(&mut self, birth: Day, male: bool) -> String {
        loop {
            let sequence = 2 * self.dice.below(500) + usize::from(male);
            let body = format!("99{:04}{}{sequence:03}", self.school, birth.to_string().replace('-', ""));
            let number = format!("{body}{}", check_digit(&body));
            if self.given.insert(number.clone()) {
                return number;
            }
        }
    }

    fn name(&mut self) -> String {
        let dice = &mut self.dice;
        match dice.below(40) {
            0 => format!("{}{}·{}", dice.pick(FAR), dice.pick(FAR), dice.pick(FAR)),
            1 => format!("{}{RARE}{}", dice.pick(SURNAMES), dice.pick(GIVEN)),
            _ => format!("{}{}{}", dice.pick(SURNAMES), dice.pick(GIVEN), dice.pick(GIVEN)),
        }
    }
}

/// The last character of an ID number (GB 11643-1999).
pub fn check_digit(body: &str) -> char {
    // the weights are the powers of two modulo 11, from the right
    let sum = body
        .bytes()
        .rev()
        .fold((0, 2), |(sum, weight), digit| (sum + u32::from(digit - b'0') * weight, weight * 2 % 11));
    char::from(b"10X98765432"[(sum.0 % 11) as usize])
}

/// Outside the basic plane: four bytes in UTF-8, none at all in GBK.
pub const RARE: char = '𠮷';

const SURNAMES: &[&str] = &[
    "王", "李", "张", "刘", "陈", "杨", "黄", "赵", "吴", "周", "徐", "孙", "马", "朱", "胡", "郭", "何",
    "罗", "龙", "韦", "欧阳", "陆", "蒙", "潘", "卯", "禄",
];
const GIVEN: &[&str] = &[
    "梓", "涵", "宇", "轩", "欣", "怡", "诗", "琪", "浩", "然", "雨", "桐", "佳", "睿", "思", "远", "晨",
    "曦", "婷", "娜", "俊", "杰", "雪", "莹", "嘉", "懿", "彤", "萱", "皓", "铭", "芸", "汐", "骏", "祺",
    "玥", "璇", "翊", "颖", "菡", "瑾",
];
const FAR: &[&str] = &["阿依", "古丽", "买买提", "卓玛", "扎西", "热依拉", "次仁", "艾力"];

#[cfg(test)]
mod tests {
    use super::*;

    const SIZE: Size = Size { grades: (1, 9), classes: 2, children: 30 };

    #[test]
    fn the_check_digit_is_the_standards() {
        for number in ["11010519491231002X", "440524188001010014", "99010120150901001X", "990102201603150138"]
        {
            assert!(number.ends_with(check_digit(&number[..17])), "{number}");
        }
    }

    #[test]
    fn a_roll_is_valid_and_the_same_for_the_same_seed() {
        let pupils = roll(7, 12, 2025, SIZE);
        assert_eq!(pupils, roll(7, 12, 2025, SIZE));
        assert_ne!(pupils, roll(8, 12, 2025, SIZE));
        let numbers: HashSet<&str> = pupils.iter().map(|p| p.id_number.as_str()).collect();
        assert_eq!(numbers.len(), pupils.len());
        for pupil in &pupils {
            let number: node::pupil::IdNumber = pupil.id_number.parse().expect("a valid number");
            assert_eq!(number.birth(), pupil.birth);
            assert!(pupil.roll_number.parse::<node::pupil::RollNumber>().is_ok());
            assert!(pupil.name.chars().count() >= 3, "short names are found in any text");
        }
        assert!(pupils.iter().any(|p| p.name.contains(RARE)) && pupils.iter().any(|p| p.name.contains('·')));
    }
}
