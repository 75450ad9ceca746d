// Reads notices as Stripe's library for node does: [{payload, header, secret}] becomes what each is, or null if forged.
import { readFileSync } from "node:fs";
import Stripe from "stripe";

const stripe = new Stripe("sk_test_of_nobody");
const read = ({ payload, header, secret }) => {
  try {
    return stripe.webhooks.constructEvent(payload, header, secret).type;
  } catch {
    return null;
  }
};
console.log(JSON.stringify(JSON.parse(readFileSync(0, "utf8")).map(read)));
