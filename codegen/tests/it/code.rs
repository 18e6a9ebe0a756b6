//! Generated code held against the client that it is generated for, without a compiler.

use std::collections::{BTreeMap, BTreeSet};

use provider_codegen::Generated;
use syn::{Item, visit::Visit};

/// Fields of each struct, and the number of arguments of each method.
#[derive(Default)]
struct Client {
    structs: BTreeMap<String, BTreeSet<String>>,
    methods: BTreeMap<String, usize>,
    problems: Vec<String>,
}

/// Both files parse, struct literals have the fields of the client's structs, calls the arguments of its methods.
pub fn is_sound(generated: &Generated) -> Result<(), String> {
    let client = syn::parse_file(&generated.client).map_err(|error| format!("client: {error}"))?;
    let provider = syn::parse_file(&generated.provider).map_err(|error| format!("provider: {error}"))?;
    let mut known = Client::default();
    known.learn(&client.items);
    known.visit_file(&provider);
    match known.problems.is_empty() {
        true => Ok(()),
        false => Err(format!("{}\n{}", known.problems.join("\n"), generated.provider)),
    }
}

impl Client {
    fn learn(&mut self, items: &[Item]) {
        for item in items {
            match item {
                Item::Mod(module) => self.learn(module.content.as_ref().map_or(&[][..], |(_, items)| items)),
                Item::Struct(of) => {
                    let fields: Vec<String> = of
                        .fields
                        .iter()
                        .filter_map(|f| Some(f.ident.as_ref()?.to_string()))
                        .collect();
                    self.unique(&of.ident.to_string(), &fields);
                    self.structs.insert(of.ident.to_string(), fields.into_iter().collect());
                }
                Item::Impl(block) if block.trait_.is_none() => self.methods_of(block),
                _ => {}
            }
        }
    }

    fn methods_of(&mut self, block: &syn::ItemImpl) {
        for item in &block.items {
            if let syn::ImplItem::Fn(function) = item {
                let arguments: Vec<String> = function.sig.inputs.iter().filter_map(name).collect();
                let id = function.sig.ident.to_string();
                self.unique(&id, &arguments);
                if function.sig.asyncness.is_some() {
                    self.methods.insert(id, arguments.len());
                }
            }
        }
    }

    fn unique(&mut self, of: &str, names: &[String]) {
        let distinct: BTreeSet<&String> = names.iter().collect();
        if distinct.len() != names.len() {
            self.problems
                .push(format!("`{of}` has two of the same name: {names:?}"));
        }
    }
}

fn name(input: &syn::FnArg) -> Option<String> {
    match input {
        syn::FnArg::Typed(argument) => match &*argument.pat {
            syn::Pat::Ident(name) => Some(name.ident.to_string()),
            _ => None,
        },
        syn::FnArg::Receiver(_) => None,
    }
}

impl<'ast> Visit<'ast> for Client {
    fn visit_expr_struct(&mut self, literal: &'ast syn::ExprStruct) {
        let path: Vec<String> = literal
            .path
            .segments
            .iter()
            .map(|segment| segment.ident.to_string())
            .collect();
        if path.len() == 3 && path[0] == "client" {
            let given: BTreeSet<String> = literal
                .fields
                .iter()
                .filter_map(|field| match &field.member {
                    syn::Member::Named(name) => Some(name.to_string()),
                    syn::Member::Unnamed(_) => None,
                })
                .collect();
            if self.structs.get(&path[2]) != Some(&given) {
                self.problems.push(format!("`{}` is given {given:?}", path[2]));
            }
        }
        syn::visit::visit_expr_struct(self, literal);
    }

    fn visit_expr_method_call(&mut self, call: &'ast syn::ExprMethodCall) {
        let of_client = matches!(&*call.receiver, syn::Expr::MethodCall(inner) if inner.method == "client");
        if of_client && self.methods.get(&call.method.to_string()) != Some(&call.args.len()) {
            self.problems
                .push(format!("`{}` is given {} arguments", call.method, call.args.len()));
        }
        syn::visit::visit_expr_method_call(self, call);
    }

    /// A parameter that is given twice, or a variable that hides one of another type.
    fn visit_signature(&mut self, signature: &'ast syn::Signature) {
        let names: Vec<String> = signature.inputs.iter().filter_map(name).collect();
        self.unique(&signature.ident.to_string(), &names);
        syn::visit::visit_signature(self, signature);
    }

    fn visit_item_mod(&mut self, module: &'ast syn::ItemMod) {
        let items = module.content.iter().flat_map(|(_, items)| items);
        let functions: Vec<String> = items
            .filter_map(|item| match item {
                Item::Fn(function) => Some(function.sig.ident.to_string()),
                _ => None,
            })
            .collect();
        self.unique(&module.ident.to_string(), &functions);
        syn::visit::visit_item_mod(self, module);
    }
}
