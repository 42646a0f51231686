//! What both databases must do alike: one function per behaviour, run by a runner per database.

#![expect(clippy::unwrap_used, reason = "these are tests, called from where clippy sees one")]

pub(crate) mod accounts;
pub(crate) mod attach;
pub(crate) mod bench;
pub(crate) mod cards;
pub(crate) mod damage;
pub(crate) mod directory;
pub(crate) mod duplicates;
pub(crate) mod errands;
pub(crate) mod events;
pub(crate) mod histories;
pub(crate) mod lanes;
pub(crate) mod lists;
pub(crate) mod many;
pub(crate) mod names;
pub(crate) mod payments;
pub(crate) mod queries;
pub(crate) mod receipts;
pub(crate) mod schema;
pub(crate) mod sessions;
pub(crate) mod told;
pub(crate) mod world;

/// Makes a test of every sentence. `$fresh` is an async function that makes an empty [`Bench`].
///
/// [`Bench`]: bench::Bench
macro_rules! conformance {
    ($fresh:path) => {
        $crate::conformance::conformance! { $fresh; accounts:
            an_account_is_opened_with_its_first_card_as_the_default
            an_account_is_opened_without_a_card
            a_taken_number_is_refused
            an_account_goes_by_its_id_and_by_its_number
            the_id_of_an_account_that_nobody_can_name_leads_nowhere
            an_account_first_named_by_an_id_is_filed_under_it
            details_are_kept_merged_and_removed
            too_many_details_are_refused
            an_unknown_account_cannot_be_updated
            the_first_card_is_the_default_and_the_next_is_not
            a_card_takes_over_as_the_default
            the_default_must_be_an_open_card_of_the_account
            one_default_is_left_by_any_number_of_writers
            two_servers_on_one_account_lose_nothing
            two_servers_on_a_card_and_on_its_account_lose_nothing
        }
        $crate::conformance::conformance! { $fresh; attach:
            a_card_without_an_account_is_nobodys_default
            a_card_is_attached_once
            of_two_accounts_one_gets_the_card
            a_card_is_attached_and_changed_in_one_breath
            attaching_opens_the_account
            attaching_cannot_open_a_taken_number
            a_missing_card_cannot_be_attached
            a_lookalike_is_not_attached
            a_card_stays_in_its_bucket_if_the_account_is_there
            a_moved_card_goes_by_its_old_id
            a_moved_card_does_not_name_its_account
            other_writes_go_around_an_attachment
            forgotten_cards_are_those_without_an_account
        }
        $crate::conformance::conformance! { $fresh; cards:
            everything_about_a_card_survives
            times_survive_to_the_microsecond
            a_change_reaches_every_field
            a_null_clears_a_field
            custom_fields_survive_in_order
            too_many_custom_fields_are_refused
            a_card_that_would_be_expired_is_refused
            a_change_of_identity_needs_a_security_code
            an_unknown_state_is_refused
            own_retry_bounds_need_the_own_rule
            a_deleted_card_is_gone
            the_default_card_is_not_deleted
            nothing_is_left_of_a_scrubbed_card
            a_verified_card_says_when
            a_missing_card_is_not_found_by_any_command
            a_foreign_entity_sees_not_found
        }
        $crate::conformance::conformance! { $fresh; damage:
            a_bad_card_row_is_named
            a_bad_account_row_is_named
            a_bad_head_in_a_card_is_named
            a_bad_event_row_is_named
            a_bad_receipt_row_is_named
            a_bad_row_spoils_its_own_account_only
            a_row_that_cannot_be_written_fails_alone
        }
        $crate::conformance::conformance! { $fresh; directory:
            entities_are_listed_oldest_first
            an_entity_is_added_once
            clients_survive_and_are_listed_oldest_first
            a_client_is_disabled
        }
        $crate::conformance::conformance! { $fresh; duplicates:
            a_lookalike_is_refused_if_asked
            a_change_into_a_lookalike_is_refused_if_asked
            of_lookalikes_made_at_once_one_is_kept
        }
        $crate::conformance::conformance! { $fresh; errands:
            an_errand_is_found_as_it_was_filed
            an_errand_is_filed_once
            the_errands_of_an_entity_that_wait_are_counted
            the_oldest_errands_are_taken_first
            an_errand_is_taken_by_one
            a_question_is_no_errand_and_is_discarded_when_it_is_finished
            an_errand_that_was_left_lying_is_taken_up
            an_errand_can_be_kept_for_longer
            finished_errands_are_forgotten
            a_bad_errand_row_keeps_no_other_waiting
        }
        $crate::conformance::conformance! { $fresh; events:
            every_write_leaves_one_link_of_an_unbroken_chain
            a_refusal_leaves_no_event
            events_are_read_in_parts
            a_lone_card_knows_the_latest_event_and_its_account_is_not_written
            what_a_card_knows_of_its_account_stays_behind_when_it_leaves
            an_attached_card_leaves_an_event_on_either_side
        }
        $crate::conformance::conformance! { $fresh; histories:
            any_history_ends_as_in_memory
        }
        $crate::conformance::conformance! { $fresh; lanes:
            a_full_lane_says_so_and_answers_the_rest
            a_drained_store_has_answered_all_and_takes_no_more
            a_store_in_order_is_ready
        }
        $crate::conformance::conformance! { $fresh; many:
            everything_about_many_new_accounts_survives
            many_that_come_again_are_answered_as_before
            of_many_that_seem_new_those_that_are_not_find_what_is_there
            many_answers_that_are_outdated_give_way
        }
        $crate::conformance::conformance! { $fresh; lists:
            the_latest_change_is_listed_first
            pages_join_without_gap_or_overlap
            an_account_lists_only_its_own
        }
        $crate::conformance::conformance! { $fresh; names:
            a_card_goes_by_each_of_its_names
            a_taken_name_is_refused
            of_cards_with_one_name_made_at_once_one_is_kept
            a_card_that_goes_leaves_its_names_to_others
            a_card_keeps_its_names_wherever_it_goes
            a_name_of_a_card_names_no_account
        }
        $crate::conformance::conformance! { $fresh; payments:
            a_payment_is_logged_with_the_card_as_it_was
            a_payment_counts_once_for_ever
            a_payment_that_was_refused_may_be_told_again
            any_order_and_any_repetition_ends_the_same
            what_was_logged_outlives_the_card
            scrubbing_takes_the_contents_wherever_they_are
            snapshots_are_listed_page_by_page
            a_card_leaves_its_counter_to_the_one_that_replaces_it
        }
        $crate::conformance::conformance! { $fresh; queries:
            every_field_compares
            nothing_is_compared_with_another_kind
            conditions_combine
            a_query_names_a_card_or_an_account_by_any_name
            the_start_of_a_text_is_taken_literally
            a_query_is_ordered_and_paged
            a_query_stays_within_its_entity
        }
        $crate::conformance::conformance! { $fresh; receipts:
            a_claim_is_answered_as_before
            a_claim_counts_in_its_entity_only
            a_claim_on_another_request_is_refused
            two_requests_at_once_under_a_claim_are_one
            a_refusal_is_kept_as_well
            a_noted_refusal_is_the_answer
            a_claim_is_free_again_after_a_day
            receipts_are_found_and_forgotten
        }
        $crate::conformance::conformance! { $fresh; schema:
            migrating_again_changes_nothing
            a_database_of_the_first_version_is_brought_up_to_date
            a_newer_schema_is_refused
            another_schema_is_refused
        }
        $crate::conformance::conformance! { $fresh; sessions:
            keys_are_added_listed_and_removed
            a_session_is_kept_until_it_ends
            an_unused_token_is_for_nobody_and_is_forgotten
            a_dropped_default_has_a_successor
            accounts_are_listed_the_latest_first
        }
        $crate::conformance::conformance! { $fresh; told:
            the_card_that_comes_with_an_account_tells_all_of_it
            a_card_stops_telling_when_its_account_is_written
            a_card_stops_telling_when_it_is_written_with_its_account
            a_card_that_changes_hands_tells_nothing_of_either
        }
    };
    ($fresh:path; $module:ident: $($sentence:ident)+) => {
        mod $module {
            $(
                #[tokio::test(flavor = "multi_thread", worker_threads = 2)]
                async fn $sentence() {
                    // A runner that has nothing to run on makes none.
                    let bench: Option<crate::conformance::bench::Bench> = $fresh().await.into();
                    let Some(bench) = bench else { return };
                    crate::conformance::$module::$sentence(&bench).await;
                    bench.opened.store().drain().await;
                }
            )+
        }
    };
}
pub(crate) use conformance;
