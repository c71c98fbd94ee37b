//! LibreOffice and the programs that look into its PDFs.

use std::path::Path;
use std::process::Command;

/// Whether the programs are here. In CI they must be.
pub(crate) fn programs() -> bool {
    let missing: Vec<&str> = ["soffice", "pdfinfo", "pdffonts", "pdftotext"]
        .into_iter()
        .filter(|program| Command::new(program).arg("--version").output().is_err())
        .collect();
    assert!(missing.is_empty() || std::env::var_os("CI").is_none(), "CI lacks {missing:?}");
    if !missing.is_empty() {
        eprintln!(
            "skipped: {missing:?} not installed (libreoffice-writer-nogui, poppler-utils, fonts-noto-cjk)"
        );
    }
    missing.is_empty()
}

pub(crate) fn run(program: &str, args: &[&str]) -> String {
    let output = Command::new(program).args(args).output().expect("the program is installed");
    assert!(output.status.success(), "{program}: {}", String::from_utf8_lossy(&output.stderr));
    String::from_utf8(output.stdout).expect("it speaks UTF-8")
}

pub(crate) fn convert(folder: &Path, files: &[String]) {
    let fonts = folder.join("fonts.conf");
    std::fs::write(&fonts, FONTS).expect("a file");
    let profile = format!("-env:UserInstallation=file://{}/profile", folder.display());
    let output = Command::new("soffice")
        .env("FONTCONFIG_FILE", fonts)
        .args([profile.as_str(), "--headless", "--convert-to", "pdf", "--outdir"])
        .arg(folder)
        .args(files)
        .output()
        .expect("the office program is installed");
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
}

/// The fonts of official documents are not free: here others stand in for them, Song for 仿宋 and 宋体, Hei for
/// 黑体 and 楷体.
const FONTS: &str = r#"<?xml version="1.0"?>
<!DOCTYPE fontconfig SYSTEM "fonts.dtd">
<fontconfig>
<include>/etc/fonts/fonts.conf</include>
<alias binding="same"><family>仿宋_GB2312</family><prefer><family>Noto Serif CJK SC</family></prefer></alias>
<alias binding="same"><family>方正小标宋简体</family><prefer><family>Noto Serif CJK SC</family></prefer></alias>
<alias binding="same"><family>宋体</family><prefer><family>Noto Serif CJK SC</family></prefer></alias>
<alias binding="same"><family>黑体</family><prefer><family>Noto Sans CJK SC</family></prefer></alias>
<alias binding="same"><family>楷体_GB2312</family><prefer><family>Noto Sans CJK SC</family></prefer></alias>
</fontconfig>
"#;

pub(crate) fn pages(pdf: &str) -> u32 {
    let info = run("pdfinfo", &[pdf]);
    let line = info.lines().find_map(|line| line.strip_prefix("Pages:")).expect("pdfinfo counts pages");
    line.trim().parse().expect("a number")
}

/// The fonts of a PDF that are not Chinese: a character without a glyph is drawn from one of these.
pub(crate) fn other_fonts(pdf: &str) -> Vec<String> {
    let fonts = run("pdffonts", &[pdf]);
    fonts.lines().skip(2).filter(|line| !line.contains("CJK")).map(str::to_owned).collect()
}
