//! Import and export declarations (16.2).

#![forbid(unsafe_code)]

use std::collections::{HashMap, HashSet};

use super::super::ast::{
    BindingKind, DeclKind, Expr, ImportEntry, ImportName, ImportPhase, IndirectExport, LocalExport,
    ModuleInfo, ModuleRequest, Stmt, StmtKind,
};
use super::super::atoms::Atom;
use super::super::error::PResult;
use super::super::lexer::Unit;
use super::super::token::{T, Token};
use super::Parser;

/// Specifier, phase and sorted attributes: requests equal in these are one.
type RequestKey = (Atom, u8, Vec<(Atom, Atom)>);

/// A module's requests, imports and exports while they are collected.
#[derive(Default)]
pub(super) struct ModuleBuilder<'a> {
    requests: Vec<ModuleRequest<'a>>,
    request_index: HashMap<RequestKey, u32>,
    imports: Vec<ImportEntry>,
    exported: HashSet<Atom>,
    /// Local name, exported name, place; looked up when the module is complete.
    local: Vec<(Atom, Atom, u32)>,
    indirect: Vec<IndirectExport>,
    stars: Vec<u32>,
}

/// `name as other` between braces.
struct Specifier {
    first: Token,
    second: Token,
}

impl<'a, U: Unit> Parser<'a, '_, '_, U> {
    /// A name after `as` or in braces: any identifier name or well-formed string.
    fn module_export_name(&mut self) -> PResult<Token> {
        let tok = self.lex.tok;
        if tok.kind == T::String {
            let text = self.lex.atoms.text(tok.atom);
            if char::decode_utf16(text.units()).any(|c| c.is_err()) {
                let message = "an export name cannot have lone surrogates";
                return self.error_span(tok.span(), message);
            }
        } else if !tok.kind.is_name() {
            return self.unexpected("a name or string");
        }
        self.next()?;
        Ok(tok)
    }

    /// `{ a, b as c }`
    fn specifiers(&mut self) -> PResult<Vec<Specifier>> {
        self.expect(T::LBrace)?;
        let mut list = Vec::new();
        while !self.at(T::RBrace) {
            let first = self.module_export_name()?;
            let second = if self.eat_word(Atom::AS)? { self.module_export_name()? } else { first };
            list.push(Specifier { first, second });
            if !self.at(T::RBrace) {
                self.expect(T::Comma)?;
            }
        }
        self.next()?;
        Ok(list)
    }

    /// `"specifier" with { key: "value" }` and the semicolon.
    fn request(&mut self, phase: ImportPhase) -> PResult<u32> {
        let tok = self.lex.tok;
        if tok.kind != T::String {
            return self.unexpected("a module specifier (a string)");
        }
        self.next()?;
        let mut attributes: Vec<(Atom, Atom)> = Vec::new();
        if self.eat(T::With)? {
            let mut names = HashSet::new();
            self.expect(T::LBrace)?;
            while !self.at(T::RBrace) {
                let key = self.lex.tok;
                if key.kind != T::String && !key.kind.is_name() {
                    return self.unexpected("an attribute's name");
                }
                if !names.insert(key.atom) {
                    let message = format!("attribute '{}' is given twice", self.name(key.atom));
                    return self.error_span(key.span(), message);
                }
                self.next()?;
                self.expect(T::Colon)?;
                if !self.at(T::String) {
                    return self.unexpected("an attribute's value (a string)");
                }
                attributes.push((key.atom, self.lex.tok.atom));
                self.next()?;
                if !self.at(T::RBrace) {
                    self.expect(T::Comma)?;
                }
            }
            self.next()?;
        }
        self.semicolon()?;
        let mut sorted = attributes.clone();
        sorted.sort_unstable();
        let key = (tok.atom, phase as u8, sorted);
        if let Some(&index) = self.module.request_index.get(&key) {
            return Ok(index);
        }
        let index = self.module.requests.len() as u32;
        let attributes = self.slice(&attributes)?;
        let request = ModuleRequest { specifier: tok.atom, attributes, phase, pos: tok.start };
        self.module.requests.push(request);
        self.module.request_index.insert(key, index);
        Ok(index)
    }

