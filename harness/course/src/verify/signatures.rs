//! What a crate offers: each item that another crate can name, with its signature, from the source alone.

use std::collections::{BTreeMap, BTreeSet};

use quote::ToTokens;
use syn::{Attribute, FnArg, ImplItem, Item, TraitItem, UseTree, Visibility};

use crate::file_tree::FileTree;

/// `pub use` that lead to each other are followed no further than this.
const DEPTH_LIMIT: usize = 16;

/// Items by their public path, and what belongs to types by the type's name; each with its signature.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Signatures(pub BTreeMap<String, BTreeSet<String>>);

impl Signatures {
    /// Reads the crate whose root is `src/lib.rs`.
    pub fn of(sources: &FileTree) -> Result<Self, String> {
        let root = Module::read(sources, "src/lib.rs", "src/")?;
        let mut signatures = Self::default();
        root.offer(&root, &[], "", DEPTH_LIMIT, &mut signatures);
        root.offer_types(&mut signatures);
        Ok(signatures)
    }

    fn add(&mut self, name: impl Into<String>, signature: impl Into<String>) {
        self.0.entry(name.into()).or_default().insert(signature.into());
    }
}

#[derive(Debug, Default)]
struct Module {
    items: BTreeMap<String, String>,
    modules: BTreeMap<String, (bool, Self)>,
    uses: Vec<(Vec<String>, Option<String>)>,
    /// Of `impl` blocks and derives: the type's name, what it is, its signature.
    of_types: Vec<(String, String)>,
    public_types: BTreeSet<String>,
}

impl Module {
    fn read(sources: &FileTree, file: &str, folder: &str) -> Result<Self, String> {
        let text = sources.text(file).ok_or_else(|| format!("{file} is not there"))?;
        let parsed = syn::parse_file(&text).map_err(|error| format!("{file}: {error}"))?;
        let mut module = Self::default();
        for item in parsed.items {
            module.take(sources, folder, item)?;
        }
        Ok(module)
    }

    fn take(&mut self, sources: &FileTree, folder: &str, item: Item) -> Result<(), String> {
        match item {
            Item::Mod(item) if !for_tests(&item.attrs) => {
                let name = item.ident.to_string();
                let inner = format!("{folder}{name}/");
                let module = if let Some((_, items)) = item.content {
                    let mut module = Self::default();
                    for item in items {
                        module.take(sources, &inner, item)?;
                    }
                    module
                } else {
                    let flat = format!("{folder}{name}.rs");
                    let file = if sources.0.contains_key(&flat) { flat } else { format!("{inner}mod.rs") };
                    Self::read(sources, &file, &inner)?
                };
                self.modules.insert(name, (public(&item.vis), module));
            }
            Item::Use(item) if public(&item.vis) => flatten(&item.tree, &mut Vec::new(), &mut self.uses),
            Item::Fn(item) if public(&item.vis) => {
                self.items.insert(item.sig.ident.to_string(), function(&item.sig));
            }
            Item::Struct(item) if public(&item.vis) => {
                let name = item.ident.to_string();
                self.derives(&name, &item.attrs);
                let fields: Vec<String> =
                    item.fields.iter().filter(|field| public(&field.vis)).map(field).collect();
                let hidden = if fields.len() < item.fields.len() { ", .." } else { "" };
                let generics = text(&item.generics);
                self.kind(name, format!("struct {generics} {{ {}{hidden} }}", fields.join(", ")));
            }
            Item::Enum(item) if public(&item.vis) => {
                let name = item.ident.to_string();
                self.derives(&name, &item.attrs);
                let variants: Vec<String> = item
                    .variants
                    .iter()
                    .map(|variant| {
                        let fields: Vec<String> = variant.fields.iter().map(field).collect();
                        format!("{}({})", variant.ident, fields.join(", "))
                    })
                    .collect();
                self.kind(name, format!("enum {} {{ {} }}", text(&item.generics), variants.join(", ")));
            }
            Item::Trait(item) if public(&item.vis) => {
                let members: Vec<String> = item.items.iter().map(trait_member).collect();
                let signature = format!(
                    "trait {} : {} {{ {} }}",
                    text(&item.generics),
                    text(&item.supertraits),
                    members.join("; ")
                );
                self.kind(item.ident.to_string(), signature);
            }
            Item::Const(item) if public(&item.vis) => {
                self.items.insert(item.ident.to_string(), format!("const: {}", text(&item.ty)));
            }
            Item::Static(item) if public(&item.vis) => {
                self.items.insert(item.ident.to_string(), format!("static: {}", text(&item.ty)));
            }
            Item::Type(item) if public(&item.vis) => {
                self.items.insert(
                    item.ident.to_string(),
                    format!("type {} = {}", text(&item.generics), text(&item.ty)),
                );
            }
            Item::Impl(item) if !for_tests(&item.attrs) => self.implementation(&item),
            _ => {}
        }
        Ok(())
    }

