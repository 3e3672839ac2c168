//! The lexer's tokens.

#![forbid(unsafe_code)]

use super::ast::Span;
use super::atoms::Atom;

macro_rules! tokens {
    ($($name:ident $text:literal,)*) => {
        /// The kinds of tokens. The reserved words stand first, in the order of their atoms.
        #[derive(Clone, Copy, Debug, PartialEq, Eq)]
        #[repr(u8)]
        pub(super) enum T { $($name,)* }

        const TEXTS: &[&str] = &[$($text,)*];
        const KINDS: &[T] = &[$(T::$name,)*];
    };
}

tokens! {
    Break "break", Case "case", Catch "catch", Class "class", Const "const",
    Continue "continue", Debugger "debugger", Default "default", Delete "delete", Do "do",
    Else "else", Enum "enum", Export "export", Extends "extends", False "false",
    Finally "finally", For "for", Function "function", If "if", Import "import", In "in",
    Instanceof "instanceof", New "new", Null "null", Return "return", Super "super",
    Switch "switch", This "this", Throw "throw", True "true", Try "try", Typeof "typeof",
    Var "var", Void "void", While "while", With "with",
    Ident "identifier", EscapedKeyword "keyword with an escape", PrivateName "private name",
    Number "number", BigInt "BigInt", String "string", Template "template",
    LBrace "{", RBrace "}", LParen "(", RParen ")", LBracket "[", RBracket "]",
    Dot ".", Ellipsis "...", Semicolon ";", Comma ",", Question "?", QuestionDot "?.",
    Colon ":", Arrow "=>",
    Lt "<", Gt ">", Le "<=", Ge ">=", EqEq "==", NotEq "!=", EqEqEq "===", NotEqEq "!==",
    Plus "+", Minus "-", Star "*", Slash "/", Percent "%", StarStar "**",
    PlusPlus "++", MinusMinus "--", Shl "<<", Shr ">>", UShr ">>>",
    Amp "&", Pipe "|", Caret "^", Bang "!", Tilde "~", AmpAmp "&&", PipePipe "||",
    QuestionQuestion "??",
    Eq "=", PlusEq "+=", MinusEq "-=", StarEq "*=", SlashEq "/=", PercentEq "%=",
    StarStarEq "**=", ShlEq "<<=", ShrEq ">>=", UShrEq ">>>=", AmpEq "&=", PipeEq "|=",
    CaretEq "^=", AmpAmpEq "&&=", PipePipeEq "||=", QuestionQuestionEq "??=",
    At "@", Eof "end of input",
}

impl T {
    /// How the token is written, or what it is called.
    pub(super) fn text(self) -> &'static str {
        TEXTS[self as usize]
    }

    /// The reserved word with this atom.
    #[inline]
    pub(super) fn of_keyword(atom: Atom) -> T {
        KINDS[atom.0 as usize]
    }

    /// Whether it can be a property name after a dot.
    #[inline]
    pub(super) fn is_name(self) -> bool {
        self as u8 <= T::EscapedKeyword as u8
    }
}

/// A token.
#[derive(Clone, Copy, Debug)]
pub(super) struct Token {
    pub(super) kind: T,
    /// A line terminator stands before it.
    pub(super) newline: bool,
    /// A name written with an escape, or a string or directive with one.
    pub(super) escaped: bool,
    /// A legacy octal number, or a string with a legacy escape: an error in strict code.
    pub(super) octal: bool,
    /// The last part of a template.
    pub(super) tail: bool,
    /// The template part has a valid cooked value.
    pub(super) cooked: bool,
    pub(super) start: u32,
    pub(super) end: u32,
    /// The name, the string, the BigInt's decimal digits, the template part's cooked string.
    pub(super) atom: Atom,
    /// The template part's raw string.
    pub(super) raw: Atom,
    /// The number.
    pub(super) number: f64,
}

impl Token {
    pub(super) fn span(&self) -> Span {
        Span { start: self.start, end: self.end }
    }
}
