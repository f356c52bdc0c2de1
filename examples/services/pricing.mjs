// The pricing service: an ordinary NATS micro service in JavaScript. What it
// answers is the task's result; an error's code is the name of the task's error.
import { connect, JSONCodec } from "nats";

const cents = { tea: 450, coffee: 620 };

const nc = await connect({
  servers: process.env.NATS_URL ?? "nats://127.0.0.1:4222",
  timeout: 2000, // a try; the default of 20 s is long where the broker has only just started
  waitOnFirstConnect: true,
});
const codec = JSONCodec();
const service = await nc.services.add({ name: "pricing", version: "1.0.0", description: "what things cost" });
service.addEndpoint("quote", {
  subject: "pricing.quote",
  handler: (err, msg) => {
    if (err) {
      return;
    }
    const { sku, count, discount = 0 } = codec.decode(msg.data);
    if (!(sku in cents)) {
      msg.respondError("Pricing.Unknown", `nobody sells ${sku}`);
      return;
    }
    const full = cents[sku] * count;
    msg.respond(codec.encode({ cents: Math.round(full * (100 - discount) / 100), by: "JavaScript" }));
  },
});
await nc.flush();
console.log(`pricing.quote is answered at ${nc.getServer()}`);
await nc.closed();
