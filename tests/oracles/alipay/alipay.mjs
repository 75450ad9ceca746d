// Alipay's own SDK. {notices: [parameters], public_key} becomes whether each notice's signature holds;
// {request: {...}, private_key} becomes the parameters of a request as the SDK signs them;
// {answers: [[text, response name, sign]], public_key} whether each answer's signature holds.
import { readFileSync } from "node:fs";
import { AlipaySdk } from "alipay-sdk";

const asked = JSON.parse(readFileSync(0, "utf8"));
const sdk = new AlipaySdk({
  appId: asked.app_id ?? "2021000123456789",
  privateKey: asked.private_key ?? "none",
  keyType: "PKCS8",
  alipayPublicKey: asked.public_key,
});

function holds(text, name, sign) {
  try {
    sdk.checkResponseSign(text, name, sign, "");
    return true;
  } catch {
    return false;
  }
}

if (asked.notices) {
  console.log(JSON.stringify(asked.notices.map((notice) => sdk.checkNotifySignV2(notice))));
} else {
  console.log(JSON.stringify(asked.answers.map((answer) => holds(...answer))));
}
