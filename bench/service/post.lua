-- wrk … -- FILE TOKEN PAUSE: posts the file, each connection again PAUSE ms (half to one and a half times)
-- after an answer; the last line printed is JSON with what came of it.

function init(arguments)
  wrk.method = "POST"
  wrk.body = assert(io.open(arguments[1])):read("*a")
  wrk.headers["Content-Type"] = "application/json"
  wrk.headers["Authorization"] = "Bearer " .. arguments[2]
  local pause = tonumber(arguments[3])
  if pause > 0 then
    delay = function() return math.floor(pause * (0.5 + math.random())) end
  end
end

function done(summary, latency)
  local errors = summary.errors
  io.write(string.format(
    '{"requests":%d,"per_second":%.1f,"p50_ms":%.3f,"p99_ms":%.3f,"max_ms":%.3f,' ..
    '"not_2xx":%d,"socket_errors":%d}\n',
    summary.requests, summary.requests / summary.duration * 1e6,
    latency:percentile(50) / 1e3, latency:percentile(99) / 1e3, latency.max / 1e3,
    errors.status, errors.connect + errors.read + errors.write + errors.timeout))
end
