// wechat-crypto. {account: [token, key, appid]} and {seal: [text]} becomes what is sealed, {open: [sealed]} its text and
// appid again, {sign: [[timestamp, nonce, sealed]]} signatures.
import { readFileSync } from "node:fs";
import Crypto from "wechat-crypto";

const asked = JSON.parse(readFileSync(0, "utf8"));
const account = new Crypto(...asked.account);

console.log(
  JSON.stringify({
    seal: (asked.seal ?? []).map((text) => account.encrypt(text)),
    open: (asked.open ?? []).map((sealed) => account.decrypt(sealed)),
    sign: (asked.sign ?? []).map((parts) => account.getSignature(...parts)),
  }),
);
