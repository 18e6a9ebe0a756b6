mod generated {
    include!("generated/mistyped/provider.rs");
}

fn main() {
    let _ = generated::provider();
}
