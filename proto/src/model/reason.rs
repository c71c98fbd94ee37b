//! Why something technical failed, in the reader's language: the words of the operating system, of TLS, of the
//! TOML reader and of the store's engine, with the technical text in brackets after them for whoever is asked.
//! One table for both programs.

use std::fmt::Display;
use std::io::{self, ErrorKind};

use super::lang::Lang;

/// What a text contains that means this, in lower case; what it means. The first that fits counts.
const TEXTS: &[(&[&str], &str)] = &[
    // files and disks
    (&["no space left", "not enough space on the disk", "disk is full", "no storage space"], "磁盘空间不足"),
    (&["quota exceeded"], "磁盘配额已用完"),
    (&["read-only file system"], "磁盘是只读的"),
    (&["permission denied", "access is denied", "operation not permitted"], "没有权限"),
    (
        &["no such file or directory", "cannot find the file", "cannot find the path", "entity not found"],
        "没有这个文件或目录",
    ),
    (&["file exists", "entity already exists"], "已有同名文件"),
    (&["is a directory"], "这是目录，不是文件"),
    (&["not a directory"], "路径中有一级不是目录"),
    (&["directory not empty"], "目录不是空的"),
    (&["file name too long"], "文件名过长"),
    (&["too many open files"], "打开的文件过多"),
    (&["being used by another process", "resource temporarily unavailable"], "正被另一个程序使用"),
    (&["valid utf-8", "invalid utf-8"], "不是 UTF-8 文本"),
    // the store's engine
    (&["read corrupted data", "corruption", "corrupt data", "crc mismatch", "checksum"], "数据文件已损坏"),
    (&["input/output error", "os error 5)"], "磁盘读写故障"),
    // TLS; the alerts of the other side first, because they carry the names of the faults
    (&["fatal alert: certificaterevoked"], "对方认为本单位的证书已停用"),
    (&["fatal alert: certificateexpired"], "对方认为本单位的证书已过期"),
    (&["fatal alert: unknownca"], "对方不认识签发本单位证书的机构"),
    (&["fatal alert: certificaterequired"], "对方要求出示证书"),
    (
        &[
            "fatal alert: badcertificate",
            "fatal alert: certificateunknown",
            "fatal alert: unsupportedcertificate",
        ],
        "对方不接受本单位的证书",
    ),
    (&["fatal alert: decrypterror"], "对方验证签名失败"),
    (&["fatal alert"], "对方中断了握手"),
    (&["unknownissuer", "authority that is not known here"], "对方的证书不是本系统认可的机构签发的"),
    (&["not valid for name", "notvalidforname"], "对方证书上的名称不符"),
    (&["not valid yet", "notvalidyet", "is not valid before"], "对方的证书尚未生效"),
    (
        &["certificate expired", "certificate: expired", "certificate is expired", "certificate expired at"],
        "对方的证书已过期",
    ),
    (&["certificate: revoked", "certificate was revoked", "certificate revoked"], "证书已停用"),
    (&["badsignature", "bad signature", "invalid signature", "signature does not hold"], "签名无效"),
    (&["sent no certificates", "nocertificatespresented"], "对方没有出示证书"),
    (&["does not fit the invitation"], "对方与邀请码不符"),
    (
        &[
            "corrupt message",
            "peer is incompatible",
            "peer misbehaved",
            "invalidcontenttype",
            "invalid contenttype",
        ],
        "对方不是本系统的端口",
    ),
    (&["handshake eof", "handshake not complete"], "握手中对方断开了连接"),
    (&["handshake timed out"], "连接或握手超时"),
    // the line
    (&["connection refused", "actively refused"], "对方拒绝连接，该端口没有程序在运行"),
    (&["connection reset", "forcibly closed"], "连接被对方或中间的网络设备中断"),
    (
        &["connection aborted", "broken pipe", "connection closed", "not connected", "stream closed"],
        "连接已断开",
    ),
    (
        &["address already in use", "address in use", "only one usage of each socket"],
        "该地址和端口已被另一个程序占用",
    ),
    (&["cannot assign requested address", "address not available"], "本机没有这个地址"),
    (&["network is unreachable", "no route to host", "host unreachable", "host is unreachable"], "网络不通"),
    (
        &["failed to lookup address", "name or service not known", "name resolution", "no such host"],
        "域名无法解析",
    ),
    (
        &[
            "timed out",
            "deadline has elapsed",
            "timeout expired",
            "no answer for too long",
            "no turn for too long",
        ],
        "对方长时间没有应答",
    ),
    (&["went on after the end"], "对方没有按协议结束"),
    (&["no authority above the parent is known"], "本机不认识上级的签发机构"),
    (&["unexpected end of file", "failed to fill whole buffer", "unexpected eof"], "内容不完整"),
];

