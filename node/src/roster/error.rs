//! Why a file cannot be read at all. Each reason is something that the teacher does differently.

use proto::model::lang::{Lang, Say};
use proto::say;

use super::limits;

/// A file that was refused; nothing of it was taken in.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{file}: {error}")]
pub struct Refused {
    /// The file's name as given.
    pub file: String,
    /// Why.
    pub error: FileError,
}

/// Why a file is no roster.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum FileError {
    /// No byte, or no row, in it.
    #[error("the file is empty")]
    Empty,
    /// Larger than [`limits::FILE_BYTES`].
    #[error("the file has {0} bytes")]
    TooLarge(usize),
    /// A web page under a workbook's name, as many web exports are.
    #[error("the file is a web page")]
    Html,
    /// Excel 2003 XML under a workbook's name.
    #[error("the file is an XML spreadsheet")]
    SpreadsheetMl,
    /// A workbook of another kind: .xlsb, .ods, Excel before 5.0.
    #[error("the workbook is of a kind that is not read")]
    OtherWorkbook,
    /// Not a table of any known kind.
    #[error("the file is no workbook and no text")]
    Unknown,
    /// Protected with a password.
    #[error("the workbook is protected with a password")]
    Encrypted,
    /// Cut short or damaged.
    #[error("the workbook is cut short or damaged")]
    Damaged,
    /// It would unpack to more than it may: a zip bomb, or a sheet formatted to its last row.
    #[error("the workbook would unpack beyond the limit")]
    Bomb,
    /// More than [`limits::CELLS`] cells.
    #[error("the workbook has too many cells")]
    TooManyCells,
    /// More than [`limits::ROWS`] rows of pupils.
    #[error("the sheet has more than {} rows", limits::ROWS)]
    TooManyRows,
    /// Text in neither UTF-8 nor GB18030.
    #[error("the text is neither UTF-8 nor GB18030")]
    Encoding,
    /// Private-use characters: the text was written in another encoding (Big5) or with a name font.
    #[error("the text holds private-use characters in line {0}")]
    PrivateUse(usize),
    /// No row with the known column names.
    #[error("no header row in the first rows of any sheet")]
    NoHeader,
    /// The header lacks columns without which no row can be read; by name.
    #[error("the header lacks required columns")]
    MissingColumns(Vec<String>),
    /// A header and nothing under it.
    #[error("no rows under the header")]
    NoRows,
}

impl Say for Refused {
    fn say(&self, lang: Lang) -> String {
        let (file, error) = (&self.file, self.error.say(lang));
        say!(lang, "文件“{file}”：{error}", "file \"{file}\": {error}")
    }
}

impl Say for FileError {
    fn say(&self, lang: Lang) -> String {
        match self {
            Self::Empty => say!(
                lang,
                "文件是空的，请确认选对了文件，或从学籍系统重新导出",
                "it is empty; check that it is the right file, or export it again"
            ),
            Self::TooLarge(bytes) => {
                let (has, limit) = (bytes / (1 << 20) + 1, limits::FILE_BYTES / (1 << 20));
                say!(
                    lang,
                    "文件约 {has} MB，超过 {limit} MB；请删去照片和多余的工作表后再导入",
                    "about {has} MB, more than {limit} MB; remove photos and other sheets, then import again"
                )
            }
            Self::Html => say!(
                lang,
                "文件名像 Excel，内容其实是网页；请在 WPS 或 Excel 中打开，另存为 xlsx 后再导入",
                "it is a web page under a workbook's name; open it in WPS or Excel, save it as xlsx, then import again"
            ),
            Self::SpreadsheetMl => say!(
                lang,
                "文件是 XML 表格（Excel 2003 XML）；请在 WPS 或 Excel 中另存为 xlsx 后再导入",
                "it is an XML spreadsheet (Excel 2003 XML); save it as xlsx in WPS or Excel, then import again"
            ),
            Self::OtherWorkbook => say!(
                lang,
                "不支持这种表格格式（如 xlsb、ods、et 或很早的 Excel）；请在 WPS 或 Excel 中另存为 xlsx 后再导入",
                "this kind of workbook (xlsb, ods, et or a very old Excel) is not read; save it as xlsx in WPS or Excel, then import again"
            ),
            Self::Unknown => say!(
                lang,
                "文件不是 Excel 表格，也不是 CSV 文本；请在 WPS 或 Excel 中另存为 xlsx 后再导入",
                "it is neither a workbook nor CSV text; save it as xlsx in WPS or Excel, then import again"
            ),
            Self::Encrypted => say!(
                lang,
                "文件有打开密码；请在 WPS 或 Excel 中打开并取消密码，保存后再导入",
                "it is protected with a password; open it in WPS or Excel, remove the password, save, then import again"
            ),
            Self::Damaged => say!(
                lang,
                "文件不完整或已损坏；请重新导出或重新复制，能打开时另存为 xlsx 后再导入",
                "it is cut short or damaged; export or copy it again, or open it and save it as xlsx, then import again"
            ),
            Self::Bomb | Self::TooManyCells => say!(
                lang,
                "表格展开后过大，可能整列设了格式或文件有问题；请把学生数据复制到新建表格，另存为 xlsx 后再导入",
                "it unpacks to far too much, perhaps whole columns are formatted or the file is bad; copy the pupils into a new workbook, save it as xlsx, then import again"
            ),
            Self::TooManyRows => {
                let limit = limits::ROWS;
                say!(
                    lang,
                    "学生超过 {limit} 行；一次只导入一所学校，请拆分后分别导入",
                    "more than {limit} rows of pupils; import one school at a time, or split the file"
                )
            }
            Self::Encoding => say!(
                lang,
                "文字编码既不是 UTF-8 也不是 GB18030（GBK）；请在 WPS 或 Excel 中打开，另存为 xlsx 后再导入",
                "the text is neither UTF-8 nor GB18030 (GBK); open it in WPS or Excel, save it as xlsx, then import again"
            ),
            Self::PrivateUse(line) => say!(
                lang,
                "第 {line} 行有无法识别的字符，可能是繁体编码或造字字体；请改正后另存为 xlsx 再导入",
                "line {line} holds characters that cannot be recognised, perhaps from Big5 or a private font; correct them, save as xlsx, then import again"
            ),
            Self::NoHeader => {
                let rows = limits::HEADER_ROWS;
                say!(
                    lang,
                    "各工作表前 {rows} 行都没有找到表头（要有“姓名”和至少两个其他列名，如“性别”“出生日期”“班级”）；请补上表头后再导入",
                    "no sheet has a header in its first {rows} rows (姓名 and at least two more names such as 性别, 出生日期, 班级); add one, then import again"
                )
            }
            Self::MissingColumns(names) => {
                let names = names.join(lang.pick("、", ", "));
                say!(
                    lang,
                    "表头缺少必需的列：{names}；请补上后再导入",
                    "the header lacks required columns: {names}; add them, then import again"
                )
            }
            Self::NoRows => say!(
                lang,
                "表头下面没有学生；请确认选对了文件",
                "there are no pupils under the header; check that it is the right file"
            ),
        }
    }
}
