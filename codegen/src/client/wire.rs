//! The generated methods with what their requests have on the wire.
//!
//! The generator adds a header `api-version` to every request: no document asks for it, and a server is free to take it for
//! something else. A mapping that wants one gives it as a parameter.

use std::collections::{BTreeMap, BTreeSet};

use proc_macro2::{Literal, TokenStream, TokenTree};
use quote::ToTokens;
use syn::{
    Block, Expr, ExprCall, ExprLit, ExprMethodCall, ImplItem, Item, Lit, LitStr, Stmt, Token, parse_quote,
    punctuated::Punctuated,
    visit_mut::{self, VisitMut},
};

use super::{Index, RustType, Wire, id};
use crate::{
    lower::{Part, Written},
    naming::letters,
};

/// Changes the method of each operation, and takes the version out of all.
pub fn apply(file: &mut syn::File, index: &Index, wires: &BTreeMap<String, Wire>) {
    let plain = Wire::default();
    for item in &mut file.items {
        let Item::Impl(of) = item else { continue };
        for item in &mut of.items {
            if let ImplItem::Fn(function) = item {
                let wire = wires.get(&id(function)).unwrap_or(&plain);
                headers(&mut function.block, wire);
                if let Some(path) = &wire.path {
                    function
                        .block
                        .stmts
                        .iter_mut()
                        .for_each(|statement| url(statement, path));
                }
                if !wire.segments.is_empty() {
                    let arguments = wire.segments.iter().map(|name| letters(name)).collect();
                    function
                        .block
                        .stmts
                        .iter_mut()
                        .for_each(|statement| slashes(statement, &arguments));
                }
                Names(&wire.names).visit_block_mut(&mut function.block);
                if let Some(written) = &wire.body {
                    let of = body_of(index, &id(function));
                    WrittenAs { written, of, index }.visit_block_mut(&mut function.block);
                }
            }
        }
    }
}

