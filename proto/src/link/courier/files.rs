//! Files on the stick, and what is told to the one who carries it.

use std::io::Read;
use std::path::{Path, PathBuf};

use super::{Bundle, CourierError, MAX_FILE};
use crate::link::conversation::{Delivered, Gap};
use crate::model::lang::{Lang, Say};
use crate::model::party::Party;
use crate::platform::replace_file;
use crate::say;

/// A file that was written.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Written {
    /// Where.
    pub path: PathBuf,
    /// Its size.
    pub bytes: u64,
    /// Entries in it.
    pub entries: u64,
}

/// What was written for a neighbour.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Exported {
    /// For whom.
    pub to: Party,
    /// The files.
    pub files: Vec<Written>,
}

/// What was brought by a neighbour.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Imported {
    /// Who wrote it.
    pub from: Party,
    /// Its number among the files that were written together, from 1, and how many there are.
    pub part: (u32, u32),
    /// What became of it.
    pub delivered: Delivered,
    /// The answer, when one was written.
    pub answers: Vec<Written>,
}

/// Reads a file from the stick, not more of it than may be read.
///
/// # Errors
/// When it cannot be read or is too large.
pub async fn read(path: PathBuf) -> Result<Vec<u8>, CourierError> {
    beside(move || {
        let fault = |why| CourierError::File { path: path.display().to_string(), why };
        let mut bytes = Vec::new();
        let file = std::fs::File::open(&path).map_err(fault)?;
        file.take(MAX_FILE + 1).read_to_end(&mut bytes).map_err(fault)?;
        if bytes.len() as u64 > MAX_FILE { Err(CourierError::TooLarge) } else { Ok(bytes) }
    })
    .await
}

/// Writes files whole or not at all: into the folder `to` under their own names, or as the file `to`, further
/// parts beside it. They are on the stick when this returns.
///
/// # Errors
/// When the file system refuses.
pub async fn save(to: PathBuf, bundles: Vec<Bundle>) -> Result<Vec<Written>, CourierError> {
    beside(move || {
        let mut written = Vec::new();
        for (bundle, part) in bundles.iter().zip(1..) {
            let path = match (to.is_dir(), part) {
                (true, _) => to.join(&bundle.name),
                (false, 1) => to.clone(),
                (false, part) => numbered(&to, part),
            };
            let fault = |why| CourierError::File { path: path.display().to_string(), why };
            replace_file(&path, &bundle.bytes).map_err(fault)?;
            written.push(Written { path, bytes: bundle.bytes.len() as u64, entries: bundle.entries });
        }
        Ok(written)
    })
    .await
}

/// `answer.guixue` becomes `answer-2.guixue`.
fn numbered(path: &Path, part: u32) -> PathBuf {
    let stem = path.file_stem().unwrap_or_default().to_string_lossy();
    let name = match path.extension() {
        Some(end) => format!("{stem}-{part}.{}", end.to_string_lossy()),
        None => format!("{stem}-{part}"),
    };
    path.with_file_name(name)
}

/// Sticks are slow: nobody else waits for them.
async fn beside<T: Send + 'static>(
    work: impl FnOnce() -> Result<T, CourierError> + Send + 'static,
) -> Result<T, CourierError> {
    let done = tokio::task::spawn_blocking(work).await;
    done.unwrap_or_else(|why| {
        let why = std::io::Error::other(why);
        Err(CourierError::File { path: "courier".to_owned(), why })
    })
}

