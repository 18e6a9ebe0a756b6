//! Running a program, as callers of the contract say it.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use futures::FutureExt;
use futures::future::{join_all, select_all};
use serde_json::{Value, json};
use uuid::Uuid;

use super::adapting::{self, Fault, create, exec, refused, script, with};
use crate::deployment::{Deployment, DeploymentBuilder};

const MIB: usize = 1 << 20;

/// What every answer has.
const FIELDS: [&str; 8] = [
    "duration_ms",
    "exit_code",
    "stderr",
    "stderr_truncated",
    "stdout",
    "stdout_truncated",
    "success",
    "timed_out",
];

async fn begun(worker: DeploymentBuilder) -> (Deployment, String) {
    let deployment = adapting::started(worker).await;
    let sandbox = create(&deployment, json!({})).await;
    (deployment, sandbox)
}

/// What a program wrote that is said by these fields.
async fn stdout(deployment: &Deployment, sandbox: &str, fields: Value) -> String {
    let answer = exec(deployment, sandbox, fields).await;
    answer["stdout"].as_str().expect("text").to_owned()
}

async fn code(deployment: &Deployment, sandbox: &str, fields: Value) -> String {
    refused(deployment, "exec", with(json!({"sandbox_id": sandbox}), fields))
        .await
        .code
}

