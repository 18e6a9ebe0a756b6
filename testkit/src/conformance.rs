//! What every worker of the family promises, told once and tried at each provider's simulator.
//!
//! A worker is named by a function that gives its deployment, and the groups of stories by what it can do. Every story is
//! a test of its own:
//!
//! ```ignore
//! fn worker() -> DeploymentBuilder {
//!     Deployment::builder(env!("CARGO_BIN_EXE_sandbox-acme")).provider("acme").simulator(Acme::builder())
//! }
//!
//! testkit::conformance!(worker: inputs, codes, cap, undo, owners, lists, rates, exec, output);
//! ```
//!
//! Nothing in here knows how a provider does something: which call starts a sandbox is seen from its requests, what
//! exists is asked of the simulator.

pub mod acceptance;
pub mod cap;
pub mod codes;
pub mod copies;
pub mod exec;
pub mod files;
pub mod inputs;
pub mod lists;
pub mod long_lists;
pub mod output;
pub mod owners;
pub mod package;
pub mod ports;
pub mod quota;
pub mod rates;
pub mod schemas;
pub mod snapshots;
pub mod undo;

mod acting;

/// Makes a test of every story of these groups, for the worker that a function of this module deploys.
#[macro_export]
macro_rules! conformance {
    ($worker:ident: $($group:ident),+ $(,)?) => {
        $($crate::conformance!(@$group $worker);)+
    };
    (@inputs $worker:ident) => {
        $crate::conformance!(@stories $worker inputs:
            what_is_missing_unknown_or_of_another_type,
            an_id_that_is_no_segment_of_a_path,
            an_image_that_is_not_allowed,
        );
    };
    (@codes $worker:ident) => {
        $crate::conformance!(@stories $worker codes:
            a_status_is_told_as_a_code_and_leaves_nothing,
            a_provider_that_says_nothing_of_use_is_s502,
            the_key_is_told_to_nobody,
        );
    };
    (@quota $worker:ident) => {
        $crate::conformance!(@stories $worker quota: a_quota_that_is_used_up_is_s501);
    };
    (@cap $worker:ident) => {
        $crate::conformance!(@stories $worker cap:
            beyond_the_cap_nothing_is_sent_and_nothing_waits,
            however_many_come_at_once_no_more_run,
            what_has_failed_takes_no_place,
        );
    };
    (@undo $worker:ident) => {
        $crate::conformance!(@stories $worker undo:
            a_start_that_fails_leaves_nothing,
            a_start_that_takes_for_ever_is_given_up_and_ended,
            a_start_whose_answer_is_lost_runs_for_its_caller_or_not_at_all,
            a_refusal_after_the_start_leaves_nothing,
        );
    };
    (@owners $worker:ident) => {
        $crate::conformance!(@stories $worker owners:
            a_restarted_worker_finds_its_own,
            what_others_have_started_is_neither_listed_nor_counted_nor_ended,
            a_sandbox_that_nobody_knows_is_none_and_has_stopped,
            a_sandbox_is_stopped_once_and_as_often_as_it_is_asked,
            what_it_can_do_is_what_it_has_functions_for,
        );
    };
    (@lists $worker:ident) => {
        $crate::conformance!(@stories $worker lists:
            a_list_that_cannot_be_had_keeps_the_count,
            what_is_no_sandbox_costs_the_list_nothing,
        );
    };
    (@long_lists $worker:ident) => {
        $crate::conformance!(@stories $worker long_lists:
            a_thousand_sandboxes_are_listed_and_counted,
            a_page_that_fails_is_no_shorter_truth,
        );
    };
    (@rates $worker:ident) => {
        $crate::conformance!(@stories $worker rates:
            a_provider_that_is_asked_too_fast_is_asked_again_later,
            one_that_never_has_time_is_s500,
        );
    };
    (@exec $worker:ident) => {
        $crate::conformance!(@stories $worker exec:
            every_byte_of_every_argument_arrives,
            a_program_has_its_variables_and_its_folder_and_no_input,
            it_is_a_program_and_no_shell_line,
            the_exit_code_is_the_programs_own,
            when_its_time_is_over_a_program_is_killed_in_the_sandbox,
            a_child_that_holds_the_output_does_not_hold_the_answer,
        );
    };
    (@output $worker:ident) => {
        $crate::conformance!(@stories $worker output:
            both_streams_are_told_apart,
            of_a_long_stream_the_first_and_the_last_half_are_kept,
            megabytes_cost_neither_the_exit_code_nor_the_end,
        );
    };
    (@snapshots $worker:ident) => {
        $crate::conformance!(@stories $worker snapshots:
            what_was_saved_is_started_again,
            a_snapshot_of_somebody_elses_sandbox_is_not_made,
        );
    };
    (@copies $worker:ident) => {
        $crate::conformance!(@stories $worker copies:
            copies_run_beside_each_other_with_what_was_there,
            copies_take_places_and_give_them_back,
            if_one_copy_fails_none_is_left,
        );
    };
    (@ports $worker:ident) => {
        $crate::conformance!(@stories $worker ports:
            a_port_has_one_address_however_often_it_is_asked_for,
        );
    };
    (@files $worker:ident) => {
        $crate::conformance!(@stories $worker files:
            every_byte_of_a_file_arrives,
            a_file_of_twenty_megabytes,
            a_file_has_the_mode_that_it_was_given,
            a_file_that_is_not_there_is_said_to_be_missing,
        );
    };
    (@schemas $worker:ident) => {
        $crate::conformance!(@stories $worker schemas:
            every_validator_knows_their_keywords,
            #[ignore = "needs node with ajv, and python3 with jsonschema"]
            ajv_in_strict_mode_and_pythons_jsonschema_compile_them,
        );
    };
    (@acceptance $worker:ident) => {
        $crate::conformance!(@stories $worker acceptance:
            every_function_is_as_it_should_be_and_nothing_is_left,
            a_provider_that_starts_nothing_is_found_out,
            told_to_stop_in_the_middle_of_a_start_it_leaves_nothing,
            told_to_stop_while_there_are_copies_it_leaves_nothing,
            without_consent_nothing_is_sent,
            what_it_says_holds_no_key,
        );
    };
    (@package $worker:ident) => {
        $crate::conformance!(@stories $worker package:
            its_manifest_is_true_of_it,
            it_is_built_for_every_system_but_one_that_is_excluded_with_a_reason,
            its_compose_file_runs_it_with_its_key,
            its_permissions_let_agents_only_look,
            its_skill_names_every_function_in_a_line_and_is_short,
        );
    };
    (@descriptions $worker:ident) => {
        mod descriptions {
            #[tokio::test(flavor = "multi_thread")]
            async fn every_field_is_described() {
                $crate::conformance::schemas::every_field_is_described(super::$worker()).await;
            }
        }
    };
    (@stories $worker:ident $module:ident: $($(#[$attribute:meta])? $story:ident),+ $(,)?) => {
        mod $module {
            $(
                $(#[$attribute])?
                #[tokio::test(flavor = "multi_thread")]
                async fn $story() {
                    $crate::conformance::$module::$story(super::$worker()).await;
                }
            )+
        }
    };
}
