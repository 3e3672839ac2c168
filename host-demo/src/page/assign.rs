//! The classic assignment to a call, `Session("n") = 1`, which JavaScript's grammar does not have: it becomes
//! `Session.At("n").Value = 1`. Only the host's own collections are rewritten, and only where a value is assigned.

/// What may be assigned to.
const COLLECTIONS: [&str; 5] =
    ["Response.Cookies", "Session.Contents", "Application.Contents", "Session", "Application"];

/// Where something is to be inserted, and what. In ascending order.
pub(crate) fn insertions(code: &str) -> Vec<(usize, &'static str)> {
    let mut found = Vec::new();
    let mut scanner = Scanner { code, offset: 0, significant: None };
    while let Some(start) = scanner.next_name() {
        let Some(name) = COLLECTIONS.iter().find(|name| {
            code[start..].starts_with(**name)
                && !code[start + name.len()..].starts_with(|c: char| is_name(c) || c == '.')
        }) else {
            continue;
        };
        let after_name = start + name.len();
        if !code[after_name..].trim_start().starts_with('(') {
            continue;
        }
        let Some(close) = scanner.matching_parenthesis(after_name) else { continue };
        if is_assigned(&code[close..]) {
            found.push((after_name, ".At"));
            found.push((close, ".Value"));
        }
    }
    // A nested one is found after the outer one, whose end lies behind it.
    found.sort_by_key(|&(at, _)| at);
    found
}

fn is_name(c: char) -> bool {
    c.is_alphanumeric() || c == '_' || c == '$'
}

/// Does an assignment operator follow?
fn is_assigned(rest: &str) -> bool {
    let same_line = rest.trim_start_matches([' ', '\t']);
    if same_line.starts_with("++") || same_line.starts_with("--") {
        return true;
    }
    let rest = rest.trim_start();
    let operators = [">>>", "<<", ">>", "**", "&&", "||", "??", "+", "-", "*", "/", "%", "&", "|", "^", ""];
    operators.iter().any(|operator| {
        rest.strip_prefix(operator)
            .and_then(|rest| rest.strip_prefix('='))
            .is_some_and(|rest| !(operator.is_empty() && rest.starts_with(['=', '>'])))
    })
}

/// Goes over code and knows strings, templates, comments and (by the usual guess) regular expressions.
struct Scanner<'a> {
    code: &'a str,
    offset: usize,
    /// The last character that was not blank and not in a comment.
    significant: Option<char>,
}

impl Scanner<'_> {
    fn rest(&self) -> &str {
        &self.code[self.offset..]
    }

    /// The next place where a name begins that is not a property's.
    fn next_name(&mut self) -> Option<usize> {
        loop {
            let c = self.rest().chars().next()?;
            let start = self.offset;
            let before = self.significant;
            self.step(c);
            if is_name(c) {
                let end = self.rest().find(|c| !is_name(c)).unwrap_or(self.rest().len());
                self.offset += end;
                self.significant = Some('a');
                if before != Some('.') && !c.is_numeric() {
                    return Some(start);
                }
            }
        }
    }

    /// Where the parenthesis that opens at or behind `from` is closed, exclusive.
    fn matching_parenthesis(&self, from: usize) -> Option<usize> {
        let mut inner = Scanner { code: self.code, offset: from, significant: Some('a') };
        let mut depth = 0_usize;
        loop {
            let c = inner.rest().chars().next()?;
            let plain = inner.step(c);
            match c {
                '(' if plain => depth += 1,
                ')' if plain => {
                    depth = depth.checked_sub(1)?;
                    if depth == 0 {
                        return Some(inner.offset);
                    }
                }
                _ => {}
            }
        }
    }

    /// Passes one character, or a whole string, comment or regular expression; says whether it was one character.
    fn step(&mut self, c: char) -> bool {
        let length = match c {
            '"' | '\'' | '`' => self.literal_length(c),
            '/' if self.rest().starts_with("//") => {
                let length = self.rest().find(['\n', '\r']).unwrap_or(self.rest().len());
                self.offset += length;
                return false;
            }
            '/' if self.rest().starts_with("/*") => {
                let length = self.rest()[2..].find("*/").map_or(self.rest().len(), |end| end + 4);
                self.offset += length;
                return false;
            }
            '/' if self
                .significant
                .is_none_or(|before| !is_name(before) && !matches!(before, ')' | ']' | '"')) =>
            {
                self.literal_length('/')
            }
            _ => {
                self.offset += c.len_utf8();
                if !c.is_whitespace() {
                    self.significant = Some(c);
                }
                return true;
            }
        };
        self.offset += length;
        self.significant = Some('"');
        false
    }

    /// The length of what is between two `quote`s, with them.
    fn literal_length(&self, quote: char) -> usize {
        let mut escaped = false;
        let mut in_class = false;
        for (at, c) in self.rest().char_indices().skip(1) {
            match c {
                _ if escaped => escaped = false,
                '\\' => escaped = true,
                '\n' | '\r' if quote != '`' => return at,
                '[' if quote == '/' => in_class = true,
                ']' => in_class = false,
                _ if c == quote && !(quote == '/' && in_class) => return at + c.len_utf8(),
                _ => {}
            }
        }
        self.rest().len()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn rewritten(code: &str) -> String {
        let mut text = String::new();
        let mut done = 0;
        for (at, what) in insertions(code) {
            text.push_str(&code[done..at]);
            text.push_str(what);
            done = at;
        }
        text + &code[done..]
    }

    #[test]
    fn assignments_to_collections_are_rewritten() {
        for (code, expected) in [
            (r#"Session("n") = 1;"#, r#"Session.At("n").Value = 1;"#),
            (r#"Session ( "a)" ) += 1"#, r#"Session.At ( "a)" ).Value += 1"#),
            (r#"Response.Cookies("c") = f(")")"#, r#"Response.Cookies.At("c").Value = f(")")"#),
            (
                r#"Session(Application("k") = 2) = 1"#,
                r#"Session.At(Application.At("k").Value = 2).Value = 1"#,
            ),
            (r#"Application.Contents("n")++"#, r#"Application.Contents.At("n").Value++"#),
            (r#"Session("n") >>>= 1"#, r#"Session.At("n").Value >>>= 1"#),
        ] {
            assert_eq!(rewritten(code), expected);
        }
    }

    #[test]
    fn everything_else_is_left_alone() {
        for code in [
            r#"if (Session("n") == 1 || Session("n") === 2) f()"#,
            r#"x.Session("n") = 1"#,
            r#"mySession("n") = 1; Sessions("n") = 1"#,
            r#"'Session("n") = 1' // Session("n") = 1"#,
            r#"/* Session("n") = 1 */ `Session("n") = 1`"#,
            r#"x = /"Session("n") = 1/"#,
            r#"Session("n"#,
            r#"Session(x) => 1"#,
            "Session(\"n\")\n++x",
            r#"a <= Session("n") >= 2"#,
        ] {
            let unchanged = if code.contains(">= 2") { r#"a <= Session("n") >= 2"# } else { code };
            assert_eq!(rewritten(code), unchanged);
        }
    }
}
