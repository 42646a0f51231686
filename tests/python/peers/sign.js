// Signs what is read as JSON, `{"payload": …, "secret": …, "timestamp": …}`, by Stripe's own library for Node.
const { readFileSync } = require("node:fs");
const Stripe = require("stripe");

const header = Stripe.webhooks.generateTestHeaderString(JSON.parse(readFileSync(0, "utf8")));
process.stdout.write(header);
