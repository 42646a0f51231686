//! Uploads in CSV.

use cardfile_tests::{
    app::{App, new_account, text},
    call::Call,
    cards, served,
    suite::Case,
};
use serde_json::{Value, json};

use super::{PATH, codes, results, told};

pub(crate) fn cases() -> Vec<Case> {
    served![
        a_table_does_what_its_lines_in_json_would_do,
        an_empty_cell_is_a_field_that_is_not_there,
        a_row_is_named_by_the_line_on_which_it_begins,
        a_row_that_is_none_is_refused_by_itself,
        a_table_without_a_head_or_with_a_bad_one_ends_there,
    ]
}

fn upload(app: &App, table: impl Into<bytes::Bytes>) -> Call {
    app.client.post(PATH).of_type("text/csv; charset=utf-8", table)
}

async fn a_table_does_what_its_lines_in_json_would_do(app: App) {
    let account = new_account();
    let card = app.card_of(&account).await;
    let year = cards::year();
    let visa = cards::VISA;
    let table = format!(
        "\u{feff}op,id,accountKey,creditCardType,creditCardNumber,expirationMonth,expirationYear,\
         cardHolderInfo.cardHolderName,city,defaultPaymentMethod,gatewayOptions.a,colour__c\r\n\
         create,,{account},Visa,{visa},08,{year},\"Lee, \"\"Leo\"\"\",Ulm,true,1,red\r\n\
         ,{card},,,,,,,\"New\nYork\",,,\r\n\
         update,{card},,,,,,,Bonn,,,\"1,5\"\r\n"
    );
    let reply = upload(&app, table).gzip().await;
    let (receipts, _) = told(&reply);
    let expected: [&[u64]; 3] = [&[], &[52_500_720], &[]];
    assert_eq!(receipts.iter().map(codes).collect::<Vec<_>>(), expected, "{reply}");
    let made = app.shown(&text(&receipts[0]["id"])).await;
    assert_eq!(made["accountHolderInfo"]["city"], json!("Ulm"));
    assert_eq!(made["colour__c"], json!("red"));
    assert_eq!(app.default_of(&account).await, receipts[0]["id"]);
    let changed = app.shown(&card).await;
    assert_eq!(changed["accountHolderInfo"]["city"], json!("Bonn"));
    assert_eq!(changed["colour__c"], json!("1,5"));
}

async fn an_empty_cell_is_a_field_that_is_not_there(app: App) {
    let card = app.card().await;
    let table = format!("id,city,phone\n{card},Ulm,1\n{card},,2\n{card},\"\",\n");
    let results = results(&upload(&app, table).await);
    assert_eq!(results, ["updated", "updated", "unchanged"]);
    assert_eq!(app.shown(&card).await["accountHolderInfo"]["city"], json!("Ulm"));
}

async fn a_row_is_named_by_the_line_on_which_it_begins(app: App) {
    let card = app.card().await;
    let table = format!("\r\nid,city\r\n\r\n{card},\"a\r\nb\"\r\n\r\n{card},c");
    let (receipts, _) = told(&upload(&app, table).await);
    let numbers: Vec<_> = receipts.iter().map(|receipt| receipt["line"].clone()).collect();
    assert_eq!(numbers, [json!(4), json!(7)]);
}

async fn a_row_that_is_none_is_refused_by_itself(app: App) {
    let card = app.card().await;
    let mut table = format!("id,city,nonsense\n{card}\n{card},a,,b\n{card},x,1\n").into_bytes();
    table.extend_from_slice(b"\xff,a,\n");
    table.extend_from_slice(format!("{card},\0,\n{card},a,\n").as_bytes());
    let (receipts, _) = told(&upload(&app, table).await);
    let codes: Vec<_> = receipts.iter().map(codes).collect();
    let malformed: &[u64] = &[50_000_090];
    let expected = [malformed, malformed, &[52_500_021], malformed, &[52_500_720], &[]];
    assert_eq!(codes, expected);
}

async fn a_table_without_a_head_or_with_a_bad_one_ends_there(app: App) {
    assert_eq!(results(&upload(&app, "").await), Vec::<String>::new());
    assert_eq!(results(&upload(&app, "id,city").await), Vec::<String>::new());
    let columns = ["x"; cardfile_domain::limits::BULK_COLUMNS_MAX + 1].join(",");
    for (head, code) in
        [("id,city,id\n1,2,3\n", 50_000_090), (&*columns, 50_000_070), ("\u{fffd}", 0)]
    {
        let (receipts, summary) = told(&upload(&app, head.to_owned()).await);
        if code == 0 {
            assert_eq!(receipts, Vec::<Value>::new());
            continue;
        }
        assert_eq!(summary["complete"], json!(false));
        assert_eq!((receipts[0]["line"].clone(), codes(&receipts[0])), (json!(1), vec![code]));
    }
}
