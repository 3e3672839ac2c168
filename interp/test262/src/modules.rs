//! Where the suite's modules come from: files beside the test.

use std::path::{Path, PathBuf};

use interp::{HostError, Module, ModuleLoader, ModuleType};

/// The name of the module that has a module source (see the suite's INTERPRETING.md).
const WITH_SOURCE: &str = "<module source>";

/// Loads files below the suite's `test` folder; modules are named by their path in it.
pub(crate) struct Files {
    pub(crate) root: PathBuf,
}

fn throw(message: String) -> HostError {
    HostError::Throw { kind: "TypeError", message }
}

impl ModuleLoader for Files {
    fn resolve(&mut self, referrer: &str, specifier: &str) -> Result<String, HostError> {
        if specifier == WITH_SOURCE {
            return Ok(specifier.to_string());
        }
        if !specifier.starts_with("./") && !specifier.starts_with("../") {
            return Err(throw(format!("'{specifier}' is no path")));
        }
        let mut parts: Vec<&str> = referrer.split('/').collect();
        parts.pop();
        for part in specifier.split('/') {
            match part {
                "." | "" => {}
                ".." => {
                    parts.pop();
                }
                part => parts.push(part),
            }
        }
        Ok(parts.join("/"))
    }

    fn load(&mut self, name: &str, expected: ModuleType) -> Result<Module, HostError> {
        if name == WITH_SOURCE {
            return Ok(Module::compile(name, "")?);
        }
        let bytes = read(&self.root, name)?;
        if expected == ModuleType::Bytes {
            return Ok(Module::bytes(name, bytes));
        }
        let text = String::from_utf8_lossy(&bytes);
        Ok(match expected {
            ModuleType::Json => Module::json(name, &text),
            ModuleType::Text => Module::text(name, &text),
            _ => Module::compile(name, &text)?,
        })
    }

    fn has_source(&mut self, name: &str) -> bool {
        name == WITH_SOURCE
    }
}

fn read(root: &Path, name: &str) -> Result<Vec<u8>, HostError> {
    std::fs::read(root.join(name)).map_err(|e| throw(format!("{name}: {e}")))
}