impl Imported {
    /// What the carrier should know, and do.
    pub fn lines(&self, lang: Lang) -> Vec<String> {
        let Self { from, part: (part, parts), delivered, answers } = self;
        let (new, again) = (delivered.report.received, delivered.report.received_again);
        let (acked, documents) = (delivered.report.acked, delivered.report.documents);
        let mut lines = vec![say!(
            lang,
            "已导入 {from} 的文件（第 {part} 份，共 {parts} 份）：新收 {new} 条，重复 {again} 条，确认本单位 {acked} 条，文件 {documents} 份。",
            "Imported a file of {from} (part {part} of {parts}): {new} entries new, {again} again, {acked} of ours acknowledged, {documents} documents."
        )];
        if delivered.report.quarantined > 0 {
            let held = delivered.report.quarantined;
            lines.push(say!(
                lang,
                "其中 {held} 条没有被采用，已隔离，原因随回执带回。",
                "{held} of them were not taken and are in quarantine; the reasons go back with the answer."
            ));
        }
        lines.extend(delivered.gaps.iter().map(|gap| gap.say(lang)));
        if delivered.stale {
            lines.push(say!(
                lang,
                "这份文件比本单位已知的情况旧，只补收了缺少的内容。",
                "The file is older than what is known here; only what was missing was taken from it."
            ));
        }
        if delivered.ask_again {
            lines.push(say!(
                lang,
                "本单位的数据曾从备份恢复，对方写这份文件时还不知道。请再运行 courier export，把新文件带给对方，取回答复后再导入。",
                "The data here came back from a backup, which the sender did not know yet. Run courier export again, carry the new file there, and import the answer."
            ));
        }
        lines.extend(answers.iter().map(|file| file.say(lang)));
        lines
    }
}

impl Exported {
    /// What the carrier should know, and do.
    pub fn lines(&self, lang: Lang) -> Vec<String> {
        let mut lines: Vec<String> = self.files.iter().map(|file| file.say(lang)).collect();
        let to = &self.to;
        lines.push(say!(
            lang,
            "请把文件带到 {to}，在那里运行 courier import，再把回执带回来导入。文件已加密，只有 {to} 能打开。",
            "Carry it to {to} and run courier import there; bring the answer back and import it here. Only {to} can open it."
        ));
        lines
    }
}

impl Say for Written {
    fn say(&self, lang: Lang) -> String {
        let Self { path, bytes, entries } = self;
        let path = path.display();
        say!(
            lang,
            "已写入 {path}（{entries} 条，{bytes} 字节）。",
            "Wrote {path} ({entries} entries, {bytes} bytes)."
        )
    }
}

impl Say for Gap {
    fn say(&self, lang: Lang) -> String {
        let Self { stream, from, to } = self;
        let origin = &stream.origin;
        say!(
            lang,
            "缺少 {origin} 的第 {from} 至 {to} 条，其后的没有导入。请先导入带有这些条目的文件；没有的，把回执带回去导入后重新导出（或用 --all）。",
            "Entries {from} to {to} of {origin} are missing; what follows them was not taken. Import the file that has them first; if there is none, import the answer there and export again from there (or with --all)."
        )
    }
}

#[cfg(test)]
mod tests {
    use super::{Bundle, CourierError, numbered, read, save};

    #[tokio::test]
    async fn parts_lie_side_by_side_and_read_back() {
        let dir = tempfile::tempdir().unwrap();
        let bundle = |name: &str| Bundle { name: name.to_owned(), bytes: name.into(), entries: 1 };
        let bundles = || vec![bundle("a-上行.guixue"), bundle("a-上行-2.guixue")];
        for (to, first, second) in [
            (dir.path().to_owned(), "a-上行.guixue", "a-上行-2.guixue"),
            (dir.path().join("up.gx"), "up.gx", "up-2.gx"),
            (dir.path().join("up"), "up", "up-2"),
        ] {
            let written = save(to, bundles()).await.unwrap();
            assert_eq!(written[0].path, dir.path().join(first));
            assert_eq!(written[1].path, dir.path().join(second));
            assert_eq!(read(written[1].path.clone()).await.unwrap(), bundles()[1].bytes);
        }
        let missing = read(dir.path().join("none")).await;
        assert!(matches!(missing, Err(CourierError::File { .. })));
        assert_eq!(numbered("x/回执.guixue".as_ref(), 3).to_str(), Some("x/回执-3.guixue"));
    }
}
