-- wrk: four reads to one command; a pause before each keeps the load below what the machine can.
local run = os.getenv("WIRE_RUN")
local pause = tonumber(os.getenv("WIRE_PAUSE"))
local paths, accounts = {}, {}
for line in io.lines(os.getenv("WIRE_PATHS")) do
  paths[#paths + 1] = line
  accounts[#accounts + 1] = line:match("^/v1/accounts/([%w_]+)$")
end
local thread_count = 0
local count = 0

function setup(thread)
  thread:set("number", thread_count)
  thread_count = thread_count + 1
end

function delay() return math.random(0, 2 * pause) end

function request()
  count = count + 1
  if count % 5 > 0 then return wrk.format("GET", paths[math.random(#paths)]) end
  return wrk.format("POST", "/v1/commands/LogActivity", {
    ["Content-Type"] = "application/json",
    ["Idempotency-Key"] = run .. "-" .. number .. "-" .. count,
  }, '{"kind":"note","direction":"none","summary":"Called about the offer","subjectRefs":'
    .. '[{"objectType":"account","id":"' .. accounts[math.random(#accounts)] .. '"}]}')
end

function done(summary, latency)
  print(string.format(
    "WIRE %d %d %d %d %d %d %.0f %.0f %.0f", summary.requests, summary.duration,
    summary.errors.connect, summary.errors.read, summary.errors.write + summary.errors.timeout,
    summary.errors.status, latency:percentile(50), latency:percentile(99), latency:percentile(99.9)))
end
