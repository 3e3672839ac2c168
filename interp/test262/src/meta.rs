//! The frontmatter of a test.

/// What a test says of itself.
#[derive(Debug, Default)]
pub(crate) struct Meta {
    pub(crate) includes: Vec<String>,
    pub(crate) flags: Vec<String>,
    pub(crate) features: Vec<String>,
    /// Phase and error type.
    pub(crate) negative: Option<(String, String)>,
}

impl Meta {
    /// Reads the block between `/*---` and `---*/`.
    pub(crate) fn parse(text: &str) -> Meta {
        let mut meta = Meta::default();
        let Some(start) = text.find("/*---") else { return meta };
        let Some(end) = text[start..].find("---*/") else { return meta };
        let block = text[start + 5..start + end].replace("\r\n", "\n").replace('\r', "\n");
        let mut key = String::new();
        let (mut phase, mut kind) = (String::new(), String::new());
        for line in block.lines() {
            let trimmed = line.trim();
            let indented = line.starts_with(' ') || line.starts_with('\t');
            if !indented && let Some((k, v)) = trimmed.split_once(':') {
                key = k.trim().to_string();
                let v = v.trim();
                if let Some(list) = v.strip_prefix('[') {
                    for item in list.trim_end_matches(']').split(',').map(str::trim).filter(|s| !s.is_empty())
                    {
                        meta.push(&key, item);
                    }
                }
                continue;
            }
            if let Some(item) = trimmed.strip_prefix("- ") {
                meta.push(&key, item.trim());
            } else if key == "negative"
                && let Some((k, v)) = trimmed.split_once(':')
            {
                match k.trim() {
                    "phase" => phase = v.trim().to_string(),
                    "type" => kind = v.trim().to_string(),
                    _ => {}
                }
            }
        }
        if !kind.is_empty() {
            meta.negative = Some((phase, kind));
        }
        meta
    }

    fn push(&mut self, key: &str, item: &str) {
        match key {
            "includes" => self.includes.push(item.to_string()),
            "flags" => self.flags.push(item.to_string()),
            "features" => self.features.push(item.to_string()),
            _ => {}
        }
    }

    /// Whether a flag is set.
    pub(crate) fn flag(&self, name: &str) -> bool {
        self.flags.iter().any(|f| f == name)
    }

    /// The modes the test runs in: strict or not.
    pub(crate) fn modes(&self) -> Vec<bool> {
        if self.flag("onlyStrict") {
            vec![true]
        } else if self.flag("noStrict") || self.flag("raw") || self.flag("module") {
            vec![false]
        } else {
            vec![false, true]
        }
    }
}
