mod generated {
    include!("generated/hooked/provider.rs");
}

/// Does not implement `generated::Hooks`.
struct Custom;

fn main() {
    let _ = generated::provider();
}
