//! The examples, and what else stands at the end of a help text.

pub(super) const MANUAL: &str = "\
Start here:
  cardfile serve --sandbox
      makes ./cardfile-data with a database, a root key and a first client,
      serves on http://127.0.0.1:8080 and prints curl commands to try; for
      real cards leave --sandbox out, and name a gateway as below

Every setting is a flag, an environment variable or a key of a TOML file, and
beats the next in this order: flag, environment, file, default. The file is the
one that --config names, or else cardfile.toml in the data directory:

  listen = \"127.0.0.1:8080\"
  database_url = \"postgres://cardfile:PASSWORD@db.example/cardfile\"
  root_key_file = \"/run/secrets/cardfile-root-key\"
  lanes = 2
  max_connections = 1024
  sandbox = false
  stripe_back_open = \"ENTITY_ID\"
  log = \"info\"
  log_format = \"auto\"

Which gateway verifies the cards of an entity is set in the file alone; an
entity without one cannot have cards verified. docs/gateways.md has every key:

  [gateways.cards]
  kind = \"stripe\"
  secret_key_file = \"/run/secrets/stripe-key\"

  [gateways.bank]
  kind = \"iso8583\"
  address = \"issuer.example:8583\"

  [entities.\"Acme GmbH\"]
  gateway = \"cards\"
  retry = { max_failures = 3, window_hours = 24 }
  replacement_keeps = [\"counter\", \"retry_rule\", \"default\"]

Exit codes:
  0  done
  1  something else went wrong
  2  the command line or the configuration is wrong
  3  the data directory, its lock or the root key is not as it has to be
  4  the database cannot be reached or used
  5  an import is done, but some of its lines were refused
";

pub(super) const SERVE: &str = "\
Examples:
  cardfile serve --sandbox
  cardfile serve --data-dir /var/lib/cardfile --listen 0.0.0.0:8080
  CARDFILE_DATABASE_URL=postgres://cardfile:PASSWORD@db/cardfile cardfile serve
  cardfile serve --stripe-back-open ENTITY_ID
      opens /api to everybody on this machine
";

pub(super) const ENTITY: &str = "\
Examples:
  cardfile entity create --name \"Acme GmbH\"
  cardfile entity list --json
";

pub(super) const ENTITY_CREATE: &str = "\
Examples:
  cardfile entity create --name \"Acme GmbH\"
  cardfile entity create --name \"Acme GmbH\" --json
      {\"entity_id\":\"…\",\"name\":\"Acme GmbH\",\"created_at\":\"…\",\"publishable_key\":\"pk_…\"}
";

pub(super) const ENTITY_LIST: &str = "\
Examples:
  cardfile entity list
  cardfile entity list --json
      {\"entities\":[{\"entity_id\":\"…\",\"name\":\"Main\",\"created_at\":\"…\",
       \"publishable_key\":\"pk_…\"}]}
";

pub(super) const CLIENT: &str = "\
Examples:
  cardfile client create --name billing --entity ENTITY_ID --right read write
  cardfile client list
  cardfile client disable CLIENT_ID
";

pub(super) const CLIENT_CREATE: &str = "\
Rights:
  read   look at cards and accounts
  write  make and change them
  scrub  erase a card's sensitive data
  bulk   upload in bulk
  admin  do what operators do

Examples:
  cardfile client create --name billing --entity ENTITY_ID --right read write
  cardfile client create --name uploader --entity ID1 ID2 --right bulk --json
      {\"client_id\":\"…\",\"name\":\"uploader\",\"entity_ids\":[\"…\",\"…\"],\"rights\":[\"bulk\"],
       \"created_at\":\"…\",\"disabled_at\":null,\"client_secret\":\"…\"}
";

pub(super) const CLIENT_LIST: &str = "\
Examples:
  cardfile client list
  cardfile client list --json
      {\"clients\":[{\"client_id\":\"…\",\"name\":\"billing\",\"entity_ids\":[\"…\"],
       \"rights\":[\"read\",\"write\"],\"created_at\":\"…\",\"disabled_at\":null}]}
";

pub(super) const CLIENT_DISABLE: &str = "\
Examples:
  cardfile client disable 7dc3cde7-5eb8-4550-8283-0a8fc680782f
";

pub(super) const API_KEY: &str = "\
Examples:
  cardfile api-key add --entity ENTITY_ID
  cardfile api-key list
  cardfile api-key remove 525ad5d6993247cccb083e5a
";

pub(super) const API_KEY_ADD: &str = "\
Examples:
  cardfile api-key add --entity ENTITY_ID --identifier api.example.com
  cardfile api-key add --entity ENTITY_ID --type ios --id 525ad5d6993247cccb083e5a --json
      {\"api_key\":\"ios cardfile 525ad5d6993247cccb083e5a\",\"id\":\"…\",\"entity_id\":\"…\",
       \"created_at\":\"…\"}
";

pub(super) const API_KEY_LIST: &str = "\
Examples:
  cardfile api-key list
  cardfile api-key list --json
      {\"api_keys\":[{\"api_key\":\"browser cardfile …\",\"id\":\"…\",\"entity_id\":\"…\",
       \"created_at\":\"…\"}]}
";

pub(super) const API_KEY_REMOVE: &str = "\
Examples:
  cardfile api-key remove 525ad5d6993247cccb083e5a
";

pub(super) const MIGRATE: &str = "\
Examples:
  CARDFILE_DATABASE_URL=postgres://cardfile:PASSWORD@db/cardfile cardfile migrate
  cardfile migrate --json
      {\"database\":\"sqlite\",\"schema\":\"current\"}
";

pub(super) const IMPORT: &str = "\
Lines of NDJSON, or rows of a CSV file whose first row names the columns:
  {\"accountKey\":\"A-1\",\"creditCardType\":\"Visa\",\"creditCardNumber\":\"4111111111111111\",
   \"expirationMonth\":8,\"expirationYear\":2099,\"cardHolderInfo\":{\"cardHolderName\":\"Leo\"}}
  {\"id\":\"019a2c4e7b1e7c60a1b2c3d4e5f60718\",\"numConsecutiveFailures\":1}
  {\"op\":\"delete\",\"id\":\"019a2c4e7b1e7c60a1b2c3d4e5f60719\"}

Examples:
  cardfile import cards.ndjson.gz
  cardfile import changes.csv --dry-run --failures refused.csv
  CARDFILE_CLIENT_SECRET=… cardfile import - --format csv \\
      --url http://cards.example:8080 --client-id CLIENT_ID < cards.csv
  cardfile import cards.ndjson --json --quiet
      {\"lines\":3,\"created\":1,\"updated\":2,\"unchanged\":0,\"refused\":0,\"replayed\":0,
       \"complete\":true,\"dry_run\":false}

Exit codes:
  0  every line was accepted
  1  the connection broke or the file cannot be read to its end; run it again
  2  the command line is wrong, or the server does not let the client in
  5  some lines were refused; the others are done
";

pub(super) const EXPORT: &str = "\
A receiver makes a key with `age-keygen -o key.txt`, keeps the file, and gives
you the line that begins with age1.

Examples:
  cardfile export --output cards.csv
      numbers are masked: ************1111
  cardfile export --output cards.ndjson.gz.age --recipient age1…
  cardfile import cards.ndjson.gz.age --identity key.txt
      on the receiver's side
  cardfile export --output cards.ndjson.gz.age --recipient age1… --json
      {\"entity_id\":\"…\",\"cards\":3,\"scrubbed\":0,\"card_numbers\":\"sealed\"}
";

pub(super) const KEYS: &str = "\
Examples:
  cardfile keys status
  cardfile keys status --json
";

pub(super) const KEYS_STATUS: &str = "\
Examples:
  cardfile keys status
  cardfile keys status --json
      {\"root_key_file\":\"…\",\"entities\":[{\"entity_id\":\"…\",\"name\":\"Main\",
       \"key_versions\":[1],\"current_key_version\":1}]}
";