/// TOML and other text that is read by keys: how the reader's message begins, and how it is said; `{}` is the
/// first word that the message names in back quotes.
const KEYS: &[(&[&str], &str)] = &[
    (&["unknown field", "unknown key"], "不认识的项“{}”"),
    (&["missing field"], "缺少必填项“{}”"),
    (&["duplicate field", "duplicate key"], "项“{}”重复"),
    (&["unknown variant"], "不允许的值“{}”"),
    (&["invalid type"], "值的类型不对"),
    (&["invalid value", "invalid length", "data did not match"], "值不符合要求"),
    (
        &[
            "toml parse error",
            "expected",
            "invalid",
            "unclosed",
            "unexpected",
            "missing",
            "extra",
            "newline",
            "cannot",
            "unquoted",
            "key with no value",
        ],
        "书写格式有误",
    ),
];

/// The text of a technical failure for a reader of `lang`: in Chinese what it means, where that is known, with
/// the text itself in brackets; in English the text.
pub fn told(technical: impl Display, lang: Lang) -> String {
    let text = one_line(&technical.to_string());
    match (lang, meaning(&text)) {
        (Lang::Zh, Some(zh)) => format!("{zh}（{text}）"),
        _ => text,
    }
}

/// The same of a text that is read by keys, such as settings: with line and column where they are told.
pub fn misread(technical: impl Display, lang: Lang) -> String {
    let text = one_line(&technical.to_string());
    if lang == Lang::En {
        return text;
    }
    let lower = text.to_lowercase();
    let place =
        position(&lower).map(|(line, column)| format!("第 {line} 行第 {column} 列：")).unwrap_or_default();
    // the reader's own sentence stands after where it is
    let said =
        lower.rsplit_once(": ").filter(|_| !place.is_empty()).map_or(lower.as_str(), |_| after_place(&lower));
    let found = KEYS.iter().find(|(signs, _)| signs.iter().any(|sign| said.starts_with(sign)));
    let zh = found.map_or("内容无法识别", |(_, zh)| zh);
    let zh = zh.replace("{}", quoted(&text).unwrap_or("…"));
    format!("{place}{zh}（{text}）")
}

/// What to do about a failure of a file or an address that somebody named.
pub fn advice(error: &io::Error, lang: Lang) -> &'static str {
    let (zh, en) = match error.kind() {
        ErrorKind::StorageFull | ErrorKind::QuotaExceeded => {
            ("请清理磁盘，腾出空间后再试一次", "Free some space on the disk and try again")
        }
        ErrorKind::PermissionDenied | ErrorKind::ReadOnlyFilesystem => (
            "请检查所用账户的权限，或换一个可写的位置",
            "Check the account's permissions, or choose a place that it may write to",
        ),
        ErrorKind::NotFound => ("请核对路径和文件名", "Check the path and the name"),
        ErrorKind::AlreadyExists => ("请换一个文件名", "Choose another name"),
        ErrorKind::AddrInUse => (
            "请先停止占用端口的程序，或在 config.toml 中换一个端口",
            "Stop the program that listens there, or choose another port in config.toml",
        ),
        ErrorKind::AddrNotAvailable => {
            ("请在 config.toml 中填写本机的地址", "Write an address of this machine into config.toml")
        }
        ErrorKind::InvalidData => ("请另存为 UTF-8 编码后再试", "Save it as UTF-8 and try again"),
        _ => ("请检查磁盘、路径和权限后再试", "Check the disk, the path and its permissions, then try again"),
    };
    lang.pick(zh, en)
}

