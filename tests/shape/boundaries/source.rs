//! What a source file names, by `syn`. Comments, strings and test code name nothing.

use proc_macro2::{TokenStream, TokenTree};
use syn::{
    Attribute, Block, Expr, File, ImplItem, ImplItemFn, Item, ItemFn, Macro, Meta, Path, Signature, Token, TraitItemFn, UseTree,
    Visibility,
    spanned::Spanned,
    visit::{self, Visit},
};

/// A path that a source file names; `use` trees are spelled out.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Named {
    /// The line, from 1 on.
    pub line: usize,
    /// Its segments, `*` for a glob.
    pub segments: Vec<String>,
    /// The modules in this very file that it stands in (`mod x { … }`).
    pub inside: Vec<String>,
    /// For a `use`: the word that stands for it from there on.
    pub bound: Option<String>,
    /// For a `pub use`: it is only handed on.
    pub handed_on: bool,
}

/// A function of the program.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Function {
    /// The line of its `fn`.
    pub line: usize,
    /// Its name.
    pub name: String,
    /// From `fn` to the closing brace.
    pub lines: usize,
}

/// A module that is there for tests only.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TestModule {
    /// Its name.
    pub name: String,
    /// The file beside this one that `#[path = "…"]` names, without its ending.
    pub path: Option<String>,
}

/// What a source file holds outside its tests.
#[derive(Clone, Debug, Default)]
pub struct Source {
    /// Every path, a single word too.
    pub named: Vec<Named>,
    /// Every function that has a body.
    pub functions: Vec<Function>,
    /// Modules that are there for tests only (`#[cfg(test)] mod name;`): their files are no part of the program.
    pub test_modules: Vec<TestModule>,
    inside: Vec<String>,
}

/// Reads a source file.
pub fn read(text: &str) -> syn::Result<Source> {
    let (file, mut source) = (syn::parse_file(text)?, Source::default());
    if !for_tests(&file.attrs) {
        source.visit_file(&file);
    }
    Ok(source)
}

