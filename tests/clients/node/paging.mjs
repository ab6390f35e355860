// 2,500 rows, whatever way they are asked for. The facts hold their SIDs in the order of a list.

import assert from "node:assert/strict";
import { developer, facts, run } from "./checks.mjs";

const addOns = developer.marketplace.v1.installedAddOns;
const sidsOf = (rows) => rows.map((row) => row.sid);

const each = (params) =>
  new Promise((resolve, reject) => {
    const seen = [];
    addOns.each({ ...params, callback: (row) => seen.push(row.sid), done: (error) => (error ? reject(error) : resolve(seen)) });
  });

await run({
  "list reads everything in order": async () => {
    assert.deepEqual(sidsOf(await addOns.list()), facts.many);
  },
  "list with a limit above the largest page": async () => {
    assert.deepEqual(sidsOf(await addOns.list({ limit: 5000 })), facts.many);
  },
  "list with a limit between two pages": async () => {
    assert.deepEqual(sidsOf(await addOns.list({ limit: 1200 })), facts.many.slice(0, 1200));
  },
  "each reads everything in order": async () => {
    assert.deepEqual(await each({ pageSize: 1000 }), facts.many);
  },
  "each stops at its limit": async () => {
    assert.deepEqual(await each({ limit: 130, pageSize: 7 }), facts.many.slice(0, 130));
  },
  "pages lead forth and back": async () => {
    const first = await addOns.page({ pageSize: 1000 });
    const second = await first.nextPage();
    const last = await second.nextPage();
    assert.equal(first.previousPageUrl, undefined);
    assert.equal(last.nextPageUrl, undefined);
    assert.deepEqual([first, second, last].flatMap((page) => sidsOf(page.instances)), facts.many);
    const back = await last.previousPage();
    assert.deepEqual(sidsOf(back.instances), facts.many.slice(1000, 2000));
    const again = await addOns.getPage(back.nextPageUrl);
    assert.deepEqual(sidsOf(again.instances), facts.many.slice(2000));
  },
});