/// What a failure means, and what to do about it.
pub fn io(error: &io::Error, lang: Lang) -> String {
    let (told, advice) = (told(error, lang), advice(error, lang));
    match lang {
        Lang::Zh => format!("{told}。{advice}"),
        Lang::En => format!("{told}. {advice}"),
    }
}

fn meaning(text: &str) -> Option<&'static str> {
    let lower = text.to_lowercase();
    let fits = |signs: &&[&str]| signs.iter().any(|sign| lower.contains(sign));
    TEXTS.iter().find(|(signs, _)| fits(signs)).map(|(_, zh)| *zh)
}

/// Pictures of the place (`1 | region =` and its arrows) are left out: line and column say the same.
fn one_line(text: &str) -> String {
    let picture = |line: &str| {
        let rest = line.trim_start().trim_start_matches(|c: char| c.is_ascii_digit()).trim_start();
        rest.starts_with('|')
    };
    let lines = text.lines().map(str::trim_end).filter(|line| !line.is_empty() && !picture(line));
    lines.collect::<Vec<_>>().join(": ")
}

/// `line L, column C`.
fn position(lower: &str) -> Option<(u32, u32)> {
    let (_, rest) = lower.split_once("line ")?;
    let (line, rest) = rest.split_once(", column ")?;
    let digits: String = rest.chars().take_while(char::is_ascii_digit).collect();
    Some((line.trim().parse().ok()?, digits.parse().ok()?))
}

fn after_place(lower: &str) -> &str {
    let rest = lower.split_once(", column ").map_or(lower, |(_, rest)| rest);
    rest.trim_start_matches(|c: char| c.is_ascii_digit()).trim_start_matches([':', ' '])
}

fn quoted(text: &str) -> Option<&str> {
    text.split('`').nth(1)
}

#[cfg(test)]
mod tests {
    use serde::Deserialize;

    use super::*;

    #[test]
    fn what_the_machine_says_is_said_in_the_readers_language_with_its_own_words_behind() {
        for (technical, zh) in [
            ("No space left on device (os error 28)", "磁盘空间不足"),
            ("There is not enough space on the disk. (os error 112)", "磁盘空间不足"),
            ("Permission denied (os error 13)", "没有权限"),
            ("Access is denied. (os error 5)", "没有权限"),
            ("No such file or directory (os error 2)", "没有这个文件或目录"),
            ("Read-only file system (os error 30)", "磁盘是只读的"),
            ("Input/output error (os error 5)", "磁盘读写故障"),
            ("Read corrupted data at file offset Some(4) backtrace ()", "数据文件已损坏"),
            ("stream did not contain valid UTF-8", "不是 UTF-8 文本"),
            ("Address already in use (os error 98)", "该地址和端口已被另一个程序占用"),
            ("Cannot assign requested address (os error 99)", "本机没有这个地址"),
            ("Connection refused (os error 111)", "对方拒绝连接，该端口没有程序在运行"),
            ("Connection reset by peer (os error 104)", "连接被对方或中间的网络设备中断"),
            ("Network is unreachable (os error 101)", "网络不通"),
            ("failed to lookup address information: Name or service not known", "域名无法解析"),
            ("the handshake timed out", "连接或握手超时"),
            ("timed out", "对方长时间没有应答"),
            ("no answer for too long", "对方长时间没有应答"),
            ("invalid peer certificate: UnknownIssuer", "对方的证书不是本系统认可的机构签发的"),
            ("invalid peer certificate: certificate expired: verification time 5 (UNIX)", "对方的证书已过期"),
            (
                "invalid peer certificate: certificate not valid yet: verification time 5",
                "对方的证书尚未生效",
            ),
            ("invalid peer certificate: certificate not valid for name \"a\"", "对方证书上的名称不符"),
            ("invalid peer certificate: BadSignature", "签名无效"),
            ("invalid peer certificate: Revoked", "证书已停用"),
            ("received fatal alert: CertificateRevoked", "对方认为本单位的证书已停用"),
            ("received fatal alert: CertificateExpired", "对方认为本单位的证书已过期"),
            ("received fatal alert: UnknownCA", "对方不认识签发本单位证书的机构"),
            ("received fatal alert: HandshakeFailure", "对方中断了握手"),
            ("received corrupt message of type InvalidContentType", "对方不是本系统的端口"),
            ("tls handshake eof", "握手中对方断开了连接"),
            ("failed to fill whole buffer", "内容不完整"),
        ] {
            assert_eq!(told(technical, Lang::Zh), format!("{zh}（{technical}）"), "{technical}");
            assert_eq!(told(technical, Lang::En), technical);
        }
        assert_eq!(told("something new", Lang::Zh), "something new", "what is not known is not guessed");
    }