impl<'ast> Visit<'ast> for Source {
    fn visit_file(&mut self, file: &'ast File) {
        visit::visit_file(self, file);
    }
    fn visit_item(&mut self, item: &'ast Item) {
        match item {
            Item::Mod(module) if for_tests(&module.attrs) && module.content.is_none() => {
                self.test_modules.push(TestModule { name: module.ident.to_string(), path: own_path(&module.attrs) });
            }
            _ if for_tests(attributes(item)) => {}
            Item::Mod(module) => {
                self.inside.push(module.ident.to_string());
                visit::visit_item(self, item);
                self.inside.pop();
            }
            _ => visit::visit_item(self, item),
        }
    }
    fn visit_impl_item(&mut self, item: &'ast ImplItem) {
        let attributes = match item {
            ImplItem::Fn(item) => &item.attrs[..],
            ImplItem::Const(item) => &item.attrs[..],
            _ => &[],
        };
        if !for_tests(attributes) {
            visit::visit_impl_item(self, item);
        }
    }
    fn visit_item_fn(&mut self, item: &'ast ItemFn) {
        self.function(&item.sig, &item.block);
        visit::visit_item_fn(self, item);
    }
    fn visit_impl_item_fn(&mut self, item: &'ast ImplItemFn) {
        self.function(&item.sig, &item.block);
        visit::visit_impl_item_fn(self, item);
    }
    fn visit_trait_item_fn(&mut self, item: &'ast TraitItemFn) {
        if let Some(block) = &item.default {
            self.function(&item.sig, block);
        }
        visit::visit_trait_item_fn(self, item);
    }
    fn visit_signature(&mut self, signature: &'ast Signature) {
        self.waits(signature.asyncness.as_ref());
        visit::visit_signature(self, signature);
    }
    fn visit_expr(&mut self, expr: &'ast Expr) {
        match expr {
            Expr::Async(block) => self.word(block.async_token.span.start().line, "async"),
            Expr::Closure(closure) => self.waits(closure.asyncness.as_ref()),
            Expr::Await(wait) => self.word(wait.await_token.span.start().line, "await"),
            _ => {}
        }
        visit::visit_expr(self, expr);
    }
    fn visit_item_use(&mut self, item: &'ast syn::ItemUse) {
        let before = self.named.len();
        self.use_tree(&item.tree, &[]);
        let handed_on = !matches!(item.vis, Visibility::Inherited);
        self.named[before..].iter_mut().for_each(|named| named.handed_on = handed_on);
    }
    fn visit_path(&mut self, path: &'ast Path) {
        let segments = path.segments.iter().map(|segment| plain(&segment.ident)).collect();
        self.name(path.span().start().line, segments, None);
        visit::visit_path(self, path);
    }
    fn visit_visibility(&mut self, _: &'ast Visibility) {} // `pub(super)` says who may use it, not what it uses
    /// `#[kube(…)]` is a word that a derive reads, not the crate; `#[tokio::main]` is a path.
    fn visit_attribute(&mut self, attribute: &'ast Attribute) {
        if attribute.path().segments.len() > 1 {
            self.visit_path(attribute.path());
        }
        if let Meta::List(list) = &attribute.meta
            && list.path.is_ident("derive")
        {
            self.tokens(list.tokens.clone());
        }
    }
    fn visit_macro(&mut self, call: &'ast Macro) {
        self.visit_path(&call.path);
        self.tokens(call.tokens.clone());
    }
}

impl Source {
    fn name(&mut self, line: usize, segments: Vec<String>, bound: Option<String>) {
        self.named.push(Named { line, segments, inside: self.inside.clone(), bound, handed_on: false });
    }
    fn word(&mut self, line: usize, word: &str) {
        self.name(line, vec![word.into()], None);
    }
    fn waits(&mut self, asyncness: Option<&Token![async]>) {
        if let Some(token) = asyncness {
            self.word(token.span.start().line, "async");
        }
    }
    fn function(&mut self, signature: &Signature, block: &Block) {
        let (line, end) = (signature.fn_token.span.start().line, block.brace_token.span.close().end().line);
        self.functions.push(Function { line, name: signature.ident.to_string(), lines: end - line + 1 });
    }
    fn use_tree(&mut self, tree: &UseTree, prefix: &[String]) {
        let with = |segment: &syn::Ident| prefix.iter().cloned().chain([plain(segment)]).collect::<Vec<_>>();
        let line = tree.span().start().line;
        match tree {
            UseTree::Path(path) => self.use_tree(&path.tree, &with(&path.ident)),
            UseTree::Group(group) => group.items.iter().for_each(|item| self.use_tree(item, prefix)),
            UseTree::Glob(_) => self.name(line, [prefix, &["*".into()]].concat(), None),
            UseTree::Name(name) if name.ident == "self" => self.name(line, prefix.to_vec(), prefix.last().cloned()),
            UseTree::Name(name) => self.name(line, with(&name.ident), Some(plain(&name.ident))),
            UseTree::Rename(name) => {
                let segments = if name.ident == "self" { prefix.to_vec() } else { with(&name.ident) };
                self.name(line, segments, Some(plain(&name.rename)));
            }
        }
    }
    /// What a macro is given is no Rust yet: its words with `::` between them are taken for paths.
    fn tokens(&mut self, tokens: TokenStream) {
        let mut tokens = tokens.into_iter().peekable();
        let (mut path, mut line): (Vec<String>, _) = (vec![], 0);
        while let Some(token) = tokens.next() {
            match token {
                TokenTree::Ident(word) => {
                    line = if path.is_empty() { word.span().start().line } else { line };
                    path.push(plain(&word));
                    if matches!(tokens.peek(), Some(TokenTree::Punct(mark)) if mark.as_char() == ':') {
                        continue;
                    }
                }
                TokenTree::Punct(mark) if mark.as_char() == ':' && !path.is_empty() => {
                    let joint = matches!(tokens.peek(), Some(TokenTree::Punct(next)) if next.as_char() == ':');
                    if joint && tokens.next().is_some() && matches!(tokens.peek(), Some(TokenTree::Ident(_))) {
                        continue;
                    }
                }
                TokenTree::Group(group) => self.tokens(group.stream()),
                _ => continue,
            }
            if !path.is_empty() {
                self.name(line, std::mem::take(&mut path), None);
            }
        }
    }
}

fn plain(word: &syn::Ident) -> String {
    word.to_string().trim_start_matches("r#").into()
}

fn for_tests(attributes: &[Attribute]) -> bool {
    attributes
        .iter()
        .any(|a| matches!(&a.meta, Meta::List(list) if a.path().is_ident("cfg") && list.tokens.to_string() == "test"))
}

/// The file that `#[path = "…"]` names, without its ending.
fn own_path(attributes: &[Attribute]) -> Option<String> {
    attributes.iter().find_map(|attribute| match &attribute.meta {
        Meta::NameValue(given) if given.path.is_ident("path") => match &given.value {
            Expr::Lit(syn::ExprLit { lit: syn::Lit::Str(text), .. }) => Some(text.value().trim_end_matches(".rs").to_owned()),
            _ => None,
        },
        _ => None,
    })
}

fn attributes(item: &Item) -> &[Attribute] {
    match item {
        Item::Const(item) => &item.attrs,
        Item::Enum(item) => &item.attrs,
        Item::Fn(item) => &item.attrs,
        Item::Impl(item) => &item.attrs,
        Item::Macro(item) => &item.attrs,
        Item::Mod(item) => &item.attrs,
        Item::Static(item) => &item.attrs,
        Item::Struct(item) => &item.attrs,
        Item::Trait(item) => &item.attrs,
        Item::Type(item) => &item.attrs,
        Item::Use(item) => &item.attrs,
        _ => &[],
    }
}
