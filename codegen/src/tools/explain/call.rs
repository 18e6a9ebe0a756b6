//! One call in words: what it is given and where that comes from, how often it is made, how it is taken back.

use crate::{
    check::Resolved,
    mapping::{Call, Found, Kind, Pieces, Poll, StateRule, Step, Stream, Told, Undo, Within, path_text},
    source::Span,
};

use super::{
    condition::{conditions, tested},
    outcome::{duration, every},
    pages,
    value::{fields, said},
};

type Rows = Vec<(String, String)>;

/// `POST /instance`, whichever way the mapping names it.
pub fn label(checked: &Resolved, call: &Call) -> String {
    let operation = checked.operation(call);
    operation.label()
}

/// Where it is written: `mapping.yaml:41`.
pub fn origin(checked: &Resolved, span: Span) -> String {
    let source = &checked.mapping.source;
    let name = source.name.rsplit(['/', '\\']).next().unwrap_or_default();
    format!("{name}:{}", source.line_column(span.start).0)
}

/// What the request is given.
pub fn given(call: &Call) -> Rows {
    let mut rows = Rows::new();
    for (place, given) in [("path", &call.path), ("query", &call.query), ("header", &call.header)] {
        for (name, value) in given {
            rows.extend(fields(&format!("{place} {}", name.value), value));
        }
    }
    rows.extend(call.body.iter().flat_map(|body| fields("body", body)));
    rows
}

/// Everything that a step says of its call.
pub fn step(checked: &Resolved, step: &Step) -> Rows {
    let mut rows = Rows::new();
    let mut row = |name: &str, text: String| rows.push((name.to_owned(), text));
    if let Some(items) = &step.for_each {
        let how = match step.at_once {
            Some(1) => "one after the other".to_owned(),
            Some(at_once) => format!("{at_once} at a time"),
            None => "side by side".to_owned(),
        };
        row("for each", format!("{}, {how}", said(items)));
    }
    if let Some(found) = &step.unless {
        row("unless", format!("not made if there is {}", said(found)));
    }
    if !step.when.is_empty() {
        row("when", format!("made if {}", conditions(&step.when)));
    }
    for (name, text) in given(&step.call) {
        row(&name, text);
    }
    if let Some(deadline) = &step.deadline_ms {
        row("deadline", format!("{} milliseconds longer than usual", said(deadline)));
    }
    for (name, text) in step.call.stream.iter().flat_map(streamed) {
        row(&name, text);
    }
    for (name, text) in pages::rows(&step.list.paging) {
        row(&name, text);
    }
    if let Some(poll) = &step.poll {
        row("polled", polled(poll));
    }
    if let Some(found) = &step.found {
        row("until", found_said(checked, found));
    }
    if !step.reject.is_empty() {
        row("fails if", states(&step.reject, ", or "));
    }
    if step.always {
        row(
            "always",
            "also if the step before it failed; a failure of its own is logged".to_owned(),
        );
    } else if step.best_effort {
        row("best effort", "a failure is logged and the function goes on".to_owned());
    }
    if let Some(repeatable) = step.call.repeatable {
        row("repeated", repeated(repeatable).to_owned());
    }
    if step.inherited.is_some() {
        row("tags", "those of the sandbox that is copied".to_owned());
    }
    for (name, value) in &step.remember {
        row("keeps", format!("{} as {} of what it starts", said(value), name.value));
    }
    if let Some(why) = &step.saves_none {
        row("saves", format!("nothing: {}", why.value));
    }
    for undo in &step.undo {
        row("undo", undone(checked, undo));
    }
    rows
}

/// What is read of a stream of events.
fn streamed(stream: &Stream) -> Rows {
    let mut rows = Rows::new();
    let outputs = stream.outputs();
    rows.extend(outputs.map(|(name, pieces)| (format!("stream {name}"), output(pieces))));
    let end = format!("{}; without it the call has failed", event(&stream.end));
    rows.push(("stream end".to_owned(), end));
    rows.extend(
        stream
            .fail
            .iter()
            .map(|fail| ("stream fails if".to_owned(), event(fail))),
    );
    if let Some(code) = &stream.exit_code {
        let zero = match code.zero.is_empty() {
            true => String::new(),
            false => format!(", 0 if that is left out and {}", states(&code.zero, " and ")),
        };
        rows.push((
            "stream exit code".to_owned(),
            format!("end{}{zero}", path_text(&code.path)),
        ));
    }
    if let Some(timed_out) = &stream.timed_out {
        let codes: Vec<&str> = timed_out.error.iter().map(|code| code.value.as_str()).collect();
        let error = (!codes.is_empty()).then(|| format!("it ends with {}", codes.join(" or ")));
        let end = (!timed_out.end.is_empty()).then(|| {
            let said = states(&timed_out.end, " and ");
            format!("the end says {said}, no sooner than the deadline")
        });
        let text = error.into_iter().chain(end).collect::<Vec<_>>().join(", or ");
        rows.push(("stream timed out if".to_owned(), text));
    }
    rows
}

fn output(pieces: &Pieces) -> String {
    let of = if pieces.base64 { ", joined from base64" } else { "" };
    event(&pieces.told) + of
}

fn event(told: &Told) -> String {
    let path = path_text(&told.path);
    let only = match told.only.is_empty() {
        true => String::new(),
        false => format!(" where {}", states(&told.only, " and ")),
    };
    format!("event{path}{only}")
}

fn repeated(repeatable: bool) -> &'static str {
    match repeatable {
        true => "after a trouble that passes, since twice does no more than once",
        false => "only if it was never sent",
    }
}

fn found_said(checked: &Resolved, found: &Found) -> String {
    format!(
        "there is {}; if there is not, {} is asked {}, for at most {}",
        said(&found.value),
        label(checked, &found.call),
        every(found.every),
        duration(found.within)
    )
}

fn polled(poll: &Poll) -> String {
    let within = match &poll.within {
        Within::Fixed(time) => duration(*time),
        Within::Config(reference) => reference.value.to_string().split_off(1),
    };
    let fail = match poll.fail.is_empty() {
        true => String::new(),
        false => format!("; fails if {}", states(&poll.fail, ", or ")),
    };
    let first = poll.first.as_ref();
    let first = first.map_or_else(String::new, |first| format!("begins with {}; ", said(first)));
    format!(
        "{first}{}, for at most {within}, until {}{fail}",
        every(poll.every),
        states(&poll.until, " and ")
    )
}

/// `joint` says whether one of the rules is enough.
pub fn states(rules: &[StateRule], joint: &str) -> String {
    let rule = |rule: &StateRule| {
        let path = path_text(&rule.path.value);
        tested(path.trim_start_matches('.'), &rule.test)
    };
    rules.iter().map(rule).collect::<Vec<_>>().join(joint)
}

fn undone(checked: &Resolved, undo: &Undo) -> String {
    match undo {
        Undo::Made(kind, ids) => {
            let end = checked.mapping.ending(*kind);
            let by = end.map_or_else(String::new, |call| format!(" by {}", label(checked, call)));
            format!("{} {}{by}", kind.verb(), said(ids))
        }
        Undo::Tagged(_) => {
            let delete = checked.mapping.ending(Kind::Snapshot);
            let by = delete.map_or_else(String::new, |call| format!(" by {}", label(checked, call)));
            format!("delete what has the tag of the call{by}")
        }
        Undo::Call(call) => {
            let given = given(call).into_iter().map(|(name, text)| format!(", {name} = {text}"));
            label(checked, call) + &given.collect::<String>()
        }
    }
}
