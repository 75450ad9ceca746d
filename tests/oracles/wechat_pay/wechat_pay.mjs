// wechatpay-axios-plugin. {sign: [[key, timestamp, nonce, body]]} becomes signatures, {seal: [[text, key, nonce, about]]}
// what is sealed, {open: ...} the text again, {call: [[key, message parts]]} the paySign of a page inside WeChat, and
// {verify: [[public key, message parts, signature]]} whether it holds.
import { readFileSync } from "node:fs";
import plugin from "wechatpay-axios-plugin";

const { Aes, Formatter, Rsa } = plugin;
const asked = JSON.parse(readFileSync(0, "utf8"));

console.log(
  JSON.stringify({
    sign: (asked.sign ?? []).map(([key, ...parts]) => Rsa.sign(Formatter.response(...parts), key)),
    call: (asked.call ?? []).map(([key, parts]) => Rsa.sign(Formatter.joinedByLineFeed(...parts), key)),
    seal: (asked.seal ?? []).map((parts) => Aes.AesGcm.encrypt(...parts)),
    open: (asked.open ?? []).map((parts) => Aes.AesGcm.decrypt(...parts)),
    verify: (asked.verify ?? []).map(([key, parts, signature]) =>
      Rsa.verify(Formatter.joinedByLineFeed(...parts), signature, key),
    ),
  }),
);