    #[test]
    fn errors_of_this_machine_are_known_by_what_it_really_says() {
        for kind in [
            ErrorKind::NotFound,
            ErrorKind::PermissionDenied,
            ErrorKind::ConnectionRefused,
            ErrorKind::ConnectionReset,
            ErrorKind::AddrInUse,
            ErrorKind::TimedOut,
            ErrorKind::StorageFull,
            ErrorKind::UnexpectedEof,
            ErrorKind::BrokenPipe,
        ] {
            let text = io::Error::from(kind).to_string();
            assert!(meaning(&text).is_some(), "{kind:?}: {text}");
        }
    }

    #[test]
    fn no_sign_stands_behind_one_that_always_comes_first() {
        for (at, (signs, _)) in TEXTS.iter().enumerate() {
            for sign in *signs {
                assert_eq!(*sign, sign.to_lowercase());
                let first =
                    TEXTS.iter().position(|(signs, _)| signs.iter().any(|other| sign.contains(other)));
                assert_eq!(first, Some(at), "{sign}");
            }
        }
    }

    #[derive(Debug, Deserialize)]
    #[serde(deny_unknown_fields)]
    struct Settings {
        #[serde(rename = "region")]
        _region: String,
        #[serde(default, rename = "cache_mib")]
        _cache: u64,
    }

    #[test]
    fn settings_that_cannot_be_read_say_where_and_why() {
        for (text, zh) in [
            ("regoin = \"52\"", "第 1 行第 1 列：不认识的项“regoin”（"),
            ("cache_mib = 5", "缺少必填项“region”（"),
            ("region = \"52\"\ncache_mib = \"x\"", "第 2 行第 13 列：值的类型不对（"),
            ("region = \"52\"\nregion = \"53\"", "第 2 行第 1 列：项“"),
            ("region = \"52", "第 1 行第 13 列：书写格式有误（"),
            ("region \"52\"", "第 1 行第 "),
        ] {
            let why = toml::from_str::<Settings>(text).unwrap_err().to_string();
            let said = misread(&why, Lang::Zh);
            assert!(said.contains(zh), "{text}: {said}");
            assert!(said.lines().count() == 1 && !misread(&why, Lang::En).contains('\n'), "{said}");
        }
    }

    #[test]
    fn the_advice_fits_the_failure() {
        for (kind, zh) in [
            (ErrorKind::StorageFull, "清理磁盘"),
            (ErrorKind::PermissionDenied, "权限"),
            (ErrorKind::NotFound, "路径"),
            (ErrorKind::AddrInUse, "端口"),
            (ErrorKind::Other, "检查"),
        ] {
            let error = io::Error::from(kind);
            assert!(advice(&error, Lang::Zh).contains(zh), "{kind:?}");
            assert_ne!(advice(&error, Lang::Zh), advice(&error, Lang::En));
        }
    }
}
