-- wrk: GETs of some customers by chance; WIRE_PATH is what stands before their identifiers.
local path = os.getenv("WIRE_PATH")
local paths = {}
for line in io.lines(os.getenv("WIRE_IDS")) do paths[#paths + 1] = path .. line end

function request() return wrk.format("GET", paths[math.random(#paths)]) end
