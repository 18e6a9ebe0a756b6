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
pub mod adapter_copies;
pub mod adapter_exec;
pub mod adapter_files;
pub mod adapter_ids;
pub mod adapter_images;
pub mod adapter_list;
pub mod adapter_lost_images;
pub mod adapter_restarts;
pub mod adapter_router;
pub mod adapter_run;
pub mod adapter_sizes;
pub mod adapter_snapshots;
pub mod adapter_storm;
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
pub(crate) mod adapting;
mod consumers;

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
            told_to_stop_while_the_adapters_sandbox_runs_it_leaves_nothing,
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
    (@adapter_images $worker:ident) => {
        $crate::conformance!(@stories $worker adapter_images:
            presets_come_first_then_names,
            another_image_is_refused_with_what_there_is,
            with_an_empty_catalog_the_key_is_named,
            without_an_image_it_is_told_which_there_are,
            the_fix_of_a_wrong_image_is_one_that_works,
            of_an_image_no_more_run_than_may,
            beyond_the_cap_of_all_it_is_the_cap_that_is_told,
            the_providers_own_are_let_through_where_the_operator_says_so,
            what_an_image_does_not_give_is_refused_and_leaves_nothing,
        );
    };
    (@adapter_lost_images $worker:ident) => {
        $crate::conformance!(@stories $worker adapter_lost_images:
            an_image_that_the_provider_lacks_is_the_operators_to_mend,
        );
    };
    (@adapter_ids $worker:ident) => {
        $crate::conformance!(@stories $worker adapter_ids:
            what_is_no_uuid_is_a_mistake_and_an_unknown_one_is_no_sandbox,
            one_that_was_stopped_is_told_to_have_stopped,
            one_that_has_ended_by_itself_can_still_be_stopped,
            those_of_others_are_not_shown,
            a_sandbox_of_the_familys_create_has_a_uuid_too,
        );
    };
    (@adapter_router $worker:ident) => {
        $crate::conformance!(@stories $worker adapter_router:
            the_router_is_told_which_adapter_it_has,
            what_it_forwards_to_is_described,
            an_ide_decodes_what_a_program_answers,
            a_page_of_the_fleet_follows_what_happens,
            a_code_runner_has_a_session,
            consumers_do_not_come_into_each_others_way,
            of_two_that_stop_one_sandbox_one_is_told_that_it_did,
            a_create_whose_caller_is_lost_leaves_nothing,
        );
    };
    (@adapter_restarts $worker:ident) => {
        $crate::conformance!(@stories $worker adapter_restarts:
            a_restarted_worker_knows_its_sandboxes_with_all_that_was_asked_for,
            what_runs_of_an_image_counts,
        );
    };
    (@adapter_list $worker:ident) => {
        $crate::conformance!(@stories $worker adapter_list:
            a_row_has_what_the_contract_says,
            it_does_not_wait_for_the_provider,
            however_often_it_is_called_the_provider_is_asked_every_five_seconds,
            what_has_ended_elsewhere_goes_from_it,
            only_the_age_changes_while_nothing_happens,
        );
    };
    (@adapter_exec $worker:ident) => {
        $crate::conformance!(@stories $worker adapter_exec:
            a_program_is_said_in_three_ways,
            what_says_no_program_is_refused_in_words,
            an_answer_has_all_of_its_fields,
            a_program_that_is_not_there_is_127_and_one_that_may_not_run_126,
            it_reads_what_it_is_given_and_else_nothing,
            ten_megabytes_can_be_read_and_not_more,
            variables_come_from_the_sandbox_and_from_the_call,
            variables_of_a_sandbox_are_for_its_user_alone,
            it_runs_where_it_is_told_to,
            when_its_time_is_over_that_is_an_error,
            a_program_that_ends_with_124_has_not_timed_out,
            of_each_stream_a_mebibyte_is_answered_and_the_program_runs_on,
            of_a_long_stream_the_beginning_is_answered,
            no_more_run_at_once_than_may,
        );
    };
    (@adapter_files $worker:ident) => {
        $crate::conformance!(@stories $worker adapter_files:
            all_that_the_router_forwards_is_there,
            every_byte_of_a_file_arrives,
            megabytes_go_through_channels,
            a_channel_of_one_sandbox_is_written_to_another,
            files_of_a_sandbox_that_has_ended_are_gone_with_it,
            a_short_text_is_in_the_answer_too,
            a_file_is_written_in_three_ways,
            a_source_that_breaks_off_leaves_what_was_there,
            entries_are_told_as_they_are,
            directories_are_made_and_removed,
            files_are_moved_and_their_modes_changed,
            lines_are_found_and_replaced,
        );
    };
    (@adapter_storm $worker:ident) => {
        $crate::conformance!(@stories $worker adapter_storm:
            whatever_fails_no_sandbox_is_lost_and_none_is_left,
            told_to_end_in_the_middle_of_calls_it_leaves_what_was_told,
            killed_in_the_middle_of_calls_it_knows_all_that_runs,
        );
    };
    (@adapter_run $worker:ident) => {
        $crate::conformance!(@stories $worker adapter_run:
            it_answers_as_exec_does_and_ends_the_sandbox,
            a_language_is_a_name_or_the_path_of_an_interpreter,
            a_sandbox_that_is_to_be_kept_is,
            a_step_that_fails_keeps_its_code,
            what_cannot_be_run_starts_nothing,
            whichever_request_fails_nothing_is_left,
            a_run_whose_caller_is_lost_leaves_nothing,
            a_worker_that_is_told_to_end_leaves_nothing_of_a_run,
        );
    };
    (@adapter_snapshots $worker:ident) => {
        $crate::conformance!(@stories $worker adapter_snapshots:
            a_snapshot_is_started_by_its_id,
        );
    };
    (@adapter_sizes $worker:ident) => {
        $crate::conformance!(@stories $worker adapter_sizes:
            what_is_as_large_as_was_asked_for_runs,
            what_is_smaller_is_ended_and_it_is_told_what_the_image_has,
            one_that_does_not_say_how_large_it_is_runs_unless_that_was_asked_for,
        );
    };
    (@adapter_copies $worker:ident) => {
        $crate::conformance!(@stories $worker adapter_copies:
            copies_have_ids_of_their_own,
        );
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
