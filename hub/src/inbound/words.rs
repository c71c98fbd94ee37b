//! Lists in both languages.

use proto::model::lang::{Lang, Say};
use proto::say;

use super::read::COLUMNS;
use super::{Fault, Field, ListError, Wrong};

impl Field {
    /// The column's usual name.
    pub fn name(self) -> &'static str {
        let found = COLUMNS.iter().find(|(field, _)| *field == self);
        found.and_then(|(_, names)| names.first()).copied().unwrap_or_default()
    }
}

impl Say for Fault {
    fn say(&self, lang: Lang) -> String {
        let (row, column) = (self.row, self.field.name());
        match (self.wrong, self.field) {
            (Wrong::Missing, Field::Id) => say!(
                lang,
                "第 {row} 行没有身份证号，也没有出生日期。请补填其中一项。",
                "Row {row} has neither an ID number nor a birth date. Enter one of them."
            ),
            (Wrong::Missing, _) => {
                say!(
                    lang,
                    "第 {row} 行的“{column}”是空的，请补填。",
                    "Row {row}: {column} is empty. Fill it in."
                )
            }
            (Wrong::Form, Field::Id) => say!(
                lang,
                "第 {row} 行的身份证号不对（位数、出生日期或校验码）。如被表格存成数字，末几位已损坏，请按原件重填为文本。",
                "Row {row}: the ID number is wrong (length, birth date or check digit). If the sheet stored it as a number its last digits are damaged: enter it again as text."
            ),
            (Wrong::Form, _) => say!(
                lang,
                "第 {row} 行的“{column}”无法识别，请改正。",
                "Row {row}: {column} cannot be read. Correct it."
            ),
            (Wrong::Twice, _) => say!(
                lang,
                "第 {row} 行与前面某一行是同一个学生，请删去一行。",
                "Row {row} is the same child as a row above. Delete one of them."
            ),
        }
    }
}

impl Say for ListError {
    fn say(&self, lang: Lang) -> String {
        match self {
            Self::NoWorkbook => say!(
                lang,
                "文件不是 .xlsx 或 .xls 表格。请用表格软件另存为 .xlsx 后重试。",
                "The file is neither .xlsx nor .xls. Save it as .xlsx and try again."
            ),
            Self::Damaged => say!(
                lang,
                "表格打不开：文件损坏或设有密码。请去掉密码，另存后重试。",
                "The workbook does not open: it is damaged or has a password. Remove the password, save it again and retry."
            ),
            Self::TooLarge => say!(
                lang,
                "表格太大。一次最多 2 万行、8 MB，请拆成几份导入。",
                "The workbook is too large: at most 20,000 rows and 8 MB. Split it."
            ),
            Self::NoHeader => say!(
                lang,
                "第一个工作表的前 10 行里没有表头。表头至少要有“姓名”和“身份证号”（或“出生日期”）。",
                "The first 10 rows of the first sheet have no header. It needs at least 姓名 and 身份证号 (or 出生日期)."
            ),
        }
    }
}
