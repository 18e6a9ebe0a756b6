//! The header `api-version`, which the generator adds to every request: no document asks for it, and a server is free to
//! take it for something else. A mapping that wants one gives it as a parameter.

use syn::{Block, Expr, ImplItem, Item, Stmt, parse_quote};

/// Takes the statements out that send it.
pub fn leave_out_version(file: &mut syn::File) {
    for item in &mut file.items {
        if let Item::Impl(of) = item {
            let functions = of.items.iter_mut().filter_map(|item| match item {
                ImplItem::Fn(function) => Some(function),
                _ => None,
            });
            functions.for_each(|function| leave_out(&mut function.block));
        }
    }
}

fn leave_out(block: &mut Block) {
    block.stmts.retain(|statement| !sends_version(statement));
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
