fn main() {
    provider_codegen::build("spec");
}
