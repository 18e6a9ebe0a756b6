//! What a build spends on a specification: large documents of which little is mapped, and mappings of many functions.

use std::{
    fs,
    path::Path,
    time::{Duration, Instant},
};

use serde_json::{Map, Value, json};
use tempfile::TempDir;

use crate::{
    figures::{Figure, Row, Section, Size, millis},
    load::Run,
    plot::{Curve, Plot, Scale},
};

const OPERATIONS: [usize; 3] = [41, 400, 4_000];
const FUNCTIONS: [usize; 3] = [10, 100, 1_000];

/// What there is before anything is made: operations of the document, functions of the mapping.
const OWN_OPERATIONS: usize = 41;
const OWN_FUNCTIONS: usize = 7;

/// What little is mapped of takes at most so many times what it takes of a small document, but for reading.
const FLAT: f64 = 1.5;

/// A function among many takes at most so many times what one of few takes.
const LINEAR: f64 = 1.5;

const ROUNDS: usize = 3;

pub async fn measure() -> Vec<Section> {
    let measuring = tokio::task::spawn_blocking(|| vec![documents(), mappings()]);
    measuring
        .await
        .unwrap_or_else(|panic| std::panic::resume_unwind(panic.into_panic()))
}

fn documents() -> Section {
    let measured = OPERATIONS.map(|operations| {
        eprintln!("  {operations} operations");
        let spec = Spec::new(operations - OWN_OPERATIONS, 0);
        (operations, spec.size(), spec.generated(), spec.read())
    });
    let beyond = |generated: Duration, read: Duration| generated.saturating_sub(read).as_secs_f64();
    let [(_, _, generated, read), ..] = measured;
    let usual = beyond(generated, read);
    let rows = measured.map(|(operations, size, generated, read)| {
        let what = format!("{operations} operations, {}", Size(size));
        let row = Row::new(what, Figure::Time(generated)).bare(Figure::Time(read));
        let times = beyond(generated, read) / usual;
        match operations > OWN_OPERATIONS {
            true => row.goal(format!("{times:.2} × beyond reading, at most 1.5"), times <= FLAT),
            false => row,
        }
    });
    let points = |time: fn(&(usize, u64, Duration, Duration)) -> Duration| {
        measured.iter().map(|one| (one.0 as f64, millis(time(one)))).collect()
    };
    Section {
        title: "Documents".to_owned(),
        about: "Checking and generating, as a build does, where seven functions are mapped of a document; against reading it: \
                that is finding every key with its place."
            .to_owned(),
        rows: rows.into(),
        plots: vec![plot(
            "Documents",
            "operations",
            vec![Curve::new("generated", points(|one| one.2)), Curve::new("read", points(|one| one.3))],
        )],
    }
}

fn mappings() -> Section {
    let measured = FUNCTIONS.map(|functions| {
        eprintln!("  {functions} functions");
        let more = functions - OWN_FUNCTIONS;
        (functions, Spec::new(more, more).generated())
    });
    let each = |(functions, time): (usize, Duration)| time / u32::try_from(functions).expect("few");
    let usual = each(measured[1]);
    let rows = measured.map(|one @ (functions, time)| {
        let row = Row::new(format!("{functions} functions"), Figure::Time(time));
        let times = each(one).as_secs_f64() / usual.as_secs_f64();
        match functions > FUNCTIONS[1] {
            true => row.goal(format!("{times:.2} × for each, at most 1.5"), times <= LINEAR),
            false => row,
        }
    });
    let points = measured.map(|(functions, time)| (functions as f64, millis(time)));
    Section {
        title: "Mappings".to_owned(),
        about: "Checking and generating mappings of so many functions, each with an operation of its own.".to_owned(),
        rows: rows.into(),
        plots: vec![plot(
            "Mappings",
            "functions",
            vec![Curve::new("generated", points.to_vec())],
        )],
    }
}

fn plot(title: &str, x: &'static str, curves: Vec<Curve>) -> Plot {
    Plot {
        title: title.to_owned(),
        x,
        y: "ms",
        scale: Scale::Logarithmic,
        curves,
    }
}

/// A folder with Morph's specification, and more operations and functions in it.
struct Spec(TempDir);

impl Spec {
    fn new(operations: usize, functions: usize) -> Self {
        let (own, folder) = (
            Path::new(env!("CARGO_MANIFEST_DIR")).join("spec"),
            TempDir::new().expect("a folder"),
        );
        let write = |name: &str, text: String| fs::write(folder.path().join(name), text).expect("a folder of ours");
        let text = |name: &str| fs::read_to_string(own.join(name)).expect("a file of the specification");
        write("overlay.yaml", text("overlay.yaml"));
        let document = serde_json::from_str(&text("openapi.json")).expect("JSON");
        let document = serde_json::to_string_pretty(&with_operations(document, operations));
        write("openapi.json", document.expect("JSON"));
        let more: String = (0..functions).map(function).collect();
        write("mapping.yaml", text("mapping.yaml") + &more);
        Self(folder)
    }

    /// Of the document.
    fn size(&self) -> u64 {
        fs::metadata(self.0.path().join("openapi.json"))
            .expect("it was written")
            .len()
    }

    fn generated(&self) -> Duration {
        median(|| {
            let generated = provider_codegen::generate(self.0.path());
            generated.unwrap_or_else(|report| panic!("{}", report.render(false)));
        })
    }

    /// How long it takes to read the document into values.
    fn read(&self) -> Duration {
        median(|| {
            let bytes = fs::read(self.0.path().join("openapi.json")).expect("it was written");
            let document: Value = serde_json::from_slice(&bytes).expect("JSON");
            assert!(document.is_object());
        })
    }
}

fn median(mut work: impl FnMut()) -> Duration {
    let mut run = Run::default();
    for _ in 0..ROUNDS {
        let began = Instant::now();
        work();
        run.times.push(began.elapsed());
    }
    run.median()
}

/// A document with more operations, each with a schema of its own.
fn with_operations(mut document: Value, count: usize) -> Value {
    let paths = document["paths"].as_object().expect("paths");
    let pause = paths["/instance/{instance_id}/pause"]["post"].clone();
    let model = document["components"]["schemas"]["InstanceModel"].clone();
    for number in 0..count {
        let mut operation = pause.clone();
        operation["operationId"] = json!(format!("act_{number}"));
        operation["responses"]["200"]["content"]["application/json"]["schema"]["$ref"] =
            json!(format!("#/components/schemas/Instance{number}"));
        put(
            &mut document["paths"],
            format!("/instance/{{instance_id}}/act-{number}"),
            json!({"post": operation}),
        );
        put(
            &mut document["components"]["schemas"],
            format!("Instance{number}"),
            model.clone(),
        );
    }
    document
}

fn put(into: &mut Value, name: String, value: Value) {
    let fields: &mut Map<String, Value> = into.as_object_mut().expect("an object");
    fields.insert(name, value);
}

/// One that calls an operation of its own.
fn function(number: usize) -> String {
    format!(
        "
  act_{number}:
    description: Act on a sandbox.
    input: {{type: object, required: [sandbox_id], properties: {{sandbox_id: {{type: string, format: path-segment}}}}}}
    output: {{type: object, required: [id], properties: {{id: {{type: string}}}}}}
    call: POST /instance/{{instance_id}}/act-{number}
    path: {{instance_id: $input.sandbox_id}}
    answer: {{id: $response.id}}
"
    )
}