    fn kind(&mut self, name: String, signature: String) {
        self.public_types.insert(name.clone());
        self.items.insert(name, signature);
    }

    fn derives(&mut self, name: &str, attributes: &[Attribute]) {
        for attribute in attributes.iter().filter(|attribute| attribute.path().is_ident("derive")) {
            let _ = attribute.parse_nested_meta(|meta| {
                let derived =
                    meta.path.segments.last().map(|segment| segment.ident.to_string()).unwrap_or_default();
                self.of_types.push((name.to_owned(), format!("impl {derived}")));
                Ok(())
            });
        }
    }

    fn implementation(&mut self, item: &syn::ItemImpl) {
        let syn::Type::Path(path) = &*item.self_ty else { return };
        let Some(name) = path.path.segments.last().map(|segment| segment.ident.to_string()) else { return };
        if let Some((_, head, _)) = &item.trait_ {
            // A derived trait and a written one are the same offer.
            let head = head.segments.last().map(text).unwrap_or_default();
            self.of_types.push((name, format!("impl {head}")));
            return;
        }
        for member in &item.items {
            match member {
                ImplItem::Fn(member) if public(&member.vis) => {
                    self.of_types
                        .push((name.clone(), format!("{}{}", text(&item.generics), function(&member.sig))));
                }
                ImplItem::Const(member) if public(&member.vis) => {
                    self.of_types
                        .push((name.clone(), format!("const {}: {}", member.ident, text(&member.ty))));
                }
                _ => {}
            }
        }
    }

    /// Adds what this module, known as `path`, offers. `from` is where it is in the crate.
    fn offer(&self, root: &Self, from: &[String], path: &str, depth: usize, into: &mut Signatures) {
        if depth == 0 {
            return;
        }
        for (name, signature) in &self.items {
            into.add(format!("{path}{name}"), signature);
        }
        for (name, (is_public, module)) in &self.modules {
            if *is_public {
                let inner = [from, std::slice::from_ref(name)].concat();
                module.offer(root, &inner, &format!("{path}{name}::"), depth - 1, into);
            }
        }
        for (target, alias) in &self.uses {
            let target = absolute(target, from, self);
            let Some(target) = target else {
                continue;
            };
            match (alias, root.at(&target)) {
                // A glob.
                (None, Some(module)) => module.offer(root, &target, path, depth - 1, into),
                (Some(alias), Some(module)) => {
                    module.offer(root, &target, &format!("{path}{alias}::"), depth - 1, into);
                }
                (Some(alias), None) => {
                    let (name, parent) = target.split_last().expect("a path has a last segment");
                    let mut found = Signatures::default();
                    if let Some(parent_module) = root.at(parent) {
                        parent_module.offer(root, parent, "", depth - 1, &mut found);
                    }
                    for signature in found.0.remove(name).into_iter().flatten() {
                        into.add(format!("{path}{alias}"), signature);
                    }
                }
                (None, None) => {}
            }
        }
    }

    /// Adds what belongs to types, whichever module it is written in.
    fn offer_types(&self, into: &mut Signatures) {
        let mut types = BTreeSet::new();
        self.every(&mut |module| types.extend(module.public_types.iter().cloned()));
        self.every(&mut |module| {
            for (name, signature) in module.of_types.iter().filter(|(name, _)| types.contains(name)) {
                into.add(format!("<{name}>"), signature);
            }
        });
    }

    fn every(&self, see: &mut impl FnMut(&Self)) {
        see(self);
        for (_, module) in self.modules.values() {
            module.every(see);
        }
    }

    fn at(&self, path: &[String]) -> Option<&Self> {
        path.iter().try_fold(self, |module, name| module.modules.get(name).map(|(_, module)| module))
    }
}

/// A path in the crate, from its root; `None` where it leads into another crate.
fn absolute(path: &[String], from: &[String], here: &Module) -> Option<Vec<String>> {
    let (first, rest) = path.split_first()?;
    match first.as_str() {
        "crate" => Some(rest.to_vec()),
        "self" => Some([from, rest].concat()),
        "super" => Some([from.split_last()?.1, rest].concat()),
        name if here.modules.contains_key(name) => Some([from, path].concat()),
        _ => None,
    }
}

fn flatten(tree: &UseTree, prefix: &mut Vec<String>, into: &mut Vec<(Vec<String>, Option<String>)>) {
    match tree {
        UseTree::Path(path) => {
            prefix.push(path.ident.to_string());
            flatten(&path.tree, prefix, into);
            prefix.pop();
        }
        UseTree::Name(name) => {
            into.push(([&prefix[..], &[name.ident.to_string()]].concat(), Some(name.ident.to_string())));
        }
        UseTree::Rename(name) => {
            into.push(([&prefix[..], &[name.ident.to_string()]].concat(), Some(name.rename.to_string())));
        }
        UseTree::Glob(_) => into.push((prefix.clone(), None)),
        UseTree::Group(group) => group.items.iter().for_each(|tree| flatten(tree, prefix, into)),
    }
}

