// The catalogue, installs and their switches, in v1 and in the deprecated preview.

import assert from "node:assert/strict";
import { clientFor, developer, facts, refusalOf, run } from "./checks.mjs";

// This release's rows cannot act on themselves (`row.update()` says that its sid is not valid), so we ask by SID.
const TERMS = { availableAddOnSid: facts.listing_sid, acceptTermsOfService: true };
const sidsOf = (rows) => rows.map((row) => row.sid);

const shelf = (api, name) => ({
  [`${name} available_add_ons fetch`]: async () => {
    const fetched = await api.availableAddOns(facts.listing_sid).fetch();
    assert.equal(fetched.friendlyName, "Facts");
    assert.equal(fetched.pricingType, "free");
    assert.equal(fetched.configurationSchema.properties.shortest_word.maximum, 7);
    assert.equal(fetched.links.extensions, `${fetched.url}/Extensions`);
    assert.ok(fetched.url.startsWith(facts.base_url));
  },
  [`${name} available_add_ons list`]: async () => {
    assert.deepEqual(sidsOf(await api.availableAddOns.list()), [facts.listing_sid]);
    assert.deepEqual(sidsOf((await api.availableAddOns.page()).instances), [facts.listing_sid]);
  },
  [`${name} available_add_ons extensions`]: async () => {
    const extensions = api.availableAddOns(facts.listing_sid).extensions;
    const listed = await extensions.list();
    assert.deepEqual(new Set(listed.map((row) => row.uniqueName)), new Set(["lookup-api", "voice-incoming"]));
    const fetched = await extensions(listed[0].sid).fetch();
    assert.deepEqual(fetched.toJSON(), listed[0].toJSON());
    assert.equal(fetched.availableAddOnSid, facts.listing_sid);
  },
  [`${name} installed_add_ons create`]: async () => {
    const made = await api.installedAddOns.create({
      ...TERMS,
      configuration: { shortest_word: 3 },
      uniqueName: "words",
    });
    assert.deepEqual([made.accountSid, made.uniqueName], [facts.account_sid, "words"]);
    assert.deepEqual(made.configuration, { shortest_word: 3 });
    assert.ok(made.dateCreated instanceof Date && made.dateUpdated instanceof Date);
    assert.ok(Math.abs(Date.now() - made.dateCreated) < 60_000);
    assert.deepEqual(Object.keys(made.links).sort(), ["available_add_on", "extensions"]);
  },
  [`${name} installed_add_ons list and fetch`]: async () => {
    const [newest, oldest] = await api.installedAddOns.list();
    assert.deepEqual([newest.uniqueName, oldest.sid], ["words", facts.installed_sid]);
    assert.deepEqual((await api.installedAddOns(newest.sid).fetch()).toJSON(), newest.toJSON());
  },
  [`${name} installed_add_ons update`]: async () => {
    const [newest] = await api.installedAddOns.list({ limit: 1 });
    const changed = await api.installedAddOns(newest.sid).update({ configuration: { shortest_word: 5 }, uniqueName: "longer" });
    assert.deepEqual([changed.uniqueName, changed.configuration], ["longer", { shortest_word: 5 }]);
    const kept = await api.installedAddOns(newest.sid).update({ uniqueName: "kept" });
    assert.deepEqual(kept.configuration, { shortest_word: 5 });
  },
  [`${name} installed_add_ons extensions`]: async () => {
    const extensions = api.installedAddOns(facts.installed_sid).extensions;
    const voice = (await extensions.list()).find((row) => row.uniqueName === "voice-incoming");
    assert.equal(voice.enabled, false);
    assert.equal((await extensions(voice.sid).update({ enabled: true })).enabled, true);
    assert.equal((await extensions(voice.sid).fetch()).enabled, true);
    assert.equal((await extensions(voice.sid).update({ enabled: false })).enabled, false);
    assert.equal(voice.installedAddOnSid, facts.installed_sid);
  },
  [`${name} installed_add_ons remove`]: async () => {
    const [newest] = await api.installedAddOns.list();
    assert.equal(await api.installedAddOns(newest.sid).remove(), true);
    for (const call of ["fetch", "update", "remove"]) {
      const gone = await refusalOf(api.installedAddOns(newest.sid)[call]());
      assert.deepEqual([gone.status, gone.code], [404, 20404]);
    }
    assert.deepEqual(sidsOf(await api.installedAddOns.list()), [facts.installed_sid]);
  },
});

await run({
  ...shelf(developer.marketplace.v1, "v1"),
  ...shelf(developer.preview.marketplace, "preview"),
  "default unique names count": async () => {
    const made = await developer.marketplace.v1.installedAddOns.create(TERMS);
    assert.deepEqual([made.uniqueName, made.configuration], ["northwind_facts_1", {}]);
    assert.equal(await developer.marketplace.v1.installedAddOns(made.sid).remove(), true);
  },
  "status reaches the client": async () => {
    const made = await developer.marketplace.v1.installedAddOns.createWithHttpInfo(TERMS);
    assert.equal(made.statusCode, 201);
    assert.equal(await developer.marketplace.v1.installedAddOns(made.body.sid).remove(), true);
  },
  "a missing parameter": async () => {
    const refused = await refusalOf(developer.marketplace.v1.installedAddOns.create({ ...TERMS, availableAddOnSid: "" }));
    assert.deepEqual([refused.status, refused.code], [400, 20001]);
  },
  "terms that are not accepted": async () => {
    const refused = await refusalOf(
      developer.marketplace.v1.installedAddOns.create({ ...TERMS, acceptTermsOfService: false }),
    );
    assert.deepEqual([refused.status, refused.code], [400, 20001]);
    assert.equal(refused.message, "Invalid AcceptTermsOfService: terms of service must be accepted");
    assert.equal(refused.moreInfo, "https://www.twilio.com/docs/errors/20001");
  },
  "a configuration against the schema": async () => {
    const refused = await refusalOf(
      developer.marketplace.v1.installedAddOns.create({ ...TERMS, configuration: { shortest_word: 99 } }),
    );
    assert.ok(refused.message.startsWith("Invalid Configuration: /shortest_word "), refused.message);
  },
  "a unique name in use": async () => {
    const refused = await refusalOf(
      developer.marketplace.v1.installedAddOns.create({ ...TERMS, uniqueName: "northwind_facts" }),
    );
    assert.deepEqual([refused.status, refused.code], [409, 20409]);
  },
  "wrong credentials": async () => {
    const stranger = clientFor(facts.account_sid, "wrong");
    const refused = await refusalOf(stranger.marketplace.v1.installedAddOns.list());
    assert.deepEqual([refused.status, refused.code, refused.message], [401, 20003, "Authenticate"]);
  },
});
