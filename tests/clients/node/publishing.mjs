// What a publisher does: listings, usage and referrals.

import assert from "node:assert/strict";
import { developer, facts, refusalOf, run, seller } from "./checks.mjs";

// This release sends the blocks of a listing as they come: the caller writes the JSON text.
const BLOCKS = {
  moduleInfo: { name: "Facts", short_description: "Facts about a number.", tagline: "All of them" },
  description: { body: "# Facts", highlights: [{ title: "Quick", description: "Very." }] },
  documentation: { body: "Send a number." },
  policies: { legal: "https://northwind.example/legal" },
  support: { customer_support_email: "help@northwind.example" },
  configuration: { buttons: [{ url: "https://northwind.example/", label: "Open", help_text: "Us" }] },
  pricing: { body: "Free for all." },
};

await run({
  "module_data fetch": async () => {
    const { listings } = await seller.marketplace.v1.moduleData.fetch();
    assert.deepEqual(listings.map((row) => [row.sid, row.name]), [[facts.listing_sid, "Facts"]]);
    assert.deepEqual((await developer.marketplace.v1.moduleData.fetch()).listings, []);
  },
  "module_data create": async () => {
    const made = await seller.marketplace.v1.moduleData.create({
      moduleInfo: JSON.stringify({ name: "Second" }),
      configuration: JSON.stringify(BLOCKS.configuration),
    });
    assert.equal(made.moduleInfo.name, "Second");
    assert.ok(made.url.endsWith(`/v1/Listing/${made.sid}`));
    const { listings } = await seller.marketplace.v1.moduleData.fetch();
    assert.equal(listings.length, 2);
  },
  "module_data_management fetch": async () => {
    const fetched = await developer.marketplace.v1.moduleDataManagement(facts.listing_sid).fetch();
    assert.deepEqual([fetched.sid, fetched.moduleInfo.name], [facts.listing_sid, "Facts"]);
  },
  ...Object.fromEntries(
    Object.entries(BLOCKS).map(([block, value]) => [
      `module_data_management update ${block}`,
      async () => {
        const management = seller.marketplace.v1.moduleDataManagement(facts.listing_sid);
        assert.deepEqual((await management.update({ [block]: JSON.stringify(value) }))[block], value);
        assert.deepEqual((await management.fetch())[block], value);
      },
    ]),
  ),
  "module_data_management update by another": async () => {
    const management = developer.marketplace.v1.moduleDataManagement(facts.listing_sid);
    const refused = await refusalOf(management.update({ pricing: JSON.stringify({ body: "Mine" }) }));
    assert.deepEqual([refused.status, refused.code], [403, 20403]);
  },
  "installed_add_ons usage": async () => {
    const answer = await seller.marketplace.v1.installedAddOns(facts.installed_sid).usage.create({
      billable_items: [{ sid: facts.billing_item_sid, quantity: 12.355 }],
    });
    assert.equal(answer.totalSubmitted, 12.355);
    assert.deepEqual(
      answer.billableItems.map((item) => [item.sid, item.quantity, item.submitted]),
      [[facts.billing_item_sid, 12.355, true]],
    );
  },
  "installed_add_ons usage by the customer": async () => {
    const usage = developer.marketplace.v1.installedAddOns(facts.installed_sid).usage;
    const refused = await refusalOf(usage.create({ billable_items: [{ sid: facts.billing_item_sid, quantity: 1 }] }));
    assert.deepEqual([refused.status, refused.code], [403, 20403]);
  },
  "referral_conversion": async () => {
    const converted = await seller.marketplace.v1.referralConversion.create({
      referral_account_sid: facts.account_sid,
    });
    assert.equal(converted.convertedAccountSid, facts.account_sid);
  },
});
