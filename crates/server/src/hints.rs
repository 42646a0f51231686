//! What the server prints for a newcomer: commands that work when they are pasted.

use std::path::Path;

use cardfile_domain::id::ClientId;

/// Far enough ahead that the command still works when it is found again in a notebook.
const YEARS_AHEAD: i16 = 5;

/// What the commands are made from.
pub(crate) struct Hints<'a> {
    /// Where the server answers.
    pub(crate) base_url: &'a str,
    /// The client of the first start.
    pub(crate) client: ClientId,
    /// Where its secret is.
    pub(crate) bootstrap_file: &'a Path,
    /// The year that it is.
    pub(crate) year: i16,
    /// Whether it takes test numbers.
    pub(crate) sandbox: bool,
}

impl Hints<'_> {
    /// Three commands, one line each: a token, and in a sandbox a card and a change to the card.
    ///
    /// The secret is taken from its file as they run, and piped. So it appears in no log that keeps
    /// what the server printed, in no shell's history and in no list of processes.
    pub(crate) fn text(&self) -> String {
        let base = self.base_url;
        let token = format!(
            "TOKEN=$({} {} | tr -d '\\n' | curl -sS {base}/oauth/token \
             -d grant_type=client_credentials -d client_id={} --data-urlencode client_secret@- \
             | {}); echo \"token: $TOKEN\"",
            string_member("client_secret"),
            quoted(&self.bootstrap_file.to_string_lossy()),
            self.client,
            string_member("access_token"),
        );
        if !self.sandbox {
            // Whoever pasted a card here would paste a real one, into a shell's history.
            return format!(
                "\nFor a token, paste this into a shell:\n\n{token}\n\n\
                 The client's credentials are in {}.\n",
                self.bootstrap_file.display()
            );
        }
        let headers = "-H \"Authorization: Bearer $TOKEN\" -H 'Content-Type: application/json'";
        let create = format!(
            "CARD=$(curl -sS {base}/v1/payment-methods/credit-cards {headers} -d \
             '{{\"accountKey\":\"A-1\",\"creditCardType\":\"Visa\",\
             \"creditCardNumber\":\"4111111111111111\",\"expirationMonth\":8,\
             \"expirationYear\":{},\"securityCode\":\"111\",\
             \"cardHolderInfo\":{{\"cardHolderName\":\"Leo\"}}}}' | {}); echo \"card: $CARD\"",
            self.year + YEARS_AHEAD,
            string_member("paymentMethodId"),
        );
        let update = format!(
            "curl -sS -X PUT {base}/v1/payment-methods/credit-cards/$CARD {headers} -d \
             '{{\"cardHolderName\":\"Leo\",\"expirationMonth\":8,\"expirationYear\":{},\
             \"numConsecutiveFailures\":5,\"securityCode\":\"111\"}}'",
            self.year + YEARS_AHEAD + 1,
        );
        format!(
            "\nTo try it, paste this into a shell:\n\n{token}\n\n{create}\n\n{update}\n\n\
             The client's credentials are in {}.\n",
            self.bootstrap_file.display()
        )
    }
}

/// A filter that takes one text out of JSON with what every machine has.
fn string_member(name: &str) -> String {
    format!("sed -n 's/.*\"{name}\": *\"\\([^\"]*\\)\".*/\\1/p'")
}

/// The text as one word of a shell.
fn quoted(text: &str) -> String {
    format!("'{}'", text.replace('\'', r"'\''"))
}

#[cfg(test)]
mod tests {
    use std::process::Command;

    use super::*;

    #[test]
    fn a_path_is_one_word_whatever_is_in_it() {
        let path = "/srv/it's \"a\" $HOME `x`/bootstrap.json";
        let shell =
            Command::new("sh").arg("-c").arg(format!("printf %s {}", quoted(path))).output();
        assert_eq!(String::from_utf8(shell.unwrap().stdout).unwrap(), path);
    }

    #[test]
    fn each_command_is_one_line_and_none_holds_the_secret() {
        let hints = Hints {
            base_url: "http://127.0.0.1:1",
            client: ClientId::from_bytes([7; 16]),
            bootstrap_file: Path::new("/d/bootstrap.json"),
            year: 2031,
            sandbox: true,
        };
        let text = hints.text();
        let commands: Vec<_> = text.lines().filter(|line| line.contains("curl")).collect();
        assert_eq!(commands.len(), 3);
        // What stands behind an equals sign would be an argument, which any user can list.
        assert!(commands[0].contains("client_secret@-") && !commands[0].contains("client_secret="));
        assert!(commands[1].contains("\"expirationYear\":2036"));
        assert!(commands[2].contains("\"expirationYear\":2037"));
    }
}