/// Puts the media types where the version was.
fn headers(block: &mut Block, wire: &Wire) {
    let content_type = wire.content_type.as_ref().map(|media| -> Stmt {
        parse_quote!(header_map.insert(::reqwest::header::CONTENT_TYPE, ::reqwest::header::HeaderValue::from_static(#media));)
    });
    let accept = wire.accept.as_ref().map(|media| -> Stmt {
        parse_quote!(header_map.insert(::reqwest::header::ACCEPT, ::reqwest::header::HeaderValue::from_static(#media));)
    });
    if let Some(at) = block.stmts.iter().position(sends_version) {
        block.stmts.splice(at..=at, content_type.into_iter().chain(accept));
    }
}

/// `header_map.append(…, …(Self::api_version()))`
fn sends_version(statement: &Stmt) -> bool {
    let Stmt::Expr(Expr::MethodCall(call), _) = statement else {
        return false;
    };
    let Some(Expr::Call(value)) = call.args.last() else {
        return false;
    };
    let version: Expr = parse_quote!(Self::api_version());
    call.method == "append" && value.args.iter().any(|argument| *argument == version)
}

/// `let url = format!("{}/path", …)`
fn url(statement: &mut Stmt, path: &str) {
    if let Stmt::Local(local) = statement
        && let Some(init) = &mut local.init
        && let Expr::Macro(call) = &mut *init.expr
        && call.mac.path.is_ident("format")
    {
        let rest = call.mac.tokens.clone().into_iter().skip(1);
        let pattern = TokenTree::from(Literal::string(&format!("{{}}{path}")));
        call.mac.tokens = std::iter::once(pattern).chain(rest).collect::<TokenStream>();
    }
}

/// `encode_path(&path.to_string())` of these, with the slashes left as they are.
fn slashes(statement: &mut Stmt, arguments: &BTreeSet<String>) {
    if let Stmt::Local(local) = statement
        && let Some(init) = &mut local.init
        && let Expr::Macro(call) = &mut *init.expr
        && call.mac.path.is_ident("format")
        && let Ok(mut parts) = call
            .mac
            .parse_body_with(Punctuated::<Expr, Token![,]>::parse_terminated)
    {
        for part in &mut parts {
            if let Expr::Call(encoded) = part
                && encoded.args.iter().any(|argument| is_of(argument, arguments))
            {
                *encoded.func = parse_quote!(::provider_runtime::http::encode_segments);
            }
        }
        call.mac.tokens = parts.to_token_stream();
    }
}

/// `&path.to_string()` of one of these variables, by their letters.
fn is_of(argument: &Expr, variables: &BTreeSet<String>) -> bool {
    let Expr::Reference(text) = argument else { return false };
    let Expr::MethodCall(text) = &*text.expr else {
        return false;
    };
    let Expr::Path(variable) = &*text.receiver else {
        return false;
    };
    let ident = variable.path.get_ident();
    ident.is_some_and(|ident| variables.contains(&letters(ident.to_string().trim_start_matches("r#"))))
}

/// The struct that is the body of an operation, if it is one.
fn body_of(index: &Index, operation: &str) -> Option<String> {
    let arguments = index.methods.get(operation).map(|method| method.arguments.as_slice());
    let body = arguments
        .unwrap_or_default()
        .iter()
        .rev()
        .find(|argument| argument.is_body());
    match body.map(|body| &body.kind) {
        Some(RustType::Struct(name)) => Some(name.clone()),
        _ => None,
    }
}

/// How the body is written, instead of as JSON.
struct WrittenAs<'w> {
    written: &'w Written,
    /// The struct that has the parts.
    of: Option<String>,
    index: &'w Index,
}

impl WrittenAs<'_> {
    /// `.with("file", None, &body.file)`
    fn part(&self, form: Expr, body: &Expr, part: &Part) -> Expr {
        let (name, media_type) = (&part.name, part.media_type.as_ref());
        let media_type: Expr = media_type.map_or_else(|| parse_quote!(None), |media| parse_quote!(Some(#media)));
        let field = self.of.as_ref().and_then(|of| self.index.field(of, name));
        match field.and_then(|field| syn::parse_str::<syn::Member>(&field.ident).ok()) {
            Some(member) => parse_quote!(#form.with(#name, #media_type, &#body.#member)),
            None => form,
        }
    }

    fn written(&self, builder: &Expr, body: &Expr) -> Expr {
        match self.written {
            Written::Bytes => parse_quote!(::provider_runtime::http::with_body(#builder, #body.bytes())),
            Written::Text => parse_quote!(::provider_runtime::http::with_body(#builder, #body.to_owned())),
            Written::Parts(parts) => {
                let form: Expr = parse_quote!(::provider_runtime::http::Form::new());
                let form = parts.iter().fold(form, |form, part| self.part(form, body, part));
                parse_quote!(#form.send_by(#builder))
            }
        }
    }
}

impl VisitMut for WrittenAs<'_> {
    /// `builder.json(&body)`
    fn visit_expr_mut(&mut self, expr: &mut Expr) {
        if let Expr::MethodCall(call) = expr
            && call.method == "json"
            && let Some(Expr::Reference(body)) = call.args.first()
        {
            *expr = self.written(&call.receiver, &body.expr);
            return;
        }
        visit_mut::visit_expr_mut(self, expr);
    }
}

/// What parameters are called in the request.
struct Names<'w>(&'w BTreeMap<String, String>);

impl Names<'_> {
    fn rename(&self, name: Option<&mut Expr>) {
        if let Some(Expr::Lit(ExprLit {
            lit: Lit::Str(text), ..
        })) = name
            && let Some(wire) = self.0.get(&text.value())
        {
            *text = LitStr::new(wire, text.span());
        }
    }
}

impl VisitMut for Names<'_> {
    /// `QueryParam::new("name", …)`
    fn visit_expr_call_mut(&mut self, call: &mut ExprCall) {
        if let Expr::Path(function) = &*call.func
            && function
                .path
                .segments
                .iter()
                .any(|segment| segment.ident == "QueryParam")
        {
            self.rename(call.args.first_mut());
        }
        visit_mut::visit_expr_call_mut(self, call);
    }

    /// `header_map.append("name", …)`
    fn visit_expr_method_call_mut(&mut self, call: &mut ExprMethodCall) {
        if call.method == "append" {
            self.rename(call.args.first_mut());
        }
        visit_mut::visit_expr_method_call_mut(self, call);
    }
}
