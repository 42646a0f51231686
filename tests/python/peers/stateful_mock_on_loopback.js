// stripe-stateful-mock on 127.0.0.1 at the port that is its argument; its own program listens for everybody.
const { createExpressApp } = require("stripe-stateful-mock");

createExpressApp().listen(Number(process.argv[2]), "127.0.0.1");
