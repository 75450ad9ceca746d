// Signs notices as Stripe does: [{payload, secret, timestamp}] becomes their Stripe-Signature headers.
import { readFileSync } from "node:fs";
import Stripe from "stripe";

const stripe = new Stripe("sk_test_of_nobody");
const notices = JSON.parse(readFileSync(0, "utf8"));
console.log(JSON.stringify(notices.map((notice) => stripe.webhooks.generateTestHeaderString(notice))));
