//! What the other files here get wrong, done right: a crate that has the hook and a client that has the fields compiles.

use provider_runtime::{Call, error::Error};

pub mod hooked {
    pub mod generated {
        include!("generated/hooked/provider.rs");
    }
    pub struct Custom;
}

pub mod whole {
    include!("generated/whole/provider.rs");
}

impl hooked::generated::Hooks for hooked::Custom {
    async fn run_by_hand(
        _: Call<hooked::generated::Client>,
        input: hooked::generated::run::Input,
    ) -> Result<hooked::generated::run::Output, Error> {
        Ok(hooked::generated::run::Output {
            code: input.line.len() as i64,
            took_ms: None,
        })
    }
}
