//! Pages: from the text of a page and its includes to one script that any worker can run.
//!
//! parse (blocks, directives, includes) → generate (one script and the map back) → compile → cache.

pub(crate) mod assign;
pub(crate) mod cache;
pub(crate) mod generate;
pub(crate) mod parse;

use crate::error::Fault;
use crate::site::Site;
use generate::SourceMap;
use std::sync::Arc;

/// A page, compiled: what all workers share.
pub(crate) struct Page {
    pub(crate) script: interp::Script,
    /// The text between the blocks, by number.
    pub(crate) texts: Vec<Box<str>>,
    pub(crate) map: SourceMap,
    /// `<%@ ENABLESESSIONSTATE=false %>` was not said.
    pub(crate) session: bool,
}

/// Every file that went into a page, for the check whether one of them changed.
pub(crate) struct Sources {
    pub(crate) files: Vec<Arc<str>>,
}

/// Reads, expands, generates and compiles. The sources are given also when it fails: when one of them changes, it is
/// worth trying again.
pub(crate) fn compile(site: &Site, path: &str) -> (Result<Page, Fault>, Sources) {
    let mut sources = Sources { files: Vec::new() };
    let page = compile_with(site, path, &mut sources);
    (page, sources)
}

fn compile_with(site: &Site, path: &str, sources: &mut Sources) -> Result<Page, Fault> {
    let parsed = parse::parse(site, path, sources)?;
    let generated = generate::generate(parsed);
    match interp::Script::compile(path, &generated.script) {
        Ok(script) => {
            Ok(Page { script, texts: generated.texts, map: generated.map, session: generated.session })
        }
        Err(error) => Err(Fault::of_script(&error, Some(&generated.map)).in_page(path)),
    }
}
