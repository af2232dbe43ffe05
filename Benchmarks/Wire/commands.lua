-- wrk: POSTs of a note about one of some customers, each with an idempotency key of its own.
local run = os.getenv("WIRE_RUN")
local ids = {}
for line in io.lines(os.getenv("WIRE_IDS")) do ids[#ids + 1] = line end
local thread_count = 0
local count = 0

function setup(thread)
  thread:set("number", thread_count)
  thread_count = thread_count + 1
end

function request()
  count = count + 1
  local key = run .. "-" .. number .. "-" .. count
  return wrk.format("POST", nil, {
    ["Content-Type"] = "application/json", ["Idempotency-Key"] = key,
  }, '{"kind":"note","direction":"none","summary":"Called about the offer ' .. key
    .. '","subjectRefs":[{"objectType":"account","id":"' .. ids[count % #ids + 1] .. '"}]}')
end
