//! The site: where pages and files come from, and which paths may be asked for at all.
//!
//! Site paths begin with `/`, have no `..` and no empty parts. A folder is read from disk; the bundled site is in the
//! binary.

use std::fs;
use std::io;
use std::path::{Path, PathBuf};
use std::time::SystemTime;

/// What is tried, in this order, when a folder is asked for.
pub(crate) const DEFAULT_DOCUMENTS: [&str; 3] = ["default.asp", "index.asp", "index.html"];

macro_rules! bundled {
    ($($name:literal),* $(,)?) => {
        /// The files of `site/`.
        pub(crate) const BUNDLED: &[(&str, &[u8])] =
            &[$((concat!("/", $name), include_bytes!(concat!("../site/", $name)))),*];
    };
}

bundled![
    "allocate.asp",
    "default.asp",
    "foot.inc",
    "form.asp",
    "head.inc",
    "hello.asp",
    "live.html",
    "live.js",
    "loop.asp",
    "recurse.asp",
    "session.asp",
    "style.css",
    "throw.asp",
];

/// A site.
pub(crate) enum Site {
    /// The one in the binary.
    Bundled,
    /// A folder.
    Folder(PathBuf),
}

/// When a file was changed last; a missing file has one too.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Stamp(Option<(SystemTime, u64)>);

impl Site {
    /// The text of a page or an include.
    pub(crate) fn read_source(&self, path: &str) -> io::Result<String> {
        let bytes = match self {
            Site::Bundled => bundled(path).ok_or(io::ErrorKind::NotFound)?.to_vec(),
            Site::Folder(root) => {
                let file = on_disk(root, path);
                if !file.metadata()?.is_file() {
                    return Err(io::ErrorKind::NotFound.into());
                }
                fs::read(file)?
            }
        };
        String::from_utf8(bytes).map_err(|_| io::Error::new(io::ErrorKind::InvalidData, "it is not UTF-8"))
    }

    /// When the file was changed last.
    pub(crate) fn stamp(&self, path: &str) -> Stamp {
        Stamp(match self {
            Site::Bundled => None,
            Site::Folder(root) => {
                on_disk(root, path).metadata().and_then(|meta| Ok((meta.modified()?, meta.len()))).ok()
            }
        })
    }

    /// Whether there is a file of this path.
    pub(crate) fn has_file(&self, path: &str) -> bool {
        match self {
            Site::Bundled => bundled(path).is_some(),
            Site::Folder(root) => on_disk(root, path).is_file(),
        }
    }

    /// For `Server.MapPath`: where a site path is.
    pub(crate) fn map_path(&self, path: &str) -> String {
        match self {
            Site::Bundled => format!("bundled:{path}"),
            Site::Folder(root) => on_disk(root, path).display().to_string(),
        }
    }
}

/// A file of the bundled site.
pub(crate) fn bundled(path: &str) -> Option<&'static [u8]> {
    let at = BUNDLED.binary_search_by_key(&path, |(name, _)| name).ok()?;
    Some(BUNDLED[at].1)
}

fn on_disk(root: &Path, path: &str) -> PathBuf {
    let mut file = root.to_path_buf();
    file.extend(path.split('/').filter(|part| !part.is_empty()));
    file
}

/// Where a path in the file `base` leads; nothing when it leaves the site.
pub(crate) fn join(base: &str, relative: &str) -> Option<String> {
    let relative = relative.replace('\\', "/");
    let mut parts: Vec<&str> = Vec::new();
    if !relative.starts_with('/') {
        parts.extend(base.split('/').filter(|part| !part.is_empty()));
        parts.pop();
    }
    for part in relative.split('/') {
        match part {
            "" | "." => {}
            ".." => {
                parts.pop()?;
            }
            part if part.contains(['\0', ':']) => return None,
            part => parts.push(part),
        }
    }
    Some(format!("/{}", parts.join("/")))
}

/// Why a path is not served.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum PathRefused {
    /// It is not a path, or leads upwards.
    Bad(&'static str),
    /// It is there perhaps, but nobody's business.
    Hidden,
}

/// What a client asked for, decoded and safe to look for.
pub(crate) fn clean(raw: &str) -> Result<String, PathRefused> {
    let Ok(path) = percent_encoding::percent_decode_str(raw).decode_utf8() else {
        return Err(PathRefused::Bad("the path is not UTF-8"));
    };
    if !path.starts_with('/') {
        return Err(PathRefused::Bad("the path does not begin with /"));
    }
    if path.contains(|c: char| c == '\\' || c.is_control()) {
        return Err(PathRefused::Bad("the path has characters that no path here has"));
    }
    let mut clean = String::with_capacity(path.len());
    for part in path.split('/').filter(|part| !part.is_empty()) {
        let lower = part.to_ascii_lowercase();
        if part == ".." || part == "." {
            return Err(PathRefused::Bad("the path leads upwards"));
        }
        // Windows sees `page.asp.`, `page.asp ` and `page.asp::$DATA` as `page.asp`.
        let hidden = part.starts_with('.') || part.ends_with(['.', ' ']) || part.contains(':');
        if hidden || lower.ends_with(".asa") || lower.ends_with(".inc") {
            return Err(PathRefused::Hidden);
        }
        clean.push('/');
        clean.push_str(part);
    }
    if path.ends_with('/') {
        clean.push('/');
    }
    Ok(clean)
}

/// Whether a path names a page.
pub(crate) fn is_page(path: &str) -> bool {
    path.len() > 4 && path.as_bytes()[path.len() - 4..].eq_ignore_ascii_case(b".asp")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn upward_and_hidden_paths_are_refused() {
        for bad in ["/..", "/a/../b", "/%2e%2e/x", "/a%5c..%5cb", "/%00", "/%ff", "x", "/./a", "/a%0d%0ab"] {
            assert!(matches!(clean(bad), Err(PathRefused::Bad(_))), "{bad}");
        }
        for hidden in
            ["/.git/config", "/a/.env", "/global.asa", "/GLOBAL.ASA", "/head.inc", "/p.asp.", "/p.asp%20"]
        {
            assert_eq!(clean(hidden), Err(PathRefused::Hidden), "{hidden}");
        }
        assert_eq!(clean("/p.asp::$DATA"), Err(PathRefused::Hidden));
        assert_eq!(clean("//a//b%20c/").as_deref(), Ok("/a/b c/"));
        assert_eq!(clean("/").as_deref(), Ok("/"));
    }

    #[test]
    fn includes_stay_in_the_site() {
        assert_eq!(join("/a/p.asp", "x.inc").as_deref(), Some("/a/x.inc"));
        assert_eq!(join("/a/p.asp", "../x.inc").as_deref(), Some("/x.inc"));
        assert_eq!(join("/a/p.asp", "..\\..\\x.inc"), None);
        assert_eq!(join("/a/p.asp", "/b/./x.inc").as_deref(), Some("/b/x.inc"));
        assert_eq!(join("/p.asp", "c:x"), None);
    }

    #[test]
    fn the_bundled_site_is_all_of_the_folder() {
        let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("site");
        let mut names: Vec<String> = fs::read_dir(folder)
            .unwrap()
            .map(|entry| format!("/{}", entry.unwrap().file_name().to_string_lossy()))
            .collect();
        names.sort();
        let bundled: Vec<&str> = BUNDLED.iter().map(|(name, _)| *name).collect();
        assert_eq!(names, bundled);
    }
}
