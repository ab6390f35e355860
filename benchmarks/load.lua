-- wrk's part: sends the requests of a file in turn and judges every answer.
--   wrk … -s load.lua URL -- FILE TIMES
-- FILE: a path, a tab and an Authorization header (or nothing) in each line.
-- TIMES: how often an answer says "successful" when all is well.
-- Prints one line: answers, microseconds, p50, p99, longest (microseconds), not 200, wrong, socket errors.

local threads = {}

function setup(thread)
   table.insert(threads, thread)
end

function init(args)
   requests, at, times, refused, wrong = {}, 0, tonumber(args[2]), 0, 0
   for line in io.lines(args[1]) do
      local path, authorization = line:match("^(%S+)\t?(.*)$")
      local headers = { Host = wrk.headers["Host"] }
      if authorization ~= "" then
         headers["Authorization"] = authorization
      end
      table.insert(requests, wrk.format("GET", path, headers))
   end
end

function request()
   at = at % #requests + 1
   return requests[at]
end

function response(status, headers, body)
   if status ~= 200 then
      refused = refused + 1
      return
   end
   local position = 1
   for _ = 1, times do
      local _, last = body:find("successful", position, true)
      if not last then
         wrong = wrong + 1
         return
      end
      position = last
   end
end

function done(summary, latency)
   local refusals, wrongs, errors = 0, 0, summary.errors
   for _, thread in ipairs(threads) do
      refusals, wrongs = refusals + thread:get("refused"), wrongs + thread:get("wrong")
   end
   print("measured", summary.requests, summary.duration, latency:percentile(50), latency:percentile(99),
      latency.max, refusals, wrongs, errors.connect + errors.read + errors.write + errors.timeout)
end
