// A preload for programs that know no base URL, such as twilio-cli: `node --require ./point-here.cjs`.
// A request to https://*.twilio.com goes to PATCHBAY_URL instead, and a request to anywhere else fails.

const http = require("node:http");
const https = require("node:https");

const here = new URL(process.env.PATCHBAY_URL);

function pointHere(options, callback) {
  const host = options.hostname ?? options.host ?? "";
  if (host !== "twilio.com" && !host.endsWith(".twilio.com")) {
    throw new Error(`no request to ${host} in a test`);
  }
  const moved = { protocol: here.protocol, hostname: here.hostname, host: here.hostname, port: here.port };
  return http.request({ ...options, ...moved, agent: undefined, agents: undefined }, callback);
}

https.request = pointHere;
