//! Modules from files: a specifier is a path, relative to the file that imports.
#![forbid(unsafe_code)]

use std::path::{Path, PathBuf};

use interp::{HostError, HostValue, Module, ModuleLoader, ModuleType};

/// Loads modules from the file system; they are named by their canonical paths.
pub(crate) struct Files;

fn throw(message: String) -> HostError {
    HostError::Throw { kind: "TypeError", message }
}

/// The name of a file as a module.
pub(crate) fn name_of(path: &Path) -> std::io::Result<String> {
    Ok(path.canonicalize()?.to_string_lossy().into_owned())
}

impl ModuleLoader for Files {
    fn resolve(&mut self, referrer: &str, specifier: &str) -> Result<String, HostError> {
        let given = specifier.strip_prefix("file://").unwrap_or(specifier);
        if !given.starts_with("./") && !given.starts_with("../") && !given.starts_with('/') {
            let text = format!("cannot resolve '{specifier}': a module is named by a path ('./{specifier}')");
            return Err(throw(text));
        }
        // Code without a file is in the current folder.
        let mut path = match Path::new(referrer).parent() {
            Some(parent) if Path::new(referrer).is_file() => parent.to_path_buf(),
            _ => PathBuf::from("."),
        };
        path.push(given);
        name_of(&path).map_err(|e| throw(format!("cannot find module '{}': {e}", path.display())))
    }

    fn load(&mut self, name: &str, expected: ModuleType) -> Result<Module, HostError> {
        let bytes = std::fs::read(name).map_err(|e| throw(format!("cannot read module '{name}': {e}")))?;
        if expected == ModuleType::Bytes {
            return Ok(Module::bytes(name, bytes));
        }
        let text = String::from_utf8(bytes).map_err(|_| throw(format!("module '{name}' is not UTF-8")))?;
        Ok(match expected {
            ModuleType::Json => Module::json(name, &text),
            ModuleType::Text => Module::text(name, &text),
            _ => Module::compile(name, &text)?,
        })
    }

    fn meta(&mut self, name: &str) -> Vec<(String, HostValue)> {
        let mut url = String::from("file://");
        for byte in name.bytes() {
            match byte {
                b'A'..=b'Z' | b'a'..=b'z' | b'0'..=b'9' | b'/' | b'-' | b'.' | b'_' | b'~' => {
                    url.push(char::from(byte));
                }
                byte => url.push_str(&format!("%{byte:02X}")),
            }
        }
        vec![("url".to_string(), url.into()), ("filename".to_string(), name.into())]
    }
}
