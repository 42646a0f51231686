//! The conformance suite on PostgreSQL, each test on a database of its own.
//!
//! `CARDFILE_TEST_POSTGRES_URL` names a server on which databases may be made. Without it there is
//! nothing to run on, and every test says so and passes. `CARDFILE_TEST_CITUS_URL` names the
//! coordinator of a Citus cluster in the same way.

mod conformance;
mod server;

conformance::conformance!(crate::server::fresh);

mod by_bucket {
    crate::conformance::conformance!(crate::server::fresh_by_bucket);
}

mod spread {
    crate::conformance::conformance!(crate::server::fresh_spread);
}

mod in_one_place {
    crate::conformance::conformance! { crate::server::fresh; told:
        the_account_of_a_card_that_tells_is_not_looked_for
    }
}

mod lanes_apart {
    crate::conformance::conformance! { crate::server::fresh_with_lanes; attach:
        a_card_is_attached_once
        of_two_accounts_one_gets_the_card
        a_moved_card_goes_by_its_old_id
        other_writes_go_around_an_attachment
    }
    crate::conformance::conformance! { crate::server::fresh_with_lanes; lanes:
        a_full_lane_says_so_and_answers_the_rest
        a_drained_store_has_answered_all_and_takes_no_more
        a_store_in_order_is_ready
    }
    crate::conformance::conformance! { crate::server::fresh_with_lanes; accounts:
        one_default_is_left_by_any_number_of_writers
        two_servers_on_one_account_lose_nothing
    }
}
