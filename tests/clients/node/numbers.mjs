// Phone numbers, what is assigned to them, and lookups.

import assert from "node:assert/strict";
import { developer, facts, refusalOf, run } from "./checks.mjs";

const NUMBER = "+14155552671";
const numbers = developer.incomingPhoneNumbers;
const numberSid = async () => (await numbers.list({ phoneNumber: NUMBER }))[0].sid;
const assignedAddOns = async () => numbers(await numberSid()).assignedAddOns;

await run({
  "incoming_phone_numbers create": async () => {
    const made = await numbers.create({ phoneNumber: NUMBER, friendlyName: "Front desk" });
    assert.deepEqual([made.accountSid, made.phoneNumber], [facts.account_sid, NUMBER]);
    assert.equal(made.friendlyName, "Front desk");
    assert.ok(Math.abs(Date.now() - made.dateCreated) < 60_000);
    assert.equal(made.smsMethod, "POST");
  },
  "incoming_phone_numbers list": async () => {
    for (const last of [2601, 2602, 2603]) await numbers.create({ phoneNumber: `+1415555${last}` });
    const listed = await numbers.list({ pageSize: 2 });
    assert.deepEqual(
      listed.map((row) => row.phoneNumber),
      ["+14155552603", "+14155552602", "+14155552601", NUMBER],
    );
    const page = await numbers.page({ pageSize: 3 });
    assert.deepEqual((await page.nextPage()).instances.map((row) => row.phoneNumber), [NUMBER]);
  },
  "incoming_phone_numbers update": async () => {
    const changed = await numbers(await numberSid()).update({ smsUrl: "https://acme.example/sms", smsMethod: "GET" });
    assert.deepEqual([changed.smsUrl, changed.smsMethod], ["https://acme.example/sms", "GET"]);
    assert.equal((await numbers(changed.sid).fetch()).friendlyName, "Front desk");
  },
  "assigned_add_ons create": async () => {
    const made = await (await assignedAddOns()).create({ installedAddOnSid: facts.installed_sid });
    assert.deepEqual([made.sid, made.resourceSid], [facts.installed_sid, await numberSid()]);
    assert.deepEqual(made.configuration, { shortest_word: 4 });
    assert.ok(Math.abs(Date.now() - made.dateCreated) < 60_000);
  },
  "assigned_add_ons twice": async () => {
    const refused = await refusalOf((await assignedAddOns()).create({ installedAddOnSid: facts.installed_sid }));
    assert.deepEqual([refused.status, refused.code], [409, 20409]);
  },
  "assigned_add_ons list and fetch": async () => {
    const assigned = await assignedAddOns();
    assert.deepEqual((await assigned.list()).map((row) => row.sid), [facts.installed_sid]);
    assert.equal((await assigned(facts.installed_sid).fetch()).uniqueName, "northwind_facts");
  },
  "assigned_add_ons extensions": async () => {
    const extensions = (await assignedAddOns())(facts.installed_sid).extensions;
    const listed = await extensions.list();
    assert.deepEqual(
      Object.fromEntries(listed.map((row) => [row.uniqueName, row.enabled])),
      { "lookup-api": true, "voice-incoming": false },
    );
    assert.deepEqual((await extensions(listed[0].sid).fetch()).toJSON(), listed[0].toJSON());
  },
  "installed_add_ons remove while assigned": async () => {
    const refused = await refusalOf(developer.marketplace.v1.installedAddOns(facts.installed_sid).remove());
    assert.deepEqual([refused.status, refused.code], [400, 20001]);
  },
  "assigned_add_ons remove": async () => {
    const assigned = await assignedAddOns();
    assert.equal(await assigned(facts.installed_sid).remove(), true);
    assert.equal((await refusalOf(assigned(facts.installed_sid).fetch())).status, 404);
  },
  "incoming_phone_numbers remove": async () => {
    const sid = await numberSid();
    assert.equal(await numbers(sid).remove(), true);
    const gone = await refusalOf(numbers(sid).fetch());
    assert.deepEqual([gone.status, gone.code], [404, 20404]);
  },
  "phone_numbers fetch": async () => {
    const plain = await developer.lookups.v1.phoneNumbers(NUMBER).fetch();
    assert.deepEqual([plain.phoneNumber, plain.countryCode, plain.addOns], [NUMBER, "US", null]);
  },
  "phone_numbers fetch with add-ons": async () => {
    const answer = await developer.lookups.v1.phoneNumbers(NUMBER).fetch({
      addOns: ["northwind_facts", "unknown"],
      addOnsData: { northwind_facts: { language: "en" } },
    });
    assert.deepEqual(Object.keys(answer.addOns.results), ["northwind_facts"]);
    assert.deepEqual(answer.addOns.results.northwind_facts.result, { line_type: "mobile" });
  },
  "phone_numbers fetch of no number": async () => {
    const refused = await refusalOf(developer.lookups.v1.phoneNumbers("0764709712").fetch());
    assert.deepEqual([refused.status, refused.code], [404, 20404]);
    assert.equal(refused.message, "The requested resource /PhoneNumbers/0764709712 was not found");
  },
});