pub async fn a_program_is_said_in_three_ways(worker: DeploymentBuilder) {
    let (deployment, sandbox) = begun(worker).await;
    let words = ["printf", "%s|", "a b", "", "$HOME", "it's", "\"", "*", "--"];
    let expected = "a b||$HOME|it's|\"|*|--|";
    for fields in [
        json!({"cmd": words[0], "args": words[1..]}),
        json!({"argv": words}),
        json!({"cmd": r#"printf '%s|' "a b" '' \$HOME it\'s '"' '*' --"#}),
    ] {
        assert_eq!(
            stdout(&deployment, &sandbox, fields.clone()).await,
            expected,
            "{fields}"
        );
    }
    let line = json!({"cmd": "echo a; echo $(echo b) | cat > f && echo *"});
    assert_eq!(
        stdout(&deployment, &sandbox, line).await,
        "a; echo $(echo b) | cat > f && echo *\n",
        "no shell"
    );
}

pub async fn what_says_no_program_is_refused_in_words(worker: DeploymentBuilder) {
    let (deployment, sandbox) = begun(worker).await;
    for fields in [
        json!({}),
        json!({"cmd": ""}),
        json!({"cmd": "  \t"}),
        json!({"argv": []}),
        json!({"argv": [""]}),
        json!({"cmd": "echo", "argv": ["echo"]}),
        json!({"args": ["x"], "argv": ["echo"]}),
        json!({"cmd": "echo a", "args": ["b"]}),
        json!({"cmd": "echo 'a"}),
        json!({"cmd": "echo \"a"}),
        json!({"cmd": "true", "stdin": "no base64!"}),
        json!({"cmd": "true", "env": ["NAME"]}),
        json!({"cmd": "true", "env": {"A B": ""}}),
        json!({"cmd": "true", "env": {"1A": ""}}),
        json!({"cmd": "true", "timeout_ms": "long"}),
        json!({"cmd": ["true"]}),
    ] {
        assert_eq!(code(&deployment, &sandbox, fields.clone()).await, "S001", "{fields}");
    }
    assert_eq!(
        adapting::rows(&deployment).await[&sandbox]["exec_in_flight"],
        0,
        "none counts"
    );
}

pub async fn an_answer_has_all_of_its_fields(worker: DeploymentBuilder) {
    let (deployment, sandbox) = begun(worker).await;
    for (script, exit_code) in [
        ("echo out; echo err >&2", 0),
        ("echo out; echo err >&2; exit 3", 3),
        ("echo out; echo err >&2; kill -9 $$", 137),
    ] {
        let answer = exec(&deployment, &sandbox, json!({"argv": ["sh", "-c", script]})).await;
        let fields = answer.as_object().expect("an object");
        let mut names: Vec<_> = fields.keys().map(String::as_str).collect();
        names.sort_unstable();
        assert_eq!(names, FIELDS);
        assert_eq!(
            (&answer["stdout"], &answer["stderr"]),
            (&json!("out\n"), &json!("err\n")),
            "{script}"
        );
        assert_eq!(
            (&answer["exit_code"], &answer["success"]),
            (&json!(exit_code), &json!(exit_code == 0)),
            "{script}"
        );
        assert!(answer["duration_ms"].is_u64(), "{answer}");
        for field in ["timed_out", "stdout_truncated", "stderr_truncated"] {
            assert_eq!(answer[field], false, "{field}");
        }
    }
}

pub async fn a_program_that_is_not_there_is_127_and_one_that_may_not_run_126(worker: DeploymentBuilder) {
    let (deployment, sandbox) = begun(worker).await;
    let kept = create(&deployment, json!({"env": {"A": "1"}})).await;
    for sandbox in [sandbox, kept] {
        for (program, exit_code) in [("no-such-program", 127), ("./no/such", 127), ("./text", 126)] {
            script(&deployment, &sandbox, "echo > text; chmod 644 text").await;
            let answer = exec(&deployment, &sandbox, json!({"argv": [program]})).await;
            assert_eq!(
                (&answer["exit_code"], &answer["stdout"]),
                (&json!(exit_code), &json!("")),
                "{program}: {answer}"
            );
            let told = answer["stderr"].as_str().expect("text");
            assert!(told.contains(program), "{program}: {told}");
        }
    }
}

pub async fn it_reads_what_it_is_given_and_else_nothing(worker: DeploymentBuilder) {
    let (deployment, sandbox) = begun(worker).await;
    let kept = create(&deployment, json!({"env": {"A": "1"}})).await;
    let every_byte: Vec<u8> = (0..=255).cycle().take(MIB / 4).collect();
    for sandbox in [&sandbox, &kept] {
        assert_eq!(stdout(&deployment, sandbox, json!({"cmd": "cat"})).await, "");
        assert_eq!(
            stdout(&deployment, sandbox, json!({"cmd": "cat", "stdin": ""})).await,
            ""
        );
        assert_eq!(
            stdout(
                &deployment,
                sandbox,
                json!({"cmd": "cat", "stdin": STANDARD.encode("it's $HOME\n")})
            )
            .await,
            "it's $HOME\n"
        );
        let hashed = json!({"cmd": "sha256sum", "stdin": STANDARD.encode(&every_byte)});
        let through = stdout(&deployment, sandbox, hashed).await;
        script(
            &deployment,
            sandbox,
            "i=0; while [ $i -lt 256 ]; do printf \"\\\\$(printf %o $i)\"; i=$((i+1)); done > bytes",
        )
        .await;
        let made = script(
            &deployment,
            sandbox,
            "i=0; while [ $i -lt 1024 ]; do cat bytes; i=$((i+1)); done | sha256sum",
        )
        .await;
        assert_eq!(through, made);
    }
    // A program that reads nothing, or ends before it has read all. One file with the same is there to be found.
    let marked = Uuid::new_v4().to_string();
    let search = format!("echo {marked} > control; find /tmp . -maxdepth 1 -type f -exec grep -l {marked} {{}} +; :");
    for repeated in [1, MIB / marked.len()] {
        let unread = json!({"cmd": "true", "stdin": STANDARD.encode(marked.repeat(repeated))});
        assert_eq!(exec(&deployment, &sandbox, unread).await["exit_code"], 0);
        let found = script(&deployment, &sandbox, &search).await;
        assert_eq!(found, "./control\n", "nothing stays");
    }
}

pub async fn ten_megabytes_can_be_read_and_not_more(worker: DeploymentBuilder) {
    let (deployment, sandbox) = begun(worker).await;
    let most = STANDARD.encode(vec![b'x'; 10 * MIB]);
    let counted = stdout(&deployment, &sandbox, json!({"cmd": "wc -c", "stdin": most})).await;
    assert_eq!(counted.trim(), (10 * MIB).to_string());
    let more = STANDARD.encode(vec![b'x'; 10 * MIB + 1]);
    assert_eq!(
        code(&deployment, &sandbox, json!({"cmd": "wc -c", "stdin": more})).await,
        "S001"
    );
}

pub async fn variables_come_from_the_sandbox_and_from_the_call(worker: DeploymentBuilder) {
    let deployment = adapting::started(worker).await;
    let value = "it's \"$HOME\" `a` \\ ünïcode\nsecond line";
    let forms = [
        json!({"KEPT": value, "BOTH": "sandbox", "EMPTY": ""}),
        json!([format!("KEPT={value}"), "BOTH=sandbox", "EMPTY="]),
    ];
    let shown = "printf '%s|%s|%s|%s' \"$KEPT\" \"$BOTH\" \"${EMPTY-unset}\" \"${GIVEN-unset}\"; cat";
    for env in forms {
        let sandbox = create(&deployment, json!({"env": env})).await;
        let plain = json!({"argv": ["sh", "-c", shown]});
        assert_eq!(
            stdout(&deployment, &sandbox, plain.clone()).await,
            format!("{value}|sandbox||unset")
        );
        for given in [
            json!({"BOTH": "call", "GIVEN": "a=b"}),
            json!(["BOTH=call", "GIVEN=a=b"]),
        ] {
            let fields = with(plain.clone(), json!({"env": given}));
            assert_eq!(
                stdout(&deployment, &sandbox, fields.clone()).await,
                format!("{value}|call||a=b")
            );
            let fields = with(fields, json!({"stdin": STANDARD.encode("|read")}));
            assert_eq!(
                stdout(&deployment, &sandbox, fields).await,
                format!("{value}|call||a=b|read")
            );
        }
        assert_eq!(
            stdout(&deployment, &sandbox, plain).await,
            format!("{value}|sandbox||unset"),
            "for one call"
        );
    }
}

/// Secrets of a sandbox: nobody else in it can read them, and nothing of the provider's shows them.
pub async fn variables_of_a_sandbox_are_for_its_user_alone(worker: DeploymentBuilder) {
    let deployment = adapting::started(worker).await;
    let secret = Uuid::new_v4().to_string();
    let sandbox = create(&deployment, json!({"env": {"TOKEN": secret}})).await;
    let find =
        format!("find \"${{HOME:-/tmp}}\" /tmp -maxdepth 1 -type f -exec grep -l {secret} {{}} + | xargs stat -c %a");
    let modes = script(&deployment, &sandbox, &find).await;
    assert!(
        !modes.is_empty() && modes.lines().all(|mode| mode == "600"),
        "{modes:?}"
    );
    let listed = deployment.adapter("list", json!({})).await.expect("a list");
    assert!(!listed.to_string().contains(&secret), "{listed}");
    for tags in deployment
        .simulator()
        .sandboxes()
        .into_iter()
        .map(|sandbox| sandbox.tags)
    {
        assert!(!format!("{tags:?}").contains(&secret), "{tags:?}");
    }
    assert!(!deployment.worker.said().contains(&secret));
}

pub async fn it_runs_where_it_is_told_to(worker: DeploymentBuilder) {
    let (deployment, sandbox) = begun(worker).await;
    let kept = create(&deployment, json!({"env": {"A": "1"}})).await;
    for sandbox in [sandbox, kept] {
        let home = script(&deployment, &sandbox, "mkdir -p -- '-a $b/c' && pwd").await;
        let inside = json!({"cmd": "pwd", "workdir": format!("{}/-a $b/c", home.trim_end())});
        assert_eq!(
            stdout(&deployment, &sandbox, inside).await,
            format!("{}/-a $b/c\n", home.trim_end())
        );
        let nowhere = exec(
            &deployment,
            &sandbox,
            json!({"cmd": "pwd", "workdir": "/no/such/directory"}),
        )
        .await;
        assert_eq!(
            (&nowhere["stdout"], &nowhere["success"]),
            (&json!(""), &json!(false)),
            "{nowhere}"
        );
    }
}

pub async fn when_its_time_is_over_that_is_an_error(worker: DeploymentBuilder) {
    let (deployment, sandbox) = begun(worker).await;
    let kept = create(&deployment, json!({"env": {"A": "1"}})).await;
    for sandbox in [sandbox, kept] {
        let stubborn = "trap '' TERM; echo $$ > pid; while :; do sleep 0.05; done";
        let fields = json!({"sandbox_id": sandbox, "argv": ["sh", "-c", stubborn], "timeout_ms": 1500});
        let fault = refused(&deployment, "exec", fields).await;
        assert_eq!(
            (fault.code.as_str(), fault.kind.as_str()),
            ("S200", "execution"),
            "{fault:?}"
        );
        let gone = exec(
            &deployment,
            &sandbox,
            json!({"argv": ["sh", "-c", "read pid < pid && kill -0 $$ && ! kill -0 \"$pid\""]}),
        )
        .await;
        assert_eq!(gone["exit_code"], 0, "it has run, and is killed: {gone}");
        assert_eq!(adapting::rows(&deployment).await[&sandbox]["exec_in_flight"], 0);
    }
}

pub async fn a_program_that_ends_with_124_has_not_timed_out(worker: DeploymentBuilder) {
    let (deployment, sandbox) = begun(worker).await;
    let fields = json!({"argv": ["sh", "-c", "exit 124"], "timeout_ms": 60_000});
    assert_eq!(exec(&deployment, &sandbox, fields).await["exit_code"], 124);
    // More than the longest is the longest.
    let fields = json!({"cmd": "true", "timeout_ms": u64::MAX});
    assert_eq!(exec(&deployment, &sandbox, fields).await["exit_code"], 0);
}

pub async fn of_each_stream_a_mebibyte_is_answered_and_the_program_runs_on(worker: DeploymentBuilder) {
    let (deployment, sandbox) = begun(worker).await;
    let write = |bytes: usize| format!("head -c {bytes} /dev/zero | tr '\\0' x");
    for (out, err) in [(MIB, 0), (MIB + 1, 10), (10, MIB + 1), (3 * MIB, 3 * MIB)] {
        let script = format!("{}; {} >&2; echo ended > ended", write(out), write(err));
        let answer = exec(&deployment, &sandbox, json!({"argv": ["sh", "-c", script]})).await;
        for (stream, bytes) in [("stdout", out), ("stderr", err)] {
            let text = answer[stream].as_str().expect("text");
            assert_eq!(text.len(), bytes.min(MIB), "{stream} of {bytes}");
            assert_eq!(
                answer[format!("{stream}_truncated")],
                bytes > MIB,
                "{stream} of {bytes}"
            );
        }
        assert_eq!(answer["exit_code"], 0);
        assert_eq!(
            adapting::script(&deployment, &sandbox, "cat ended; rm ended").await,
            "ended\n"
        );
    }
    let odd = json!({"argv": ["sh", "-c", "printf 'a\\377b'"]});
    assert_eq!(
        stdout(&deployment, &sandbox, odd).await,
        "a\u{fffd}b",
        "what is no UTF-8"
    );
}

/// Of what is too long it is the beginning that is answered: who saves it has no hole in it.
pub async fn of_a_long_stream_the_beginning_is_answered(worker: DeploymentBuilder) {
    let (deployment, sandbox) = begun(worker).await;
    let script = "i=0; while [ $i -lt 200000 ]; do echo $i; i=$((i+1)); done";
    let answer = exec(&deployment, &sandbox, json!({"argv": ["sh", "-c", script]})).await;
    let all: String = (0..200_000).map(|line| format!("{line}\n")).collect();
    let text = answer["stdout"].as_str().expect("text");
    assert!(
        text == &all[..MIB],
        "{} bytes, and they end in {:?}",
        text.len(),
        text.get(MIB - 20..)
    );
    assert_eq!(answer["stdout_truncated"], true);
}

pub async fn no_more_run_at_once_than_may(worker: DeploymentBuilder) {
    let config = "max_exec_per_sandbox: 2\nimages: {python: $known_image}";
    let deployment = worker.config(config).start().await;
    let (sandbox, other) = (
        create(&deployment, json!({})).await,
        create(&deployment, json!({})).await,
    );
    let wait =
        json!({"sandbox_id": sandbox, "argv": ["sh", "-c", "echo > begun.$$; until [ -e go ]; do sleep 0.05; done"]});
    let calls: Vec<_> = (0..2).map(|_| deployment.begin_adapter("exec", wait.clone())).collect();
    while adapting::rows(&deployment).await[&sandbox]["exec_in_flight"] != 2 {
        tokio::task::yield_now().await;
    }
    let fault = refused(&deployment, "exec", json!({"sandbox_id": sandbox, "cmd": "true"})).await;
    assert_eq!(
        (fault.code.as_str(), fault.kind.as_str()),
        ("S003", "validation"),
        "{fault:?}"
    );
    assert_eq!(
        exec(&deployment, &other, json!({"cmd": "true"})).await["exit_code"],
        0,
        "each has its own"
    );
    // By the family's own function, which knows no such limit.
    let provided = super::acting::running(&deployment);
    for id in provided {
        super::acting::script(&deployment, &id, "echo > go").await;
    }
    for answer in join_all(calls.into_iter().map(IntoFuture::into_future)).await {
        assert_eq!(answer.expect("it ends well")["exit_code"], 0);
    }
    assert_eq!(
        exec(&deployment, &sandbox, json!({"cmd": "true"})).await["exit_code"],
        0
    );
    // Of three at once that do not end by themselves, the first to be answered is the one that may not run.
    let wait = json!({"sandbox_id": sandbox, "argv": ["sh", "-c", "until [ -e end ]; do sleep 0.05; done"]});
    let again = (0..3).map(|_| deployment.begin_adapter("exec", wait.clone()).result().boxed());
    let (first, _, others) = select_all(again).await;
    assert_eq!(Fault::of(&first.expect_err("a refusal")).code, "S003");
    for id in super::acting::running(&deployment) {
        super::acting::script(&deployment, &id, "echo > end").await;
    }
    for answer in join_all(others).await {
        assert_eq!(answer.expect("it ends well")["exit_code"], 0);
    }
}
