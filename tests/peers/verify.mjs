// Checks a webhook by the reference library for JavaScript; ed25519, which no reference library reads, by OpenSSL.
// Reads {"secret", "headers", "body"} from standard input.
import { createPublicKey, verify } from "node:crypto";
import { readFileSync } from "node:fs";
import { createRequire } from "node:module";

const { Webhook } = createRequire(`${process.env.ADJUDGE_TEST_PEERS}/`)("standardwebhooks");
const { secret, headers, body } = JSON.parse(readFileSync(0, "utf8"));

if (secret.startsWith("whpk_")) {
  const raw = Buffer.from(secret.slice("whpk_".length), "base64");
  const der = Buffer.concat([Buffer.from("302a300506032b6570032100", "hex"), raw]);
  const key = createPublicKey({ key: der, format: "der", type: "spki" });
  const signed = Buffer.from(`${headers["webhook-id"]}.${headers["webhook-timestamp"]}.${body}`);
  const fits = headers["webhook-signature"].split(" ").some((one) => {
    const [version, signature] = one.split(",");
    return version === "v1a" && verify(null, signed, key, Buffer.from(signature, "base64"));
  });
  if (!fits) throw new Error("refused: no matching signature");
} else {
  new Webhook(secret).verify(body, headers);
}
