//! Symbols, and the private names of classes, which are symbols scripts cannot get at.

use gc::{Gc, Trace};

use super::string::Str;

/// A symbol's cell.
#[derive(Debug, Trace)]
pub struct SymbolCell<'gc> {
    /// The description, if it has one.
    pub description: Option<Str<'gc>>,
    /// What sort of symbol.
    #[trace(skip)]
    pub sort: SymbolSort,
}

/// The sorts of symbols.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum SymbolSort {
    /// `Symbol()`
    Unique,
    /// `Symbol.for()`
    Registered,
    /// `Symbol.iterator` and the like.
    WellKnown,
    /// A private name: a key that no script sees and no proxy traps.
    Private,
}

/// A symbol.
pub type Symbol<'gc> = Gc<'gc, SymbolCell<'gc>>;

macro_rules! well_known {
    ($($name:ident $text:literal;)*) => {
        /// The well-known symbols.
        #[derive(Clone, Copy, Debug, PartialEq, Eq)]
        #[allow(missing_docs)]
        pub enum WellKnown { $($name),* }
        impl WellKnown {
            /// All of them with the names they have on `Symbol`.
            pub const ALL: &'static [(WellKnown, &'static str)] = &[$((WellKnown::$name, $text)),*];
        }
    };
}

well_known! {
    AsyncIterator "asyncIterator";
    HasInstance "hasInstance";
    IsConcatSpreadable "isConcatSpreadable";
    Iterator "iterator";
    Metadata "metadata";
    Match "match";
    MatchAll "matchAll";
    Replace "replace";
    Search "search";
    Species "species";
    Split "split";
    ToPrimitive "toPrimitive";
    ToStringTag "toStringTag";
    Unscopables "unscopables";
    Dispose "dispose";
    AsyncDispose "asyncDispose";
}