/// A function's signature without the names of its arguments: they are no part of what is offered.
fn function(signature: &syn::Signature) -> String {
    let inputs: Vec<String> = signature
        .inputs
        .iter()
        .map(|input| match input {
            FnArg::Typed(argument) => text(&argument.ty),
            FnArg::Receiver(receiver) if receiver.reference.is_some() => {
                format!("& {}self", if receiver.mutability.is_some() { "mut " } else { "" })
            }
            FnArg::Receiver(receiver) => format!("self: {}", text(&receiver.ty)),
        })
        .collect();
    let asyncness = signature.asyncness.map_or("", |_| "async ");
    let constness = signature.constness.map_or("", |_| "const ");
    let (generics, clause) = (text(&signature.generics), text(&signature.generics.where_clause));
    let output = text(&signature.output);
    format!("{constness}{asyncness}fn {}{generics}({}) {output} {clause}", signature.ident, inputs.join(", "))
        .trim_end()
        .to_owned()
}

fn trait_member(member: &TraitItem) -> String {
    match member {
        TraitItem::Fn(member) => {
            format!("{}{}", function(&member.sig), member.default.as_ref().map_or("", |_| " (provided)"))
        }
        TraitItem::Type(member) => format!("type {}: {}", member.ident, text(&member.bounds)),
        TraitItem::Const(member) => format!("const {}: {}", member.ident, text(&member.ty)),
        other => text(other),
    }
}

fn field(field: &syn::Field) -> String {
    match &field.ident {
        Some(name) => format!("{name}: {}", text(&field.ty)),
        None => text(&field.ty),
    }
}

fn public(visibility: &Visibility) -> bool {
    matches!(visibility, Visibility::Public(_))
}

fn for_tests(attributes: &[Attribute]) -> bool {
    attributes.iter().any(|attribute| attribute.path().is_ident("cfg") && text(attribute).contains("test"))
}

fn text(tokens: &impl ToTokens) -> String {
    tokens.to_token_stream().to_string()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn of(files: &[(&str, &str)]) -> Signatures {
        let files = files.iter().map(|(path, text)| ((*path).to_owned(), text.as_bytes().to_vec())).collect();
        Signatures::of(&FileTree(files)).unwrap()
    }

    #[test]
    fn bodies_documentation_and_names_of_arguments_are_no_part() {
        let starter = of(&[("src/lib.rs", "/// Doc.\npub fn one(_a: u8) -> u8 { todo!() }")]);
        let solution = of(&[("src/lib.rs", "pub fn one(a: u8) -> u8 { a + 1 }\nfn own() {}")]);
        assert_eq!(starter, solution);
    }

    #[test]
    fn a_type_offers_its_public_fields_methods_and_traits() {
        let of = of(&[(
            "src/lib.rs",
            "#[derive(Clone)] pub struct A { pub x: u8, y: u8 } impl A { pub async fn get(&self) -> u8 { 1 } fn own(&self) {} }
             impl From<u8> for A { fn from(x: u8) -> Self { todo!() } }",
        )]);
        assert_eq!(of.0["A"].iter().next().unwrap(), "struct  { x: u8, .. }");
        let offers: Vec<&str> = of.0["<A>"].iter().map(String::as_str).collect();
        assert_eq!(offers, ["async fn get(& self) -> u8", "impl Clone", "impl From < u8 >"]);
    }

    #[test]
    fn an_item_is_known_by_its_public_path_wherever_it_is_written() {
        let flat = of(&[("src/lib.rs", "pub mod host;"), ("src/host.rs", "pub struct Remote;")]);
        let deep = of(&[
            ("src/lib.rs", "pub mod host;"),
            ("src/host/mod.rs", "mod remote; pub use remote::Remote;"),
            ("src/host/remote.rs", "pub struct Remote;"),
        ]);
        assert_eq!(flat, deep);
    }

    #[test]
    fn a_glob_offers_everything_and_tests_offer_nothing() {
        let of = of(&[
            ("src/lib.rs", "mod a; pub use crate::a::*; #[cfg(test)] pub mod tests { pub fn t() {} }"),
            ("src/a.rs", "pub const X: u8 = 1; pub type T = u8;"),
        ]);
        assert_eq!(of.0.keys().collect::<Vec<_>>(), ["T", "X"]);
    }

    #[test]
    fn a_file_that_is_no_rust_is_named() {
        let files = FileTree([("src/lib.rs".to_owned(), b"\npub fn (".to_vec())].into());
        assert!(Signatures::of(&files).unwrap_err().starts_with("src/lib.rs:"));
    }
}
