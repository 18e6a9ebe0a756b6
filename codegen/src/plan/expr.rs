//! Rust expressions, with what is known of them.

use proc_macro2::TokenStream;
use quote::quote;

use crate::client::RustType;

/// An expression of the generated code.
#[derive(Clone, Debug)]
pub struct Expr {
    tokens: TokenStream,
    /// What it yields.
    pub ty: RustType,
    /// Whether it yields a `Result` of that.
    fallible: bool,
    /// Whether a `?` is within it, so that it stands where an error can be returned.
    returns: bool,
    pub uses: Uses,
    /// The variable or field that is moved by it, and empty afterwards: a name for each step of the way.
    pub takes: Option<Vec<String>>,
}

/// What of its surroundings an expression names.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Uses {
    /// The call, `cx`.
    pub call: bool,
    pub input: bool,
}

impl Uses {
    pub fn and(self, other: Self) -> Self {
        Self {
            call: self.call || other.call,
            input: self.input || other.input,
        }
    }

    /// What several expressions name.
    pub fn of<'e>(expressions: impl IntoIterator<Item = &'e Expr>) -> Self {
        let uses = expressions.into_iter().map(|expression| expression.uses);
        uses.fold(Self::default(), Self::and)
    }

    /// A parameter's name: `_` for one that is not used.
    pub fn named(used: bool, name: &str) -> String {
        if used { name } else { "_" }.to_owned()
    }
}

impl Expr {
    pub fn new(tokens: TokenStream, ty: RustType) -> Self {
        Self {
            tokens,
            ty,
            fallible: false,
            returns: false,
            uses: Uses::default(),
            takes: None,
        }
    }

    /// A value that a method of the call gives.
    pub fn of_call(tokens: TokenStream, ty: RustType) -> Self {
        let uses = Uses {
            call: true,
            input: false,
        };
        Self::new(tokens, ty).using(uses)
    }

    /// Names the call too.
    pub fn using_call(self) -> Self {
        self.using(Uses {
            call: true,
            input: false,
        })
    }

    pub fn using(mut self, uses: Uses) -> Self {
        self.uses = self.uses.and(uses);
        self
    }

    pub fn taking(mut self, field: Vec<String>) -> Self {
        self.takes = Some(field);
        self
    }

    /// Yields a `Result`.
    pub fn fallible(mut self) -> Self {
        self.fallible = true;
        self
    }

    /// Another `Result`, made of the one that it yields.
    pub fn map_result(self, make: impl FnOnce(TokenStream) -> TokenStream) -> Self {
        Self {
            tokens: make(self.result()),
            fallible: true,
            ..self
        }
    }

    /// What is made of the value of this one.
    pub fn map(self, ty: RustType, make: impl FnOnce(TokenStream) -> TokenStream) -> Self {
        let returns = self.returns || self.fallible;
        Self {
            tokens: make(self.value()),
            ty,
            fallible: false,
            returns,
            uses: self.uses,
            takes: self.takes,
        }
    }

    /// What is made of several values.
    pub fn join(parts: Vec<Self>, ty: RustType, make: impl FnOnce(&[TokenStream]) -> TokenStream) -> Self {
        let tokens: Vec<TokenStream> = parts.iter().map(Self::value).collect();
        Self {
            tokens: make(&tokens),
            ty,
            fallible: false,
            returns: parts.iter().any(|part| part.returns || part.fallible),
            uses: Uses::of(&parts),
            takes: None,
        }
    }

    /// The value, where an error can be returned.
    pub fn value(&self) -> TokenStream {
        let tokens = &self.tokens;
        match self.fallible {
            true => quote!(#tokens?),
            false => tokens.clone(),
        }
    }

    /// A `Result` of the value.
    pub fn result(&self) -> TokenStream {
        let tokens = &self.tokens;
        match self.fallible {
            true => tokens.clone(),
            false => quote!(Ok(#tokens)),
        }
    }

    /// The statement that gives it a name, and the name.
    pub fn named_as(self, name: &str) -> (String, Self) {
        let statement = format!("let {name} = {};", self.value());
        let named = Self::new(super::place::tokens(name), self.ty).using(self.uses);
        (statement, named)
    }

    /// The value, or its type's default where there is an error.
    pub fn or_default(self) -> Self {
        let Self {
            tokens,
            ty,
            uses,
            takes,
            ..
        } = self;
        let tokens = match (self.fallible, self.returns) {
            (true, _) => quote!(value::told(|| #tokens)),
            (false, true) => quote!(value::told(|| Ok(#tokens))),
            (false, false) => tokens,
        };
        Self {
            uses,
            takes,
            ..Self::new(tokens, ty)
        }
    }

    /// Whether the value is there, where an error can be returned.
    pub fn presence(self) -> Self {
        match &self.ty {
            RustType::Optional(_) => self.map(RustType::Boolean, |value| quote!(#value.is_some())),
            RustType::Json => self.map(RustType::Boolean, |value| quote!(!#value.is_null())),
            _ => Self::new(quote!(true), RustType::Boolean),
        }
    }

    /// As JSON, where there is no type.
    pub fn json(self) -> Self {
        match &self.ty {
            RustType::Json => self,
            RustType::Optional(inner) if **inner == RustType::Json => {
                self.map(RustType::Json, |value| quote!(#value.unwrap_or_default()))
            }
            of if of.bare().is_plain() && *of.bare() != RustType::Wide => {
                self.map(RustType::Json, |value| quote!(Value::from(#value)))
            }
            _ => self.map(RustType::Json, |value| quote!(json(&#value))),
        }
    }
}
