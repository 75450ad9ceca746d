// Sells, refunds and closes at a Stripe of our own making: {url, key, order, expires_at} becomes what it was answered.
import { readFileSync } from "node:fs";
import Stripe from "stripe";

const { url, key, order, expires_at } = JSON.parse(readFileSync(0, "utf8"));
const at = new URL(url);
const stripe = new Stripe(key, {
  protocol: "http",
  host: at.hostname,
  port: Number(at.port),
  maxNetworkRetries: 0,
  telemetry: false,
});

const terms = {
  mode: "payment",
  client_reference_id: order,
  metadata: { key: order },
  line_items: [{ quantity: 1, price_data: { currency: "usd", unit_amount: 1250, product_data: { name: "Steam" } } }],
  success_url: "https://shop.example/",
  expires_at,
};
const opened = await stripe.checkout.sessions.create(terms, { idempotencyKey: order });
const again = await stripe.checkout.sessions.create(terms, { idempotencyKey: order });
let mismatch = null;
try {
  await stripe.checkout.sessions.create({ ...terms, locale: "zh" }, { idempotencyKey: order });
} catch (error) {
  mismatch = error.type;
}
await fetch(opened.url, { method: "POST", body: new URLSearchParams({ do: "pay" }), redirect: "manual" });
const paid = await stripe.checkout.sessions.retrieve(opened.id);
let expired = null;
try {
  await stripe.checkout.sessions.expire(opened.id);
} catch (error) {
  expired = error.type;
}
const refund = await stripe.refunds.create({ payment_intent: paid.payment_intent, amount: 250 });
const refunds = await stripe.refunds.list({ payment_intent: paid.payment_intent });
const intent = await stripe.paymentIntents.retrieve(paid.payment_intent);
const events = [];
for await (const event of stripe.events.list({ limit: 2, types: ["checkout.session.completed", "refund.created"] }))
  events.push(event.type);
let missing = null;
try {
  await stripe.checkout.sessions.retrieve("cs_test_missing");
} catch (error) {
  missing = [error.type, error.code];
}
console.log(
  JSON.stringify({
    same: opened.id === again.id,
    mismatch,
    paid: [paid.status, paid.payment_status],
    expired,
    refund: [refund.status, refund.amount],
    refunds: refunds.data.length,
    received: intent.amount_received,
    events,
    missing,
  }),
);
