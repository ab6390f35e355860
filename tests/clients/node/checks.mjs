// Runs named checks one after another and prints one JSON line for each: {"name", "error"}; no error is null.
// The facts about the running Patchbay come as JSON on standard input.

import { text } from "node:stream/consumers";
import twilio from "twilio";

export const facts = JSON.parse(await text(process.stdin));

/** The official client, unmodified; only its base URLs point here. */
export function clientFor(accountSid, authToken) {
  const client = twilio(accountSid, authToken);
  for (const domain of [client.marketplace, client.preview, client.lookups, client.api]) {
    domain.baseUrl = facts.base_url;
  }
  return client;
}

export const developer = clientFor(facts.account_sid, facts.auth_token);
export const seller = clientFor(facts.publisher_sid, facts.publisher_token);

/** The refusal that a call meets, as the client tells it. */
export async function refusalOf(promise) {
  let answer;
  try {
    answer = await promise;
  } catch (error) {
    return error;
  }
  throw new Error(`was not refused but answered ${JSON.stringify(answer)}`);
}

export async function run(checks) {
  for (const [name, check] of Object.entries(checks)) {
    let error = null;
    try {
      await check();
    } catch (caught) {
      error = String(caught.stack ?? caught);
    }
    console.log(JSON.stringify({ name, error }));
  }
}
