//! The generated methods with what their requests have on the wire.
//!
//! The generator adds a header `api-version` to every request: no document asks for it, and a server is free to take it for
//! something else. A mapping that wants one gives it as a parameter.

use std::collections::BTreeMap;

use proc_macro2::{Literal, TokenStream, TokenTree};
use syn::{
    Block, Expr, ExprCall, ExprLit, ExprMethodCall, ImplItem, Item, Lit, LitStr, Stmt, parse_quote,
    visit_mut::{self, VisitMut},
};

use super::{Wire, id};

/// Changes the method of each operation, and takes the version out of all.
pub fn apply(file: &mut syn::File, wires: &BTreeMap<String, Wire>) {
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
                Names(&wire.names).visit_block_mut(&mut function.block);
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