    /// An import declaration: nothing to do when it is evaluated.
    pub(super) fn import_declaration(&mut self) -> PResult<Stmt<'a>> {
        let start = self.lex.tok.start;
        self.next()?;
        if self.at(T::String) {
            self.request(ImportPhase::Evaluation)?;
            return Ok(self.stmt(start, StmtKind::Empty));
        }
        let phase = self.import_phase()?;
        let mut entries: Vec<(ImportName, Token)> = Vec::new();
        let mut more = true;
        if self.at(T::Ident) {
            let local = self.lex.tok;
            self.binding_name()?;
            let name = match phase {
                ImportPhase::Source => ImportName::Source,
                _ => ImportName::Name(Atom::DEFAULT),
            };
            entries.push((name, local));
            more = phase == ImportPhase::Evaluation && self.eat(T::Comma)?;
        }
        if more && self.eat(T::Star)? {
            self.expect_word(Atom::AS)?;
            let local = self.lex.tok;
            self.binding_name()?;
            entries.push((ImportName::Namespace, local));
        } else if more {
            if !self.at(T::LBrace) || phase != ImportPhase::Evaluation {
                return self.unexpected("a name, '*' or '{' after 'import'");
            }
            for specifier in self.specifiers()? {
                let local = specifier.second;
                if local.kind != T::Ident {
                    let message = "expected 'as' and a local name after an imported name";
                    return self.error_span(local.span(), message);
                }
                self.check_name(local, true)?;
                entries.push((ImportName::Name(specifier.first.atom), local));
            }
        }
        self.expect_word(Atom::FROM)?;
        let request = self.request(phase)?;
        for (name, local) in entries {
            if !self.scopes.declare_lexical(local.atom, BindingKind::Import, local.start) {
                return self.redeclared(local.atom, local.start);
            }
            let entry = ImportEntry { request, name, local: local.atom, pos: local.start };
            self.module.imports.push(entry);
        }
        Ok(self.stmt(start, StmtKind::Empty))
    }

    /// `defer` before `*`, or `source` before a binding.
    fn import_phase(&mut self) -> PResult<ImportPhase> {
        if self.at_word(Atom::DEFER) && self.lex.lookahead()?.kind == T::Star {
            self.next()?;
            return Ok(ImportPhase::Defer);
        }
        if self.at_word(Atom::SOURCE) {
            let ahead = self.lex.lookahead()?;
            // `import source from "x"` imports a default named `source`.
            if ahead.kind == T::Ident
                && (ahead.atom != Atom::FROM || self.lex.second_lookahead()?.kind == T::Ident)
            {
                self.next()?;
                return Ok(ImportPhase::Source);
            }
        }
        Ok(ImportPhase::Evaluation)
    }

    fn add_export(&mut self, exported: Atom, tok: Token) -> PResult<()> {
        if !self.module.exported.insert(exported) {
            let message = format!("'{}' is exported twice", self.name(exported));
            return self.error_span(tok.span(), message);
        }
        Ok(())
    }

    fn export_local(&mut self, local: Atom, exported: Atom, tok: Token) -> PResult<()> {
        self.add_export(exported, tok)?;
        self.module.local.push((local, exported, tok.start));
        Ok(())
    }

    /// An export declaration; gives what it evaluates.
    pub(super) fn export_declaration(&mut self) -> PResult<Stmt<'a>> {
        let start = self.lex.tok.start;
        self.next()?;
        match self.kind() {
            T::Star => self.export_star(start),
            T::LBrace => self.export_list(start),
            T::Default => self.export_default(start),
            T::Var | T::Const => {
                let kind = if self.at(T::Var) { DeclKind::Var } else { DeclKind::Const };
                self.export_variables(kind)
            }
            T::Function | T::Class | T::At => self.export_named_declaration(),
            T::Ident if self.at_word(Atom::LET) => self.export_variables(DeclKind::Let),
            T::Ident if self.at_word(Atom::ASYNC) => {
                let ahead = self.lex.lookahead()?;
                if ahead.kind != T::Function || ahead.newline {
                    return self.unexpected("a declaration after 'export'");
                }
                self.export_named_declaration()
            }
            _ => self.unexpected("'*', '{', 'default' or a declaration after 'export'"),
        }
    }

    fn export_star(&mut self, start: u32) -> PResult<Stmt<'a>> {
        self.next()?;
        if self.eat_word(Atom::AS)? {
            let tok = self.module_export_name()?;
            self.add_export(tok.atom, tok)?;
            self.expect_word(Atom::FROM)?;
            let request = self.request(ImportPhase::Evaluation)?;
            let name = ImportName::Namespace;
            let export = IndirectExport { request, name, exported: tok.atom, pos: tok.start };
            self.module.indirect.push(export);
        } else {
            self.expect_word(Atom::FROM)?;
            let request = self.request(ImportPhase::Evaluation)?;
            self.module.stars.push(request);
        }
        Ok(self.stmt(start, StmtKind::Empty))
    }

    fn export_list(&mut self, start: u32) -> PResult<Stmt<'a>> {
        let list = self.specifiers()?;
        if self.eat_word(Atom::FROM)? {
            let request = self.request(ImportPhase::Evaluation)?;
            for Specifier { first, second } in list {
                self.add_export(second.atom, second)?;
                let name = ImportName::Name(first.atom);
                let export = IndirectExport { request, name, exported: second.atom, pos: first.start };
                self.module.indirect.push(export);
            }
        } else {
            self.semicolon()?;
            for Specifier { first, second } in list {
                if first.kind != T::Ident {
                    let message = format!("'{}' cannot be a local name", self.name(first.atom));
                    return self.error_span(first.span(), message);
                }
                self.check_name(first, false)?;
                self.export_local(first.atom, second.atom, second)?;
            }
        }
        Ok(self.stmt(start, StmtKind::Empty))
    }

    fn export_variables(&mut self, kind: DeclKind) -> PResult<Stmt<'a>> {
        let tok = self.lex.tok;
        let stmt = self.declaration(kind)?;
        if let StmtKind::Declare(_, list) = stmt.kind {
            for declarator in list {
                self.each_name(declarator.target, &mut |this, name, _| this.export_local(name, name, tok))?;
            }
        }
        Ok(stmt)
    }

    /// `export class`, `export default class` after decorators.
    pub(super) fn export_decorated(&mut self, decorators: &'a [Expr<'a>]) -> PResult<Stmt<'a>> {
        let start = self.lex.tok.start;
        self.next()?;
        let tok = self.lex.tok;
        let default = self.eat(T::Default)?;
        if !self.at(T::Class) {
            return self.unexpected("'class' after decorators and 'export'");
        }
        let class_start = self.lex.tok.start;
        let class = self.class(true, default, decorators, class_start)?;
        let name = class.name.expect("declarations have a name");
        self.export_local(name, if default { Atom::DEFAULT } else { name }, tok)?;
        Ok(self.stmt(start, StmtKind::Class(class)))
    }

    fn export_named_declaration(&mut self) -> PResult<Stmt<'a>> {
        let tok = self.lex.tok;
        if self.at(T::At) {
            let class = self.decorated_class(true, false)?;
            let name = class.name.expect("declarations have a name");
            self.export_local(name, name, tok)?;
            return Ok(self.stmt(tok.start, StmtKind::Class(class)));
        }
        let stmt = self.statement_item()?;
        let name = match stmt.kind {
            StmtKind::Function { function, .. } => function.name,
            StmtKind::Class(class) => class.name,
            _ => None,
        };
        if let Some(name) = name {
            self.export_local(name, name, tok)?;
        }
        Ok(stmt)
    }

    fn export_default(&mut self, start: u32) -> PResult<Stmt<'a>> {
        let tok = self.lex.tok;
        self.next()?;
        let is_function = match self.kind() {
            T::Function => true,
            T::Ident if self.at_word(Atom::ASYNC) => {
                let ahead = self.lex.lookahead()?;
                ahead.kind == T::Function && !ahead.newline
            }
            _ => false,
        };
        if is_function {
            let head = self.function_declaration_head(true)?;
            let (name, span) = head.name.expect("default declarations have a name");
            if !self.scopes.declare_function(name, span.start, false) {
                return self.redeclared(name, span.start);
            }
            let function = self.function_rest(head)?;
            self.scopes.add_function(function);
            self.export_local(name, Atom::DEFAULT, tok)?;
            return Ok(self.stmt(start, StmtKind::Function { function, annex_b: false }));
        }
        if matches!(self.kind(), T::Class | T::At) {
            let class = self.decorated_class(true, true)?;
            let name = class.name.expect("default declarations have a name");
            self.export_local(name, Atom::DEFAULT, tok)?;
            return Ok(self.stmt(start, StmtKind::Class(class)));
        }
        let expr = self.assignment(true)?;
        self.semicolon()?;
        if !self.scopes.declare_lexical(Atom::STAR_DEFAULT, BindingKind::Let, tok.start) {
            return self.error_span(tok.span(), "'default' is exported twice");
        }
        self.export_local(Atom::STAR_DEFAULT, Atom::DEFAULT, tok)?;
        Ok(self.stmt(start, StmtKind::ExportDefault(expr)))
    }

    /// Sorts the exports into local and indirect ones (16.2.1.7.1 ParseModule).
    pub(super) fn finish_module(&mut self) -> PResult<&'a ModuleInfo<'a>> {
        let module = std::mem::take(&mut self.module);
        let mut indirect = module.indirect;
        let mut local_exports = Vec::new();
        let by_local: HashMap<Atom, ImportEntry> =
            module.imports.iter().map(|entry| (entry.local, *entry)).collect();
        for (local, exported, pos) in module.local {
            match by_local.get(&local) {
                Some(&ImportEntry { request, name: name @ ImportName::Name(_), .. }) => {
                    indirect.push(IndirectExport { request, name, exported, pos });
                }
                Some(_) => local_exports.push(LocalExport { local, exported }),
                None if self.scopes.is_declared(local) => {
                    local_exports.push(LocalExport { local, exported });
                }
                None => {
                    let message = format!("'{}' is exported but not declared", self.name(local));
                    return self.error_at(pos, pos + 1, message);
                }
            }
        }
        self.alloc(ModuleInfo {
            requests: self.slice(&module.requests)?,
            imports: self.slice(&module.imports)?,
            local_exports: self.slice(&local_exports)?,
            indirect_exports: self.slice(&indirect)?,
            star_exports: self.slice(&module.stars)?,
        })
    }
}
